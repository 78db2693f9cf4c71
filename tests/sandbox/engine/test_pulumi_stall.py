"""When a pulumi that says nothing is taken for one that will never end. The events are as pulumi v3.260.0 writes them,
shortened to what is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.engine.pulumi_stall import is_stalled


def step(kind: str, op: str, name: str = "a", *, marked: bool = False, custom: bool = True) -> dict[str, Any]:
    resource = {"custom": custom, "delete": marked}
    return {
        kind: {"metadata": {"op": op, "urn": f"urn:pulumi:s::p::t::{name}", "old": resource, "new": resource}}
    }


def begun(op: str, name: str = "a", **more: bool) -> dict[str, Any]:
    return step("resourcePreEvent", op, name, **more)


def ended(op: str, name: str = "a") -> dict[str, Any]:
    return step("resOutputsEvent", op, name)


def failed(op: str, name: str = "a", **more: bool) -> dict[str, Any]:
    return step("resOpFailedEvent", op, name, **more)


FAILED = [begun("delete-replaced"), failed("delete-replaced")]


@pytest.mark.parametrize(
    "events",
    [
        FAILED,
        [begun("same", "component", custom=False), *FAILED],
        [begun("create", "b"), *FAILED, ended("create", "b")],
        [begun("create", "b"), *FAILED, failed("create", "b")],
        [*FAILED, {"diagnosticEvent": {"message": "no delete today"}}],
    ],
    ids=["alone", "in a component", "others were made", "others failed", "more was said"],
)
def test_a_failed_delete_ahead_of_a_replacement_with_nothing_under_way_is_a_stall(
    tmp_path: Path, events: Sequence[Mapping[str, Any]]
) -> None:
    assert is_stalled(_log(tmp_path, events))


@pytest.mark.parametrize(
    "events",
    [
        [],
        [begun("delete-replaced")],
        [begun("delete-replaced"), ended("delete-replaced")],
        [*FAILED, begun("create", "b")],
        [begun("delete-replaced", marked=True), failed("delete-replaced", marked=True)],
        [begun("delete"), failed("delete")],
        [begun("create"), failed("create")],
    ],
    ids=["nothing", "still deletes", "deleted", "another is made", "made first", "removed", "not made"],
)
def test_anything_else_may_go_on(tmp_path: Path, events: Sequence[Mapping[str, Any]]) -> None:
    assert not is_stalled(_log(tmp_path, events))


def test_a_log_that_is_not_there_or_half_written_is_no_stall(tmp_path: Path) -> None:
    assert not is_stalled(tmp_path / "absent")
    log = _log(tmp_path, FAILED)
    log.write_text(log.read_text()[:-10])
    assert not is_stalled(log)


def _log(folder: Path, events: Sequence[Mapping[str, Any]]) -> Path:
    log = folder / "events.json"
    log.write_text("".join(json.dumps(event) + "\n" for event in events))
    return log
