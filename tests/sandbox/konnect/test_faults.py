"""Faults on demand, and the record of calls."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
import uuid
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.processes import wait_until
from tests.sandbox.konnect.conftest import SetFaults, transformer
from tests.world import TOKEN, Plane


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


def test_retry_after_can_be_a_date_that_lies_ahead(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "answer", "status": 429, "retry_after": "+60"})
    moment = parsedate_to_datetime(plane.entities.get("/plugins").headers["retry-after"])
    assert 50 <= moment.timestamp() - time.time() <= 60


def test_seconds_to_wait_come_with_the_limiters_other_headers(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "answer", "status": 429, "retry_after": 77})
    headers = plane.entities.get("/plugins").headers
    assert headers["ratelimit-remaining"] == "0"
    assert headers["ratelimit-reset"] == "77"


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, 7, "usage constraint error"),
        (404, 5, "Not Found"),
        (409, 6, "Conflict"),
        (507, 2, "Insufficient"),
    ],
)
def test_core_entities_refuse_in_their_own_dialect(
    plane: Plane, faults: SetFaults, status: int, code: int, message: str
) -> None:
    faults({"kind": "answer", "status": status})
    answer = plane.entities.get("/plugins")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["code"] == code
    assert answer.json()["message"].startswith(message)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 418, 500, 599])
def test_control_planes_refuse_with_problem_json_and_a_trace(
    konnect: httpx.Client, faults: SetFaults, status: int
) -> None:
    faults({"kind": "answer", "status": status})
    answer = konnect.get("/control-planes")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["instance"].startswith("konnect:trace:")
    assert body["title"]
    assert body["detail"]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_the_gateway_in_front_fails_in_the_same_words_everywhere(
    plane: Plane, konnect: httpx.Client, faults: SetFaults, status: int
) -> None:
    faults({"kind": "answer", "status": status, "count": 2})
    answers = [plane.entities.get("/plugins"), konnect.get("/control-planes")]
    assert [answer.status_code for answer in answers] == [status, status]
    assert answers[0].json()["message"] == answers[1].json()["message"]
    assert all(set(answer.json()) == {"message", "request_id"} for answer in answers)


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


@pytest.mark.parametrize(("given", "shown"), [({}, [{"data": []}]), ({"body": {"id": 7}}, {"id": 7})])
def test_a_misshapen_answer_is_json_of_another_shape_after_the_change(
    plane: Plane, faults: SetFaults, given: dict[str, Any], shown: object
) -> None:
    faults({"kind": "misshapen", **given})
    answer = plane.entities.get("/plugins")
    assert (answer.status_code, answer.json()) == (200, shown)
    faults({"kind": "misshapen", "method": "POST"})
    assert isinstance(plane.entities.post("/plugins", json=transformer()).json(), list)
    assert len(plane.entities.get("/plugins").json()["data"]) == 1


def received(address: httpx.URL, path: str) -> bytes:
    """Everything that comes back on one connection until it ends."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {address.netloc.decode()}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    )
    with socket.create_connection((address.host, address.port or 80), timeout=10) as connection:
        connection.sendall(request.encode())
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65536):
                answer += part
        return answer


def test_a_truncated_answer_promises_more_than_is_sent(plane: Plane, faults: SetFaults) -> None:
    base = plane.entities.base_url
    faults({"kind": "truncated"})
    head, _, body = received(base, f"{base.path}plugins").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    [promised] = re.findall(rb"content-length: (\d+)", head)
    assert 0 < len(body) < int(promised)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_a_cut_connection_ends_without_a_byte(plane: Plane, faults: SetFaults, kind: str) -> None:
    base = plane.entities.base_url
    faults({"kind": kind})
    assert received(base, f"{base.path}plugins") == b""


def test_a_truncated_answer_ends_within_the_body(plane: Plane, faults: SetFaults) -> None:
    faults({"kind": "truncated"})
    with pytest.raises(httpx.RemoteProtocolError):
        plane.entities.get("/plugins")
    assert plane.entities.get("/plugins").status_code == 200


@pytest.mark.parametrize("kind", ["cut_after", "slow", "malformed", "misshapen", "truncated"])
def test_faults_apply_to_answers_without_a_body_too(plane: Plane, faults: SetFaults, kind: str) -> None:
    service = plane.entities.post("/services", json={"host": "h"}).json()
    faults({"kind": kind, "seconds": 0.01} if kind == "slow" else {"kind": kind})
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


@pytest.mark.parametrize(
    ("fault", "refused", "taken"),
    [
        ({"kind": "slow", "status": 500, "body": {}}, "slow takes no body, status", "seconds"),
        ({"kind": "answer", "seconds": 1.0}, "answer takes no seconds", "body, count"),
        ({"kind": "cut_before", "retry_after": 1}, "cut_before takes no retry_after", "skip"),
        ({"kind": "malformed", "shape": "exists"}, "malformed takes no shape", "count, method, path"),
    ],
)
def test_a_field_that_another_kind_takes_is_refused_with_those_that_this_one_takes(
    admin: httpx.Client, fault: dict[str, Any], refused: str, taken: str
) -> None:
    answer = admin.put("/faults", json={"faults": [fault]})
    assert answer.status_code == 400
    said = answer.json()["error"]
    assert f"a fault of kind {refused}; it takes " in said
    assert taken in said.partition("; it takes ")[2]
    assert admin.get("/faults").json()["faults"] == []


def test_the_faults_told_can_be_set_again(admin: httpx.Client, faults: SetFaults) -> None:
    faults({"kind": "slow", "seconds": 0.5}, {"kind": "answer", "status": 409, "body": {"a": 1}})
    told = admin.get("/faults").json()["faults"]
    again = [
        {name: value for name, value in fault.items() if name not in ("holder", "matched", "happened")}
        for fault in told
    ]
    faults(*again)
    assert admin.get("/faults").json()["faults"] == told


def test_faults_tell_how_often_they_matched(plane: Plane, admin: httpx.Client, faults: SetFaults) -> None:
    faults({"kind": "answer", "status": 500, "count": 1})
    plane.entities.get("/services")
    plane.entities.get("/services")
    (fault,) = admin.get("/faults").json()["faults"]
    assert (fault["kind"], fault["matched"], fault["happened"]) == ("answer", 2, 1)


def test_held_faults_come_first_and_end_with_their_connection(
    plane: Plane, admin: httpx.Client, faults: SetFaults
) -> None:
    faults({"kind": "answer", "status": 500, "count": None})
    held = {"kind": "answer", "status": 502, "count": None}
    with admin.stream("POST", "/faults", json={"faults": [held]}) as response:
        holder = json.loads(next(lines := response.iter_lines()))["holder"]
        assert plane.entities.get("/services").status_code == 502
        assert [fault["holder"] for fault in admin.get("/faults").json()["faults"]] == [holder, None]
        faults()
        assert plane.entities.get("/services").status_code == 502
    del lines
    wait_until(lambda: admin.get("/faults").json()["faults"] == [])
    assert plane.entities.get("/services").status_code == 200


def test_a_call_under_way_is_recorded_with_its_fault(
    plane: Plane, faults: SetFaults, calls: Callable[[], list[dict[str, Any]]]
) -> None:
    faults({"kind": "slow", "seconds": 0.5})
    with pytest.raises(httpx.ReadTimeout):
        plane.entities.get("/services", timeout=0.05)
    [call] = calls()
    assert (call["status"], call["seconds"], call["fault"]) == (None, None, "slow")


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
