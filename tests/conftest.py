"""What holds for every test, and what a whole run says at its end."""

from __future__ import annotations

import pytest

from tests.sandbox.engine.conformance.cases import CASES
from tests.sandbox.engine.conformance.sequences import EXPECTED
from tests.specification.suite import SpecificationCheck


def pytest_configure(config: pytest.Config) -> None:
    """Every exchange with a sandbox's Konnect is held against Kong's specification."""
    config.pluginmanager.register(SpecificationCheck(config), "konnect-specification")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the engine's cases that no real pulumi has met yet: nothing is claimed of them."""
    unmet = [case.name for case in CASES if not (EXPECTED / f"{case.name}.json").exists()]
    if unmet:
        terminalreporter.write_line(f"not yet recorded from a real pulumi: {', '.join(unmet)}")
