"""Whole runs of pytest in a folder of their own, with traffic that is written by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = """
import pytest
from tests.specification.exceptions import Excepted
from tests.specification.suite import SpecificationCheck

NOTHING = Excepted("nothing to see", "A reason.", kind="unknown path", path="/us/v2/nothing")

def pytest_configure(config):
    config.pluginmanager.register(SpecificationCheck(config, [NOTHING]))

@pytest.fixture
def asked():
    yield
    ask("/us/v2/afterwards")

def ask(path):
    from tests.specification.traffic import Exchange, record
    record(Exchange("GET", path, agent="kong-secure/1"))
"""
TESTS = """
import conftest

def test_that_asks_for_what_is_excepted():
    conftest.ask("/us/v2/nothing")

def test_that_asks_for_what_is_declared():
    conftest.ask("/us/v2/control-planes")
"""
BAD_TESTS = """
import conftest

def test_whose_traffic_is_wrong():
    conftest.ask("/us/v2/wrong")

def test_whose_fixture_is_wrong(asked):
    pass

def test_that_fails_by_itself():
    conftest.ask("/us/v2/beside")
    assert "its own failure" == 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = inner\npythonpath = inner\n")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "conftest.py").write_text(CONFTEST)
    (tmp_path / "inner" / "test_good.py").write_text(TESTS)
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a run of pytest's with these arguments, and with no plugins but those named there."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_a_test_whose_traffic_is_not_as_declared_fails_with_what_was_asked(folder: Path) -> None:
    (folder / "inner" / "test_bad.py").write_text(BAD_TESTS)
    code, said = run(folder, "inner/test_bad.py")
    assert code == 1
    assert "1 error" in said
    assert "2 failed" in said
    for path in ("/us/v2/wrong", "/us/v2/afterwards", "/us/v2/beside"):
        assert f"GET {path} (no answer)\n" in said
    assert "unknown path, /v2/wrong: no file declares it" in said
    assert "its own failure" in said


WORKERS = ("-p", "xdist", "-n", "2")


@pytest.mark.parametrize("arguments", [(), WORKERS])
def test_a_whole_run_that_needs_every_exception_passes(folder: Path, arguments: tuple[str, ...]) -> None:
    code, said = run(folder, *arguments)
    assert code == 0, said


@pytest.mark.parametrize("arguments", [(), WORKERS])
def test_a_whole_run_that_does_not_need_an_exception_fails(folder: Path, arguments: tuple[str, ...]) -> None:
    (folder / "inner" / "test_good.py").write_text("def test_that_asks_for_nothing():\n    pass\n")
    code, said = run(folder, *arguments)
    assert code == 1
    assert "FAILED: no test needs the exception 'nothing to see' any longer" in said


@pytest.mark.parametrize("arguments", [("inner",), ("-k", "declared")])
def test_a_part_of_the_tests_may_leave_an_exception_unneeded(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    tests = TESTS.replace("/us/v2/nothing", "/us/v2/control-planes")
    (folder / "inner" / "test_good.py").write_text(tests)
    code, said = run(folder, *arguments)
    assert code == 0, said
