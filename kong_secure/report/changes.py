"""What a change of a program changes, resource by resource: of one preview from the state there is, or of two
previews from an empty state, that of the base and that of the head.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kong_secure.report.digest import Preview, State, Step


@dataclass(frozen=True)
class Changed:
    """One resource. kind: create, update, replace, delete or same. keys: inputs that differ, sorted."""

    urn: str
    type: str
    name: str
    kind: str
    old: State | None
    new: State | None
    keys: tuple[str, ...] = ()

    @property
    def before(self) -> Mapping[str, Any]:
        """Its inputs before; empty for one that is new."""
        return {} if self.old is None else self.old.inputs

    @property
    def after(self) -> Mapping[str, Any]:
        """Its inputs afterwards; empty for one that goes."""
        return {} if self.new is None else self.new.inputs


def of_preview(preview: Preview) -> tuple[Changed, ...]:
    """What a preview says that it changes."""
    return tuple(_changed(step, step.operation, step.old, step.new) for step in preview.steps)


def between(base: Preview, head: Preview) -> tuple[Changed, ...]:
    """What is different between two programs, by URN. Both previews begin with the same state, as a rule an empty
    one, in which every resource is created: what makes them differ is in the inputs.
    """
    return tuple(_between(base.planned(), head.planned()))


def _between(base: Mapping[str, Step], head: Mapping[str, Step]) -> Iterator[Changed]:
    for urn, step in head.items():
        earlier = base.get(urn)
        if earlier is None:
            yield _changed(step, "create", None, step.new)
        elif earlier.new is not None and step.new is not None and earlier.new.inputs != step.new.inputs:
            yield _changed(step, "update", earlier.new, step.new)
        else:
            yield _changed(step, "same", earlier.new, step.new)
    for urn, step in base.items():
        if urn not in head:
            yield _changed(step, "delete", step.new, None)


def _changed(step: Step, kind: str, old: State | None, new: State | None) -> Changed:
    old, new = (None if kind == "create" else old), (None if kind == "delete" else new)
    before = {} if old is None else old.inputs
    after = {} if new is None else new.inputs
    differing = [key for key in {*before, *after} if before.get(key) != after.get(key)]
    return Changed(step.urn, step.type, step.name, kind, old, new, tuple(sorted(differing)))
