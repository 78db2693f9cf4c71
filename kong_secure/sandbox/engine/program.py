"""Starting the process that runs the user's program, and handing it its settings.

What happens inside it is in `program_host`; what it asks of the engine arrives at `monitor`.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Final

from kong_secure.sandbox.engine.operations import Operation, Stack
from kong_secure.sandbox.engine.processes import Child, Children, LineSink

_HOST: Final = Path(__file__).with_name("program_host.py")


def start_program(
    children: Children, stack: Stack, operation: Operation, address: str, sink: LineSink
) -> Child | None:
    """Start the program against the monitor at `address`; None when the run is being stopped.

    sink: gets every line the program prints.
    """
    # -P: the folder of program_host must not stand on the program's import path
    command = [stack.python, "-P", "-u", _HOST]
    child = children.start(command, stack.program_directory, stack.environment, stdin=True)
    if child is None:
        return None
    child.read(child.process.stdout, sink)
    child.read(child.process.stderr, sink)
    settings = {
        "monitor": address,
        "project": stack.project,
        "stack": stack.name,
        "organization": stack.organization,
        "root": str(stack.root),
        "main": str(stack.main),
        "parallel": stack.parallel,
        "dry_run": operation is Operation.PREVIEW,
        "config": dict(stack.config),
        "secret_keys": sorted(stack.secret_keys),
    }
    pipe = child.process.stdin
    if pipe is not None:
        with contextlib.suppress(BrokenPipeError):  # it died at once: its exit code tells
            pipe.write(json.dumps(settings).encode() + b"\n")
            pipe.close()
    return child
