"""The README is run: its commands, its programs, its sample output and what it claims of a run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from kong_secure.konnect import parse_settings
from kong_secure.konnect.settings import REGIONS
from kong_secure.sandbox.engine.pulumi_cli import find_pulumi
from tests.documentation.commands import Newcomer, settled
from tests.documentation.pages import ROOT, block_with, fenced, page, program_of

README = "README.md"
SANDBOX = "docs/sandbox.md"
PULUMI = find_pulumi(os.environ.get("PATH"))
FIRST_PROGRAM, *EXCERPTS = fenced(README, "python")


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    return Newcomer(tmp_path)


def test_make_up_runs_the_command_that_is_tried_here() -> None:
    told = subprocess.run(
        ["make", "--no-print-directory", "-n", "up", "-o", ".venv/sandbox.stamp"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split()[-3:] == [".venv/bin/kong-secure", "sandbox", "up"]


def test_the_demo_is_made_proved_again_and_removed_as_the_pages_show(newcomer: Newcomer) -> None:
    first = newcomer.runs("kong-secure sandbox up")
    assert settled(first.stdout) == settled(block_with(README, "Resources: + 4 created")), first.stderr
    _the_secret_is_in_clear_only_where_the_page_says(newcomer.folder)

    preview, up, refresh, destroy = block_with(SANDBOX, "kong-secure sandbox preview\n").splitlines()
    assert "No changes: 4 resources unchanged" in newcomer.runs(preview).stdout
    shown = settled(block_with(README, "No changes:"))
    assert settled(newcomer.runs(up).stdout)[-len(shown) :] == shown
    if PULUMI is not None:
        outputs = newcomer.runs(f"PATH={PULUMI.parent}:$PATH {block_with(SANDBOX, 'sandbox exec')}").stdout
        assert re.search(r"shared_secret +\[secret\]", outputs)
    assert "No changes: 4 resources as recorded" in newcomer.runs(refresh).stdout
    assert newcomer.runs(destroy).stdout.splitlines()[-1] == "Resources: - 4 deleted"


def _the_secret_is_in_clear_only_where_the_page_says(folder: Path) -> None:
    store = (folder / ".sandbox" / "konnect.sqlite").read_bytes()
    [secret] = set(re.findall(rb"Authorization:Bearer ([A-Za-z0-9._~-]{43})", store))
    holding = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and secret in path.read_bytes()
    }
    assert holding == {".sandbox/konnect.sqlite"}
    assert all(f"`{name}`" in page(SANDBOX) for name in holding)


def test_the_faults_happen_as_the_page_shows(newcomer: Newcomer) -> None:
    run = newcomer.runs(block_with(SANDBOX, "kong-secure sandbox --fresh up --fault"))
    assert run.stdout.splitlines()[-4:-2] == block_with(SANDBOX, "happened once").splitlines()
    calls = newcomer.runs("kong-secure sandbox calls").stdout.splitlines()
    assert [line.split()[2] for line in calls if line.startswith("PUT ")] == ["429", "-", "200"]


def test_over_aws_the_path_is_watched_and_proved_as_the_page_shows(newcomer: Newcomer) -> None:
    first, second = (newcomer.runs("kong-secure sandbox --stack aws-transit-gateway up") for _ in range(2))
    shown = settled(block_with(SANDBOX, "probe at"))
    lines = settled(first.stdout)
    assert lines[-3:] == shown[-3:]
    told = [line for line in lines if line.startswith("probe ")]
    assert (told[0], told[-1]) == (shown[0], shown[2])
    assert first.stderr == second.stderr == ""

    assert [line for line in settled(second.stdout) if line.startswith("probe ")] == [shown[2]]
    assert settled(second.stdout)[-3:] == shown[-3:]
    assert "No changes: " in second.stdout


def test_over_azure_the_same_lines_come_once_kongs_application_is_approved(newcomer: Newcomer) -> None:
    consent = block_with(SANDBOX, "consent").strip()
    approved = newcomer.runs(consent.replace("consent", "--stack azure-vnet-peering consent"))
    assert "is approved in the sandbox's tenant" in approved.stdout, approved.stderr
    up = newcomer.runs("kong-secure sandbox --stack azure-vnet-peering up")
    lines = settled(up.stdout)
    told = [line.partition(": ")[2] for line in lines if line.startswith("probe ")]
    assert told[0].startswith("blocked (504: ")
    assert told[-1] == "passed (200)"
    assert re.fullmatch(r"direct call from outside: unreachable \(10\.9\.0\.20 .*\)", lines[-3])
    assert lines[-2:] == settled(block_with(SANDBOX, "probe at"))[-2:]
    assert up.stderr == ""


def test_the_first_program_is_short_and_secures_a_service(newcomer: Newcomer) -> None:
    assert len(FIRST_PROGRAM.splitlines()) < 15
    own = newcomer.folder / "own"
    own.mkdir()
    (own / "Pulumi.yaml").write_text("name: kong-secure-demo\nruntime: python\n")
    (own / "Pulumi.dev.yaml").write_text("config: {}\n")
    (own / "__main__.py").write_text(FIRST_PROGRAM)
    declared = page("sandbox.yaml").replace("stack: public-internet", "stack: dev")
    (own / "sandbox.yaml").write_text(declared)
    assert "through the gateway: passed (200)" in newcomer.runs("cd own && kong-secure sandbox up").stdout


def test_its_other_programs_are_parts_of_those_that_the_page_of_connectivity_has_in_full() -> None:
    aws, azure = EXCERPTS
    assert aws in program_of("AwsTransitGateway")
    assert azure in program_of("AzureVnetPeering")


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
