"""A private path whose operations are killed, at a few of the places at which `path_kills` kills them all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lifecycles.azure_world import PRINCIPAL
from tests.lifecycles.conftest import ENGINES
from tests.lifecycles.killed_paths import PATHS
from tests.lifecycles.path_kills import CLOUD, Killing, Place, killing

ACCOUNT, KONG = "123456789012", "111111111111"
WHOLE = {
    "konnect": [("path-2c62999f", "ready", "10.8.0.0/16")],
    "gateways": 1,
    "attachments": [(KONG, "available"), (ACCOUNT, "available")],
    "tables": [([KONG], [("10.8.0.0/16", ACCOUNT)]), ([ACCOUNT], [("10.0.0.0/16", KONG)])],
    "shares": [([KONG], 1)],
    "vpcs": 1,
    "back": ["10.0.0.0/16"],
    "ports": [("10.0.0.0/16", 443)],
}
IN_AZURE = {
    "konnect": [("path-23f15da9", "ready")],
    "peerings": ["Connected", "Connected"],
    "roles": [5],
    "assignments": [(PRINCIPAL, "Microsoft.Network/virtualNetworks")],
    "rules": [(100, "Allow", "10.1.0.0/16"), (101, "Deny", "10.1.0.0/16")],
    "networks": 1,
}
LIST, ONE = "*/networks/*/transit-gateways", "*/networks/*/transit-gateways/*"


@pytest.fixture(params=ENGINES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Killing]:
    with killing(tmp_path, request.param, PATHS["aws"]) as made:
        yield made


@pytest.fixture(params=ENGINES)
def azure(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Killing]:
    with killing(tmp_path, request.param, PATHS["azure"]) as made:
        yield made


def test_a_path_whose_up_is_killed_at_every_turn_is_there_once_in_the_end(path: Killing) -> None:
    path.kill_inside("up", method="GET", path="*/networks")
    path.kill("up", Place(CLOUD, 4))
    path.kill_inside("up", method="POST", path=LIST)
    path.kill_inside("up", method="GET", path=ONE)
    # The wait for readiness is killed, and the next one loses its connection.
    path.kill_inside("up", method="GET", path=ONE, skip=1)
    path.world.fault(kind="cut_after", method="GET", path=ONE, count=3)
    assert path.up() == WHOLE


def test_an_up_after_a_destroy_that_was_interrupted_opens_the_path_again(path: Killing) -> None:
    assert path.up() == WHOLE
    path.kill_inside("destroy", method="GET", path=ONE)
    accepted = {each["urn"].rpartition("::")[2] for each in path.stack.resources()} & {"path-accepted"}
    assert accepted, "the acceptance was forgotten before its attachment was gone"
    assert path.up() == WHOLE
    path.kill_inside("destroy", method="DELETE", path=ONE)
    refused = path.stack.run("up").must_fail()
    assert "`kong-secure sandbox up --refresh`" in refused.text
    path.stack.run("refresh").must_succeed()
    assert path.up() == WHOLE
    # Konnect's half is gone, yours isn't.
    path.kill("destroy", Place(CLOUD, 6))
    assert [each["state"] for each in path.attachments()] == []
    assert path.up() == WHOLE


def test_a_peering_whose_up_and_destroy_are_killed_is_there_once_in_the_end(azure: Killing) -> None:
    azure.kill("up", Place(CLOUD, 6))
    azure.kill_inside("up", method="POST", path=LIST)
    assert azure.up() == IN_AZURE
    azure.kill_inside("destroy", method="DELETE", path=ONE)
    refused = azure.stack.run("up").must_fail()
    assert "`kong-secure sandbox up --refresh`" in refused.text
    azure.stack.run("refresh").must_succeed()
    assert azure.up() == IN_AZURE
