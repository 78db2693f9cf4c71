from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.sandbox.konnect.conftest import transformer
from tests.world import Plane, World


def made(konnect: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = konnect.post("/control-planes", json={"name": f"made-{uuid.uuid4()}", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def problem(answer: httpx.Response, status: int, title: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = dict(answer.json())
    assert body["status"] == status
    assert body["title"] == title
    assert body["instance"].startswith("konnect:trace:")
    assert body["detail"]
    return body


def test_a_new_control_plane_has_every_documented_field_and_default(konnect: httpx.Client) -> None:
    plane = made(konnect)
    assert set(plane) == {"id", "name", "description", "labels", "config", "created_at", "updated_at"}
    assert plane["description"] == ""
    assert plane["labels"] == {}
    assert set(plane["config"]) == {
        "control_plane_endpoint",
        "telemetry_endpoint",
        "cluster_type",
        "auth_type",
        "cloud_gateway",
        "proxy_urls",
    }
    assert plane["config"]["cluster_type"] == "CLUSTER_TYPE_CONTROL_PLANE"
    assert plane["config"]["auth_type"] == "pinned_client_certs"
    assert plane["config"]["cloud_gateway"] is False
    assert plane["created_at"].endswith("Z")
    assert konnect.get(f"/control-planes/{plane['id']}").json() == plane


def test_the_same_name_in_another_region_is_another_control_plane(
    konnect: httpx.Client, world: World
) -> None:
    plane = made(konnect)
    europe = world.konnect("eu")
    assert europe.post("/control-planes", json={"name": plane["name"]}).status_code == 201
    problem(europe.get(f"/control-planes/{plane['id']}"), 404, "Not Found")


def test_a_patch_changes_what_it_names_and_keeps_the_rest(konnect: httpx.Client) -> None:
    plane = made(konnect, description="before", labels={"env": "test"})
    answer = konnect.patch(f"/control-planes/{plane['id']}", json={"description": "after"})
    assert answer.status_code == 200
    assert answer.json()["description"] == "after"
    assert answer.json()["labels"] == {"env": "test"}
    assert answer.json()["name"] == plane["name"]
    renamed = konnect.patch(f"/control-planes/{plane['id']}", json={"auth_type": "pki_client_certs"}).json()
    assert renamed["config"]["auth_type"] == "pki_client_certs"
    assert renamed["config"]["cluster_type"] == plane["config"]["cluster_type"]


def test_a_deleted_control_plane_is_gone_with_all_it_held(konnect: httpx.Client, plane: Plane) -> None:
    service = plane.entities.post("/services", json={"host": "h"}).json()
    plane.entities.post("/plugins", json=transformer(service["id"]))
    assert konnect.delete(f"/control-planes/{plane.id}").status_code == 204
    problem(konnect.delete(f"/control-planes/{plane.id}"), 404, "Not Found")
    assert plane.entities.get("/services").status_code == 404
    again = konnect.post("/control-planes", json={"name": plane.record["name"]})
    assert again.status_code == 201


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "name", "required"),
        ({"name": "x"}, "name", "min_length"),
        ({"name": "x" * 257}, "name", "max_length"),
        ({"name": 5}, "name", "is_string"),
        ({"name": None}, "name", "is_string"),
        ({"name": "plane", "description": None}, "description", "is_string"),
        ({"name": "plane", "id": "x"}, "id", "unknown_property"),
        ({"name": "plane", "cloud_gateway": "yes"}, "cloud_gateway", "is_boolean"),
        ({"name": "plane", "cluster_type": "CLUSTER"}, "cluster_type", "enum"),
        ({"name": "plane", "labels": {"konnect-x": "a"}}, "labels", "is_label"),
        ({"name": "plane", "labels": {"a": "-"}}, "labels.a", "is_label"),
        (
            {"name": "plane", "proxy_urls": [{"host": "h", "port": 0, "protocol": "https"}]},
            "proxy_urls[0].port",
            "min",
        ),
        (
            {"name": "plane", "proxy_urls": [{"host": "h", "port": 1.5, "protocol": "p"}]},
            "proxy_urls[0].port",
            "is_integer",
        ),
        (
            {"name": "plane", "proxy_urls": [{"host": "h", "port": 1, "protocol": "p"}] * 6},
            "proxy_urls",
            "max_items",
        ),
    ],
)
def test_a_field_at_fault_is_named_with_its_rule(
    konnect: httpx.Client, body: dict[str, Any], field: str, rule: str
) -> None:
    answer = problem(konnect.post("/control-planes", json=body), 400, "Bad Request")
    parameters = answer["invalid_parameters"]
    assert [(parameter["field"], parameter["rule"]) for parameter in parameters] == [(field, rule)]
    if rule.startswith("max"):
        assert "maximum" in parameters[0]
    if rule.startswith("min"):
        assert "minimum" in parameters[0]
    if rule == "enum":
        assert "CLUSTER_TYPE_CONTROL_PLANE" in parameters[0]["choices"]


def test_the_cluster_type_of_a_control_plane_cannot_be_patched(konnect: httpx.Client) -> None:
    plane = made(konnect)
    answer = konnect.patch(f"/control-planes/{plane['id']}", json={"cluster_type": "CLUSTER_TYPE_SERVERLESS"})
    assert problem(answer, 400, "Bad Request")["detail"] == "Request contains unknown property"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"", "application/json"),
        (b'{"name": NaN}', "application/json"),
        (b"\xff", "application/json"),
        (b'{"name": "\\ud800x"}', "application/json"),
        (b'{"name": "a plane"}', "text/plain"),
    ],
)
def test_a_body_that_is_no_json_object_is_a_400(
    konnect: httpx.Client, content: bytes, content_type: str
) -> None:
    answer = konnect.post("/control-planes", content=content, headers={"Content-Type": content_type})
    assert problem(answer, 400, "Bad Request")["invalid_parameters"][0]["field"] == "body"


def test_an_id_that_is_no_uuid_is_a_400(konnect: httpx.Client) -> None:
    answer = problem(konnect.get("/control-planes/not-an-id"), 400, "Bad Request")
    assert answer["detail"] == "Request contains invalid ID format"
    assert answer["invalid_parameters"][0]["reason"] == "invalid ID format"


def test_filters_choose_as_documented(konnect: httpx.Client) -> None:
    tag = uuid.uuid4().hex
    one = made(konnect, name=f"{tag}-one", cloud_gateway=True, labels={"env": tag[:8], "team": "a"})
    two = made(
        konnect, name=f"{tag}-two", labels={"env": tag[:8]}, cluster_type="CLUSTER_TYPE_CONTROL_PLANE_GROUP"
    )

    def found(**parameters: str) -> list[str]:
        query = {"filter[name][contains]": tag, **parameters}
        return [plane["id"] for plane in konnect.get("/control-planes", params=query).json()["data"]]

    assert found() == [one["id"], two["id"]]
    assert found(**{"filter[name][eq]": f"{tag}-two"}) == [two["id"]]
    assert found(**{"filter[name][neq]": f"{tag}-two"}) == [one["id"]]
    assert found(**{"filter[id][eq]": one["id"]}) == [one["id"]]
    assert found(**{"filter[id][oeq]": f"{uuid.uuid4()},{two['id']}"}) == [two["id"]]
    assert found(**{"filter[cluster_type][eq]": "CLUSTER_TYPE_CONTROL_PLANE_GROUP"}) == [two["id"]]
    assert found(**{"filter[cluster_type][neq]": "CLUSTER_TYPE_CONTROL_PLANE_GROUP"}) == [one["id"]]
    assert found(**{"filter[cloud_gateway]": "true"}) == [one["id"]]
    assert found(labels=f"env:{tag[:8]},team") == [one["id"]]
    assert found(sort="created_at desc") == [two["id"], one["id"]]


@pytest.mark.parametrize(
    "parameter",
    [
        "filter[id][neq]",
        "filter[name]",
        "filter[name][oeq]",
        "filter[state][eq]",
        "filter[cloud_gateway][eq]",
        "size",
        "filter",
    ],
)
def test_a_filter_or_parameter_that_the_specification_lacks_is_a_400(
    konnect: httpx.Client, parameter: str
) -> None:
    problem(konnect.get("/control-planes", params={parameter: "true"}), 400, "Bad Request")


def test_sorting_by_another_attribute_is_a_400(konnect: httpx.Client) -> None:
    problem(konnect.get("/control-planes", params={"sort": "name"}), 400, "Bad Request")


def test_a_method_that_the_specification_lacks_is_a_405(konnect: httpx.Client) -> None:
    problem(konnect.put(f"/control-planes/{uuid.uuid4()}", json={}), 405, "Method Not Allowed")


@pytest.mark.parametrize(
    "cluster_type", ["CLUSTER_TYPE_K8S_INGRESS_CONTROLLER", "CLUSTER_TYPE_CONTROL_PLANE_GROUP"]
)
def test_a_control_plane_that_is_written_elsewhere_refuses_writes(
    konnect: httpx.Client, cluster_type: str
) -> None:
    plane = made(konnect, cluster_type=cluster_type)
    path = f"/control-planes/{plane['id']}/core-entities/services"
    answer = konnect.post(path, json={"host": "h"})
    assert answer.status_code == 403
    assert answer.json()["code"] == 7
    assert answer.json()["message"] == "usage constraint error"
    assert konnect.get(path).json() == {"data": []}
