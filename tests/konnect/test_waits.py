"""Waiting, by a clock nobody waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kong_secure import errors
from kong_secure import konnect as api
from kong_secure.konnect.waits import in_words
from tests.konnect.conftest import FakeTime


@pytest.fixture
def konnect(time: FakeTime) -> Iterator[api.Konnect]:
    konnect = api.Konnect(api.Settings("kpat_x", "KONNECT_TOKEN", "http://127.0.0.1:9"), time.timing())
    yield konnect
    konnect.close()


def wait(
    konnect: api.Konnect,
    ask: Callable[[api.Session], str | api.NotYet],
    told: list[str] | None = None,
    seconds: float = 1800,
) -> str:
    tell = (lambda _: None) if told is None else told.append
    return api.wait_for(konnect, api.GLOBAL, api.Waiting("the attachment", seconds, tell), ask)


def test_what_is_there_already_costs_no_pause_and_no_word(konnect: api.Konnect, time: FakeTime) -> None:
    told: list[str] = []
    assert wait(konnect, lambda _: "here", told) == "here"
    assert (told, time.slept) == ([], [])


def test_pauses_grow_from_a_quarter_of_a_second_to_ten(konnect: api.Konnect, time: FakeTime) -> None:
    asked: Iterator[str | api.NotYet] = iter([*[api.NotYet("initializing")] * 9, "here"])
    assert wait(konnect, lambda _: next(asked)) == "here"
    assert time.slept == [0.25, 0.5, 1, 2, 4, 8, 10, 10, 10]


def test_the_first_word_says_what_is_waited_for_how_long_and_what_was_seen(
    konnect: api.Konnect, time: FakeTime
) -> None:
    told: list[str] = []
    seen = [api.NotYet("initializing")] * 4 + [api.NotYet("pending-acceptance")]
    asked: Iterator[str | api.NotYet] = iter([*seen, "here"])
    wait(konnect, lambda _: next(asked), told)
    assert told[0] == "waiting for the attachment, for 30 min at most: initializing"
    assert told[1].endswith("at most: pending-acceptance")
    assert len(told) == 2


def test_a_long_wait_is_told_again_about_every_minute(konnect: api.Konnect, time: FakeTime) -> None:
    told: list[str] = []
    with pytest.raises(errors.TimedOut):
        wait(konnect, lambda _: api.NotYet("initializing"), told, seconds=600)
    assert 9 <= len(told) <= 11


def test_a_wait_ends_at_its_time_and_says_what_was_seen_last(konnect: api.Konnect, time: FakeTime) -> None:
    started = time.seconds
    with pytest.raises(errors.TimedOut, match="waited 1 min 30 s for the attachment, in vain: initializing"):
        wait(konnect, lambda _: api.NotYet("initializing"), seconds=90)
    assert time.seconds - started == 90


def test_a_wait_outlasts_a_konnect_that_cant_be_reached(konnect: api.Konnect) -> None:
    failures = [errors.Unavailable("down"), errors.TimedOut("slow"), errors.RateLimited("busy")]

    def ask(_: api.Session) -> str:
        if failures:
            raise failures.pop()
        return "here"

    assert wait(konnect, ask) == "here"


def test_any_other_refusal_ends_a_wait_at_once(konnect: api.Konnect, time: FakeTime) -> None:
    def ask(_: api.Session) -> str:
        raise errors.Denied("no")

    with pytest.raises(errors.Denied):
        wait(konnect, ask)
    assert time.slept == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (90, "1 min 30 s"), (1800, "30 min")]
)
def test_durations_are_told_in_minutes_where_there_are_any(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
