"""The configurations of request-transformer, its advanced sibling and response-transformer (Kong:
kong/plugins/request-transformer/schema.lua). What a data plane does with them doesn't live here."""

from __future__ import annotations

import re

from kong_secure.sandbox.konnect.plugin_schemas.schema import EVERY, HTTP, Field, PluginSchema

_HEADER_NAME = re.compile(r"[a-zA-Z0-9\-_]+")
_ENTRY = re.compile(r"([^:]+):*(.*)", re.DOTALL)
_COLON = r"[^:]+:.*"
_METHOD = r"[A-Z]+"


def _split(entry: str) -> tuple[str | None, str | None]:
    """Name and value of an entry: every colon between them is swallowed."""
    found = _ENTRY.fullmatch(entry)
    return (found[1], found[2]) if found else (None, None)


def _header_problem(name: str | None) -> str | None:
    if name is None or _HEADER_NAME.fullmatch(name) is None:
        return f"'{'nil' if name is None else name}' is not a valid header"
    return None


def header_entry(entry: str) -> str | None:
    """What is wrong with an entry that begins with a header's name."""
    return _header_problem(_split(entry)[0])


def header_rename(entry: str) -> str | None:
    """What is wrong with an entry that renames a header."""
    old, new = _split(entry)
    return _header_problem(old) or _header_problem(new)


def valued(entry: str) -> str | None:
    """What is wrong with an entry for the query string or the body."""
    name, value = _split(entry)
    if name is None:
        return f"invalid value: {entry}"
    return f"key '{name}' has no value" if not value else None


def _list(**element: object) -> Field:
    return Field("array", required=True, default=[], elements=Field("string", **element))  # type: ignore[arg-type]  # forwarded


_VALUES = {
    "body": _list(check=valued),
    "headers": _list(match=_COLON, check=header_entry),
    "querystring": _list(check=valued),
}
_NAMES = {"body": _list(), "headers": _list(check=header_entry), "querystring": _list()}
_RENAMES = _VALUES | {"headers": _list(match=_COLON, check=header_rename)}

REQUEST_TRANSFORMER = PluginSchema(
    EVERY,
    Field(
        "record",
        fields={
            "http_method": Field("string", match=_METHOD),
            "remove": Field("record", fields=_NAMES),
            "rename": Field("record", fields=_RENAMES),
            "replace": Field("record", fields=_VALUES | {"uri": Field("string")}),
            "add": Field("record", fields=_VALUES),
            "append": Field("record", fields=_VALUES),
        },
    ),
)

_ADVANCED_TYPES = {"json_types": _list(one_of=("boolean", "number", "string"))}

REQUEST_TRANSFORMER_ADVANCED = PluginSchema(
    HTTP,
    Field(
        "record",
        fields={
            "http_method": Field("string", match=_METHOD),
            "remove": Field("record", fields=_NAMES),
            "rename": Field("record", fields=_RENAMES),
            "replace": Field("record", fields=_VALUES | _ADVANCED_TYPES | {"uri": Field("string")}),
            "add": Field("record", fields=_VALUES | _ADVANCED_TYPES),
            "append": Field("record", fields=_VALUES | _ADVANCED_TYPES),
            "allow": Field("record", fields={"body": Field("set", elements=Field("string"))}),
            "dots_in_keys": Field("boolean", default=True),
        },
    ),
)

_JSON_VALUES = {
    "json": _list(check=valued),
    "json_types": _ADVANCED_TYPES["json_types"],
    "headers": _VALUES["headers"],
}

RESPONSE_TRANSFORMER = PluginSchema(
    HTTP,
    Field(
        "record",
        fields={
            "remove": Field("record", fields={"json": _list(), "headers": _list(check=header_entry)}),
            "rename": Field("record", fields={"headers": _RENAMES["headers"], "json": _list(check=valued)}),
            "replace": Field("record", fields=_JSON_VALUES),
            "add": Field("record", fields=_JSON_VALUES),
            "append": Field("record", fields=_JSON_VALUES),
        },
    ),
)
