from __future__ import annotations

from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from tests.specification.documents import Document, Schema
from tests.specification.operations import Operation, operation
from tests.specification.schemas import Resolver, closed

PLANE = "/v2/control-planes/9524ec7d-36d9-465d-a8c5-83a3c9390458"


def _accepts(schema: Schema, value: object) -> bool:
    return bool(OAS31Validator(schema).is_valid(value))


def _made(schema: Schema, *, is_3_1: bool = True, **components: Schema) -> Schema:
    document = Document("any", "regional", "/v2", is_3_1, {"components": {"schemas": components}})
    return Resolver(document, "answer").schema(schema)


def _existing(method: str, path: str) -> Operation:
    found = operation("regional", method, path)
    assert found is not None
    return found


A = {"type": "object", "properties": {"a": {"type": "string"}}}
B = {"type": "object", "properties": {"b": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "accepted", "refused"),
    [
        (A, {"a": ""}, {"a": "", "z": 1}),
        ({"type": "object"}, {"z": 1}, 1),
        ({**A, "additionalProperties": True}, {"z": 1}, {"a": 1}),
        ({"type": "array", "items": A}, [{"a": ""}], [{"z": 1}]),
        ({"properties": {"inner": A}}, {"inner": {}}, {"inner": {"z": 1}}),
        ({"additionalProperties": A}, {"any": {"a": ""}}, {"any": {"z": 1}}),
        ({"allOf": [A, B]}, {"a": "", "b": ""}, {"a": "", "b": "", "z": 1}),
        ({**A, "allOf": [B]}, {"a": "", "b": ""}, {"z": 1}),
        ({"oneOf": [{**A, "required": ["a"]}, {**B, "required": ["b"]}]}, {"b": ""}, {"a": "", "b": ""}),
        ({**A, "oneOf": [{**B, "required": ["b"]}]}, {"a": "", "b": ""}, {"a": "", "b": "", "z": 1}),
        ({"allOf": [A, {"anyOf": [B, {"type": "object", "required": ["a"]}]}]}, {"a": "", "b": ""}, {"z": 1}),
    ],
)
def test_an_object_is_closed_to_what_it_does_not_declare(
    schema: Schema, accepted: object, refused: object
) -> None:
    assert _accepts(closed(schema), accepted)
    assert not _accepts(closed(schema), refused)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "nullable": True},
        {"type": "string", "enum": ["x"], "nullable": True},
        {"$ref": "#/components/schemas/Text", "nullable": True},
        {"allOf": [{"$ref": "#/components/schemas/Text"}], "nullable": True},
    ],
)
def test_nullable_admits_null_beside_what_it_was(schema: Schema) -> None:
    made = _made(schema, Text={"type": "string"})
    assert _accepts(made, None)
    assert _accepts(made, "x")
    assert not _accepts(made, 1)


def test_what_stands_beside_a_reference_counts_from_3_1_on() -> None:
    schema = {"$ref": "#/components/schemas/Text", "maxLength": 1}
    assert not _accepts(_made(schema, Text={"type": "string"}), "xx")
    assert _accepts(_made(schema, is_3_1=False, Text={"type": "string"}), "xx")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("service", None, True),
        ("service", {"id": "s"}, True),
        ("service", {"identity": "s"}, False),
        ("tags", None, True),
        ("created_at", "2026-01-01", False),
        ("colour", "red", False),
    ],
)
def test_a_plugin_may_hold_the_nulls_konnect_sends_and_nothing_undeclared(
    field: str, value: Any, expected: bool
) -> None:
    answers = _existing("PUT", f"{PLANE}/core-entities/plugins/p").answers
    plugin = {"name": "cors", field: value}
    assert _accepts(answers[200].schemas["application/json"], plugin) is expected


def test_what_is_only_written_is_in_no_answer() -> None:
    put = _existing("PUT", f"{PLANE}/core-entities/services/s")
    service = {"host": "orders.internal", "url": "http://orders.internal"}
    assert put.body is not None
    assert _accepts(put.body.schemas["application/json"], service)
    assert not _accepts(put.answers[200].schemas["application/json"], service)
