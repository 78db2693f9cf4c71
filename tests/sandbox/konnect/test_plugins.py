from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.sandbox.konnect.conftest import transformer
from tests.sandbox.konnect.test_core_entities import refused
from tests.world import Plane

EMPTY: dict[str, Any] = {"body": [], "headers": [], "querystring": []}


def test_defaults_are_filled_in_as_konnect_does(plane: Plane, service: dict[str, Any]) -> None:
    kept = plane.entities.post("/plugins", json=transformer(service["id"])).json()
    assert kept["config"] == {
        "http_method": None,
        "remove": EMPTY,
        "rename": EMPTY,
        "replace": {**EMPTY, "uri": None},
        "add": {**EMPTY, "headers": ["Authorization:Bearer a-value-of-the-tests"]},
        "append": EMPTY,
    }
    assert kept["enabled"] is True
    assert kept["protocols"] == ["grpc", "grpcs", "http", "https"]
    assert kept["service"] == {"id": service["id"]}
    for field in (
        "route",
        "consumer",
        "consumer_group",
        "instance_name",
        "ordering",
        "condition",
        "partials",
        "tags",
    ):
        assert kept[field] is None


@pytest.mark.parametrize("config", [None, {}, {"add": None}, {"add": {"headers": None}}])
def test_nothing_and_null_configure_alike(plane: Plane, config: object) -> None:
    kept = plane.entities.post("/plugins", json={"name": "request-transformer", "config": config}).json()
    assert kept["config"]["add"] == EMPTY


@pytest.mark.parametrize(
    ("config", "field", "message"),
    [
        ({"add": {"headers": ["nokey"]}}, "config.add.headers[0]", "invalid value: nokey"),
        ({"add": {"headers": ["A:1", ":x"]}}, "config.add.headers[1]", "invalid value: :x"),
        ({"add": {"headers": ["a b:1"]}}, "config.add.headers[0]", "'a b' is not a valid header"),
        ({"remove": {"headers": ["a b"]}}, "config.remove.headers[0]", "'a b' is not a valid header"),
        ({"remove": {"headers": [""]}}, "config.remove.headers[0]", "'nil' is not a valid header"),
        ({"rename": {"headers": ["A:b c"]}}, "config.rename.headers[0]", "'b c' is not a valid header"),
        ({"add": {"querystring": ["a"]}}, "config.add.querystring[0]", "key 'a' has no value"),
        ({"append": {"body": ["a:"]}}, "config.append.body[0]", "key 'a' has no value"),
        ({"add": {"headers": "A:1"}}, "config.add.headers", "expected an array"),
        ({"add": {"headers": [1]}}, "config.add.headers[0]", "expected a string"),
        ({"add": {"headers": [None]}}, "config.add.headers[0]", "expected a string"),
        ({"add": []}, "config.add", "expected a record"),
        ({"add": {"header": []}}, "config.add.header", "unknown field"),
        ({"adds": {}}, "config.adds", "unknown field"),
        ({"add": {"uri": "/a"}}, "config.add.uri", "unknown field"),
        ({"replace": {"uri": 1}}, "config.replace.uri", "expected a string"),
        ({"http_method": "get"}, "config.http_method", "invalid value: get"),
    ],
)
def test_a_configuration_that_kong_refuses_is_refused_in_its_words(
    plane: Plane, config: dict[str, Any], field: str, message: str
) -> None:
    body = {"name": "request-transformer", "config": config}
    (detail,) = refused(plane.entities.post("/plugins", json=body), "validation error")
    assert (detail["type"], detail["field"], detail["messages"]) == ("ERROR_TYPE_FIELD", field, [message])


@pytest.mark.parametrize("entry", ["A:", "A::x", "A_b:x", "A: x ", "A:x\ny", "A:$(x)", "a-1:é"])
def test_entries_that_kong_accepts_are_kept_as_they_are(plane: Plane, entry: str) -> None:
    body = {"name": "request-transformer", "config": {"add": {"headers": [entry]}}}
    answer = plane.entities.post("/plugins", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["config"]["add"]["headers"] == [entry]


def test_a_plugin_that_kong_does_not_know_is_refused(plane: Plane) -> None:
    (detail,) = refused(plane.entities.post("/plugins", json={"name": "no-auth"}), "validation error")
    assert detail["field"] == "name"
    assert detail["messages"] == ["plugin(no-auth) does not exist"]


@pytest.mark.parametrize(
    "name", ["cors", "key-auth", "rate-limiting", "request-transformer-advanced", "response-transformer"]
)
def test_other_plugins_can_sit_beside_ours(plane: Plane, service: dict[str, Any], name: str) -> None:
    plane.entities.post("/plugins", json=transformer(service["id"]))
    body = {"name": name, "service": {"id": service["id"]}}
    assert plane.entities.post("/plugins", json=body).status_code == 201
    refused(plane.entities.post("/plugins", json={"name": name, "config": {"foo": 1}}), "validation error")


def test_a_plugin_runs_only_on_protocols_it_knows(plane: Plane) -> None:
    (detail,) = refused(
        plane.entities.post("/plugins", json={"name": "cors", "protocols": ["tcp"]}), "validation error"
    )
    assert (detail["field"], detail["messages"]) == (
        "protocols[0]",
        ["expected one of: grpc, grpcs, http, https"],
    )


def test_one_plugin_of_a_name_sits_on_a_scope(
    plane: Plane, service: dict[str, Any], route: dict[str, Any]
) -> None:
    scopes: list[dict[str, Any]] = [
        {},
        {"service": {"id": service["id"]}},
        {"route": {"id": route["id"]}},
        {"service": {"id": service["id"]}, "route": {"id": route["id"]}},
    ]
    for scope in scopes:
        assert plane.entities.post("/plugins", json=transformer(**scope)).status_code == 201
    for scope in scopes:
        for answer in (
            plane.entities.post("/plugins", json=transformer(**scope)),
            plane.entities.put(f"/plugins/{uuid.uuid4()}", json=transformer(**scope)),
        ):
            (detail,) = refused(answer, "data constraint error")
            assert detail["type"] == "ERROR_TYPE_REFERENCE"
            assert detail["messages"] == ["unique-plugin-per-entity (type: unique) constraint failed"]
    assert len(plane.entities.get("/plugins").json()["data"]) == 4


def test_the_same_scope_of_another_control_plane_is_free(konnect: Any, plane: Plane) -> None:
    plane.entities.post("/plugins", json=transformer())
    other = konnect.post("/control-planes", json={"name": f"other-{uuid.uuid4()}"}).json()
    answer = konnect.post(f"/control-planes/{other['id']}/core-entities/plugins", json=transformer())
    assert answer.status_code == 201


def test_put_moves_a_plugin_to_another_scope(plane: Plane, service: dict[str, Any]) -> None:
    kept = plane.entities.post("/plugins", json=transformer(service["id"])).json()
    moved = plane.entities.put(f"/plugins/{kept['id']}", json=transformer())
    assert moved.json()["service"] is None
    assert plane.entities.post("/plugins", json=transformer(service["id"])).status_code == 201


def test_an_instance_name_is_unique(plane: Plane) -> None:
    plane.entities.post("/plugins", json={"name": "cors", "instance_name": "mine"})
    (detail,) = refused(
        plane.entities.post("/plugins", json={"name": "key-auth", "instance_name": "mine"}),
        "data constraint error",
    )
    assert detail["messages"] == ["instance_name (type: unique) constraint failed"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_plugin_has_no_name_in_its_path(plane: Plane, method: str) -> None:
    answer = plane.entities.request(
        method, "/plugins/cors", json={"name": "cors"} if method == "PUT" else None
    )
    assert (answer.status_code, answer.json()["message"]) == (400, " 'cors' is not a valid uuid")


def test_partials_can_be_asked_for_with_a_plugin(plane: Plane) -> None:
    kept = plane.entities.post("/plugins", json={"name": "cors"}).json()
    path = f"/plugins/{kept['id']}"
    assert plane.entities.get(path, params={"expand_partials": "true"}).json() == kept
    assert plane.entities.get(path, params={"expand_partials": "yes"}).status_code == 400


def test_a_schema_describes_its_configuration(plane: Plane) -> None:
    body = plane.entities.get("/schemas/plugins/request-transformer").json()
    (config,) = [field["config"] for field in body["fields"] if "config" in field]
    assert [next(iter(field)) for field in config["fields"]] == [
        "http_method",
        "remove",
        "rename",
        "replace",
        "add",
        "append",
    ]


def test_there_is_no_schema_of_an_unknown_plugin(plane: Plane) -> None:
    answer = plane.entities.get("/schemas/plugins/no-auth")
    assert (answer.status_code, answer.json()["message"]) == (404, "no plugin-schema for 'no-auth'")


def test_an_entity_can_be_checked_without_being_written(plane: Plane) -> None:
    assert plane.entities.post("/schemas/plugin/validate", json={"name": "cors"}).json() == {}
    assert plane.entities.post("/schemas/services/validate", json={"host": "h"}).status_code == 200
    refused(plane.entities.post("/schemas/plugin/validate", json={"name": "no-auth"}), "validation error")
    assert plane.entities.post("/schemas/consumer/validate", json={}).status_code == 404
    assert plane.entities.get("/plugins").json() == {"data": []}
