"""Names of grants that are derived, and what a role that was given must allow."""

from __future__ import annotations

import re
from itertools import product

import pytest

from kong_secure.rules.azure_access import (
    PEERING_ACTIONS,
    assignment_name,
    role_display_name,
    role_findings,
    role_name,
    rule_name,
    wider_actions,
)

SUBSCRIPTIONS = ("11112222-3333-4444-5555-666677778888", "99998888-7777-6666-5555-444433332222")
OWNERS = ("org/project/dev/path", "org/project/prod/path")


def test_names_are_the_same_for_the_same_and_others_for_everything_else() -> None:
    pairs = list(product(OWNERS, SUBSCRIPTIONS))
    assert len({role_name(*pair) for pair in pairs}) == len(pairs)
    assert [role_name(*pair) for pair in pairs] == [role_name(*pair) for pair in pairs]
    parts = list(product(OWNERS, ("/vnet", "/other"), ("role", "another"), ("kong", "hong")))
    assert len({assignment_name(*each) for each in parts}) == len(parts)
    assert len({rule_name(action, owner) for action in ("allow", "deny") for owner in OWNERS}) == 4


def test_azures_case_makes_no_other_name() -> None:
    """Azure answers with ids in another case than it was asked with."""
    assert role_name(OWNERS[0], "ABCD") == role_name(OWNERS[0], "abcd")
    assert assignment_name("o", "/Subscriptions/A", "R", "P") == assignment_name(
        "o", "/subscriptions/a", "r", "p"
    )


def test_a_rules_name_is_one_that_azure_takes() -> None:
    name = rule_name("allow", "org/project/dev::parent$type::a path with spaces")
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]", name)


def test_paths_of_the_same_name_have_roles_of_other_names() -> None:
    """A path below one parent and one below another are both called `path`."""
    names = {role_display_name("s", "project", "dev", "path", owner) for owner in OWNERS}
    assert len(names) == 2


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [
        ([], PEERING_ACTIONS),
        ([{"actions": list(PEERING_ACTIONS)}], ()),
        ([{"actions": [each.lower() for each in PEERING_ACTIONS]}], ()),
        ([{"actions": ["*"]}], ()),
        ([{"actions": list(PEERING_ACTIONS[:2])}, {"actions": list(PEERING_ACTIONS[2:])}], ()),
        ([{"actions": ["Microsoft.Network/*"], "notActions": ["*/peer/action"]}], PEERING_ACTIONS[4:]),
        ([{"actions": ["*/read"]}], PEERING_ACTIONS[2:]),
    ],
)
def test_a_role_is_refused_for_what_it_lacks(
    permissions: list[dict[str, list[str]]], missing: tuple[str]
) -> None:
    found = list(role_findings("role", permissions))
    assert [finding.problem for finding in found] == ([f"lacks {', '.join(missing)}"] if missing else [])


NETWORK = "Microsoft.Network/*"


@pytest.mark.parametrize(
    ("permission", "wider"),
    [
        ({"actions": list(PEERING_ACTIONS)}, []),
        ({"actions": [PEERING_ACTIONS[0].upper(), "Microsoft.Compute/*"]}, ["Microsoft.Compute/*"]),
        ({"dataActions": ["x/read"]}, ["x/read"]),
        ({"dataActions": [PEERING_ACTIONS[0]]}, [PEERING_ACTIONS[0]]),
        ({"dataActions": ["x/read"], "notDataActions": ["X/*"]}, []),
        ({"dataActions": ["x/read"], "notActions": ["*"]}, ["x/read"]),
        ({"actions": ["a/read", "b/read"], "notActions": ["A/read"]}, ["b/read"]),
        ({"actions": ["a/b/*"], "notActions": ["a/*"]}, []),
        ({"actions": [NETWORK], "notActions": ["*/write", "x/*"]}, [NETWORK]),
        (
            {"actions": [NETWORK], "notActions": ["Microsoft.Network/*/delete", "microsoft.network/dns/*"]},
            [f"{NETWORK} (but not Microsoft.Network/*/delete, microsoft.network/dns/*)"],
        ),
        ({"actions": None, "notActions": None}, []),
    ],
)
def test_what_a_role_allows_beyond_a_peering_is_named(
    permission: dict[str, list[str] | None], wider: list[str]
) -> None:
    assert wider_actions([permission]) == wider
