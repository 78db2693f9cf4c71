"""Runs that end before their end: stopped in an orderly way, or killed."""

from __future__ import annotations

import io
import subprocess
import threading
from collections.abc import Callable

import pytest

from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.engine import EmbeddedEngine, Interrupted, Operation, journal
from kong_secure.sandbox.recorded_processes import end_leftovers
from tests.processes import wait_until
from tests.sandbox.engine.conftest import THINGS, Project
from tests.sandbox.engine.random_kills import start, still_there


def kill_when(project: Project, operation: str, condition: Callable[[], bool]) -> None:
    """Kill the engine once the condition holds, and then what it left behind, as the next run does."""
    process = start(project.directory, operation)
    try:
        wait_until(lambda: condition() or process.poll() is not None)
        assert process.poll() is None, "the run ended by itself"
    finally:
        process.kill()
        process.wait()
        directory = SandboxDirectory(project.directory / ".sandbox")
        end_leftovers(directory)
    assert still_there(directory) == []


def test_a_create_under_way_at_a_kill_is_reported_and_repeated_by_the_next_up(project: Project) -> None:
    source = 'a = Thing("a")\nThing("b", colour=a.made, wait_for={})'
    project.program(source.format(True))
    kill_when(project, "up", lambda: "creating b" in project.log)
    assert journal.journal_path(project.state_file).exists()
    planned = project.program(source.format(None)).run("preview")
    assert planned.operations == {"b": "create"}
    assert "warning: a former run ended while creating things:Thing b" in planned.text
    outcome = project.run("up")
    assert outcome.text.count("while creating things:Thing b") == 1
    assert outcome.operations == {"b": "create"}
    assert project.thing_names == ["a", "b"]
    assert "pending_operations" not in project.deployment
    assert "former run" not in project.run("up").text


def test_what_was_recorded_before_a_kill_is_not_lost(project: Project) -> None:
    project.program('for n in range(5):\n    Thing(f"t{n}")\nThing("last", wait_for=True)')
    done = {f"create t{n}" for n in range(5)}
    kill_when(project, "up", lambda: {*done, "creating last"} <= set(project.log))
    # a create is known to be recorded once its line is in the journal
    journal.recover(project.state_file)
    recorded = set(project.thing_names)
    underway = {op["resource"]["urn"].split("::")[-1] for op in project.deployment["pending_operations"]}
    assert recorded | underway == {"t0", "t1", "t2", "t3", "t4", "last"}


def test_a_killed_destroy_is_completed_by_the_next(project: Project) -> None:
    project.up('a = Thing("a")\nThing("b", colour=a.made)')
    project.module("things", SLOW_TO_GO)
    kill_when(project, "destroy", lambda: "deleting b" in project.log)
    project.module("things", SLOW_TO_GO.replace("threading.Event().wait(600)", "pass"))
    outcome = project.run("destroy")
    assert outcome.result.succeeded
    assert "while deleting things:Thing b" in outcome.text
    assert project.deployment.get("resources", []) == []
    assert "pending_operations" not in project.deployment


def test_what_a_killed_destroy_has_deleted_is_found_gone_by_a_refresh_and_made_again(
    project: Project,
) -> None:
    project.up('Thing("a")')
    project.module("things", SLOW_TO_GO)
    kill_when(project, "destroy", lambda: "deleting a" in project.log)
    project.module("things", THINGS)
    project.environment = {"THINGS_FOUND_a": "gone"}
    told = project.run("refresh").text
    assert "while deleting things:Thing a" in told
    assert "`up --refresh` looks whether it is there still" in told
    assert project.run("up").operations == {"a": "create"}


SLOW_TO_GO = """
import os, threading
from pulumi.dynamic import *

class ThingProvider(ResourceProvider):
    def delete(self, id, props):
        with open(os.environ["THINGS_LOG"], "a") as file:
            file.write("deleting " + props["label"] + "\\n")
        threading.Event().wait(600)
"""


def test_stop_ends_everything_and_leaves_what_was_under_way_pending(project: Project) -> None:
    project.program('Thing("a")\nThing("b", wait_for=True)')
    engine = EmbeddedEngine()
    started: list[subprocess.Popen[bytes]] = []

    def stop_when_b_is_under_way() -> None:
        wait_until(lambda: {"create a", "creating b"} <= set(project.log))
        engine.stop()

    stopper = threading.Thread(target=stop_when_b_is_under_way)
    stopper.start()
    out = io.StringIO()
    with pytest.raises(Interrupted):
        engine.run(Operation.UP, project.stack(recorder=started.append), out)
    stopper.join()
    assert all(process.poll() is not None for process in started)
    assert not journal.journal_path(project.state_file).exists()
    pending = project.deployment["pending_operations"]
    assert [op["resource"]["urn"].split("::")[-1] for op in pending] == ["b"]
    assert project.thing_names == ["a"]
    assert "could not be" not in out.getvalue()


def test_a_stop_before_the_start_runs_nothing(project: Project) -> None:
    engine = EmbeddedEngine()
    engine.stop()
    with pytest.raises(Interrupted):
        engine.run(Operation.UP, project.program('Thing("a")').stack(), io.StringIO())
    assert project.log == []
