"""References to other stacks of the same sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sandbox.engine.conftest import Project

READS = """
platform = pulumi.StackReference("organization/platform/live")
Thing("a", colour=platform.require_output("network"), hush=platform.require_output("word"))
"""


def test_a_stack_of_another_project_is_read_also_in_a_preview_and_its_secrets_stay_secret(
    project: Project,
) -> None:
    project.program('pulumi.export("network", "n-1")\npulumi.export("word", Output.secret("open-the-door"))')
    other = replace(project.stack(), project="platform", name="live")
    assert project.run("up", project=other.project, name=other.name).result.succeeded
    project.program(READS)
    preview = project.run("preview")
    assert preview.operations == {"a": "create"}
    assert "n-1" in preview.text
    up = project.run("up")
    assert "open-the-door" not in preview.text + up.text + project.state_file.read_text()
    assert project.resources["a"]["inputs"]["colour"] == "n-1"
    assert project.run("up").operations == {}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("organization/platform/none", 'unknown stack "organization/platform/none"'),
        ("none", 'unknown stack "none"'),
        ("company/platform/live", "organization name must be 'organization'"),
        ("platform/live", "organization name must be 'organization'"),
        ("a/b/c/d", "a stack name may not be empty"),
    ],
)
def test_a_stack_that_is_not_there_is_refused_in_pulumis_words(
    project: Project, name: str, reason: str
) -> None:
    outcome = project.up(f'pulumi.StackReference("{name}")')
    assert not outcome.result.succeeded
    assert reason in outcome.text
