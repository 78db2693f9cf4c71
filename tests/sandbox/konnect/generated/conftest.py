"""One world for all of these tests, with a little of everything in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.sandbox.konnect.generated.client import Client
from tests.sandbox.konnect.generated.requests import Ground, Request
from tests.world import TOKEN, World

LONG = 60
"""Seconds after which nothing is in a transitional state any longer."""

NETWORK_BLOCK = "10.0.0.0/16"
ATTACHED = {
    "name": "there",
    "cidr_blocks": ["10.200.0.0/16"],
    "transit_gateway_attachment_config": {
        "kind": "aws-transit-gateway-attachment",
        "transit_gateway_id": "tgw-0123456789abcdef0",
        "ram_share_arn": "arn:aws:ram:us-east-2:222222222222:resource-share/4b7e2c8a-1234-5678-abcd-ef1234567890",
    },
}
CONTENT = ("/services", "/routes", "/plugins")


def started(temporary: pytest.TempPathFactory) -> Iterator[World]:
    """A world that made no mistake when it has ended."""
    started = World(temporary.mktemp("world") / ".sandbox", {})
    yield started
    code, errors = started.end()
    # What isn't HTTP at all is logged; a mistake of the sandbox's own would be, too.
    assert (code, errors.replace("Invalid HTTP request received.\n", "")) == (0, "")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from started(tmp_path_factory)


@pytest.fixture(scope="module")
def ground(world: World) -> Iterator[Ground]:
    """A control plane with a service, a route and a plugin on each of them, of a kind that no request makes."""
    hosts = {"regional": "us", "global": "global"}
    clients = {
        name: Client(world.address.replace("{region}", host) + "/v2", TOKEN) for name, host in hosts.items()
    }
    found = Ground(clients)

    def made(path: str, body: object, host: str = "regional") -> str:
        answer = Request("POST", path, body=body).sent(clients[host])
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    found.ids["controlPlaneId"] = plane = made("/control-planes", {"name": f"the ground {uuid.uuid4()}"})
    base = f"/control-planes/{plane}/core-entities"
    found.ids["ServiceId"] = service = made(f"{base}/services", {"name": "there", "host": "there"})
    route = {"name": "there", "paths": ["/there"], "service": {"id": service}}
    found.ids["RouteId"] = route_id = made(f"{base}/routes", route)
    plugin = {"name": "response-transformer"}
    found.ids["PluginId"] = made(f"{base}/plugins", plugin)
    found.ids["ServiceId/PluginId"] = made(f"{base}/services/{service}/plugins", plugin)
    found.ids["RouteId/PluginId"] = made(f"{base}/routes/{route_id}/plugins", plugin)
    network = world.network(cidr_block=NETWORK_BLOCK)
    found.ids["networkId"] = network["id"]
    azure = world.network(provider="azure", provider_account_id="b2c3d4e5", region="eastus2")
    found.ids["azure/networkId"] = azure["id"]
    found.ids["providerAccountId"] = network["cloud_gateway_provider_account_id"]
    attached = f"/cloud-gateways/networks/{network['id']}/transit-gateways"
    found.ids["transitGatewayId"] = made(attached, ATTACHED, "global")
    world.turn_clock(LONG)
    found.ids["pluginName"] = "request-transformer"
    yield found
    for client in clients.values():
        client.close()
