"""What is done with a resource, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from kong_secure.sandbox.engine import steps
from kong_secure.sandbox.engine.plugins import DiffAnswer
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.steps import Diff, Options, Step
from kong_secure.sandbox.engine.wire import UNKNOWN, Properties, Secret

OLD = Resource("urn", "t", custom=True, id="id")
PROTECTED = Resource("urn", "t", custom=True, id="id", protect=True)
HALF_REPLACED = Resource("urn", "t", custom=True, id="id", pending_replacement=True)
SAME, CHANGED = Diff(changes=False), Diff(changes=True)
REPLACING = Diff(changes=True, replaces=("a",))
DELETING_FIRST = Diff(changes=True, replaces=("a",), delete_before_replace=True)


@pytest.mark.parametrize(
    ("old", "diff", "options", "step", "delete_first"),
    [
        (None, None, Options(), Step.CREATE, False),
        (OLD, SAME, Options(), Step.SAME, False),
        (OLD, CHANGED, Options(), Step.UPDATE, False),
        (OLD, REPLACING, Options(), Step.REPLACE, False),
        (OLD, DELETING_FIRST, Options(), Step.REPLACE, True),
        (OLD, REPLACING, Options(delete_before_replace=True), Step.REPLACE, True),
        (OLD, DELETING_FIRST, Options(delete_before_replace=False), Step.REPLACE, False),
        (OLD, Diff(changes=False, replaces=("a",)), Options(), Step.SAME, False),
        (HALF_REPLACED, SAME, Options(), Step.REPLACE, True),
        (HALF_REPLACED, CHANGED, Options(delete_before_replace=False), Step.REPLACE, True),
        (PROTECTED, CHANGED, Options(protect=True), Step.UPDATE, False),
    ],
)
def test_the_step_follows_from_state_diff_and_options(
    old: Resource | None, diff: Diff, options: Options, step: Step, delete_first: bool
) -> None:
    decision = steps.decide(old, diff, options)
    assert (decision.step, decision.delete_first, decision.refusal) == (step, delete_first, None)


@pytest.mark.parametrize(
    ("old", "protect", "refused"), [(PROTECTED, True, True), (PROTECTED, False, False), (OLD, True, False)]
)
def test_a_replacement_is_refused_only_while_state_and_program_both_protect(
    old: Resource, protect: bool, refused: bool
) -> None:
    decision = steps.decide(old, REPLACING, Options(protect=protect))
    assert (decision.refusal is not None) is refused


@pytest.mark.parametrize(
    ("changes", "new", "expected"),
    [
        (None, {"a": 1, "s": Secret("x")}, False),
        (None, {"a": 2, "s": Secret("x")}, True),
        (None, {"a": 1, "s": Secret("y")}, True),
        (None, {"a": UNKNOWN, "s": Secret("x")}, True),
        (None, {"a": 1, "s": "x"}, False),
        (False, {"a": 2, "s": Secret("x")}, False),
        (True, {"a": 1, "s": Secret("x")}, True),
    ],
)
def test_what_the_provider_leaves_open_is_compared_by_input(changes: Any, new: Any, expected: Any) -> None:
    diff = steps.interpret(DiffAnswer(changes), {"a": 1, "s": Secret("x")}, new, Options())
    assert diff.changes is expected


def test_ignored_changes_count_for_nothing_in_the_engines_own_comparison() -> None:
    diff = steps.interpret(DiffAnswer(None), {"a": 1}, {"a": 2}, Options(ignore_changes=("a",)))
    assert diff == Diff(changes=False)


@pytest.mark.parametrize(
    ("paths", "answer", "replaces"),
    [
        (("a",), DiffAnswer(None), ("a",)),
        (("*",), DiffAnswer(None), ("a", "b.c")),
        (("b.c",), DiffAnswer(None), ("b.c",)),
        (("b",), DiffAnswer(None), ("b", "b.c")),
        (("d",), DiffAnswer(None), ()),
        (("a",), DiffAnswer(True, diffs=("b",)), ("a",)),
        (("a",), DiffAnswer(False), ()),
        ((), DiffAnswer(None, replaces=("a",)), ("a",)),
    ],
)
def test_replace_on_changes_adds_the_changes_it_names(
    paths: tuple[str, ...], answer: DiffAnswer, replaces: tuple[str, ...]
) -> None:
    old: Properties = {"a": 1, "b": {"c": 1}, "d": 1}
    new: Properties = {"a": 2, "b": {"c": 2}, "d": 1}
    diff = steps.interpret(answer, old, new, Options(replace_on_changes=paths))
    assert set(diff.replaces) == set(replaces) | ({"b"} if paths == ("*",) else set())
