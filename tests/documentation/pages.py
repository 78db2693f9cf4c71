"""The blocks of the repository's pages, as a reader would copy them. What they must do is said in the tests."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import kong_secure

ROOT = Path(kong_secure.__file__).parents[1]

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


def block_with(name: str, words: str) -> str:
    """The one indented block that holds these words."""
    [found] = [block for block in indented(name) if words in block]
    return found
