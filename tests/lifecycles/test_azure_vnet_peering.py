"""What a user lives through with the component `AzureVnetPeering`, both halves in the sandbox, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure import peerings
from tests.lifecycles.azure_world import (
    PASSES,
    PRINCIPAL,
    WHOLE_PROGRAM,
    customers,
    from_kong,
    konnects,
    store,
)
from tests.lifecycles.playground import Playground
from tests.world import World

OTHER = "0e000000-0000-4000-8000-000000000001"
KONG = "207b296f-cf25-4d23-9eba-9a2c41dc62ca"
PLANES = [{"name": "demo", "region": "us", "services": [{"name": "orders", "url": "http://10.9.0.20"}]}]
NETWORKS: list[dict[str, Any]] = [
    {"name": "demo-azure", "provider": "azure", "region": "eastus", "cidr_block": "10.1.0.0/16"},
    {"name": "second-azure", "provider": "azure", "region": "eastus", "cidr_block": "10.2.0.0/16"},
    {"name": "overlapping", "provider": "azure", "region": "eastus", "cidr_block": "10.10.0.0/16"},
]

# Two subscriptions of one tenant, each with a network and a route of its own; a role that is named as the second
# path's own would be.
TWO = f"""
import pulumi_azure_native as azure
from kong_secure import AzureVnetPeering
from kong_secure.rules.azure_access import PEERING_ACTIONS, role_display_name

client = azure.authorization.get_client_config()
elsewhere = azure.Provider("elsewhere", subscription_id="{OTHER}")
subscriptions = {{"first": client.subscription_id, "second": "{OTHER}"}}
options = {{"first": None, "second": pulumi.ResourceOptions(provider=elsewhere)}}
vnets = {{}}
for number, name in enumerate(subscriptions):
    group = azure.resources.ResourceGroup(
        name, resource_group_name=name, location="eastus" if name == "first" else "westus", opts=options[name])
    table = azure.network.RouteTable(
        name, resource_group_name=group.name, opts=options[name],
        routes=[{{"name": "inspected", "address_prefix": "10.10.4.0/24", "next_hop_type": "None"}}])
    subnet = {{"name": "apps", "address_prefix": f"10.{{9 + number}}.0.0/24", "route_table": {{"id": table.id}}}}
    vnets[name] = azure.network.VirtualNetwork(
        name, resource_group_name=group.name, address_space={{"address_prefixes": [f"10.{{9 + number}}.0.0/16"]}},
        subnets=[subnet], opts=options[name])
scopes = [f"/subscriptions/{{each}}" for each in subscriptions.values()]
taken = azure.authorization.RoleDefinition(
    "taken", scope=scopes[0], assignable_scopes=SCOPES, permissions=[{{"actions": list(PEERING_ACTIONS)}}],
    role_name=role_display_name("{OTHER}", "playground", "dev", "second", "organization/playground/dev/second"))


def path(name, network, **more):
    return AzureVnetPeering(
        name, network=network, tenant_id=client.tenant_id, subscription_id=subscriptions[name],
        resource_group_name=name, vnet_name=vnets[name].name, service_principal_object_id="{PRINCIPAL}",
        network_security_groups={{}}, **more)


first = path("first", "demo-azure")
second = path("second", azure_provider=elsewhere, **SECOND)
pulumi.export("states", [first.state, second.state])
"""
ALONE, BOTH = "[scopes[0]]", "scopes"


def two(scopes: str, **second: str) -> str:
    given = ", ".join(f"{key}={value}" for key, value in second.items())
    return TWO.replace("SCOPES", scopes).replace("**SECOND", given)


# The path goes to another network, behind another group; the first ones stay.
MOVED = (
    WHOLE_PROGRAM.replace("demo-azure", "second-azure")
    .replace(
        "path = AzureVnetPeering(",
        """other_guard = azure.network.NetworkSecurityGroup("other", resource_group_name=group.name)
other = azure.network.VirtualNetwork(
    "other",
    resource_group_name=group.name,
    address_space={"address_prefixes": ["10.11.0.0/16"]},
    subnets=[{"name": "apps", "address_prefix": "10.11.0.0/24", "network_security_group": {"id": other_guard.id}}],
)
path = AzureVnetPeering(""",
    )
    .replace("vnet_name=vnet.name", "vnet_name=other.name")
    .replace('{"orders": guard.id}', '{"orders": other_guard.id}')
)


def disconnected(world: World) -> list[str]:
    """Halves of peerings that lost the other."""
    return [
        each["id"]
        for each in store(world).of_type(ids.PEERINGS)
        if each["peeringState"] != peerings.CONNECTED
    ]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with an Azure, and two networks of Konnect's there."""
    made = World(tmp_path / "world", declared={"control_planes": PLANES, "networks": NETWORKS}, azure=True)
    yield made
    made.end()


def test_the_documented_path_wants_an_administrator_once_and_then_comes_up_changes_and_goes(
    azure: Playground, world: World
) -> None:
    link = f"/adminconsent?client_id={KONG}"
    azure.program(WHOLE_PROGRAM.replace("ports=[443],", "ports=[443], timeout_seconds=2,"))
    first = azure.run("preview").must_succeed()
    assert set(first.operations.values()) == {"create"}
    assert link in first.text
    unapproved = azure.run("up").must_fail()
    assert link in unapproved.text
    assert {name for name in unapproved.operations if name.startswith("path-")} == {"path-network"}

    azure.extra["playground:kongsPrincipal"] = PRINCIPAL
    refused = azure.run("up").must_fail()
    assert "consent" in refused.text
    assert konnects(world) == ["pending-user-action"]

    world.consent()
    azure.program(WHOLE_PROGRAM)
    made = azure.run("up").must_succeed()
    assert link in made.result.outputs["approve"]
    assert set(azure.run("preview").must_succeed().operations.values()) == {"same"}
    assert from_kong(world, "10.9.0.20:443") is PASSES
    assert "kong-deny-" in str(from_kong(world, "10.9.0.20:22"))

    renamed = WHOLE_PROGRAM.replace("demo-azure", "second-azure").replace(
        "[443],", '[443, 22], name="orders",'
    )
    azure.program(renamed)
    changed = azure.run("up").must_succeed()
    assert {name: what for name, what in changed.operations.items() if what != "same"} == {
        "path-network": "replace",
        "path-role": "replace",
        "path-assignment": "replace",
        "path-peering": "replace",
        "path-allow-orders": "update",
        "path-deny-orders": "update",
        "path-ready": "update",
    }
    # Until its peering is gone, the first network is kept out by the rules.
    assert changed.text.index("to be gone") < changed.text.index("path-allow-orders updat")
    assert from_kong(world, "10.9.0.20:22", source="10.2.0.10") is PASSES

    azure.program(MOVED)
    moved = azure.run("up").must_succeed()
    assert moved.operations["path-peering"] == moved.operations["path-assignment"] == "replace"
    assert disconnected(world) == []
    for kept in ("path-assignment", "path-allow-orders", "path-deny-orders"):
        assert f"{kept} deleted" not in moved.text.partition("to be gone")[0]

    gone = azure.run("destroy").must_succeed()
    order = [change.urn.rpartition("::")[2] for change in gone.result.changes]
    assert_before(order, ["path-peering", "path-assignment", "path-role"])
    assert_before(order, ["path-peering", "path-allow-orders"])
    assert_before(order, ["path-peering", "path-deny-orders"])
    assert konnects(world) == []
    assert customers(world) == []


def assert_before(order: list[str], names: list[str]) -> None:
    assert sorted(names, key=order.index) == names, order


def test_two_paths_in_two_subscriptions_come_up_once_what_is_in_their_way_is_gone(
    azure: Playground, world: World
) -> None:
    """Grants take a moment to spread, and nobody has to run anything twice for that."""
    world.consent()
    world.let_grants_spread(1.0)
    azure.program(two(ALONE, network="'second-azure'"))
    taken = azure.run("up").must_fail()
    assert 'Code="RoleDefinitionWithSameNameExists"' in taken.text
    assert "the virtual network is in westus, and Kong's network is in eastus" in taken.text

    azure.program(two(ALONE, network="'overlapping'", role_definition_id="taken.id"))
    refused = azure.run("up").must_fail().text
    assert "3 problems with its inputs" in refused
    assert f"add /subscriptions/{OTHER} to its assignable scopes" in refused
    assert "address space '10.10.0.0/16' overlaps with Kong's network, 10.10.0.0/16" in refused
    assert "route 'inspected' of route table" in refused
    assert konnects(world) == ["ready"]

    azure.program(two(BOTH, network="'second-azure'", role_definition_id="taken.id"))
    assert azure.run("up").must_succeed().result.outputs == {"states": ["ready", "ready"]}
    assert from_kong(world, "10.9.0.20:22") is PASSES
    assert from_kong(world, "10.10.0.20:22", source="10.2.0.10") is PASSES
    assert from_kong(world, "10.10.0.20:22") is not PASSES

    azure.run("destroy").must_succeed()
    assert konnects(world) == []
    assert customers(world) == []
