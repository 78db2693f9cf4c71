"""What a user lives through with Konnect's half of an Azure VNet peering, on every engine there is; Azure is operated
by hand. Provider methods by themselves are tested in tests/resources."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lifecycles.playground import Playground, Run
from tests.processes import wait_until
from tests.world import World

PROGRAM = """\
from kong_secure import AttachmentReady, VnetPeering

peering = VnetPeering(
    "peering", network_id="{network}", name="orders", tenant_id="a1b2c3d4-e5f6-7890-abcd-ef1234567890",
    subscription_id="b2c3d4e5-f6a7-8901-bcde-f12345678901", resource_group_name="orders", vnet_name="orders")
AttachmentReady("ready", attachments=[peering])
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world") / ".sandbox")
    yield world
    world.end()


@pytest.fixture
def network(playground: Playground) -> Iterator[str]:
    made = playground.world.network(provider="azure", provider_account_id="b2c3d4e5", region="eastus2")
    playground.secret = "first-Secret_of-this.lifecycle~0123456789"
    playground.program(PROGRAM.format(network=made["id"]))
    yield str(made["id"])
    playground.world.azure_by_hand(missing=[])


def peerings(playground: Playground, network: str) -> list[dict[str, Any]]:
    """What Konnect has in the network, without what is gone."""
    path = f"/v2/cloud-gateways/networks/{network}/transit-gateways"
    listed = playground.world.by_hand("GET", path, region="global")["data"]
    return [each for each in listed if each["state"] != "terminated"]


def test_a_peering_killed_in_its_create_is_adopted_waits_for_consent_and_heals_and_goes(
    playground: Playground, network: str
) -> None:
    playground.world.azure_by_hand(missing=["consent"])
    playground.konnect.fault(kind="slow", method="POST", seconds=600)
    playground.kill_during("up", when=lambda: len(peerings(playground, network)) == 1)
    playground.konnect.heal()
    [orphan] = peerings(playground, network)

    run = up_until_consent(playground, network).must_succeed()
    assert "look at the consent to Kong's application" in run.text
    assert "for 60 min at most" in run.text
    [live] = peerings(playground, network)
    assert (live["id"], live["state"]) == (orphan["id"], "ready")
    assert set(playground.run("up").must_succeed().operations.values()) == {"same"}

    playground.world.azure_by_hand(delete=[live["id"]])
    playground.run("refresh").must_succeed()
    healed = playground.run("up").must_succeed()
    assert healed.operations["peering"] == "replace"
    [after] = peerings(playground, network)
    assert (after["id"] != live["id"], after["state"]) == (True, "ready")

    playground.run("destroy").must_succeed()
    assert peerings(playground, network) == []
    left = playground.world.azure_by_hand()["peerings"]
    assert network not in [each["network_id"] for each in left]


def up_until_consent(playground: Playground, network: str) -> Run:
    """An `up` during which an administrator consents, once the peering waits for it."""
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(playground.run("up")))
    playground.konnect.forget_calls()
    thread.start()
    try:
        wait_until(lambda: asked_for(playground) > 1)
    finally:
        playground.world.azure_by_hand(missing=[])
        thread.join()
    return runs[0]


def asked_for(playground: Playground) -> int:
    """How often somebody has asked how the peering is."""
    calls = [call for call in playground.konnect.calls() if call["method"] == "GET"]
    return sum("/transit-gateways/" in call["path"] for call in calls)
