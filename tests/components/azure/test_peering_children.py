"""Which resources a path over a VNet peering is made of, under which names, and what each is given, with Pulumi's
mocks.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_azure_native
import pytest
from pulumi.runtime import mocks

from kong_secure import AzureVnetPeering, KonnectNetwork
from kong_secure.resources.base import InvalidArguments
from kong_secure.resources.values import is_unknown
from tests.components.azure.mocked_peering import (
    ACTIONS,
    ATTACHMENT_ID,
    GIVEN,
    NETWORK_ID,
    NSG,
    OTHER,
    PRINCIPAL,
    ROLE,
    SUBSCRIPTION,
    TENANT,
    TOKENS,
    VNET,
    TwoEnds,
    children,
)
from tests.components.mocked_children import Children
from tests.resources.mocked_program import later, run, unknown

KONG = "207b296f-cf25-4d23-9eba-9a2c41dc62ca"
KONGS_HALF = {("network", "network"), ("waits", "waits"), ("peering", "peering"), ("ready", "ready")}
GRANTS = {("role", "role"), ("assignment", "assignment")}
RULES = {("rule", "allow-orders"), ("rule", "deny-orders")}
GIVEN_ROLE = f"/subscriptions/{OTHER}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"
HERE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"


def outputs_of(given: dict[str, Any], *, preview: bool) -> dict[str, Any]:
    """The outputs that are known."""
    seen: dict[str, Any] = {}

    def keep(path: AzureVnetPeering) -> None:
        for key in AzureVnetPeering.__annotations__:
            getattr(path, key).apply(lambda value, key=key: seen.update({key: value}))

    children(Unmade() if preview else TwoEnds(), preview=preview, then=keep, **given)
    return seen


class Unmade(TwoEnds):
    """As in a first preview, Konnect is not asked."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        return "", dict(args.inputs)


def test_a_path_has_these_children() -> None:
    made = children()
    assert set(made) == KONGS_HALF | GRANTS | RULES
    assert {each.parent for each in made.values()} == {"path"}


def test_kong_gets_the_five_published_actions_on_the_network_alone() -> None:
    made = children()
    role, assignment = made["role", "role"], made["assignment", "assignment"]
    [permission] = role.inputs["permissions"]
    assert {key: each for key, each in permission.items() if each} == {"actions": ACTIONS}
    assert role.inputs["scope"] == f"/subscriptions/{SUBSCRIPTION}"
    assert role.inputs["assignableScopes"] == [f"/subscriptions/{SUBSCRIPTION}"]
    assert role.inputs["roleType"] == "CustomRole"
    assert assignment.inputs["scope"] == VNET
    assert assignment.inputs["principalId"] == PRINCIPAL
    assert assignment.inputs["principalType"] == "ServicePrincipal"
    assert assignment.inputs["roleDefinitionId"].endswith(role.inputs["roleDefinitionId"])
    urns = assignment.request.propertyDependencies["roleDefinitionId"].urns
    assert [urn.rpartition("::")[2] for urn in urns] == ["path-role"]


def test_a_roles_display_name_says_subscription_project_stack_and_component() -> None:
    """A tenant has each of them once: two in one subscription, or one in two, must not have the same."""
    name = children()["role", "role"].inputs["roleName"]
    assert all(part in name for part in (SUBSCRIPTION, "project", "stack", "path"))


def test_a_role_that_is_given_is_assigned_as_the_networks_subscription_shows_it() -> None:
    made = children(role_definition_id=GIVEN_ROLE)
    assert set(made) == KONGS_HALF | RULES | {("assignment", "assignment")}
    assert made["assignment", "assignment"].inputs["roleDefinitionId"] == HERE


def test_each_security_group_lets_kongs_range_in_on_the_ports_and_nowhere_else() -> None:
    users = NSG.replace("orders-nsg", "users-nsg")
    made = children(network_security_groups={"orders": NSG, "users": users}, ports=[443, 8443])
    for name in ("orders", "users"):
        allow, deny = (made["rule", f"{action}-{name}"].inputs for action in ("allow", "deny"))
        assert {key: allow[key] for key in ("access", "protocol", "priority", "destinationPortRanges")} == {
            "access": "Allow",
            "protocol": "Tcp",
            "priority": 100,
            "destinationPortRanges": ["443", "8443"],
        }
        assert {key: deny[key] for key in ("access", "protocol", "priority", "destinationPortRange")} == {
            "access": "Deny",
            "protocol": "*",
            "priority": 101,
            "destinationPortRange": "*",
        }
        for rule in (allow, deny):
            assert (rule["sourceAddressPrefix"], rule["direction"]) == ("10.1.0.0/16", "Inbound")
            assert (rule["resourceGroupName"], rule["networkSecurityGroupName"]) == ("orders", f"{name}-nsg")


def test_priorities_are_those_that_were_given() -> None:
    made = children(allow_priority=200, deny_priority=300)
    priorities = [made["rule", f"{action}-orders"].inputs["priority"] for action in ("allow", "deny")]
    assert priorities == [200, 300]


def test_konnect_is_asked_when_grants_and_rules_are_there() -> None:
    peering = children()["peering", "peering"]
    asked = {key: peering.inputs[key] for key in ("network_id", "tenant_id", "subscription_id", "vnet_name")}
    assert asked == {
        "network_id": NETWORK_ID,
        "tenant_id": TENANT,
        "subscription_id": SUBSCRIPTION,
        "vnet_name": "orders-vnet",
    }
    assert {urn.rpartition("::")[2] for urn in peering.request.dependencies} >= {
        "path-assignment",
        "path-allow-orders",
        "path-deny-orders",
    }


def test_what_waits_runs_in_a_process_of_its_own() -> None:
    made = children()
    in_process = {kind for (kind, _), each in made.items() if "::path-waits::" in each.provider}
    assert in_process == {"peering", "ready"}


def test_names_of_grants_and_rules_are_derived_and_stay() -> None:
    """They are state format: after a state was lost the same program imports them."""
    made = children()
    assert made["role", "role"].inputs["roleDefinitionId"] == "ddd3ba4e-6870-5762-9e1f-96f45b81da72"
    assert (
        made["assignment", "assignment"].inputs["roleAssignmentName"]
        == "9bf4f5c6-f2c1-5b0b-8e83-704e844450f7"
    )
    rules = {name: each.inputs["securityRuleName"] for (kind, name), each in made.items() if kind == "rule"}
    assert rules == {"allow-orders": "kong-allow-bb2bd4e2", "deny-orders": "kong-deny-bb2bd4e2"}


@pytest.mark.parametrize(
    "other",
    [
        {"service_principal_object_id": str(uuid.UUID(int=1))},
        {"vnet_name": "another-vnet"},
        {"role_definition_id": GIVEN_ROLE},
    ],
    ids=lambda other: next(iter(other)),
)
def test_an_assignment_that_cannot_be_changed_gets_another_name(other: dict[str, Any]) -> None:
    """So that the new one is made before the old one goes."""
    names = {
        children(**given)["assignment", "assignment"].inputs["roleAssignmentName"] for given in ({}, other)
    }
    assert len(names) == 2


def test_two_paths_of_a_program_have_names_of_their_own() -> None:
    engine = TwoEnds()

    def program() -> None:
        AzureVnetPeering("one", **GIVEN)
        AzureVnetPeering(
            "two", **{**GIVEN, "vnet_name": "other", "allow_priority": 110, "deny_priority": 111}
        )

    run(program, engine=engine)
    keys = ("roleDefinitionId", "roleName", "roleAssignmentName", "securityRuleName")
    given = [
        (each.typ, key, each.inputs[key])
        for each in engine.registered
        for key in keys
        if key in each.inputs and not (each.typ == TOKENS["assignment"] and key == "roleDefinitionId")
    ]
    assert len(set(given)) == len(given) == 10


@pytest.mark.parametrize("preview", [True, False])
def test_the_ids_and_the_link_for_the_administrator_are_known_from_the_first_preview_on(
    preview: bool,
) -> None:
    seen = outputs_of({}, preview=preview)
    assert seen["admin_consent_url"] == (
        f"https://login.microsoftonline.com/{TENANT}/adminconsent?client_id=207b296f-cf25-4d23-9eba-9a2c41dc62ca"
    )
    assert seen["role_definition_id"] == HERE.replace(ROLE, "ddd3ba4e-6870-5762-9e1f-96f45b81da72")
    assert seen["role_assignment_id"] == (
        f"{VNET}/providers/Microsoft.Authorization/roleAssignments/9bf4f5c6-f2c1-5b0b-8e83-704e844450f7"
    )
    later_ones = {key: seen.get(key) for key in ("network_cidr_block", "attachment_id", "state")}
    made = {"network_cidr_block": "10.1.0.0/16", "attachment_id": ATTACHMENT_ID, "state": "ready"}
    assert later_ones == (dict.fromkeys(made) if preview else made)


NOBODY_YET: list[Any] = [None, lambda: later(None)]


@pytest.mark.parametrize("nobody", NOBODY_YET, ids=["left out", "an Output of nothing"])
def test_the_first_preview_comes_before_the_approval_and_plans_everything(
    nobody: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kong's object id is made by the approval, and the address of the approval is an output."""
    given = {"service_principal_object_id": nobody}
    engine = Unmade()
    said = warnings_of(lambda: children(engine, preview=True, **given), monkeypatch)
    made = {each.name.removeprefix("path-"): each.inputs for each in engine.registered}
    assert set(made) - {"path"} == {name for _, name in KONGS_HALF | GRANTS | RULES}
    assert is_unknown(made["assignment"]["principalId"])
    [text] = said
    assert text.startswith(
        "AzureVnetPeering 'path': `up` will refuse this without service_principal_object_id"
    )
    assert f"https://login.microsoftonline.com/{TENANT}/adminconsent?client_id={KONG}" in text
    seen = outputs_of(given, preview=True)
    assert seen["admin_consent_url"].endswith(f"/{TENANT}/adminconsent?client_id={KONG}")
    assert {key: key in seen for key in ("role_definition_id", "role_assignment_id")} == {
        "role_definition_id": True,
        "role_assignment_id": False,
    }


def test_a_preview_that_does_not_know_the_tenant_names_the_output_with_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {"service_principal_object_id": None, "tenant_id": unknown}
    [text] = warnings_of(lambda: children(preview=True, **given), monkeypatch)
    assert "approve Kong's application at the output admin_consent_url" in text


def test_after_the_approval_nothing_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert warnings_of(lambda: children(preview=True), monkeypatch) == []
    waiting: dict[str, Any] = {"service_principal_object_id": unknown}
    assert warnings_of(lambda: children(preview=True, **waiting), monkeypatch) == []


def test_the_link_is_for_the_application_that_was_given() -> None:
    assert outputs_of({"client_id": OTHER}, preview=False)["admin_consent_url"].endswith(f"client_id={OTHER}")


def test_the_providers_subscription_is_worked_in_and_asked() -> None:
    engine = TwoEnds()
    made = children(engine, azure_provider=lambda: pulumi_azure_native.Provider("spoke"))
    by_spoke = {key for key, each in made.items() if each.provider.split("::")[-2:-1] == ["spoke"]}
    assert by_spoke == GRANTS | RULES
    assert {call.provider.split("::")[-2] for call in engine.asked} == {"spoke"}


def test_a_network_looked_up_elsewhere_is_taken_as_it_is() -> None:
    made = children(network=lambda: KonnectNetwork("kongs", network="production"))
    assert {name for kind, name in made if kind == "network"} == {"kongs"}
    assert made["peering", "peering"].inputs["network_id"] == NETWORK_ID


def test_only_what_takes_a_value_depends_on_what_it_is_of() -> None:
    """Otherwise a security group that is replaced would have the path replaced with it."""

    def groups() -> dict[str, Any]:
        other = KonnectNetwork("elsewhere", network="other")
        return {"orders": other.name.apply(lambda _: NSG)}

    made = children(network_security_groups=groups)
    depending = {
        key
        for key, each in made.items()
        if any(urn.endswith("::elsewhere") for urn in each.request.dependencies)
    }
    assert depending == RULES


def test_what_follows_the_path_waits_for_ready_and_gets_nothing_where_it_is_refused() -> None:
    seen: list[str] = []

    def follow(path: AzureVnetPeering) -> None:
        path.once_ready("orders").apply(seen.append)

    with pytest.raises(InvalidArguments):
        children(TwoEnds(network={"state": "offline"}), then=follow)
    assert seen == []
    children(then=follow)
    assert seen == ["orders"]


def warnings_of(make: Callable[[], Children], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    make()
    return said


def test_another_region_and_a_role_that_allows_more_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    wider = {"assignableScopes": ["/"], "permissions": [{"actions": ["Microsoft.Network/*"]}]}
    engine = TwoEnds(vnet={"location": "westeurope"}, role=wider)
    said = warnings_of(lambda: children(engine, role_definition_id=GIVEN_ROLE), monkeypatch)
    assert len(said) == 2
    assert any("is in westeurope, and Kong's network is in eastus" in text for text in said)
    assert any("more than a peering: Microsoft.Network/*" in text for text in said)
    assert warnings_of(lambda: children(TwoEnds(vnet={"location": "East US"})), monkeypatch) == []


def test_what_the_listed_groups_do_not_close_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    subnets = [{"name": "apps", "networkSecurityGroup": {"id": NSG.lower()}}, {"name": "jobs"}]
    behind = {"name": "to-kong", "remoteAddressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}
    vnet = {"subnets": subnets, "virtualNetworkPeerings": [{**behind, "peeringSyncLevel": "LocalNotInSync"}]}
    groups = {"orders": NSG, "elsewhere": NSG.replace("orders-nsg", "other-nsg")}
    said = warnings_of(lambda: children(TwoEnds(vnet=vnet), network_security_groups=groups), monkeypatch)
    told = "\n".join(sorted(text.removeprefix("AzureVnetPeering 'path': ") for text in said))
    assert len(said) == 3
    assert "network_security_groups['elsewhere'] is on no subnet" in told
    assert "reaches the subnets jobs, which" in told
    assert "peering 'to-kong' doesn't know" in told
    waiting: dict[str, Any] = {"network_security_groups": lambda: {"orders": unknown()}}
    vnet["virtualNetworkPeerings"] = []
    assert (
        warnings_of(lambda: children(TwoEnds(vnet=vnet), preview=True, **waiting), monkeypatch)
        == warnings_of(
            lambda: children(TwoEnds(vnet=vnet), network_security_groups={}, ports=None), monkeypatch
        )
        == []
    )


def test_nothing_that_is_unknown_keeps_a_preview_from_showing_the_path() -> None:
    given: dict[str, Any] = {
        "vnet_name": unknown,
        "network_security_groups": lambda: {"orders": unknown()},
        "service_principal_object_id": unknown,
    }
    assert set(children(preview=True, **given)) == KONGS_HALF | GRANTS | RULES
    assert set(children(vnet_name=lambda: later("orders-vnet"))) == KONGS_HALF | GRANTS | RULES
