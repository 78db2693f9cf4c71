"""Virtual networks and their subnets. Peerings are in `peerings`."""

from __future__ import annotations

from typing import Any, Final

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure import peerings
from kong_secure.sandbox.azure.addresses import blocks, inside, overlaps, space_of
from kong_secure.sandbox.azure.groups import etag, kept, parts, tracked
from kong_secure.sandbox.azure.identifiers import ResourceId, parsed
from kong_secure.sandbox.azure.refusals import bad_reference, invalid, no_parent
from kong_secure.sandbox.azure.store import Record, Store

_SMALLEST: Final = 29


def prefixes(subnet: Record) -> list[Any]:
    """A subnet's address prefixes, in whichever form it has them."""
    return list(subnet.get("addressPrefixes") or [subnet["addressPrefix"]])


def put_network(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make or change a network; subnets only where the body has them."""
    record = tracked(store, id_, body)
    given = (body.get("addressSpace") or {}).get("addressPrefixes") or []
    space = blocks(given, id_.text)
    if not space:
        raise invalid(f"Virtual network {id_.name} has no address prefixes.")
    for position, one in enumerate(space):
        if overlaps([one], space[:position]):
            raise invalid(f"Address prefixes of virtual network {id_.name} overlap: {one}.")
    record |= {
        "addressSpace": {"addressPrefixes": list(given)},
        "enableDdosProtection": False,
        "privateEndpointVNetPolicies": "Disabled",
        **kept(body, "dhcpOptions", "enableDdosProtection", "enableVmProtection"),
    }
    peerings.require_no_overlap(store, record, space)
    wanted = body.get("subnets")
    subnets = wanted if wanted is not None else store.of_type(ids.SUBNETS, id_.text)
    made = _subnets(store, record, subnets)
    store.put(record)
    if wanted is not None:
        _replace_subnets(store, record, made)
    return record


def _subnets(store: Store, network: Record, wanted: list[Record]) -> list[Record]:
    """The subnets of a network as they are to be, checked against it and one another."""
    return parts(
        network,
        ids.SUBNETS,
        wanted,
        lambda name, subnet, made: _subnet(store, network, name, subnet, made),
    )


def _replace_subnets(store: Store, network: Record, wanted: list[Record]) -> None:
    names = {subnet["id"].lower() for subnet in wanted}
    for subnet in store.of_type(ids.SUBNETS, network["id"]):
        if subnet["id"].lower() not in names:
            store.remove(subnet["id"])
    for subnet in wanted:
        store.put(subnet)


def put_subnet(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make or change a subnet."""
    network = store.find(id_.parent)
    if network is None:
        raise no_parent(parsed(id_.parent).name)
    others = [other for other in store.of_type(ids.SUBNETS, id_.parent) if other["id"].lower() != id_.key]
    record = _subnet(store, network, id_.name, body, others)
    store.put(record)
    return record


def _subnet(store: Store, network: Record, name: str, body: Record, others: list[Record]) -> Record:
    id_ = f"{network['id']}/subnets/{name}"
    if not body.get("addressPrefixes") and not body.get("addressPrefix"):
        raise invalid(f"Subnet {id_} has neither addressPrefix nor addressPrefixes.")
    own = blocks(prefixes(body), id_)
    if not inside(own, space_of(network)):
        raise invalid(
            f"Subnet '{name}' is not valid because its IP address range is outside the IP address range of "
            f"virtual network '{network['name']}'.",
            "NetcfgSubnetRangeOutsideVnet",
        )
    if any(overlaps(own, blocks(prefixes(other), id_)) for other in others):
        raise invalid(
            f"Subnet '{name}' is not valid because its IP address range overlaps with that of an existing subnet "
            f"in virtual network '{network['name']}'.",
            "NetcfgSubnetRangesOverlap",
        )
    if any(one.prefixlen > _SMALLEST for one in own):
        raise invalid(
            f"Subnet '{name}' is not valid in virtual network '{network['name']}'.", "NetcfgInvalidSubnet"
        )
    return {
        "id": id_,
        "name": name,
        "type": ids.SUBNETS,
        "etag": etag(),
        "provisioningState": "Succeeded",
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
        **kept(
            body,
            "addressPrefix",
            "addressPrefixes",
            "defaultOutboundAccess",
            "privateEndpointNetworkPolicies",
            "privateLinkServiceNetworkPolicies",
        ),
        **_uses(store, network, id_, body),
    }


def _uses(store: Store, network: Record, id_: str, body: Record) -> Record:
    """The network security group and route table that are put on a subnet; both must be in its region."""
    used: Record = {}
    for name, type_ in (("networkSecurityGroup", ids.SECURITY_GROUPS), ("routeTable", ids.ROUTE_TABLES)):
        wanted = (body.get(name) or {}).get("id")
        if wanted is None:
            continue
        found = store.find(wanted)
        same = found is not None and found["type"] == type_ and found["location"] == network["location"]
        if found is None or not same:
            raise bad_reference(wanted, id_)
        if parsed(wanted).subscription.lower() != parsed(id_).subscription.lower():
            raise bad_reference(wanted, id_)
        used[name] = {"id": found["id"]}
    return used


def view_network(store: Store, record: Record) -> Record:
    """A network as it is shown, with what is in it."""
    return {
        **record,
        "subnets": store.of_type(ids.SUBNETS, record["id"]),
        "virtualNetworkPeerings": [
            peerings.view(store, peering) for peering in store.of_type(ids.PEERINGS, record["id"])
        ],
    }


def delete_network(store: Store, id_: ResourceId) -> None:
    """Take a network away with its subnets; networks peered with it keep a disconnected half."""
    peerings.disconnect_all(store, id_.text)
    store.remove(id_.text)
