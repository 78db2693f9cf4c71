"""What the processes of one operation cost: processor seconds and memory, looked at from outside while they run."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

ENGINE, PROGRAM, PROVIDER, WORLD = "engine", "program", "provider", "Konnect"
ROLES = (PROGRAM, PROVIDER, ENGINE, WORLD)

_LOOK_SECONDS = 0.05
_LOOKS_PER_SEARCH = 20
_MEBIBYTE = 2**20


@dataclass
class Costs:
    """Processor seconds (user and system) by role, and the most memory a provider took, in MiB resident.

    A process is looked at 20 times a second, so what it did after the last look is not in here.
    """

    processor: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ROLES, 0.0))
    provider_memory: float = 0.0


class _Watched:
    def __init__(self, process: psutil.Process, role: str) -> None:
        self.process, self.role = process, role
        self.start = _seconds(process) if role == WORLD or process.pid == os.getpid() else 0.0
        self.seconds = 0.0

    def look(self, costs: Costs) -> None:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            self.seconds = max(self.seconds, _seconds(self.process) - self.start)
            if self.role == PROVIDER:
                memory = self.process.memory_info().rss / _MEBIBYTE
                costs.provider_memory = max(costs.provider_memory, memory)


@contextmanager
def watched(world: int) -> Iterator[Costs]:
    """The costs of what this process and its children do meanwhile; `world` is the process of the sandbox's Konnect.

    They are complete when the block has ended.
    """
    costs = Costs()
    here = psutil.Process()
    known = {here.pid: _Watched(here, ENGINE), world: _Watched(psutil.Process(world), WORLD)}
    ended = threading.Event()

    def watch() -> None:
        looks = 0
        while not ended.wait(_LOOK_SECONDS):
            if looks % _LOOKS_PER_SEARCH == 0:
                _search(here, known)
            looks += 1
            _look(known, costs)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield costs
    finally:
        ended.set()
        thread.join()
        _look(known, costs)
        for process in known.values():
            costs.processor[process.role] += process.seconds


def _look(known: dict[int, _Watched], costs: Costs) -> None:
    for process in known.values():
        process.look(costs)


def _search(here: psutil.Process, known: dict[int, _Watched]) -> None:
    for process in here.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            # Asked each time: between its start and its first instruction a child still bears our own name.
            role = _role(process.cmdline())
            if process.pid not in known or known[process.pid].role != WORLD:
                known.setdefault(process.pid, _Watched(process, role)).role = role


def _role(command: Sequence[str]) -> str:
    if "pulumi.dynamic" in command or any("pulumi-resource-pulumi-python" in word for word in command):
        return PROVIDER
    if any("program_host.py" in word or "pulumi-language-python-exec" in word for word in command):
        return PROGRAM
    return ENGINE


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
