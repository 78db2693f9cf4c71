"""What `reachability` asks about, read from the store: every virtual network, in whichever subscription."""

from __future__ import annotations

from ipaddress import IPv4Network

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure import peerings
from kong_secure.sandbox.azure.addresses import space_of
from kong_secure.sandbox.azure.networks import prefixes
from kong_secure.sandbox.azure.reachability import (
    Group,
    Network,
    Peering,
    Route,
    Rule,
    Subnet,
    Table,
    Topology,
)
from kong_secure.sandbox.azure.security_groups import default_rules
from kong_secure.sandbox.azure.store import Record, Store

_ALL_PORTS = (0, 65535)


def topology(store: Store) -> Topology:
    """All of it as it is now."""
    with store.locked():
        return Topology(
            {record["id"].lower(): _network(store, record) for record in store.of_type(ids.NETWORKS)}
        )


def _network(store: Store, record: Record) -> Network:
    return Network(
        id=record["id"],
        name=record["name"],
        space=space_of(record),
        subnets=tuple(_subnet(store, subnet) for subnet in store.of_type(ids.SUBNETS, record["id"])),
        peerings=tuple(_peering(peering) for peering in peerings.of(store, record["id"])),
    )


def _peering(record: Record) -> Peering:
    return Peering(
        name=record["name"],
        remote_id=peerings.remote(record),
        space=tuple(map(IPv4Network, record["remoteAddressSpace"]["addressPrefixes"])),
        state=record["peeringState"],
        admits=record["allowVirtualNetworkAccess"],
    )


def _subnet(store: Store, record: Record) -> Subnet:
    return Subnet(
        name=record["name"],
        blocks=tuple(map(IPv4Network, prefixes(record))),
        group=_group(store, record["networkSecurityGroup"]["id"])
        if "networkSecurityGroup" in record
        else None,
        table=_table(store, record["routeTable"]["id"]) if "routeTable" in record else None,
    )


def _group(store: Store, id_: str) -> Group:
    rules = [*store.of_type(ids.SECURITY_RULES, id_), *default_rules(id_)]
    return Group(id_.rpartition("/")[2], tuple(map(_rule, rules)))


def _rule(record: Record) -> Rule:
    return Rule(
        name=record["name"],
        priority=record["priority"],
        inbound=record["direction"] == "Inbound",
        allows=record["access"] == "Allow",
        protocol=record["protocol"],
        sources=_either(record, "sourceAddressPrefix", "sourceAddressPrefixes"),
        destinations=_either(record, "destinationAddressPrefix", "destinationAddressPrefixes"),
        ports=tuple(map(_ports, _either(record, "destinationPortRange", "destinationPortRanges"))),
    )


def _either(record: Record, one: str, many: str) -> tuple[str, ...]:
    return tuple(record.get(many) or [record[one]])


def _ports(text: str) -> tuple[int, int]:
    if text == "*":
        return _ALL_PORTS
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def _table(store: Store, id_: str) -> Table:
    return Table(
        id_.rpartition("/")[2],
        tuple(
            Route(
                name=route["name"],
                destination=IPv4Network(route["addressPrefix"]),
                hop=route["nextHopType"],
                address=route.get("nextHopIpAddress", ""),
            )
            for route in store.of_type(ids.ROUTES, id_)
        ),
    )
