"""A private path over a VNet peering, both halves of it in the sandbox: on every engine it comes up in one `up`, stays,
changes and goes without leaving anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.hosting import STORE
from kong_secure.sandbox.azure.kong_side import ACTIONS, service_principal_id
from kong_secure.sandbox.azure.store import DEFAULT_SUBSCRIPTION, DEFAULT_TENANT, Store
from tests.lifecycles.playground import Playground
from tests.world import World

DECLARED: dict[str, Any] = {
    "networks": [{"name": "demo-azure", "provider": "azure", "region": "eastus"}],
}
OTHER = "0e000000-0000-4000-8000-000000000001"

PATH = f"""
from pulumi_azure_native import Provider, authorization, network, resources
from kong_secure import AttachmentReady, KonnectNetwork, VnetPeering

client = authorization.get_client_config_output()
scope = client.subscription_id.apply("/subscriptions/{{}}".format)
group = resources.ResourceGroup("network", location="eastus")
security = network.NetworkSecurityGroup("apis", resource_group_name=group.name)
orders = network.VirtualNetwork(
    "orders", resource_group_name=group.name, address_space={{"address_prefixes": ["10.9.0.0/16"]}})
subnet = network.Subnet(
    "apis", resource_group_name=group.name, virtual_network_name=orders.name, address_prefix="10.9.1.0/24",
    network_security_group={{"id": security.id}})
rule = dict(
    resource_group_name=group.name, network_security_group_name=security.name, direction="Inbound",
    source_address_prefix="10.0.0.0/16", source_port_range="*", destination_address_prefix="*")
allow = network.SecurityRule(
    "allow", access="Allow", priority=PRIORITY, protocol="Tcp", destination_port_range="443", **rule)
deny = network.SecurityRule("deny", access="Deny", priority=110, protocol="*", destination_port_range="*", **rule)
role = authorization.RoleDefinition(
    "kong", scope=scope, role_name="Kong peering", permissions=[{{"actions": {list(ACTIONS)!r}}}],
    assignable_scopes=[scope])
assigned = authorization.RoleAssignment(
    "kong", scope=orders.id, role_definition_id=role.id, principal_type="ServicePrincipal",
    principal_id="{service_principal_id(DEFAULT_TENANT)}")
kong = KonnectNetwork("kong", network="demo-azure")
peering = VnetPeering(
    "kong", network_id=kong.network_id, name="orders", tenant_id=client.tenant_id,
    subscription_id=client.subscription_id, resource_group_name=group.name, vnet_name=orders.name,
    opts=pulumi.ResourceOptions(depends_on=[assigned, allow, deny]))
ready = AttachmentReady("kong", attachments=[peering])
found = network.get_virtual_network_output(
    resource_group_name=group.name, virtual_network_name=orders.name,
    opts=pulumi.InvokeOutputOptions(depends_on=[ready]))
pulumi.export("halves", found.virtual_network_peerings.apply(lambda halves: [half.peering_state for half in halves]))
elsewhere = Provider("elsewhere", subscription_id="{OTHER}")
other = resources.ResourceGroup("other", location="westus", opts=pulumi.ResourceOptions(provider=elsewhere))
pulumi.export("other", other.id.apply(lambda id: id.split("/")[2]))
"""


def path(priority: int = 100) -> str:
    return f"PRIORITY = {priority}\n{PATH}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with an Azure, and a network of Konnect's there."""
    made = World(tmp_path / "world", declared=DECLARED, azure=True)
    yield made
    made.end()


def test_the_whole_path_comes_up_stays_changes_and_goes(azure: Playground, world: World) -> None:
    world.consent()
    azure.program(path())
    assert set(azure.run("preview").must_succeed().operations.values()) == {"create"}
    made = azure.run("up").must_succeed()
    assert made.result.outputs == {"halves": ["Connected"], "other": OTHER}
    azure.run("refresh").must_succeed()
    assert set(azure.run("up").must_succeed().operations.values()) == {"same"}
    azure.program(path(priority=101))
    changed = {
        name: what for name, what in azure.run("up").must_succeed().operations.items() if what != "same"
    }
    assert changed == {"allow": "update"}
    azure.run("destroy").must_succeed()
    world.end()
    store = Store.load(world.directory / STORE)
    assert [
        record["id"]
        for record in store.resources.values()
        if ids.parsed(record["id"]).subscription in (DEFAULT_SUBSCRIPTION, OTHER)
    ] == []
    assert store.of_type(ids.PEERINGS) == []
