"""The embedded engine's state is Pulumi's: what one has made, the other goes on with."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.engine import EmbeddedEngine, Operation
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli, pulumi_environment
from tests.lifecycles.playground import PASSPHRASE, PROJECT, Playground, header_program

SECRET = "first-Secret_of-this.lifecycle~0123456789"
EMBEDDED = EmbeddedEngine()
RECORDED = Path(__file__).with_name("state_of_pulumi_3_260_0.json")
# Secrets in properties and outputs, dependencies of both kinds, a parent, an explicit provider, an alias.
PROGRAM = (
    'class Group(pulumi.ComponentResource):\n    pass\n\n\ngroup = Group("kong:Group", "group")\n'
    "own = pulumi.ProviderResource('pulumi-python', 'own', {})\n"
    f"header = {header_program(opts='parent=group')}"
    + header_program("second", opts="provider=own, depends_on=[header]", service="payments")
    + "pulumi.export('plugin', header.plugin_id)\n"
    "pulumi.export('secret', pulumi.Output.secret({'deep': [header.shared_secret]}))\n"
)


def deployment(playground: Playground) -> dict[str, Any]:
    latest: dict[str, Any] = json.loads(playground.state_text())["checkpoint"]["latest"]
    return latest


@pytest.fixture
def made(playground: Playground) -> Playground:
    """A state that the engine of this playground has made."""
    playground.program(PROGRAM)
    playground.secret = SECRET
    playground.run("up").must_succeed()
    return playground


def test_every_engine_records_the_same_resources(made: Playground) -> None:
    resources = {resource["urn"].split("::", 2)[2]: resource for resource in deployment(made)["resources"]}
    header = "kong:Group$pulumi-python:dynamic/kong-secure:SharedSecretHeader::orders-header"
    second = "pulumi-python:dynamic/kong-secure:SharedSecretHeader::second"
    default = "pulumi:providers:pulumi-python::default"
    assert set(resources) == {
        "pulumi:pulumi:Stack::playground-dev",
        "kong:Group::group",
        "pulumi:providers:pulumi-python::own",
        default,
        header,
        second,
    }
    assert resources[header]["provider"] == f"{resources[default]['urn']}::{resources[default]['id']}"
    assert resources[header]["parent"] == resources["kong:Group::group"]["urn"]
    assert resources[second]["dependencies"] == [resources[header]["urn"]]
    assert resources[second]["provider"].split("::")[3] == "own"


def test_every_engine_seals_secrets_with_the_passphrase(made: Playground) -> None:
    latest = deployment(made)
    assert latest["secrets_providers"]["type"] == "passphrase"
    assert latest["secrets_providers"]["state"]["salt"].startswith("v1:")
    [stack] = [r for r in latest["resources"] if r["type"] == "pulumi:pulumi:Stack"]
    for sealed in (
        stack["outputs"]["secret"],
        made.resources()[1]["inputs"]["shared_secret"],
        made.resources()[1]["outputs"]["shared_secret"],
    ):
        assert sealed["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"
        assert sealed["ciphertext"].startswith("v1:")


def test_every_engine_writes_what_the_embedded_one_reads_as_unchanged(made: Playground) -> None:
    out = io.StringIO()
    result = EMBEDDED.run(Operation.PREVIEW, made.description(), out)
    assert result.succeeded, out.getvalue()
    assert {change.operation for change in result.changes} == {"same"}, out.getvalue()
    assert result.outputs["secret"] == {"deep": [SECRET]}


def test_every_engine_goes_on_with_a_state_that_pulumi_wrote(playground: Playground) -> None:
    """Written by pulumi v3.260.0 for this very program, without the places in its source."""
    playground.program(PROGRAM)
    playground.secret = SECRET
    playground.state_file.parent.mkdir(parents=True)
    shutil.copy(RECORDED, playground.state_file)
    run = playground.run("preview").must_succeed()
    assert set(run.operations.values()) == {"same"}, run.text
    assert len(run.operations) == 3


def imported(playground: Playground, pulumi: Path, folder: Path) -> Playground:
    """The state taken over by `pulumi stack import` into a backend of its own."""
    target = replace(playground, folder=folder, engine=PulumiCli(pulumi, folder / "pulumi"))
    shutil.copytree(playground.folder, folder, ignore=shutil.ignore_patterns("state", "pulumi"))
    file = folder / "deployment.json"
    file.write_text(json.dumps({"version": 3, "deployment": deployment(playground)}))
    environment = {
        **playground.environment,
        **pulumi_environment(folder / "state", folder / "pulumi", PASSPHRASE),
        "PATH": os.pathsep.join((str(pulumi.parent), playground.environment["PATH"])),
    }
    (folder / "state").mkdir()
    stack = f"organization/{PROJECT}/dev"
    for command in (["stack", "init", stack], ["stack", "import", "--stack", stack, "--file", str(file)]):
        done = subprocess.run(
            [str(pulumi), *command, "--non-interactive"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_pulumi_takes_the_state_over_and_sees_no_change(made: Playground, tmp_path: Path) -> None:
    """Without `pulumi` on PATH the embedded engine alone takes it over: by reading the file as it stands."""
    found = shutil.which("pulumi")
    taken = imported(made, Path(found), tmp_path / "taken") if found else made
    run = taken.run("preview").must_succeed()
    assert set(run.operations.values()) == {"same"}, run.text
    taken.run("destroy").must_succeed()
    assert taken.konnect.plugins() == []
