"""Fixtures for the client: a clock nobody waits for, a server that answers as told, the sandbox's Konnect."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kong_secure.konnect import Konnect, Settings, Timing, parse_settings
from tests.konnect.scripted_server import ScriptedServer
from tests.world import World, running_world

TOKEN = "kpat_0123456789abcdef"


class FakeTime:
    """A clock that stands still but for sleeping; chance is always the highest."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def timing(self) -> Timing:
        return Timing(clock=lambda: self.seconds, now=lambda: 1.7e9, sleep=self.sleep, chance=lambda: 1.0)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def client(server: ScriptedServer, time: FakeTime) -> Iterator[Callable[..., Konnect]]:
    clients: list[Konnect] = []
    usual = Settings(TOKEN, "KONNECT_TOKEN", server.url + "/{region}")

    def make(**settings: Any) -> Konnect:
        made = Konnect(replace(usual, **settings), time.timing())
        clients.append(made)
        return made

    yield make
    for made in clients:
        made.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("sandbox")
    with running_world(directory) as world:
        yield world


@pytest.fixture
def konnect(world: World, time: FakeTime, tmp_path: Path) -> Iterator[Konnect]:
    konnect = Konnect(parse_settings(world.environment(tmp_path), {}), time.timing())
    yield konnect
    konnect.close()
