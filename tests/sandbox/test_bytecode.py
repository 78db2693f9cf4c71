"""The bytecode of the sandbox's processes: that of installed packages is used, and none is written beside the user's
modules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kong_secure.sandbox import bytecode, environment

BASES = [{}, {"PYTHONDONTWRITEBYTECODE": "1"}]


def after_an_import(project: Path, base: dict[str, str], *, compiled: bool) -> list[str]:
    """Runs a process that imports a module of the project; returns which bytecode there is then, and where."""
    project.mkdir()
    (project / "imported.py").write_text("")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [sys.executable, "-c", "import imported"],
        cwd=project,
        env=environment.isolated(kept | base, project / ".sandbox", "a-run", compiled=compiled),
        check=True,
    )
    return [str(path.relative_to(project)) for path in project.rglob("imported.*.pyc")]


@pytest.mark.parametrize("base", BASES)
def test_where_packages_brought_their_bytecode_none_is_written(tmp_path: Path, base: dict[str, str]) -> None:
    assert after_an_import(tmp_path / "project", base, compiled=True) == []


@pytest.mark.parametrize("base", BASES)
def test_where_they_brought_none_each_module_is_compiled_once_and_into_the_sandbox_alone(
    tmp_path: Path, base: dict[str, str]
) -> None:
    [written] = after_an_import(tmp_path / "project", base, compiled=False)
    assert written.startswith(".sandbox/cache/bytecode/")


def test_bytecode_of_installed_packages_is_read_where_it_is() -> None:
    inside = environment.isolated({"PATH": "/bin"}, Path("/somewhere/.sandbox"), "a-run", compiled=True)
    assert "PYTHONPYCACHEPREFIX" not in inside


def test_packages_have_their_bytecode_once_they_are_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "uvicorn" / "__init__.py"
    package.parent.mkdir()
    package.write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "uvicorn", raising=False)
    assert not bytecode.is_installed()
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(package.parent)], check=True)
    assert bytecode.is_installed()
