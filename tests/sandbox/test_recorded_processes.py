"""Whose processes are ended, and whose are not."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.recorded_processes import Run, end_leftovers, running

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def directory(tmp_path: Path) -> SandboxDirectory:
    directory = SandboxDirectory(tmp_path / ".sandbox")
    directory.prepare()
    return directory


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a process that sleeps, ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**environment: str) -> subprocess.Popen[bytes]:
        started.append(
            subprocess.Popen(["sleep", "600"], env={**os.environ, **environment}, start_new_session=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def _killed_run(directory: SandboxDirectory, mark: str, children: dict[int, float]) -> None:
    """What a run leaves that was killed: its record, and a lock that nobody holds."""
    (directory.processes / f"{mark}.json").write_text(json.dumps({"children": children}))
    (directory.processes / f"{mark}.lock").touch()


def _marked(directory: SandboxDirectory, mark: str) -> dict[str, str]:
    return {"KONG_SECURE_SANDBOX": str(directory.path), "KONG_SECURE_SANDBOX_RUN": mark}


def test_a_recorded_process_is_ended_and_its_record_removed(
    directory: SandboxDirectory, start: Start
) -> None:
    child = start()
    _killed_run(directory, "mark", {child.pid: psutil.Process(child.pid).create_time()})
    assert end_leftovers(directory) == 1
    child.wait(5)
    assert [*directory.processes.iterdir()] == []


def test_a_stranger_that_got_a_recorded_pid_is_left_alone(directory: SandboxDirectory, start: Start) -> None:
    stranger = start()
    _killed_run(directory, "mark", {stranger.pid: psutil.Process(stranger.pid).create_time() - 60})
    assert end_leftovers(directory) == 0
    assert stranger.poll() is None


def test_an_unrecorded_process_of_a_killed_run_is_known_by_its_mark(
    directory: SandboxDirectory, start: Start
) -> None:
    child = start(**_marked(directory, "mark"))
    _killed_run(directory, "mark", {})
    assert end_leftovers(directory) == 1
    child.wait(5)


def test_a_process_whose_run_left_no_trace_is_known_by_the_sandbox_it_names(
    directory: SandboxDirectory, start: Start
) -> None:
    child = start(**_marked(directory, "forgotten"))
    assert end_leftovers(directory) == 1
    child.wait(5)


def test_processes_of_another_sandbox_and_of_a_run_that_lives_are_left_alone(
    directory: SandboxDirectory, start: Start
) -> None:
    run = Run(directory)
    with running(run):
        own = start(**_marked(directory, run.mark))
        run.record(own)
        other = start(KONG_SECURE_SANDBOX="/elsewhere/.sandbox", KONG_SECURE_SANDBOX_RUN="mark")
        assert end_leftovers(directory) == 0
        assert own.poll() is None
    own.wait(5)  # a run's processes end with it
    assert other.poll() is None


@pytest.mark.parametrize("record", ["", "{", "[]", '{"children": [1]}', '{"children": {"x": 1}}'])
def test_a_damaged_record_is_no_hindrance(directory: SandboxDirectory, start: Start, record: str) -> None:
    child = start(**_marked(directory, "mark"))
    _killed_run(directory, "mark", {})
    (directory.processes / "mark.json").write_text(record)
    assert end_leftovers(directory) == 1
    child.wait(5)
