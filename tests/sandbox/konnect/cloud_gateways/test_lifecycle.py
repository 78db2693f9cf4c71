"""How an attachment goes from state to state, by a clock that stands still until it is turned. No HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.konnect.app import open_store
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import AttachmentRequest, KongNetwork
from kong_secure.sandbox.konnect.cloud_gateways.clouds import Clouds
from kong_secure.sandbox.konnect.cloud_gateways.hand_operated import HandOperatedCloud, Levers
from kong_secure.sandbox.konnect.cloud_gateways.hand_operated_azure import HandOperatedAzure
from kong_secure.sandbox.konnect.cloud_gateways.rules import CloudGateways
from kong_secure.sandbox.konnect.cloud_gateways.steps import Durations
from kong_secure.sandbox.konnect.refusals import InvalidError, NotFoundError
from kong_secure.sandbox.konnect.store import Record
from tests.sandbox.konnect.cloud_gateways.conftest import attachment

DURATIONS = Durations(network=100, attach=10, settle=20, detach=30, forget=40)


class Way:
    """A network with one attachment, and the hands that operate cloud and clock."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.clock = Clock(lambda: 1.7e9)
        self.open()
        account = self.gateways.account_at("aws", "111111111111")
        body = {
            "name": "network",
            "cloud_gateway_provider_account_id": account["id"],
            "region": "us-east-2",
            "availability_zones": ["use2-az1"],
            "cidr_block": "10.0.0.0/16",
        }
        self.network = self.gateways.add_network(body)["id"]
        self.gateways.make_ready(self.network)

    def open(self) -> None:
        self.store = open_store(self.file)
        self.cloud = HandOperatedCloud(self.store)
        self.azure = HandOperatedAzure(self.store)
        self.gateways = CloudGateways(self.store, Clouds(self.cloud, self.azure), self.clock, DURATIONS)

    def attach(self) -> Record:
        self.made = self.gateways.attach(self.network, attachment())
        return self.made

    def now(self) -> Record:
        return self.gateways.attachment(self.network, self.made["id"])

    def after(self, seconds: float) -> str:
        self.clock.advance(seconds)
        return str(self.now()["state"])

    def in_cloud(self) -> dict[str, Any]:
        [found] = self.cloud.as_json()["attachments"]
        return dict(found)

    def set_cloud(self, state: str) -> None:
        self.cloud.operate(Levers(attachments={self.in_cloud()["id"]: state}))

    def become_ready(self) -> Record:
        self.attach()
        self.after(10)
        self.set_cloud("available")
        self.after(0)
        assert self.after(20) == "ready"
        return self.now()


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Way]:
    way = Way(tmp_path / "konnect.sqlite")
    yield way
    way.store.close()


def test_an_attachment_waits_for_acceptance_with_an_id_and_is_ready_only_after(way: Way) -> None:
    way.attach()
    assert way.after(9) == "initializing"
    assert "attachment_id" not in way.now()["transit_gateway_attachment_config"]
    assert way.after(1) == "pending-acceptance"
    assert way.now()["transit_gateway_attachment_config"]["attachment_id"] == way.in_cloud()["id"]
    assert way.after(10_000) == "pending-acceptance"
    way.set_cloud("available")
    assert way.after(0) == "pending-acceptance"
    assert way.after(19) == "pending-acceptance"
    assert way.in_cloud()["cidr_blocks"] == []
    assert way.after(1) == "ready"
    assert way.in_cloud()["cidr_blocks"] == ["10.8.0.0/16"]


def test_the_cloud_is_told_whose_account_attaches_to_which_gateway(way: Way) -> None:
    way.attach()
    way.after(10)
    assert way.in_cloud()["account"] == "111111111111"
    assert way.in_cloud()["transit_gateway_id"] == "tgw-0123456789abcdef0"


def test_a_gateway_that_accepts_by_itself_leads_to_ready_without_anybody(way: Way) -> None:
    way.cloud.operate(Levers(auto_accept=True))
    way.attach()
    way.after(10)
    assert way.after(20) == "ready"


def test_a_rejected_attachment_is_an_error_with_a_reason(way: Way) -> None:
    way.attach()
    way.after(10)
    way.set_cloud("refused")
    assert way.after(0) == "error"
    assert "rejected" in way.now()["state_metadata"]["reason"]


def test_an_acceptance_that_is_taken_back_never_gets_ready(way: Way) -> None:
    way.attach()
    way.after(10)
    way.set_cloud("available")
    way.after(0)
    way.set_cloud("refused")
    assert way.after(20) == "error"
    assert way.in_cloud()["cidr_blocks"] == []


def test_each_state_is_another_version_of_the_attachment(way: Way) -> None:
    versions = [way.attach()["entity_version"]]
    for seconds, state in ((10, "available"), (0, "available"), (20, "gone")):
        way.after(seconds)
        versions.append(way.now()["entity_version"])
        way.set_cloud(state)
    versions.append(way.now()["entity_version"])
    assert versions == [1, 2, 2, 3, 4]


def test_a_change_of_blocks_heals_no_error(way: Way) -> None:
    made = way.become_ready()
    way.set_cloud("gone")
    assert way.after(0) == "error"
    way.gateways.change_attachment(way.network, made["id"], {"cidr_blocks": ["10.9.0.0/16"]})
    assert way.after(100) == "error"


def test_a_network_counts_the_attachments_it_still_has(way: Way) -> None:
    def count() -> int:
        return int(way.gateways.network_shown(way.gateways.network(way.network))["transit_gateway_count"])

    way.become_ready()
    assert count() == 1
    way.gateways.detach(way.network, way.made["id"])
    assert way.after(30) == "terminated"
    assert count() == 0


def test_the_same_attachment_asked_for_twice_is_one_in_the_cloud(way: Way) -> None:
    network = KongNetwork(way.network, "111111111111", "us-east-2", ("use2-az1",), "10.0.0.0/16")
    request = AttachmentRequest("an-id", "tgw-0123456789abcdef0", "share")
    assert way.cloud.attach(network, request) == way.cloud.attach(network, request)
    assert way.in_cloud()["request_id"] == "an-id"


def test_blocks_can_be_narrowed_and_widened_over_their_old_selves(way: Way) -> None:
    made = way.become_ready()
    for blocks in (["10.8.0.0/17"], ["10.8.0.0/15"]):
        way.gateways.change_attachment(way.network, made["id"], {"cidr_blocks": blocks})
        assert way.after(20) == "ready"
        assert way.in_cloud()["cidr_blocks"] == blocks


def test_an_attachment_deleted_under_konnect_is_an_error(way: Way) -> None:
    way.become_ready()
    way.set_cloud("gone")
    assert way.after(0) == "error"


def test_changed_blocks_are_routed_in_their_time(way: Way) -> None:
    before = way.become_ready()
    way.gateways.change_attachment(way.network, before["id"], {"cidr_blocks": ["10.9.0.0/16"]})
    assert way.after(19) == "initializing"
    assert way.in_cloud()["cidr_blocks"] == ["10.8.0.0/16"]
    assert way.after(1) == "ready"
    assert way.in_cloud()["cidr_blocks"] == ["10.9.0.0/16"]
    assert way.now()["entity_version"] > before["entity_version"]


def test_changed_blocks_dont_accept_what_nobody_accepted(way: Way) -> None:
    made = way.attach()
    way.after(10)
    way.gateways.change_attachment(way.network, made["id"], {"cidr_blocks": ["10.9.0.0/16"]})
    assert way.after(20) == "pending-acceptance"


def test_a_deletion_ends_in_terminated_and_then_in_nothing(way: Way) -> None:
    way.become_ready()
    way.gateways.detach(way.network, way.made["id"])
    assert way.after(29) == "terminating"
    assert way.in_cloud()
    assert way.after(1) == "terminated"
    assert way.cloud.as_json()["attachments"] == []
    with pytest.raises(NotFoundError):
        way.after(40)


@pytest.mark.parametrize("when", ["initializing", "terminating"])
def test_nothing_is_changed_or_deleted_on_the_way_from_state_to_state(way: Way, when: str) -> None:
    way.attach()
    if when == "terminating":
        way.after(10)
        way.gateways.detach(way.network, way.made["id"])
    for refused in (
        lambda: way.gateways.detach(way.network, way.made["id"]),
        lambda: way.gateways.change_attachment(way.network, way.made["id"], {"cidr_blocks": ["10.9.0.0/16"]}),
    ):
        with pytest.raises(InvalidError, match=when):
            refused()


def test_the_name_and_the_blocks_of_what_is_terminated_are_free(way: Way) -> None:
    way.attach()
    way.after(10)
    way.gateways.detach(way.network, way.made["id"])
    assert way.after(30) == "terminated"
    assert way.attach()["state"] == "initializing"


def test_an_attachment_in_error_can_be_deleted_also_when_the_cloud_never_had_it(way: Way) -> None:
    way.cloud.operate(
        Levers(unknown_shares=[attachment()["transit_gateway_attachment_config"]["ram_share_arn"]])
    )
    way.attach()
    assert way.after(10) == "error"
    way.gateways.detach(way.network, way.made["id"])
    assert way.after(30) == "terminated"


def test_a_restart_goes_on_where_it_was(way: Way) -> None:
    way.attach()
    way.after(10)
    way.set_cloud("available")
    way.after(0)
    way.store.close()
    way.open()
    assert way.after(20) == "ready"


def test_a_frozen_clock_moves_only_when_turned_and_never_goes_back() -> None:
    real = [100.0]
    clock = Clock(lambda: real[0])
    clock.freeze()
    real[0] += 50
    assert clock.now() == 100
    clock.advance(7)
    assert clock.now() == 107
    clock.run()
    real[0] += 1
    assert clock.now() == 108
    clock.advance(10)
    assert clock.now() == 118
