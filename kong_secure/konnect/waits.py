"""Waiting for what Konnect does in its own time: bounded, with pauses that grow, and with words on what is
waited for and how long. What has to come true is decided by whoever waits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from kong_secure.errors import KonnectError, RateLimited, TimedOut, Unavailable
from kong_secure.konnect.retries import Deadline
from kong_secure.konnect.session import Konnect, Session

Found = TypeVar("Found")

_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 10.0
_TELL_AGAIN_SECONDS = 60.0


@dataclass(frozen=True)
class NotYet:
    """What was seen instead of what is waited for."""

    seen: str


@dataclass(frozen=True)
class Waiting:
    """A wait: for what, as in "waiting for <what>"; how many seconds at most; who is told, line by line."""

    what: str
    seconds: float
    tell: Callable[[str], None]


def wait_for(
    konnect: Konnect, host: str, waiting: Waiting, ask: Callable[[Session], Found | NotYet]
) -> Found:
    """What `ask` finds once it no longer says NotYet; each asking is an operation of its own.

    While Konnect can't be reached the wait goes on. Raises TimedOut when its time is over, and at once what
    else `ask` raises.
    """
    deadline = Deadline(waiting.seconds, konnect.timing)
    pause, told_at, seen = _FIRST_PAUSE_SECONDS, 0.0, ""
    while True:
        answer = _asked(konnect.session(host, most_seconds=max(1.0, deadline.remaining())), ask)
        if not isinstance(answer, NotYet):
            return answer
        left = deadline.remaining()
        if left <= 0:
            raise TimedOut(f"waited {in_words(waiting.seconds)} for {waiting.what}, in vain: {answer.seen}")
        now = konnect.timing.clock()
        if answer.seen != seen or now - told_at >= _TELL_AGAIN_SECONDS:
            waiting.tell(f"waiting for {waiting.what}, for {in_words(left)} at most: {answer.seen}")
            told_at, seen = now, answer.seen
        konnect.timing.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def in_words(seconds: float) -> str:
    """A duration for people: minutes where there are any."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{whole} s"
    return f"{minutes} min" if not rest else f"{minutes} min {rest} s"


def _asked(session: Session, ask: Callable[[Session], Found | NotYet]) -> Found | NotYet:
    try:
        return ask(session)
    except (Unavailable, TimedOut, RateLimited) as error:
        failure: KonnectError = error
    return NotYet(failure.message.splitlines()[0])
