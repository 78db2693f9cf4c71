"""Peerings with an Azure VNet at the sandbox's Konnect: what it takes and refuses, and how they go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.konnect.cloud_gateways.conftest import attachment, invalid
from tests.world import World

CONFIG = "transit_gateway_attachment_config"
GIVEN = {
    "kind": "azure-vnet-peering-attachment",
    "tenant_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
    "subscription_id": "b2c3d4e5-f6a7-8901-bcde-f12345678901",
    "resource_group_name": "orders",
    "vnet_name": "orders",
}


@pytest.fixture
def path(world: World) -> Iterator[str]:
    network = world.network(provider="azure", provider_account_id="b2c3d4e5", region="eastus2")
    world.freeze_clock()
    yield f"/networks/{network['id']}/transit-gateways"
    world.azure_by_hand(missing=[], unknown_vnets=[])
    world.freeze_clock(False)


def body(**changes: Any) -> dict[str, Any]:
    config = {key: value for key, value in {**GIVEN, **changes}.items() if value is not None}
    return {"name": "orders", CONFIG: config}


def made(gateways: httpx.Client, path: str) -> str:
    answer = gateways.post(path, json=body())
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["state"], found[CONFIG], "cidr_blocks" in found) == ("initializing", GIVEN, False)
    return f"{path}/{found['id']}"


@pytest.mark.parametrize("field", [name for name in GIVEN if name != "kind"])
def test_every_field_is_required_and_no_other_is_taken(gateways: httpx.Client, path: str, field: str) -> None:
    [missing] = invalid(gateways.post(path, json=body(**{field: None})))
    assert (missing["field"], missing["rule"]) == (f"{CONFIG}.{field}", "required")
    [unknown] = invalid(gateways.post(path, json=body(vhub_name="x")))
    assert (unknown["field"], unknown["rule"]) == (f"{CONFIG}.vhub_name", "unknown_property")
    [blocks] = invalid(gateways.post(path, json={**body(), "cidr_blocks": ["10.8.0.0/16"]}))
    assert (blocks["field"], blocks["rule"]) == ("cidr_blocks", "unknown_property")


def test_a_network_takes_the_kinds_of_its_own_provider_alone(
    world: World, gateways: httpx.Client, path: str
) -> None:
    assert invalid(gateways.post(path, json=attachment()))[0]["field"] == f"{CONFIG}.kind"
    of_aws = f"/networks/{world.network()['id']}/transit-gateways"
    world.turn_clock(60)
    assert invalid(gateways.post(of_aws, json=body()))[0]["field"] == f"{CONFIG}.kind"


def test_a_peering_gets_ready_by_itself_and_cant_be_changed(
    world: World, gateways: httpx.Client, path: str
) -> None:
    peering = made(gateways, path)
    world.turn_clock(60)
    world.turn_clock(60)
    assert gateways.get(peering).json()["state"] == "ready"
    assert invalid(gateways.patch(peering, json={"cidr_blocks": ["10.8.0.0/16"]}))


@pytest.mark.parametrize("grant", ["consent", "role", "assignment"])
def test_a_missing_grant_is_waited_for_and_told_until_it_is_given(
    world: World, gateways: httpx.Client, path: str, grant: str
) -> None:
    world.azure_by_hand(missing=[grant])
    peering = made(gateways, path)
    world.turn_clock(600)
    found = gateways.get(peering).json()
    assert found["state"] == "pending-user-action"
    assert found["state_metadata"]["reason"].startswith(f"{grant}: ")
    world.azure_by_hand(missing=[])
    world.turn_clock(60)
    found = gateways.get(peering).json()
    assert (found["state"], "state_metadata" in found) == ("ready", False)


def test_a_vnet_that_isnt_there_is_an_error_for_good(world: World, gateways: httpx.Client, path: str) -> None:
    world.azure_by_hand(unknown_vnets=["orders"])
    peering = made(gateways, path)
    world.turn_clock(60)
    world.azure_by_hand(unknown_vnets=[])
    world.turn_clock(60)
    found = gateways.get(peering).json()
    assert found["state"] == "error"
    assert "orders was not found" in found["state_metadata"]["reason"]


def test_a_peering_that_is_deleted_by_hand_is_an_error(
    world: World, gateways: httpx.Client, path: str
) -> None:
    peering = made(gateways, path)
    world.turn_clock(60)
    world.turn_clock(60)
    world.azure_by_hand(delete=[peering.rsplit("/", 1)[1]])
    assert gateways.get(peering).json()["state"] == "error"


def test_a_deletion_waits_for_a_settled_state_and_ends_with_nothing(
    world: World, gateways: httpx.Client, path: str
) -> None:
    peering = made(gateways, path)
    assert "initializing" in invalid(gateways.delete(peering))[0]["reason"]
    world.azure_by_hand(missing=["role"])
    world.turn_clock(60)
    assert gateways.get(peering).json()["state"] == "pending-user-action"
    assert gateways.delete(peering).status_code == 204
    world.turn_clock(60)
    assert gateways.get(peering).json()["state"] == "terminated"
    world.turn_clock(60)
    assert gateways.get(peering).status_code == 404
