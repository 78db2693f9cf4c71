"""Other processes, as tests look at them: waiting for what they do, whether they live, and their violent end."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable
from typing import Any

import psutil


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for another process or thread; the only place that waits by the wall clock."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def lives(process: psutil.Process) -> bool:
    """Whether it does anything any more; in a container without an init, dead ones stay in the list."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def kill_with_all_it_started(process: subprocess.Popen[Any]) -> list[str]:
    """SIGKILL to a process and all its descendants, whatever their groups; returns the names of the killed.

    They are stopped before any is killed: what is under way stays so, and none outlives the others to tidy up.
    """
    root = psutil.Process(process.pid)
    family: list[psutil.Process] = []
    while found := [member for member in (root, *root.children(recursive=True)) if member not in family]:
        for member in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.suspend()
        family += found
    names = []
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            names.append(member.name())
            member.kill()
    process.wait()
    # A killed process that is still being taken down holds what it held.
    wait_until(lambda: not any(map(lives, family)))
    return names
