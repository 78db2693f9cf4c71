"""Konnect's half of an Azure VNet peering: what is its own, beside what every attachment does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kong_secure import errors
from kong_secure.resources.process import PROCESS
from kong_secure.resources.vnet_peering import VnetPeeringProvider
from tests.resources.attachment_at_konnect import READY, checked
from tests.resources.conftest import Patience
from tests.world import World

PEERING = VnetPeeringProvider()
CONFIG = {
    "tenant_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
    "subscription_id": "b2c3d4e5-f6a7-8901-bcde-f12345678901",
    "resource_group_name": "orders",
    "vnet_name": "orders",
}
Inputs = dict[str, Any]


@pytest.fixture
def inputs(world: World, patience: Patience) -> Iterator[Inputs]:
    network = world.network(provider="azure", provider_account_id="b2c3d4e5", region="eastus2")["id"]
    given = {"network_id": network, "name": "orders", **CONFIG, "owner": f"org/project/stack/{network}"}
    yield checked(PEERING, given)
    world.azure_by_hand(missing=[], unknown_vnets=[])


def create(inputs: Inputs) -> tuple[str, dict[str, Any]]:
    made = PEERING.create(dict(inputs))
    return made.id, dict(made.outs or {})


def wait(inputs: Inputs, made: str, seconds: float = 3600) -> object:
    entry = {"network_id": inputs["network_id"], "attachment_id": made}
    news = {"attachments": [entry], "owner": "o", "timeout_seconds": seconds}
    return (READY.create(checked(READY, news)).outs or {})["states"]


def posts(world: World) -> int:
    return [call["method"] for call in world.calls()].count("POST")


def refusal(status: int, title: str, detail: str) -> dict[str, Any]:
    body = {"status": status, "title": title, "instance": "konnect:trace:1", "detail": detail}
    return {"kind": "answer", "method": "POST", "status": status, "body": body}


def test_it_is_made_adopted_and_deleted(inputs: Inputs, world: World) -> None:
    made, outs = create(inputs)
    assert outs["konnect_name"].startswith("orders-")
    PROCESS.release(made)
    assert create(inputs)[0] == made
    assert wait(inputs, made) == ["ready"]
    assert dict(PEERING.read(made, outs).inputs or {}) == inputs
    PEERING.delete(made, outs)
    path = f"/v2/cloud-gateways/networks/{inputs['network_id']}/transit-gateways"
    left = world.by_hand("GET", path, region="global")["data"]
    assert {each["state"] for each in left} <= {"terminated"}


@pytest.mark.parametrize("field", ["name", *CONFIG])
def test_every_change_replaces_deleting_first_but_one_of_case(inputs: Inputs, field: str) -> None:
    made, outs = create(inputs)
    other = inputs[field][:-1] + "7"
    result = PEERING.diff(made, outs, checked(PEERING, {**inputs, field: other}, outs))
    assert (result.replaces, result.delete_before_replace) == ([field], True)
    if field != "name":
        same = checked(PEERING, {**inputs, field: inputs[field].upper()}, outs)
        assert PEERING.diff(made, outs, same).changes is False


@pytest.mark.parametrize(
    "refused",
    [
        refusal(403, "Forbidden", "You do not have permission to perform this action."),
        refusal(400, "Invalid Request", "LinkedAuthorizationFailed: no permission on the linked scope"),
    ],
    ids=["Konnect's", "Azure's"],
)
def test_what_a_grant_may_still_heal_is_asked_for_again(
    inputs: Inputs, world: World, told: list[str], refused: dict[str, Any]
) -> None:
    world.forget_calls()
    world.fault(**refused, count=3)
    create(inputs)
    assert posts(world) == 4
    assert "grants take minutes to take effect in Azure: look at" in told[0]


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (refusal(403, "Quota Exceeded", "Max allowed: 1."), errors.QuotaExceeded),
        (refusal(400, "Invalid Request", "Invalid Parameters"), errors.Invalid),
        (refusal(409, "Conflict", "The network is offline, not ready."), errors.Conflict),
    ],
    ids=["quota", "invalid", "conflict"],
)
def test_what_no_grant_heals_is_told_at_once(
    inputs: Inputs, world: World, refused: dict[str, Any], kind: type[Exception], patience: Patience
) -> None:
    world.forget_calls()
    world.fault(**refused)
    with pytest.raises(kind):
        create(inputs)
    assert (posts(world), patience.seconds) == (1, 0)


def test_a_request_that_is_refused_to_the_end_says_which_grants_to_look_at(
    inputs: Inputs, world: World, patience: Patience
) -> None:
    world.fault(**refusal(403, "Forbidden", "AuthorizationFailed"), count=None)
    with pytest.raises(
        errors.TimedOut, match=r"waited 1 min .* look at the role, .* and the role's assignment"
    ):
        create({**inputs, "timeout_seconds": 60})
    assert patience.seconds == 60


def test_the_wait_goes_on_until_a_grant_is_given_and_names_it(
    inputs: Inputs, world: World, told: list[str], monkeypatch: pytest.MonkeyPatch, patience: Patience
) -> None:
    world.azure_by_hand(missing=["consent"])
    made, _ = create(inputs)
    with pytest.raises(errors.TimedOut, match=r"pending-user-action .* look at the consent"):
        wait(inputs, made, 120)
    sleep = patience.sleep

    def give(seconds: float) -> None:
        world.azure_by_hand(missing=[])
        sleep(seconds)

    monkeypatch.setattr(
        PROCESS.konnect(), "timing", type(patience.timing())(lambda: patience.seconds, sleep=give)
    )
    assert wait(inputs, made) == ["ready"]
    assert any("look at the consent to Kong's application" in line for line in told)


def test_an_error_is_found_by_a_refresh_and_replaced(inputs: Inputs, world: World) -> None:
    made, outs = create(inputs)
    assert wait(inputs, made) == ["ready"]
    world.azure_by_hand(delete=[made])
    with pytest.raises(errors.Failed, match="--refresh"):
        wait(inputs, made)
    outs = dict(PEERING.read(made, outs).outs or {})
    assert outs["state"] == "error"
    assert PEERING.diff(made, outs, inputs).replaces == ["state"]
