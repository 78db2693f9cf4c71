"""What a report says, whatever it is written as: a row for each resource that changes, the ways of a request, one
sentence that sums it up.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kong_secure.report.changes import Changed, between, of_preview
from kong_secure.report.digest import Preview
from kong_secure.report.effects import effects, in_order, is_judged
from kong_secure.report.lanes import Lane, lanes, ways_changed
from kong_secure.report.levels import Effect, Level

_KINDS = {
    "create": "added",
    "update": "changed",
    "replace": "replaced",
    "delete": "removed",
    "same": "unchanged",
}
_QUIET = re.compile(r"pulumi:providers:.*|pulumi:pulumi:(Stack|StackReference)")
_GRAVE = {
    Level.DANGER: "takes protection away or opens to the world",
    Level.WEAKER: "lets in more, or protects less",
    Level.UNKNOWN: "can't be told before up",
}
_ONE_PREVIEW = "From one preview: what it says against the state of its stack."
_TWO_PREVIEWS = (
    "From two previews, of the base and of the head, compared by URN. Of values that are known after up alone, and of "
    "secrets, it is compared which resources they are made of: another value of the same ones can't be seen."
)


@dataclass(frozen=True)
class Row:
    """A resource that changes. what: added, removed, or which inputs change. level: its gravest effect's.
    judged: whether this report knows what such a resource does to security.
    """

    type: str
    name: str
    what: str
    effects: tuple[Effect, ...]
    judged: bool = True

    @property
    def level(self) -> Level | None:
        """The level of the gravest effect; None where there is none."""
        return self.effects[0].level if self.effects else None


@dataclass(frozen=True)
class Report:
    """Everything a report says, without any secret, because a digest has none.

    notes: what keeps it from being whole. violations: what policies say, the mandatory ones first.
    """

    summary: str
    rows: tuple[Row, ...]
    lanes: tuple[Lane, ...]
    footnote: str
    notes: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    heading: str = "What this changes"

    @property
    def telling(self) -> tuple[Row, ...]:
        """The rows with an effect on security, the gravest first."""
        return tuple(row for row in self.rows if row.effects)

    @property
    def others(self) -> tuple[Row, ...]:
        """The rows without, those first that nobody judged."""
        return tuple(sorted((row for row in self.rows if not row.effects), key=lambda row: row.judged))


def report_of(head: Preview, base: Preview | None = None, *, title: str = "") -> Report:
    """The report of a preview, or of what is different between two. title: whose it is, as a stack's name."""
    changes = of_preview(head) if base is None else between(base, head)
    rows = _rows(changes, ways_changed(changes))
    notes = tuple(_notes(head, base))
    return Report(
        summary=_summary(rows, complete=not notes),
        rows=rows,
        lanes=lanes(changes),
        footnote=_ONE_PREVIEW if base is None else _TWO_PREVIEWS,
        violations=tuple(_violations(head)),
        notes=notes,
        heading="What this changes" + (f": {title}" if title else ""),
    )


def _notes(head: Preview, base: Preview | None) -> Iterator[str]:
    yield from (f"The preview isn't whole, and neither is what follows: {error}" for error in head.errors)
    if base is None:
        return
    for error in base.errors:
        yield f"The preview of the base isn't whole, and what is said to be added may have been there: {error}"
    if head.stacks and base.stacks and head.stacks != base.stacks:
        was, now = (", ".join(sorted(each.stacks)) for each in (base, head))
        yield f"The previews are of different stacks, and so everything differs: {was} and {now}"
    if base.steps and not head.steps:
        yield "The preview of the head has no resource at all: everything is removed, or it wasn't made"


def _violations(head: Preview) -> Iterator[str]:
    for each in sorted(head.violations, key=lambda each: not each.is_mandatory):
        said = (
            "A mandatory policy is violated, and refuses this"
            if each.is_mandatory
            else "A policy advises against this"
        )
        yield f"{said}: {each.text}"


def _rows(changes: Sequence[Changed], ways: Mapping[str, Effect]) -> tuple[Row, ...]:
    rows = [_row(each, ways.get(each.urn)) for each in changes if each.kind != "same" or each.urn in ways]
    told = [row for row in rows if row.effects or not _QUIET.fullmatch(row.type)]
    order = [*Level, None]
    return tuple(sorted(told, key=lambda row: order.index(row.level)))


def _row(changed: Changed, way: Effect | None) -> Row:
    found = effects(changed) if way is None else in_order([way, *effects(changed)])
    what = _what(changed) if way is None else f"{_what(changed)}, another way"
    return Row(changed.type, changed.name, what, found, is_judged(changed.type))


def _what(changed: Changed) -> str:
    kind = _KINDS[changed.kind]
    differing = (*changed.keys, *changed.options)
    if changed.kind in ("create", "delete") or not differing:
        return kind
    return f"{kind}: {', '.join(differing)}"


def more(rows: Sequence[Row]) -> str:
    """What is said of resources that aren't shown one by one."""
    said = "1 more resource changes" if len(rows) == 1 else f"{len(rows)} more resources change"
    unjudged = sum(not row.judged for row in rows)
    return f"{said}, {unjudged} of them of types that this report doesn't judge" if unjudged else said


def _summary(rows: Sequence[Row], *, complete: bool) -> str:
    if not rows:
        return "Nothing changes." if complete else "Nothing can be said to change; see above."
    levels = Counter(effect.level for row in rows for effect in row.effects)
    counts = Counter(re.split("[:,]", row.what)[0] for row in rows)
    changed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    grave = [f"{words} ({levels[level]})" for level, words in _GRAVE.items() if levels[level]]
    unjudged = sum(not row.judged for row in rows)
    aside = f" {unjudged} of them {'is' if unjudged == 1 else 'are'} of types that this report doesn't judge."
    told = f"{changed}.{aside if unjudged else ''}"
    if grave:
        return f"{told} Look closely: {', '.join(grave)}."
    rest = "the rest" if unjudged else "it"
    return f"{told} Nothing of {rest} opens a path or weakens a header, as far as this report knows."
