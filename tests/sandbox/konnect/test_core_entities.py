"""What services, routes and plugins have in common: writing, reading, lists, conflicts, references,
deletion."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.sandbox.konnect.conftest import transformer
from tests.world import Plane

BODIES: dict[str, dict[str, Any]] = {
    "services": {"name": "one", "host": "h"},
    "routes": {"name": "one", "paths": ["/one"]},
    "plugins": {"name": "cors"},
}


def refused(answer: httpx.Response, message: str) -> list[dict[str, Any]]:
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["code"] == 3
    assert body["message"] == message
    for detail in body["details"]:
        assert detail["@type"] == "type.googleapis.com/kong.admin.model.v1.ErrorDetail"
    return list(body["details"])


@pytest.mark.parametrize("kind", BODIES)
def test_post_answers_201_with_what_get_answers(plane: Plane, kind: str) -> None:
    answer = plane.entities.post(f"/{kind}", json=BODIES[kind])
    assert answer.status_code == 201
    kept = answer.json()
    assert isinstance(kept["created_at"], int)
    assert plane.entities.get(f"/{kind}/{kept['id']}").json() == kept
    assert plane.entities.get(f"/{kind}").json() == {"data": [kept]}


@pytest.mark.parametrize("kind", BODIES)
def test_what_get_answers_can_be_put_back(plane: Plane, kind: str) -> None:
    kept = plane.entities.post(f"/{kind}", json=BODIES[kind]).json()
    answer = plane.entities.put(f"/{kind}/{kept['id']}", json=kept)
    assert answer.status_code == 200
    assert {**answer.json(), "updated_at": 0} == {**kept, "updated_at": 0}


@pytest.mark.parametrize("kind", BODIES)
def test_put_creates_under_the_id_in_the_path(plane: Plane, kind: str) -> None:
    wanted = str(uuid.uuid4())
    answer = plane.entities.put(f"/{kind}/{wanted}", json=BODIES[kind])
    assert answer.status_code == 200
    assert answer.json()["id"] == wanted


@pytest.mark.parametrize("kind", BODIES)
def test_deleting_succeeds_twice(plane: Plane, kind: str) -> None:
    kept = plane.entities.post(f"/{kind}", json=BODIES[kind]).json()
    assert plane.entities.delete(f"/{kind}/{kept['id']}").status_code == 204
    assert plane.entities.delete(f"/{kind}/{kept['id']}").status_code == 204
    gone = plane.entities.get(f"/{kind}/{kept['id']}")
    assert gone.status_code == 404
    assert gone.json() == {"code": 5, "message": "Not Found", "details": []}


@pytest.mark.parametrize("kind", BODIES)
def test_patch_does_not_exist(plane: Plane, kind: str) -> None:
    answer = plane.entities.patch(f"/{kind}/{uuid.uuid4()}", json={})
    assert answer.status_code == 405
    assert answer.json()["code"] == 12


@pytest.mark.parametrize("kind", BODIES)
def test_an_unknown_field_is_refused(plane: Plane, kind: str) -> None:
    (detail,) = refused(plane.entities.post(f"/{kind}", json={**BODIES[kind], "nme": 1}), "validation error")
    assert (detail["type"], detail["field"], detail["messages"]) == (
        "ERROR_TYPE_FIELD",
        "nme",
        ["unknown field"],
    )


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize(
    ("fault", "at", "message"),
    [
        ({"name": 5}, "name", "expected string, but got number"),
        ({"tags": "a"}, "tags", "expected array, but got string"),
        ({"tags": ["x" * 138]}, "tags[0]", "length must be <= 128, but got 138"),
        ({"tags": [True]}, "tags[0]", "expected string, but got boolean"),
        ({"id": "x"}, "id", "must be a valid UUID"),
        ({"created_at": 1.5}, "created_at", "expected integer, but got number"),
    ],
)
def test_a_mistyped_field_is_refused_at_its_place(
    plane: Plane, kind: str, fault: dict[str, Any], at: str, message: str
) -> None:
    (detail,) = refused(plane.entities.post(f"/{kind}", json={**BODIES[kind], **fault}), "validation error")
    assert (detail["field"], detail["messages"]) == (at, [message])


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("content", [b"{", b"null", b"[]", b"1", b'{"name": 1e999}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_400(plane: Plane, kind: str, content: bytes) -> None:
    answer = plane.entities.post(f"/{kind}", content=content, headers={"Content-Type": "application/json"})
    assert refused(answer, "the request body is not a JSON object") == []


def test_another_content_type_is_a_400(plane: Plane) -> None:
    answer = plane.entities.post("/services", data={"host": "h"})
    assert (answer.status_code, answer.json()["code"]) == (400, 3)


@pytest.mark.parametrize("kind", ["services", "routes"])
def test_an_entity_is_found_and_put_by_its_name(plane: Plane, kind: str) -> None:
    unnamed = {name: value for name, value in BODIES[kind].items() if name != "name"}
    created = plane.entities.put(f"/{kind}/one", json=unnamed)
    assert (created.status_code, created.json()["name"]) == (200, "one")
    assert plane.entities.get(f"/{kind}/one").json() == created.json()
    again = plane.entities.put(f"/{kind}/one", json={**unnamed, "tags": ["b"]})
    assert (again.json()["id"], again.json()["tags"]) == (created.json()["id"], ["b"])
    refused(plane.entities.put(f"/{kind}/one", json=BODIES[kind] | {"name": "two"}), "validation error")
    assert plane.entities.delete(f"/{kind}/one").status_code == 204
    assert plane.entities.get(f"/{kind}/one").status_code == 404


def test_a_reference_to_nothing_is_refused(plane: Plane) -> None:
    nothing = {"id": str(uuid.uuid4())}
    for path, body, field in (
        ("/routes", {"paths": ["/a"], "service": nothing}, "service.id"),
        ("/plugins", {"name": "cors", "service": nothing}, "service.id"),
        ("/plugins", {"name": "cors", "route": nothing}, "route.id"),
        ("/plugins", {"name": "cors", "consumer": nothing}, "consumer.id"),
        ("/plugins", {"name": "cors", "partials": [nothing]}, "partials[0].id"),
        ("/plugins", {"name": "cors", "partials": [{}]}, "partials[0].id"),
        (
            "/services",
            {"host": "h", "protocol": "https", "client_certificate": nothing},
            "client_certificate.id",
        ),
    ):
        (detail,) = refused(plane.entities.post(path, json=body), "data constraint error")
        assert detail["type"] == "ERROR_TYPE_REFERENCE"
        assert detail["field"] == field
        assert detail["messages"] == [f"{field} (type: foreign) constraint failed"]


def test_a_reference_by_name_is_refused(plane: Plane, service: dict[str, Any]) -> None:
    details = refused(
        plane.entities.post("/routes", json={"paths": ["/a"], "service": {"name": "orders"}}),
        "validation error",
    )
    assert {detail["field"] for detail in details} == {"service", "service.name"}


def test_deleting_a_service_takes_its_routes_and_plugins_along(
    plane: Plane, service: dict[str, Any], route: dict[str, Any]
) -> None:
    on_service = plane.entities.post("/plugins", json=transformer(service["id"])).json()
    on_route = plane.entities.post("/plugins", json={"name": "cors", "route": {"id": route["id"]}}).json()
    plain = plane.entities.post("/plugins", json={"name": "key-auth"}).json()
    assert plane.entities.delete(f"/services/{service['id']}").status_code == 204
    for path in (f"/routes/{route['id']}", f"/plugins/{on_service['id']}", f"/plugins/{on_route['id']}"):
        assert plane.entities.get(path).status_code == 404
    assert plane.entities.get(f"/plugins/{plain['id']}").status_code == 200


class TestBelowAParent:
    def test_lists_hold_only_what_belongs_to_it(
        self, plane: Plane, service: dict[str, Any], route: dict[str, Any]
    ) -> None:
        plane.entities.post("/plugins", json={"name": "cors"})
        mine = plane.entities.post("/plugins", json=transformer(service["id"])).json()
        assert plane.entities.get(f"/services/{service['id']}/plugins").json() == {"data": [mine]}
        assert plane.entities.get(f"/services/{service['id']}/routes").json() == {"data": [route]}
        assert plane.entities.get(f"/routes/{route['id']}/plugins").json() == {"data": []}

    def test_lists_take_no_name_filters(self, plane: Plane, service: dict[str, Any]) -> None:
        path = f"/services/{service['id']}/plugins"
        assert plane.entities.get(path, params={"filter[name][eq]": "cors"}).status_code == 400
        assert plane.entities.get(path, params={"tags": "a", "size": 1}).status_code == 200

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_what_is_written_belongs_to_it(self, plane: Plane, service: dict[str, Any], method: str) -> None:
        path = f"/services/{service['id']}/plugins" + (f"/{uuid.uuid4()}" if method == "PUT" else "")
        answer = plane.entities.request(method, path, json={"name": "cors"})
        assert answer.status_code == (200 if method == "PUT" else 201)
        assert answer.json()["service"] == {"id": service["id"]}

    def test_another_parent_in_the_body_is_refused(self, plane: Plane, service: dict[str, Any]) -> None:
        other = plane.entities.post("/services", json={"host": "other"}).json()
        body = {"name": "cors", "service": {"id": other["id"]}}
        refused(plane.entities.post(f"/services/{service['id']}/plugins", json=body), "validation error")

    def test_what_belongs_elsewhere_is_not_found_there(self, plane: Plane, service: dict[str, Any]) -> None:
        elsewhere = plane.entities.post("/plugins", json={"name": "cors"}).json()
        path = f"/services/{service['id']}/plugins/{elsewhere['id']}"
        assert plane.entities.get(path).status_code == 404
        assert plane.entities.delete(path).status_code == 204
        assert plane.entities.get(f"/plugins/{elsewhere['id']}").status_code == 200

    def test_an_unknown_parent_is_a_404_and_a_name_a_400(self, plane: Plane, service: dict[str, Any]) -> None:
        assert plane.entities.get(f"/services/{uuid.uuid4()}/plugins").status_code == 404
        assert plane.entities.get("/services/orders/plugins").status_code == 400
        assert plane.entities.delete(f"/services/{uuid.uuid4()}/plugins/{uuid.uuid4()}").status_code == 204
