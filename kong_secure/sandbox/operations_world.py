"""Finds the world that an operation has for itself, for people who act in it by hand meanwhile: an `up` may wait for
just that. Joining a world that others may join, and starting one, are the session's matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from kong_secure.sandbox import locks
from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.locks import Role
from kong_secure.sandbox.running_world import WorldAddress, read_address

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.1


def find(
    directory: SandboxDirectory, interruptible: Callable[[], AbstractContextManager[None]]
) -> WorldAddress | None:
    """Where it listens, once an operation that is under way has started it; None where none has one of its own."""
    deadline = time.monotonic() + _START_SECONDS
    with interruptible():
        while read_address(directory) is None and locks.is_held(directory, Role.OPERATION):
            address = read_address(directory, of_operation=True)
            if address is not None or time.monotonic() > deadline:
                return address
            time.sleep(_LOOK_SECONDS)
    return None
