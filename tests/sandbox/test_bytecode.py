"""The bytecode of the sandbox's processes: kept, so that the second command starts fast, and in `.sandbox` only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from kong_secure.sandbox import environment


def test_what_a_process_imports_is_compiled_once_and_into_the_sandbox_alone(tmp_path: Path) -> None:
    project, sandbox = tmp_path / "project", tmp_path / "project" / ".sandbox"
    project.mkdir()
    (project / "imported.py").write_text("")
    base = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [sys.executable, "-c", "import imported"],
        cwd=project,
        env=environment.isolated(base, sandbox, "a-run"),
        check=True,
    )
    assert [path.name for path in project.iterdir() if path.name != ".sandbox"] == ["imported.py"]
    assert len(list(sandbox.rglob("imported.*.pyc"))) == 1
