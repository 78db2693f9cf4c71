"""The project that `make up` runs, copied to where a test may write."""

from __future__ import annotations

import shutil
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def copy_of_demo(folder: Path) -> Path:
    """Copies its program and its files into a folder, which is made if need be; returns the folder."""
    folder.mkdir(exist_ok=True)
    for name in ("Pulumi.yaml", "sandbox.yaml"):
        shutil.copy(_ROOT / name, folder)
    shutil.copytree(_ROOT / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    return folder
