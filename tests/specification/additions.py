"""What Kong's files leave out, from Kong's other publications: the configuration of request-transformer, which is
free-form there, and the bodies of errors that are undeclared. Data only; `check` holds traffic against it.

Sources: the plugin's schema in Kong's documentation (app/_schemas/gateway/plugins/3.15/RequestTransformer.json),
its rules (Kong/kong, kong/plugins/request-transformer/schema.lua), and the errors that Kong's operator parses
(Kong/kong-operator, controller/konnect/ops/ops_errors.go and its tests).
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.specification.documents import Schema

# --- request-transformer ---

_HEADER = "[a-zA-Z0-9_-]+"
# In Lua's patterns, which Kong uses, `.` stands for line breaks too.
_ENTRIES = {
    "body": {"type": "string", "pattern": r"^[^:]+:[\s\S]*$"},
    "headers": {"type": "string", "pattern": f"^{_HEADER}:[\\s\\S]*$"},
    "querystring": {"type": "string", "pattern": r"^[^:]+:[\s\S]*$"},
}
_NAMES = {
    "body": {"type": "string"},
    "headers": {"type": "string", "pattern": f"^{_HEADER}(:[\\s\\S]*)?$"},
    "querystring": {"type": "string"},
}
_RENAMES = {**_ENTRIES, "headers": {"type": "string", "pattern": f"^{_HEADER}:+{_HEADER}(:[\\s\\S]*)?$"}}


def _object(properties: Mapping[str, Schema], *, complete: bool) -> Schema:
    """An object that has all of its properties, or one in which null, as everywhere in the files, asks for the
    default."""
    if complete:
        required = {"type": "object", "required": list(properties)}
        return {**required, "properties": dict(properties), "additionalProperties": False}
    optional = {name: {"anyOf": [part, {"type": "null"}]} for name, part in properties.items()}
    return {"type": ["object", "null"], "properties": optional, "additionalProperties": False}


def _lists(entries: Mapping[str, Schema], *, complete: bool, **more: Schema) -> Schema:
    lists: dict[str, Schema] = {name: {"type": "array", "items": entry} for name, entry in entries.items()}
    return _object({**lists, **more}, complete=complete)


def request_transformer(*, complete: bool) -> Schema:
    """Its configuration. complete: as Konnect answers, with every default; else as somebody may write it."""
    return _object(
        {
            "http_method": {"type": ["string", "null"], "pattern": "^[A-Z]+$"},
            "remove": _lists(_NAMES, complete=complete),
            "rename": _lists(_RENAMES, complete=complete),
            "replace": _lists(_ENTRIES, complete=complete, uri={"type": ["string", "null"]}),
            "add": _lists(_ENTRIES, complete=complete),
            "append": _lists(_ENTRIES, complete=complete),
        },
        complete=complete,
    )


def plugin_configuration(*, complete: bool) -> Schema:
    """What holds of a plugin beside the files' own schema of it."""
    config = request_transformer(complete=complete)
    return {
        "if": {"properties": {"name": {"const": "request-transformer"}}, "required": ["name"]},
        "then": {
            "properties": {"config": config},
            "required": ["config"] if complete else [],
        },
    }


PLUGIN_COMPONENTS = ("#/components/schemas/Plugin", "#/components/schemas/PluginWithoutParents")
"""The components of control-planes-config that are plugins."""

# --- errors ---

_DETAIL: Schema = {
    "type": "object",
    "properties": {
        "@type": {"const": "type.googleapis.com/kong.admin.model.v1.ErrorDetail"},
        "type": {"enum": ["ERROR_TYPE_FIELD", "ERROR_TYPE_REFERENCE", "ERROR_TYPE_ENTITY"]},
        "field": {"type": "string", "minLength": 1},
        "messages": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
    },
    "required": ["@type", "type", "messages"],
    "additionalProperties": False,
}
_CODES = {400: (3, 6), 403: (7,), 404: (5,), 405: (12,), 409: (6,), 500: (2, 13), 501: (12,)}


def core_entities_error(status: int) -> Schema:
    """An error of the core entities: a gRPC status as JSON, with the code that belongs to the HTTP status. 400 is
    code 3 for an invalid argument (an entity that conflicts or refers to nothing included) or 6 for what exists."""
    return {
        "type": "object",
        "properties": {
            "code": {"enum": list(_CODES.get(status, (2,)))},
            "message": {"type": "string", "minLength": 1},
            "details": {"type": "array", "items": _DETAIL},
        },
        "required": ["code", "message", "details"],
        "additionalProperties": False,
    }


_GATEWAY_SAYS = {
    400: "Request header or cookie too large",
    404: "no Route matched with those values",
    414: "URI too long",
    429: "API rate limit exceeded",
}


def gateway_error(status: int) -> Schema | None:
    """An error of the gateway in front of Konnect, a Kong (Kong/kong, kong/error_handlers.lua); None for a status that
    it has no words for. Its limiter sends no id."""
    if status not in _GATEWAY_SAYS:
        return None
    return {
        "type": "object",
        "properties": {
            "message": {"const": _GATEWAY_SAYS[status]},
            "request_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        },
        "required": ["message"] if status == 429 else ["message", "request_id"],
        "additionalProperties": False,
    }


def problem(status: int) -> Schema:
    """What holds of every problem+json beside its declared schema: it repeats its status, and carries the id under
    which Konnect's own log has it."""
    return {
        "properties": {
            "status": {"const": status},
            "instance": {"pattern": "^(konnect|kong):trace:[0-9a-f-]+$"},
        },
        "required": ["status", "title", "instance", "detail"],
    }
