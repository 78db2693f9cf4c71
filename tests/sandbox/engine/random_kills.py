"""Operations of a little project that are killed at random moments, and what must hold afterwards.

`python -m tests.sandbox.engine.random_kills --runs 200` is the long form of what `test_random_kills` does in short.
Each run is decided by its number alone: the same number kills the same operation after the same part of its time.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.engine import EmbeddedEngine, Operation, encryption, journal
from kong_secure.sandbox.recorded_processes import (
    RUN_VARIABLE,
    SANDBOX_VARIABLE,
    Run,
    end_leftovers,
    running,
)
from tests.sandbox.engine.conftest import Project

ROOT: Final = Path(__file__).parents[3]
BEFORE: Final = """
a = Thing("a", colour="red")
b = Thing("b", colour=a.made)
c = Thing("c", colour=b.made, opts=ResourceOptions(depends_on=[a]))
Thing("moving", place="here")
Thing("leaving", colour=c.made)
for number in range(4):
    Thing(f"e{number}", colour="red")
"""
AFTER: Final = """
a = Thing("a", colour="blue")
b = Thing("b", colour=a.made)
c = Thing("c", colour="blue", opts=ResourceOptions(depends_on=[a]))
Thing("moving", place="there", colour=b.made)
Thing("coming", colour=c.made)
for number in range(4):
    Thing(f"e{number}", colour="blue")
"""
THINGS: Final = ("a", "b", "c", "moving", "leaving", "e0", "e1", "e2", "e3")
# What is killed: the operation, the program before it (None: nothing was there), and the program it runs.
STORIES: Final = {
    "up": ("up", None, BEFORE),
    "update": ("up", BEFORE, AFTER),
    "destroy": ("destroy", BEFORE, BEFORE),
}


@dataclass(frozen=True)
class Story:
    """An operation as it goes when nobody kills it: where it starts from, how long it takes, how it ends."""

    name: str
    start: Path
    seconds: float
    end: dict[str, Any]


def prepared(name: str, folder: Path) -> Story:
    """Live through a story once, to know its start and its end."""
    operation, before, program = STORIES[name]
    origin = folder / f"{name}-start"
    origin.mkdir()
    project = Project(origin)
    if before is not None:
        project.up(before)
    project.program(program).clear_log()
    whole = folder / f"{name}-whole"
    shutil.copytree(origin, whole)
    driver = start(whole, operation)
    began = time.perf_counter()
    assert driver.wait() == 0
    return Story(name, origin, time.perf_counter() - began, final(Project(whole, things=None)))


def kill_and_repeat(story: Story, number: int, folder: Path) -> float:
    """Kill the story's operation, look at what is left, and run it again; returns the part of its time after which it
    was killed. Raises AssertionError where something recorded was lost or done twice, or the end is another.
    """
    operation = STORIES[story.name][0]
    part = random.Random(number).random()  # noqa: S311 - no secret, only a moment
    shutil.copytree(story.start, folder)
    project = Project(folder, things=None)
    driver = start(folder, operation)
    try:
        driver.wait(timeout=part * story.seconds)
    except subprocess.TimeoutExpired:
        driver.kill()
        driver.wait()
    directory = SandboxDirectory(folder / ".sandbox")
    end_leftovers(directory)
    assert still_there(directory) == []
    recorded = recorded_colours(project)
    assert unaccounted(project, recorded) == []
    outcome = project.run(operation)
    assert outcome.result.succeeded, outcome.text
    assert final(project) == story.end
    assert done_twice(story.name, recorded, project.log) == []
    return part


def recorded_colours(project: Project) -> dict[str, object]:
    """The colour of each recorded thing, by name; the state must be readable for that."""
    journal.recover(project.state_file)
    if not project.state_file.exists():
        return {}
    resources = project.deployment.get("resources") or []
    return {
        item["urn"].split("::")[-1]: item["outputs"].get("colour")
        for item in resources
        if item["type"].endswith(":Thing") and not item.get("delete")
    }


def unaccounted(project: Project, recorded: dict[str, object]) -> list[str]:
    """The steps that a provider took, of which the state knows neither that they ended nor that they began."""
    pending = project.deployment.get("pending_operations") or [] if project.state_file.exists() else []
    underway = {operation["resource"]["urn"].split("::")[-1] for operation in pending}
    known = {
        "create": recorded.keys() | underway,
        "update": {name for name, colour in recorded.items() if colour == "blue"} | underway,
        "delete": {name for name in THINGS if name not in recorded} | underway | {"moving"},
    }
    steps = [line.split() for line in project.log]
    return [f"{step} {name}" for step, name in steps if name not in known[step]]


def done_twice(story: str, recorded: dict[str, object], log: list[str]) -> list[str]:
    """The steps that were recorded before the kill, and done again after it."""
    if story == "up":
        settled = [f"create {name}" for name in recorded]
    elif story == "update":
        settled = [
            f"update {name}" for name, colour in recorded.items() if colour == "blue" and name != "coming"
        ]
    else:
        gone = set(THINGS) - recorded.keys()
        settled = [f"delete {name}" for name in gone]
    return [step for step in settled if log.count(step) != 1]


def final(project: Project) -> dict[str, Any]:
    """The state without times and the ids of providers."""
    deployment = project.deployment
    assert "pending_operations" not in deployment
    volatile = {"created", "modified", "provider"}
    return {
        item["urn"]: {key: value for key, value in item.items() if key not in volatile}
        for item in deployment.get("resources") or []
        if "pulumi:providers:" not in item["urn"]
    }


def still_there(directory: SandboxDirectory) -> list[int]:
    """Living processes of this sandbox, whoever started them."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(SANDBOX_VARIABLE) == str(directory.path):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def start(folder: Path, operation: str) -> subprocess.Popen[bytes]:
    """Start an operation in a process of its own; it is past its imports when this returns."""
    driver = subprocess.Popen(
        [sys.executable, "-m", "tests.sandbox.engine.random_kills", "--drive", str(folder), operation],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert driver.stdout is not None
    with driver.stdout as output:
        assert output.readline() == b"ready\n"
    return driver


def _drive(folder: Path, operation: str) -> None:
    pytest.MonkeyPatch().setattr(encryption, "_ROUNDS", 1000)
    directory = SandboxDirectory(folder / ".sandbox")
    directory.prepare()
    run = Run(directory)
    marks = {SANDBOX_VARIABLE: str(directory.path), RUN_VARIABLE: run.mark}
    stack = Project(folder, things=None, environment=marks).stack(recorder=run.record)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with running(run), Path("/dev/null").open("w") as nowhere:
        EmbeddedEngine().run(Operation(operation), stack, nowhere)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.engine.random_kills", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the number of the first run")
    parser.add_argument("--drive", nargs=2, metavar=("FOLDER", "OPERATION"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.drive:
        _drive(Path(arguments.drive[0]), arguments.drive[1])
        return
    pytest.MonkeyPatch().setattr(encryption, "_ROUNDS", 1000)
    with tempfile.TemporaryDirectory() as temporary:
        stories = [prepared(name, Path(temporary)) for name in STORIES]
        for number in range(arguments.first, arguments.first + arguments.runs):
            story = stories[number % len(stories)]
            folder = Path(temporary) / str(number)
            part = kill_and_repeat(story, number, folder)
            shutil.rmtree(folder)
            print(
                f"run {number}: {story.name} killed after {part:.0%} of its time, and set right", flush=True
            )


if __name__ == "__main__":
    main()
