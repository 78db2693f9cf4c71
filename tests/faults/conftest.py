"""One world for the folder, and this process as a provider process whose clock is turned by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kong_secure.konnect import Konnect, Settings, Timing
from kong_secure.resources import process
from kong_secure.resources.process import PROCESS
from tests.faults.provider_header import Header
from tests.world import World, running_world

DEADLINE_SECONDS = 20.0


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def timing(self) -> Timing:
        """The longest back-off there is, so that waits can be told exactly."""
        return Timing(clock=lambda: self.seconds, now=time.time, sleep=self.sleep, chance=lambda: 1.0)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    def turned(settings: Settings) -> Konnect:
        return Konnect(settings, clock.timing())

    monkeypatch.setattr(process, "Konnect", turned)
    return clock


@pytest.fixture
def header(
    world: World, clock: Clock, told: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Header]:
    """A header of its own on a service of its own, not made yet."""
    for name in ("KONNECT_SPAT", "KONNECT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in world.environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KONNECT_TIMEOUT_SECONDS", str(DEADLINE_SECONDS))
    PROCESS.reset()
    world.forget_calls()
    yield Header(world)
    world.heal()
    PROCESS.reset()
