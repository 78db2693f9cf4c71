"""Every kind of fault at every call of create, update, refresh and delete: once, so that a retry helps, and
lasting, so that the operation fails and the next one sets it right.
"""

from __future__ import annotations

import base64
import traceback

import pytest

from kong_secure import errors
from tests.faults.conftest import DEADLINE_SECONDS, Clock
from tests.faults.kinds import MISSHAPEN, PASSING, POINTS, REFUSALS, Kind, Point, impatient
from tests.faults.provider_header import NEXT_SECRET, SECRET, Header
from tests.world import TOKEN

AT_EACH_CALL = pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
EACH_PASSING = pytest.mark.parametrize("kind", PASSING, ids=lambda kind: kind.name)
EACH_REFUSAL = pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.name)
RIGHT = {"create": [SECRET], "update": [NEXT_SECRET], "read": [SECRET], "delete": []}


def strike(header: Header, point: Point, kind: Kind, *, count: int | None) -> None:
    header.until(point.operation)
    header.world.forget_calls()
    header.world.fault(**kind.fault, method=point.method, path=point.path, count=count)


def struck(header: Header) -> list[str]:
    """The calls a fault happened to."""
    return [call["method"] for call in header.world.calls() if call["fault"]]


def fails_as(kind: Kind, header: Header, operation: str) -> errors.KonnectError:
    with pytest.raises(errors.KonnectError) as raised:
        header.run(operation)
    assert type(raised.value) is kind.error, raised.value
    return raised.value


def must_be_right(header: Header, operation: str) -> None:
    """Nothing doubled, nothing orphaned, and the state knows what is there."""
    assert header.secrets_at_konnect() == RIGHT[operation]
    assert [plugin["id"] for plugin in header.plugins()] == ([] if header.id is None else [header.id])


def must_be_clear(error: errors.KonnectError, point: Point) -> None:
    """A sentence first, then the call; no secret in any form, and nothing behind it that could hold one."""
    sentence, _, rest = str(error).partition(" (")
    assert "Konnect" in sentence
    assert f"{point.method} /v2/control-planes" in rest
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    for secret in (SECRET, NEXT_SECRET, TOKEN):
        assert secret not in shown
        assert base64.b64encode(secret.encode()).decode() not in shown


@AT_EACH_CALL
@EACH_PASSING
def test_a_fault_that_passes_is_lived_through(header: Header, clock: Clock, point: Point, kind: Kind) -> None:
    strike(header, point, kind, count=1)
    with impatient(kind, 0.5):
        header.run(point.operation)
    assert struck(header) == [point.method]
    must_be_right(header, point.operation)
    least, most = kind.waits
    nothing_to_damage = kind.name == "malformed" and point.method == "DELETE"
    assert [least <= wait <= most for wait in clock.slept] == ([] if nothing_to_damage else [True])


@AT_EACH_CALL
@EACH_PASSING
def test_a_fault_that_lasts_ends_in_a_clear_error_before_the_deadline_and_the_next_run_sets_it_right(
    header: Header, clock: Clock, point: Point, kind: Kind
) -> None:
    if kind.name == "malformed" and point.method == "DELETE":
        kind = next(other for other in PASSING if other.name == "truncated")
    strike(header, point, kind, count=None)
    with impatient(kind, 0.1):
        error = fails_as(kind, header, point.operation)
    must_be_clear(error, point)
    assert len(struck(header)) >= 2
    assert clock.seconds <= DEADLINE_SECONDS
    before = header.id
    header.world.heal()
    header.run(point.operation)
    must_be_right(header, point.operation)
    assert point.operation not in ("update", "read") or header.id == before


@AT_EACH_CALL
@EACH_REFUSAL
def test_a_refusal_is_never_asked_again_and_changes_nothing(
    header: Header, clock: Clock, point: Point, kind: Kind
) -> None:
    strike(header, point, kind, count=None)
    before = header.secrets_at_konnect()
    error = fails_as(kind, header, point.operation)
    must_be_clear(error, point)
    assert clock.slept == []
    assert struck(header) == [point.method]
    assert header.secrets_at_konnect() == before
    header.world.heal()
    header.run(point.operation)
    must_be_right(header, point.operation)


@pytest.mark.parametrize(
    "point", [point for point in POINTS if point.method != "DELETE"], ids=lambda point: point.name
)
@pytest.mark.parametrize("kind", MISSHAPEN, ids=lambda kind: kind.name)
def test_an_answer_of_another_shape_is_a_clear_error_never_taken_for_something_gone_and_set_right_by_the_next_run(
    header: Header, clock: Clock, point: Point, kind: Kind
) -> None:
    strike(header, point, kind, count=None)
    error = fails_as(kind, header, point.operation)
    must_be_clear(error, point)
    assert "isn't what its specification says" in str(error)
    assert clock.slept == []
    header.world.heal()
    header.run(point.operation)
    must_be_right(header, point.operation)


def test_a_plugin_put_before_the_connection_was_cut_is_adopted_by_the_next_create(header: Header) -> None:
    header.world.fault(kind="cut_after", method="PUT", count=None)
    with pytest.raises(errors.Unavailable):
        header.run("create")
    [orphan] = header.plugins()
    assert header.id is None
    header.world.heal()
    header.run("create")
    assert header.id == orphan["id"]
    must_be_right(header, "create")


def test_a_plugin_deleted_before_the_connection_was_cut_is_gone_for_the_next_delete(header: Header) -> None:
    header.run("create")
    header.world.fault(kind="cut_after", method="DELETE", count=None)
    with pytest.raises(errors.Unavailable):
        header.run("delete")
    assert header.plugins() == []
    assert header.id is not None
    header.world.heal()
    header.world.forget_calls()
    header.run("delete")
    assert [call["method"] for call in header.world.calls()] == ["GET"]
    must_be_right(header, "delete")


@pytest.mark.parametrize("operation", ["read", "delete"])
@pytest.mark.parametrize(
    "body",
    [
        {"message": "no Route matched with those values", "request_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9"},
        {"error": "this proxy knows no such page"},
        "not found",
    ],
    ids=["gateway", "proxy", "text"],
)
def test_a_not_found_that_is_not_konnects_own_does_not_pass_for_a_plugin_that_is_gone(
    header: Header, operation: str, body: object
) -> None:
    header.run("create")
    header.world.fault(kind="answer", status=404, body=body, method="GET", count=None)
    with pytest.raises(errors.Unavailable, match="KONNECT_SERVER_URL"):
        header.run(operation)
    header.world.heal()
    must_be_right(header, "create")


def test_konnects_own_not_found_means_that_the_plugin_is_gone(header: Header) -> None:
    header.run("create")
    header.world.fault(kind="answer", status=404, method="GET", path="*/plugins/*")
    header.run("read")
    assert header.id is None


@pytest.mark.parametrize("status", [502, 503])
def test_the_id_that_the_gateway_in_front_gave_its_answer_is_told(header: Header, status: int) -> None:
    body = {"message": "The upstream server is timing out", "request_id": "0a1b2c3d4e5f6071"}
    header.world.fault(kind="answer", status=status, body=body, method="PUT", count=None)
    with pytest.raises(errors.Unavailable, match="trace 0a1b2c3d4e5f6071"):
        header.run("create")


@pytest.mark.parametrize("seconds", [21, 3600])
def test_a_retry_after_beyond_the_deadline_is_not_waited_for(
    header: Header, clock: Clock, seconds: int
) -> None:
    header.world.fault(kind="answer", status=429, retry_after=seconds, method="PUT", count=None)
    with pytest.raises(errors.RateLimited, match="after the deadline of 20 s"):
        header.run("create")
    assert clock.slept == []
    assert struck(header) == ["PUT"]


def test_a_long_wait_is_told(header: Header, told: list[str]) -> None:
    header.world.fault(kind="answer", status=429, retry_after=7, method="PUT")
    header.run("create")
    assert told == ["Konnect asks to slow down: next try in 7 s"]


def test_faults_of_several_kinds_in_a_row_are_lived_through_under_one_deadline(
    header: Header, clock: Clock
) -> None:
    header.world._admin(
        "PUT",
        "/faults",
        {
            "faults": [
                {"kind": "answer", "status": 429, "method": "GET", "count": 2},
                {"kind": "cut_before", "method": "PUT"},
                {"kind": "cut_after", "method": "PUT"},
                {"kind": "truncated", "method": "PUT"},
            ]
        },
    )
    header.run("create")
    assert clock.slept == [0.5, 1, 0.5, 1, 2]
    must_be_right(header, "create")
