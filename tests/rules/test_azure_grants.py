"""Which of Azure's three grants to look at, by what was said of a peering that waits for them."""

import pytest

from kong_secure.rules.azure_grants import grants_to_look_at

CONSENT = "the consent to Kong's application in the tenant"
ROLE = "the role, which needs Kong's five actions"
ASSIGNMENT = "the role's assignment to Kong's service principal on the VNet"


@pytest.mark.parametrize(
    ("reason", "grants"),
    [
        ("consent: no administrator of tenant t has approved Kong's application", CONSENT),
        ("role: what is assigned to Kong's service principal lacks virtualNetworks/peer/action", ROLE),
        ("assignment: nothing is assigned to Kong's service principal", ASSIGNMENT),
        ("AADSTS65001: The user or administrator has not consented to use the application", CONSENT),
        ("Waiting for the role assignment.", ASSIGNMENT),
        ("The custom role lacks an action.", ROLE),
    ],
)
def test_a_grant_that_is_named_is_the_one_to_look_at(reason: str, grants: str) -> None:
    assert grants_to_look_at(reason) == f"look at {grants}"


def test_a_refusal_of_azures_may_be_for_want_of_either_of_two() -> None:
    words = (
        "LinkedAuthorizationFailed: the client does not have authorization to perform action 'peer/action'"
    )
    assert grants_to_look_at(words) == f"look at {ROLE} and {ASSIGNMENT}"


@pytest.mark.parametrize("reason", ["", "Something is pending."])
def test_all_three_are_to_be_looked_at_where_none_is_named(reason: str) -> None:
    assert grants_to_look_at(reason) == f"look at {CONSENT}, {ROLE} and {ASSIGNMENT}"
