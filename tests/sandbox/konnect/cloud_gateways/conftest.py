"""A client for Konnect's global host, and bodies that it takes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.world import World

SHARE = "arn:aws:ram:us-east-2:222222222222:resource-share/4b7e2c8a-1234-5678-abcd-ef1234567890"


@pytest.fixture(scope="session")
def gateways(world: World) -> httpx.Client:
    client = world.konnect("global")
    client.base_url = httpx.URL(f"{client.base_url}cloud-gateways")
    return client


@pytest.fixture
def network(world: World) -> dict[str, Any]:
    return world.network(cidr_block="10.0.0.0/16")


@pytest.fixture
def path(network: dict[str, Any]) -> str:
    return f"/networks/{network['id']}/transit-gateways"


def attachment(**changes: Any) -> dict[str, Any]:
    """The body of a POST. A change of None leaves the field out."""
    config = {
        "kind": "aws-transit-gateway-attachment",
        "transit_gateway_id": "tgw-0123456789abcdef0",
        "ram_share_arn": SHARE,
    }
    body = {"name": "orders", "cidr_blocks": ["10.8.0.0/16"], "transit_gateway_attachment_config": config}
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


def config(**changes: Any) -> dict[str, Any]:
    """The `transit_gateway_attachment_config` of a body."""
    given = {**attachment()["transit_gateway_attachment_config"], **changes}
    return {key: value for key, value in given.items() if value is not None}


def problem(answer: httpx.Response, status: int, title: str, trace: str = "konnect") -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = dict(answer.json())
    assert (body["status"], body["title"]) == (status, title)
    assert body["instance"].startswith(f"{trace}:trace:")
    assert body["detail"]
    return body


def invalid(answer: httpx.Response) -> list[dict[str, Any]]:
    """What a 400 finds at fault."""
    body = problem(answer, 400, "Invalid Request")
    assert body["detail"] == "Invalid Parameters"
    return list(body["invalid_parameters"])
