"""Fixtures for resources: the sandbox's Konnect, and a process state that begins empty for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kong_secure.resources import base
from kong_secure.resources.process import PROCESS
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


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the provider tells the person at the terminal, besides errors."""
    lines: list[str] = []
    monkeypatch.setattr(base.LOG, "warn", lines.append)
    monkeypatch.setattr(base.LOG, "progress", lines.append)
    return lines
