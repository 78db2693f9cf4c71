"""A command that the user asked for, run as a shell would run it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.interruption import Interruption
from kong_secure.sandbox.recorded_processes import Run


def run_in_foreground(
    command: Sequence[str], environment: Mapping[str, str], run: Run, interruption: Interruption
) -> int:
    """Run a command and return its exit code: it has the terminal, and Ctrl-C is for it. Raises SandboxError where
    it can't be started.
    """
    try:
        process = subprocess.Popen(command, env=dict(environment))  # noqa: S603 - what the user asked to run
    except OSError as error:
        problem = error.strerror
    else:
        run.record(process)
        with interruption.passed_on(process):
            code = process.wait()
        return code if code >= 0 else 128 - code
    raise SandboxError(f"can't run {command[0]}: {problem}")
