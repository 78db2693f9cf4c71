"""The arguments of `kong-secure`, and the outermost rules of every command: what goes wrong is said in one
sentence, without a traceback, and the exit code tells. What a command does is in a module of its name.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence

from kong_secure import __version__

_SEPARATOR = "--"

Command = Callable[[argparse.Namespace], int]


class UsageError(Exception):
    """The command line can't be understood; the text says what is expected."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, by default this process's own; returns the exit code.

    0: done. 1: it failed, or a proof did not hold. 2: the command line is wrong. 128 + n: ended by signal n.
    """
    _mend_streams()
    # At the end Python would look through all that was loaded for garbage, which takes a tenth of a second.
    atexit.register(gc.freeze)
    given = list(sys.argv[1:] if arguments is None else arguments)
    # What follows `--` is somebody else's command line; argparse changes its ways with it from version to
    # version.
    at = given.index(_SEPARATOR) if _SEPARATOR in given else len(given)
    parser = _parser()
    options, unknown = parser.parse_known_args(given[:at])
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{_advice(options, unknown)}")
    options.rest = given[at + 1 :]
    options.separated = at < len(given)
    run: Command = options.run
    try:
        return run(options)
    except UsageError as error:
        parser.error(str(error))
    except BrokenPipeError:
        # Whoever read the output has left; the interpreter must not trip over it again while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _advice(options: argparse.Namespace, unknown: Sequence[str]) -> str:
    """What a command says of options that it doesn't have."""
    said = options.advice(options) if unknown[0].startswith("-") and hasattr(options, "advice") else ""
    return f". {said}" if said else ""


def _mend_streams() -> None:
    """Printing must not fail: where a standard stream is closed, or can't show a letter."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kong-secure",
        description="Secure the path from Kong's Dedicated Cloud Gateways to your APIs.",
    )
    parser.add_argument("--version", action="version", version=f"kong-secure {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_commands(commands)
    return parser


def _add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from kong_secure.cli import policy_pack, report, sandbox  # noqa: PLC0415 - a command's module is its own to need

    sandbox.add_arguments(commands)
    report.add_arguments(commands)
    policy_pack.add_arguments(commands)
