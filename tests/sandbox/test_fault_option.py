"""`kong-secure sandbox --fault` and `calls`, as a person uses them: whole commands in a project of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import kong_secure
from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.running_world import WorldControl, read_address
from tests.demo import copy_of_demo
from tests.processes import wait_until
from tests.search_path import without_pulumi
from tests.specification.traffic import recording_variables

KONG_SECURE = str(Path(sys.executable).with_name("kong-secure"))
ROOT = Path(kong_secure.__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_of_demo(tmp_path / "project")


def environment(project: Path) -> dict[str, str]:
    path = without_pulumi(project.parent / "links")
    return {"HOME": str(project.parent), "PATH": path, **recording_variables()}


def sandbox(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [KONG_SECURE, "sandbox", *arguments],
        cwd=project,
        env=environment(project),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def kept_up(project: Path, *arguments: str) -> Iterator[WorldControl]:
    """A sandbox that is up during the block, ended by Ctrl-C; its output is in `up.txt` afterwards."""
    directory = SandboxDirectory(project / ".sandbox")
    with (project.parent / "up.txt").open("w") as out:
        process = subprocess.Popen(
            [KONG_SECURE, "sandbox", *arguments], cwd=project, env=environment(project), stdout=out
        )
        try:
            wait_until(lambda: "Ctrl-C ends it" in (project.parent / "up.txt").read_text())
            address = read_address(directory)
            assert address is not None
            control = WorldControl(address)
            yield control
            control.close()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def faults_in(control: WorldControl) -> list[str]:
    return [fault["kind"] for fault in control._ask("GET", "faults")["faults"]]


def test_up_lives_through_its_faults_and_tells_which_happened(project: Path) -> None:
    run = sandbox(
        project,
        "--fault=503:path=*/services/*",
        "up",
        "--fault=cut-after:method=PUT",
        "--fault=429:path=/v2/nothing",
    )
    assert run.returncode == 0, run.stdout + run.stderr
    lines = run.stdout.splitlines()
    assert "faults: 3 in effect until this command ends" in lines
    assert "fault 503:path=*/services/*: happened once" in lines
    assert "fault cut-after:method=PUT: happened once" in lines
    assert "fault 429:path=/v2/nothing: never happened: no call matched it" in lines
    assert [line.partition(":")[0] for line in lines[-2:]] == ["direct call", "through the gateway"]
    shown = sandbox(project, "calls")
    assert shown.returncode == 0
    assert [line.split()[:3] for line in shown.stdout.splitlines() if "(fault: " in line] == [
        ["GET", "us", "503"],
        ["PUT", "us", "-"],
    ]
    assert "      2  PUT /v2/control-planes/{id}/core-entities/plugins/{id}" in shown.stdout.splitlines()
    record = json.loads(sandbox(project, "calls", "--json").stdout)
    assert len(record["calls"]) == sum(record["counts"].values())


def test_faults_of_a_command_that_joins_end_with_it(project: Path) -> None:
    with kept_up(project, "--fault=malformed:count=5") as control:
        run = sandbox(project, "exec", "--fault=429:count=always", "--", sys.executable, "-c", "pass")
        assert run.returncode == 0, run.stderr
        assert "in the sandbox that is up, for everybody who uses it, until this command ends" in run.stderr
        assert "fault 429:count=always: never happened" in run.stderr
        wait_until(lambda: faults_in(control) == ["malformed"])
        up = sandbox(project, "calls")
        assert up.stdout == "calls to Konnect in the sandbox that is up: none\n"
    assert "fault malformed:count=5: never happened" in (project.parent / "up.txt").read_text()


def test_faults_of_a_command_that_is_killed_end_too(project: Path) -> None:
    with kept_up(project) as control:
        process = subprocess.Popen(
            [KONG_SECURE, "sandbox", "exec", "--fault=500", "--", sys.executable, "-c", "input()"],
            cwd=project,
            env=environment(project),
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: faults_in(control) == ["answer"])
        process.kill()
        process.communicate()
        wait_until(lambda: faults_in(control) == [])


def test_a_fault_that_is_none_ends_the_command_before_anything_begins(project: Path) -> None:
    run = sandbox(project, "up", "--fault=429:count=0")
    assert run.returncode == 2
    assert "--fault '429:count=0': count must be a whole number from 1 on, or always, not '0'" in run.stderr
    assert not (project / ".sandbox").exists()


def test_calls_without_any_say_how_to_make_some(project: Path) -> None:
    run = sandbox(project, "calls")
    assert (run.returncode, run.stdout) == (1, "")
    assert "kong-secure sandbox up" in run.stderr


@pytest.mark.parametrize("operation", ["calls", "consent"])
def test_what_runs_no_program_takes_no_fault(project: Path, operation: str) -> None:
    run = sandbox(project, "--fault=500", operation)
    assert run.returncode == 2
    assert f"--fault doesn't go with {operation}" in run.stderr
