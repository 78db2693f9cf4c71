"""Where packets go between Kong's network and the customer's, and what stops them."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.azure.hosting import AzureHost
from kong_secure.sandbox.cloud_paths import Destination
from tests.sandbox.azure import landscape as at
from tests.sandbox.azure.landscape import KONGS, REQUEST, assignment, role, rule

EAST = {"location": "eastus"}
API = Destination(IPv4Address("10.9.1.20"), 443)
HALF = "virtualNetworkPeerings/kong-cgw-att-1"
KONG = f"kong-cgw-{KONGS.id}"
DENY = rule(name="deny", access="Deny", priority=101, sourceAddressPrefix="10.0.0.0/16")
ALLOW = rule(name="allow", sourceAddressPrefix="10.0.0.0/16", protocol="Tcp", destinationPortRange="443")
ON_GROUP = "of network security group apis on subnet apis of orders"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[AzureHost]:
    """A network with one subnet, peered with Kong's."""
    made = AzureHost(tmp_path)
    made.consent()
    put = made.manager.put
    put(at.GROUP, EAST)
    put(at.NETWORK, EAST | {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}})
    put(at.SUBNET, {"addressPrefix": "10.9.1.0/24"})
    put(at.ROLE, role())
    put(at.ASSIGNMENT, assignment())
    made.provision(KONGS)
    made.peer(KONGS, REQUEST)
    yield made
    made.close()


def guard(host: AzureHost, *rules: dict[str, Any]) -> None:
    """Put a network security group with rules on the subnet."""
    host.manager.put(at.SECURITY_GROUP, EAST | {"securityRules": list(rules)})
    host.manager.put(
        at.SUBNET, {"addressPrefix": "10.9.1.0/24", "networkSecurityGroup": {"id": at.SECURITY_GROUP}}
    )


def route(host: AzureHost, prefix: str, hop: str, address: str | None = None) -> None:
    """Put a route table with one route on the subnet."""
    way = {"name": "way", "addressPrefix": prefix, "nextHopType": hop, "nextHopIpAddress": address}
    host.manager.put(at.TABLE, EAST | {"routes": [way]})
    host.manager.put(at.SUBNET, {"addressPrefix": "10.9.1.0/24", "routeTable": {"id": at.TABLE}})


def test_a_subnet_without_a_group_is_open_to_whoever_is_peered(host: AzureHost) -> None:
    assert host.blocked(KONGS, API) is None
    assert host.blocked(KONGS, replace(API, port=22)) is None


@pytest.mark.parametrize(
    ("rules", "call", "stopped"),
    [
        ((), API, None),  # AllowVnetInBound admits all that is peered
        ((), replace(API, port=22), None),
        ((DENY,), API, f"rule deny (priority 101) {ON_GROUP} denies tcp port 443 from 10.0.0.4"),
        ((ALLOW, DENY), API, None),
        (
            (ALLOW, DENY),
            replace(API, port=22),
            f"rule deny (priority 101) {ON_GROUP} denies tcp port 22 from 10.0.0.4",
        ),
        (
            (ALLOW, DENY),
            replace(API, protocol="udp"),
            f"rule deny (priority 101) {ON_GROUP} denies udp port 443 from 10.0.0.4",
        ),
        ((DENY | {"priority": 99 + 1}, ALLOW | {"priority": 101}), API, "priority 100"),
        ((DENY | {"sourceAddressPrefix": "VirtualNetwork"},), API, "rule deny"),
        ((DENY | {"sourceAddressPrefix": "*"},), API, "rule deny"),
        ((DENY | {"sourceAddressPrefix": "Internet"},), API, None),
        ((DENY | {"sourceAddressPrefix": "AzureLoadBalancer"},), API, None),
        ((DENY | {"sourceAddressPrefix": "AzureCloud"},), API, None),
        ((DENY | {"sourceAddressPrefix": "10.0.0.4"},), API, "rule deny"),
        ((DENY | {"destinationAddressPrefix": "10.9.1.21/32"},), API, None),
        ((DENY | {"destinationPortRange": "444-500"},), API, None),
        ((DENY | {"destinationPortRange": "400-443"},), API, "rule deny"),
        ((DENY | {"destinationPortRange": None, "destinationPortRanges": ["80", "443"]},), API, "rule deny"),
        (
            (DENY | {"sourceAddressPrefix": None, "sourceAddressPrefixes": ["10.7.0.0/16", "10.0.0.0/8"]},),
            API,
            "rule deny",
        ),
        ((DENY | {"protocol": "Udp"},), API, None),
        ((DENY | {"direction": "Outbound"},), API, None),
    ],
)
def test_the_first_rule_that_fits_decides(
    host: AzureHost, rules: tuple[dict[str, Any], ...], call: Destination, stopped: str | None
) -> None:
    guard(host, *rules)
    found = host.blocked(KONGS, call)
    assert (found is None) is (stopped is None)
    assert (stopped or "") in (found or "")


def test_outbound_rules_are_asked_of_who_calls(host: AzureHost) -> None:
    """A neighbour's calls leave its own subnet; Kong's leave Kong's, where nobody put a rule."""
    guard(host, rule(name="stay", access="Deny", direction="Outbound", destinationPortRange="443"))
    assert host.blocked(KONGS, API) is None
    assert host.blocked_inside(KONGS, API) == (
        f"rule stay (priority 100) {ON_GROUP} denies tcp port 443 to 10.9.1.20"
    )
    assert host.blocked_inside(KONGS, replace(API, port=80)) is None


def test_a_peering_that_gives_no_access_is_no_part_of_the_virtual_network(host: AzureHost) -> None:
    guard(host)
    half = host.manager.get(f"{at.NETWORK}/{HALF}")
    host.manager.put(half["id"], half | {"allowVirtualNetworkAccess": False})
    guard(host, ALLOW | {"sourceAddressPrefix": "Internet"})  # nor are its addresses the internet's
    assert host.blocked(KONGS, API) == (
        f"rule DenyAllInBound (priority 65500) {ON_GROUP} denies tcp port 443 from 10.0.0.4"
    )
    guard(host, ALLOW)
    assert host.blocked(KONGS, API) is None


@pytest.mark.parametrize(
    ("prefix", "hop", "address", "stopped"),
    [
        ("0.0.0.0/0", "VirtualAppliance", "10.9.0.4", None),  # the peering's block is longer
        ("10.0.0.0/8", "None", None, None),
        (
            "10.0.0.0/16",
            "VirtualAppliance",
            "10.9.0.4",
            (
                "on the way back, route way (10.0.0.0/16) of route table apis on subnet apis of orders sends 10.0.0.4 "
                "to the appliance 10.9.0.4, which isn't there"
            ),
        ),
        ("10.0.0.0/24", "None", None, "drops what goes to 10.0.0.4"),
        ("10.0.0.0/24", "Internet", None, "sends 10.0.0.4 to the internet"),
        ("10.0.0.0/24", "VirtualNetworkGateway", None, "to a gateway of Azure's, which isn't there"),
        ("10.0.0.0/24", "VnetLocal", None, "on the way back, no subnet of orders has the address 10.0.0.4"),
        ("10.0.1.0/24", "None", None, None),
    ],
)
def test_a_users_route_wins_where_it_is_as_long_or_longer(
    host: AzureHost, prefix: str, hop: str, address: str | None, stopped: str | None
) -> None:
    route(host, prefix, hop, address)
    found = host.blocked(KONGS, API)
    assert (found is None) is (stopped is None)
    assert (stopped or "") in (found or "")


def test_what_users_routes_name_belongs_to_the_virtual_network(host: AzureHost) -> None:
    """Azure's tag holds their prefixes, so a default route lets everything in by Azure's own rule."""
    guard(host)
    half = host.manager.get(f"{at.NETWORK}/{HALF}")
    host.manager.put(half["id"], half | {"allowVirtualNetworkAccess": False})
    host.manager.put(
        at.TABLE,
        EAST | {"routes": [{"name": "all", "addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}]},
    )
    host.manager.put(
        at.SUBNET,
        {
            "addressPrefix": "10.9.1.0/24",
            "networkSecurityGroup": {"id": at.SECURITY_GROUP},
            "routeTable": {"id": at.TABLE},
        },
    )
    assert host.blocked(KONGS, API) is None


def test_a_path_that_is_not_there_is_told(host: AzureHost) -> None:
    assert host.blocked(KONGS, replace(API, address=IPv4Address("10.9.2.1"))) == (
        "no subnet of orders has the address 10.9.2.1"
    )
    assert host.blocked(KONGS, replace(API, address=IPv4Address("10.8.0.1"))) == (
        f"no peering of {KONG} leads to 10.8.0.1"
    )
    host.manager.delete(f"{at.NETWORK}/{HALF}")
    assert host.blocked(KONGS, API) == f"peering kong-cgw-att-1 of {KONG} is Disconnected, not Connected"
    host.unpeer(KONGS, REQUEST)
    assert host.blocked(KONGS, API) == f"no peering of {KONG} leads to 10.9.1.20"


def test_nobody_on_the_internet_gets_in_and_a_neighbour_does(host: AzureHost) -> None:
    guard(host, ALLOW, DENY)
    assert host.blocked_from_outside(KONGS, API) == (
        "10.9.1.20 in orders has no public address, so nothing on the internet leads to it"
    )
    assert host.blocked_inside(KONGS, API) is None
    guard(host, DENY | {"sourceAddressPrefix": "10.9.0.0/16"})
    assert host.blocked_inside(KONGS, API) == (
        f"rule deny (priority 101) {ON_GROUP} denies tcp port 443 from 10.9.1.4"
    )
    nowhere = replace(API, address=IPv4Address("10.7.0.1"))
    assert host.blocked_inside(KONGS, nowhere) == "no virtual network has the address 10.7.0.1"
    assert host.blocked_from_outside(KONGS, nowhere) == "no virtual network has the address 10.7.0.1"


def test_the_neighbours_are_those_of_the_network_that_kong_is_peered_with(host: AzureHost) -> None:
    """Another network may have the same addresses, and have had them before."""
    put = host.manager.put
    host.manager.delete(at.NETWORK)
    put(at.SECURITY_GROUP, EAST | {"securityRules": [DENY | {"sourceAddressPrefix": "*"}]})
    space = EAST | {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}
    subnet = {"name": "apis", "addressPrefix": "10.9.1.0/24"}
    guarded = subnet | {"networkSecurityGroup": {"id": at.SECURITY_GROUP}}
    put(f"{at.IN_GROUP}/virtualNetworks/a-copy", space | {"subnets": [guarded]})
    assert "denies" in str(host.blocked_inside(KONGS, API))
    put(at.NETWORK, space | {"subnets": [subnet]})
    put(at.ASSIGNMENT, assignment())
    host.peer(KONGS, REQUEST)
    assert host.blocked_inside(KONGS, API) is None


def test_a_neighbour_is_another_machine(host: AzureHost) -> None:
    guard(host, DENY | {"sourceAddressPrefix": "10.9.0.0/16"})
    first = replace(API, address=IPv4Address("10.9.1.4"))
    assert str(host.blocked_inside(KONGS, first)).endswith("denies tcp port 443 from 10.9.1.5")
