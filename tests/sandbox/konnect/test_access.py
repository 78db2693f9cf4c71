"""Who may call, and on which host."""

from __future__ import annotations

import uuid

import httpx
import pytest

from tests.world import TOKEN, Plane, World


def test_control_planes_without_a_token_are_a_401_in_problem_json(world: World) -> None:
    answer = world.konnect(token=None).get("/control-planes")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Unauthenticated"
    assert answer.json()["instance"].startswith("konnect:trace:")


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ([], "No API key found in request"),
        ([("Authorization", "Bearer wrong")], "Unauthorized"),
        ([("Authorization", f"Basic {TOKEN}")], "Unauthorized"),
        ([("Authorization", "Bearer é")], "Unauthorized"),
        ([("Authorization", f"Bearer {TOKEN}")] * 2, "Duplicate API key found"),
    ],
)
def test_core_entities_without_the_token_are_a_401_of_the_gateways_kind(
    world: World, plane: Plane, headers: list[tuple[str, str]], message: str
) -> None:
    client = world.konnect(token=None)
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    answer = client.get(f"/control-planes/{plane.id}/core-entities/services", headers=encoded)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"message": message, "status": 401}


@pytest.mark.parametrize("host", ["global", "xx", "US"])
def test_control_planes_are_unknown_on_other_hosts(world: World, host: str) -> None:
    answer = world.konnect(host).get("/control-planes")
    assert answer.status_code == 404
    assert answer.json()["message"] == "no Route matched with those values"


def test_core_entities_are_unknown_on_the_global_host(world: World, plane: Plane) -> None:
    answer = world.konnect("global").get(f"/control-planes/{plane.id}/core-entities/services")
    assert answer.status_code == 404


def test_core_entities_of_another_region_are_unknown(world: World, plane: Plane) -> None:
    answer = world.konnect("eu").get(f"/control-planes/{plane.id}/core-entities/services")
    assert answer.status_code == 404
    assert answer.json()["code"] == 5


@pytest.mark.parametrize("name", ["a%2Fb", "..%2f..%2f", "%2F"])
def test_an_encoded_slash_is_part_of_a_name(konnect: httpx.Client, plane: Plane, name: str) -> None:
    answer = konnect.get(f"/control-planes/{name}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert konnect.get(f"/control-planes/{plane.id}/core-entities/services/{name}").json()["code"] == 5


@pytest.mark.parametrize("path", ["/cloud-gateways/networks", "/control-planes/", "/nothing"])
def test_a_path_without_an_api_is_unknown(konnect: httpx.Client, path: str) -> None:
    assert konnect.get(path).status_code == 404


def test_a_part_of_konnect_that_the_sandbox_lacks_is_refused_by_name(plane: Plane) -> None:
    answer = plane.entities.get("/consumers")
    assert answer.status_code == 501
    assert "doesn't serve 'consumers'" in answer.json()["message"]


def test_an_unknown_control_plane_is_a_404_and_a_malformed_id_a_400(konnect: httpx.Client) -> None:
    unknown = konnect.get(f"/control-planes/{uuid.uuid4()}/core-entities/plugins")
    assert (unknown.status_code, unknown.json()["code"]) == (404, 5)
    malformed = konnect.get("/control-planes/x/core-entities/plugins")
    assert (malformed.status_code, malformed.json()["code"]) == (400, 3)
