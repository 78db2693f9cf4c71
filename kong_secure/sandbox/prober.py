"""Watching a gateway's answer while something else goes on: one address is asked again and again, and each change
is told. What is asked, and for how long, is said by whoever watches.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kong_secure.sandbox.loopback_client import loopback_client
from kong_secure.sandbox.proof import Seen, seen

_PAUSE_SECONDS = 0.1
_ANSWER_SECONDS = 30.0
_END_SECONDS = 5.0
_PROBE = {"X-Sandbox-Probe": "1"}  # so that the gateway doesn't write each of them to its log


class Prober:
    """Tells each change of what a call meets, with the seconds since the beginning."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._began = clock()
        self._last: Seen | None = None
        self._telling = threading.Lock()
        self._silent = False

    def look(self, met: Seen) -> None:
        """Tell what a call met, if the last one met something else."""
        with self._telling:
            if met == self._last or self._silent:
                return
            self._last = met
            self._say(f"probe at {self._clock() - self._began:.1f}s: {_words(met)} ({met})")

    def silence(self) -> None:
        """Tell nothing any more."""
        with self._telling:
            self._silent = True


def _words(met: Seen) -> str:
    if met.passed:
        return "passed"
    if met.blocked is not None:
        return "blocked"
    return "refused" if met.refused else "NOT passed"


@contextmanager
def probing(address: str, say: Callable[[str], None]) -> Iterator[None]:
    """Ask an address from another thread during the block, and once more at its end."""
    prober, ended = Prober(say), threading.Event()

    def ask() -> None:
        with loopback_client(_ANSWER_SECONDS, _PROBE) as client:
            last = False
            while not last:
                last = ended.is_set()
                prober.look(seen(client, address))
                ended.wait(_PAUSE_SECONDS)

    thread = threading.Thread(target=ask, name="probe", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_END_SECONDS)
        prober.silence()
