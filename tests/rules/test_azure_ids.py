"""What is an id or a name of Azure's, and what is told of what isn't."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kong_secure.rules import azure_ids
from kong_secure.rules.azure_ids import (
    ROUTE_TABLES,
    SECURITY_GROUPS,
    NetworkId,
    group_findings,
    guid_findings,
    parse_id,
    role_guid,
    role_id_findings,
    security_group_findings,
    vnet_findings,
)
from kong_secure.rules.findings import Finding

GUID = "5b9a1c3e-0d2f-4e6a-8b7c-9d0e1f2a3b4c"
GROUP = f"/subscriptions/{GUID}/resourceGroups/orders"
NSG = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg"
ROLE = f"/subscriptions/{GUID}/providers/Microsoft.Authorization/roleDefinitions/{GUID}"

Check = Callable[[str, object], Iterator[Finding]]


def guids(subject: str, value: object) -> Iterator[Finding]:
    return guid_findings(subject, value, "an id")


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (guids, GUID),
        (guids, GUID.upper()),
        (group_findings, "orders_(prod).eu-1"),
        (vnet_findings, "orders-vnet"),
        (security_group_findings, NSG),
        (security_group_findings, NSG.replace("resourceGroups", "resourcegroups").lower()),
        (role_id_findings, ROLE),
        (role_id_findings, ROLE.removeprefix(f"/subscriptions/{GUID}")),
    ],
)
def test_what_azure_writes_passes(check: Check, value: object) -> None:
    assert list(check("it", value)) == []


@pytest.mark.parametrize(
    ("check", "value", "fix"),
    [
        (guids, GUID.replace("-", ""), "give one as"),
        (guids, f"{{{GUID}}}", "give one as"),
        (guids, None, "give one as"),
        (guids, f"/subscriptions/{GUID}", f"give {GUID}"),
        (group_findings, GROUP, "give orders"),
        (group_findings, NSG, "give orders"),
        (group_findings, "orders.", "no '.' at the end"),
        (group_findings, "", "give 1 to 90"),
        (vnet_findings, NSG.replace("networkSecurityGroups", "virtualNetworks"), "give nsg"),
        (vnet_findings, "-orders", "beginning with a letter or digit"),
        (vnet_findings, "x" * 65, "give 2 to 64"),
        (vnet_findings, None, "give 2 to 64"),
        (security_group_findings, "nsg", "give security_group.id"),
        (security_group_findings, NSG.replace(GUID, "mine"), "give security_group.id"),
        (security_group_findings, f"{NSG}/securityRules/allow", "give security_group.id"),
        (role_id_findings, GUID, f"roleDefinitions/{GUID}"),
        (role_id_findings, ROLE.replace(GUID, "Reader"), "a role's name isn't unique"),
    ],
)
def test_what_is_none_is_told_with_its_fix(check: Check, value: object, fix: str) -> None:
    [finding] = check("it", value)
    assert finding.subject == f"it {value!r}"
    assert fix in finding.fix


def test_an_id_is_read_whatever_its_case_and_of_its_kind_alone() -> None:
    assert parse_id(NSG, SECURITY_GROUPS) == NetworkId(GUID, "orders", "nsg")
    assert parse_id(NSG.upper(), SECURITY_GROUPS) == NetworkId(GUID.upper(), "ORDERS", "NSG")
    assert parse_id(NSG, ROUTE_TABLES) is None


def test_a_role_has_the_same_guid_through_every_scope() -> None:
    scopes = ("", f"/subscriptions/{GUID}", "/providers/Microsoft.Management/managementGroups/root")
    tail = f"/providers/Microsoft.Authorization/roleDefinitions/{GUID}"
    assert {role_guid(scope + tail) for scope in scopes} == {GUID}
    assert role_guid("Reader") is None


def test_the_id_of_a_network_is_made_of_what_it_says() -> None:
    made = azure_ids.vnet_id(GUID, "orders", "vnet")
    assert parse_id(made, azure_ids.VNETS) == NetworkId(GUID, "orders", "vnet")
