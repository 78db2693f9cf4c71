"""Holds an exchange with Konnect against what the specification declares. Pure: which findings are excepted is said in
`exceptions`, which exchanges there are in `traffic`.

What this project's client sends has to be valid, whatever is answered, faults included. What a test sends by hand may
be broken: then the answer has to be an error; where it is a success, the request has to be valid too. Every answer
but one that a fault on demand made has to be as declared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from openapi_schema_validator import OAS31Validator, oas31_format_checker

from tests.specification import additions
from tests.specification.documents import Host, Schema, document
from tests.specification.operations import Body, Operation, declared_at
from tests.specification.schemas import Resolver
from tests.specification.traffic import SCRIPTED, Exchange

REGIONS = ("us", "eu", "au", "me", "in", "sg")
_JSON, _PROBLEM = "application/json", "application/problem+json"
_KONNECTS = ("/v2/control-planes", "/v2/cloud-gateways")
"""What all paths of the three files begin with."""
_DEEP = re.compile(r"([^\[\]]+)((?:\[[^\[\]]+\])+)")
_LONGEST = 300


@dataclass(frozen=True)
class Finding:
    """One thing in an exchange that isn't as declared. `kind` is one of a few fixed phrases; `where`: the field,
    parameter or status."""

    kind: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind}, {self.where}: {self.message}"


def findings(exchange: Exchange) -> list[Finding]:
    """What isn't as declared in an exchange, and in its request as far as that has to be."""
    host, path = _located(exchange.path)
    declared = {} if host is None else declared_at(host, path)
    if exchange.fault == SCRIPTED and not declared and not path.startswith(_KONNECTS):
        # Of the transport's own tests, which ask for nothing of Konnect's.
        return []
    operation = declared.get(exchange.method)
    found: list[Finding] = []
    if exchange.is_ours or (exchange.status is not None and exchange.status < 400):
        found += _request(exchange, path, operation, known=bool(declared))
    if exchange.status is not None and exchange.fault is None:
        found += _answer(exchange, path, operation, known=bool(declared))
    return found


def _located(path: str) -> tuple[Host | None, str]:
    region, _, rest = path.removeprefix("/").partition("/")
    if region in REGIONS:
        return "regional", f"/{rest}"
    return ("global" if region == "global" else None), f"/{rest}"


# --- requests ---


def _request(exchange: Exchange, path: str, operation: Operation | None, *, known: bool) -> Iterator[Finding]:
    if operation is None:
        if known:
            yield Finding("undeclared method", exchange.method, "the path has no such operation")
        else:
            yield Finding("unknown path", path, "no file declares it for this host")
        return
    yield from _path(operation, path)
    yield from _query(operation, exchange.query)
    yield from _body(operation.body, exchange)


def _path(operation: Operation, path: str) -> Iterator[Finding]:
    schemas = {
        f"{{{parameter.name}}}": parameter.schema
        for parameter in operation.parameters
        if parameter.location == "path"
    }
    for template, part in zip(operation.path.split("/"), path.split("/"), strict=True):
        if template in schemas:
            yield from _against(schemas[template], unquote(part), "path parameter", template)


def _query(operation: Operation, query: str) -> Iterator[Finding]:
    declared = {given.name: given for given in operation.parameters if given.location == "query"}
    values: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        deep = _DEEP.fullmatch(name)
        parameter = declared.get(name) or (declared.get(deep[1]) if deep else None)
        if parameter is None or parameter.is_deep != (name not in declared):
            yield Finding("undeclared query name", name, "the operation has no such parameter")
        elif name in values:
            yield Finding("query parameter", name, "it is given twice")
        elif not parameter.is_deep:
            values[name] = text
        elif deep is not None:
            _put(values.setdefault(deep[1], {}), re.findall(r"[^\[\]]+", deep[2]), text)
    for name, value in values.items():
        if value == "" and declared[name].may_be_empty:
            continue
        schema = declared[name].schema
        yield from _against(schema, _typed(schema, value), "query parameter", name)
    for name, parameter in declared.items():
        if parameter.required and name not in values:
            yield Finding("query parameter", name, "it is required")


def _put(value: dict[str, Any], keys: list[str], text: str) -> None:
    for key in keys[:-1]:
        inner = value.setdefault(key, {})
        value = inner if isinstance(inner, dict) else {}
    value[keys[-1]] = text


def _typed(schema: Schema, value: Any) -> Any:
    """A query's text as what the schema wants it to be, where it can be."""
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return {name: _typed(properties.get(name, {}), part) for name, part in value.items()}
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}.get(value, value)
    return value


def _body(declared: Body | None, exchange: Exchange) -> Iterator[Finding]:
    if not exchange.content:
        if declared is not None and declared.required:
            yield Finding("request body", "$", "it is required")
        return
    if declared is None:
        yield Finding("request body", "$", "the operation declares none")
        return
    yield from _content(
        declared, exchange.content_type, exchange.content, ("request content type", "request body")
    )


# --- answers ---


def _answer(exchange: Exchange, path: str, operation: Operation | None, *, known: bool) -> Iterator[Finding]:
    status = exchange.status or 0
    if _is_gateways(exchange):
        # What it doesn't know it answers itself, and what its limiter turns away.
        if (status, known) not in ((404, False), (429, True), (429, False)):
            yield Finding("answer of the gateway in front", str(status), "no file declares it")
        return
    declared = None if operation is None else operation.answers.get(status)
    if declared is None and (operation is None or status not in _added(path)):
        lacks = "the path has no such operation" if operation is None else "the operation has no such answer"
        yield Finding("undeclared status", str(status), lacks)
    if declared is not None and not declared.schemas and exchange.answer and status >= 400:
        yield Finding("undeclared answer body", str(status), "the status is declared without one")
        declared = None
    if declared is None:
        in_core_entities = _in_core_entities(path)
        declared = (
            _error(status, in_core_entities=in_core_entities)
            if status >= 400
            else Body(required=False, schemas={})
        )
    if declared.schemas or exchange.answer:
        kinds = ("answer content type", "answer body")
        yield from _content(declared, exchange.answer_type, exchange.answer, kinds)
        if exchange.answer_type == _PROBLEM:
            problem = Body(required=True, schemas={_PROBLEM: _problem(status)})
            yield from _content(problem, _PROBLEM, exchange.answer, kinds)


def _is_gateways(exchange: Exchange) -> bool:
    schema = _gateway_error(exchange.status or 0)
    if schema is None:
        return False
    gateways = Body(required=True, schemas={_JSON: schema})
    return not list(_content(gateways, exchange.answer_type, exchange.answer, ("", "")))


@cache
def _gateway_error(status: int) -> Schema | None:
    return additions.gateway_error(status)


def _added(path: str) -> tuple[int, ...]:
    """The statuses of errors that the files leave out and `additions` declares."""
    return (400, 409) if _in_core_entities(path) else ()


def _in_core_entities(path: str) -> bool:
    return "/core-entities/" in path


@cache
def _error(status: int, *, in_core_entities: bool) -> Body:
    """The body of an error whose status is undeclared, in the dialect of the path."""
    if in_core_entities:
        name, component = "control-planes-config", "GatewayUnauthorizedError"
        unauthorized = Resolver(document(name), "answer").schema(
            {"$ref": f"#/components/schemas/{component}"}
        )
        schema = unauthorized if status == 401 else additions.core_entities_error(status)
        return Body(required=True, schemas={_JSON: schema})
    component = "BadRequestError" if status == 400 else "BaseError"
    schema = Resolver(document("control-planes"), "answer").schema(
        {"$ref": f"#/components/schemas/{component}"}
    )
    return Body(required=True, schemas={_PROBLEM: schema})


@cache
def _problem(status: int) -> Schema:
    return additions.problem(status)


# --- contents ---


def _content(
    declared: Body, content_type: str | None, content: bytes, kinds: tuple[str, str]
) -> Iterator[Finding]:
    """kinds: of a finding about the content's type, and about the content."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type not in declared.schemas:
        expected = " or ".join(declared.schemas) or "nothing"
        yield Finding(kinds[0], media_type or "none", f"declared is {expected}")
        return
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        yield Finding(kinds[1], "$", "it isn't JSON, or too deep to be read")
        return
    yield from _against(declared.schemas[media_type], value, kinds[1], "$")


_VALIDATORS: dict[int, tuple[Schema, Any]] = {}
"""By the identity of the schema, which is kept here too, so that no other gets the same."""


def _against(schema: Schema, value: Any, kind: str, where: str) -> Iterator[Finding]:
    _, validator = _VALIDATORS.setdefault(
        id(schema), (schema, OAS31Validator(schema, format_checker=oas31_format_checker))
    )
    for error in validator.iter_errors(value):
        deepest = _deepest(error)
        place = where if where != "$" else deepest.json_path
        message = deepest.message
        yield Finding(kind, place, message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…")


def _deepest(error: Any) -> Any:
    """Of the alternatives that failed, the error of the one that got furthest."""
    while error.context:
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    return error
