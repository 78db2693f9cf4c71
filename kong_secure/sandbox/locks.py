"""Who may act in a sandbox: one operation at a time, and one world. The locks are the operating system's,
so they end with their holder, however that ends; the files beside them only say who it is.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kong_secure.sandbox.directory import SandboxDirectory, write_private
from kong_secure.sandbox.errors import OccupiedError


class Role(Enum):
    """What a lock stands for: acting on the stack, or hosting the world."""

    OPERATION = "operation"
    WORLD = "world"


@contextmanager
def held(directory: SandboxDirectory, role: Role, command: str) -> Iterator[None]:
    """Hold a lock for as long as the block lasts; `command` is how the holder is named to others.

    Raises OccupiedError, naming the holder, where somebody else holds it.
    """
    lock = FileLock(_lock_path(directory, role), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        occupied = True
    else:
        occupied = False
    if occupied:
        raise OccupiedError(refusal(directory, role))
    try:
        holder = {"command": command, "pid": os.getpid(), "since": time.time()}
        write_private(_holder_path(directory, role), json.dumps(holder))
        yield
    finally:
        _holder_path(directory, role).unlink(missing_ok=True)
        lock.release()


def is_held(directory: SandboxDirectory, role: Role) -> bool:
    """Whether anybody holds the lock now."""
    lock = FileLock(_lock_path(directory, role), mode=0o600)
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def waited_for(directory: SandboxDirectory, role: Role) -> Iterator[None]:
    """Hold a lock as soon as nobody else does, however long that takes."""
    with FileLock(_lock_path(directory, role), mode=0o600):
        yield


def refusal(directory: SandboxDirectory, role: Role) -> str:
    """Why the lock can't be had now, naming its holder."""
    holder = _holder(directory, role)
    if role is Role.WORLD:
        return f"the sandbox is already up here: {holder}"
    return f"another operation is running here: {holder}; wait for it or end it"


def _holder(directory: SandboxDirectory, role: Role) -> str:
    try:
        holder: Any = json.loads(_holder_path(directory, role).read_text())
        since = time.strftime("%H:%M:%S", time.localtime(holder["since"]))
        return f"`{holder['command']}` (pid {holder['pid']}, since {since})"
    except (OSError, ValueError, KeyError, TypeError):
        # It holds the lock and hasn't said yet who it is.
        return "it started just now"


def _lock_path(directory: SandboxDirectory, role: Role) -> Path:
    return directory.path / f"{role.value}.lock"


def _holder_path(directory: SandboxDirectory, role: Role) -> Path:
    return directory.path / f"{role.value}.holder.json"
