"""Faults on demand, and the record of calls."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.konnect.conftest import transformer
from tests.world import TOKEN, Plane

SetFaults = Callable[..., None]


@pytest.fixture
def faults(admin: httpx.Client) -> Iterator[SetFaults]:
    def set_faults(*wanted: dict[str, Any]) -> None:
        answer = admin.put("/faults", json={"faults": list(wanted)})
        assert answer.status_code == 200, answer.text

    yield set_faults
    assert admin.delete("/faults").status_code == 204


@pytest.fixture
def calls(admin: httpx.Client) -> Callable[[], list[dict[str, Any]]]:
    admin.delete("/calls")
    return lambda: list(admin.get("/calls").json()["calls"])


@pytest.mark.parametrize("retry_after", [77, "Wed, 21 Oct 2015 07:28:00 GMT", None])
def test_a_429_comes_with_and_without_retry_after(
    plane: Plane, faults: SetFaults, retry_after: object
) -> None:
    faults({"kind": "answer", "status": 429, "retry_after": retry_after})
    answer = plane.entities.get("/plugins")
    assert answer.status_code == 429
    assert answer.json() == {"message": "API rate limit exceeded"}
    assert answer.headers.get("retry-after") == (None if retry_after is None else str(retry_after))
    assert plane.entities.get("/plugins").status_code == 200


def test_an_answer_can_have_any_status_and_body(plane: Plane, faults: SetFaults) -> None:
    body = {"code": 6, "message": "conflict", "details": []}
    faults({"kind": "answer", "status": 409, "body": body, "method": "POST"})
    assert plane.entities.get("/plugins").status_code == 200
    answer = plane.entities.post("/plugins", json=transformer())
    assert (answer.status_code, answer.json()) == (409, body)
    assert plane.entities.get("/plugins").json() == {"data": []}


def test_a_fault_is_chosen_by_method_path_skip_and_count(plane: Plane, faults: SetFaults) -> None:
    faults(
        {
            "kind": "answer",
            "status": 503,
            "method": "GET",
            "path": "*/core-entities/services*",
            "skip": 1,
            "count": 2,
        }
    )
    statuses = [plane.entities.get("/services").status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert plane.entities.get("/plugins").status_code == 200


def test_a_fault_without_count_goes_on(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "answer", "status": 502, "count": None})
    assert {plane.entities.get("/services").status_code for _ in range(5)} == {502}


def test_a_fault_can_be_meant_for_one_region(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "answer", "status": 502, "count": None, "region": "eu"})
    assert plane.entities.get("/services").status_code == 200


def test_a_connection_cut_before_leaves_nothing_done(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "cut_before", "method": "PUT"})
    with pytest.raises(httpx.RemoteProtocolError):
        plane.entities.put(f"/plugins/{uuid.uuid4()}", json=transformer())
    assert plane.entities.get("/plugins").json() == {"data": []}


def test_a_connection_cut_after_leaves_the_change_committed(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "cut_after", "method": "PUT"})
    wanted = str(uuid.uuid4())
    with pytest.raises(httpx.RemoteProtocolError):
        plane.entities.put(f"/plugins/{wanted}", json=transformer())
    assert [item["id"] for item in plane.entities.get("/plugins").json()["data"]] == [wanted]


def test_a_slow_answer_is_committed_before_it_is_given(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "slow", "seconds": 0.3, "method": "PUT"})
    wanted = str(uuid.uuid4())
    with pytest.raises(httpx.ReadTimeout):
        plane.entities.put(f"/plugins/{wanted}", json=transformer(), timeout=0.1)
    assert plane.entities.get(f"/plugins/{wanted}").status_code == 200
    faults({"kind": "slow", "seconds": 0.2})
    started = time.monotonic()
    assert plane.entities.get(f"/plugins/{wanted}").json()["id"] == wanted
    assert time.monotonic() - started >= 0.2


def test_a_malformed_answer_is_no_json(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "malformed"})
    answer = plane.entities.get("/plugins")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_truncated_answer_ends_within_the_body(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "truncated"})
    with pytest.raises(httpx.RemoteProtocolError):
        plane.entities.get("/plugins")
    assert plane.entities.get("/plugins").status_code == 200


@pytest.mark.parametrize("kind", ["cut_after", "slow", "malformed", "truncated"])
def test_faults_apply_to_answers_without_a_body_too(plane: Plane, faults: SetFaults, kind: str) -> None:
    service = plane.entities.post("/services", json={"host": "h"}).json()
    faults({"kind": kind, "seconds": 0.01})
    if kind in ("cut_after", "truncated"):
        with pytest.raises(httpx.RemoteProtocolError):
            plane.entities.delete(f"/services/{service['id']}")
    else:
        assert plane.entities.delete(f"/services/{service['id']}").status_code == 204
    assert plane.entities.get(f"/services/{service['id']}").status_code == 404


@pytest.mark.parametrize(
    "fault",
    [{"kind": "explode"}, {"kind": "answer", "status": 200}, {"kind": "slow", "count": 0}, {"king": "slow"}],
)
def test_a_fault_that_is_none_is_refused(admin: httpx.Client, fault: dict[str, Any]) -> None:
    answer = admin.put("/faults", json={"faults": [fault]})
    assert answer.status_code == 400
    assert "faults[0]" in answer.json()["error"]


def test_faults_tell_how_often_they_matched(plane: Plane, admin: httpx.Client, faults: SetFaults) -> None:
    faults({"kind": "answer", "status": 500, "count": 1})
    plane.entities.get("/services")
    plane.entities.get("/services")
    (fault,) = admin.get("/faults").json()["faults"]
    assert (fault["kind"], fault["matched"]) == ("answer", 2)


def test_every_call_is_recorded_with_its_status_and_fault(
    plane: Plane, faults: SetFaults, calls: Callable[[], list[dict[str, Any]]]
) -> None:
    wanted = str(uuid.uuid4())
    plane.entities.get("/services", params={"tags": "a-tag"})
    plane.entities.get(f"/plugins/{wanted}")
    faults({"kind": "cut_after"})
    with pytest.raises(httpx.RemoteProtocolError):
        plane.entities.put(f"/plugins/{wanted}", json=transformer())
    base = f"/v2/control-planes/{plane.id}/core-entities"
    recorded = calls()
    assert [(call["method"], call["path"], call["status"], call["fault"]) for call in recorded] == [
        ("GET", f"{base}/services", 200, None),
        ("GET", f"{base}/plugins/{wanted}", 404, None),
        ("PUT", f"{base}/plugins/{wanted}", None, "cut_after"),
    ]
    assert all(call["region"] == "us" and call["seconds"] >= 0 for call in recorded)


def test_the_record_counts_by_kind_of_call(plane: Plane, admin: httpx.Client) -> None:
    admin.delete("/calls")
    for _ in range(3):
        plane.entities.get(f"/plugins/{uuid.uuid4()}")
    counts = admin.get("/calls").json()["counts"]
    assert counts == {"GET /v2/control-planes/{id}/core-entities/plugins/{id}": 3}


def test_the_record_holds_no_bodies_queries_or_headers(
    plane: Plane, admin: httpx.Client, calls: Callable[[], list[dict[str, Any]]]
) -> None:
    plane.entities.post(
        "/plugins", json=transformer(value="Bearer never-recorded"), params={"x": "never-recorded"}
    )
    plane.entities.post("/plugins", json=transformer(value="Bearer never-recorded"))
    assert len(calls()) == 2
    text = admin.get("/calls").text
    assert "never-recorded" not in text
    assert TOKEN not in text
