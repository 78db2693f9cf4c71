"""What a case is: a program, and the operations it goes through. The cases themselves are in `programs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """One operation. program: what replaces the program before it, None for as it is."""

    operation: str
    program: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A name and its steps; `config` in plain text, with the keys of it that are secret."""

    name: str
    steps: tuple[Step, ...]
    config: Mapping[str, str] = field(default_factory=dict)
    secret_keys: frozenset[str] = frozenset()


def ups(name: str, *programs: str) -> Case:
    """A case that brings up one program after the other."""
    return Case(name, tuple(Step("up", program) for program in programs))
