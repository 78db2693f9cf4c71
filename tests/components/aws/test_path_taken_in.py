"""A gateway that accepts by itself, and attachments that others made: nothing of the path takes an attachment before
the gateway has taken it in, because AWS refuses routes and associations for one that is still on its way.
"""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime import mocks

from kong_secure.components.aws import lookups
from kong_secure.components.lookups import PathRefused
from tests.components.aws.mocked_path import (
    GATEWAY,
    GIVEN,
    KONGS_ATTACHMENT,
    TwoEnds,
    children,
)

BY_ITSELF: dict[str, Any] = {"transit_gateway_id": GATEWAY, "accept_attachment": False}
ON_ITS_WAY = [("pendingAcceptance", ""), ("pending", "associating"), ("available", "associating")]


class Watched(TwoEnds):
    """Notes at each look at an attachment what takes its id already."""

    def __init__(self, whose: str = KONGS_ATTACHMENT, **answers: Any) -> None:
        super().__init__(**{"auto": "enable", **answers})
        self.whose = whose
        self.taken_early: list[set[str]] = []

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        if args.token.endswith(":getAttachment") and self.whose in args.args.values():
            taken = {each.name for each in self.registered if self.whose in str(each.inputs)}
            self.taken_early.append(taken)
        return super().call(args)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "_PAUSE_SECONDS", 0.0)


def test_nothing_takes_the_attachment_before_it_is_in_the_default_table() -> None:
    engine = Watched(states=[*ON_ITS_WAY, ("available", "associated")])
    made = children(engine, **BY_ITSELF)
    assert engine.taken_early == [set()] * 4
    for kind, name in (("association", "kong"), ("route", "upstream")):
        assert made[kind, name].inputs["transitGatewayAttachmentId"] == KONGS_ATTACHMENT


def test_one_that_isnt_in_the_default_table_yet_is_looked_at_again() -> None:
    engine = Watched(states=[("available", ""), ("available", ""), ("available", "associated")])
    children(engine, **BY_ITSELF)
    assert engine.taken_early == [set()] * 3


def test_one_that_left_the_default_table_in_an_interrupted_run_isnt_waited_for_long() -> None:
    engine = Watched(states=[("available", "")])
    assert ("association", "kong") in children(engine, **BY_ITSELF)
    assert len(engine.taken_early) <= 20


def test_a_gateway_without_a_default_table_is_looked_at_once() -> None:
    engine = Watched(associates="disable", states=[("available", "")])
    assert ("association", "kong") in children(engine, **BY_ITSELF)
    assert len(engine.taken_early) == 1


@pytest.mark.parametrize(("state", "looks"), [("pendingAcceptance", 300), ("failed", 1)])
def test_one_that_the_gateway_doesnt_take_in_is_refused_with_its_state(state: str, looks: int) -> None:
    engine = Watched(states=[(state, "")])
    with pytest.raises(PathRefused, match=f"{KONGS_ATTACHMENT} is {state} in AWS and wasn't taken in"):
        children(engine, **BY_ITSELF)
    assert len(engine.taken_early) == looks
    assert not [each for each in engine.registered if each.typ.endswith(":AttachmentReady")]


def test_a_preview_waits_for_nothing() -> None:
    engine = Watched(states=[("pending", "")])
    children(engine, preview=True, **BY_ITSELF)
    assert engine.taken_early == []


def test_a_gateway_that_is_asked_to_accept_is_waited_for_by_the_accepter_alone() -> None:
    engine = TwoEnds()
    children(engine, **GIVEN)
    assert not [each for each in engine.asked if each.token.endswith(":getAttachment")]


# --- attachments that others made, and those of other accounts ---

THEIRS = "tgw-attach-0123456789abcdef0"
EXISTING: dict[str, Any] = {
    "transit_gateway_id": GATEWAY,
    "vpcs": {"orders": {"attachment_id": THEIRS, "cidr_blocks": "10.8.0.0/16"}},
    "upstream_route_table_ids": {},
}


def theirs(**answers: Any) -> Watched:
    return Watched(THEIRS, **{"auto": "disable", **answers})


def test_no_route_leads_to_an_attachment_of_others_before_it_is_available() -> None:
    engine = theirs(existing=[("pendingAcceptance", ""), ("pending", ""), ("available", "")])
    assert children(engine, **EXISTING)["route", "kong-orders"].inputs["transitGatewayAttachmentId"] == THEIRS
    assert engine.taken_early == [set()] * 3


def test_an_attachment_of_others_that_stays_unaccepted_is_refused_with_its_state() -> None:
    engine = theirs(existing=[("rejected", "")])
    with pytest.raises(PathRefused, match=rf"vpcs\['orders'\].attachment_id '{THEIRS}' is rejected in AWS"):
        children(engine, **EXISTING)


@pytest.mark.parametrize("preview", [True, False])
def test_an_attachment_of_others_to_another_gateway_is_refused(preview: bool) -> None:
    over = "tgw-00000000000000002"
    with pytest.raises(PathRefused, match=f"is of gateway {over}, and this path is over {GATEWAY}"):
        children(theirs(over=over), preview=preview, **EXISTING)


def test_a_preview_waits_for_no_attachment_of_others() -> None:
    engine = theirs(existing=[("pending", "")])
    assert ("route", "kong-orders") in children(engine, preview=True, **EXISTING)
    assert len(engine.taken_early) == 1


def test_another_accounts_attachment_is_waited_for_too() -> None:
    class Made(Watched):
        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            made_id, made = super().new_resource(args)
            return (THEIRS if args.typ.endswith(":VpcAttachment") else made_id), made

    engine = Made(THEIRS, existing=[*ON_ITS_WAY[1:], ("available", "associated")])
    vpcs = {"orders": {**GIVEN["vpcs"]["orders"], "account_id": "333333333333"}}
    made = children(engine, **BY_ITSELF, vpcs=vpcs)
    assert made["association", "vpc-orders"].inputs["transitGatewayAttachmentId"] == THEIRS
    assert engine.taken_early == [set()] * len(engine.taken_early)
    assert engine.answers["existing"] == [("available", "associated")]
