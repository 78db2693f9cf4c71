"""What a report says, whatever it is written as: a row for each resource that changes, the ways of a request, one
sentence that sums it up.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kong_secure.report.changes import Changed, between, of_preview
from kong_secure.report.digest import Preview
from kong_secure.report.effects import Effect, Level, effects
from kong_secure.report.lanes import Lane, lanes

_KINDS = {"create": "added", "update": "changed", "replace": "replaced", "delete": "removed"}
_QUIET = re.compile(r"pulumi:providers:.*|pulumi:pulumi:(Stack|StackReference)")
_GRAVE = {
    Level.DANGER: "takes protection away or opens to the world",
    Level.WEAKER: "lets in more, or protects less",
}
_ONE_PREVIEW = "From one preview: what it says against the state of its stack."
_TWO_PREVIEWS = (
    "From two previews, of the base and of the head, compared by URN. Values that are known after `up` alone, and "
    "secrets, are compared as such: that a secret's value changes can't be seen."
)


@dataclass(frozen=True)
class Row:
    """A resource that changes. what: added, removed, or which inputs change. level: its gravest effect's."""

    type: str
    name: str
    what: str
    effects: tuple[Effect, ...]

    @property
    def level(self) -> Level | None:
        """The level of the gravest effect; None where there is none."""
        return self.effects[0].level if self.effects else None


@dataclass(frozen=True)
class Report:
    """Everything a report says, without any secret, because a digest has none."""

    summary: str
    rows: tuple[Row, ...]
    lanes: tuple[Lane, ...]
    footnote: str
    errors: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    heading: str = "What this changes"

    @property
    def telling(self) -> tuple[Row, ...]:
        """The rows with an effect on security, the gravest first."""
        return tuple(row for row in self.rows if row.effects)

    @property
    def others(self) -> tuple[Row, ...]:
        """The rows without."""
        return tuple(row for row in self.rows if not row.effects)


def report_of(head: Preview, base: Preview | None = None, *, title: str = "") -> Report:
    """The report of a preview, or of what is different between two. title: whose it is, as a stack's name."""
    changes = of_preview(head) if base is None else between(base, head)
    rows = _rows(changes)
    return Report(
        summary=_summary(rows),
        rows=rows,
        lanes=lanes(changes),
        footnote=_ONE_PREVIEW if base is None else _TWO_PREVIEWS,
        violations=head.violations,
        errors=(*head.errors, *(base.errors if base is not None else ())),
        heading="What this changes" + (f": {title}" if title else ""),
    )


def _rows(changes: Sequence[Changed]) -> tuple[Row, ...]:
    shown = [each for each in changes if each.kind != "same" and not _QUIET.fullmatch(each.type)]
    rows = [Row(each.type, each.name, _what(each), effects(each)) for each in shown]
    order = [*Level, None]
    return tuple(sorted(rows, key=lambda row: order.index(row.level)))


def _what(changed: Changed) -> str:
    kind = _KINDS[changed.kind]
    if changed.kind in ("create", "delete") or not changed.keys:
        return kind
    return f"{kind}: {', '.join(changed.keys)}"


def more(count: int) -> str:
    """What is said of resources that aren't shown one by one."""
    return "1 more resource changes" if count == 1 else f"{count} more resources change"


def _summary(rows: Sequence[Row]) -> str:
    if not rows:
        return "Nothing changes."
    levels = Counter(effect.level for row in rows for effect in row.effects)
    counts = Counter(row.what.partition(":")[0] for row in rows)
    changed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    grave = [f"{words} ({levels[level]})" for level, words in _GRAVE.items() if levels[level]]
    if grave:
        return f"{changed}. Look closely: {', '.join(grave)}."
    return f"{changed}. Nothing of it opens a path to the world or weakens a header, as far as this report knows."
