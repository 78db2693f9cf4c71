"""Conflicts: what is unique, and in which of Konnect's shapes that is said."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.sandbox.konnect.conftest import SetFaults, transformer
from tests.sandbox.konnect.test_control_planes import made, problem
from tests.sandbox.konnect.test_core_entities import BODIES, refused
from tests.world import Plane

CONFLICTS: dict[str, tuple[str, dict[str, Any], str, str | None]] = {
    "name of a service": ("/services", BODIES["services"], "name", "name"),
    "name of a route": ("/routes", BODIES["routes"], "name", "name"),
    "id": ("/services", {"id": "4bd4ae23-0000-4000-8000-000000000000", "host": "h"}, "id", "id"),
    "plugin of a scope": ("/plugins", transformer(), "unique-plugin-per-entity", None),
    "instance name": (
        "/plugins",
        {"name": "cors", "instance_name": "mine"},
        "instance_name",
        "instance_name",
    ),
}
SHAPES: dict[str, Callable[[str], tuple[int, int, str]]] = {
    "constraint": lambda _: (400, 3, "data constraint error"),
    "named": lambda constraint: (400, 3, f"{constraint} (type: unique) constraint failed"),
    "exists": lambda _: (400, 6, "already exists"),
    "status": lambda _: (409, 6, "already exists"),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("what", CONFLICTS)
def test_a_conflict_comes_in_each_of_konnects_shapes(
    plane: Plane, faults: SetFaults, what: str, shape: str
) -> None:
    path, body, constraint, field = CONFLICTS[what]
    assert plane.entities.post(path, json=body).status_code == 201
    if shape != "constraint":
        faults({"kind": "conflict", "shape": shape})
    # An instance name collides alone only on a plugin of another kind.
    second = {**body, "name": "key-auth"} if "instance_name" in body else body
    answer = plane.entities.post(path, json=second)
    status, code, message = SHAPES[shape](constraint)
    assert answer.status_code == status
    detail: dict[str, Any] = {"@type": "type.googleapis.com/kong.admin.model.v1.ErrorDetail"}
    detail |= {"type": "ERROR_TYPE_REFERENCE"} | ({} if field is None else {"field": field})
    detail["messages"] = [f"{constraint} (type: unique) constraint failed"]
    assert answer.json() == {"code": code, "message": message, "details": [detail]}
    assert len(plane.entities.get(path).json()["data"]) == 1


def test_a_shape_waits_for_no_conflict_and_changes_no_other_answer(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "conflict", "shape": "status", "count": None})
    assert plane.entities.post("/services", json=BODIES["services"]).status_code == 201
    refused(plane.entities.post("/services", json={}), "validation error")
    nothing = {"paths": ["/a"], "service": {"id": str(uuid.uuid4())}}
    refused(plane.entities.post("/routes", json=nothing), "data constraint error")
    assert plane.entities.post("/services", json=BODIES["services"]).status_code == 409


@pytest.mark.parametrize("kind", BODIES)
def test_post_with_an_id_in_use_is_a_conflict(plane: Plane, kind: str) -> None:
    kept = plane.entities.post(f"/{kind}", json=BODIES[kind]).json()
    body = {**BODIES[kind], "id": kept["id"]}
    (detail,) = refused(plane.entities.post(f"/{kind}", json=body), "data constraint error")
    assert detail["messages"] == ["id (type: unique) constraint failed"]


@pytest.mark.parametrize("kind", ["services", "routes"])
def test_a_name_in_use_is_a_conflict_for_put_too(plane: Plane, kind: str) -> None:
    kept = plane.entities.post(f"/{kind}", json=BODIES[kind]).json()
    other = plane.entities.put(f"/{kind}/{uuid.uuid4()}", json=BODIES[kind])
    (detail,) = refused(other, "data constraint error")
    assert detail["messages"] == ["name (type: unique) constraint failed"]
    assert plane.entities.put(f"/{kind}/{kept['id']}", json=BODIES[kind]).status_code == 200


@pytest.mark.parametrize("kind", ["services", "routes"])
def test_names_are_case_sensitive(plane: Plane, kind: str) -> None:
    for name in ("test", "Test"):
        assert plane.entities.post(f"/{kind}", json={**BODIES[kind], "name": name}).status_code == 201


@pytest.mark.parametrize("kind", ["services", "routes"])
def test_a_name_given_up_is_free_again(plane: Plane, kind: str) -> None:
    kept = plane.entities.post(f"/{kind}", json=BODIES[kind]).json()
    plane.entities.put(f"/{kind}/{kept['id']}", json={**BODIES[kind], "name": "two"})
    assert plane.entities.post(f"/{kind}", json=BODIES[kind]).status_code == 201


def test_a_refused_put_changes_nothing(plane: Plane) -> None:
    first = plane.entities.post("/services", json=BODIES["services"]).json()
    second = plane.entities.post("/services", json={"name": "two", "host": "h"}).json()
    refused(plane.entities.put(f"/services/{second['id']}", json=BODIES["services"]), "data constraint error")
    assert plane.entities.get("/services").json() == {"data": [first, second]}


def test_the_name_of_a_control_plane_in_use_is_a_409(konnect: httpx.Client) -> None:
    plane = made(konnect)
    body = problem(konnect.post("/control-planes", json={"name": plane["name"]}), 409, "Conflict")
    assert body["detail"] == "Control Plane with provided name already exists."


def test_renaming_a_control_plane_to_a_name_in_use_is_a_400_for_no_conflict_is_declared(
    konnect: httpx.Client,
) -> None:
    one, two = made(konnect), made(konnect)
    answer = konnect.patch(f"/control-planes/{two['id']}", json={"name": one["name"]})
    body = problem(answer, 400, "Bad Request")
    assert [item["field"] for item in body["invalid_parameters"]] == ["name"]
    assert konnect.get(f"/control-planes/{two['id']}").json() == two
    assert konnect.patch(f"/control-planes/{two['id']}", json={"name": two["name"]}).status_code == 200
