"""The bodies of refusals: which family of Konnect's API words them how, and what support can trace them by."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.world import Plane

NOTHING = "4bd4ae23-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/control-planes?page[size]=0", None, 400),
        ("GET", "/control-planes/x", None, 400),
        ("POST", "/control-planes", {}, 400),
        ("POST", "/control-planes", [], 400),
        ("GET", f"/control-planes/{NOTHING}", None, 404),
        ("PATCH", f"/control-planes/{NOTHING}", {}, 404),
        ("DELETE", f"/control-planes/{NOTHING}", None, 404),
        ("PUT", f"/control-planes/{NOTHING}", {}, 405),
    ],
)
def test_control_planes_refuse_in_problem_json_each_time_with_another_trace(
    konnect: httpx.Client, method: str, path: str, body: Any, status: int
) -> None:
    traces = set()
    for _ in range(3):
        answer = konnect.request(method, path, json=body)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        parameters = {"invalid_parameters"} if status == 400 else set()
        assert set(problem) == {"status", "title", "instance", "detail"} | parameters
        assert problem["status"] == status
        traces.add(problem["instance"])
    assert len(traces) == 3
    assert all(re.fullmatch("konnect:trace:[0-9]{19}", trace) for trace in traces)


@pytest.mark.parametrize(
    ("method", "path", "body", "status_and_code"),
    [
        ("GET", "/services?size=0", None, (400, 3)),
        ("GET", "/plugins/x", None, (400, 3)),
        ("POST", "/services", {}, (400, 3)),
        ("POST", "/services", [], (400, 3)),
        ("GET", f"/services/{NOTHING}", None, (404, 5)),
        ("GET", f"/services/{NOTHING}/plugins", None, (404, 5)),
        ("PATCH", f"/services/{NOTHING}", {}, (405, 12)),
        ("GET", "/upstreams", None, (501, 12)),
    ],
)
def test_core_entities_refuse_with_a_grpc_status(
    plane: Plane, method: str, path: str, body: Any, status_and_code: tuple[int, int]
) -> None:
    answer = plane.entities.request(method, path, json=body)
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"code", "message", "details"}
    assert (answer.status_code, answer.json()["code"]) == status_and_code
    assert answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "headers", "status", "message"),
    [
        ("/nothing", {}, 404, "no Route matched with those values"),
        ("/" + "a" * 9000, {}, 414, "URI too long"),
        (f"/control-planes?labels={'a' * 9000}", {}, 414, "URI too long"),
        ("/control-planes", {"x-long": "a" * 9000}, 400, "Request header or cookie too large"),
        (
            "/control-planes",
            {f"x-long-{n}": "a" * 8000 for n in range(5)},
            400,
            "Request header or cookie too large",
        ),
    ],
)
def test_the_gateway_in_front_refuses_in_its_own_shape_with_the_requests_id(
    konnect: httpx.Client, path: str, headers: dict[str, str], status: int, message: str
) -> None:
    ids = set()
    for _ in range(2):
        answer = konnect.get(path, headers=headers)
        assert (answer.status_code, answer.json()["message"]) == (status, message)
        assert answer.headers["content-type"] == "application/json"
        assert set(answer.json()) == {"message", "request_id"}
        ids.add(answer.json()["request_id"])
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", found) for found in ids)


def test_a_head_just_within_the_limits_passes(konnect: httpx.Client) -> None:
    answer = konnect.get("/control-planes", params={"labels": "a" * 8000}, headers={"x-long": "a" * 8000})
    assert answer.status_code == 200
