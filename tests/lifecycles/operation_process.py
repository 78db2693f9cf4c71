"""One operation of the embedded engine in a process of its own, for tests that kill it.

Run as `python -m tests.lifecycles.operation_process`; a line of JSON on standard input describes operation and stack.
Each child's pid is appended to the file that `children` names.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from kong_secure.sandbox.engine import EmbeddedEngine, Operation, Stack


def main() -> None:
    """Runs what standard input describes."""
    given = json.loads(sys.stdin.readline())
    children = Path(given["children"])

    def record(process: subprocess.Popen[bytes]) -> None:
        with children.open("a") as file:
            file.write(f"{process.pid}\n")

    folder = Path(given["folder"])
    stack = Stack(
        project=given["project"],
        name=given["stack"],
        root=folder,
        main=folder,
        python=Path(sys.executable),
        config=given["config"],
        secret_keys=frozenset(given["config"]),
        state_directory=folder / "state",
        passphrase=given["passphrase"],
        environment=given["environment"],
        recorder=record,
    )
    EmbeddedEngine().run(Operation(given["operation"]), stack, sys.stdout)


if __name__ == "__main__":
    main()
