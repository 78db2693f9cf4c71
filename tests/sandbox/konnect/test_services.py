from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.konnect.test_core_entities import refused
from tests.world import Plane


def test_defaults_are_kongs(plane: Plane) -> None:
    kept = plane.entities.post("/services", json={"host": "h", "enabled": None, "retries": None}).json()
    expected = {
        "name": None,
        "host": "h",
        "protocol": "http",
        "port": 80,
        "path": None,
        "retries": 5,
        "connect_timeout": 60000,
        "read_timeout": 60000,
        "write_timeout": 60000,
        "enabled": True,
        "tls_verify": None,
        "tls_verify_depth": None,
        "tls_sans": None,
        "ca_certificates": None,
        "client_certificate": None,
        "tags": None,
    }
    assert {name: kept[name] for name in expected} == expected
    assert set(kept) == set(expected) | {"id", "created_at", "updated_at"}


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://orders.internal", ("http", "orders.internal", 80, None)),
        ("https://Orders.internal/v1", ("https", "Orders.internal", 443, "/v1")),
        ("https://orders.internal:8443/v1/", ("https", "orders.internal", 8443, "/v1/")),
        ("http://127.0.0.1:8080", ("http", "127.0.0.1", 8080, None)),
        ("grpcs://orders.internal", ("grpcs", "orders.internal", 443, None)),
    ],
)
def test_a_url_stands_for_its_parts_and_is_not_answered(
    plane: Plane, url: str, parts: tuple[str, str, int, str | None]
) -> None:
    kept = plane.entities.post("/services", json={"url": url}).json()
    assert (kept["protocol"], kept["host"], kept["port"], kept["path"]) == parts
    assert "url" not in kept


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"url": "orders.internal"}, None),
        ({"url": "ftp://orders.internal"}, "protocol"),
        ({"url": 5}, "url"),
        ({"url": "http://h", "path": True}, "path"),
        ({"url": "http://h", "port": 65536}, "port"),
        ({"url": "http://h", "protocol": "ftp"}, "protocol"),
        ({"url": "http://h", "host": None}, "host"),
        ({"url": "http://orders.internal:99999"}, "url"),
        ({"host": ""}, "host"),
        ({"host": "a b"}, "host"),
        ({"host": "h", "port": 65536}, "port"),
        ({"host": "h", "port": "80"}, "port"),
        ({"host": "h", "port": 80.5}, "port"),
        ({"host": "h", "path": "orders"}, "path"),
        ({"host": "h", "path": "/a//b"}, "path"),
        ({"host": "h", "path": "/a b"}, "path"),
        ({"host": "h", "path": "/a?b"}, "path"),
        ({"host": "h", "path": "/é"}, "path"),
        ({"host": "h", "path": "/%4"}, "path"),
        ({"host": "a..b"}, "host"),
        ({"host": "a-"}, "host"),
        ({"host": "10.0.0.256"}, "host"),
        ({"host": "h:80"}, "host"),
        ({"host": "::zz"}, "host"),
        ({"host": "h", "tags": ["a", "a"]}, "tags"),
        ({"host": "h", "tags": [str(number) for number in range(21)]}, "tags"),
        ({"host": "h", "created_at": 2**63}, "created_at"),
        ({"host": "h", "tls_verify_depth": 0}, "tls_verify_depth"),
        ({"host": "h", "protocol": "grpcs", "tls_verify": True}, "tls_verify"),
        ({"host": "h", "protocol": "ftp"}, "protocol"),
        ({"host": "h", "connect_timeout": 0}, "connect_timeout"),
        ({"host": "h", "retries": 32768}, "retries"),
        ({"host": "h", "enabled": "true"}, "enabled"),
        ({"host": "h", "name": "a b"}, "name"),
        ({"host": "h", "tls_verify": True}, "tls_verify"),
        ({"host": "h", "protocol": "grpc", "path": "/a"}, "path"),
        ({"host": "h", "tls_sans": {"names": []}}, "tls_sans.names"),
    ],
)
def test_a_service_that_kong_refuses_is_refused(
    plane: Plane, body: dict[str, Any], field: str | None
) -> None:
    (detail,) = refused(plane.entities.post("/services", json=body), "validation error")
    assert detail.get("field") == field
    if field is None:
        assert detail["type"] == "ERROR_TYPE_ENTITY"
        assert detail["messages"] == ["missing properties: 'host'"]


@pytest.mark.parametrize(
    "body",
    [
        {"host": "10.0.0.1"},
        {"host": "fd00::1"},
        {"host": "[fd00::1]"},
        {"host": "a_b.internal"},
        {"host": "h", "path": "/a%20b/(c);d=1"},
        {"host": "h", "tls_verify": False},
        {"host": "h", "protocol": "tls", "tls_verify": True, "tls_verify_depth": 0},
        {"host": "h", "tags": [str(number) for number in range(20)]},
        {"host": "h", "port": 0, "retries": 0},
    ],
)
def test_a_service_that_kong_accepts_is_accepted(plane: Plane, body: dict[str, Any]) -> None:
    kept = plane.entities.post("/services", json=body)
    assert kept.status_code == 201, kept.text
    assert {name: kept.json()[name] for name in body} == body


def test_every_problem_is_listed(plane: Plane) -> None:
    body = {"host": "h", "path": "//foo", "connect_timeout": -2}
    details = refused(plane.entities.post("/services", json=body), "validation error")
    assert {detail["field"] for detail in details} == {"path", "connect_timeout"}
