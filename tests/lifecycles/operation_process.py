"""The engines that lifecycles run on, and one operation of one of them in a process of its own, for tests that kill it.

Run as `python -m tests.lifecycles.operation_process`; a line of JSON on standard input describes engine, operation and
stack.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Final

from kong_secure.sandbox.engine import EmbeddedEngine, Operation, Stack
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli

EMBEDDED: Final = "embedded"
PULUMI: Final = "pulumi"
AnEngine = EmbeddedEngine | PulumiCli


def engine_named(name: str, folder: Path) -> AnEngine:
    """An engine; what a `pulumi` keeps lies beside the program's folder."""
    if name == EMBEDDED:
        return EmbeddedEngine()
    return PulumiCli(Path(str(shutil.which("pulumi"))), folder.parent / "pulumi")


def main() -> None:
    """Runs what standard input describes."""
    given = json.loads(sys.stdin.readline())
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
        parallel=given["parallel"],
    )
    engine_named(given["engine"], folder).run(Operation(given["operation"]), stack, sys.stdout)


if __name__ == "__main__":
    main()
