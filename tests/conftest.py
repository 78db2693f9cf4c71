"""What holds for every test, fixtures that several folders share, and what a whole run of the tests says at its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.konnect.scripted_server import ScriptedServer
from tests.sandbox.engine.conformance.cases import CASES
from tests.sandbox.engine.conformance.sequences import EXPECTED
from tests.specification.suite import SpecificationCheck


def pytest_configure(config: pytest.Config) -> None:
    """Every exchange with a sandbox's Konnect is held against Kong's specification."""
    config.pluginmanager.register(SpecificationCheck(config), "konnect-specification")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that answers as it is told."""
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the provider tells the person at the terminal, besides errors."""
    lines: list[str] = []
    for level in ("warn", "info", "progress"):
        monkeypatch.setattr(f"kong_secure.resources.base.LOG.{level}", lines.append)
    return lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the engine's cases that no real pulumi has met yet: nothing is claimed of them."""
    unmet = [case.name for case in CASES if not (EXPECTED / f"{case.name}.json").exists()]
    if unmet:
        terminalreporter.write_line(f"not yet recorded from a real pulumi: {', '.join(unmet)}")
