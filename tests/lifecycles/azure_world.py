"""What there is in the Azure of a running world, and whether packets pass there, asked of the file it is kept in. What
should be and pass is said in the tests.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.hosting import STORE
from kong_secure.sandbox.azure.kong_side import KONG_TENANT, service_principal_id
from kong_secure.sandbox.azure.reachability import Call, blocked
from kong_secure.sandbox.azure.store import DEFAULT_TENANT, Store
from kong_secure.sandbox.azure.topology import topology
from tests.documentation.pages import program_of
from tests.world import World

WHOLE_PROGRAM = program_of("AzureVnetPeering")
PRINCIPAL = service_principal_id(DEFAULT_TENANT)
PASSES = None


def store(world: World) -> Store:
    """Every tenant's resources."""
    return Store.load(world.directory / STORE)


def customers(world: World) -> list[dict[str, Any]]:
    """What customers have, Kong's own tenant aside."""
    kept = store(world)
    return [
        record
        for record in kept.resources.values()
        if kept.tenant_of(ids.parsed(record["id"]).subscription) != KONG_TENANT
    ]


def from_kong(world: World, to: str, *, source: str = "10.1.0.10") -> str | None:
    """What stops a call from a gateway of Kong's to an address and TCP port, in one sentence; PASSES if it arrives and
    is answered.
    """
    address, _, port = to.partition(":")
    seen = topology(store(world))
    start = IPv4Address(source)
    [kongs] = [
        id_
        for id_, network in seen.networks.items()
        if any(start in block for subnet in network.subnets for block in subnet.blocks)
    ]
    return blocked(seen, kongs, Call(start, IPv4Address(address), int(port), "tcp"))


def konnects(world: World) -> list[str]:
    """The states of what Konnect has, without what is gone."""
    networks = world.by_hand("GET", "/v2/cloud-gateways/networks", region="global")["data"]
    paths = [f"/v2/cloud-gateways/networks/{each['id']}/transit-gateways" for each in networks]
    states = [each["state"] for path in paths for each in world.by_hand("GET", path, region="global")["data"]]
    return [state for state in states if state != "terminated"]
