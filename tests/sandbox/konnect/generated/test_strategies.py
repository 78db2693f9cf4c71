from __future__ import annotations

import pytest
from hypothesis import find

from tests.sandbox.konnect.generated.strategies import UnknownKeywordError, sites, values


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "multipleOf": 2},
        {"type": "object", "properties": {"a": {"type": "string", "contentEncoding": "base64"}}},
        {"type": "array", "items": {"type": "string", "format": "no such format"}},
        {"oneOf": [{"type": "string"}, {"const": 5}]},
    ],
)
def test_a_schema_that_says_more_than_is_understood_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(UnknownKeywordError):
        find(values(schema, {}), lambda _: True)


def test_every_place_of_a_schema_is_a_site() -> None:
    schema = {
        "type": "object",
        "properties": {
            "list": {
                "type": "array",
                "items": {"type": "object", "properties": {"inner": {"type": "string"}}},
            },
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    assert [site.at for site in sites(schema)] == ["", "list", "list[]", "list[].inner", "map", "map{}"]
