"""Route tables and the routes that people put into them."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Final

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.addresses import block
from kong_secure.sandbox.azure.groups import etag, kept, put_with_parts, subnets_using, tracked
from kong_secure.sandbox.azure.identifiers import ResourceId, parsed
from kong_secure.sandbox.azure.refusals import invalid, no_parent, table_in_use
from kong_secure.sandbox.azure.store import Record, Store

APPLIANCE: Final = "VirtualAppliance"
HOPS: Final = ("VirtualNetworkGateway", "VnetLocal", "Internet", APPLIANCE, "None")


def put_table(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make or change a table; routes only where the body has them."""
    record = tracked(store, id_, body)
    record["disableBgpRoutePropagation"] = bool(body.get("disableBgpRoutePropagation", False))
    return put_with_parts(
        store,
        record,
        ids.ROUTES,
        body.get("routes"),
        lambda name, route, made: _route(f"{record['id']}/routes/{name}", name, route, made),
    )


def view_table(store: Store, record: Record) -> Record:
    """A table as it is shown, with routes and users."""
    users = subnets_using(store, record["id"])
    return {
        **record,
        "routes": store.of_type(ids.ROUTES, record["id"]),
        **({"subnets": [{"id": subnet["id"]} for subnet in users]} if users else {}),
    }


def delete_table(store: Store, id_: ResourceId) -> None:
    """Take a table away. Refused while a subnet uses it."""
    if subnets_using(store, id_.text):
        raise table_in_use(id_.text)
    store.remove(id_.text)


def put_route(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make or change a route."""
    table = store.find(id_.parent)
    if table is None:
        raise no_parent(parsed(id_.parent).name)
    others = [route for route in store.of_type(ids.ROUTES, id_.parent) if route["id"].lower() != id_.key]
    record = _route(f"{table['id']}/routes/{id_.name}", id_.name, body, others)
    store.put(record)
    return record


def _route(id_: str, name: str, body: Record, others: list[Record]) -> Record:
    block(body.get("addressPrefix"), id_)
    hop, address = body.get("nextHopType"), body.get("nextHopIpAddress")
    if hop not in HOPS:
        raise invalid(f"Route {name} has invalid nextHopType {hop}. Valid values are {', '.join(HOPS)}.")
    if (hop == APPLIANCE) != bool(address):
        raise invalid(
            f"Route {name}: nextHopIpAddress is required with nextHopType {APPLIANCE}, and allowed with no other."
        )
    if address:
        _require_address(name, str(address))
    for other in others:
        if other["addressPrefix"] == body["addressPrefix"]:
            raise invalid(
                f"Route {name} conflicts with route {other['name']}. Routes cannot have the same AddressPrefix.",
                "RouteConflict",
            )
    return {
        "id": id_,
        "name": name,
        "type": ids.ROUTES,
        "etag": etag(),
        "provisioningState": "Succeeded",
        "hasBgpOverride": False,
        **kept(body, "addressPrefix", "nextHopType", "nextHopIpAddress"),
    }


def _require_address(name: str, address: str) -> None:
    try:
        IPv4Address(address)
    except ValueError:
        raise invalid(f"Route {name} has invalid nextHopIpAddress {address}.") from None
