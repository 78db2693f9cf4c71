from __future__ import annotations

import json

import pytest

from tests.specification.documents import Host
from tests.specification.operations import declared_at, operation, operations

PLANE = "/v2/control-planes/9524ec7d-36d9-465d-a8c5-83a3c9390458"


@pytest.mark.parametrize(
    ("host", "method", "path", "expected"),
    [
        ("regional", "GET", "/v2/control-planes", "list-control-planes"),
        ("regional", "PATCH", PLANE, "update-control-plane"),
        ("regional", "PUT", f"{PLANE}/core-entities/services/s/plugins/p", "upsert-plugin-with-service"),
        ("regional", "GET", f"{PLANE}/core-entities/schemas/plugins/cors", "fetch-plugin-schema"),
        ("global", "GET", "/v2/cloud-gateways/networks/n/transit-gateways", "list-transit-gateways"),
    ],
)
def test_an_operation_is_found_by_what_is_asked_for(
    host: Host, method: str, path: str, expected: str
) -> None:
    found = operation(host, method, path)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize(
    ("host", "method", "path"),
    [
        ("regional", "PUT", "/v2/control-planes"),
        ("regional", "GET", "/v2/control-planes/"),
        ("regional", "GET", "/control-planes"),
        ("global", "GET", "/v2/control-planes"),
        ("regional", "GET", "/v2/cloud-gateways/networks"),
    ],
)
def test_nothing_is_found_that_no_file_declares(host: Host, method: str, path: str) -> None:
    assert operation(host, method, path) is None


def test_a_path_tells_its_methods() -> None:
    assert set(declared_at("regional", PLANE)) == {"GET", "PATCH", "DELETE"}


def test_parameters_are_those_of_the_path_and_of_the_operation() -> None:
    found = operation("regional", "GET", f"{PLANE}/core-entities/routes/r/plugins/p")
    assert found is not None
    assert {(parameter.location, parameter.name) for parameter in found.parameters} == {
        ("path", "controlPlaneId"),
        ("path", "RouteId"),
        ("path", "PluginId"),
        ("query", "expand_partials"),
    }


def test_every_schema_of_every_operation_is_complete_in_itself() -> None:
    for found in operations():
        for body in (found.body, *found.answers.values()):
            assert "$ref" not in json.dumps(None if body is None else list(body.schemas.values())), found.id
