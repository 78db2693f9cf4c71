"""Waiting for AWS's id of an attachment, and for attachments to be ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kong_secure import errors, konnect
from kong_secure.resources import attachment_crud
from kong_secure.resources.process import PROCESS
from tests.resources.attachment_at_konnect import AZURE, PENDING, READY, Attachment, checked
from tests.resources.conftest import Patience
from tests.world import World

Attachments = Callable[..., Attachment]


@pytest.fixture
def made(attachment: Attachments) -> Attachment:
    return attachment().create()


def pending_inputs(made: Attachment, **changes: Any) -> dict[str, Any]:
    return checked(PENDING, {"network_id": made.network_id, "attachment_id": made.id, **changes})


def entry(made: Attachment, **changes: Any) -> dict[str, Any]:
    return {"network_id": made.network_id, "attachment_id": made.id, **changes}


def ready_inputs(*attachments: dict[str, Any], **changes: Any) -> dict[str, Any]:
    news = {"attachments": list(attachments), "owner": "org/project/stack/ready", **changes}
    return checked(READY, news)


# --- pending ---


def test_the_wait_for_aws_ends_with_its_id_before_anybody_accepts(
    made: Attachment, patience: Patience, told: list[str]
) -> None:
    result = PENDING.create(pending_inputs(made))
    live = made.live()
    assert live["state"] == "pending-acceptance"
    assert (result.outs or {})["aws_attachment_id"] == live["transit_gateway_attachment_config"][
        "attachment_id"
    ]
    assert result.id != made.id
    assert patience.seconds > 0
    assert told == [f"waiting for attachment {made.id} to appear in AWS, for 30 min at most: initializing"]


def test_the_wait_for_aws_goes_on_while_konnect_is_at_work_though_there_is_an_id(
    made: Attachment, patience: Patience
) -> None:
    made.pend()
    made.by_hand("PATCH", {"cidr_blocks": ["10.9.0.0/16"]})
    assert made.live()["state"] == "initializing"
    PENDING.create(pending_inputs(made))
    assert made.live()["state"] == "pending-acceptance"
    assert patience.seconds > 0


def test_the_wait_for_aws_goes_on_while_there_is_no_id(
    made: Attachment, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.pend()
    read = konnect.read_attachment

    def read_early(session: konnect.Session, network_id: str, attachment_id: str) -> konnect.Attachment:
        found = read(session, network_id, attachment_id)
        return found if patience.seconds else replace(found, config={})

    monkeypatch.setattr(attachment_crud, "read_attachment", read_early)
    assert (PENDING.create(pending_inputs(made)).outs or {})["aws_attachment_id"]
    assert patience.seconds > 0


def test_an_attachment_that_needs_no_acceptance_ends_the_wait_too(
    attachment: Attachments, world: World
) -> None:
    world.cloud(auto_accept=True)
    made = attachment().create()
    world.turn_clock(60)
    world.turn_clock(60)
    assert made.live()["state"] == "ready"
    assert (PENDING.create(pending_inputs(made)).outs or {})["aws_attachment_id"].startswith("tgw-attach-")


def test_an_error_ends_either_wait_at_once_with_konnects_reason_and_the_advice_to_refresh(
    made: Attachment, patience: Patience
) -> None:
    made.fail()
    waits: list[Callable[[], object]] = [
        lambda: PENDING.create(pending_inputs(made)),
        lambda: READY.create(ready_inputs(entry(made))),
    ]
    for wait in waits:
        with pytest.raises(errors.Failed) as caught:
            wait()
        sentence, advice = caught.value.message.splitlines()
        assert sentence.endswith(
            f"of network {made.network_id} is error: Transit Gateway Attachment was rejected."
        )
        assert "run `kong-secure sandbox up --refresh`" in advice
    assert patience.seconds == 0


def test_an_attachment_that_is_gone_ends_either_wait_at_once(made: Attachment, patience: Patience) -> None:
    unknown = "0850820b-d153-4a2a-b9be-7d2204779139"
    waits: list[Callable[[], object]] = [
        lambda: PENDING.create(pending_inputs(made, attachment_id=unknown)),
        lambda: READY.create(ready_inputs(entry(made, attachment_id=unknown))),
    ]
    for wait in waits:
        with pytest.raises(errors.NotFound, match=f"attachment {unknown} is gone"):
            wait()
    assert patience.seconds == 0


def test_a_peering_is_no_attachment_that_appears_in_aws(attachment: Attachments, patience: Patience) -> None:
    with pytest.raises(
        errors.Failed, match=r"is a peering with an Azure VNet, .* wait for it with AttachmentReady"
    ):
        PENDING.create(pending_inputs(attachment(kind=AZURE).create()))
    assert patience.seconds == 0


def test_a_wait_is_bounded(made: Attachment, patience: Patience, world: World) -> None:
    PENDING.create(pending_inputs(made))
    patience.seconds = 0
    with pytest.raises(
        errors.TimedOut, match="waited 2 min for the attachment to be ready, in vain: orders-"
    ) as caught:
        READY.create(ready_inputs(entry(made), timeout_seconds=120))
    assert "pending-acceptance" in caught.value.message
    assert patience.seconds == 120


def test_reading_a_wait_finds_the_id_anew_and_goes_with_its_attachment(made: Attachment) -> None:
    result = PENDING.create(pending_inputs(made))
    outs = dict(result.outs or {})
    read = PENDING.read(result.id, outs)
    assert (read.id, read.outs, read.inputs) == (result.id, outs, pending_inputs(made))
    unknown = {**outs, "attachment_id": "0850820b-d153-4a2a-b9be-7d2204779139"}
    assert PENDING.read(result.id, unknown).id == ""


@pytest.mark.parametrize("field", ["network_id", "attachment_id"])
def test_another_attachment_is_another_wait(made: Attachment, field: str) -> None:
    outs = dict(PENDING.create(pending_inputs(made)).outs or {})
    other = {**pending_inputs(made), field: "0850820b-d153-4a2a-b9be-7d2204779139"}
    assert PENDING.diff("x", outs, other).replaces == [field]


def test_another_time_to_wait_keeps_the_id_and_asks_nobody(made: Attachment, world: World) -> None:
    outs = dict(PENDING.create(pending_inputs(made)).outs or {})
    world.forget_calls()
    news = pending_inputs(made, timeout_seconds=60)
    assert PENDING.diff("x", outs, news).replaces == []
    assert PENDING.update("x", outs, news).outs == {**outs, "timeout_seconds": 60}
    PENDING.delete("x", outs)
    assert made.methods() == []


# --- ready ---


def test_several_attachments_are_waited_for_in_one_go(attachment: Attachments, world: World) -> None:
    first, second = attachment().create(), attachment().create()
    for each in (first, second):
        world.accept(each.pend())
    world.forget_calls()
    result = READY.create(ready_inputs(entry(first), entry(second)))
    assert (result.outs or {})["states"] == ["ready", "ready"]
    paths = [call["path"].rsplit("/", 1)[1] for call in world.calls()]
    assert paths[:4] == [first.id, second.id, first.id, second.id]


def test_what_is_waited_for_is_told_with_the_state_of_each(
    attachment: Attachments, told: list[str], world: World
) -> None:
    first, second = attachment().create(), attachment(name="payments").create()
    world.accept(first.pend())
    second.become_ready()
    with pytest.raises(errors.TimedOut):
        READY.create(ready_inputs(entry(first), entry(attachment().create()), timeout_seconds=30))
    assert told[0].startswith("waiting for 2 attachments to be ready, for 30 s at most: ")


def test_attachments_of_both_kinds_are_waited_for_in_one_go_and_told_with_what_each_waits_for(
    attachment: Attachments, told: list[str], world: World
) -> None:
    world.azure_by_hand(missing=["role"])
    gateway, peering = attachment().create(), attachment(kind=AZURE, name="payments").create()
    aws_id = gateway.pend()
    waited = [entry(gateway, cidr_blocks=["10.8.0.0/16"]), entry(peering)]
    with pytest.raises(errors.TimedOut) as caught:
        READY.create(ready_inputs(*waited, timeout_seconds=60))
    for words in (told[0], caught.value.message):
        assert f"{gateway.outs['konnect_name']}: pending-acceptance, " in words
        assert f"{peering.outs['konnect_name']}: pending-user-action (role: " in words
        assert words.endswith("look at the role, which needs Kong's five actions")
    world.azure_by_hand(missing=[])
    world.accept(aws_id)
    assert (READY.create(ready_inputs(*waited)).outs or {})["states"] == ["ready", "ready"]


def test_grants_in_azure_are_not_spoken_of_while_an_attachment_to_aws_waits_for_people(
    made: Attachment, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = konnect.read_attachment(PROCESS.konnect().session(konnect.GLOBAL), made.network_id, made.id)
    waiting = replace(found, state="pending-user-action")
    monkeypatch.setattr(attachment_crud, "read_attachment", lambda *_: waiting)
    with pytest.raises(errors.TimedOut) as caught:
        READY.create(ready_inputs(entry(made), timeout_seconds=30))
    assert "look at" not in caught.value.message + "".join(told)


def test_ready_with_other_blocks_isnt_ready_yet(made: Attachment) -> None:
    made.become_ready()
    inputs = ready_inputs(entry(made, cidr_blocks=["10.9.0.0/16"]), timeout_seconds=10)
    with pytest.raises(errors.TimedOut, match="cidr_blocks aren't in effect yet"):
        READY.create(inputs)
    assert READY.create(ready_inputs(entry(made, cidr_blocks=["10.8.0.0/16"]))).outs


@pytest.mark.parametrize("change", ["attachments", "after"])
def test_changed_blocks_or_predecessors_are_waited_for_again_in_place(
    made: Attachment, patience: Patience, change: str
) -> None:
    made.become_ready()
    result = READY.create(ready_inputs(entry(made, cidr_blocks=["10.8.0.0/16"])))
    outs = dict(result.outs or {})
    if change == "attachments":
        news = ready_inputs(entry(made, cidr_blocks=["10.9.0.0/16"]))
    else:
        news = ready_inputs(entry(made, cidr_blocks=["10.8.0.0/16"]), after=["tgw-attach-2"])
    made.by_hand("PATCH", {"cidr_blocks": news["attachments"][0]["cidr_blocks"]})
    assert made.live()["state"] == "initializing"
    assert READY.diff(result.id, outs, news).replaces == []
    patience.seconds = 0
    assert READY.update(result.id, outs, news).outs == {**news, "states": ["ready"]}
    assert patience.seconds > 0


def test_another_time_to_wait_alone_waits_for_nothing(made: Attachment, world: World) -> None:
    made.become_ready()
    result = READY.create(ready_inputs(entry(made)))
    world.forget_calls()
    news = ready_inputs(entry(made), timeout_seconds=60)
    assert (READY.update(result.id, dict(result.outs or {}), news).outs or {})["states"] == ["ready"]
    assert made.methods() == []


def test_a_refresh_that_finds_one_not_ready_makes_the_next_run_wait(made: Attachment) -> None:
    made.become_ready()
    result = READY.create(ready_inputs(entry(made)))
    made.by_hand("PATCH", {"cidr_blocks": ["10.9.0.0/16"]})
    read = READY.read(result.id, dict(result.outs or {}))
    assert (read.id, (read.outs or {})["states"]) == (result.id, ["initializing"])
    news = ready_inputs(entry(made))
    assert READY.diff(result.id, dict(read.outs or {}), news).changes is True
    assert (READY.update(result.id, dict(read.outs or {}), news).outs or {})["states"] == ["ready"]
    assert READY.diff(result.id, dict(result.outs or {}), news).changes is False


def test_a_refresh_that_finds_an_error_makes_the_next_run_fail_with_its_reason(either: Attachments) -> None:
    made = either().create().become_ready()
    result = READY.create(ready_inputs(entry(made)))
    made.fail()
    outs = dict(READY.read(result.id, dict(result.outs or {})).outs or {})
    assert outs["states"] == ["error"]
    news = ready_inputs(entry(made))
    assert READY.diff(result.id, outs, news).changes is True
    with pytest.raises(errors.Failed, match=f"is error: {made.kind.rejected}"):
        READY.update(result.id, outs, news)


def test_a_refresh_shows_an_attachment_that_is_gone(made: Attachment) -> None:
    made.become_ready()
    outs = dict(READY.create(ready_inputs(entry(made))).outs or {})
    outs["attachments"] = [entry(made, attachment_id="0850820b-d153-4a2a-b9be-7d2204779139")]
    assert (READY.read("x", outs).outs or {})["states"] == ["gone"]


@pytest.mark.parametrize(
    ("news", "words"),
    [
        ({"attachments": []}, "is no list with something in it"),
        ({"attachments": "orders"}, "is no list with something in it"),
        ({"attachments": [7]}, "attachments[0] 7 is no attachment"),
        ({"attachments": [{"id": "x"}]}, "is no attachment"),
        ({"attachments": [{"network_id": "n"}]}, "attachments[0].network_id 'n' is no id of Konnect's"),
        ({"timeout_seconds": 0}, "timeout_seconds 0 is no time to wait"),
    ],
)
def test_what_cant_be_waited_for_is_refused(made: Attachment, news: dict[str, Any], words: str) -> None:
    result = READY.check({}, {"attachments": [entry(made)], "owner": "o", **news})
    [failure] = result.failures
    assert words in failure.reason
