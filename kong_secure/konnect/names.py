"""Remembers what names stand for, for all threads of a process; the asking is done by whoever looks a name
up.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

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

    def get(self, key: Hashable, ask: Callable[[], Found]) -> Found:
        """What is known under the key, else the result of `ask`; threads that want the same key ask once."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
        with slot.lock:
            if slot.found is None:
                slot.found = ask()
            return cast(Found, slot.found)

    def forget(self, key: Hashable) -> None:
        """Drops what is known under the key: it led to something that isn't there any more."""
        with self._lock:
            self._slots.pop(key, None)
