"""Attachments of a network to a transit gateway at the sandbox's Konnect: what it takes and what it refuses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.konnect.cloud_gateways.conftest import SHARE, attachment, config, invalid, problem
from tests.world import World

CONFIG = "transit_gateway_attachment_config"
DNS = [{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]


def made(gateways: httpx.Client, path: str, **changes: Any) -> dict[str, Any]:
    answer = gateways.post(path, json=attachment(**changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_new_attachment_is_initializing_and_has_every_required_field(
    gateways: httpx.Client, path: str
) -> None:
    found = made(gateways, path, dns_config=DNS)
    assert set(found) == {
        "name",
        "cidr_blocks",
        "transit_gateway_attachment_config",
        "dns_config",
        "id",
        "state",
        "entity_version",
        "created_at",
        "updated_at",
    }
    assert found["state"] == "initializing"
    assert found["dns_config"] == DNS
    assert found[CONFIG] == config()
    assert made(gateways, path, name="no-dns", cidr_blocks=["10.9.0.0/16"])["dns_config"] == []


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"name": None}, "name", "required"),
        ({"name": ""}, "name", "min_length"),
        ({"name": "n" * 121}, "name", "max_length"),
        ({"cidr_blocks": None}, "cidr_blocks", "required"),
        ({"cidr_blocks": []}, "cidr_blocks", "min_items"),
        ({"cidr_blocks": "10.8.0.0/16"}, "cidr_blocks", "is_array"),
        ({"cidr_blocks": [8]}, "cidr_blocks[0]", "is_string"),
        ({"cidr_blocks": ["10.8.0.1/16"]}, "cidr_blocks[0]", "invalid"),
        ({"cidr_blocks": ["10.8.0.0"]}, "cidr_blocks[0]", "invalid"),
        ({"cidr_blocks": ["10.8.0.0/16", "fd00::/8"]}, "cidr_blocks[1]", "invalid"),
        ({"cidr_blocks": ["10.8.0.0/16", "10.8.0.0/16"]}, "cidr_blocks[1]", "invalid"),
        ({"cidr_blocks": ["10.0.7.0/24"]}, "cidr_blocks[0]", "invalid"),
        ({"state": "ready"}, "state", "unknown_property"),
        ({CONFIG: None}, CONFIG, "required"),
        ({CONFIG: []}, CONFIG, "is_object"),
        ({CONFIG: {}}, f"{CONFIG}.kind", "required"),
        ({CONFIG: config(kind="aws-something")}, f"{CONFIG}.kind", "enum"),
        ({CONFIG: config(ram_share_arn=None)}, f"{CONFIG}.ram_share_arn", "required"),
        ({CONFIG: config(ram_share_arn="share")}, f"{CONFIG}.ram_share_arn", "is_arn"),
        (
            {CONFIG: config(transit_gateway_id="arn:aws:ec2:us-east-2:1:transit-gateway/tgw-1")},
            f"{CONFIG}.transit_gateway_id",
            "matches_regex",
        ),
        ({CONFIG: config(attachment_id="tgw-attach-1")}, f"{CONFIG}.attachment_id", "unknown_property"),
        ({"dns_config": DNS[0]}, "dns_config", "is_array"),
        (
            {"dns_config": [{**DNS[0], "domain_proxy_list": []}]},
            "dns_config[0].domain_proxy_list",
            "min_items",
        ),
        (
            {"dns_config": [{**DNS[0], "remote_dns_server_ip_addresses": ["ten"]}]},
            "dns_config[0].remote_dns_server_ip_addresses[0]",
            "invalid",
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_refused_by_field_and_rule(
    gateways: httpx.Client, path: str, change: dict[str, Any], field: str, rule: str
) -> None:
    [found] = invalid(gateways.post(path, json=attachment(**change)))
    assert (found["field"], found["rule"]) == (field, rule)
    assert gateways.get(path).json()["data"] == []


def test_other_kinds_are_known_and_not_served(gateways: httpx.Client, path: str) -> None:
    answer = gateways.post(path, json={"name": "x", CONFIG: {"kind": "azure-vhub-peering-attachment"}})
    assert "azure-vhub-peering-attachment" in problem(answer, 501, "Not Implemented")["detail"]


def test_a_name_in_use_in_the_network_is_a_conflict(world: World, gateways: httpx.Client, path: str) -> None:
    made(gateways, path)
    answer = gateways.post(path, json=attachment(cidr_blocks=["10.9.0.0/16"]))
    assert "name" in problem(answer, 409, "Conflict")["detail"]
    made(gateways, f"/networks/{world.network()['id']}/transit-gateways")


def test_blocks_of_another_attachment_are_refused_in_konnects_own_words(
    gateways: httpx.Client, path: str
) -> None:
    made(gateways, path)
    answer = gateways.post(path, json=attachment(name="other", cidr_blocks=["10.8.3.0/24"]))
    assert problem(answer, 409, "Conflict")["detail"] == (
        "unable to create transit gateway with cidr block 10.8.3.0/24 because it overlaps with cidr blocks "
        "from an existing attachment"
    )


@pytest.mark.parametrize("state", ["offline", "initializing"])
def test_a_network_that_isnt_ready_takes_no_attachment(
    world: World, gateways: httpx.Client, state: str
) -> None:
    world.freeze_clock()
    try:
        network = world.network(state=state)
        answer = gateways.post(f"/networks/{network['id']}/transit-gateways", json=attachment())
        assert state in problem(answer, 409, "Conflict")["detail"]
    finally:
        world.freeze_clock(False)


def test_a_network_of_another_provider_takes_no_aws_attachment(world: World, gateways: httpx.Client) -> None:
    network = world.network(provider="azure", provider_account_id="tenant", region="eastus")
    answer = gateways.post(f"/networks/{network['id']}/transit-gateways", json=attachment())
    assert invalid(answer)[0]["field"] == f"{CONFIG}.kind"


@pytest.mark.parametrize("changes", [{}, {"name": "x"}, {"dns_config": []}, {"cidr_blocks": []}])
def test_a_patch_of_anything_but_blocks_is_refused(
    world: World, gateways: httpx.Client, path: str, changes: dict[str, Any]
) -> None:
    found = made(gateways, path)
    world.turn_clock(60)
    assert invalid(gateways.patch(f"{path}/{found['id']}", json=changes))
    assert gateways.get(f"{path}/{found['id']}").json()["cidr_blocks"] == ["10.8.0.0/16"]


def test_a_list_is_filtered_by_name_and_state(gateways: httpx.Client, path: str) -> None:
    first = made(gateways, path)
    second = made(gateways, path, name="payments", cidr_blocks=["10.9.0.0/16"])

    def names(**parameters: str) -> list[str]:
        return [each["name"] for each in gateways.get(path, params=parameters).json()["data"]]

    assert names() == [first["name"], second["name"]]
    assert names(**{"filter[name][eq]": "orders"}) == ["orders"]
    assert names(**{"filter[name][neq]": "orders"}) == ["payments"]
    assert names(**{"filter[name][ocontains]": "xx,pay"}) == ["payments"]
    assert names(**{"filter[state]": "error"}) == []
    assert names(**{"filter[state][neq]": "error", "page[size]": "1"}) == ["orders"]
    assert invalid(gateways.get(path, params={"filter[state][eq]": "gone"}))


def test_an_unknown_attachment_is_a_404_for_every_method(gateways: httpx.Client, path: str) -> None:
    unknown = f"{path}/0850820b-d153-4a2a-b9be-7d2204779139"
    problem(gateways.get(unknown), 404, "Not Found", "kong")
    problem(gateways.patch(unknown, json={"cidr_blocks": ["10.8.0.0/16"]}), 404, "Not Found", "kong")
    problem(gateways.delete(unknown), 404, "Not Found", "kong")
    problem(gateways.put(unknown, json={}), 405, "Method Not Allowed", "kong")


def test_the_share_decides_whether_konnect_can_attach(
    world: World, gateways: httpx.Client, path: str
) -> None:
    world.cloud(unknown_shares=[SHARE])
    try:
        found = made(gateways, path)
        world.turn_clock(60)
    finally:
        world.cloud(unknown_shares=[])
    failed = gateways.get(f"{path}/{found['id']}").json()
    assert failed["state"] == "error"
    assert failed["state_metadata"] == {
        "reported_status": "ERROR",
        "reason": "Transit Gateway Attachment configuration could not find a resource with the provided "
        "ram share arn.",
    }
