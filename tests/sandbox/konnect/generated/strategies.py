"""Values of a schema, and the places in it where a value can be wrong. A keyword that isn't known here is refused, so
that nothing in the specification is left out silently."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.specification.documents import Schema

Rules = Mapping[str, st.SearchStrategy[Any]]
"""Values for places of which a schema doesn't say everything. A place is written `tags[]`, `labels{}` (a value of a
map), `labels{key}`."""

KNOWN = frozenset(
    {"type", "enum", "properties", "required", "additionalProperties", "items", "oneOf"}
    | {"minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern", "format", "default"}
)
FORMATS = {"uuid": st.uuids().map(str)}
IGNORED_FORMATS = frozenset({"set", "int32", "int64"})
INTEGERS = (-(2**31), 2**31 - 1)
"""Where the files give no bounds: int32, which is what they call the integers they say more about."""

TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("Cc", "Cs")), max_size=12
)


class UnknownKeywordError(Exception):
    """The specification says something that no value is generated from yet."""


def types(schema: Schema) -> tuple[str, ...]:
    """The types a schema allows; all of them where it names none."""
    named = schema.get("type", ["object", "array", "string", "integer", "number", "boolean", "null"])
    return (named,) if isinstance(named, str) else tuple(named)


def branches(schema: Schema) -> list[Schema]:
    """The schemas of which a value fulfils one."""
    _known(schema)
    return list(schema["oneOf"]) if "oneOf" in schema else [schema]


def values(schema: Schema, rules: Rules, at: str = "") -> st.SearchStrategy[Any]:
    """Valid values. `rules` go before the schema, which still says whether null is one."""
    _known(schema)
    nullable = "null" in types(schema) and "type" in schema
    if at in rules:
        return st.none() | rules[at] if nullable else rules[at]
    if "oneOf" in schema:
        return st.one_of([values(branch, rules, at) for branch in schema["oneOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return st.one_of([_of_type(kind, schema, rules, at) for kind in types(schema)])


def _known(schema: Schema) -> None:
    unknown = set(schema) - KNOWN
    if unknown:
        raise UnknownKeywordError(f"no values are generated from {', '.join(sorted(unknown))} yet")


def _of_type(kind: str, schema: Schema, rules: Rules, at: str) -> st.SearchStrategy[Any]:
    made: st.SearchStrategy[Any]
    match kind:
        case "integer":
            made = st.integers(schema.get("minimum", INTEGERS[0]), schema.get("maximum", INTEGERS[1]))
        case "number":
            floats = st.floats(schema.get("minimum"), schema.get("maximum"), allow_nan=False)
            made = floats.filter(math.isfinite)
        case "string":
            made = _texts(schema)
        case "array":
            items = values(schema.get("items", {"type": "string"}), rules, f"{at}[]")
            least, most = schema.get("minItems", 0), min(schema.get("maxItems", 3), 3)
            made = st.lists(items, min_size=least, max_size=most, unique_by=repr)
        case "object":
            made = _objects(schema, rules, at)
        case _:
            made = st.none() if kind == "null" else st.booleans()
    return made


def _texts(schema: Schema) -> st.SearchStrategy[str]:
    form, most = schema.get("format"), schema.get("maxLength")
    if form is not None and form not in IGNORED_FORMATS:
        if form not in FORMATS:
            raise UnknownKeywordError(f"no texts of the format {form!r} are generated yet")
        return FORMATS[form]
    least = schema.get("minLength", 0)
    if "pattern" in schema:
        pattern: str = schema["pattern"]
        found = st.from_regex(pattern, fullmatch=True)
        return found.filter(lambda text: least <= len(text) <= (most or len(text)))
    # Not all of it: hypothesis would rarely reach a long limit, and never exactly.
    short = TEXT.map(lambda text: text.ljust(least, "x")[: most or len(text) + least])
    return short if most is None else short | st.just("x" * most) | st.just("x" * least)


def _objects(schema: Schema, rules: Rules, at: str) -> st.SearchStrategy[dict[str, Any]]:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if properties:
        made = {
            name: values(part, rules, f"{at}.{name}" if at else name) for name, part in properties.items()
        }
        return st.fixed_dictionaries(
            {name: made[name] for name in required},
            optional={name: strategy for name, strategy in made.items() if name not in required},
        )
    inner = schema.get("additionalProperties", True)
    held = (
        values(inner, rules, f"{at}{{}}") if isinstance(inner, dict) else TEXT | st.integers(0, 9) | st.none()
    )
    return st.dictionaries(rules.get(f"{at}{{key}}", TEXT), held, max_size=2)


@dataclass(frozen=True)
class Site:
    """A place in a value: the way to it (an index is 0, a key of a map `key`), its schema, its name in `Rules`."""

    path: tuple[str | int, ...]
    schema: Schema
    at: str

    @property
    def field(self) -> str:
        """The field of the body that it is in; nothing for the body itself."""
        return str(self.path[0]) if self.path else ""


def sites(schema: Schema, path: tuple[str | int, ...] = (), at: str = "") -> Iterator[Site]:
    """Every place that a schema without alternatives describes, itself first."""
    _known(schema)
    yield Site(path, schema, at)
    for name, part in schema.get("properties", {}).items():
        yield from sites(part, (*path, name), f"{at}.{name}" if at else name)
    if isinstance(schema.get("items"), dict):
        yield from sites(schema["items"], (*path, 0), f"{at}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from sites(schema["additionalProperties"], (*path, "key"), f"{at}{{}}")
