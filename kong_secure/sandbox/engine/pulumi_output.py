"""What of pulumi's own output is passed on to the user: all but what only says that time passes, what would
lead to their own stacks, what is said again under "Diagnostics", and the language host's account of having
been interrupted, which says nothing of the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

_DIAGNOSTICS: Final = "Diagnostics:"
_NOISE: Final = (
    "@ updating",
    "@ previewing",
    "@ refreshing",
    "@ destroying",
    "@ importing",
    # The sandbox has its own words for being stopped, and its own second Ctrl-C.
    "^C received; cancelling.",
    "Note that terminating immediately may lead to orphaned resources",
    "The resources in the stack have been deleted, but the history",
    "If you want to remove the stack completely, run `pulumi stack rm",
)
# One row of the progress display: operation, type, name, status, and what the resource has to say.
_ROW: Final = re.compile(
    r"(?P<about>.{4}(?P<speaker>[^\s:]+:[^\s:]+:[^\s:]+ \S+)) "
    r"(?P<status>\*\*[^*]+\*\*|running|[a-z][a-z -]* \([0-9.hmsµ]+\)|) ?(?P<said>.*)\n?"
)
_COMPLAINT: Final = re.compile(r"(?P<before>|.*; )(?:error|warning): .*")
_MESSAGE: Final = re.compile(r"(?P<before>\[diff: [^\]]*\](?:; |$))?(?P<message>.*)")
_COUNTS: Final = re.compile(r"(?:(?:; )?\d+ (?:error|warning|message)s?)+")
_HEADING: Final = re.compile(r"  (?P<type>\S+:\S+:\S+) \((?P<name>.*)\):\s*")
_TRACEBACK: Final = "Traceback (most recent call last):"
_CHAINED: Final = "During handling of the above exception, another exception occurred:"
LANGUAGE_HOST: Final = "pulumi-language-python-exec"
_INTERRUPT: Final = "KeyboardInterrupt"
# What the language host does last.
_ENDING: Final = "executor.shutdown("


def _nobody() -> None:
    """The default for who is told of the program's end."""


def readable(lines: Iterable[str], ended: Callable[[], None] = _nobody) -> Iterator[str]:
    """The lines worth reading, without runs of empty ones.

    ended: called when the interrupted program has said its last word, which is long before its process ends.
    """
    blank = True
    for line in _without_empty_headings(_told_once(_said_once(without_interrupts(lines, ended)))):
        empty = not line.strip()
        if line.startswith(_NOISE) or (empty and blank):
            continue
        blank = empty
        yield line


def without_interrupts(lines: Iterable[str], ended: Callable[[], None] = _nobody) -> Iterator[str]:
    """The lines without tracebacks of an interrupted language host.

    After a failure pulumi interrupts the program; the host then prints where in itself it was waiting. Rows
    of several resources may be mixed, so each speaker's traceback is followed by itself.
    """
    tracebacks: dict[str, list[str]] = {}
    after_one: set[str] = set()
    for line in lines:
        speaker, said = _speaker(line)
        held = tracebacks.get(speaker)
        if held is None:
            if said.strip() == _TRACEBACK:
                tracebacks[speaker] = [line]
            elif speaker not in after_one or said.strip() not in {_CHAINED, ""}:
                after_one.discard(speaker)
                yield line
            continue
        held.append(line)
        if said.strip() and _indentation(said) <= _indentation(_speaker(held[0])[1]):
            del tracebacks[speaker]
            if said.strip() != _INTERRUPT or not any(LANGUAGE_HOST in one for one in held):
                yield from held
                continue
            after_one.add(speaker)
            if any(_ENDING in one for one in held):
                ended()
    for held in tracebacks.values():
        yield from held


def _said_once(lines: Iterable[str]) -> Iterator[str]:
    """The lines without what a row says and "Diagnostics" repeats in full; what was never repeated comes
    last.
    """
    unrepeated: list[str] = []
    diagnosed = False
    for line in lines:
        diagnosed |= line.startswith(_DIAGNOSTICS)
        row = _ROW.fullmatch(line)
        if row is None:
            yield line
        elif complaint := _COMPLAINT.fullmatch(row["said"]):
            unrepeated.append(line)
            if row["status"].startswith("**"):
                before = complaint["before"].removesuffix("; ")
                yield f"{row['about']} {row['status']} {before}".rstrip() + "\n"
        elif _COUNTS.fullmatch(row["said"]):
            if row["status"]:
                yield f"{row['about']} {row['status']}\n"
        elif row["said"].strip() or row["status"] not in {"", "running"}:
            yield line
    if not diagnosed:
        yield from unrepeated


def _told_once(lines: Iterable[str]) -> Iterator[str]:
    """The lines without messages that were told already, when they came: a row tells its resource's last one again
    with each status, and "Diagnostics" tells them all.
    """
    told: dict[str, list[str]] = {}
    speaker, paragraph = "", []
    for line in lines:
        if speaker and line.startswith("    "):
            paragraph.append(line)
            continue
        yield from _untold(paragraph, told.get(speaker, []))
        paragraph = []
        if heading := _HEADING.fullmatch(line):
            speaker = f"{heading['type']} {heading['name']}"
        elif line.strip():
            speaker = ""
        row = _ROW.fullmatch(line)
        yield _untold_row(line, row, told.setdefault(row["speaker"], [])) if row else line
    yield from _untold(paragraph, told.get(speaker, []))


def _untold_row(line: str, row: re.Match[str], told: list[str]) -> str:
    """A row without its message, where that is the last one told; else it is told now."""
    said = _MESSAGE.fullmatch(row["said"])
    if said is None or not said["message"]:
        return line
    if told[-1:] != [said["message"]]:
        told.append(said["message"])
        return line
    before = (said["before"] or "").removesuffix("; ")
    return f"{row['about']} {row['status']} {before}".rstrip() + "\n"


def _untold(paragraph: list[str], told: list[str]) -> Iterator[str]:
    """Its lines without those told already. What has more lines is kept whole: a row has the first of them alone."""
    texts = [line.strip() for line in paragraph]
    for number, line in enumerate(paragraph):
        following = "".join(texts[number + 1 : number + 2])
        ends = not following or following in told or _COMPLAINT.fullmatch(following)
        if texts[number] not in told or not ends:
            yield line


def _without_empty_headings(lines: Iterable[str]) -> Iterator[str]:
    """The lines without headings under which nothing is left."""
    waiting: list[str] = []
    for line in lines:
        if line.startswith(_DIAGNOSTICS):
            waiting = [line]
        elif _HEADING.fullmatch(line):
            waiting = [*(kept for kept in waiting if kept.startswith(_DIAGNOSTICS)), line]
        elif waiting and not line.strip():
            continue
        else:
            if line.startswith("   "):
                yield from waiting
            waiting = []
            yield line


def _speaker(line: str) -> tuple[str, str]:
    row = _ROW.fullmatch(line)
    return (row["speaker"], row["said"]) if row else ("", line)


def _indentation(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
