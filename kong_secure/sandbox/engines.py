"""Which engine runs an operation: the user's own `pulumi` where it can, the embedded one otherwise. How
each of them runs lives in `engine`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Protocol, TextIO

from kong_secure.sandbox.engine import EmbeddedEngine, EngineError, Operation, Result, Stack
from kong_secure.sandbox.engine.operations import NO_REPAIR, Repair
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli, find_pulumi
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.project import Project, interpreter_in


class Engine(Protocol):
    """What every engine can do."""

    def run(
        self,
        operation: Operation,
        stack: Stack,
        out: TextIO,
        *,
        digest: bool = False,
        repair: Repair = NO_REPAIR,
    ) -> Result:
        """Carry out the operation, printing what a person wants to read. digest: whether the result of a preview
        holds its digest. repair: of a refresh.
        """

    def stop(self) -> None:
        """End the operation under way."""


class EngineChoice(StrEnum):
    """What the user wants; AUTO: `pulumi` where it can be used, else the embedded engine."""

    AUTO = "auto"
    PULUMI = "pulumi"
    EMBEDDED = "embedded"


def choose_engine(
    choice: EngineChoice, project: Project, search_path: str | None, directory: Path
) -> tuple[Engine, str]:
    """The engine to use, and how to call it in front of people, with the reason where it isn't the user's
    own.

    search_path: where `pulumi` is looked for. directory: what it may keep is kept there.
    Raises SandboxError where `pulumi` was asked for and can't be used.
    """
    if choice is EngineChoice.EMBEDDED:
        return EmbeddedEngine(), "embedded (asked for with --engine)"
    try:
        pulumi = _own_pulumi(project, search_path, directory)
    except EngineError as error:
        reason = str(error)
    else:
        return pulumi, pulumi.label
    if choice is EngineChoice.PULUMI:
        raise SandboxError(f"--engine pulumi can't be had: {reason}; --engine embedded needs no `pulumi`")
    return EmbeddedEngine(), f"embedded ({reason})"


def _own_pulumi(project: Project, search_path: str | None, directory: Path) -> PulumiCli:
    executable = find_pulumi(search_path)
    if executable is None:
        raise EngineError("no `pulumi` on PATH")
    if project.virtualenv is not None and not interpreter_in(project.virtualenv).exists():
        # It would make the environment by itself, in the user's project and from the network.
        raise EngineError(
            f"Pulumi.yaml names the virtual environment {project.virtualenv}, which doesn't exist"
        )
    return PulumiCli(executable, directory)
