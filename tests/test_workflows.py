"""The workflows for pull requests: what they may, what they run, and what a hostile artifact comes to."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kong_secure.report.contents import report_of
from kong_secure.report.digest import preview_of
from kong_secure.report.markdown import LONGEST, markdown
from tests.report.digests import ATTACHMENT, HEADER, INGRESS, ORDERS, UNKNOWN, created, digest, step
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
    return read(folder)


def read(folder: Path) -> str:
    environment = {"PATH": "", "SHA": "abc123", "RUN": "https://github.com/o/r/actions/runs/1"}
    code = script("preview-comment.yml", "Read")
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, env=environment)
    return (folder / "comment.md").read_text(encoding="utf-8")


def test_a_report_is_posted_whatever_its_resources_are_called(tmp_path: Path) -> None:
    head = digest(
        created(HEADER, HOSTILE, {**ORDERS, "service": HOSTILE}),
        created(ATTACHMENT, "path", {"cidr_blocks": ["10.8.0.0/16"]}),
        step(HEADER, "b", {**ORDERS, HOSTILE.replace(":", ""): 1}, ORDERS),
        created("a:b/c:D" + HOSTILE.replace(":", ""), "\u202e\U0001f600\ud800", {}),
        step(INGRESS, "c", None, {"ipProtocol": "tcp", "cidrIpv4": UNKNOWN}),
        *(created(HEADER, f"n{index}", {**ORDERS, "service": f"s{index}"}) for index in range(130)),
        diagnostics=[{"severity": "error", "message": HOSTILE}],
    )
    text = markdown(report_of(preview_of(head), title=HOSTILE))
    assert text in comment(tmp_path, dev=text)


DRAWING = "```mermaid\nflowchart LR\n{}\n```"
NO_REPORTS = [
    "[a](b)",
    "![a](b)",
    "<img src=x>",
    "<a href=x>",
    "<!-- x",
    "hello @everyone",
    "hello &#64;everyone",
    "fixes &#35;1",
    "https://evil.example",
    "WWW.evil.example",
    "`a`",
    "$\\href{//evil.example}{x}$",
    "~~~mermaid",
    "```\n[a](b)\n```",
    "a\u202eb",
    "a&#8238;b",
    "a&#8203;b",
    "a&#55296;b",
    "a&#9999999;b",
    "```mermaid\nflowchart LR\n",
    "```mermaid\n%%{init: {}}%%\n```",
    "```mermaid\nflowchart LR\n```\n```",
    DRAWING.format('  click a "https://evil.example"'),
    DRAWING.format('  gateway0["a"];click gateway0 "https://evil.example"'),
    DRAWING.format("  classDef new fill:url(https://evil.example/x.png)"),
    DRAWING.format("  classDef new stroke:#1a7f37,stroke-width:3px,background:url(x)"),
    DRAWING.format('  gateway0["<img src=x>"]'),
    DRAWING.format("  gateway0[a]"),
    "x" * (LONGEST + 1),
]


@pytest.mark.parametrize("first", range(0, len(NO_REPORTS), 10))
def test_what_no_report_holds_is_not_posted(first: int, tmp_path: Path) -> None:
    texts = NO_REPORTS[first : first + 10]
    posted = comment(tmp_path, **{f"{index}": text for index, text in enumerate(texts)})
    assert [text for text in texts if text in posted.split("\n\n", 2)[2]] == []
    assert f"Reports that aren't shown: {len(texts)}." in posted
    assert posted.startswith("<!-- kong-secure report -->")


def test_what_is_no_file_of_the_artifacts_is_not_read_and_what_is_too_much_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (tmp_path / "outside").write_text("outside")
    (folder / "a.md").symlink_to(tmp_path / "outside")
    (folder / "b.md").mkdir()
    for index in range(12):
        (folder / f"c{index:02}.md").write_text(f"report {index}")
    posted = read(tmp_path)
    assert "outside" not in posted
    assert "report 7" in posted
    assert "report 8" not in posted
    assert "Reports that aren't shown: 6." in posted


def test_a_run_without_a_report_is_told_of_and_every_comment_names_its_commit(tmp_path: Path) -> None:
    posted = read(tmp_path)
    assert "The run made no report of this commit" in posted
    assert "Of commit abc123, by [the run" in posted
    assert "as honest as its author" in posted.split("\n\n")[1]


def test_a_comment_goes_to_the_pull_request_of_the_commit_and_replaces_the_one_before(tmp_path: Path) -> None:
    calls = posted(tmp_path, pulls="7", comments="42")
    assert [call[2:4] for call in calls] == [
        ["GET", "--paginate"],
        ["repos/o/r/pulls/7/files", "--jq"],
        ["repos/o/r/issues/7/comments", "--jq"],
        ["PATCH", "repos/o/r/issues/comments/42"],
    ]
    assert "head=stranger:$(touch x)" in calls[0]
    assert not (tmp_path / "x").exists()
    assert (tmp_path / "body.md").read_text() == "the report"


def test_without_an_earlier_comment_one_is_made_and_without_a_pull_request_none(tmp_path: Path) -> None:
    assert posted(tmp_path, pulls="7", comments="")[-1][2:4] == ["POST", "repos/o/r/issues/7/comments"]
    (tmp_path / "calls").unlink()
    assert len(posted(tmp_path, pulls="", comments="42")) == 1


@pytest.mark.parametrize(
    ("files", "warned"),
    [
        (["stacks/__main__.py", "docs/kong_secure/a.md"], False),
        (["stacks/__main__.py", ".github/workflows/preview.yml"], True),
        (["kong_secure/report/effects.py"], True),
        (["constraints.txt"], True),
        ([f"a/{index}" for index in range(3000)], True),
    ],
    ids=["a program", "a workflow", "the package", "what is installed", "more than is listed"],
)
def test_a_pull_request_that_changes_what_makes_its_report_is_said_to(
    files: list[str], warned: bool, tmp_path: Path
) -> None:
    posted(tmp_path, pulls="7", comments="", files=files)
    body = (tmp_path / "body.md").read_text()
    assert body.startswith("the report")
    assert ("changes what makes this report" in body) == warned


def test_a_report_speaks_for_no_other_pull_request_with_the_same_head(tmp_path: Path) -> None:
    calls = posted(tmp_path, pulls="7\n8", comments="")
    assert [call[3] for call in calls if "POST" in call] == [
        f"repos/o/r/issues/{number}/comments" for number in (7, 8)
    ]
    body = (tmp_path / "body.md").read_text()
    assert "the report\n" not in body
    assert body.startswith("<!-- kong-secure report -->\n")
    assert "Several open pull requests have commit abc as their head" in body


GH = """
import json, sys
with open("calls", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
answers = json.load(open("answers"))
print(next((answers[kind] for kind in ("files", "comments", "pulls") if any(
    each.endswith("/" + kind) for each in sys.argv)), ""))
"""


def posted(folder: Path, pulls: str, comments: str, files: Iterable[str] = ()) -> list[list[str]]:
    """What the last step asks of GitHub's command line, which answers with these numbers and names."""
    answers = {"pulls": pulls, "comments": comments, "files": "\n".join(files)}
    (folder / "answers").write_text(json.dumps(answers))
    (folder / "comment.md").write_text("the report")
    stand_in = folder / "gh"
    stand_in.write_text(f"#!{sys.executable} -S\n{GH}")
    stand_in.chmod(0o755)
    step = next(each for each in steps("preview-comment.yml") if each.get("name") == "Post")
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "REPOSITORY": "o/r",
        "HEAD": "stranger:$(touch x)",
        "SHA": "abc",
        "MAKES_REPORTS": step["env"]["MAKES_REPORTS"],
    }
    subprocess.run(["bash", "-e", "-c", step["run"]], cwd=folder, check=True, env=environment)
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
    assert "isn't whole" not in report
    assert "orders" in report
    assert (tmp_path / "report" / "dev.html").stat().st_size > 1000
    # What is posted of it is the report itself.
    assert report.strip() in comment(tmp_path / "posted", dev=report)


def test_the_base_is_what_the_head_would_be_merged_into(tmp_path: Path) -> None:
    head = tmp_path / "head"

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(head), *identity, *arguments], check=True, capture_output=True)

    head.mkdir()
    git("init", "-b", "main")
    git("commit", "--allow-empty", "-m", "first")
    git("checkout", "-b", "theirs")
    (head / "theirs").write_text("")
    git("add", "theirs")
    git("commit", "-m", "theirs")
    git("checkout", "main")
    (head / "meanwhile").write_text("")
    git("add", "meanwhile")
    git("commit", "-m", "meanwhile")
    git("merge", "theirs")
    subprocess.run(["bash", "-e", "-c", script("preview.yml", "Base")], cwd=tmp_path, check=True)
    assert {each.name for each in head.iterdir()} - {".git"} == {"theirs", "meanwhile"}
    assert {each.name for each in (tmp_path / "base").iterdir()} - {".git"} == {"meanwhile"}


def test_a_stack_that_one_side_lacks_or_that_printed_nothing_is_reported_as_such(tmp_path: Path) -> None:
    for side in ("base", "head"):
        (tmp_path / "previews" / side).mkdir(parents=True)
        (tmp_path / side / "stacks").mkdir(parents=True)
        (tmp_path / side / ".venv").symlink_to(sys.prefix)
    (tmp_path / "report").mkdir()
    (tmp_path / "head/stacks/Pulumi.broken.yaml").write_text("")
    (tmp_path / "previews/head/broken.json").write_text("")
    for name in ("previews/base/gone.json", "previews/base/broken.json", "previews/head/new.json"):
        (tmp_path / name).write_text(digest(created(HEADER, "orders", ORDERS)))
    code = script("preview.yml", "Report")
    subprocess.run(["bash", "-e", "-c", code], cwd=tmp_path, check=True)
    said = {file.stem: html.unescape(file.read_text()) for file in (tmp_path / "report").glob("*.md")}
    assert "header removed" in said["gone"]
    assert "isn't whole, and neither is what follows: it has no stack of this name" in said["gone"]
    assert "no preview was printed" in said["broken"]
    assert "header removed" in said["broken"]
    assert "header added" in said["new"]
    assert "may have been there: it has no stack of this name" in said["new"]
