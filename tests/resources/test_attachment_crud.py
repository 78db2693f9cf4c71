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
from tests.resources.attachment_at_konnect import DNS, FIELDS, KINDS, Attachment
from tests.resources.conftest import Patience
from tests.world import World

Attachments = Callable[..., Attachment]

# --- diff ---


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_a_change_of_all_but_the_blocks_replaces_deleting_first_and_warns_that_the_path_goes_down(
    attachment: Attachments, told: list[str], kind: str, field: str
) -> None:
    made = attachment(kind=KINDS[kind]).create()
    result = made.diff(made.changed(**{field: KINDS[kind].others[field]}))
    assert result.replaces == [field]
    assert result.delete_before_replace is True
    [warning] = told
    assert f"another {field} replaces it, and the path is down" in warning


@pytest.mark.parametrize(
    ("kind", "field"), [(name, key) for name in KINDS for key in KINDS[name].provider.config_inputs]
)
def test_an_id_in_other_letters_of_the_same_is_no_change_and_no_drift(
    attachment: Attachments, monkeypatch: pytest.MonkeyPatch, kind: str, field: str
) -> None:
    made = attachment(kind=KINDS[kind]).create()
    found = konnect.read_attachment(_global_session(), made.network_id, made.id)
    shouted = replace(found, config={**found.config, field: found.config[field].upper()})
    monkeypatch.setattr(attachment_crud, "read_attachment", lambda *_: shouted)
    assert made.read().inputs == made.inputs
    if kind == "azure":
        assert made.diff(made.changed(**{field: str(made.inputs[field]).upper()})).changes is False


def test_a_preview_that_does_not_know_the_name_warns_of_what_is_behind_it(
    attachment: Attachments, told: list[str]
) -> None:
    made = attachment().create()
    unknown = Unknown()  # type: ignore[no-untyped-call]  # Pulumi left it without types
    made.diff({**made.inputs, "network_id": unknown, "name": unknown})
    made.diff({**made.inputs, "name": unknown})
    assert [warning.partition(" replaces")[0] for warning in told] == [
        "the attachment: another network_id",
        "the attachment: another name",
    ]


def test_a_change_of_blocks_replaces_nothing_and_warns_of_nothing(
    attachment: Attachments, told: list[str]
) -> None:
    made = attachment().create()
    for blocks in (["10.9.0.0/16"], [Unknown()]):  # type: ignore[no-untyped-call]  # Pulumi left it without types
        result = made.diff({**made.inputs, "cidr_blocks": blocks})
        assert (result.changes, result.replaces) == (None, [])
    assert told == []


def test_another_order_is_no_change(attachment: Attachments) -> None:
    domains = {**DNS[0], "domain_proxy_list": ["a.internal", "b.internal"]}
    made = attachment(cidr_blocks=["10.8.0.0/16", "10.9.0.0/16"], dns_config=[domains]).create()
    turned = {**domains, "domain_proxy_list": ["b.internal", "a.internal"]}
    news = made.changed(cidr_blocks=["10.9.0.0/16", "10.8.0.0/16"], dns_config=[turned])
    assert made.diff(news).changes is False


@pytest.mark.parametrize("state", ["error", "terminating", "terminated"])
def test_a_recorded_state_without_a_way_back_asks_for_a_replacement(either: Attachments, state: str) -> None:
    made = either().create()
    result = made.diff(made.changed(), state=state)
    assert (result.changes, result.replaces, result.delete_before_replace) == (True, ["state"], True)


@pytest.mark.parametrize(
    "state", ["created", "initializing", "pending-acceptance", "pending-user-action", "ready"]
)
def test_any_other_recorded_state_is_no_difference(either: Attachments, state: str) -> None:
    made = either().create()
    assert made.diff(made.changed(), state=state).changes is False


def test_the_owner_of_the_first_time_is_kept(either: Attachments) -> None:
    made = either().create()
    assert made.changed(owner="org/project/stack/renamed") == made.inputs


# --- read ---


@pytest.mark.parametrize(
    "given", [{}, {"dns_config": DNS}, {"kind": KINDS["azure"]}], ids=["aws", "dns", "azure"]
)
def test_an_untouched_attachment_reads_as_it_was_written_with_its_state(
    attachment: Attachments, given: dict[str, Any]
) -> None:
    made = attachment(**given).create().become_ready()
    result = made.read()
    assert (result.id, result.inputs) == (made.id, made.inputs)
    assert result.outs == {**made.outs, "state": "ready"}


def test_an_attachment_that_is_gone_reads_as_gone(either: Attachments) -> None:
    made = either().create()
    made.id = "0850820b-d153-4a2a-b9be-7d2204779139"
    assert made.read().id == ""


BY_HAND: dict[str, dict[str, Any]] = {
    "name": {"name": "by hand"},
    "kind": {"config": {"kind": "aws-vpc-peering-attachment"}},
    "cidr_blocks": {"cidr_blocks": ("10.9.0.0/16",)},
    "dns_config": {"dns": (konnect.DnsMapping(("10.8.0.10",), ("orders.internal",)),)},
}
SHOWN = {
    "name": "by hand",
    "kind": "aws-vpc-peering-attachment",
    "cidr_blocks": ["10.9.0.0/16"],
    "dns_config": DNS,
}
DRIFTING = [("aws", "cidr_blocks")] + [
    (name, field)
    for name, kind in KINDS.items()
    for field in ("name", "kind", "dns_config", *kind.provider.config_inputs)
]


@pytest.mark.parametrize(("kind", "field"), DRIFTING)
def test_drift_in_every_field_shows_as_inputs_and_is_a_difference(
    attachment: Attachments, monkeypatch: pytest.MonkeyPatch, kind: str, field: str
) -> None:
    made = attachment(kind=KINDS[kind]).create()
    found = konnect.read_attachment(_global_session(), made.network_id, made.id)
    change = dict(BY_HAND.get(field, {"config": {field: "by hand"}}))
    config = {**found.config, **change.pop("config", {})}
    monkeypatch.setattr(
        attachment_crud, "read_attachment", lambda *_: replace(found, config=config, **change)
    )
    result = made.read()
    assert result.inputs == {**made.inputs, field: SHOWN.get(field, "by hand")}
    diff = made.diff(made.changed(), **dict(result.outs or {}))
    assert diff.changes is None
    assert diff.replaces == ([] if field == "cidr_blocks" else [field])


def test_removed_dns_mappings_show_as_drift(attachment: Attachments, monkeypatch: pytest.MonkeyPatch) -> None:
    made = attachment(dns_config=DNS).create()
    found = konnect.read_attachment(_global_session(), made.network_id, made.id)
    monkeypatch.setattr(attachment_crud, "read_attachment", lambda *_: replace(found, dns=()))
    assert (made.read().inputs or {})["dns_config"] == []


def test_an_error_is_read_with_its_reason_and_then_asks_for_a_replacement(either: Attachments) -> None:
    made = either().create().fail()
    outs = dict(made.read().outs or {})
    assert (outs["state"], outs["state_reason"]) == ("error", made.kind.rejected)
    assert made.diff(made.changed(), **outs).replaces == ["state"]


# --- update ---


def test_changed_blocks_are_patched_and_every_output_comes_back(
    attachment: Attachments, world: World
) -> None:
    made = attachment().create().become_ready()
    news = made.changed(cidr_blocks=["10.9.0.0/16"])
    world.forget_calls()
    result = made.update(news)
    assert made.methods() == ["GET", "PATCH"]
    assert result.outs == {**made.outs, "cidr_blocks": ["10.9.0.0/16"], "state": "initializing"}
    assert made.live()["cidr_blocks"] == ["10.9.0.0/16"]


def test_a_change_waits_while_the_attachment_is_on_its_way(
    attachment: Attachments, patience: Patience, told: list[str]
) -> None:
    made = attachment().create()
    made.world.forget_calls()
    made.update(made.changed(cidr_blocks=["10.9.0.0/16"]))
    assert made.methods().count("PATCH") == 1
    assert made.live()["cidr_blocks"] == ["10.9.0.0/16"]
    assert patience.seconds > 0
    assert "to take other cidr_blocks, for 30 min at most: initializing" in told[0]


def test_another_time_to_wait_changes_nothing_at_konnect(either: Attachments, world: World) -> None:
    made = either().create()
    world.forget_calls()
    result = made.update(made.changed(timeout_seconds=60))
    assert made.methods() == ["GET"]
    assert (result.outs or {})["timeout_seconds"] == 60


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_a_change_whose_answer_is_lost_is_made_once(attachment: Attachments, world: World, kind: str) -> None:
    made = attachment().create().become_ready()
    world.forget_calls()
    world.fault(kind=kind, method="PATCH")
    made.update(made.changed(cidr_blocks=["10.9.0.0/16"]))
    assert made.live()["cidr_blocks"] == ["10.9.0.0/16"]
    assert made.methods().count("PATCH") == (2 if kind == "cut_before" else 1)


def test_a_change_that_konnect_refuses_for_good_is_told_at_once(
    attachment: Attachments, patience: Patience
) -> None:
    made = attachment().create().become_ready()
    with pytest.raises(errors.Invalid, match="overlaps with the network's own"):
        made.update(made.changed(cidr_blocks=["10.0.3.0/24"]))
    assert patience.seconds == 0


@pytest.mark.parametrize("refusal", [errors.Invalid, errors.Conflict])
def test_a_change_that_came_while_the_attachment_was_on_its_way_again_is_asked_for_again(
    attachment: Attachments, monkeypatch: pytest.MonkeyPatch, refusal: type[errors.KonnectError]
) -> None:
    made = attachment().create().become_ready()
    patch = konnect.patch_cidr_blocks

    def meanwhile(session: konnect.Session, network_id: str, attachment_id: str, _blocks: object) -> None:
        monkeypatch.setattr(attachment_crud, "patch_cidr_blocks", patch)
        patch(session, network_id, attachment_id, ("10.10.0.0/16",))
        raise refusal("it is initializing")

    monkeypatch.setattr(attachment_crud, "patch_cidr_blocks", meanwhile)
    made.update(made.changed(cidr_blocks=["10.9.0.0/16"]))
    assert made.live()["cidr_blocks"] == ["10.9.0.0/16"]


def test_a_change_of_an_attachment_in_error_says_why_and_what_to_run(attachment: Attachments) -> None:
    made = attachment().create().fail()
    with pytest.raises(errors.Failed) as caught:
        made.update(made.changed(cidr_blocks=["10.9.0.0/16"]))
    assert "is error: Transit Gateway Attachment was rejected." in caught.value.message
    assert "`kong-secure sandbox up --refresh`" in caught.value.message


# --- delete ---


def test_a_deletion_returns_only_when_konnect_says_that_it_is_gone(
    either: Attachments, patience: Patience, world: World, told: list[str]
) -> None:
    made = either().create().become_ready()
    world.forget_calls()
    made.delete()
    assert {live["state"] for live in made.listed()} <= {"terminated"}
    assert made.methods().count("DELETE") == 1
    assert patience.seconds > 0
    assert "to be gone, for 30 min at most: asked to go" in told[0]
    left = [*world.cloud()["attachments"], *world.azure_by_hand()["peerings"]]
    assert made.network_id not in [each["network_id"] for each in left]


def test_a_deletion_waits_until_the_attachment_may_be_deleted(either: Attachments) -> None:
    made = either().create()
    assert made.live()["state"] == "initializing"
    made.delete()
    assert {live["state"] for live in made.listed()} <= {"terminated"}


def test_deleting_what_is_gone_or_going_is_no_error(either: Attachments, world: World) -> None:
    made = either().create().become_ready()
    made.by_hand("DELETE")
    world.forget_calls()
    made.delete()
    made.delete()
    assert "DELETE" not in made.methods()
    world.turn_clock(60)
    made.delete()


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_a_deletion_that_was_cut_off_is_ended_by_the_next(
    either: Attachments, world: World, patience: Patience, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    made = either(timeout_seconds=60).create().become_ready()

    def die(_: float) -> None:
        raise KeyboardInterrupt

    sleep = patience.sleep
    monkeypatch.setattr(PROCESS.konnect(), "timing", replace(patience.timing(), sleep=die))
    world.fault(kind=kind, method="DELETE")
    with pytest.raises(KeyboardInterrupt):
        made.delete()
    world.heal()
    monkeypatch.setattr(PROCESS.konnect(), "timing", replace(patience.timing(), sleep=sleep))
    made.delete()
    assert {live["state"] for live in made.listed()} <= {"terminated"}


def test_an_attachment_in_error_is_deleted(either: Attachments) -> None:
    made = either().create().fail()
    made.delete()
    assert {live["state"] for live in made.listed()} <= {"terminated"}


def test_a_deletion_that_konnect_goes_on_refusing_ends_with_its_words(
    either: Attachments, world: World, patience: Patience
) -> None:
    made = either(timeout_seconds=90).create().become_ready()
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
        made.delete()
    assert patience.seconds == 90


def _global_session() -> konnect.Session:
    return PROCESS.konnect().session(konnect.GLOBAL)
