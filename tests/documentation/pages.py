"""The blocks of the repository's pages, as a reader would copy them. What they must do is said in the tests."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import kong_secure

ROOT = Path(kong_secure.__file__).parents[1]
CONNECTIVITY = "docs/connectivity.md"
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("stacks/**/*.md"),
        *ROOT.glob("tests/**/*.md"),
    )
)
"""Every page that is written in Markdown, for people."""

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^(?: {4}.*)\n)+", re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fenced(name: str, language: str) -> list[str]:
    """The blocks between fences of one language, in their order."""
    return [block["text"] for block in _FENCE.finditer(page(name)) if block["language"] == language]


def indented(name: str) -> list[str]:
    """The blocks set in by four spaces, outside of fences, in their order."""
    return [textwrap.dedent(block[0]) for block in _INDENTED.finditer(_FENCE.sub("", page(name)))]


def blocks(name: str) -> list[str]:
    """Every block of a page: those between fences, and those set in."""
    return [block["text"] for block in _FENCE.finditer(page(name))] + indented(name)


def program_of(component: str) -> str:
    """The whole program with this component on the page of connectivity."""
    [found] = [block for block in fenced(CONNECTIVITY, "python") if f"{component}(" in block]
    return found


def block_with(name: str, words: str) -> str:
    """The one indented block that holds these words."""
    [found] = [block for block in indented(name) if words in block]
    return found
