"""Remembers what names stand for, for all threads of a process; the asking is done by whoever looks a name
up.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from kong_secure.errors import TimedOut

Found = TypeVar("Found")


@dataclass
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    found: object = None


class NameCache:
    """What was found, by key. A failure isn't remembered: what isn't there may be made in the next second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[Hashable, _Slot] = {}

    def get(self, key: Hashable, ask: Callable[[], Found], seconds: float = -1) -> Found:
        """What is known under the key, else the result of `ask`; threads that want the same key ask once.

        Raises TimedOut when another thread's asking takes longer than `seconds`; -1 waits for its end.
        """
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
        if not slot.lock.acquire(timeout=min(seconds, threading.TIMEOUT_MAX)):
            raise TimedOut("the deadline of the operation is over: another one was still asking for this")
        try:
            if slot.found is None:
                slot.found = ask()
            return cast(Found, slot.found)
        finally:
            slot.lock.release()

    def knows(self, key: Hashable) -> bool:
        """Whether something is known under the key."""
        with self._lock:
            slot = self._slots.get(key)
        return slot is not None and slot.found is not None

    def forget(self, key: Hashable) -> None:
        """Drops what is known under the key: it led to something that isn't there any more."""
        with self._lock:
            self._slots.pop(key, None)
