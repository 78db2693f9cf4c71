"""The workflows for pull requests: what they may, what they run, and what a hostile artifact comes to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kong_secure.report.contents import report_of
from kong_secure.report.digest import preview_of
from kong_secure.report.markdown import LONGEST, markdown
from tests.report.digests import ATTACHMENT, HEADER, ORDERS, created, digest, step
from tests.sandbox.commands import HEADER_PROGRAM, SANDBOX_FILE
from tests.search_path import without_pulumi

FOLDER = Path(__file__).parent.parent / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
HOSTILE = '"><img src=x> [a](https://evil.example) @everyone #1 www.evil.example ![x](y) {{z}} | `q`'


def workflow(name: str) -> dict[str, Any]:
    # `on` is true for YAML 1.1.
    loaded: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text())
    return {"on" if key is True else key: value for key, value in loaded.items()}


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def script(name: str, title: str) -> str:
    [found] = [step["run"] for step in steps(name) if step.get("name") == title]
    return str(found)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_are_pinned_by_commit_and_scripts_take_nothing_of_an_events_as_code(file: Path) -> None:
    used = [step["uses"] for step in steps(file.name) if "uses" in step]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each)] == []
    assert [step["run"] for step in steps(file.name) if "${{" in step.get("run", "")] == []
    checkouts = [step for step in steps(file.name) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_what_runs_a_pull_requests_code_sees_no_secret_and_may_only_read() -> None:
    text = (FOLDER / "preview.yml").read_text()
    found = workflow("preview.yml")
    assert found["on"] == "pull_request"
    assert found["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in found["jobs"].values())
    assert "secrets" not in text
    assert "github.token" not in text


def test_what_may_write_checks_nothing_out_and_may_write_comments_alone() -> None:
    found = workflow("preview-comment.yml")
    assert list(found["on"]) == ["workflow_run"]
    assert found["permissions"] == {}
    [job] = found["jobs"].values()
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert not [step for step in steps("preview-comment.yml") if "checkout" in step.get("uses", "")]
    assert "secrets." not in (FOLDER / "preview-comment.yml").read_text()


def test_secrets_go_to_branches_of_the_repository_alone() -> None:
    [job] = workflow("pulumi.yml")["jobs"].values()
    assert "github.event.pull_request.head.repo.full_name == github.repository" in job["if"]


def comment(folder: Path, **reports: str) -> str:
    """What the comment's workflow makes of an artifact."""
    (folder / "report").mkdir(parents=True)
    for name, text in reports.items():
        (folder / "report" / f"{name}.md").write_text(text, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-c", script("preview-comment.yml", "Read")],
        cwd=folder,
        check=True,
        env={"PATH": ""},
    )
    return (folder / "comment.md").read_text(encoding="utf-8")


def test_a_report_is_posted_whatever_its_resources_are_called(tmp_path: Path) -> None:
    head = digest(
        created(HEADER, HOSTILE, {**ORDERS, "service": HOSTILE}),
        created(ATTACHMENT, "path", {"cidr_blocks": ["10.8.0.0/16"]}),
        step(HEADER, "b", {**ORDERS, HOSTILE.replace(":", ""): 1}, ORDERS),
        diagnostics=[{"severity": "error", "message": HOSTILE}],
    )
    text = markdown(report_of(preview_of(head), title=HOSTILE))
    assert text in comment(tmp_path, dev=text)


@pytest.mark.parametrize(
    "text",
    [
        "[a](b)",
        "![a](b)",
        "<img src=x>",
        "<a href=x>",
        "hello @everyone",
        "https://evil.example",
        "WWW.evil.example",
        "```\n[a](b)\n```",
        '```mermaid\nflowchart LR\n  click a "https://evil.example"\n```',
        "```mermaid\n%%{init: {}}%%\n```",
        "```mermaid\nflowchart LR\n",
        "a\u202eb",
        "x" * (LONGEST + 1),
    ],
    ids=lambda text: re.sub(r"\W+", "-", text)[:40],
)
def test_what_no_report_holds_is_not_posted(text: str, tmp_path: Path) -> None:
    posted = comment(tmp_path, dev=text)
    assert text not in posted
    assert "One report isn't shown" in posted
    assert posted.startswith("<!-- kong-secure report -->")


def test_a_comment_goes_to_the_pull_request_of_the_commit_and_replaces_the_one_before(tmp_path: Path) -> None:
    calls = posted(tmp_path, pulls="7", comments="42")
    assert [call[2:4] for call in calls] == [
        ["GET", "repos/o/r/pulls"],
        ["repos/o/r/issues/7/comments", "--jq"],
        ["PATCH", "repos/o/r/issues/comments/42"],
    ]
    assert "head=stranger:$(touch x)" in calls[0]
    assert not (tmp_path / "x").exists()


def test_without_an_earlier_comment_one_is_made_and_without_a_pull_request_none(tmp_path: Path) -> None:
    assert posted(tmp_path, pulls="7", comments="")[-1][2:4] == ["POST", "repos/o/r/issues/7/comments"]
    (tmp_path / "calls").unlink()
    assert len(posted(tmp_path, pulls="", comments="42")) == 1


def posted(folder: Path, pulls: str, comments: str) -> list[list[str]]:
    """What the last step asks of GitHub's command line, which answers with these numbers."""
    stand_in = folder / "gh"
    stand_in.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        "open('calls', 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
        f"print({pulls!r} if 'repos/o/r/pulls' in sys.argv else {comments!r} if '--paginate' in sys.argv else '')\n"
    )
    stand_in.chmod(0o755)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "REPOSITORY": "o/r",
        "HEAD": "stranger:$(touch x)",
        "SHA": "abc",
    }
    script_text = script("preview-comment.yml", "Post")
    subprocess.run(["bash", "-eo", "pipefail", "-c", script_text], cwd=folder, check=True, env=environment)
    return [json.loads(line) for line in (folder / "calls").read_text().splitlines()]


PROJECT = {
    "Pulumi.yaml": "name: shop\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n",
    "sandbox.yaml": SANDBOX_FILE,
    "stacks/Pulumi.dev.yaml": "config:\n  shop:service: orders\n",
}


def checkout(folder: Path, program: str) -> None:
    """A project as the workflow checks it out and installs it."""
    for name, text in {**PROJECT, "stacks/__main__.py": program}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / ".venv").symlink_to(sys.prefix)


def test_the_steps_preview_both_sides_judge_them_and_report_what_is_different(tmp_path: Path) -> None:
    checkout(tmp_path / "base", HEADER_PROGRAM)
    weakened = HEADER_PROGRAM.replace('"orders",\n', '"orders",\n    overwrite=False,\n', 1)
    assert weakened != HEADER_PROGRAM
    checkout(tmp_path / "head", weakened)
    environment = {"PATH": without_pulumi(tmp_path / "bin", os.environ["PATH"]), "HOME": str(tmp_path)}

    def run(title: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script("preview.yml", title)],
            cwd=tmp_path,
            check=False,
            env=environment,
            text=True,
            capture_output=True,
        )

    previewed = run("Preview")
    assert previewed.returncode == 1, previewed.stderr
    assert "[mandatory] header-overwritten" in previewed.stderr
    reported = run("Report")
    assert reported.returncode == 0, reported.stderr
    report = (tmp_path / "report" / "dev.md").read_text()
    assert "A mandatory policy is violated, and refuses this" in report
    assert "header-overwritten" in report
    assert "The preview failed" not in report
    assert "orders" in report
    assert (tmp_path / "report" / "dev.html").stat().st_size > 1000
    # What is posted of it is the report itself.
    assert report.strip() in comment(tmp_path / "posted", dev=report)
