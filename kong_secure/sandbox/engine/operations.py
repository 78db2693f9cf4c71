"""What an engine is asked to do and what it answers: operations, the stack, changes and the result.

These names are shared by every engine of the sandbox. Nothing here acts.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Operation(StrEnum):
    """What to do with a stack."""

    PREVIEW = "preview"
    UP = "up"
    REFRESH = "refresh"
    DESTROY = "destroy"


@dataclass(frozen=True)
class Repair:
    """What a refresh does about creates that were interrupted: imports, by URN the id of what is there, which is taken
    over; clear, the others are forgotten.
    """

    imports: Mapping[str, str] = field(default_factory=dict)
    clear: bool = False


NO_REPAIR = Repair()


class EngineError(Exception):
    """The engine can't run at all; the message says why in one sentence and holds no secret."""


class Interrupted(EngineError):  # noqa: N818 (the words a caller would use)
    """The operation was stopped before its end; what it had done is in the state."""


def _record_nothing(_process: subprocess.Popen[bytes]) -> None:
    """The default recorder: nobody wants to know about children."""


@dataclass(frozen=True)
class PolicyPack:
    """A policy pack to run. folder: that of its PulumiPolicy.yaml. configuration: the JSON file with its policies'
    settings, as `pulumi` takes it with --policy-pack-config; None: their defaults.
    """

    folder: Path
    configuration: Path | None = None


@dataclass(frozen=True)
class Stack:
    """A stack of a project, with everything an engine needs to act on it.

    root: the folder of Pulumi.yaml. main: the program's folder or file, absolute.
    python: the interpreter that runs program and providers.
    config: `namespace:key` to plain text; secret_keys: those of them that are secret; structured_keys: those whose
    text is the JSON of a list or mapping.
    environment: the whole environment of child processes.
    parallel: how many operations on resources may be under way at once.
    recorder: called with each child right after it was spawned, before it can act.
    policy_packs: what judges previews and updates.
    """

    project: str
    name: str
    root: Path
    main: Path
    python: Path
    state_directory: Path
    passphrase: str = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    config: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_keys: frozenset[str] = frozenset()
    structured_keys: frozenset[str] = frozenset()
    organization: str = "organization"
    parallel: int = 8
    recorder: Callable[[subprocess.Popen[bytes]], None] = _record_nothing
    policy_packs: tuple[PolicyPack, ...] = ()

    @property
    def qualified_name(self) -> str:
        """The stack's name as the file backend writes it."""
        return f"organization/{self.project}/{self.name}"

    @property
    def program_directory(self) -> Path:
        """The working directory of program and providers."""
        return self.main.parent if self.main.is_file() else self.main


@dataclass(frozen=True)
class Difference:
    """One property that differs. `kind` is add, update or delete; values hold their secret markers."""

    path: str
    kind: str
    old: Any = field(default=None, repr=False)
    new: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Detail:
    """One property that differs, as the provider says, or the engine where the provider left that open.

    kind: add, update or delete, with `-replace` where the resource must be replaced for it. inputs: whether inputs
    were compared with inputs.
    """

    path: str
    kind: str
    inputs: bool = False


@dataclass(frozen=True)
class Change:
    """What happened, or in a preview would happen, to one resource.

    operation: create, update, replace, delete or same. In a refresh, update and delete say what was found.
    error: why it failed (secrets masked), or None. attempted: False when it was given up because something it
    depends on failed. seconds: how long it took.
    diff_keys: top-level names of the properties that differ. detailed: each of these properties, where known.
    along: whether it is replaced for the sake of what it depends on, which is deleted first.
    """

    urn: str
    operation: str
    differences: tuple[Difference, ...] = ()
    replace_keys: tuple[str, ...] = ()
    delete_first: bool = False
    simulated: bool = True
    note: str = ""
    error: str | None = None
    attempted: bool = True
    seconds: float = 0.0
    diff_keys: tuple[str, ...] = ()
    detailed: tuple[Detail, ...] = ()
    along: bool = False


@dataclass(frozen=True)
class Result:
    """How an operation ended.

    outputs: the stack's outputs, secrets in clear: what is printed is the caller's matter. secret_outputs:
    the names of the secret ones. not_simulated: type or function tokens without a stand-in, with how often
    each was met. digest: of a preview, where it was asked for, in the format of `pulumi preview --json`.
    """

    succeeded: bool
    changes: tuple[Change, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secret_outputs: frozenset[str] = frozenset()
    not_simulated: Mapping[str, int] = field(default_factory=dict)
    digest: Mapping[str, Any] | None = field(default=None, repr=False)
