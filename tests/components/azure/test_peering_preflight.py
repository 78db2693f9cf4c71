"""What a path over a VNet peering refuses before anything of it is made: plain values at once and together, the
others, and what Azure and Konnect say of both ends, when they are known.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from kong_secure import AzureVnetPeering
from kong_secure.components.lookups import PathRefused
from kong_secure.resources.base import InvalidArguments
from tests.components.azure.mocked_peering import (
    ACTIONS,
    GIVEN,
    NSG,
    OTHER,
    ROLE,
    SUBSCRIPTION,
    TENANT,
    VNET,
    TwoEnds,
    children,
)
from tests.resources.mocked_program import later, run, unknown

KONG = "207b296f-cf25-4d23-9eba-9a2c41dc62ca"
GIVEN_ROLE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"
KONGS = {"network", "waits"}


def refusal(**given: Any) -> str:
    with pytest.raises(InvalidArguments) as caught:
        AzureVnetPeering("path", **{**GIVEN, **given})
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"network": ""}, "network is missing, empty or no text: give a name or an id"),
        ({"tenant_id": "contoso.com"}, "tenant_id 'contoso.com' is no GUID, and a tenant's id is one"),
        ({"subscription_id": "Production"}, "subscription_id 'Production' is no GUID"),
        ({"subscription_id": f"/subscriptions/{OTHER}"}, f"is an id where its GUID belongs: give {OTHER}"),
        (
            {"resource_group_name": f"/subscriptions/{OTHER}/resourceGroups/orders"},
            "is an id where a name belongs: give orders",
        ),
        ({"resource_group_name": "orders."}, "resource_group_name 'orders.' is no name of a resource group"),
        ({"vnet_name": VNET}, "is an id where a name belongs: give orders-vnet"),
        ({"vnet_name": "v"}, "vnet_name 'v' is no name of a virtual network: give 2 to 64"),
        ({"service_principal_object_id": "kong"}, "service_principal_object_id 'kong' is no GUID"),
        ({"service_principal_object_id": KONG.upper()}, "is the id of Kong's application"),
        ({"client_id": "kong"}, "client_id 'kong' is no GUID"),
        ({"role_definition_id": ROLE}, "is a GUID where a whole id belongs: give /subscriptions/"),
        ({"role_definition_id": "Kong Peering"}, "is no id of a role definition"),
        (
            {"network_security_groups": {"orders": "orders-nsg"}},
            "network_security_groups['orders'] 'orders-nsg' is a name where an id belongs",
        ),
        ({"network_security_groups": {"orders": VNET}}, "is no id of a network security group"),
        (
            {"network_security_groups": {"orders": NSG.replace(SUBSCRIPTION, OTHER)}},
            f"is in subscription {OTHER}, and the network is in {SUBSCRIPTION}",
        ),
        ({"network_security_groups": [NSG]}, "is no mapping: give one such as"),
        ({"network_security_groups": {"my orders": NSG}}, "name 'my orders' can't name a resource"),
        ({"network_security_groups": None}, "Azure's default rules let a peered network reach every port"),
        ({"network_security_groups": {}}, "network_security_groups are empty, and ports are given"),
        ({"ports": None}, "ports are missing: give the ports that Kong may reach"),
        ({"ports": [0]}, "port 0 is no plain port"),
        ({"ports": ["443"]}, "port '443' is no plain port"),
        ({"allow_priority": 99}, "allow_priority 99 is no plain priority: give 100 to 4096"),
        ({"deny_priority": True}, "deny_priority True is no plain priority"),
        ({"allow_priority": 300, "deny_priority": 200}, "deny_priority 200 is no higher number than"),
        ({"name": "x" * 112}, "is no name: give 1 to 111 characters"),
        ({"timeout_seconds": 0}, "timeout_seconds 0 is no time to wait"),
        (
            {"network_security_groups": {"a": NSG, "b": NSG.upper()}},
            "is network_security_groups['a'] too: leave out one of them",
        ),
        ({"azure_provider": "azure"}, "azure_provider 'azure' is no provider of azure-native: give one, as"),
    ],
)
def test_what_is_wrong_in_plain_values_is_told_with_its_fix(given: dict[str, Any], sentence: str) -> None:
    text = refusal(**given)
    assert text.startswith("AzureVnetPeering 'path': ")
    assert sentence in text


def test_everything_wrong_in_plain_values_is_told_together() -> None:
    text = refusal(tenant_id="t", vnet_name=VNET, ports=[0], client_id="c", allow_priority=1)
    assert "AzureVnetPeering 'path': 5 problems with its inputs\n  - " in text


def test_before_the_approval_the_refusal_says_where_an_administrator_approves() -> None:
    text = refusal(service_principal_object_id=None)
    assert "service_principal_object_id is missing" in text
    assert f"https://login.microsoftonline.com/{TENANT}/adminconsent?client_id={KONG}" in text
    assert "then give its object id" in text
    assert f"`az ad sp show --id {KONG} --query id`" in text


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("network_security_groups", {"orders": NSG}, "its names decide which resources there are"),
        ("ports", [443], "ports is no plain list"),
        ("allow_priority", 100, "allow_priority is an Output and is no plain priority"),
    ],
)
def test_an_output_where_something_plain_belongs_is_refused(key: str, value: object, sentence: str) -> None:
    async def made() -> str:
        return refusal(**{key: later(value)})

    assert sentence in asyncio.run(made())


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "pulumi_azure_native"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(PathRefused, match=r"pip install 'kong-secure\[azure\]'"):
        AzureVnetPeering("path", **GIVEN)


# --- what is known later ---


def refused_later(engine: TwoEnds, **given: Any) -> str:
    """The refusal, after which nothing of the path was made."""
    with pytest.raises((InvalidArguments, PathRefused)) as caught:
        children(engine, **given)
    assert {each.name.removeprefix("path-") for each in engine.registered} - {"path"} <= KONGS
    return str(caught.value)


def test_a_tenant_known_later_is_waited_for_and_nothing_is_made_without_the_approval() -> None:
    given: dict[str, Any] = {"service_principal_object_id": None, "tenant_id": lambda: later(TENANT)}
    text = refused_later(TwoEnds(), **given)
    assert f"https://login.microsoftonline.com/{TENANT}/adminconsent?client_id={KONG}" in text
    unknown_yet: dict[str, Any] = {"service_principal_object_id": None, "tenant_id": unknown}
    assert ("assignment", "assignment") in children(preview=True, **unknown_yet)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("subscription_id", "subscription_id None is no GUID"),
        ("role_definition_id", "role_definition_id None is no id of a role definition"),
        (
            "service_principal_object_id",
            f"service_principal_object_id is missing: have an administrator of the tenant approve Kong's application at https://login.microsoftonline.com/{TENANT}/adminconsent",
        ),
    ],
)
def test_an_output_that_turns_out_to_be_nothing_is_refused(key: str, sentence: str) -> None:
    assert sentence in refused_later(TwoEnds(), **{key: lambda: later(None)})


def test_a_preview_that_cant_ask_azure_shows_the_path_all_the_same() -> None:
    class Unanswering(TwoEnds):
        def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
            return {}, []

    assert ("peering", "peering") in children(Unanswering(), preview=True)


def _peering(block: str) -> dict[str, Any]:
    return {"name": "to-hub", "remoteVirtualNetworkAddressSpace": {"addressPrefixes": [block]}}


def _route(prefix: str, hop: str = "VirtualAppliance") -> dict[str, Any]:
    return {"name": "all", "addressPrefix": prefix, "nextHopType": hop}


@pytest.mark.parametrize(
    ("engine", "sentence"),
    [
        (TwoEnds(network={"state": "initializing"}), "network is 'initializing' and not ready"),
        (TwoEnds(network={"provider": "aws"}), "network is on aws, and a VNet peering is Azure's"),
        (TwoEnds(network={"cidr_block": "10.9.0.0/20"}), "overlaps with Kong's network, 10.9.0.0/20"),
        (TwoEnds(network={"cidr_block": "10.1.0.0/22"}), "is no block that Kong's networks on Azure have"),
        (
            TwoEnds(vnet={"addressSpace": {"addressPrefixes": ["10.9.0.0/16", "10.0.0.0/15"]}}),
            "address space '10.0.0.0/15' overlaps with Kong's network, 10.1.0.0/16",
        ),
        (TwoEnds(vnet={"virtualNetworkPeerings": [_peering("10.1.4.0/22")]}), "peering 'to-hub'"),
        (TwoEnds(routes=[_route("10.1.0.0/16")]), "route 'all' of route table 'spoke' sends 10.1.0.0/16"),
        (TwoEnds(routes=[_route("10.1.8.0/24", "None")]), "to None and not over the peering"),
        (
            TwoEnds(absent=("getVirtualNetwork",)),
            f"isn't there in resource group 'orders' of subscription {SUBSCRIPTION}",
        ),
        (
            TwoEnds(acting={"tenantId": OTHER, "subscriptionId": SUBSCRIPTION}),
            f"tenant_id '{TENANT}' isn't the one that the provider acts for, {OTHER}",
        ),
        (
            TwoEnds(acting={"tenantId": TENANT, "subscriptionId": OTHER}),
            f"give an azure_provider for {SUBSCRIPTION}",
        ),
    ],
)
def test_what_the_ends_turn_out_to_be_is_checked_before_anything_is_made(
    engine: TwoEnds, sentence: str
) -> None:
    assert sentence in refused_later(engine)


@pytest.mark.parametrize(
    "engine",
    [
        TwoEnds(routes=[_route("0.0.0.0/0"), _route("10.0.0.0/8"), _route("AzureCloud")]),
        TwoEnds(vnet={"virtualNetworkPeerings": [_peering("10.1.0.0/16"), _peering("10.2.0.0/16")]}),
        TwoEnds(vnet={"addressSpace": {"addressPrefixes": ["10.9.0.0/16", "fd00::/64"]}}),
        TwoEnds(acting={"tenantId": TENANT.upper(), "subscriptionId": SUBSCRIPTION.upper()}),
    ],
    ids=["shorter routes", "the path's own peering", "IPv6", "upper case"],
)
def test_what_is_in_nobodys_way_passes(engine: TwoEnds) -> None:
    assert ("peering", "peering") in children(engine)


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        ({}, "can't be assigned there: add /subscriptions/"),
        ({"assignableScopes": [f"/subscriptions/{OTHER}"]}, "can't be assigned there"),
        ({"assignableScopes": [f"/subscriptions/{SUBSCRIPTION}/resourceGroups/other"]}, "can't be assigned"),
        ({"assignableScopes": ["/"], "permissions": [{"actions": ACTIONS[:4]}]}, f"lacks {ACTIONS[4]}"),
        (
            {"assignableScopes": ["/"], "permissions": [{"actions": ["*"], "notActions": ["*/delete"]}]},
            f"lacks {ACTIONS[3]}",
        ),
    ],
)
def test_a_role_that_would_not_do_is_refused(role: dict[str, Any], sentence: str) -> None:
    absent = () if role else ("getRoleDefinition",)
    text = refused_later(TwoEnds(role=role, absent=absent), role_definition_id=GIVEN_ROLE)
    assert f"role_definition_id '{GIVEN_ROLE}'" in text
    assert sentence in text


@pytest.mark.parametrize(
    "scope",
    [
        "/",
        f"/subscriptions/{SUBSCRIPTION.upper()}",
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/orders",
        "/providers/Microsoft.Management/managementGroups/root",
    ],
)
def test_a_role_that_can_be_assigned_is_used(scope: str) -> None:
    role = {
        "assignableScopes": [scope],
        "permissions": [{"actions": ["Microsoft.Network/virtualNetworks/*"]}],
    }
    assert ("assignment", "assignment") in children(TwoEnds(role=role), role_definition_id=GIVEN_ROLE)


def test_values_known_later_are_checked_with_the_others_before_anything_is_made() -> None:
    engine = TwoEnds(network={"state": "offline"})
    text = refused_later(engine, vnet_name=lambda: later(VNET), tenant_id=lambda: later("t"))
    assert "3 problems" in text
    assert "give orders-vnet" in text


def test_a_preview_checks_what_it_knows() -> None:
    with pytest.raises(InvalidArguments, match=r"is no GUID"):
        children(preview=True, vnet_name=unknown, service_principal_object_id=lambda: later("kong"))


def test_another_refusal_of_azures_is_told_as_it_is() -> None:
    text = refused_later(TwoEnds(refusal='Status=403 Code="AuthorizationFailed" Message="The client has no"'))
    assert "Azure was asked in vain: " in text
    assert 'Code="AuthorizationFailed"' in text


# --- several paths in one program ---


class Networks(TwoEnds):
    """Several networks of Kong's: each of its own block."""

    def __init__(self, **blocks: str) -> None:
        super().__init__()
        self.blocks = blocks

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made_id, made = super().new_resource(args)
        block = self.blocks.get(args.name.removesuffix("-network"))
        return made_id, {**made, "cidr_block": block} if block is not None else made


def two(engine: TwoEnds, **second: Any) -> None:
    def program() -> None:
        AzureVnetPeering("one", **GIVEN)
        AzureVnetPeering("two", **{**GIVEN, "allow_priority": 110, "deny_priority": 111, **second})

    run(program, engine=engine)


def test_two_paths_into_one_network_have_blocks_apart() -> None:
    with pytest.raises(InvalidArguments, match=r"is peered by AzureVnetPeering '\w+' with 10\.1\.0\.0/16"):
        two(TwoEnds())
    two(Networks(one="10.1.0.0/16", two="10.2.0.0/16"))
    two(TwoEnds(), vnet_name="another-vnet")


def test_two_paths_with_the_same_security_group_have_priorities_apart() -> None:
    blocks = Networks(one="10.1.0.0/16", two="10.2.0.0/16")
    with pytest.raises(InvalidArguments, match=r"gets rules of AzureVnetPeering '\w+' with priority 101 too"):
        two(blocks, allow_priority=101, network_security_groups={"mine": NSG.upper().replace("SUB", "sub")})


def test_security_groups_that_a_preview_does_not_know_are_nobodys() -> None:
    def program() -> None:
        for name, vnet in (("one", "orders-vnet"), ("two", "another-vnet")):
            AzureVnetPeering(
                name, **{**GIVEN, "vnet_name": vnet, "network_security_groups": {"mine": unknown()}}
            )

    run(program, engine=TwoEnds(), preview=True)


def test_two_paths_that_are_called_the_same_have_names_apart() -> None:
    def program(**second: Any) -> None:
        for place, given in (("east", {}), ("west", {"vnet_name": "another-vnet", **second})):
            above = pulumi.ComponentResource("company:index:Place", place, None)
            groups = {"mine": NSG.replace("orders-nsg", place)}
            more = {"network_security_groups": groups, "opts": pulumi.ResourceOptions(parent=above)}
            AzureVnetPeering("path", **{**GIVEN, **given, **more})

    with pytest.raises(
        InvalidArguments, match="name 'path' is that of AzureVnetPeering 'path' too, and role"
    ):
        run(program, engine=TwoEnds())
    run(lambda: program(name="other"), engine=TwoEnds())


def test_one_role_is_assigned_on_a_network_once() -> None:
    def program() -> None:
        for name, low in (("one", 100), ("two", 200)):
            given = {**GIVEN, "role_definition_id": GIVEN_ROLE, "allow_priority": low}
            AzureVnetPeering(name, **given, deny_priority=low + 1)

    with pytest.raises(
        InvalidArguments, match=r"is assigned on this network by AzureVnetPeering '\w+' already"
    ):
        run(program, engine=Networks(one="10.1.0.0/16", two="10.2.0.0/16"))
