"""PUT replaces the whole entity, whoever asks for it and by whatever it is named."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.sandbox.konnect.test_core_entities import BODIES, refused
from tests.world import Plane

FULL: dict[str, dict[str, Any]] = {
    "services": {
        "name": "full",
        "host": "full.internal",
        "protocol": "https",
        "port": 8443,
        "path": "/v1",
        "retries": 1,
        "connect_timeout": 1000,
        "read_timeout": 2000,
        "write_timeout": 3000,
        "enabled": False,
        "tls_verify": True,
        "tls_verify_depth": 3,
        "tls_sans": {"dnsnames": ["other.internal"], "uris": ["https://other.internal"]},
        "ca_certificates": [],
        "tags": ["a", "b"],
    },
    "routes": {
        "name": "full",
        "protocols": ["https"],
        "methods": ["GET"],
        "hosts": ["example.com"],
        "paths": ["/full"],
        "headers": {"x-version": ["2"]},
        "snis": ["example.com"],
        "https_redirect_status_code": 301,
        "regex_priority": 7,
        "path_handling": "v1",
        "preserve_host": True,
        "strip_path": False,
        "request_buffering": False,
        "response_buffering": False,
        "tags": ["a"],
    },
    "plugins": {
        "name": "cors",
        "instance_name": "full",
        "enabled": False,
        "config": {"origins": ["https://example.com"], "credentials": True, "max_age": 5},
        "protocols": ["http"],
        "condition": 'http.path == "/"',
        "ordering": {"before": {"access": ["key-auth"]}},
        "tags": ["a"],
    },
}
LEAST: dict[str, dict[str, Any]] = {
    "services": {"host": "least.internal"},
    "routes": {"paths": ["/least"], "protocols": ["https"]},
    "plugins": {"name": "cors"},
}
MADE = ("id", "created_at", "updated_at")


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in MADE}


@pytest.mark.parametrize("kind", FULL)
def test_every_field_that_put_leaves_out_returns_to_its_default(plane: Plane, kind: str) -> None:
    fresh = plane.entities.post(f"/{kind}", json=LEAST[kind]).json()
    assert plane.entities.delete(f"/{kind}/{fresh['id']}").status_code == 204
    kept = plane.entities.post(f"/{kind}", json=FULL[kind])
    assert kept.status_code == 201, kept.text
    unchanged = {name for name, value in _fields(fresh).items() if kept.json()[name] == value}
    # What is left needs entities that the sandbox doesn't have, a parent, or matches streams.
    assert unchanged <= {
        "name",
        "protocols",
        "client_certificate",
        "service",
        "route",
        "consumer",
        "consumer_group",
        "partials",
        "sources",
        "destinations",
    }
    answer = plane.entities.put(f"/{kind}/{kept.json()['id']}", json=LEAST[kind])
    assert answer.status_code == 200
    assert _fields(answer.json()) == _fields(fresh)
    assert answer.json()["created_at"] == kept.json()["created_at"]
    assert plane.entities.get(f"/{kind}/{kept.json()['id']}").json() == answer.json()


def test_a_plugins_configuration_is_replaced_whole_too(plane: Plane) -> None:
    body = {"name": "request-transformer", "config": {"add": {"headers": ["A:1"], "querystring": ["b:2"]}}}
    kept = plane.entities.post("/plugins", json=body).json()
    body = {"name": "request-transformer", "config": {"remove": {"headers": ["C"]}}}
    config = plane.entities.put(f"/plugins/{kept['id']}", json=body).json()["config"]
    assert config["add"] == {"headers": [], "querystring": [], "body": []}
    assert config["remove"]["headers"] == ["C"]


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("given", ["4bd4ae23-0000-4000-8000-000000000000", None])
def test_an_id_in_the_path_wins_over_one_in_the_body(plane: Plane, kind: str, given: str | None) -> None:
    wanted = str(uuid.uuid4())
    for _ in range(2):
        answer = plane.entities.put(f"/{kind}/{wanted}", json={**BODIES[kind], "id": given})
        assert answer.status_code == 200, answer.text
        assert answer.json()["id"] == wanted
    assert [item["id"] for item in plane.entities.get(f"/{kind}").json()["data"]] == [wanted]


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("given", ["no id at all", "", 5, {}])
def test_an_id_in_the_body_has_to_be_one_all_the_same(plane: Plane, kind: str, given: object) -> None:
    body = {**BODIES[kind], "id": given}
    (detail,) = refused(plane.entities.put(f"/{kind}/{uuid.uuid4()}", json=body), "validation error")
    assert detail["field"] == "id"


@pytest.mark.parametrize("kind", BODIES)
def test_an_id_in_the_path_may_be_in_capitals(plane: Plane, kind: str) -> None:
    wanted = str(uuid.uuid4())
    assert plane.entities.put(f"/{kind}/{wanted.upper()}", json=BODIES[kind]).json()["id"] == wanted
    assert plane.entities.get(f"/{kind}/{wanted.upper()}").json()["id"] == wanted


@pytest.mark.parametrize("kind", ["services", "routes"])
class TestByName:
    def test_put_creates_and_then_replaces(self, plane: Plane, kind: str) -> None:
        created = plane.entities.put(f"/{kind}/full", json={**FULL[kind], "name": "full"})
        assert created.status_code == 200, created.text
        answer = plane.entities.put(f"/{kind}/full", json=LEAST[kind])
        assert (answer.status_code, answer.json()["id"]) == (200, created.json()["id"])
        assert answer.json()["name"] == "full"
        assert answer.json()["tags"] is None

    def test_a_name_in_the_body_must_be_that_of_the_path(self, plane: Plane, kind: str) -> None:
        (detail,) = refused(
            plane.entities.put(f"/{kind}/one", json={**LEAST[kind], "name": "two"}), "validation error"
        )
        assert detail["field"] == "name"
        assert plane.entities.get(f"/{kind}").json() == {"data": []}

    def test_a_new_entity_takes_the_id_in_the_body(self, plane: Plane, kind: str) -> None:
        wanted = str(uuid.uuid4())
        created = plane.entities.put(f"/{kind}/one", json={**LEAST[kind], "id": wanted}).json()
        assert (created["id"], created["name"]) == (wanted, "one")

    def test_the_id_of_an_entity_cannot_be_changed(self, plane: Plane, kind: str) -> None:
        created = plane.entities.put(f"/{kind}/one", json=LEAST[kind]).json()
        body = {**LEAST[kind], "id": str(uuid.uuid4())}
        (detail,) = refused(plane.entities.put(f"/{kind}/one", json=body), "validation error")
        assert detail["field"] == "id"
        assert plane.entities.get(f"/{kind}").json()["data"] == [created]

    @pytest.mark.parametrize("name", ["a%20b", "x" * 129, "%C3%A9%00"])
    def test_a_name_that_cannot_be_is_refused(self, plane: Plane, kind: str, name: str) -> None:
        (detail,) = refused(plane.entities.put(f"/{kind}/{name}", json=LEAST[kind]), "validation error")
        assert detail["field"] == "name"

    def test_deleting_by_name_succeeds_twice(self, plane: Plane, kind: str) -> None:
        plane.entities.put(f"/{kind}/one", json=LEAST[kind])
        for _ in range(2):
            assert plane.entities.delete(f"/{kind}/one").status_code == 204
        assert plane.entities.get(f"/{kind}/one").status_code == 404


@pytest.mark.parametrize(
    ("parent", "kind"), [("services", "plugins"), ("services", "routes"), ("routes", "plugins")]
)
class TestBelowAParent:
    def test_put_replaces_whole_and_keeps_the_parent(self, plane: Plane, parent: str, kind: str) -> None:
        above = plane.entities.post(f"/{parent}", json=LEAST[parent]).json()["id"]
        wanted = str(uuid.uuid4())
        path = f"/{parent}/{above}/{kind}/{wanted}"
        created = plane.entities.put(path, json=FULL[kind])
        assert created.status_code == 200, created.text
        replaced = plane.entities.put(path, json={**LEAST[kind], "id": str(uuid.uuid4())}).json()
        assert replaced["id"] == wanted
        assert replaced["tags"] is None
        assert replaced[parent.removesuffix("s")] == {"id": above}
        assert plane.entities.get(path).json() == replaced

    def test_deleting_succeeds_twice(self, plane: Plane, parent: str, kind: str) -> None:
        above = plane.entities.post(f"/{parent}", json=LEAST[parent]).json()["id"]
        kept = plane.entities.post(f"/{parent}/{above}/{kind}", json=LEAST[kind]).json()
        path = f"/{parent}/{above}/{kind}/{kept['id']}"
        assert [plane.entities.delete(path).status_code for _ in range(2)] == [204, 204]
        assert plane.entities.get(path).status_code == 404
