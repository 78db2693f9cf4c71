"""Fixtures for resources: the sandbox's Konnect, and a process state that begins empty for each test."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kong_secure.konnect import Konnect, Timing, parse_settings
from kong_secure.resources.process import PROCESS
from tests.resources.attachment_at_konnect import KINDS, Attachment
from tests.resources.header_at_konnect import Header, Headers
from tests.world import World, running_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("sandbox")) as world:
        yield world


@pytest.fixture
def environment(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, str]]:
    """This process as if it were a provider process that was just started in the sandbox."""
    for name in ("KONNECT_SPAT", "KONNECT_REGION", "KONNECT_TIMEOUT_SECONDS"):
        monkeypatch.delenv(name, raising=False)
    variables = world.environment(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    PROCESS.reset()
    yield variables
    PROCESS.reset()


@pytest.fixture
def header(world: World, environment: dict[str, str]) -> Headers:
    return lambda **changes: Header(world, **changes)


class Patience:
    """The seconds that were waited for Konnect. Nobody really waits: each wait turns the sandbox's clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seconds = 0.0

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.world.turn_clock(seconds)

    def timing(self) -> Timing:
        return Timing(clock=lambda: self.seconds, sleep=self.sleep, chance=lambda: 1.0)


@pytest.fixture
def patience(world: World, environment: dict[str, str]) -> Iterator[Patience]:
    """A provider process that has all the time in the world, and a sandbox whose clock stands but for that."""
    patience = Patience(world)
    world.freeze_clock()
    PROCESS.use(Konnect(parse_settings(os.environ, {}), patience.timing()))
    yield patience
    world.heal()
    world.cloud(unknown_shares=[], auto_accept=False)
    world.azure_by_hand(missing=[], unknown_vnets=[])
    world.freeze_clock(False)


@pytest.fixture
def attachment(world: World, patience: Patience) -> Callable[..., Attachment]:
    """Makes the inputs of an attachment, by default in a network of its own."""
    return lambda **changes: Attachment(world, **changes)


@pytest.fixture(params=KINDS)
def either(request: pytest.FixtureRequest, world: World, patience: Patience) -> Callable[..., Attachment]:
    """Makes the inputs of an attachment of each kind in turn, by default in a network of its own."""
    return lambda **changes: Attachment(world, kind=KINDS[request.param], **changes)


@pytest.fixture
def program_host(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A program as in Pulumi's language host, which hears nothing of asyncio, and no region in the environment."""
    caplog.set_level(logging.CRITICAL, "asyncio")
    monkeypatch.delenv("KONNECT_REGION", raising=False)
