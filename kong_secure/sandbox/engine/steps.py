"""Deciding what to do with a resource: same, create, update or replace, from old state, diff and options.

Pure functions; nothing here talks to a provider or writes state. The rules are those of Pulumi's own engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kong_secure.sandbox.engine import diffs
from kong_secure.sandbox.engine.operations import Detail, Difference
from kong_secure.sandbox.engine.plugins import DiffAnswer
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.wire import Properties, Value


class StepFailedError(Exception):
    """A registration that can't be carried out, and why. attempted: False when it was given up beforehand.
    misdeclared: the program is at fault, so that what it leaves out says nothing.
    """

    def __init__(
        self, reason: str, *, operation: str = "create", attempted: bool = True, misdeclared: bool = False
    ) -> None:
        super().__init__(reason)
        self.operation = operation
        self.attempted = attempted
        self.misdeclared = misdeclared


class Step(StrEnum):
    """What is done with a registered resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"


@dataclass(frozen=True)
class Diff:
    """How the wanted resource differs from the recorded one.

    keys: top-level names of changed properties, where known. found: the properties, where the engine
    compared. detailed: each property that differs, where the provider told, or left the comparison to the engine.
    """

    changes: bool
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False
    keys: tuple[str, ...] = ()
    found: tuple[Difference, ...] = ()
    detailed: tuple[Detail, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What to do, and why not where it is refused."""

    step: Step
    delete_first: bool = False
    replace_keys: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    refusal: str | None = None
    diff_keys: tuple[str, ...] = ()
    detailed: tuple[Detail, ...] = ()


def interpret(answer: DiffAnswer, old_inputs: Properties, new_inputs: Properties, options: Options) -> Diff:
    """A provider's answer as a Diff: what it left open is compared here, and replace_on_changes applied."""
    compared = diffs.put_back(options.ignore_changes, old_inputs, new_inputs)
    found = diffs.differences(old_inputs, compared)
    changes, keys, detailed = answer.changes, answer.diffs, answer.detailed
    if changes is None:
        changes, keys = bool(found), diffs.changed_keys(found)
        detailed = tuple(Detail(difference.path, difference.kind, inputs=True) for difference in found)
    replaces = answer.replaces
    if changes:
        # a provider that doesn't say what changed gets the engine's own comparison for this
        paths = keys or diffs.changed_keys(found)
        forced = [
            key for key in paths for path in options.replace_on_changes if diffs.contains_path(path, key)
        ]
        deep = [
            difference.path
            for difference in found
            for path in options.replace_on_changes
            if diffs.contains_path(path, difference.path)
        ]
        replaces = tuple(dict.fromkeys([*replaces, *forced, *deep]))
    return Diff(changes, replaces, answer.delete_before_replace, keys, found, detailed)


@dataclass(frozen=True)
class Options:
    """The options of a registration that bear on the decision."""

    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    protect: bool = False


def decide(old: Resource | None, diff: Diff | None, options: Options) -> Decision:
    """What to do with a resource, given what is recorded and how the wanted one differs.

    A replacement that the provider asks for happens only where something changed, as Pulumi has it; a
    resource that was deleted to be replaced, but not created again, is.
    """
    if old is None or diff is None:
        return Decision(Step.CREATE)
    if not (diff.changes or old.pending_replacement):
        return Decision(Step.SAME)
    if not (diff.replaces or old.pending_replacement):
        return Decision(Step.UPDATE, differences=diff.found, diff_keys=diff.keys, detailed=diff.detailed)
    delete_first = diff.delete_before_replace
    if options.delete_before_replace is not None:
        delete_first = options.delete_before_replace
    if old.pending_replacement:
        delete_first = True
    refusal = None
    if old.protect and options.protect:
        refusal = "it must be replaced but is protected; take `protect` away from it in the program"
    return Decision(Step.REPLACE, delete_first, diff.replaces, diff.found, refusal, diff.keys, diff.detailed)


def component_diff(old: Resource, inputs: Mapping[str, Value]) -> Diff:
    """The difference of a component, which has no provider to ask."""
    found = diffs.differences(old.inputs, dict(inputs))
    return Diff(bool(found), keys=diffs.changed_keys(found), found=found)


def replaced_by_kind(old: Resource, custom: bool) -> bool:
    """Whether a component became a custom resource or the other way round."""
    return old.custom != custom
