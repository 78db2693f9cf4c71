"""How a reviewer should take what a change does to security, and the few forms in which most of it is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kong_secure.report.changes import Changed
from kong_secure.report.digest import State
from kong_secure.report.words import holds_unknown, shown

_MANY = 4
"""Resources that a value can be made of before they are too many to be named."""


class Level(Enum):
    """The gravest first. UNKNOWN: it may be any of the others, and what it is shows after `up` alone."""

    DANGER = "danger"
    WEAKER = "weaker"
    UNKNOWN = "unknown"
    CHANGED = "changed"
    STRONGER = "stronger"


@dataclass(frozen=True)
class Effect:
    """One thing that a change does to security."""

    level: Level
    text: str


@dataclass(frozen=True)
class Flag:
    """An input of two values, one of which protects. default: what a missing one means."""

    key: str
    safe: object
    default: object
    weaker: str
    stronger: str
    level: Level = Level.WEAKER

    def effects(self, changed: Changed) -> Iterator[Effect]:
        """What its change does; of a new resource that it doesn't protect."""
        if changed.new is None:
            return
        before = self.safe if changed.old is None else self._of(changed.before)
        after = self._of(changed.after)
        if after == before:
            return
        if after == self.safe:
            yield Effect(Level.STRONGER, self.stronger)
        elif holds_unknown(after):
            yield Effect(
                Level.UNKNOWN, f"{self.key} is known after up alone; if it isn't {self.safe}: {self.weaker}"
            )
        else:
            yield Effect(self.level, f"{self.weaker} ({self.key} is {shown(after)})")

    def _of(self, inputs: Mapping[str, Any]) -> object:
        value = inputs.get(self.key)
        return self.default if value is None else value


def is_kept(changed: Changed) -> bool:
    """Whether the resource is there before and afterwards, replaced or not."""
    return changed.old is not None and changed.new is not None


def moved(changed: Changed, *keys: str) -> Iterator[Effect]:
    """What names the place of a resource has another value: it is about something else."""
    if not is_kept(changed):
        return
    for key in keys:
        # What isn't known is told for every input alike.
        if key in changed.keys and not holds_unknown(changed.after.get(key)):
            was, now = shown(changed.before.get(key)), shown(changed.after.get(key))
            yield Effect(Level.WEAKER, f"is about something else: {key} was {was} and is {now}")


def granted(changed: Changed, what: str, *keys: str) -> Iterator[Effect]:
    """What lets something in by being there: it comes, it goes, or it is about something else."""
    if changed.old is None:
        yield Effect(Level.WEAKER, f"{what}{_values(changed.new, keys)}")
    elif changed.new is None:
        yield Effect(Level.STRONGER, f"no longer {what}{_values(changed.old, keys)}")
    else:
        yield from moved(changed, *keys)


def told(state: State | None, *keys: str) -> str:
    """The first of these inputs that there is; of one that isn't known yet, which resources it is of."""
    inputs = {} if state is None else state.inputs
    key = next((key for key in keys if inputs.get(key) not in (None, "", [])), None)
    if state is None or key is None:
        return "nothing"
    names = [urn.rpartition("::")[2] for urn in state.sources.get(key, ())]
    if not holds_unknown(inputs[key]) or not names:
        return shown(inputs[key])
    return f"what {' and '.join(names)} will say" if len(names) < _MANY else shown(inputs[key])


def _values(state: State | None, keys: tuple[str, ...]) -> str:
    inputs = {} if state is None else state.inputs
    said = [told(state, key) for key in keys if inputs.get(key) not in (None, "", [])]
    return f": {', '.join(said)}" if said else ""
