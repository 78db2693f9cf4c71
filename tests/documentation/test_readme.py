"""The README is run: its commands, its program, its sample output and what it claims of a run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kong_secure.konnect import parse_settings
from kong_secure.konnect.settings import REGIONS
from tests.demo import copy_of_demo
from tests.documentation.pages import ROOT, block_with, fenced, indented, page
from tests.search_path import without_pulumi
from tests.specification.traffic import recording_variables

README = "README.md"
KONG_SECURE = Path(sys.executable).with_name("kong-secure")
FIRST_PROGRAM = fenced(README, "python")[0]
DIFFERS_FROM_RUN_TO_RUN = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\d+\.\d+s\b", "SECONDS"),
    (r"\b(rtb|vpc|subnet|sg)-[0-9a-f]{17}\b", r"\1-ID"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID"),
)


def settled(text: str) -> list[str]:
    """The lines of an output, without ports, durations and ids."""
    for pattern, word in DIFFERS_FROM_RUN_TO_RUN:
        text = re.sub(pattern, word, text)
    return text.splitlines()


def kong_secure(folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person with this home, a path without `pulumi` and nothing else would, but for
    the record of what Konnect is asked."""
    path = without_pulumi(folder.parent / f"links-of-{folder.name}")
    return subprocess.run(
        [str(KONG_SECURE), *arguments],
        cwd=folder,
        env={"HOME": str(home), "PATH": path, **recording_variables()},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@dataclass(frozen=True)
class Tried:
    """What `make up` runs, twice, in a copy of the project, with an empty home."""

    folder: Path
    home: Path
    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    folder = copy_of_demo(tmp_path_factory.mktemp("clone"))
    home = tmp_path_factory.mktemp("home")
    first = kong_secure(folder, home, "sandbox", "up")
    return Tried(folder, home, first, kong_secure(folder, home, "sandbox", "up"))


def test_make_up_runs_the_command_that_is_tried_here() -> None:
    told = subprocess.run(
        ["make", "--no-print-directory", "-n", "up", "-o", ".venv/sandbox.stamp"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split()[-3:] == [".venv/bin/kong-secure", "sandbox", "up"]


def test_the_first_run_prints_what_the_readme_shows(tried: Tried) -> None:
    shown = block_with(README, "Resources: + 4 created")
    assert settled(tried.first.stdout) == settled(shown), tried.first.stderr
    assert tried.first.returncode == 0


def test_the_second_run_ends_as_the_readme_shows(tried: Tried) -> None:
    shown = settled(block_with(README, "No changes:"))
    assert settled(tried.second.stdout)[-len(shown) :] == shown, tried.second.stderr
    assert tried.second.returncode == 0


def test_the_faults_happen_as_the_readme_shows(tmp_path: Path) -> None:
    copy_of_demo(tmp_path)
    _, *arguments = shlex.split(block_with(README, "kong-secure sandbox --fresh up --fault"))
    run = kong_secure(tmp_path, tmp_path, *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[-4:-2] == block_with(README, "happened once").splitlines()
    calls = kong_secure(tmp_path, tmp_path, "sandbox", "calls").stdout.splitlines()
    assert [line.split()[2] for line in calls if line.startswith("PUT ")] == ["429", "-", "200"]


def test_over_aws_the_path_is_watched_and_proved_as_the_readme_shows(tmp_path: Path) -> None:
    folder, home = copy_of_demo(tmp_path / "clone"), tmp_path / "home"
    home.mkdir()
    command = ("sandbox", "--stack", "aws-transit-gateway", "up")
    first, second = (kong_secure(folder, home, *command) for _ in range(2))
    shown = settled(block_with(README, "probe at"))
    lines = settled(first.stdout)
    assert first.returncode == 0, first.stdout + first.stderr
    assert lines[-3:] == shown[-3:]
    told = [line for line in lines if line.startswith("probe ")]
    assert (told[0], told[-1]) == (shown[0], shown[2])
    assert first.stderr == second.stderr == ""

    assert second.returncode == 0, second.stdout + second.stderr
    assert [line for line in settled(second.stdout) if line.startswith("probe ")] == [shown[2]]
    assert settled(second.stdout)[-3:] == shown[-3:]
    assert "No changes: " in second.stdout
    assert list(home.rglob("*")) == []


def test_over_azure_the_same_lines_come_once_kongs_application_is_approved(tmp_path: Path) -> None:
    folder, home = copy_of_demo(tmp_path / "clone"), tmp_path / "home"
    home.mkdir()
    approved = kong_secure(folder, home, "sandbox", "--stack", "azure-vnet-peering", "consent")
    assert "is approved in the sandbox's tenant" in approved.stdout, approved.stderr
    up = kong_secure(folder, home, "sandbox", "--stack", "azure-vnet-peering", "up")
    lines = settled(up.stdout)
    assert up.returncode == 0, up.stdout + up.stderr
    told = [line.partition(": ")[2] for line in lines if line.startswith("probe ")]
    assert told[0].startswith("blocked (504: ")
    assert told[-1] == "passed (200)"
    assert re.fullmatch(r"direct call from outside: unreachable \(10\.9\.0\.20 .*\)", lines[-3])
    assert lines[-2:] == settled(block_with(README, "probe at"))[-2:]
    assert up.stderr == ""


def test_nothing_is_written_outside_the_projects_folder(tried: Tried) -> None:
    assert list(tried.home.rglob("*")) == []


def test_the_secret_is_in_clear_only_where_the_readme_says(tried: Tried) -> None:
    store = (tried.folder / ".sandbox" / "konnect.sqlite").read_bytes()
    [secret] = set(re.findall(rb"Authorization:Bearer ([A-Za-z0-9._~-]{43})", store))
    holding = {
        str(path.relative_to(tried.folder))
        for path in tried.folder.rglob("*")
        if path.is_file() and secret in path.read_bytes()
    }
    assert holding == {".sandbox/konnect.sqlite"}
    assert all(f"`{name}`" in page(README) for name in holding)


def test_the_first_program_is_short_and_secures_a_service(tmp_path: Path) -> None:
    assert len(FIRST_PROGRAM.splitlines()) < 15
    folder, home = tmp_path / "orders", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    (folder / "Pulumi.yaml").write_text("name: kong-secure-demo\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(FIRST_PROGRAM)
    declared = page("sandbox.yaml").replace("stack: public-internet", "stack: dev")
    (folder / "sandbox.yaml").write_text(declared)
    run = kong_secure(folder, home, "sandbox", "up")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "through the gateway: passed (200)" in run.stdout


def test_the_commands_for_a_real_account_set_what_the_package_reads(tmp_path: Path) -> None:
    script = block_with(README, "pulumi config set")
    record = tmp_path / "calls"
    pulumi = 'pulumi() { echo "$*" >> "$RECORD"; }\n'
    subprocess.run(
        ["bash", "-euc", f"{pulumi}{script}\necho KONNECT_TOKEN=$KONNECT_TOKEN >> $RECORD"],
        env={"PATH": os.defpath, "RECORD": str(record)},
        check=True,
    )
    region, up, output, token = record.read_text().splitlines()
    assert region == "config set konnect:region eu"
    assert up == "up"
    assert output == "stack output shared_secret --show-secrets"
    settings = parse_settings(dict([token.split("=", 1)]), {})
    assert settings.token_source == "KONNECT_TOKEN"
    assert 'pulumi.export("shared_secret"' in FIRST_PROGRAM
    assert re.findall(r"one of ([a-z, ]+);", script) == [", ".join(REGIONS)]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_file_and_folder_that_is_named_is_there(name: str) -> None:
    named = re.findall(r"`([\w./-]+(?:\.py|\.md|\.txt|\.toml|\.yaml|/))`", page(name))
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page(name))
    made_by_a_run = {".sandbox/"}
    missing = {
        path
        for path in {*named, *links} - made_by_a_run
        if not path.startswith(".sandbox/") and not (ROOT / path).exists() and not list(ROOT.rglob(path))
    }
    assert not missing


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_that_is_named_is_there(name: str) -> None:
    named = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", page(name), re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))
    assert named
    assert named <= targets


def test_no_block_of_the_readme_goes_untried() -> None:
    tried_here = (
        "make up",
        "probe at",
        "Resources: + 4 created",
        "No changes:",
        "pulumi config set",
        "fault ",
        # by test_azure_lost_state.py of tests/lifecycles/
        "pulumi import",
    )
    assert [block for block in indented(README) if not any(words in block for words in tried_here)] == []
    assert fenced(README, "python")[0] == FIRST_PROGRAM
    # The others are run by test_secured_service.py and test_azure_vnet_peering.py of tests/lifecycles/.
    assert len(fenced(README, "python")) == 3
