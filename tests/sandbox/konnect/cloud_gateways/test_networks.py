"""Networks and provider accounts at the sandbox's Konnect, as cloud-gateways.yaml has them."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.sandbox.konnect.cloud_gateways.conftest import attachment, invalid, problem
from tests.world import World

REQUIRED = {
    "id",
    "name",
    "default",
    "cloud_gateway_provider_account_id",
    "region",
    "availability_zones",
    "cidr_block",
    "provider_metadata",
    "state",
    "transit_gateway_count",
    "configuration_reference_count",
    "entity_version",
    "created_at",
    "updated_at",
}


@pytest.fixture
def account(network: dict[str, Any]) -> str:
    return str(network["cloud_gateway_provider_account_id"])


def body(account: str, **changes: Any) -> dict[str, Any]:
    given = {
        "name": f"net-{uuid.uuid4().hex[:10]}",
        "cloud_gateway_provider_account_id": account,
        "region": "us-east-2",
        "availability_zones": ["use2-az1", "use2-az2"],
        "cidr_block": "10.4.0.0/16",
        "state": "offline",
    }
    return {**given, **changes}


def test_a_declared_network_is_ready_and_has_every_required_field(
    network: dict[str, Any], gateways: httpx.Client
) -> None:
    assert set(network) == REQUIRED
    assert network["state"] == "ready"
    assert network["availability_zones"] == ["use2-az1", "use2-az2"]
    assert network["provider_metadata"]["vpc_id"].startswith("vpc-")
    assert len(network["provider_metadata"]["subnet_ids"]) == 2
    assert gateways.get(f"/networks/{network['id']}").json() == network


def test_a_network_names_the_provider_account_it_is_in(world: World, gateways: httpx.Client) -> None:
    world.network(provider_account_id="333333333333")
    network = world.network(provider_account_id="444444444444")
    account = gateways.get(f"/provider-accounts/{network['cloud_gateway_provider_account_id']}").json()
    assert (account["provider"], account["provider_account_id"]) == ("aws", "444444444444")
    listed = gateways.get("/provider-accounts", params={"filter[provider][eq]": "aws", "page[size]": 100})
    assert account in listed.json()["data"]


def test_networks_are_found_by_name(world: World, gateways: httpx.Client, network: dict[str, Any]) -> None:
    world.network()
    answer = gateways.get("/networks", params={"filter[name][eq]": network["name"]}).json()
    assert answer == {"meta": {"page": {"number": 1, "size": 10, "total": 1}}, "data": [network]}


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter[name][is]": "x"},
        {"filter[region][eq]": "x"},
        {"filter[state]": "ready"},
        {"filter[state][eq]": "error"},
        {"size": "10"},
        {"page[size]": "0"},
    ],
)
def test_what_is_no_parameter_of_the_list_of_networks_is_refused(
    gateways: httpx.Client, parameters: dict[str, str]
) -> None:
    [found] = invalid(gateways.get("/networks", params=parameters))
    assert found["source"] == "query"


def test_cloud_gateways_are_at_the_global_host_alone(world: World) -> None:
    answer = world.konnect("us").get("/cloud-gateways/networks")
    assert answer.status_code == 404
    assert answer.json()["message"] == "no Route matched with those values"


def test_without_the_token_nothing_is_told(world: World) -> None:
    answer = world.konnect("global", token=None).get("/cloud-gateways/networks")
    assert problem(answer, 401, "Unauthorized", "kong")["detail"] == "Unauthorized"


@pytest.mark.parametrize("network_id", ["36ae63d3-efd1-4bec-b246-62aa5d3f5695", "no-uuid"])
def test_an_unknown_network_is_a_404(gateways: httpx.Client, network_id: str) -> None:
    for path in (f"/networks/{network_id}", f"/networks/{network_id}/transit-gateways"):
        problem(gateways.get(path), 404, "Not Found", "kong")


def test_what_isnt_served_says_so(gateways: httpx.Client) -> None:
    answer = gateways.get("/configurations")
    assert "configurations" in problem(answer, 501, "Not Implemented")["detail"]


def test_a_network_gets_ready_and_goes_in_its_time(world: World, gateways: httpx.Client) -> None:
    world.freeze_clock()
    try:
        made = world.network(state="initializing")
        assert (made["state"], made["provider_metadata"]) == ("initializing", {})
        world.turn_clock(60)
        assert gateways.get(f"/networks/{made['id']}").json()["state"] == "ready"
        assert gateways.delete(f"/networks/{made['id']}").status_code == 204
        assert gateways.get(f"/networks/{made['id']}").json()["state"] == "terminating"
        world.turn_clock(60)
        problem(gateways.get(f"/networks/{made['id']}"), 404, "Not Found", "kong")
    finally:
        world.freeze_clock(False)


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"name": "n" * 121}, "name", "max_length"),
        ({"name": None}, "name", "is_string"),
        ({"tags": []}, "tags", "unknown_property"),
        ({"state": "ready"}, "state", "enum"),
        ({"availability_zones": []}, "availability_zones", "min_items"),
        ({"cloud_gateway_provider_account_id": "x"}, "cloud_gateway_provider_account_id", "is_uuid"),
        (
            {"cloud_gateway_provider_account_id": "36ae63d3-efd1-4bec-b246-62aa5d3f5695"},
            "cloud_gateway_provider_account_id",
            "missing_reference",
        ),
        *(
            ({"cidr_block": block}, "cidr_block", "is_supported_network_cidr_block")
            for block in ("10.0.0.1/16", "10.0.0.0/15", "10.0.0.0/24", "10.100.0.0/20", "11.0.0.0/16", "x")
        ),
    ],
)
def test_what_no_network_can_have_is_refused_by_field_and_rule(
    gateways: httpx.Client, account: str, change: dict[str, Any], field: str, rule: str
) -> None:
    [found] = invalid(gateways.post("/networks", json=body(account, **change)))
    assert (found["field"], found["rule"]) == (field, rule)


def test_a_name_too_long_is_refused_in_konnects_own_words(gateways: httpx.Client, account: str) -> None:
    [found] = invalid(gateways.post("/networks", json=body(account, name="n" * 121)))
    assert found["reason"] == "name must be shorter than or equal to 120 characters"
    assert found["maximum"] == 120


def test_a_network_can_be_renamed_but_not_to_a_name_in_use(
    world: World, gateways: httpx.Client, network: dict[str, Any]
) -> None:
    renamed = gateways.patch(f"/networks/{network['id']}", json={"name": f"renamed-{network['name']}"})
    assert renamed.status_code == 200
    assert renamed.json()["name"] == f"renamed-{network['name']}"
    assert renamed.json()["entity_version"] == 2
    other = world.network()
    problem(
        gateways.patch(f"/networks/{other['id']}", json={"name": renamed.json()["name"]}), 409, "Conflict"
    )


def test_a_network_with_an_attachment_is_not_deleted(
    gateways: httpx.Client, network: dict[str, Any], path: str
) -> None:
    gateways.post(path, json=attachment())
    assert "attached" in invalid(gateways.delete(f"/networks/{network['id']}"))[0]["reason"]
    assert gateways.get(f"/networks/{network['id']}").json()["transit_gateway_count"] == 1


def test_the_quota_of_networks_is_konnects_403(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = World(tmp_path_factory.mktemp("quota") / ".sandbox", {"networks": [{"name": "first"}]})
    try:
        client = world.konnect("global")
        account = client.get("/cloud-gateways/provider-accounts").json()["data"][0]["id"]
        answers = [
            client.post(
                "/cloud-gateways/networks", json=body(account, state="initializing", name=f"n{number}")
            )
            for number in range(10)
        ]
        assert [answer.status_code for answer in answers[:9]] == [201] * 9
        refused = problem(answers[9], 403, "Quota Exceeded")
        assert refused["detail"] == "Maximum number of count/networks.not-offline exceeded. Max allowed: 10."
    finally:
        world.end()
