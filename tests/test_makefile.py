"""What `make` makes, and when it makes it anew. The commands it ends in are tested where they live."""

from __future__ import annotations

import os
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
    for name in ("sandbox.stamp", "aws.stamp", "azure.stamp", "dev.stamp"):
        (folder / ".venv" / name).touch()
    return folder


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", "-n", "up", *arguments],
        cwd=folder,
        env={**os.environ, "CONNECTIVITY": "of-somebody-else"},
        capture_output=True,
        text=True,
        check=False,
    )


def planned(folder: Path, *arguments: str) -> list[str]:
    """The commands that `make up` would run there."""
    told = make(folder, *arguments)
    assert told.returncode == 0, told.stderr
    return told.stdout.splitlines()


def test_nothing_is_installed_twice(checkout: Path) -> None:
    assert planned(checkout) == [".venv/bin/kong-secure sandbox up"]


def test_a_new_constraint_is_installed(checkout: Path) -> None:
    (checkout / ".venv" / "sandbox.stamp").unlink()
    assert any("--constraint constraints.txt" in command for command in planned(checkout))


@pytest.mark.parametrize(
    ("connectivity", "stamp", "extras", "operations"),
    [
        ("public-internet", "sandbox", ".[sandbox]", ["up"]),
        ("aws-transit-gateway", "aws", ".[aws,sandbox-aws]", ["up --stack aws-transit-gateway"]),
        (
            "azure-vnet-peering",
            "azure",
            ".[azure,sandbox]",
            ["--stack azure-vnet-peering consent", "up --stack azure-vnet-peering"],
        ),
    ],
)
def test_a_connectivity_installs_what_it_needs_once_and_chooses_its_stack(
    checkout: Path, connectivity: str, stamp: str, extras: str, operations: list[str]
) -> None:
    chosen = f"CONNECTIVITY={connectivity}"
    commands = [f".venv/bin/kong-secure sandbox {operation}" for operation in operations]
    assert planned(checkout, chosen) == commands
    (checkout / ".venv" / f"{stamp}.stamp").unlink()
    _, install, compiled, _, *after = planned(checkout, chosen)
    assert f"'{extras}'" in install
    assert compiled.endswith("compileall -q kong_secure")
    assert after == commands


def test_an_unknown_connectivity_is_refused_with_those_there_are(checkout: Path) -> None:
    told = make(checkout, "CONNECTIVITY=vpn")
    assert told.returncode != 0
    assert (
        'CONNECTIVITY is "vpn"; there is: aws-transit-gateway azure-vnet-peering public-internet'
        in told.stderr
    )


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
