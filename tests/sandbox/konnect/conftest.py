"""One world for all tests of Konnect, a control plane of its own for each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.world import TOKEN, Plane, World

SetFaults = Callable[..., None]
"""Sets the faults that follow."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    started = World(tmp_path_factory.mktemp("world") / ".sandbox", {})
    yield started
    code, errors = started.end()
    assert (code, errors) == (0, "")


@pytest.fixture(scope="session")
def konnect(world: World) -> httpx.Client:
    return world.konnect()


@pytest.fixture(scope="session")
def admin(world: World) -> httpx.Client:
    return world.admin()


@pytest.fixture
def plane(world: World, konnect: httpx.Client) -> Iterator[Plane]:
    record = konnect.post("/control-planes", json={"name": f"plane-{uuid.uuid4()}"}).json()
    client = world.client(f"{konnect.base_url}control-planes/{record['id']}/core-entities", TOKEN)
    yield Plane(record, client)
    client.close()


@pytest.fixture
def service(plane: Plane) -> dict[str, Any]:
    answer = plane.entities.post("/services", json={"name": "orders", "host": "orders.internal"})
    assert answer.status_code == 201
    return dict(answer.json())


@pytest.fixture
def route(plane: Plane, service: dict[str, Any]) -> dict[str, Any]:
    body = {"name": "orders", "paths": ["/orders"], "service": {"id": service["id"]}}
    answer = plane.entities.post("/routes", json=body)
    assert answer.status_code == 201
    return dict(answer.json())


@pytest.fixture
def faults(admin: httpx.Client) -> Iterator[SetFaults]:
    def set_faults(*wanted: dict[str, Any]) -> None:
        answer = admin.put("/faults", json={"faults": list(wanted)})
        assert answer.status_code == 200, answer.text

    yield set_faults
    assert admin.delete("/faults").status_code == 204


def transformer(
    service_id: str | None = None, value: str = "Bearer a-value-of-the-tests", **more: Any
) -> dict[str, Any]:
    """The body of a request-transformer that sets a header."""
    body = {"name": "request-transformer", "config": {"add": {"headers": [f"Authorization:{value}"]}}, **more}
    return body if service_id is None else {**body, "service": {"id": service_id}}
