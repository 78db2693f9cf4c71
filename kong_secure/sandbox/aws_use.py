"""Whether a program uses AWS, and whether this installation has one to give it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kong_secure.sandbox.declaration import Declaration

EXTRA: Final = "kong-secure[sandbox-aws]"
_NAMES: Final = (b"pulumi_aws", b"AwsTransitGateway")
_NEEDED: Final = ("boto3", "moto")
_LARGEST: Final = 1_000_000


def uses_aws(program: Path, declared: Declaration) -> bool:
    """Whether sandbox.yaml declares a network on AWS, or a Python file of the program names AWS's classes."""
    if any(network.provider == "aws" for network in declared.networks):
        return True
    return any(name in path.read_bytes() for path in _files(program) for name in _NAMES)


def is_installed() -> bool:
    """Whether what the sandbox's AWS needs is there."""
    return all(importlib.util.find_spec(name) is not None for name in _NEEDED)


def note() -> str:
    """What to tell the user of a program that uses AWS where there is none to give it."""
    return (
        f"the program uses AWS, and this sandbox has none: install {EXTRA} to run it; "
        "`preview` shows resources of package aws as not simulated"
    )


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
