"""A report as Markdown with Mermaid, for a comment on a pull request. Every text of the preview's is somebody's
else: it is shown letter by letter and never as markup.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kong_secure.report.contents import Report, Row, more
from kong_secure.report.lanes import Lane
from kong_secure.report.levels import Level
from kong_secure.report.words import LONGEST as LONGEST_TEXT
from kong_secure.report.words import LONGEST_MESSAGE, visible

LONGEST = 60_000
"""Characters of a report; GitHub takes comments of up to 65,536."""

_LONGEST_LABEL = 80
_SIGNS = {
    Level.DANGER: "🔴",
    Level.WEAKER: "🟠",
    Level.UNKNOWN: "⚪",
    Level.CHANGED: "🔵",
    Level.STRONGER: "🟢",
}
_PLAIN = frozenset(" -.,;:/+=?'")
_LINKS = re.compile(r"://|www\.", re.IGNORECASE)
_CALLS = "@#"  # people and issues, who are told of it whatever they are written with


@dataclass(frozen=True)
class _Size:
    """How much is told: of rows, of ways, of messages, of effects of one row; characters of a text."""

    rows: int = 100
    lanes: int = 20
    messages: int = 20
    effects: int = 20
    longest: int = LONGEST_TEXT


_SIZES = (
    _Size(),
    _Size(rows=40, lanes=10, messages=10, effects=10),
    _Size(rows=15, lanes=5, messages=5, effects=5, longest=100),
    _Size(rows=4, lanes=2, messages=2, effects=2, longest=50),
)


def markdown(report: Report) -> str:
    """The report, as much of it as fits; what is left out is counted."""
    texts = ("\n".join(_lines(report, size)) for size in _SIZES)
    return next((text for text in texts if len(text) <= LONGEST), "") or escaped(report.summary)


def _lines(report: Report, size: _Size) -> Iterator[str]:
    yield f"## {escaped(report.heading, size.longest)}"
    yield ""
    yield escaped(report.summary, LONGEST_MESSAGE)
    yield ""
    for said in (report.notes, report.violations):
        for message in said[: size.messages]:
            yield f"> ❌ {escaped(message, size.longest * 5)}"
            yield ""
        yield from _left_out(said[size.messages :], "messages")
    if report.telling:
        yield from _table(report.telling, size)
    if report.lanes:
        yield from _diagram(report.lanes[: size.lanes])
        yield from _left_out(report.lanes[size.lanes :], "ways")
    if report.others:
        yield from _details(report.others, size)
    yield escaped(report.footnote, LONGEST_MESSAGE)


def _left_out(rest: Sequence[object], what: str) -> Iterator[str]:
    if rest:
        yield f"{len(rest)} more {what} aren't shown here."
        yield ""


def _table(rows: Sequence[Row], size: _Size) -> Iterator[str]:
    yield "| resource | what | what it does to security |"
    yield "|---|---|---|"
    yield from (_row(row, size) for row in rows[: size.rows])
    yield ""
    rest = rows[size.rows :]
    levels = Counter(row.level for row in rest if row.level is not None)
    signs = ", ".join(f"{levels[level]} {_SIGNS[level]}" for level in Level if levels[level])
    yield from _left_out(rest, f"resources ({signs})")


def _row(row: Row, size: _Size) -> str:
    told = [
        f"{_SIGNS[each.level]} {escaped(each.text, size.longest * 2)}" for each in row.effects[: size.effects]
    ]
    rest = len(row.effects) - size.effects
    told += [f"and {rest} more"] if rest > 0 else []
    resource = f"<code>{escaped(row.name, size.longest)}</code><br>{escaped(row.type, size.longest)}"
    return f"| {resource} | {escaped(row.what, size.longest)} | {'<br>'.join(told)} |"


def _details(rows: Sequence[Row], size: _Size) -> Iterator[str]:
    yield f"<details><summary>{more(rows)}</summary>"
    yield ""
    for row in rows[: size.rows]:
        said = f"{escaped(row.type, size.longest)}, {escaped(row.what, size.longest)}"
        yield f"- <code>{escaped(row.name, size.longest)}</code> {said}" + (
            "" if row.judged else " (not judged)"
        )
    if len(rows) > size.rows:
        yield f"- and {len(rows) - size.rows} more"
    yield ""
    yield "</details>"
    yield ""


def escaped(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text as Markdown that shows exactly it, in one line: no markup, no link, no mention, nothing unseen."""
    written = "".join(map(_escaped, visible(text, longest)))
    return _LINKS.sub(lambda found: "".join(f"&#{ord(letter)};" for letter in found[0]), written)


def _escaped(letter: str) -> str:
    if letter.isalnum() or letter in _PLAIN:
        return letter
    # What can't be seen comes between a sign that calls and whom it would call.
    return f"&#{ord(letter)};" + ("&#8203;" if letter in _CALLS else "")


def _diagram(lanes: Sequence[Lane]) -> Iterator[str]:
    yield "```mermaid"
    yield "flowchart LR"
    yield "  client([client])"
    for index, lane in enumerate(lanes):
        gateway, path, backend = f"gateway{index}", f"path{index}", f"backend{index}"
        yield f"  {gateway}[{_label(str(lane.gateway))}]{_class(lane.gateway.mark)}"
        yield f"  {path}{{{{{_label(str(lane.path))}}}}}{_class(lane.path.mark)}"
        yield f"  {backend}[{_label(str(lane.backend))}]{_class(lane.backend.mark)}"
        header = _label("no header" if lane.header is None else str(lane.header))
        yield f"  client --> {gateway} -->|{header}| {path} --> {backend}"
    yield "  classDef new stroke:#1a7f37,stroke-width:3px"
    yield "  classDef changed stroke:#9a6700,stroke-width:3px"
    yield "  classDef replaced stroke:#9a6700,stroke-width:3px"
    yield "  classDef removed stroke:#cf222e,stroke-width:3px,stroke-dasharray:5"
    yield "```"
    yield ""


def _label(text: str) -> str:
    """A label of Mermaid's, in quotes, with its own way of writing what could be markup."""
    flat = visible(text, _LONGEST_LABEL)
    return '"' + "".join(x if x.isalnum() or x in " ./-" else f"#{ord(x)};" for x in flat) + '"'


def _class(mark: str) -> str:
    return f":::{mark}" if mark else ""
