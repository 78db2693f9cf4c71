from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.konnect.test_core_entities import refused
from tests.world import Plane


def test_defaults_are_the_specifications(plane: Plane) -> None:
    kept = plane.entities.post("/routes", json={"paths": ["/a"]}).json()
    expected = {
        "protocols": ["https"],
        "https_redirect_status_code": 426,
        "path_handling": "v0",
        "preserve_host": False,
        "strip_path": True,
        "request_buffering": True,
        "response_buffering": True,
        "regex_priority": 0,
        "service": None,
        "methods": None,
        "hosts": None,
        "headers": None,
        "snis": None,
        "sources": None,
        "destinations": None,
    }
    assert {name: kept[name] for name in expected} == expected


def test_a_grpc_route_does_not_strip_its_path_by_default(plane: Plane) -> None:
    kept = plane.entities.post("/routes", json={"paths": ["/a"], "protocols": ["grpc"]}).json()
    assert kept["strip_path"] is False


def test_an_expression_route_has_the_fields_of_its_own_kind(plane: Plane) -> None:
    kept = plane.entities.post("/routes", json={"expression": 'http.path == "/a"'}).json()
    assert kept["priority"] == 0
    assert "paths" not in kept
    assert plane.entities.put(f"/routes/{kept['id']}", json=kept).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"hosts": ["example.com", "*.example.com", "example.*", "example.com:8443"]},
        {"methods": ["GET", "PROPFIND"]},
        {"headers": {"x-version": ["1", "~*2"]}},
        {"snis": ["example.com"]},
        {"paths": ["/a", "~/b/\\d+$", "~/(?<version>v\\d)/", "/a b", "/%2F", "/a/"]},
        {"hosts": ["10.0.0.1", "10.0.0.1:80", "[::1]"]},
        {"snis": ["*.example.com"], "protocols": ["tls_passthrough"]},
        {"sources": [{"ip": "::/0"}, {"ip": "10.0.0.1", "port": 0}], "protocols": ["tcp", "udp"]},
        {"sources": [{"ip": "10.0.0.0/8"}, {"port": 1}], "protocols": ["tcp"]},
    ],
)
def test_a_route_that_matches_something_is_accepted(plane: Plane, body: dict[str, Any]) -> None:
    answer = plane.entities.post("/routes", json=body)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"name": "a"}, None),
        ({"paths": []}, None),
        ({"paths": ["a"]}, "paths[0]"),
        ({"paths": ["/a//b"]}, "paths[0]"),
        ({"methods": ["get"]}, "methods[0]"),
        ({"paths": ["/a"], "protocols": []}, "protocols"),
        ({"paths": ["/a/../b"]}, "paths[0]"),
        ({"paths": ["/%61"]}, "paths[0]"),
        ({"paths": ["/%2f"]}, "paths[0]"),
        ({"paths": ["/%zz"]}, "paths[0]"),
        ({"paths": ["~/(a"]}, "paths[0]"),
        ({"paths": ["~/" + "(" * 500]}, "paths[0]"),
        ({"hosts": ["a b"]}, "hosts[0]"),
        ({"hosts": [""]}, "hosts[0]"),
        ({"hosts": ["a..b"]}, "hosts[0]"),
        ({"hosts": ["a.*.b"]}, "hosts[0]"),
        ({"hosts": ["*.a.*"]}, "hosts[0]"),
        ({"hosts": ["a:65536"]}, "hosts[0]"),
        ({"hosts": ["1.2.3.400"]}, "hosts[0]"),
        ({"snis": ["1.2.3.4"]}, "snis[0]"),
        ({"snis": ["a:1"]}, "snis[0]"),
        ({"headers": {"a b": ["x"]}}, "headers.a b"),
        ({"headers": {"": ["x"]}}, "headers."),
        ({"sources": [{"ip": "10.0.0"}], "protocols": ["tcp"]}, "sources[0].ip"),
        ({"sources": [{"ip": "10.0.0.0/33"}], "protocols": ["tcp"]}, "sources[0].ip"),
        ({"sources": [{"port": 1}], "protocols": ["tls_passthrough"]}, None),
        ({"paths": ["/a"], "protocols": ["grpc"], "strip_path": True}, "strip_path"),
        ({"paths": ["/a"], "regex_priority": 2**63}, "regex_priority"),
        ({"paths": ["/a"], "protocols": ["http", "grpc"]}, "protocols"),
        ({"paths": ["/a"], "protocols": ["smtp"]}, "protocols[0]"),
        ({"paths": ["/a"], "https_redirect_status_code": 303}, "https_redirect_status_code"),
        ({"paths": ["/a"], "path_handling": "v2"}, "path_handling"),
        ({"paths": ["/a"], "headers": {"Host": ["x"]}}, "headers"),
        ({"paths": ["/a"], "headers": {"x": "y"}}, "headers.x"),
        ({"paths": ["/a"], "sources": [{"port": 1}]}, "sources"),
        ({"sources": [{}], "protocols": ["tcp"]}, "sources[0]"),
        ({"snis": ["a.com"], "paths": ["/a"], "protocols": ["http"]}, None),
        ({"expression": "x", "paths": ["/a"]}, "paths"),
        ({"paths": ["/a"], "priority": 1}, "priority"),
        ({"paths": ["/a"], "expression": None}, "expression"),
        ({"expression": "x", "priority": -1}, "priority"),
    ],
)
def test_a_route_that_kong_refuses_is_refused(plane: Plane, body: dict[str, Any], field: str | None) -> None:
    (detail,) = refused(plane.entities.post("/routes", json=body), "validation error")
    assert detail.get("field") == field
