"""Whether a process still does anything. Which processes are whose is `recorded_processes`' matter."""

from __future__ import annotations

from typing import Final

import psutil

CLOCK_TOLERANCE_SECONDS: Final = 2.0


def lives(process: psutil.Process) -> bool:
    """Whether it does anything any more: one that has ended and that nobody collects, as in a container
    without an init, doesn't.
    """
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def still_lives(pid: int, at: float) -> bool:
    """Whether the process that had this pid at a moment (seconds since the epoch) lives; pids are used again."""
    try:
        process = psutil.Process(pid)
        return process.create_time() <= at + CLOCK_TOLERANCE_SECONDS and lives(process)
    except (psutil.Error, ValueError, OverflowError):
        return False
