"""When to ask Konnect again and how long to wait before: decisions and clocks, no requests.

Konnect has two limiters: one sends Retry-After, the other doesn't (Kong/kong-operator#809), so a 429
without it is normal. A 403 is never asked again: it also means that a quota is used up (cloud-gateways:
QuotaExceeded).
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})
"""Methods that Konnect may receive twice with the effect of once."""

_TRANSIENT = frozenset({500, 502, 503, 504})
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_RETRY_AFTER_SECONDS = 1e9


@dataclass(frozen=True)
class Timing:
    """The clocks and the chance that waiting depends on, so that tests need no time.

    clock: seconds that only grow; now: seconds since the epoch; sleep: takes seconds; chance: from 0.0 to
    1.0.
    """

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


class Deadline:
    """The end of one operation, retries and waits included."""

    def __init__(self, seconds: float, timing: Timing) -> None:
        self.seconds = seconds
        self._clock = timing.clock
        self._end = timing.clock() + seconds

    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._end - self._clock())


def is_transient(status: int, method: str) -> bool:
    """Whether an answer with this status is worth asking again."""
    return status == 429 or (status in _TRANSIENT and method in IDEMPOTENT)


def backoff(attempt: int, chance: float) -> float:
    """Seconds to wait after the given attempt (1 is the first): doubling from 0.5 up to 30, the upper half
    by chance.
    """
    # Beyond 2**10 the cap has long been reached; the bound keeps the power a small number.
    full = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** min(attempt - 1, 10))
    return full * (0.5 + 0.5 * chance)


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds from a Retry-After header, given in seconds or as an HTTP date; None when it can't be read."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A date without a zone is in GMT: RFC 9110, section 5.6.7.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)
