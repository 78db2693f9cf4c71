"""What a change of a program changes, resource by resource: of one preview from the state there is, or of two
previews from an empty state, that of the base and that of the head.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kong_secure.report.digest import Preview, State, Step
from kong_secure.report.words import is_hidden

_OPTIONS = {
    "protect": "protect",
    "provider": "provider",
    "secret_outputs": "additionalSecretOutputs",
    "is_foreign": "__provider",
}


@dataclass(frozen=True)
class Changed:
    """One resource. kind: create, update, replace, delete or same.

    keys: inputs that differ, sorted; one that isn't known yet differs where it is made of other resources.
    options: what differs of the resource's options, as Pulumi calls them.
    """

    urn: str
    type: str
    name: str
    kind: str
    old: State | None
    new: State | None
    keys: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

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
    return tuple(_planned(step) for step in preview.steps)


def _planned(step: Step) -> Changed:
    if step.operation != "refresh":
        return _changed(step, step.operation, step.old, step.new)
    if step.old is not None and step.new is None:
        return _changed(step, "delete", step.old, None)
    seen = _changed(step, "update", step.old, step.new)
    return seen if seen.keys else replace(seen, kind="same")


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
        else:
            changed = _changed(step, "update", earlier.new, step.new)
            yield changed if changed.keys or changed.options else replace(changed, kind="same")
    for urn, step in base.items():
        if urn not in head:
            yield _changed(step, "delete", step.new, None)


def _changed(step: Step, kind: str, old: State | None, new: State | None) -> Changed:
    old, new = (None if kind == "create" else old), (None if kind == "delete" else new)
    before, after = old or State(), new or State()
    keys = [key for key in {*before.inputs, *after.inputs} if _differs(key, before, after)]
    options = _options(before, after) if old is not None and new is not None else ()
    return Changed(step.urn, step.type, step.name, kind, old, new, tuple(sorted(keys)), options)


def _differs(key: str, before: State, after: State) -> bool:
    one, other = before.inputs.get(key), after.inputs.get(key)
    if one != other or (type(one) is not type(other) and bool in (type(one), type(other))):
        return True
    return is_hidden(one) and before.sources.get(key) != after.sources.get(key)


def _options(before: State, after: State) -> tuple[str, ...]:
    return tuple(_OPTIONS[name] for name in _OPTIONS if getattr(before, name) != getattr(after, name))
