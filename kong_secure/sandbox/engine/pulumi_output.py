"""What of pulumi's own output is passed on to the user: all but what only says that time passes, what would
lead to their own stacks, and the language host's account of having been interrupted, which says nothing of
the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_NOISE: Final = (
    "@ updating",
    "@ previewing",
    "@ refreshing",
    "@ destroying",
    "The resources in the stack have been deleted, but the history",
    "If you want to remove the stack completely, run `pulumi stack rm",
)
_STATUS: Final = re.compile(r"(?P<prefix>.{4}\S+ \S+ running )(?P<said>.*)", re.DOTALL)
_TRACEBACK: Final = "Traceback (most recent call last):"
_CHAINED: Final = "During handling of the above exception, another exception occurred:"
_LANGUAGE_HOST: Final = "pulumi-language-python-exec"
_INTERRUPT: Final = "KeyboardInterrupt"


def readable(lines: Iterable[str]) -> Iterator[str]:
    """The lines worth reading, without runs of empty ones."""
    blank = True
    for line in without_interrupts(lines):
        empty = not line.strip()
        if line.startswith(_NOISE) or (empty and blank):
            continue
        blank = empty
        yield line


def without_interrupts(lines: Iterable[str]) -> Iterator[str]:
    """The lines without tracebacks of an interrupted language host.

    After a failure pulumi interrupts the program; the host then prints where in itself it was waiting.
    """
    traceback: list[str] = []
    prefix, indentation, dropped = "", 0, False
    for line in lines:
        status = _STATUS.fullmatch(line)
        line_prefix, said = (status["prefix"], status["said"]) if status else ("", line)
        if not traceback:
            if said.strip() == _TRACEBACK:
                traceback, prefix, indentation = [line], line_prefix, _indentation(said)
            elif not (dropped and said.strip() in {_CHAINED, ""}):
                dropped = False
                yield line
            continue
        if line_prefix != prefix:
            # Another resource speaks up in the middle of it.
            yield line
            continue
        traceback.append(line)
        if said.strip() and _indentation(said) <= indentation:
            dropped = said.strip() == _INTERRUPT and any(_LANGUAGE_HOST in held for held in traceback)
            if not dropped:
                yield from traceback
            traceback = []
    yield from traceback


def _indentation(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
