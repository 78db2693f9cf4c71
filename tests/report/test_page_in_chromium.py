"""A report as a reviewer sees it, in a real browser: the page wide and on a phone, light and dark, and the diagram of a
comment as Mermaid draws it.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kong_secure.report.contents import report_of
from kong_secure.report.digest import preview_of
from kong_secure.report.markdown import markdown
from kong_secure.report.page import page
from tests.report.chromium import Chromium
from tests.report.digests import (
    ATTACHMENT,
    HEADER,
    INGRESS,
    ORDERS,
    READY,
    UNKNOWN,
    created,
    digest,
    step,
    urn,
)
from tests.report.png import pixels

LONG = "a-name-that-is-far-longer-than-any-phone-is-wide-" * 3
HEAD = digest(
    created(ATTACHMENT, "path-attachment", {"cidr_blocks": ["10.8.0.0/16"], "name": "path"}),
    created(READY, "path-ready", {"attachments": UNKNOWN}, urn(ATTACHMENT, "path-attachment")),
    created(HEADER, "orders", ORDERS, urn(READY, "path-ready")),
    step(HEADER, LONG, {**ORDERS, "service": LONG}, None),
    created(INGRESS, "open", {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"}),
    created("aws:ec2/vpc:Vpc", "orders", {"cidrBlock": "10.8.0.0/16"}),
)
BOXES = """[...document.querySelectorAll('.way')].map(way => [...way.querySelectorAll('.box')].map(box => {
  const {left, right, top, bottom} = box.getBoundingClientRect();
  return {text: box.innerText, left, right, top, bottom}}))"""
HEADINGS = "[...document.querySelectorAll('h1, h2, h3')].map(each => each.tagName)"
# Each text's contrast against the nearest background, as WCAG 2 counts it.
CONTRASTS = """(() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map(v => (v /= 255) <= .04045 ? v / 12.92 :
    ((v + .055) / 1.055) ** 2.4); return .2126 * x + .7152 * y + .0722 * z };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c } return [255, 255, 255] };
  return [...document.body.querySelectorAll('*')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 &&
    n.textContent.trim())).map(e => { const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) }) })()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("chromium")) as made:
        yield made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("page") / "report.html"
    written.write_text(page(report_of(preview_of(HEAD))), encoding="utf-8")
    return written


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_can_be_read(browser: Chromium, file: Path, width: int, dark: bool) -> None:
    shown = browser.open(file, width=width, dark=dark)
    text = shown.evaluate("document.body.innerText")
    assert "opens port 22 (tcp) to the whole internet" in text
    assert "header removed" in text
    assert shown.trouble() == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate(HEADINGS) == ["H1", "H2", "H2"]
    # Each row is headed by its resource, also where a phone has it as a box.
    rows = shown.evaluate("document.querySelectorAll('tbody tr').length")
    assert rows == shown.evaluate(
        "document.querySelectorAll('tr[role=row] > th[scope=row][role=rowheader]').length"
    )
    assert rows == 4

    ways: list[list[dict[str, Any]]] = shown.evaluate(BOXES)
    assert [box["text"].split("\n")[0] for box in ways[0]] == [
        "client",
        "gateway of demo",
        "AWS transit gateway path-attachment (new)",
        "service orders (new)",
    ]
    for way in ways:
        for one, other in itertools.pairwise(way):
            # On a phone the way goes down, otherwise to the right, and nothing covers anything.
            assert one["bottom"] <= other["top"] if width < 600 else one["right"] <= other["left"]
    assert min(shown.evaluate(CONTRASTS)) >= 4.5

    colours = Counter(pixel[:3] for row in pixels(shown.screenshot(360, 200)) for pixel in row)
    [(paper, _)] = colours.most_common(1)
    assert (sum(paper) < 100) is dark
    assert len(colours) > 50  # letters are there


# What means something to Mermaid, to Markdown within its labels, to HTML, or to whoever looks at it.
NAMES = (
    "end",
    "1. first",
    "- item",
    "**bold** __b__ _i_",
    "`a` $$x$$ ~~s~~",
    "[x](javascript:alert(1))",
    '"><img src=x onerror=alert(1)>',
    "%%{init: {}}%% {{z}} ((o))",
    'a;click b "https://evil.example"',
    "x --> y -->|z| w & v",
    "#35; &lt; &amp;",
    "fa:fa-car fab:fa-x",
    "classDef new fill:url(https://evil.example/x)",
    "subgraph style default",
    "日本 é 😀",
)
DRAWN = """mermaid.render('drawn', %s).then(({svg}) => {
  document.body.innerHTML = svg;
  const texts = kind => [...document.querySelectorAll(kind)].map(each => each.textContent);
  return {nodes: texts('.nodeLabel'), edges: texts('.edgeLabel .edgeLabel').filter(each => each),
    links: document.querySelectorAll('a, img, foreignObject script').length,
    marked: [...document.querySelectorAll('.node.new')].length}})"""


def test_the_diagram_is_drawn_by_mermaid_and_every_name_is_the_name_it_was(
    browser: Chromium, tmp_path: Path
) -> None:
    head = digest(
        *(created(HEADER, f"h{index}", {**ORDERS, "service": name}) for index, name in enumerate(NAMES)),
        created(ATTACHMENT, "path", {"cidr_blocks": ["10.8.0.0/16"]}),
        step(HEADER, "gone", {**ORDERS, "header_name": NAMES[6]}, None),
    )
    diagram = markdown(report_of(preview_of(head))).split("```mermaid\n")[1].split("```")[0]
    found = importlib.util.find_spec("mermaidx")
    assert found is not None
    assert found.origin is not None
    script = Path(found.origin).parent / "assets" / "mermaid.js"
    blank = tmp_path / "blank.html"
    blank.write_text(f'<!doctype html><meta charset="utf-8"><body><script src="{script.as_uri()}"></script>')
    opened = browser.open(blank, width=1200, dark=False)
    opened.evaluate("mermaid.initialize({startOnLoad: false})")
    drawn = opened.evaluate(DRAWN % json.dumps(diagram))
    assert {f"service {name} (new)" for name in NAMES} <= set(drawn["nodes"])
    assert "AWS transit gateway path (new)" in drawn["nodes"]
    assert {"Authorization: *** (new)", f"{NAMES[6]}: *** (removed)", "no header"} == set(drawn["edges"])
    assert drawn["links"] == 0
    assert drawn["marked"] == len(NAMES) + 2
    assert opened.trouble() == []
