"""A report as one HTML page that needs nothing but itself: no script, no network, light and dark, wide and narrow."""

from collections.abc import Iterator
from html import escape

from kong_secure.report.contents import Report, Row, more
from kong_secure.report.lanes import Lane, Part

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --line: #d1d9e0; --quiet: #59636e;
  --danger: #b3261e; --weaker: #9a5b00; --changed: #0a58ca; --stronger: #1a7f37; --box: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #3d444d; --quiet: #9198a1;
  --danger: #ff7b72; --weaker: #e3a04b; --changed: #79b8ff; --stronger: #56d364; --box: #161b22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.error { border-left: 4px solid var(--danger); padding: .5rem 1rem; }
.quiet { color: var(--quiet); }
article { border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; margin: .75rem 0; }
article h3 { font: 600 1rem/1.4 ui-monospace, monospace; margin: 0; }
article p { margin: .1rem 0 .4rem; } article ul { margin: 0; padding-left: 1.2rem; }
.danger { color: var(--danger); font-weight: 600; } .weaker { color: var(--weaker); font-weight: 600; }
.changed { color: var(--changed); } .stronger { color: var(--stronger); }
.way { display: flex; align-items: stretch; list-style: none; margin: 1rem 0; padding: 0; }
.way li { flex: 1 1 0; display: flex; align-items: center; min-width: 0; }
.way li:first-child { flex: 0 0 auto; }
.box { flex: 1; border: 2px solid var(--line); border-radius: 8px; background: var(--box); padding: .5rem .75rem; }
.box small { display: block; color: var(--quiet); }
.arrow { flex: 0 0 2rem; text-align: center; color: var(--quiet); }
.mark-new { border-color: var(--stronger); } .mark-removed { border-color: var(--danger); border-style: dashed; }
.mark-changed, .mark-replaced { border-color: var(--weaker); }
.mark { font-weight: 600; }
@media (max-width: 40rem) { .way, .way li { flex-direction: column; align-items: stretch; }
  .arrow { flex: none; line-height: 1.2; } .arrow span { display: inline-block; transform: rotate(90deg); } }
"""


def page(report: Report) -> str:
    """The report as a whole document. It says itself that nothing may be loaded and nothing may run."""
    return "\n".join(_document(report)) + "\n"


def _document(report: Report) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(report.heading)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{escape(report.heading)}</h1>"
    for error in report.errors:
        yield f'<p class="error">The preview failed, and what follows isn\'t all: {escape(error)}</p>'
    for violation in report.violations:
        yield f'<p class="error">A policy is violated: {escape(violation)}</p>'
    yield f"<p>{escape(report.summary)}</p>"
    if report.lanes:
        yield "<h2>The way of a request</h2>"
        yield from map(_way, report.lanes)
    if report.telling:
        yield "<h2>What it does to security</h2>"
        yield from map(_article, report.telling)
    if report.others:
        yield f"<details><summary>{more(len(report.others))}</summary><ul>"
        for row in report.others:
            what = f"{escape(row.type)}, {escape(row.what)}"
            yield f'<li><code>{escape(row.name)}</code> <span class="quiet">{what}</span></li>'
        yield "</ul></details>"
    yield f'<p class="quiet">{escape(report.footnote)}</p></body></html>'


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
    small = f"<small>{escape(remark)}</small>" if remark else ""
    mark = f' <span class="mark">({part.mark})</span>' if part.mark else ""
    return f'<div class="box mark-{part.mark or "none"}">{escape(part.label)}{mark}{small}</div>'


def _article(row: Row) -> str:
    effects = "".join(f'<li class="{each.level.value}">{escape(each.text)}</li>' for each in row.effects)
    what = f'<p class="quiet">{escape(row.type)}, {escape(row.what)}</p>'
    return f"<article><h3>{escape(row.name)}</h3>{what}<ul>{effects}</ul></article>"
