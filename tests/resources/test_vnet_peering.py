"""Konnect's half of an Azure VNet peering: what is its own, beside what every attachment does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kong_secure import errors
from kong_secure.resources.process import PROCESS
from tests.resources.attachment_at_konnect import AZURE, Attachment
from tests.resources.conftest import Patience
from tests.world import World

Peerings = Callable[..., Attachment]


@pytest.fixture
def peering(world: World, patience: Patience) -> Peerings:
    return lambda **changes: Attachment(world, kind=AZURE, **changes)


def posts(world: World) -> int:
    return [call["method"] for call in world.calls()].count("POST")


def refusal(status: int, title: str, detail: str, method: str = "POST") -> dict[str, Any]:
    body = {"status": status, "title": title, "instance": "konnect:trace:1", "detail": detail}
    return {"kind": "answer", "method": method, "status": status, "body": body}


NO_PERMISSION = "You do not have permission to perform this action."
LINKED = "LinkedAuthorizationFailed: no permission on the linked scope"


@pytest.mark.parametrize(
    ("refused", "of_the_token"),
    [
        (refusal(403, "Forbidden", NO_PERMISSION), True),
        (refusal(403, "Forbidden", LINKED), False),
        (refusal(400, "Invalid Request", LINKED), False),
        (refusal(409, "Conflict", "AADSTS65001: no administrator has consented to the application"), False),
    ],
    ids=["Konnect's", "Azure's-403", "Azure's-400", "Azure's-409"],
)
def test_what_a_grant_may_still_heal_is_asked_for_again_and_the_first_line_says_whose_it_may_be(
    peering: Peerings, world: World, told: list[str], refused: dict[str, Any], of_the_token: bool
) -> None:
    made = peering()
    world.forget_calls()
    world.fault(**refused, count=3)
    made.create()
    assert posts(world) == 4
    assert all("grants take minutes to take effect in Azure: look at" in line for line in told)
    assert ("end this if the token has no permission to create attachments" in told[0]) is of_the_token


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (refusal(401, "Unauthorized", "Unauthorized"), errors.Unauthorized),
        (refusal(403, "Quota Exceeded", "Max allowed: 1."), errors.QuotaExceeded),
        (refusal(400, "Invalid Request", "Invalid Parameters"), errors.Invalid),
        (refusal(409, "Conflict", "The network is offline, not ready."), errors.Conflict),
        (refusal(403, "Forbidden", NO_PERMISSION, "GET"), errors.Denied),
        (refusal(403, "Forbidden", LINKED, "GET"), errors.Denied),
    ],
    ids=["token", "quota", "invalid", "conflict", "look", "look-with-azures-words"],
)
def test_what_no_grant_heals_is_told_at_once(
    peering: Peerings, world: World, refused: dict[str, Any], kind: type[Exception], patience: Patience
) -> None:
    made = peering()
    world.forget_calls()
    world.fault(**refused)
    with pytest.raises(kind):
        made.create()
    assert (posts(world), patience.seconds) == (int(refused["method"] == "POST"), 0)


@pytest.mark.parametrize(
    ("operation", "method"), [("read", "GET"), ("update", "GET"), ("delete", "GET"), ("delete", "DELETE")]
)
def test_a_token_without_permission_is_told_at_once_after_the_create(
    peering: Peerings, world: World, patience: Patience, operation: str, method: str
) -> None:
    made = peering().create().become_ready()
    run = {
        "read": made.read,
        "update": lambda: made.update(made.changed(timeout_seconds=9)),
        "delete": made.delete,
    }
    world.fault(**refusal(403, "Forbidden", NO_PERMISSION, method))
    with pytest.raises(errors.Denied, match="Konnect doesn't allow this with this token"):
        run[operation]()
    assert patience.seconds == 0


def test_a_transit_gateways_refusal_for_want_of_permission_is_told_at_once(
    attachment: Callable[..., Attachment], world: World, patience: Patience
) -> None:
    made = attachment()
    world.forget_calls()
    world.fault(**refusal(403, "Forbidden", NO_PERMISSION))
    with pytest.raises(errors.Denied):
        made.create()
    assert (posts(world), patience.seconds) == (1, 0)


def test_a_request_that_is_refused_to_the_end_says_which_grants_to_look_at(
    peering: Peerings, world: World, patience: Patience
) -> None:
    made = peering(timeout_seconds=60)
    world.fault(**refusal(403, "Forbidden", "AuthorizationFailed"), count=None)
    with pytest.raises(
        errors.TimedOut, match=r"waited 1 min .* look at the role, .* and the role's assignment"
    ):
        made.create()
    assert patience.seconds == 60


@pytest.mark.parametrize(
    ("grant", "advice"),
    [
        ("consent", "look at the consent to Kong's application in the tenant"),
        ("role", "look at the role, which needs Kong's five actions"),
        ("assignment", "look at the role's assignment to Kong's service principal on the VNet"),
    ],
)
def test_the_wait_goes_on_until_a_grant_is_given_and_names_it(
    peering: Peerings, told: list[str], patience: Patience, grant: str, advice: str
) -> None:
    world = patience.world
    world.azure_by_hand(missing=[grant])
    made = peering().create()
    with pytest.raises(errors.TimedOut, match=f"waited 2 min .*pending-user-action .*{advice}"):
        made.wait(120)
    assert [line for line in told if line.endswith(advice)]

    def give(seconds: float) -> None:
        world.azure_by_hand(missing=[])
        patience.sleep(seconds)

    PROCESS.konnect().timing = replace(patience.timing(), sleep=give)
    assert made.wait() == ["ready"]


def test_an_error_ends_the_wait_and_says_that_a_refresh_replaces_it(peering: Peerings) -> None:
    made = peering().create().fail()
    with pytest.raises(
        errors.Failed, match=f"is error: {AZURE.rejected}\n.*`kong-secure sandbox up --refresh`"
    ):
        made.wait()
