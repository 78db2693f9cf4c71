"""Which clouds a stack uses, and whether this installation has them to give."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kong_secure.sandbox.sandbox_file import SandboxFile

_LARGEST: Final = 1_000_000


@dataclass(frozen=True)
class CloudKind:
    """A cloud that the sandbox has.

    provider: as networks name it. title: its name for people. classes: what a program that uses it names. needed:
    the modules without which there is none. extra: what installs them.
    """

    provider: str
    title: str
    classes: tuple[bytes, ...]
    needed: tuple[str, ...]
    extra: str

    @property
    def installed(self) -> bool:
        """Whether what it needs is there."""
        return all(importlib.util.find_spec(name) is not None for name in self.needed)

    def missing(self) -> str:
        """What to tell the user of a stack that uses it where there is none to give it."""
        return (
            f"the stack uses {self.title}, and this sandbox has none: install {self.extra} to run it; "
            f"`preview` shows resources of package {self.provider} as not simulated"
        )


AWS: Final = CloudKind(
    "aws", "AWS", (b"pulumi_aws", b"AwsTransitGateway"), ("boto3", "moto"), "kong-secure[sandbox-aws]"
)
AZURE: Final = CloudKind(
    "azure", "Azure", (b"pulumi_azure_native", b"AzureVnetPeering"), (), "kong-secure[azure]"
)
KINDS: Final = (AWS, AZURE)


def used(program: Path, file: SandboxFile, stack: str | None) -> tuple[CloudKind, ...]:
    """The clouds that a stack uses; stack: None for one that isn't known.

    The cloud of a private backend of the stack's is one. Another one isn't, where sandbox.yaml keeps its private
    backends there for stacks that it names; else it is one where a network there is declared or a Python file of the
    program names its classes.
    """
    return tuple(kind for kind in KINDS if _uses(kind, program, file, stack))


def _uses(kind: CloudKind, program: Path, file: SandboxFile, stack: str | None) -> bool:
    there = [
        backend
        for backend in file.backends
        if file.declared.cloud_of(file.place_of(backend)) == kind.provider
    ]
    if stack is not None and any(backend in there for backend in file.backends_of(stack)):
        return True
    if there and all(backend.stacks for backend in there) and stack is not None:
        return False
    if any(network.provider == kind.provider for network in file.declared.networks):
        return True
    return any(name in path.read_bytes() for path in _files(program) for name in kind.classes)


def _files(folder: Path) -> Iterator[Path]:
    """The Python files of a program, without those of virtual environments and hidden folders."""
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return
    if any(path.name == "pyvenv.cfg" for path in inside):
        return
    for path in inside:
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.suffix == ".py" and path.stat().st_size < _LARGEST:
            yield path
