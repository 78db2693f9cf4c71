"""Routes (control-planes-config: components/schemas/RouteJson and RouteExpression). How a data plane
matches requests with them doesn't live here."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from kong_secure.sandbox.konnect.bodies import Body, matching, one_of, parse, refuse
from kong_secure.sandbox.konnect.entities.addresses import Network, RouteHost, RoutePath, ServerName
from kong_secure.sandbox.konnect.entities.fields import (
    LARGEST_INTEGER,
    Name,
    Protocol,
    Reference,
    Tags,
    Timestamp,
    Uuid,
    with_defaults,
)
from kong_secure.sandbox.konnect.refusals import InvalidError, Problem
from kong_secure.sandbox.konnect.store import Record, Unique

KIND = "route"

SHARED_DEFAULTS: dict[str, Any] = {
    "protocols": ["https"],
    "https_redirect_status_code": 426,
    "path_handling": "v0",
    "preserve_host": False,
    "strip_path": True,
    "request_buffering": True,
    "response_buffering": True,
}
DEFAULTS = SHARED_DEFAULTS | {"regex_priority": 0}
EXPRESSION_DEFAULTS = SHARED_DEFAULTS | {"priority": 0}

_SUBSETS = (("http", "https"), ("tcp", "udp", "tls"), ("grpc", "grpcs"), ("tls_passthrough",), ("ws", "wss"))
# protocol: the fields of which at least one must be set
_MATCHERS = {
    "http": ("methods", "hosts", "headers", "paths"),
    "https": ("methods", "hosts", "headers", "paths", "snis"),
    "ws": ("hosts", "headers", "paths"),
    "wss": ("hosts", "headers", "paths", "snis"),
    "grpc": ("hosts", "headers", "paths"),
    "grpcs": ("hosts", "headers", "paths", "snis"),
    "tcp": ("sources", "destinations"),
    "udp": ("sources", "destinations"),
    "tls": ("sources", "destinations", "snis"),
    "tls_passthrough": ("snis",),
}
# protocol: the fields that must not be set
_STREAM_FORBIDDEN = ("methods", "hosts", "headers", "paths")
_FORBIDDEN = {
    "http": ("sources", "destinations"),
    "https": ("sources", "destinations"),
    "grpc": ("methods", "sources", "destinations"),
    "grpcs": ("methods", "sources", "destinations"),
    "tcp": _STREAM_FORBIDDEN,
    "udp": _STREAM_FORBIDDEN,
    "tls": _STREAM_FORBIDDEN,
    "tls_passthrough": _STREAM_FORBIDDEN,
}

Method = Annotated[str, matching(r"[A-Z]+", "must match pattern '^[A-Z]+$'")]
HeaderName = Annotated[str, matching(r"[a-zA-Z0-9\-_]+", "'{got}' is not a valid header name")]


class Endpoint(Body):
    """An address or port of a stream connection. Neither may be null."""

    ip: Network = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0

    @model_validator(mode="after")
    def _not_empty(self) -> Endpoint:
        if not self.model_fields_set:
            raise refuse("at least one of 'ip' or 'port' is required")
        return self


class _Shared(Body):
    id: Uuid | None = None
    name: Name | None = None
    protocols: Annotated[list[Protocol], Field(min_length=1)] | None = None
    https_redirect_status_code: Annotated[int, one_of(426, 301, 302, 307, 308)] | None = None
    path_handling: Annotated[str, one_of("v0", "v1")] | None = None
    preserve_host: bool | None = None
    strip_path: bool | None = None
    request_buffering: bool | None = None
    response_buffering: bool | None = None
    service: Reference | None = None
    tags: Tags | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class RouteBody(_Shared):
    """A route that matches by its fields."""

    methods: list[Method] | None = None
    hosts: list[RouteHost] | None = None
    paths: list[RoutePath] | None = None
    headers: dict[HeaderName, list[str]] | None = None
    regex_priority: Annotated[int, Field(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)] | None = None
    snis: list[ServerName] | None = None
    sources: list[Endpoint] | None = None
    destinations: list[Endpoint] | None = None


class ExpressionRouteBody(_Shared):
    """A route that matches by an expression of Kong's router language. The expression isn't checked here."""

    expression: Annotated[str, Field(min_length=1)]
    priority: Annotated[int, Field(ge=0, le=70368744177663)] | None = None


def record(body: dict[str, Any]) -> Record:
    """The route a body asks for, defaults filled in, without times. Raises `InvalidError`."""
    by_expression = body.get("expression") is not None
    if by_expression:
        kept = with_defaults(parse(ExpressionRouteBody, body), EXPRESSION_DEFAULTS)
    else:
        kept = with_defaults(parse(RouteBody, body), DEFAULTS)
    if body.get("strip_path") is None and {"grpc", "grpcs"} & set(kept["protocols"]):
        kept["strip_path"] = False
    problems = [*_shared_problems(kept), *([] if by_expression else _field_problems(kept))]
    if problems:
        raise InvalidError(problems)
    return kept


def _shared_problems(kept: Record) -> list[Problem]:
    protocols: list[str] = kept["protocols"]
    problems: list[Problem] = []
    if not any(set(protocols) <= set(subset) for subset in _SUBSETS):
        subsets = ", ".join(f"[ {' '.join(subset)} ]" for subset in _SUBSETS)
        problems.append(Problem(("protocols",), "invalid", f"must contain only one subset {subsets}"))
    if kept["strip_path"] and {"grpc", "grpcs"} & set(protocols):
        message = "cannot be set when protocols has 'grpc' or 'grpcs'"
        problems.append(Problem(("strip_path",), "invalid", message))
    return problems


def _field_problems(kept: Record) -> list[Problem]:
    protocols: list[str] = kept["protocols"]
    problems = [problem for protocol in protocols for problem in _protocol_problems(kept, protocol)]
    if kept["snis"] and not {"https", "grpcs", "tls", "tls_passthrough", "wss"} & set(protocols):
        message = (
            "'snis' can be set only when protocols has one of 'https', 'grpcs', 'tls' or 'tls_passthrough'"
        )
        problems.append(Problem((), "invalid", message))
    if any(name.lower() == "host" for name in kept["headers"] or {}):
        problems.append(Problem(("headers",), "invalid", "must not contain 'host' header"))
    return problems


def _protocol_problems(kept: Record, protocol: str) -> list[Problem]:
    problems = [
        Problem((field,), "invalid", f"cannot be set when protocols has '{protocol}'")
        for field in _FORBIDDEN.get(protocol, ())
        if kept[field]
    ]
    matchers = _MATCHERS[protocol]
    if not any(kept[field] for field in matchers):
        listed = ", ".join(f"'{field}'" for field in matchers)
        message = f"when protocols has '{protocol}', at least one of {listed} must be set"
        problems.append(Problem((), "invalid", message))
    return problems


def uniques(kept: Record) -> list[Unique]:
    """A name is unique in its control plane."""
    return [Unique("name", "name", kept["name"])] if kept["name"] is not None else []


def references(kept: Record) -> list[tuple[str, str, str]]:
    """What must exist: (field, kind, id)."""
    return [] if kept["service"] is None else [("service.id", "service", kept["service"]["id"])]
