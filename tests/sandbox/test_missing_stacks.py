"""What is said of stacks that a program refers to and that aren't in the sandbox."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kong_secure.sandbox.missing_stacks import Heard
from kong_secure.sandbox.prepared import find

REFUSED = 'error: Preview failed: unknown stack "{}"\n'


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A project that uses the sandbox of another one's folder, as a third does that has been used there."""
    for name in ("platform", "application", "data"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        if name != "platform":
            (folder / "sandbox.yaml").write_text("sandbox: ../platform\n")
    find(tmp_path / "data")
    return tmp_path / "application"


def notes(application: Path, *printed: str) -> list[str]:
    project, _, directory = find(application)
    out = io.StringIO()
    heard = Heard(out)
    for text in printed:
        heard.out.write(text)
    heard.out.flush()
    assert out.getvalue() == "".join(printed)
    return list(heard.notes(project.name, project.root, directory))


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("organization/platform/dev", "in ../platform"),
        ("organization/data/dev", "in ../data"),
        ("dev", "in ."),
        ("organization/other/dev", "in the folder of other, whose sandbox.yaml must name this sandbox"),
    ],
)
def test_a_stack_that_isnt_there_is_brought_up_in_the_folder_of_its_project(
    application: Path, name: str, place: str
) -> None:
    [note] = notes(application, "first\n", REFUSED.format(name), REFUSED.format(name))
    assert f"bring it up first, `kong-secure sandbox --stack dev up` {place}" in note


def test_nothing_is_said_of_other_failures(application: Path) -> None:
    assert notes(application, 'error: unknown resource "x"\n') == []
