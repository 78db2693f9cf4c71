"""`kong-secure report`: previews in, a report out. What it says is the matter of `kong_secure.report`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kong_secure.report.digest import Preview

_STANDARD_INPUT = "-"
_WORDS = "what a preview changes, and what that does to security"
_DESCRIPTION = """\
Reads what `pulumi preview --json` or `kong-secure sandbox preview --json` printed, and says what it changes and what
that does to security, as Markdown with a diagram. With --base two previews are compared by URN, which is what tells
something where both begin with an empty state.
"""


class ReportError(Exception):
    """A file that can't be read or written, or that holds no preview; the text says which and why."""


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report` to the commands."""
    parser = commands.add_parser("report", help=_WORDS, description=_DESCRIPTION)
    parser.add_argument("head", metavar="HEAD", help="the preview; - reads standard input")
    parser.add_argument("--base", metavar="BASE", help="the preview to compare with, that of the base branch")
    parser.add_argument(
        "--title", metavar="TEXT", default="", help="what it is about, as the name of a stack"
    )
    parser.add_argument("--html", metavar="FILE", help="write the report as one HTML page too")
    parser.add_argument("--markdown", metavar="FILE", help="write the Markdown there, not to standard output")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from kong_secure.report.contents import report_of  # noqa: PLC0415 - no other command needs it
    from kong_secure.report.markdown import markdown  # noqa: PLC0415
    from kong_secure.report.page import page  # noqa: PLC0415

    try:
        head = _preview(options.head)
        report = report_of(
            head, None if options.base is None else _preview(options.base), title=options.title
        )
        if options.html is not None:
            _write(options.html, page(report))
        if options.markdown is not None:
            _write(options.markdown, markdown(report) + "\n")
    except ReportError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    if options.markdown is None:
        sys.stdout.write(markdown(report) + "\n")
    return 0


def _preview(file: str) -> Preview:
    from kong_secure.report.digest import LARGEST_BYTES, NotAPreviewError, preview_of  # noqa: PLC0415

    what = "standard input" if file == _STANDARD_INPUT else file
    try:
        if file == _STANDARD_INPUT:
            content = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                content = stream.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            problem = f"is larger than {LARGEST_BYTES // 1_000_000} MB, which no preview is"
        else:
            return preview_of(content.decode("utf-8", errors="replace"))
    except OSError as error:
        problem = f"can't be read: {error.strerror or error}"
    except NotAPreviewError as error:
        problem = str(error)
    raise ReportError(f"{what} {problem}")


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        problem = error.strerror or str(error)
    else:
        return
    raise ReportError(f"{file} can't be written: {problem}")
