"""Holds the traffic of every test against the specification, as a plugin of pytest's: a test whose traffic isn't as
declared fails, and so does a whole run that didn't need one of the exceptions.

Each worker has its exchanges recorded in a directory of its own, and reads them after each phase of a test: they are
those of the test that runs. The controller hears from the workers which exceptions were used.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.specification.check import Finding, findings
from tests.specification.exceptions import EXCEPTIONS, Excepted
from tests.specification.traffic import DIRECTORY_VARIABLE, Exchange, Traffic

RECORDING = Path(__file__).parent / "recording"
_USED = "specification_exceptions_used"
_NARROWING = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "collectonly", "stepwise")
"""Options of pytest with which a run isn't a whole one."""


_WHAT_NOW = (
    "What is wrong is put right: the sandbox, this project's client, or the request that the test sends. Where Kong's "
    "files are known to be wrong or say nothing, tests/specification/exceptions.py takes an exception with its reason."
)


class Violations(Exception):  # noqa: N818 - named for what a failed test shows
    """Exchanges of a test that aren't as Kong's files declare."""


class _Node(Protocol):
    """A worker, as pytest-xdist's controller knows it."""

    workeroutput: dict[str, Any]


def judged(
    exchanges: Iterable[Exchange], exceptions: Sequence[Excepted] = EXCEPTIONS
) -> tuple[list[str], set[str]]:
    """What violates the specification, in words, and the names of the exceptions that were needed."""
    violations: list[str] = []
    used: set[str] = set()
    for exchange in exchanges:
        for finding in findings(exchange):
            excused = _excused(exchange, finding, exceptions)
            if excused is None:
                violations.append(f"{exchange}\n    {finding}")
            else:
                used.add(excused)
    return violations, used


def _excused(exchange: Exchange, finding: Finding, exceptions: Sequence[Excepted]) -> str | None:
    return next((known.name for known in exceptions if known.excuses(exchange, finding)), None)


class SpecificationCheck:
    """The plugin. exceptions: those in force."""

    def __init__(self, config: pytest.Config, exceptions: Sequence[Excepted] = EXCEPTIONS) -> None:
        self._config = config
        self._exceptions = exceptions
        self._used: set[str] = set()
        self._unneeded: list[str] = []
        self._directory = tempfile.TemporaryDirectory(prefix="specification-traffic-")
        self._traffic = Traffic(Path(self._directory.name))
        # Whoever a test starts inherits these, and with them a world records what Konnect is asked.
        os.environ[DIRECTORY_VARIABLE] = self._directory.name
        others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        os.environ["PYTHONPATH"] = os.pathsep.join(
            [str(RECORDING), *(other for other in others if other and other != str(RECORDING))]
        )

    # --- each test ---

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Fixtures that are made for this test are its own traffic."""
        yield
        self._check(item, "setup")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """A test that fails by itself shows its violations beside its own failure."""
        try:
            yield
        except Exception:
            self._check(item, "call", failed=True)
            raise
        self._check(item, "call")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """The last traffic is that of fixtures which end."""
        yield
        self._check(item, "teardown")

    def _check(self, item: pytest.Item, phase: str, *, failed: bool = False) -> None:
        violations, used = judged(self._traffic.new(), self._exceptions)
        self._used |= used
        if not violations:
            return
        text = "not as Konnect's specification declares:\n" + "\n".join([*violations, _WHAT_NOW])
        if failed:
            item.add_report_section(phase, "specification", text)
        else:
            raise Violations(text)

    # --- the whole run ---

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: _Node, error: object) -> None:
        """A worker of pytest-xdist ended: what it used comes with it."""
        self._used |= set(getattr(node, "workeroutput", {}).get(_USED, ()))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Tells the controller what was used, or as the controller judges the run."""
        self._directory.cleanup()
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_USED] = sorted(self._used)
        elif exitstatus == pytest.ExitCode.OK and _is_whole(self._config):
            self._unneeded = [known.name for known in self._exceptions if known.name not in self._used]
            if self._unneeded:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says why a run fails in which every test passed."""
        for name in self._unneeded:
            terminalreporter.write_line(
                f"FAILED: no test needs the exception '{name}' any longer: "
                "take it out of tests/specification/exceptions.py",
                red=True,
            )


def _is_whole(config: pytest.Config) -> bool:
    """Whether pytest was told to run all tests, and nothing to leave any out."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return False
    return not any(getattr(config.option, name, None) for name in _NARROWING)
