"""A path over a VNet peering of which the state was lost: azure-native refuses to make what exists, and the commands of
docs/interrupted-runs.md have it imported. Those are pulumi's; without it the refusal alone is looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kong_secure.sandbox.engine.pulumi_cli import PulumiCli, pulumi_environment
from tests.documentation.pages import block_with
from tests.lifecycles.azure_world import PRINCIPAL, WHOLE_PROGRAM, customers, konnects
from tests.lifecycles.playground import PASSPHRASE, PROJECT, Playground
from tests.world import World

PROGRAM = WHOLE_PROGRAM.replace(
    'SecuredService("orders", control_plane="demo", service="orders", connectivity=path)',
    'pulumi.export("ids", [path.role_definition_id, path.role_assignment_id])',
)
COMMANDS = [line.split() for line in block_with("docs/interrupted-runs.md", "pulumi import").splitlines()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with an Azure, and a network of Konnect's there."""
    network = {"name": "demo-azure", "provider": "azure", "region": "eastus", "cidr_block": "10.1.0.0/16"}
    made = World(tmp_path / "world", declared={"networks": [network]}, azure=True)
    yield made
    made.end()


def lose(azure: Playground) -> dict[str, str]:
    """The ids that the state had of the path's children, which it hasn't any more."""
    checkpoint = json.loads(azure.state_text())
    latest = checkpoint["checkpoint"]["latest"]
    lost = [each for each in latest["resources"] if "AzureVnetPeering" in each["urn"]]
    latest["resources"] = [each for each in latest["resources"] if each not in lost]
    azure.state_file.write_text(json.dumps(checkpoint))
    return {each["urn"].rpartition("::")[2]: each.get("id", "") for each in lost}


def pulumi(azure: Playground, *arguments: str) -> None:
    """A command as a user gives it, on the playground's stack."""
    home = azure.folder.parent / "pulumi"
    subprocess.run(
        [
            *arguments,
            *("--stack", f"organization/{PROJECT}/{azure.stack}"),
            *("--config-file", str(home / f"Pulumi.{azure.stack}.yaml"), "--non-interactive"),
            *(["--yes"] if "import" in arguments else []),
        ],
        cwd=azure.folder,
        env={
            **azure.environment,
            **pulumi_environment(azure.folder / "state", home, PASSPHRASE),
            "PULUMI_PYTHON_CMD": sys.executable,
        },
        check=True,
        capture_output=True,
    )


def fill_in(file: Path, ids: dict[str, str]) -> None:
    """What a user does with the file: Azure's alone are kept, with their ids."""
    written = json.loads(file.read_text())
    written["resources"] = [each for each in written["resources"] if each["type"].startswith("azure-native:")]
    for each in written["resources"]:
        each["id"] = ids[each["name"]]
    file.write_text(json.dumps(written))


def test_after_a_lost_state_the_refusals_name_the_ids_and_an_import_sets_it_right(
    azure: Playground, world: World
) -> None:
    world.consent()
    azure.extra["playground:kongsPrincipal"] = PRINCIPAL
    azure.program(PROGRAM)
    derived = azure.run("up").must_succeed().result.outputs["ids"]
    ids = lose(azure)
    assert derived == [ids["path-role"], ids["path-assignment"]]

    refused = azure.run("up").must_fail().text
    for name in ("path-role", "path-allow-orders", "path-deny-orders"):
        assert f"cannot create already existing resource '{ids[name]}'" in refused
    if not isinstance(azure.engine, PulumiCli):
        return
    shown, imported = COMMANDS
    pulumi(azure, *shown)
    fill_in(azure.folder / "lost.json", ids)
    pulumi(azure, *imported)
    made = azure.run("up").must_succeed().operations
    assert {name for name, what in made.items() if what == "create"} == {"path-peering", "path-ready"}
    assert konnects(world) == ["ready"]
    azure.run("destroy").must_succeed()
    assert konnects(world) == []
    assert customers(world) == []
