"""A report as one HTML page that needs nothing but itself: no script, no network, light and dark, wide and narrow."""

from collections.abc import Iterator, Sequence
from html import escape

from kong_secure.report.contents import Report, Row, more
from kong_secure.report.lanes import Lane, Part
from kong_secure.report.levels import Effect, Level
from kong_secure.report.words import LONGEST, LONGEST_MESSAGE, visible

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --line: #d1d9e0; --quiet: #59636e;
  --danger: #b3261e; --weaker: #8f5300; --unknown: #59636e; --changed: #0a58ca; --stronger: #1a7f37;
  --box: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #3d444d;
  --quiet: #9198a1; --danger: #ff7b72; --weaker: #e3a04b; --unknown: #9198a1; --changed: #79b8ff;
  --stronger: #56d364; --box: #161b22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.summary { font-size: 1.05rem; }
.error { border-left: 4px solid var(--danger); margin: .75rem 0; padding: .5rem 1rem; background: var(--box); }
.quiet { color: var(--quiet); }
code, th[scope=row] b { font-family: ui-monospace, monospace; font-size: .95em; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { border: 1px solid var(--line); padding: .5rem .75rem; text-align: left; vertical-align: top; }
thead th { background: var(--box); }
th[scope=row] { font-weight: 400; } th[scope=row] b, th[scope=row] span { display: block; }
th:nth-child(1) { width: 28%; } th:nth-child(2) { width: 20%; }
td ul { list-style: none; margin: 0; padding: 0; } td li + li { margin-top: .35rem; }
.level { border: 1px solid; border-radius: 4px; font-size: .8rem; font-weight: 600; padding: 0 .35rem;
  white-space: nowrap; }
.danger { color: var(--danger); } .weaker { color: var(--weaker); } .unknown { color: var(--unknown); }
.changed { color: var(--changed); } .stronger { color: var(--stronger); }
.way { display: flex; align-items: stretch; list-style: none; margin: 1rem 0; padding: 0; }
.way li { flex: 1 1 0; display: flex; align-items: center; min-width: 0; }
.way li:first-child { flex: 0 0 auto; }
.box { flex: 1; align-self: stretch; border: 2px solid var(--line); border-radius: 8px; background: var(--box);
  min-width: 0; padding: .5rem .75rem; }
.box small { display: block; color: var(--quiet); }
.arrow { flex: 0 0 2rem; text-align: center; color: var(--quiet); }
.mark-new { border-color: var(--stronger); } .mark-removed { border-color: var(--danger); border-style: dashed; }
.mark-changed, .mark-replaced { border-color: var(--weaker); }
.mark { font-weight: 600; }
@media (max-width: 40rem) { .way, .way li { flex-direction: column; align-items: stretch; }
  .arrow { flex: none; line-height: 1.2; } .arrow span { display: inline-block; transform: rotate(90deg); }
  table, tbody, tr, th[scope=row], td { display: block; width: auto; border: 0; }
  thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; width: 1px; }
  tr { border: 1px solid var(--line); border-radius: 8px; margin: .75rem 0; padding: .5rem 0; }
  th[scope=row], td { padding: .15rem .75rem; } }
"""

_LEVELS = {
    Level.DANGER: "danger",
    Level.WEAKER: "weaker",
    Level.UNKNOWN: "not known yet",
    Level.CHANGED: "changes",
    Level.STRONGER: "protects",
}


def page(report: Report) -> str:
    """The report as a whole document. It says itself that nothing may be loaded and nothing may run."""
    return "\n".join(_document(report)) + "\n"


def _document(report: Report) -> Iterator[str]:
    heading = _text(report.heading)
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{heading}</title><style>{_STYLE}</style></head><body><main>"
    yield f"<h1>{heading}</h1>"
    yield f'<p class="summary">{_text(report.summary, LONGEST_MESSAGE)}</p>'
    for message in (*report.notes, *report.violations):
        yield f'<p class="error">{_text(message, LONGEST_MESSAGE)}</p>'
    if report.telling:
        yield "<h2>What it does to security</h2>"
        yield from _table(report.telling)
    if report.lanes:
        yield "<h2>The way of a request</h2>"
        yield from map(_way, report.lanes)
    if report.others:
        yield from _details(report.others)
    yield f'<p class="quiet">{_text(report.footnote, LONGEST_MESSAGE)}</p></main></body></html>'


def _text(text: str, longest: int = LONGEST) -> str:
    return escape(visible(text, longest))


def _table(rows: Sequence[Row]) -> Iterator[str]:
    # The roles are said because a table whose rows are boxes, as on a phone, is no table for a browser any more.
    columns = ("resource", "what changes", "what it does to security")
    heads = "".join(f'<th scope="col" role="columnheader">{each}</th>' for each in columns)
    yield f'<table role="table"><thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">'
    for row in rows:
        name = f'<b>{_text(row.name)}</b><span class="quiet">{_text(row.type)}</span>'
        yield f'<tr role="row"><th scope="row" role="rowheader">{name}</th><td role="cell">{_text(row.what)}</td>'
        yield f'<td role="cell"><ul>{"".join(map(_effect, row.effects))}</ul></td></tr>'
    yield "</tbody></table>"


def _effect(effect: Effect) -> str:
    level = f'<span class="level {effect.level.value}">{_LEVELS[effect.level]}</span>'
    return f"<li>{level} {_text(effect.text, LONGEST * 2)}</li>"


def _details(rows: Sequence[Row]) -> Iterator[str]:
    yield f"<details><summary>{more(rows)}</summary><ul>"
    for row in rows:
        what = f"{_text(row.type)}, {_text(row.what)}" + ("" if row.judged else " (not judged)")
        yield f'<li><code>{_text(row.name)}</code> <span class="quiet">{what}</span></li>'
    yield "</ul></details>"


def _way(lane: Lane) -> str:
    header = "adds no header" if lane.header is None else f"adds {lane.header}"
    boxes = [
        _box("", Part("client")),
        _box(header, lane.gateway),
        _box("path", lane.path),
        _box("backend", lane.backend),
    ]
    arrow = '<span class="arrow" aria-hidden="true"><span>→</span></span>'
    items = [f"<li>{arrow if index else ''}{box}</li>" for index, box in enumerate(boxes)]
    return f'<ol class="way">{"".join(items)}</ol>'


def _box(remark: str, part: Part) -> str:
    small = f"<small>{_text(remark)}</small>" if remark else ""
    mark = f' <span class="mark">({part.mark})</span>' if part.mark else ""
    return f'<div class="box mark-{part.mark or "none"}">{_text(part.label)}{mark}{small}</div>'
