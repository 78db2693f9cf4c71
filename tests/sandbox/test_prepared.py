"""What is settled before anything runs, and which engine is chosen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kong_secure.sandbox.engines import EngineChoice, choose_engine
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.prepared import Prepared, find, prepare
from kong_secure.sandbox.project import Project
from tests.sandbox.commands import UserProject


def _prepared(shop: UserProject) -> Prepared:
    project, file, directory = find(shop.folder)
    return prepare(project, file, directory, None)


def test_configuration_from_pulumi_esc_is_noted_with_what_to_do(shop: UserProject) -> None:
    shop.write("Pulumi.dev.yaml", "environment: [prod]\n")
    [note] = _prepared(shop).notes
    assert note.startswith("Pulumi.dev.yaml: `environment:` (Pulumi ESC) isn't read in the sandbox")


def test_without_pulumi_the_embedded_engine_is_chosen_and_says_why(tmp_path: Path) -> None:
    project = Project(tmp_path, "shop", tmp_path, tmp_path)
    assert (
        choose_engine(EngineChoice.AUTO, project, str(tmp_path), tmp_path)[1]
        == "embedded (no `pulumi` on PATH)"
    )
    asked = choose_engine(EngineChoice.EMBEDDED, project, str(Path(sys.executable).parent), tmp_path)
    assert asked[1] == "embedded (asked for with --engine)"
    with pytest.raises(
        SandboxError, match="--engine pulumi can't be had: no `pulumi` on PATH; --engine embedded"
    ):
        choose_engine(EngineChoice.PULUMI, project, str(tmp_path), tmp_path)
