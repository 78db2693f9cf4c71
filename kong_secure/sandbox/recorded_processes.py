"""The processes that a command of the sandbox starts: recorded before they act, ended with it, and, where
it was killed, ended by the next one. How each kind of process is started doesn't live here.

A process belongs to a run of the command when its environment carries the run's mark, when it was recorded
(by pid and start time), or when it is in the session of a recorded one. A run is over when nobody holds the
lock beside its record: that needs no clock, and a pid used again deceives nobody.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from kong_secure.sandbox.directory import SandboxDirectory, write_private
from kong_secure.sandbox.liveness import CLOCK_TOLERANCE_SECONDS, lives

SANDBOX_VARIABLE = "KONG_SECURE_SANDBOX"
RUN_VARIABLE = "KONG_SECURE_SANDBOX_RUN"

_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.02


@dataclass
class Run:
    """One run of a command and its children. `mark` is what their environment carries as RUN_VARIABLE."""

    directory: SandboxDirectory
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    _children: dict[int, float] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def record(self, child: subprocess.Popen[bytes]) -> None:
        """Write down a child that was just started."""
        # Engines start children from several threads.
        with self._lock:
            with contextlib.suppress(psutil.Error):
                self._children[child.pid] = psutil.Process(child.pid).create_time()
            write_private(_record_path(self.directory, self.mark), json.dumps({"children": self._children}))

    def end(self) -> None:
        """End everything of this run that still lives, and wait until it does no more."""
        _end(_members({self.mark}, self._children, self.directory))

    def kill(self) -> None:
        """End everything of this run at once."""
        for process in _members({self.mark}, self._children, self.directory):
            with contextlib.suppress(psutil.Error):
                process.kill()


@contextmanager
def running(run: Run) -> Iterator[None]:
    """The life of a run: others know of it while the block lasts, and its processes end with the block."""
    directory = run.directory
    with FileLock(_lock_path(directory, run.mark), mode=0o600):
        record = _record_path(directory, run.mark)
        write_private(record, json.dumps({"children": {}}))
        try:
            yield
        finally:
            run.end()
            record.unlink(missing_ok=True)
            _lock_path(directory, run.mark).unlink(missing_ok=True)


def end_leftovers(directory: SandboxDirectory) -> int:
    """End what killed runs left behind in this sandbox; returns how many processes that were."""
    ended = 0
    for lock_path in directory.processes.glob("*.lock"):
        mark = lock_path.stem
        with contextlib.suppress(Timeout), FileLock(lock_path, mode=0o600).acquire(timeout=0):
            members = _members({mark}, _recorded(directory, mark), directory)
            _end(members)
            ended += len(members)
            _record_path(directory, mark).unlink(missing_ok=True)
            lock_path.unlink(missing_ok=True)
    strays = _strays(directory)
    _end(strays)
    return ended + len(strays)


def _strays(directory: SandboxDirectory) -> list[psutil.Process]:
    """Processes of this sandbox whose run left no record, because the folder was deleted under it."""
    strays = []
    for process, environment in _others():
        mine = environment.get(SANDBOX_VARIABLE) == str(directory.path)
        # Asked after the process was seen: a run that begins meanwhile had its lock before its first child.
        if mine and RUN_VARIABLE in environment and not _is_alive(directory, environment[RUN_VARIABLE]):
            strays.append(process)
    return strays


def _is_alive(directory: SandboxDirectory, mark: str) -> bool:
    path = _lock_path(directory, mark)
    if not path.exists():
        return False
    try:
        with FileLock(path, mode=0o600).acquire(timeout=0):
            return False
    except Timeout:
        return True


def _members(
    marks: set[str], recorded: Mapping[int, float], directory: SandboxDirectory
) -> list[psutil.Process]:
    leaders = {pid for pid, started in recorded.items() if not _used_again(pid, started)}
    members = []
    for process, environment in _others():
        marked = environment.get(RUN_VARIABLE) in marks
        marked = marked and environment.get(SANDBOX_VARIABLE) == str(directory.path)
        if marked or process.pid in leaders or _session(process.pid) in leaders:
            members.append(process)
    return members


def _others() -> Iterator[tuple[psutil.Process, Mapping[str, str]]]:
    """Every living process of this user, with its environment, but this one and those that it stems from."""
    own = psutil.Process()
    spared = {own.pid, *(parent.pid for parent in own.parents())}
    for process in psutil.process_iter():
        if process.pid in spared:
            continue
        environment: Mapping[str, str] = {}
        try:
            if process.uids().real != os.getuid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            environment = process.environ()
        except psutil.NoSuchProcess:
            continue
        except (psutil.Error, OSError):
            # Some systems hide the environment even of one's own processes; pid and session remain.
            pass
        yield process, environment


def _used_again(pid: int, started: float) -> bool:
    """Whether another process has this pid now."""
    try:
        return abs(psutil.Process(pid).create_time() - started) > CLOCK_TOLERANCE_SECONDS
    except psutil.Error:
        return False


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _end(processes: Iterable[psutil.Process]) -> None:
    processes = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    alive = _outlasting(processes, _GRACE_SECONDS)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    _outlasting(alive, _GRACE_SECONDS)


def _outlasting(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that still live after so many seconds; returns as soon as none does."""
    deadline = time.monotonic() + seconds
    while (processes := [process for process in processes if lives(process)]) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return processes


def _recorded(directory: SandboxDirectory, mark: str) -> dict[int, float]:
    try:
        record: Any = json.loads(_record_path(directory, mark).read_text())
        return {int(pid): float(started) for pid, started in record["children"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _record_path(directory: SandboxDirectory, mark: str) -> Path:
    return directory.processes / f"{mark}.json"


def _lock_path(directory: SandboxDirectory, mark: str) -> Path:
    return directory.processes / f"{mark}.lock"
