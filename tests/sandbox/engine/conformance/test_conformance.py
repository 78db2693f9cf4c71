"""Every engine there is does what the real pulumi was recorded to do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.engine import EmbeddedEngine
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli, find_pulumi
from tests.sandbox.engine.conformance.case import Case
from tests.sandbox.engine.conformance.cases import CASES
from tests.sandbox.engine.conformance.sequences import EXPECTED, play

# The others are named at the end of a run.
RECORDED = [case for case in CASES if (EXPECTED / f"{case.name}.json").exists()]
PULUMI = find_pulumi(os.environ.get("PATH"))


def expected(case: Case) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((EXPECTED / f"{case.name}.json").read_text())
    assert recorded.pop("pulumi").startswith("v3.")
    return recorded


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.name)
def test_the_embedded_engine_does_what_pulumi_does(case: Case, tmp_path: Path) -> None:
    assert play(case, EmbeddedEngine(), tmp_path) == expected(case)


if PULUMI is not None:

    @pytest.mark.usefixtures("real_key_derivation")  # pulumi reads what was encrypted here
    @pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.name)
    def test_pulumi_still_does_what_was_recorded(case: Case, tmp_path: Path) -> None:
        assert PULUMI is not None
        assert play(case, PulumiCli(PULUMI, tmp_path / "pulumi"), tmp_path) == expected(case)
