"""What tests without `pulumi` rely on, wherever a `pulumi` may lie."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.search_path import without_pulumi


def _command(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


def test_a_pulumi_among_a_systems_commands_is_left_out_and_they_are_found(tmp_path: Path) -> None:
    for name in ("usr/pulumi", "usr/pulumi-language-python", "usr/sh", "other/make"):
        _command(tmp_path / name)
    given = f"{tmp_path / 'usr'}:{tmp_path / 'other'}"
    for _again in range(2):
        path = without_pulumi(tmp_path / "links", given)
        found = {
            name: shutil.which(name, path=path) for name in ("sh", "make", "pulumi", "pulumi-language-python")
        }
        assert [name for name, where in found.items() if where is None] == [
            "pulumi",
            "pulumi-language-python",
        ]
    assert str(tmp_path / "other") in path.split(":")
