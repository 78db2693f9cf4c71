"""The halves of virtual network peerings: what connects them, and what makes them fall apart.

One half lies in each network. A first one is `Initiated`; when the other is there both are `Connected`; when one is
deleted, the other is `Disconnected` and doesn't come back by itself.
"""

from __future__ import annotations

import uuid
from ipaddress import IPv4Network
from typing import Final

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.addresses import blocks, overlaps, space_of
from kong_secure.sandbox.azure.groups import etag
from kong_secure.sandbox.azure.identifiers import ResourceId, parsed
from kong_secure.sandbox.azure.refusals import (
    ArmError,
    bad_reference,
    no_parent,
    overlapping,
    overlapping_with_peer,
)
from kong_secure.sandbox.azure.store import Record, Store

INITIATED: Final = "Initiated"
CONNECTED: Final = "Connected"
DISCONNECTED: Final = "Disconnected"


def of(store: Store, network: str) -> list[Record]:
    """The halves that lie in a network."""
    return store.of_type(ids.PEERINGS, network)


def remote(peering: Record) -> str:
    """The id of the network at the other end."""
    return str(peering["remoteVirtualNetwork"]["id"])


def opposite(store: Store, peering: Record) -> Record | None:
    """The half at the other end."""
    mine = parsed(peering["id"]).parent.lower()
    return next((other for other in of(store, remote(peering)) if remote(other).lower() == mine), None)


def put_peering(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make or renew one half. Who may do so isn't asked here."""
    network, other_id = store.find(id_.parent), str(body["remoteVirtualNetwork"]["id"])
    if network is None:
        raise no_parent(parsed(id_.parent).name)
    other = store.find(other_id)
    if other is None or other["type"] != ids.NETWORKS:
        raise bad_reference(other_id, id_.text)
    old = store.find(id_.text)
    for known in of(store, id_.parent):
        if remote(known).lower() == other_id.lower() and known["id"].lower() != id_.key:
            raise ArmError(
                400,
                "AnotherPeeringAlreadyReferencesRemoteVnet",
                f"Peering {id_.text} cannot be created because another peering {known['id']} already references "
                f"remote virtual network {other_id}.",
            )
    _require_apart(store, id_.text, network, other)
    record = {
        "id": old["id"] if old is not None else f"{network['id']}/virtualNetworkPeerings/{id_.name}",
        "name": id_.name,
        "type": ids.PEERINGS,
        "etag": etag(),
        "provisioningState": "Succeeded",
        "resourceGuid": old["resourceGuid"] if old is not None else str(uuid.uuid4()),
        "allowVirtualNetworkAccess": body.get("allowVirtualNetworkAccess", True),
        "allowForwardedTraffic": body.get("allowForwardedTraffic", False),
        "allowGatewayTransit": body.get("allowGatewayTransit", False),
        "useRemoteGateways": body.get("useRemoteGateways", False),
        "remoteVirtualNetwork": {"id": other["id"]},
        "remoteAddressSpace": {"addressPrefixes": list(other["addressSpace"]["addressPrefixes"])},
        "peeringState": INITIATED,
    }
    store.put(record)
    _connect(store, record)
    return record


def _connect(store: Store, record: Record) -> None:
    """Two halves that wait for one another are connected; one beside a disconnected one isn't."""
    other = opposite(store, record)
    if other is not None and other["peeringState"] != DISCONNECTED:
        for half in (record, other):
            half["peeringState"] = CONNECTED


def _require_apart(store: Store, id_: str, network: Record, other: Record) -> None:
    mine, theirs = space_of(network), space_of(other)
    if shared := overlaps(mine, theirs):
        raise overlapping(id_, network["id"], other["id"], shared)
    for known in of(store, other["id"]):
        if remote(known).lower() == network["id"].lower():
            continue
        space = blocks(known["remoteAddressSpace"]["addressPrefixes"], known["id"])
        if shared := overlaps(mine, space):
            raise overlapping_with_peer(id_, (network["id"], other["id"], remote(known)), shared)


def require_no_overlap(store: Store, network: Record, space: tuple[IPv4Network, ...]) -> None:
    """A network that is peered can't get addresses that its peers have."""
    for peering in of(store, network["id"]):
        theirs = blocks(peering["remoteAddressSpace"]["addressPrefixes"], peering["id"])
        if shared := overlaps(space, theirs):
            raise overlapping(peering["id"], network["id"], remote(peering), shared)


def delete_peering(store: Store, id_: ResourceId) -> None:
    """Take one half away; the other is disconnected."""
    record = store.find(id_.text)
    if record is None:
        return
    other = opposite(store, record)
    if other is not None:
        other["peeringState"] = DISCONNECTED
    store.remove(id_.text)


def disconnect_all(store: Store, network: str) -> None:
    """What becomes of the other halves when a network is deleted."""
    for peering in of(store, network):
        delete_peering(store, parsed(peering["id"]))


def view(store: Store, record: Record) -> Record:
    """A half as it is shown: whether it knows the addresses that both ends have now."""
    network, other = store.find(parsed(record["id"]).parent), store.find(remote(record))
    now = {"addressPrefixes": list(other["addressSpace"]["addressPrefixes"])} if other is not None else None
    opposite_ = opposite(store, record)
    mine = network["addressSpace"]["addressPrefixes"] if network is not None else []
    known_there = opposite_ is None or opposite_["remoteAddressSpace"]["addressPrefixes"] == mine
    in_sync = now is None or now == record["remoteAddressSpace"]
    level = {
        (True, True): "FullyInSync",
        (False, True): "RemoteNotInSync",
        (True, False): "LocalNotInSync",
        (False, False): "LocalAndRemoteNotInSync",
    }[(in_sync, known_there)]
    return {
        **record,
        "peeringSyncLevel": level,
        "remoteVirtualNetworkAddressSpace": now or record["remoteAddressSpace"],
    }
