"""Whole commands on a user's project, from the first `up` to the last trace."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sandbox.commands import HEADER_PROGRAM, SANDBOX_FILE, UserProject

PROVED = ["direct call: refused (401)", "through the gateway: passed (200)"]
DEAD = "http://127.0.0.1:9"
PULUMI = [Path(found)] if (found := shutil.which("pulumi")) else []
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


on_every_engine = pytest.mark.parametrize(
    "pulumi", [None, *PULUMI], ids=["embedded", *(["pulumi"] if PULUMI else [])]
)


def _use(pulumi: Path | None, shop: UserProject) -> None:
    if pulumi is not None:
        shop.environment["PATH"] = f"{pulumi.parent}:{shop.environment['PATH']}"


@on_every_engine
def test_a_stack_lives_from_up_to_destroy_in_a_strangers_repository_behind_a_dead_proxy(
    tmp_path: Path, pulumi: Path | None
) -> None:
    shop = UserProject(tmp_path / "%1 Läden #店?")
    _use(pulumi, shop)
    inside = shop.folder / "deep" / "inside"
    inside.mkdir(parents=True)
    (inside / "note").write_text("tracked")
    _git(shop.folder, "init", "--quiet")
    _git(shop.folder, "add", ".")
    _git(shop.folder, "commit", "--quiet", "--message", "all of it")
    del shop.environment["HOME"]
    shop.environment |= dict.fromkeys(PROXIES, DEAD)
    shop.environment |= {"KONNECT_TOKEN": "of-the-user", "KONNECT_SERVER_URL": DEAD, "PULUMI_STACK": "prod"}
    shop.environment |= {"PULUMI_ACCESS_TOKEN": "pul-of-the-user", "PULUMI_BACKEND_URL": DEAD}

    first = shop.run("up", folder=inside).gave(0)
    secret = json.loads((shop.kept / "secrets.json").read_text())["shop:shared_secret"]
    preview = shop.run("preview").gave(0)
    again = shop.run("up").gave(0)
    in_clear = {
        path.name for path in shop.kept.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    }
    refresh = shop.run("refresh").gave(0)
    destroy = shop.run("destroy").gave(0)

    assert "orders created" in first.out
    assert "+ 2 created" in first.out
    assert first.last_lines == PROVED
    for ended in (again, preview, refresh):
        assert re.search(r"\b2 (resources )?(unchanged|as recorded)$", ended.out, re.MULTILINE)
    assert again.last_lines == PROVED
    assert "direct call" not in preview.out
    assert "orders deleted" in destroy.out
    engine = "engine: pulumi v3." if pulumi else "engine: embedded (no `pulumi` on PATH)\n"
    assert all(ended.out.startswith(engine) for ended in (first, again, preview, refresh, destroy))

    assert _git(shop.folder, "status", "--porcelain", "--untracked-files=all") == ""
    assert _mode(shop.kept) == 0o700
    assert (shop.kept / ".gitignore").read_text() == "*\n"
    assert len(secret) >= 43
    assert _mode(shop.kept / "secrets.json") == 0o600
    for ended in (first, again, preview, refresh, destroy):
        assert secret not in ended.out + ended.err
    assert in_clear == {"secrets.json", "konnect.sqlite"}
    assert shop.processes() == []


@on_every_engine
def test_a_preview_as_json_is_all_of_standard_output_and_holds_no_secret(
    shop: UserProject, pulumi: Path | None
) -> None:
    _use(pulumi, shop)
    ended = shop.run("preview", "--json").gave(0)
    secret = json.loads((shop.kept / "secrets.json").read_text())["shop:shared_secret"]
    digest = json.loads(ended.out)
    assert digest["changeSummary"] == {"create": 2}
    assert [step["op"] for step in digest["steps"]] == ["create", "create"]
    assert digest["config"]["shop:shared_secret"] == "[secret]"
    assert "engine: " in ended.err
    assert secret not in ended.out + ended.err

    shop.program('import pulumi\nraise pulumi.RunError("the port is missing")\n')
    failed = shop.run("preview", "--json").gave(1)
    said = [one["message"] for one in json.loads(failed.out)["diagnostics"]]
    assert "error: the port is missing\n" in said
    assert "error: the port is missing" in failed.err


def test_fresh_empties_world_and_state_together_and_keeps_the_secret(shop: UserProject) -> None:
    shop.run("up").gave(0)
    secrets = (shop.kept / "secrets.json").read_text()
    again = shop.run("up", "--fresh").gave(0)
    assert "Resources: + 2 created" in again.out
    assert again.last_lines == PROVED
    assert (shop.kept / "secrets.json").read_text() == secrets


def test_the_backend_takes_its_secret_from_a_stack_output_of_the_chosen_stack(shop: UserProject) -> None:
    shop.write(
        "Pulumi.other.yaml", "config:\n  shop:service: payments\n  konnect:token: {secure: v1:abc:def}\n"
    )
    shop.write(
        "sandbox.yaml", SANDBOX_FILE.replace("- name: orders\n        url", "- name: payments\n        url")
    )
    ended = shop.run("up", "--stack", "other", "--backend-secret", "the_secret").gave(0)
    assert "shop-other created" in ended.out
    assert ended.last_lines == PROVED


def test_a_backend_that_demands_another_secret_fails_the_command_and_the_lines_are_true(
    shop: UserProject,
) -> None:
    shop.write("sandbox.yaml", SANDBOX_FILE + "  another: {generate: true}\n")
    ended = shop.run("up", "--backend-secret", "another").gave(1)
    assert "Resources: + 2 created" in ended.out
    assert ended.last_lines == ["direct call: refused (401)", "through the gateway: NOT passed (401)"]
    assert (
        "note: the backend orders.internal demands `Authorization: Bearer SECRET`, and the gateway brought something "
        "else or nothing; for another `header_name` or `scheme` in the program set backends[0].header and "
        "backends[0].scheme in sandbox.yaml, for another secret backends[0].secret"
    ) in ended.out.splitlines()


@on_every_engine
def test_an_unknown_service_is_waited_for_aloud_and_answered_with_the_lines_that_declare_it(
    shop: UserProject, pulumi: Path | None
) -> None:
    _use(pulumi, shop)
    shop.program(HEADER_PROGRAM.replace('config.get("service") or "orders"', '"invoices"'))
    ended = shop.run("up").gave(1)
    lines = ended.out.splitlines()
    [waited] = [
        n for n, line in enumerate(lines) if "waiting for Konnect to have service 'invoices', for" in line
    ]
    [refused] = [
        n for n, line in enumerate(lines) if "sandbox.yaml, beside Pulumi.yaml, declares it:" in line
    ]
    assert waited < refused
    assert "- {name: invoices, url: http://backend.internal}" in [line.strip() for line in lines]
    assert lines[-3] == "note: the operation failed; the proof is of what stands now"
    assert ended.last_lines == ["direct call: refused (401)", "through the gateway: NOT passed (401)"]


@on_every_engine
def test_a_bucket_is_counted_as_not_simulated_by_preview_and_refused_by_up_by_name(
    shop: UserProject, pulumi: Path | None
) -> None:
    _use(pulumi, shop)
    shop.program(
        HEADER_PROGRAM + "pulumi.CustomResource('aws:s3/bucket:Bucket', 'logs', {'bucket': 'logs'})\n"
    )
    preview = shop.run("preview").gave(0)
    assert "not simulated: aws:s3/bucket:Bucket (1 x)" in preview.out.splitlines()[-1]
    up = shop.run("up").gave(1)
    assert "aws:s3/bucket:Bucket can't be used here" in up.out
    assert "orders created" in up.out
    assert up.last_lines == PROVED


def test_a_project_that_was_moved_goes_on_where_it_was(shop: UserProject) -> None:
    shop.run("up").gave(0)
    moved = shop.folder.rename(shop.folder.with_name("moved"))
    again = shop.run("up", folder=moved).gave(0)
    assert "No changes: 2 resources unchanged" in again.out
    assert again.last_lines == PROVED
    assert not shop.folder.exists()


def test_a_program_that_prints_megabytes_and_what_the_terminal_cant_show_doesnt_stop_the_proof(
    shop: UserProject,
) -> None:
    prints = "import sys\nfor _ in range(4): print('x' * 1_000_000)\nsys.stdout.buffer.write(b'caf\\xc3\\xa9\\n')\n"
    shop.program(HEADER_PROGRAM + prints)
    shop.environment["PYTHONIOENCODING"] = "ascii"
    ended = shop.run("up").gave(0)
    assert "caf\\xe9" in ended.out
    assert ended.out.count("x") > 4_000_000
    assert ended.last_lines == PROVED
