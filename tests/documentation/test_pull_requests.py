"""The commands of docs/pull-requests.md are run, at two checkouts, and with the settings that it shows."""

from __future__ import annotations

from pathlib import Path

from tests.documentation.commands import Newcomer
from tests.documentation.pages import block_with, fenced

PAGE = "docs/pull-requests.md"


def test_base_and_head_are_compared_as_the_page_shows(tmp_path: Path) -> None:
    person = Newcomer(tmp_path)
    base, head, report = block_with(PAGE, "--base").splitlines()
    person.runs(base)
    program = person.folder / "stacks" / "__main__.py"
    weakened = program.read_text().replace(
        "connectivity=connectivity,", "connectivity=connectivity, overwrite=False,"
    )
    program.write_text(weakened)
    person.runs(head)
    assert "weakened" in person.runs(report).stdout
    assert "weakened" in (person.folder / "report.html").read_text()


def test_the_policy_pack_judges_a_preview_with_the_settings_that_the_page_shows(tmp_path: Path) -> None:
    person = Newcomer(tmp_path)
    [settings] = fenced(PAGE, "json")
    (person.folder / "settings.json").write_text(settings)
    in_the_sandbox, with_pulumi = block_with(PAGE, "--policy-pack").splitlines()
    run = person.runs(f"{in_the_sandbox} --policy-pack-config settings.json")
    assert "Resources: + 4 to create" in run.stdout
    assert with_pulumi == in_the_sandbox.replace("kong-secure sandbox", "pulumi", 1)
