"""The language in which Kong describes a plugin's configuration: checking a value, filling in defaults,
showing the schema. The plugins' own schemas live in the modules beside this one.

Messages are Kong's own (kong/db/schema/init.lua); that of a failed `match` repeats the value, as Kong's
does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from kong_secure.sandbox.konnect.refusals import Location, Problem

HTTP = ("grpc", "grpcs", "http", "https")
EVERY = ("grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp", "ws", "wss")

_EXPECTED = {
    "string": "expected a string",
    "integer": "expected an integer",
    "number": "expected a number",
    "boolean": "expected a boolean",
    "array": "expected an array",
    "set": "expected a set",
    "map": "expected a map",
    "record": "expected a record",
}


@dataclass(frozen=True)
class Field:
    """One field of a configuration.

    `check` answers what is wrong with a value, or None; `fields` are a record's, in Kong's order; a record
    that is left out is filled in from its fields' defaults.
    """

    type: str
    required: bool = False
    default: Any = None
    elements: Field | None = None
    fields: Mapping[str, Field] | None = None
    one_of: tuple[Any, ...] = ()
    match: str | None = None
    between: tuple[float, float] | None = None
    above: float | None = None
    check: Callable[[Any], str | None] | None = None


@dataclass(frozen=True)
class PluginSchema:
    """A plugin: the protocols it runs on, and the record its configuration is."""

    protocols: tuple[str, ...]
    config: Field


def checked(field: Field, value: Any, location: Location) -> tuple[Any, list[Problem]]:
    """The value with defaults filled in, and everything wrong with it."""
    if value is None and field.type == "record":
        value = {}
    if value is None:
        if field.default is not None:
            return deepcopy(field.default), []
        return None, [Problem(location, "invalid", "required field missing")] if field.required else []
    if not _is(field.type, value):
        return value, [Problem(location, "invalid", _EXPECTED[field.type])]
    if field.type == "record":
        return _record(field.fields or {}, value, location)
    if field.type in ("array", "set") and field.elements is not None:
        return _array(field, value, location)
    problem = _scalar_problem(field, value)
    return value, [Problem(location, "invalid", problem)] if problem else []


def _record(
    fields: Mapping[str, Field], value: dict[str, Any], location: Location
) -> tuple[Any, list[Problem]]:
    filled: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, field in fields.items():
        filled[name], found = checked(field, value.get(name), (*location, name))
        problems += found
    unknown = [name for name in value if name not in fields]
    return filled, problems + [Problem((*location, name), "invalid", "unknown field") for name in unknown]


def _array(field: Field, value: list[Any], location: Location) -> tuple[Any, list[Problem]]:
    assert field.elements is not None  # noqa: S101 - the caller has looked
    problems: list[Problem] = []
    for index, element in enumerate(value):
        if element is None:
            problems.append(Problem((*location, index), "invalid", _EXPECTED[field.elements.type]))
            continue
        problems += checked(field.elements, element, (*location, index))[1]
    if field.type == "set":
        value = list(dict.fromkeys(value)) if not problems else value
    return value, problems


def _scalar_problem(field: Field, value: Any) -> str | None:
    if field.one_of and value not in field.one_of:
        return f"expected one of: {', '.join(map(str, field.one_of))}"
    if field.match is not None and re.fullmatch(field.match, value, re.DOTALL) is None:
        return f"invalid value: {value}"
    if field.between is not None and not field.between[0] <= value <= field.between[1]:
        return f"value should be between {field.between[0]:g} and {field.between[1]:g}"
    if field.above is not None and value <= field.above:
        return f"value must be greater than {field.above:g}"
    return field.check(value) if field.check is not None else None


def _is(kind: str, value: object) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "array" | "set":
            return isinstance(value, list)
        case "map" | "record":
            return isinstance(value, dict)
        case "integer":
            # Kong knows one kind of number: 60.0 is an integer.
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return whole and not isinstance(value, bool)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def shown(schema: PluginSchema) -> dict[str, Any]:
    """The schema as GET /core-entities/schemas/plugins/{pluginName} answers it."""
    protocols = {
        "type": "set",
        "required": True,
        "default": list(HTTP),
        "elements": {"type": "string", "one_of": list(schema.protocols)},
    }
    return {"fields": [{"protocols": protocols}, {"config": {**_shown(schema.config), "required": True}}]}


def _shown(field: Field) -> dict[str, Any]:
    text: dict[str, Any] = {"type": field.type}
    if field.required:
        text["required"] = True
    if field.default is not None:
        text["default"] = field.default
    if field.one_of:
        text["one_of"] = list(field.one_of)
    if field.match is not None:
        text["match"] = f"^{field.match}$"
    if field.between is not None:
        text["between"] = list(field.between)
    if field.above is not None:
        text["gt"] = field.above
    if field.elements is not None:
        text["elements"] = _shown(field.elements)
    if field.fields is not None:
        text["fields"] = [{name: _shown(inner)} for name, inner in field.fields.items()]
    return text
