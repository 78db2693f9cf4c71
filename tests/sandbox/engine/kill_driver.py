"""Runs one operation of a little project in a process of its own, so that a test can kill it.

Arguments: the project's folder and the operation. Writes the pid of each child, one a line, to `pids`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kong_secure.sandbox.engine import EmbeddedEngine, Operation, encryption
from tests.sandbox.engine.conftest import Project

setattr(encryption, "_ROUNDS", 1000)  # noqa: B010 - a constant, which a fast test makes smaller


def main() -> None:
    directory = Path(sys.argv[1])

    def record(process: subprocess.Popen[bytes]) -> None:
        with (directory / "pids").open("a") as file:
            file.write(f"{process.pid}\n")

    stack = Project(directory, things=None).stack(recorder=record)
    EmbeddedEngine().run(Operation(sys.argv[2]), stack, sys.stdout)


if __name__ == "__main__":
    main()
