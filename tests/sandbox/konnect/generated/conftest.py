"""One world for all of these tests, with a little of everything in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.sandbox.konnect.generated.client import Client
from tests.sandbox.konnect.generated.requests import Ground, Request
from tests.world import TOKEN, World

CONTENT = ("/services", "/routes", "/plugins")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    started = World(tmp_path_factory.mktemp("world") / ".sandbox", {})
    yield started
    code, errors = started.end()
    # What isn't HTTP at all is logged; a mistake of the sandbox's own would be, too.
    assert (code, errors.replace("Invalid HTTP request received.\n", "")) == (0, "")


@pytest.fixture(scope="module")
def ground(world: World) -> Iterator[Ground]:
    """A control plane with a service, a route and a plugin on each of them, of a kind that no request makes."""
    hosts = {"regional": "us", "global": "global"}
    clients = {
        name: Client(world.address.replace("{region}", host) + "/v2", TOKEN) for name, host in hosts.items()
    }
    found = Ground(clients)

    def made(path: str, body: object) -> str:
        answer = Request("POST", path, body=body).sent(clients["regional"])
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
    found.ids["pluginName"] = "request-transformer"
    yield found
    for client in clients.values():
        client.close()
