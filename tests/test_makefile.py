"""What `make` makes, and when it makes it anew. The commands it ends in are tested where they live."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which everything is installed already."""
    folder = tmp_path / "a checkout"
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copyfile(ROOT / name, folder / name)
    (commands / "python").touch()
    # The way in which pip names an interpreter whose path has a space in it.
    (commands / "kong-secure").write_text(
        f"#!/bin/sh\n'''exec' \"{commands / 'python'}\" \"$0\" \"$@\"\n' '''\n"
    )
    for name in ("sandbox.stamp", "dev.stamp"):
        (folder / ".venv" / name).touch()
    return folder


def planned(folder: Path) -> list[str]:
    """The commands that `make up` would run there."""
    told = subprocess.run(
        ["make", "--no-print-directory", "-n", "up"], cwd=folder, capture_output=True, text=True, check=True
    )
    return told.stdout.splitlines()


def test_nothing_is_installed_twice(checkout: Path) -> None:
    assert planned(checkout) == [".venv/bin/kong-secure sandbox up"]


def test_a_new_constraint_is_installed(checkout: Path) -> None:
    (checkout / ".venv" / "sandbox.stamp").unlink()
    assert any("--constraint constraints.txt" in command for command in planned(checkout))


@pytest.mark.parametrize("keeps_the_first", [False, True], ids=["moved", "copied"])
def test_in_a_moved_or_copied_checkout_the_environment_is_made_anew(
    checkout: Path, keeps_the_first: bool
) -> None:
    other = checkout.with_name("elsewhere")
    if keeps_the_first:
        shutil.copytree(checkout, other)
    else:
        checkout.rename(other)
    told, *commands = planned(other)
    assert told == ".venv was made in another folder: it is removed"
    assert any("-m venv .venv" in command for command in commands)
    assert not (other / ".venv").exists()
