"""Whole programs on the embedded engine while Konnect fails: what the user reads, what the state holds, and that
the next run sets it right. Waits are real here, so few are long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.engine import EmbeddedEngine
from tests.lifecycles.playground import HEADER, Playground, Run, environment_for
from tests.world import World

SECRET = "first-Secret_of-this.lifecycle~0123456789"
OTHER_SECRET = "second-Secret_of-this.lifecycle~9876543210"
DEADLINE_SECONDS = "2"
LASTING: dict[str, dict[str, Any]] = {
    "429-wait": {"kind": "answer", "status": 429, "retry_after": 60},
    "403": {"kind": "answer", "status": 403},
    "503": {"kind": "answer", "status": 503},
    "cut-before": {"kind": "cut_before"},
    "cut-after": {"kind": "cut_after"},
    "slow": {"kind": "slow", "seconds": 30},
    "malformed": {"kind": "malformed"},
    "misshapen": {"kind": "misshapen"},
    "truncated": {"kind": "truncated"},
}
SAYS = {
    "429-wait": "the next try would come after the deadline",
    "403": "status 403",
    "503": "status 503",
    "cut-before": "Konnect can't be reached",
    "cut-after": "Konnect can't be reached",
    "slow": "Konnect didn't answer in time",
    "malformed": "Konnect's answer can't be read",
    "misshapen": "Konnect's answer isn't what its specification says",
    "truncated": "Konnect can't be reached",
}


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    """A stack whose program holds one header, not brought up yet."""
    world = World(tmp_path / "world")
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: playground\nruntime: python\n")
    playground = Playground(folder, world, EmbeddedEngine(), environment_for(world, folder, os.environ))
    playground.program(HEADER)
    playground.secret = SECRET
    yield playground
    playground.konnect.close()
    world.end()


def failing(playground: Playground, operation: str, name: str, method: str) -> Run:
    """Run an operation while every call of a method fails, and heal Konnect afterwards."""
    playground.konnect.fault(**LASTING[name], method=method, path="*/plugins/*", count=None)
    playground.environment["KONNECT_TIMEOUT_SECONDS"] = DEADLINE_SECONDS
    run = playground.run(operation).must_fail()
    del playground.environment["KONNECT_TIMEOUT_SECONDS"]
    playground.konnect.heal()
    assert SAYS[name] in run.text, run.text
    assert "Traceback" not in run.text
    return run


def settled(playground: Playground, secret: str) -> None:
    """One plugin with the secret, known to the state, and nothing left to do."""
    [plugin] = playground.konnect.plugins()
    assert plugin["config"]["add"]["headers"] == [f"Authorization:Bearer {secret}"]
    [resource] = playground.resources()
    assert resource["id"] == plugin["id"]
    playground.konnect.forget_calls()
    assert playground.run("preview").must_succeed().operations == {"orders-header": "same"}
    assert playground.konnect.calls() == []


@pytest.mark.parametrize("name", ["429-wait", "503", "cut-after", "slow", "malformed", "misshapen"])
def test_a_create_that_failed_is_set_right_by_the_next_up(playground: Playground, name: str) -> None:
    failing(playground, "up", name, "PUT")
    assert playground.resources() == []
    playground.run("up").must_succeed()
    settled(playground, SECRET)


@pytest.mark.parametrize("name", ["cut-after", "truncated"])
def test_an_update_that_failed_is_set_right_by_the_next_up(playground: Playground, name: str) -> None:
    playground.run("up").must_succeed()
    [before] = playground.konnect.plugins()
    playground.secret = OTHER_SECRET
    failing(playground, "up", name, "PUT")
    assert playground.run("up").must_succeed().operations == {"orders-header": "update"}
    settled(playground, OTHER_SECRET)
    assert playground.resources()[0]["id"] == before["id"]


@pytest.mark.parametrize("name", ["403"])
def test_a_refresh_that_failed_forgets_nothing(playground: Playground, name: str) -> None:
    playground.run("up").must_succeed()
    failing(playground, "refresh", name, "GET")
    playground.run("refresh").must_succeed()
    settled(playground, SECRET)


@pytest.mark.parametrize("name", ["cut-before", "cut-after"])
def test_a_delete_that_failed_is_done_by_the_next_destroy(playground: Playground, name: str) -> None:
    playground.run("up").must_succeed()
    failing(playground, "destroy", name, "DELETE")
    assert len(playground.resources()) == 1
    assert len(playground.konnect.plugins()) == (0 if name == "cut-after" else 1)
    playground.run("destroy").must_succeed()
    assert playground.konnect.plugins() == []
    assert playground.resources() == []


def test_a_whole_life_goes_on_through_a_fault_at_its_every_call(playground: Playground) -> None:
    def with_fault(operation: str, name: str, method: str) -> None:
        playground.konnect.fault(**LASTING[name], method=method, count=1)
        playground.run(operation).must_succeed()
        assert [call["method"] for call in playground.konnect.calls() if call["fault"]] == [method]
        playground.konnect.forget_calls()

    with_fault("up", "cut-after", "PUT")
    settled(playground, SECRET)
    with_fault("refresh", "truncated", "GET")
    playground.secret = OTHER_SECRET
    with_fault("up", "malformed", "PUT")
    settled(playground, OTHER_SECRET)
    with_fault("destroy", "cut-after", "DELETE")
    assert playground.konnect.plugins() == []
    assert playground.resources() == []
