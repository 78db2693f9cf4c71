"""When to ask again; no time passes here."""

import pytest

from kong_secure.konnect.retries import Deadline, Timing, backoff, is_transient, retry_after

NOW = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110


def test_backoff_doubles_up_to_its_cap() -> None:
    assert [backoff(attempt, 1.0) for attempt in (1, 2, 3, 6, 7, 8, 5000)] == [0.5, 1, 2, 16, 30, 30, 30]


def test_backoff_varies_by_chance_but_never_vanishes() -> None:
    assert backoff(3, 0.0) == 1.0
    assert backoff(3, 0.5) == 1.5


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("77", 77),
        (" 5 ", 5),
        ("0", 0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
        ("Sun, 06 Nov 1994 08:50:37 -0000", 60),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("9" * 400, 1e9),
        ("0000000000005", 5),
        ("Sun, 06 Nov 1994 08:49:37 +9999", None),
        ("Sun, 06 Nov 1994 08:49:37 EST", 5 * 3600),
        ("Sun, 06 Nov 99999 08:49:37 GMT", None),
        ("soon", None),
        ("NaN", None),
        ("inf", None),
        ("-3", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_are_transient_for_idempotent_methods_only(status: int) -> None:
    assert all(is_transient(status, method) for method in ("GET", "PUT", "DELETE"))
    assert not is_transient(status, "POST")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501, 505])
def test_other_statuses_are_final(status: int) -> None:
    assert not is_transient(status, "GET")


def test_a_429_is_transient_for_every_method() -> None:
    assert is_transient(429, "POST")


def test_a_deadline_never_has_less_than_nothing_left() -> None:
    clock = iter([10.0, 12.0, 99.0])
    deadline = Deadline(5, Timing(clock=lambda: next(clock)))
    assert deadline.remaining() == 3
    assert deadline.remaining() == 0
