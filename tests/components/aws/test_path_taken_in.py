"""A gateway that accepts by itself: nothing of the path takes Kong's attachment before the gateway has taken it in,
because AWS refuses routes and associations for one that is still on its way.
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
    """Notes at each look at the attachment what takes its id already."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(auto="enable", **answers)
        self.taken_early: list[set[str]] = []

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        if args.token.endswith(":getAttachment"):
            assert args.args == {"transitGatewayAttachmentId": KONGS_ATTACHMENT}
            taken = {each.name for each in self.registered if KONGS_ATTACHMENT in str(each.inputs)}
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
