"""The Azure of a sandbox: when there is one, an administrator's consent, and where packets go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kong_secure.sandbox import cloud_use
from kong_secure.sandbox.azure.hosting import STORE
from kong_secure.sandbox.azure.kong_side import CLIENT_ID, service_principal_id
from kong_secure.sandbox.azure.store import DEFAULT_TENANT
from kong_secure.sandbox.cloud_use import AZURE
from kong_secure.sandbox.data_plane.answers import BLOCKED_HEADER
from kong_secure.sandbox.environment import in_world
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.sandbox_file import SandboxFile, read_sandbox_file
from tests.processes import wait_until
from tests.sandbox.commands import UserProject, finished
from tests.world import World

OTHER = "0e000000-0000-4000-8000-000000000001"
ADDRESS = "10.9.1.20"
DECLARED: dict[str, Any] = {
    "control_planes": [
        {
            "name": "demo",
            "services": [
                {
                    "name": "orders",
                    "url": f"http://{ADDRESS}",
                    "routes": [{"name": "orders", "paths": ["/orders"]}],
                }
            ],
        }
    ],
    "networks": [{"name": "azure", "provider": "azure", "region": "eastus"}],
    "backends": [{"host": ADDRESS, "private": {"network": "azure"}}],
    "azure": {"propagation_seconds": 30},
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world", declared=DECLARED, azure=True)
    yield made
    made.end()


def shown(world: World) -> dict[str, Any]:
    """What the sandbox's own API says of its Azure."""
    return dict(world.admin().get("/azure").raise_for_status().json())


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("from pulumi_azure_native import network\n", True),
        ("from kong_secure import AzureVnetPeering\n", True),
        ("import pulumi_aws\n", False),
    ],
)
def test_a_program_uses_azure_where_one_of_its_files_names_it(tmp_path: Path, text: str, uses: bool) -> None:
    (tmp_path / "__main__.py").write_text(text)
    assert (AZURE in cloud_use.used(tmp_path, SandboxFile(), "dev")) is uses
    assert AZURE.installed


def test_engines_find_both_clouds() -> None:
    inside = in_world({}, "http://127.0.0.1:1", "token", {"azure": 2, "aws": 1})
    assert inside["PULUMI_DEBUG_PROVIDERS"] == "aws:1,azure-native:2"


def test_a_world_has_an_azure_only_where_it_is_asked_for_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.answer["clouds"] == {}
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        world.consent()
    assert "no Azure; end it" in world.admin().get("/azure").json()["error"]
    world.end()
    assert not (tmp_path / STORE).exists()


def test_a_world_whose_azure_cannot_be_read_says_so_and_does_not_start(tmp_path: Path) -> None:
    (tmp_path / STORE).write_text("nonsense")
    world = World(tmp_path, azure=True)
    assert "azure.json can't be read" in world.answer["error"]
    world.end()


def test_consent_is_given_and_withdrawn_in_a_tenant(world: World) -> None:
    known = world.consent()
    assert known == {
        "tenant_id": DEFAULT_TENANT,
        "client_id": CLIENT_ID,
        "object_id": service_principal_id(DEFAULT_TENANT),
    }
    assert world.consent(tenant_id=OTHER.upper())["tenant_id"] == OTHER
    assert [one["objectId"] for one in shown(world)["principals"][DEFAULT_TENANT]] == [known["object_id"]]
    refused = world.admin().request("POST", "/azure/consent", json={"tenant_id": "contoso.com"})
    assert refused.status_code == 400
    world.end()
    world.start()
    assert DEFAULT_TENANT in shown(world)["principals"]
    world.withdraw_consent()
    assert shown(world)["principals"][DEFAULT_TENANT] == []


def test_how_long_grants_take_is_declared_and_can_be_told(world: World) -> None:
    assert shown(world)["propagation_seconds"] == 30
    world.let_grants_spread(5)
    assert shown(world)["propagation_seconds"] == 5
    assert world.admin().put("/azure", json={"propagation_seconds": -1}).status_code == 400


def test_sandbox_yaml_says_how_long_grants_take(tmp_path: Path) -> None:
    (tmp_path / "sandbox.yaml").write_text("azure: {propagation_seconds: 90}\n")
    file = read_sandbox_file(tmp_path, "shop")
    assert file.declared.azure is not None
    assert file.declared.azure.propagation_seconds == 90
    (tmp_path / "sandbox.yaml").write_text("azure: {propagation_seconds: soon}\n")
    with pytest.raises(SandboxError, match="propagation_seconds"):
        read_sandbox_file(tmp_path, "shop")


def test_a_private_backend_that_no_peering_leads_to_is_told_what_stops_it(world: World) -> None:
    answer = world.client(world.gateways["demo"], None).get("/orders")
    assert answer.status_code == 504
    assert answer.headers[BLOCKED_HEADER].endswith(f" leads to {ADDRESS}")
    assert world.direct(ADDRESS, 80)["outside"] == f"no virtual network has the address {ADDRESS}"


def test_without_an_azure_the_answer_says_so(tmp_path: Path) -> None:
    world = World(tmp_path / "world", declared=DECLARED)
    answer = world.client(world.gateways["demo"], None).get("/orders")
    assert answer.headers[BLOCKED_HEADER] == (
        "this sandbox has no Azure now: start it for a stack that uses it"
    )
    world.end()


def test_the_command_gives_consent_in_the_world_that_is_up_and_where_none_is(tmp_path: Path) -> None:
    shop = UserProject(tmp_path / "shop")
    shop.write("sandbox.yaml", "control_planes: []\n")
    shop.program("")
    given = shop.run("consent").gave(0)
    line = (
        f"Kong's application {CLIENT_ID} is approved in the sandbox's tenant {DEFAULT_TENANT}, as by an "
        f"administrator; its service principal there is {service_principal_id(DEFAULT_TENANT)}"
    )
    assert given.out.splitlines() == [line]
    kept = json.loads((shop.kept / STORE).read_text())
    assert list(kept["principals"]) == [DEFAULT_TENANT]
    shop.program("import pulumi_azure_native\n")
    with shop.under_way() as up:
        assert up.stdout is not None
        while "Ctrl-C" not in up.stdout.readline():
            pass
        joined = shop.run("consent", "--tenant", OTHER).gave(0)
        assert service_principal_id(OTHER) in joined.out


WAITING = """
import pathlib, time
if False:
    import pulumi_azure_native
pathlib.Path("waits").touch()
while not pathlib.Path("goes-on").exists():
    time.sleep(0.02)
"""


def test_an_administrator_consents_while_an_operation_has_the_world_for_itself(tmp_path: Path) -> None:
    """An `up` waits for just that."""
    shop = UserProject(tmp_path / "shop")
    shop.write("sandbox.yaml", "control_planes: []\n")
    shop.program(WAITING)
    with shop.under_way("preview") as preview:
        wait_until((shop.folder / "waits").exists)
        given = shop.run("consent").gave(0)
        kept = json.loads((shop.kept / STORE).read_text())
        (shop.folder / "goes-on").touch()
        finished(preview).gave(0)
    assert service_principal_id(DEFAULT_TENANT) in given.out
    assert list(kept["principals"]) == [DEFAULT_TENANT]
    assert not list(shop.kept.glob("*world.json"))
