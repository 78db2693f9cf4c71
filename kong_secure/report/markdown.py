"""A report as Markdown with Mermaid, for a comment on a pull request. Every text of the preview's is somebody's
else: it is shown letter by letter and never as markup.
"""

import re
from collections.abc import Iterator, Sequence

from kong_secure.report.contents import Report, Row, more
from kong_secure.report.effects import Level
from kong_secure.report.lanes import Lane

LONGEST = 60_000
"""Characters of a report; GitHub takes comments of up to 65,536."""

_ROWS = 100
_LANES = 20
_SIGNS = {Level.DANGER: "🔴", Level.WEAKER: "🟠", Level.CHANGED: "🔵", Level.STRONGER: "🟢"}
_PLAIN = frozenset(" -.,;:/+=?'")
_LINKS = re.compile(r"://|www\.", re.IGNORECASE)
_CALLS = "@#"  # people and issues, who are told of it whatever they are written with


def markdown(report: Report) -> str:
    """The report."""
    text = "\n".join(_lines(report))
    return text if len(text) <= LONGEST else "\n".join(_lines(report, rows=20, lanes=5))[:LONGEST]


def _lines(report: Report, rows: int = _ROWS, lanes: int = _LANES) -> Iterator[str]:
    yield f"## {escaped(report.heading)}"
    yield ""
    for error in report.errors:
        yield f"> ❌ The preview failed, and what follows isn't all: {escaped(error)}"
        yield ""
    for violation in report.violations:
        yield f"> ❌ A policy is violated: {escaped(violation)}"
        yield ""
    yield report.summary
    yield ""
    telling, others = report.telling, report.others
    if telling:
        yield "| resource | what | what it does to security |"
        yield "|---|---|---|"
        yield from map(_row, telling[:rows])
        yield ""
    if len(telling) > rows:
        yield f"{len(telling) - rows} more aren't shown here."
        yield ""
    if report.lanes:
        yield from _diagram(report.lanes[:lanes])
        if len(report.lanes) > lanes:
            yield f"{len(report.lanes) - lanes} more ways aren't drawn here."
            yield ""
    if others:
        yield f"<details><summary>{more(len(others))}</summary>"
        yield ""
        yield from (
            f"- <code>{escaped(row.name)}</code> {escaped(row.type)}, {escaped(row.what)}"
            for row in others[:rows]
        )
        yield from () if len(others) <= rows else [f"- and {len(others) - rows} more"]
        yield ""
        yield "</details>"
        yield ""
    yield report.footnote


def _row(row: Row) -> str:
    effects = "<br>".join(f"{_SIGNS[each.level]} {escaped(each.text)}" for each in row.effects)
    resource = f"<code>{escaped(row.name)}</code><br>{escaped(row.type)}"
    return f"| {resource} | {escaped(row.what)} | {effects} |"


def escaped(text: str) -> str:
    """The text as Markdown that shows exactly it, in one line: no markup, no link, no mention."""
    flat = " ".join(text.split())
    written = "".join(_escaped(letter) for letter in flat)
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
    flat = " ".join(text.split())[:120]
    return '"' + "".join(x if x.isalnum() or x in " .:/-" else f"#{ord(x)};" for x in flat) + '"'


def _class(mark: str) -> str:
    return f":::{mark}" if mark else ""
