"""Creating an attachment: once, whatever happens on the way, and never somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kong_secure import errors, konnect
from kong_secure.konnect.waits import in_words
from kong_secure.resources import attachment_crud
from kong_secure.resources.process import PROCESS
from tests.resources.attachment_at_konnect import AZURE, DNS, FIELDS, KINDS, Attachment
from tests.resources.conftest import Patience
from tests.world import World

Attachments = Callable[..., Attachment]


def again(made: Attachment) -> Attachment:
    """The next run's create, in a provider process of its own."""
    PROCESS.release(made.id)
    other = Attachment.__new__(Attachment)
    other.__dict__.update(made.__dict__)
    return other.create()


@pytest.mark.parametrize(("kind", "extra"), [("aws", {"dns_config": DNS}), ("azure", {})])
def test_a_create_asks_once_and_returns_when_konnect_has_taken_it_on(
    attachment: Attachments, world: World, patience: Patience, kind: str, extra: dict[str, object]
) -> None:
    made = attachment(kind=KINDS[kind], **extra)
    world.forget_calls()
    made.create()
    assert made.methods() == ["GET", "POST"]
    assert patience.seconds == 0
    assert made.outs == {**made.inputs, "konnect_name": made.live()["name"], "state": "initializing"}
    assert made.live()["name"].startswith("orders-")
    assert made.live().get("cidr_blocks") == made.inputs.get("cidr_blocks")
    assert made.live().get("dns_config") in (made.inputs.get("dns_config"), [])
    assert made.live()["transit_gateway_attachment_config"] == made.kind.config


def test_the_next_run_takes_over_what_an_interrupted_create_made(either: Attachments, world: World) -> None:
    first = either().create()
    world.forget_calls()
    second = again(first)
    assert second.id == first.id
    assert "POST" not in second.methods()
    assert len(second.listed()) == 1


@pytest.mark.parametrize("kind", ["cut_after", "truncated", "malformed"])
def test_a_post_whose_answer_is_lost_makes_one_attachment(
    either: Attachments, world: World, kind: str
) -> None:
    made = either()
    world.forget_calls()
    world.fault(kind=kind, method="POST")
    made.create()
    assert made.methods().count("POST") == 1
    [live] = made.listed()
    assert live["id"] == made.id


@pytest.mark.parametrize("fault", [{"kind": "cut_before"}, {"kind": "answer", "status": 503}])
def test_a_post_that_konnect_never_got_is_repeated_only_after_a_while(
    either: Attachments, world: World, patience: Patience, fault: dict[str, object]
) -> None:
    made = either()
    world.forget_calls()
    world.fault(method="POST", **fault)
    made.create()
    assert made.methods().count("POST") == 2
    assert patience.seconds >= 10
    assert len(made.listed()) == 1


@pytest.mark.parametrize(("kind", "seconds"), [("aws", 300), ("azure", 90)])
def test_a_konnect_that_never_takes_it_on_is_an_error_within_the_time(
    attachment: Attachments, world: World, patience: Patience, kind: str, seconds: float
) -> None:
    """Of AWS within that of one call; of Azure, where grants take their time to spread, within that of a create."""
    made = attachment(kind=KINDS[kind], timeout_seconds=90)
    world.fault(kind="cut_before", method="POST", count=None)
    with pytest.raises(
        errors.TimedOut,
        match=f"waited {in_words(seconds)} for Konnect to take on attachment 'orders-",
    ):
        made.create()
    assert patience.seconds == seconds
    assert made.listed() == []


def test_blocks_that_were_changed_after_an_interrupted_create_are_sent(attachment: Attachments) -> None:
    first = attachment().create()
    first.pend()
    first.inputs["cidr_blocks"] = ["10.9.0.0/16"]
    second = again(first)
    assert second.id == first.id
    assert second.live()["cidr_blocks"] == ["10.9.0.0/16"]


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, field in FIELDS if field not in ("network_id", "name")]
)
def test_what_differs_in_more_than_its_blocks_isnt_taken_over(
    attachment: Attachments, kind: str, field: str
) -> None:
    first = attachment(kind=KINDS[kind]).create()
    before = first.live()
    first.inputs[field] = KINDS[kind].others[field]
    with pytest.raises(errors.Conflict) as caught:
        again(first)
    assert f"with another {field}" in caught.value.message
    assert first.id in caught.value.message
    assert first.listed() == [before]


def test_what_differs_in_upper_and_lower_case_alone_is_taken_over(attachment: Attachments) -> None:
    first = attachment(kind=AZURE).create()
    first.inputs |= {key: str(first.inputs[key]).upper() for key in AZURE.provider.config_inputs}
    assert again(first).id == first.id


def test_another_stack_never_takes_over_a_peering(attachment: Attachments) -> None:
    first = attachment(kind=AZURE).create().become_ready()
    other = attachment(kind=AZURE, network_id=first.network_id, owner="org/project/another-stack/orders")
    assert other.create().id != first.id
    assert first.live()["state"] == "ready"
    with pytest.raises(errors.Failed, match="the two virtual networks are peered already"):
        other.wait()


def test_another_stack_never_takes_over_the_attachment(attachment: Attachments) -> None:
    first = attachment().create()
    other = attachment(network_id=first.network_id, owner="org/project/another-stack/orders")
    with pytest.raises(errors.Conflict, match="overlaps with cidr blocks from an existing attachment"):
        other.create()
    [live] = first.listed()
    assert live["id"] == first.id


def test_another_resource_of_the_stack_never_takes_over_the_attachment(either: Attachments) -> None:
    first = either().create()
    with pytest.raises(errors.Conflict, match="give this one a name that was never used"):
        first.kind.provider.create(dict(first.inputs))
    assert len(first.listed()) == 1


def test_what_an_interrupted_create_left_in_error_makes_room_first(either: Attachments) -> None:
    first = either().create().fail()
    second = again(first)
    [live] = [live for live in second.listed() if live["state"] != "terminated"]
    assert (live["id"], live["state"]) == (second.id, "initializing")
    assert second.id != first.id


def test_what_is_going_makes_room_first(either: Attachments) -> None:
    first = either().create().become_ready()
    first.by_hand("DELETE")
    second = again(first)
    assert second.id != first.id
    assert [live["id"] for live in second.listed() if live["state"] != "terminated"] == [second.id]


def test_a_network_that_is_gone_is_told_as_that(either: Attachments) -> None:
    made = either(network_id="36ae63d3-efd1-4bec-b246-62aa5d3f5695")
    with pytest.raises(errors.NotFound, match="there is no network 36ae63d3"):
        made.create()


def test_what_konnect_refuses_is_told_in_its_words_and_not_repeated(
    attachment: Attachments, world: World
) -> None:
    made = attachment(cidr_blocks=["10.0.1.0/24"])
    world.forget_calls()
    with pytest.raises(errors.Invalid, match="overlaps with the network's own CIDR block"):
        made.create()
    assert made.methods().count("POST") == 1


def hide_from_the_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the other one was made between the look and the POST."""
    looks: list[str] = []
    listed = konnect.list_attachments

    def list_later(session: konnect.Session, network_id: str, name: str | None = None) -> Iterator[Any]:
        looks.append(network_id)
        return iter(()) if len(looks) == 1 else listed(session, network_id, name)

    monkeypatch.setattr(attachment_crud, "list_attachments", list_later)


def test_a_run_that_was_faster_is_met_at_the_conflict_and_its_attachment_taken_over(
    either: Attachments, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = either().create()
    hide_from_the_first_look(monkeypatch)
    assert again(first).id == first.id


@pytest.mark.parametrize(("kind", "field"), [("aws", "dns_config"), ("azure", "vnet_name")])
def test_what_was_faster_and_differs_is_a_conflict(
    attachment: Attachments, monkeypatch: pytest.MonkeyPatch, kind: str, field: str
) -> None:
    first = attachment(kind=KINDS[kind]).create()
    first.inputs[field] = KINDS[kind].others[field]
    hide_from_the_first_look(monkeypatch)
    with pytest.raises(errors.Conflict, match=f"with another {field}"):
        again(first)
    assert len(first.listed()) == 1
