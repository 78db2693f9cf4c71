"""Typed calls of the cloud-gateways API, against the sandbox's Konnect and against a server that answers as
told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from kong_secure import errors
from kong_secure import konnect as api
from tests.konnect.conftest import FakeTime
from tests.konnect.scripted_server import Reply, ScriptedServer
from tests.world import World

CONFIG = {
    "kind": "aws-transit-gateway-attachment",
    "transit_gateway_id": "tgw-0123456789abcdef0",
    "ram_share_arn": "arn:aws:ram:us-east-2:222222222222:resource-share/4b7e2c8a-1234-5678-abcd-ef1234567890",
}
NETWORK = "36ae63d3-efd1-4bec-b246-62aa5d3f5695"
ATTACHMENT = "0850820b-d153-4a2a-b9be-7d2204779139"
DNS = (api.DnsMapping(("10.8.0.10", "10.8.0.11"), ("orders.internal",)),)


@pytest.fixture
def session(konnect: api.Konnect) -> api.Session:
    return konnect.session(api.GLOBAL)


def post(session: api.Session, network_id: str, **changes: Any) -> api.Attachment:
    given = {"name": "orders", "config": CONFIG, "cidr_blocks": ["10.8.0.0/16"], **changes}
    return api.post_attachment(session, network_id, **given)


def test_a_network_is_found_by_name_and_by_id(world: World, session: api.Session) -> None:
    declared = world.network(cidr_block="10.4.0.0/16", region="eu-central-1")
    network = api.find_network(session, declared["name"])
    assert network == api.find_network(session, declared["id"])
    assert (network.cidr_block, network.region, network.state) == ("10.4.0.0/16", "eu-central-1", "ready")
    assert network.availability_zones == ("euc1-az1", "euc1-az2")


def test_a_network_is_in_the_account_it_names_and_not_in_the_first_one(
    world: World, session: api.Session
) -> None:
    world.network(provider_account_id="333333333333")
    network = api.find_network(session, world.network(provider_account_id="444444444444")["name"])
    account = api.read_provider_account(session, network.provider_account)
    assert (account.provider, account.account_id) == ("aws", "444444444444")


def test_an_unknown_network_is_an_error_that_lists_those_there_are_and_says_how_to_declare_it(
    world: World, session: api.Session, time: FakeTime
) -> None:
    declared, started = world.network(), time.seconds
    with pytest.raises(errors.UnknownName, match="no network 'nope'; there is: ") as caught:
        api.find_network(session, "nope")
    assert declared["name"] in str(caught.value)
    assert "networks:\n    - name: nope" in str(caught.value)
    assert time.seconds - started == 10


def test_a_network_that_is_terminated_is_no_network_of_that_name(
    server: ScriptedServer, client: Callable[..., api.Konnect]
) -> None:
    def network(network_id: str, state: str) -> dict[str, Any]:
        about = {"name": "n", "region": "us-east-2", "cidr_block": "10.0.0.0/16", "availability_zones": []}
        return {"id": network_id, "state": state, "cloud_gateway_provider_account_id": "a", **about}

    session = client().session(api.GLOBAL)
    server.replies = [Reply(200, {"data": [network("old", "terminated"), network("new", "ready")]})]
    assert api.find_network(session, "n").id == "new"
    server.replies = [Reply(200, {"data": [network("one", "ready"), network("two", "ready")]})]
    with pytest.raises(errors.AmbiguousName, match="give one of their ids: one, two"):
        api.find_network(session, "n")


def test_an_attachment_is_made_read_listed_changed_and_deleted(world: World, session: api.Session) -> None:
    network_id = world.network()["id"]
    made = post(session, network_id, dns=DNS)
    assert (made.state, made.reason, made.aws_attachment_id) == ("initializing", "", None)
    assert (made.cidr_blocks, made.dns, made.config) == (("10.8.0.0/16",), DNS, CONFIG)
    world.turn_clock(60)
    found = api.read_attachment(session, network_id, made.id)
    assert found.state == "pending-acceptance"
    assert (found.aws_attachment_id or "").startswith("tgw-attach-")
    assert list(api.list_attachments(session, network_id, "orders")) == [found]
    assert list(api.list_attachments(session, network_id, "other")) == []
    changed = api.patch_cidr_blocks(session, network_id, made.id, ["10.9.0.0/16"])
    assert changed.cidr_blocks == ("10.9.0.0/16",)
    world.turn_clock(60)
    api.delete_attachment(session, network_id, made.id)
    world.turn_clock(60)
    world.turn_clock(60)
    with pytest.raises(errors.NotFound):
        api.read_attachment(session, network_id, made.id)


def test_konnects_reason_is_read_with_the_state(
    server: ScriptedServer, client: Callable[..., api.Konnect]
) -> None:
    answer = {
        "id": "a",
        "name": "orders",
        "state": "error",
        "state_metadata": {"reported_status": "ERROR", "reason": "could not find a resource\n"},
        "cidr_blocks": ["10.8.0.0/16"],
        "dns_config": [],
        "transit_gateway_attachment_config": CONFIG,
    }
    server.replies = [Reply(200, answer)]
    found = api.read_attachment(client().session(api.GLOBAL), NETWORK, ATTACHMENT)
    assert (found.state, found.reason) == ("error", "could not find a resource")
    assert (
        server.requests[0].target
        == f"/global/v2/cloud-gateways/networks/{NETWORK}/transit-gateways/{ATTACHMENT}"
    )


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"name": "n" * 121}, errors.Invalid, "name must be shorter than or equal to 120 characters"),
        ({"config": {**CONFIG, "ram_share_arn": "x"}}, errors.Invalid, "ram_share_arn"),
        ({"cidr_blocks": ["10.0.1.0/24"]}, errors.Invalid, "cidr_blocks[0]"),
    ],
)
def test_what_konnect_refuses_is_told_in_its_words(
    world: World, session: api.Session, changes: dict[str, Any], kind: type[errors.KonnectError], words: str
) -> None:
    with pytest.raises(kind) as caught:
        post(session, world.network()["id"], **changes)
    assert type(caught.value) is kind
    assert words in caught.value.message
    assert caught.value.trace_id


def test_a_name_in_use_and_overlapping_blocks_are_conflicts(world: World, session: api.Session) -> None:
    network_id = world.network()["id"]
    post(session, network_id)
    with pytest.raises(errors.Conflict, match="name"):
        post(session, network_id, cidr_blocks=["10.9.0.0/16"])
    with pytest.raises(errors.Conflict, match=r"10\.8\.1\.0/24 because it overlaps"):
        post(session, network_id, name="other", cidr_blocks=["10.8.1.0/24"])


def test_a_post_that_may_have_been_carried_out_is_not_repeated(
    server: ScriptedServer, client: Callable[..., api.Konnect]
) -> None:
    for reply, kind in ((Reply(503, {}), errors.Unavailable), (Reply(cut=5), errors.Unavailable)):
        server.replies, asked = [reply], len(server.requests)
        with pytest.raises(kind):
            post(client().session(api.GLOBAL), NETWORK)
        assert len(server.requests) == asked + 1
    assert json.loads(server.requests[0].body)["name"] == "orders"


def test_a_post_that_was_turned_away_unread_is_repeated(
    server: ScriptedServer, client: Callable[..., api.Konnect]
) -> None:
    made = {"id": "a", "name": "orders", "state": "initializing"}
    server.replies = [Reply(429, {}), Reply(201, made)]
    assert post(client().session(api.GLOBAL), NETWORK).id == "a"
