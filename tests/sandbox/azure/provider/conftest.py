"""A stand-in for each test, and one of everything in it."""

from collections.abc import Iterator

import pytest

from kong_secure.sandbox.azure.store import DEFAULT_SUBSCRIPTION
from kong_secure.sandbox.engine.state import Resource
from tests.sandbox.azure.provider import driver as d
from tests.sandbox.azure.provider.driver import StandIn
from tests.sandbox.provider_driver import ProviderDriver


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.close()


@pytest.fixture
def native(stand_in: StandIn) -> ProviderDriver:
    """The default provider."""
    return stand_in.driver()


@pytest.fixture
def everything(native: ProviderDriver) -> dict[str, Resource]:
    """One resource of every type, by token, in an order in which each comes after what it needs."""
    made: dict[str, Resource] = {}

    def make(token: str, **inputs: object) -> Resource:
        made[token] = native.create(token, {**inputs})
        return made[token]

    group = make(d.GROUP, location="East US", tags={"team": "a"}).outputs["name"]
    there = {"resourceGroupName": group}
    security = make(d.SECURITY_GROUP, **there, flushConnection=True, tags={"team": "a"})
    make(
        d.SECURITY_RULE,
        **there,
        networkSecurityGroupName=security.outputs["name"],
        access="Allow",
        description="from the gateway",
        direction="Inbound",
        priority=100,
        protocol="Tcp",
        sourceAddressPrefix="10.0.0.0/16",
        sourcePortRange="*",
        destinationAddressPrefix="*",
        destinationPortRanges=["443", "8000-8010"],
    )
    table = make(d.ROUTE_TABLE, **there, disableBgpRoutePropagation=True, tags={"team": "a"})
    make(
        d.ROUTE,
        **there,
        routeTableName=table.outputs["name"],
        addressPrefix="0.0.0.0/0",
        nextHopType="VirtualAppliance",
        nextHopIpAddress="10.9.0.4",
    )
    network = make(
        d.NETWORK,
        **there,
        addressSpace={"addressPrefixes": ["10.9.0.0/16"]},
        dhcpOptions={"dnsServers": ["10.9.0.9"]},
        enableDdosProtection=False,
        enableVmProtection=False,
        tags={"team": "a"},
    )
    make(
        d.SUBNET,
        **there,
        virtualNetworkName=network.outputs["name"],
        addressPrefix="10.9.1.0/24",
        defaultOutboundAccess=False,
        networkSecurityGroup={"id": security.id},
        routeTable={"id": table.id},
        privateEndpointNetworkPolicies="Disabled",
        privateLinkServiceNetworkPolicies="Enabled",
    )
    scope = f"/subscriptions/{DEFAULT_SUBSCRIPTION}"
    role = make(
        d.ROLE,
        scope=scope,
        roleDefinitionId=d.ROLE_GUID,
        roleName="peering",
        roleType="CustomRole",
        description="Perform cross-tenant network peering.",
        permissions=[{"actions": ["Microsoft.Network/virtualNetworks/read"]}],
        assignableScopes=[scope],
    )
    make(
        d.ASSIGNMENT,
        scope=network.id,
        roleAssignmentName=d.ASSIGNMENT_GUID,
        roleDefinitionId=role.id,
        principalId=d.PRINCIPAL,
        principalType="ServicePrincipal",
        description="for the gateway",
    )
    return made
