"""What becomes of an attachment that is there: differences, drift, changes, deletion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pulumi.output import Unknown

from kong_secure import errors, konnect
from kong_secure.resources import attachment_crud
from kong_secure.resources.process import PROCESS
from tests.resources.attachment_at_konnect import ATTACHMENT, DNS, SHARE, Attachment
from tests.resources.conftest import Patience
from tests.world import World

Attachments = Callable[..., Attachment]

REPLACING = {
    "network_id": "36ae63d3-efd1-4bec-b246-62aa5d3f5695",
    "name": "payments",
    "transit_gateway_id": "tgw-0fedcba9876543210",
    "ram_share_arn": SHARE.replace("4b7e2c8a", "00000000"),
    "dns_config": DNS,
}


# --- diff ---


@pytest.mark.parametrize("field", REPLACING)
def test_a_change_of_all_but_the_blocks_replaces_deleting_first_and_warns_that_the_path_goes_down(
    attachment: Attachments, told: list[str], field: str
) -> None:
    made = attachment().create()
    result = ATTACHMENT.diff(made.id, made.outs, made.changed(**{field: REPLACING[field]}))
    assert result.replaces == [field]
    assert result.delete_before_replace is True
    [warning] = told
    assert f"another {field} replaces it, and the path is down" in warning


def test_a_change_of_blocks_replaces_nothing_and_warns_of_nothing(
    attachment: Attachments, told: list[str]
) -> None:
    made = attachment().create()
    for blocks in (["10.9.0.0/16"], [Unknown()]):  # type: ignore[no-untyped-call]  # Pulumi left it without types
        result = ATTACHMENT.diff(made.id, made.outs, {**made.inputs, "cidr_blocks": blocks})
        assert (result.changes, result.replaces) == (None, [])
    assert told == []


def test_another_order_is_no_change(attachment: Attachments) -> None:
    domains = {**DNS[0], "domain_proxy_list": ["a.internal", "b.internal"]}
    made = attachment(cidr_blocks=["10.8.0.0/16", "10.9.0.0/16"], dns_config=[domains]).create()
    turned = {**domains, "domain_proxy_list": ["b.internal", "a.internal"]}
    news = made.changed(cidr_blocks=["10.9.0.0/16", "10.8.0.0/16"], dns_config=[turned])
    assert ATTACHMENT.diff(made.id, made.outs, news).changes is False


@pytest.mark.parametrize("state", ["error", "terminating", "terminated"])
def test_a_recorded_state_without_a_way_back_asks_for_a_replacement(
    attachment: Attachments, state: str
) -> None:
    made = attachment().create()
    result = ATTACHMENT.diff(made.id, {**made.outs, "state": state}, made.changed())
    assert (result.changes, result.replaces, result.delete_before_replace) == (True, ["state"], True)


@pytest.mark.parametrize(
    "state", ["created", "initializing", "pending-acceptance", "pending-user-action", "ready"]
)
def test_any_other_recorded_state_is_no_difference(attachment: Attachments, state: str) -> None:
    made = attachment().create()
    assert ATTACHMENT.diff(made.id, {**made.outs, "state": state}, made.changed()).changes is False


def test_the_owner_of_the_first_time_is_kept(attachment: Attachments) -> None:
    made = attachment().create()
    assert made.changed(owner="org/project/stack/renamed") == made.inputs


# --- read ---


def test_an_untouched_attachment_reads_as_it_was_written_with_its_state(attachment: Attachments) -> None:
    made = attachment(dns_config=DNS).create().become_ready()
    result = ATTACHMENT.read(made.id, made.outs)
    assert (result.id, result.inputs) == (made.id, made.inputs)
    assert result.outs == {**made.outs, "state": "ready"}


def test_an_attachment_that_is_gone_reads_as_gone(attachment: Attachments) -> None:
    made = attachment().create()
    result = ATTACHMENT.read("0850820b-d153-4a2a-b9be-7d2204779139", made.outs)
    assert result.id == ""


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"name": "by hand"}, {"name": "by hand"}),
        ({"cidr_blocks": ("10.9.0.0/16",)}, {"cidr_blocks": ["10.9.0.0/16"]}),
        ({"dns": (konnect.DnsMapping(("10.8.0.10",), ("orders.internal",)),)}, {"dns_config": DNS}),
        ({"config": {"transit_gateway_id": "tgw-11111111"}}, {"transit_gateway_id": "tgw-11111111"}),
        ({"config": {"ram_share_arn": "arn:other"}}, {"ram_share_arn": "arn:other"}),
        ({"config": {"kind": "aws-vpc-peering-attachment"}}, {"kind": "aws-vpc-peering-attachment"}),
    ],
    ids=lambda value: next(iter(value)),
)
def test_drift_in_every_field_shows_as_inputs_and_is_a_difference(
    attachment: Attachments, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], shown: dict[str, Any]
) -> None:
    made = attachment().create()
    found = konnect.read_attachment(_global_session(), made.network_id, made.id)
    config = {**found.config, **change.pop("config", {})}
    drifted = replace(found, config=config, **change)
    monkeypatch.setattr(attachment_crud, "read_attachment", lambda *_: drifted)
    result = ATTACHMENT.read(made.id, made.outs)
    assert result.inputs == {**made.inputs, **shown}
    [field] = shown
    diff = ATTACHMENT.diff(made.id, dict(result.outs or {}), made.changed())
    assert diff.changes is None
    assert diff.replaces == ([] if field == "cidr_blocks" else [field])


def test_removed_dns_mappings_show_as_drift(attachment: Attachments, monkeypatch: pytest.MonkeyPatch) -> None:
    made = attachment(dns_config=DNS).create()
    found = konnect.read_attachment(_global_session(), made.network_id, made.id)
    monkeypatch.setattr(attachment_crud, "read_attachment", lambda *_: replace(found, dns=()))
    assert (ATTACHMENT.read(made.id, made.outs).inputs or {})["dns_config"] == []


def test_an_error_is_read_with_its_reason_and_then_asks_for_a_replacement(attachment: Attachments) -> None:
    made = attachment().create().fail()
    outs = dict(ATTACHMENT.read(made.id, made.outs).outs or {})
    assert (outs["state"], outs["state_reason"]) == ("error", "Transit Gateway Attachment was rejected.")
    assert ATTACHMENT.diff(made.id, outs, made.changed()).replaces == ["state"]


# --- update ---


def test_changed_blocks_are_patched_and_every_output_comes_back(
    attachment: Attachments, world: World
) -> None:
    made = attachment().create().become_ready()
    news = made.changed(cidr_blocks=["10.9.0.0/16"])
    world.forget_calls()
    result = ATTACHMENT.update(made.id, made.outs, news)
    assert made.methods() == ["GET", "PATCH"]
    assert result.outs == {**made.outs, "cidr_blocks": ["10.9.0.0/16"], "state": "initializing"}
    assert made.live()["cidr_blocks"] == ["10.9.0.0/16"]


def test_a_change_waits_while_the_attachment_is_on_its_way(
    attachment: Attachments, patience: Patience, told: list[str]
) -> None:
    made = attachment().create()
    made.world.forget_calls()
    ATTACHMENT.update(made.id, made.outs, made.changed(cidr_blocks=["10.9.0.0/16"]))
    assert made.methods().count("PATCH") == 1
    assert made.live()["cidr_blocks"] == ["10.9.0.0/16"]
    assert patience.seconds > 0
    assert "to take other cidr_blocks, for 30 min at most: initializing" in told[0]


def test_another_time_to_wait_changes_nothing_at_konnect(attachment: Attachments, world: World) -> None:
    made = attachment().create()
    world.forget_calls()
    result = ATTACHMENT.update(made.id, made.outs, made.changed(timeout_seconds=60))
    assert made.methods() == ["GET"]
    assert (result.outs or {})["timeout_seconds"] == 60


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_a_change_whose_answer_is_lost_is_made_once(attachment: Attachments, world: World, kind: str) -> None:
    made = attachment().create().become_ready()
    world.forget_calls()
    world.fault(kind=kind, method="PATCH")
    ATTACHMENT.update(made.id, made.outs, made.changed(cidr_blocks=["10.9.0.0/16"]))
    assert made.live()["cidr_blocks"] == ["10.9.0.0/16"]
    assert made.methods().count("PATCH") == (2 if kind == "cut_before" else 1)


def test_a_change_that_konnect_refuses_for_good_is_told_at_once(
    attachment: Attachments, patience: Patience
) -> None:
    made = attachment().create().become_ready()
    with pytest.raises(errors.Invalid, match="overlaps with the network's own"):
        ATTACHMENT.update(made.id, made.outs, made.changed(cidr_blocks=["10.0.3.0/24"]))
    assert patience.seconds == 0


def test_a_change_of_an_attachment_in_error_says_why_and_what_to_run(attachment: Attachments) -> None:
    made = attachment().create().fail()
    with pytest.raises(errors.Failed) as caught:
        ATTACHMENT.update(made.id, made.outs, made.changed(cidr_blocks=["10.9.0.0/16"]))
    assert "is error: Transit Gateway Attachment was rejected." in caught.value.message
    assert "`kong-secure sandbox up --refresh`" in caught.value.message


# --- delete ---


def test_a_deletion_returns_only_when_konnect_says_that_it_is_gone(
    attachment: Attachments, patience: Patience, world: World, told: list[str]
) -> None:
    made = attachment().create().become_ready()
    world.forget_calls()
    ATTACHMENT.delete(made.id, made.outs)
    assert {live["state"] for live in made.listed()} <= {"terminated"}
    assert made.methods().count("DELETE") == 1
    assert patience.seconds > 0
    assert "to be gone, for 30 min at most: asked to go" in told[0]
    assert made.network_id not in [each["network_id"] for each in world.cloud()["attachments"]]


def test_a_deletion_waits_until_the_attachment_may_be_deleted(attachment: Attachments) -> None:
    made = attachment().create()
    assert made.live()["state"] == "initializing"
    ATTACHMENT.delete(made.id, made.outs)
    assert {live["state"] for live in made.listed()} <= {"terminated"}


def test_deleting_what_is_gone_or_going_is_no_error(attachment: Attachments, world: World) -> None:
    made = attachment().create().become_ready()
    made.by_hand("DELETE")
    world.forget_calls()
    ATTACHMENT.delete(made.id, made.outs)
    ATTACHMENT.delete(made.id, made.outs)
    assert "DELETE" not in made.methods()
    world.turn_clock(60)
    ATTACHMENT.delete(made.id, made.outs)


def test_an_attachment_in_error_is_deleted(attachment: Attachments) -> None:
    made = attachment().create().fail()
    ATTACHMENT.delete(made.id, made.outs)
    assert {live["state"] for live in made.listed()} <= {"terminated"}


def test_a_deletion_that_konnect_goes_on_refusing_ends_with_its_words(
    attachment: Attachments, world: World, patience: Patience
) -> None:
    made = attachment(timeout_seconds=90).create().become_ready()
    refusal = {
        "status": 400,
        "title": "Invalid Request",
        "instance": "konnect:trace:1",
        "detail": "not now",
        "invalid_parameters": [{"field": "transitGatewayId", "reason": "not now"}],
    }
    world.fault(kind="answer", method="DELETE", status=400, count=None, body=refusal)
    with pytest.raises(
        errors.TimedOut, match=r"waited 1 min 30 s for attachment .* to be gone, in vain: .*not now"
    ):
        ATTACHMENT.delete(made.id, made.outs)
    assert patience.seconds == 90


def _global_session() -> konnect.Session:
    return PROCESS.konnect().session(konnect.GLOBAL)
