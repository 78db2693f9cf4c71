"""Services (control-planes-config: components/schemas/Service). Routes to them live in `route`."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from kong_secure.sandbox.konnect.bodies import Body, parse
from kong_secure.sandbox.konnect.entities.addresses import Hostname, ServicePath
from kong_secure.sandbox.konnect.entities.fields import (
    PROTOCOLS,
    Name,
    Protocol,
    Reference,
    Tags,
    Timeout,
    Timestamp,
    Uuid,
    with_defaults,
)
from kong_secure.sandbox.konnect.refusals import InvalidError, Problem
from kong_secure.sandbox.konnect.store import Record, Unique

KIND = "service"

DEFAULTS: dict[str, Any] = {
    "protocol": "http",
    "port": 80,
    "retries": 5,
    "connect_timeout": 60000,
    "read_timeout": 60000,
    "write_timeout": 60000,
    "enabled": True,
}
_DEFAULT_PORTS = {"https": 443, "grpcs": 443, "tls": 443, "wss": 443}
_TLS_PROTOCOLS = ("https", "tls", "wss")
# `tls_verify: false` goes with every protocol (Kong/koko, internal/resource/service.go); 0 isn't false there.
_TLS_FIELDS = ("client_certificate", "tls_verify", "tls_verify_depth", "tls_sans", "ca_certificates")


class Sans(Body):
    """Names that may also stand in the upstream's certificate. Neither may be null."""

    dnsnames: list[str] = Field(default_factory=list)
    uris: list[str] = Field(default_factory=list)


class ServiceBody(Body):
    """The body of POST and PUT. `url` stands for protocol, host, port and path, and is never answered."""

    id: Uuid | None = None
    name: Name | None = None
    host: Hostname
    protocol: Protocol | None = None
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    path: ServicePath | None = None
    retries: Annotated[int, Field(ge=0, le=32767)] | None = None
    connect_timeout: Timeout | None = None
    read_timeout: Timeout | None = None
    write_timeout: Timeout | None = None
    enabled: bool | None = None
    tls_verify: bool | None = None
    tls_verify_depth: Annotated[int, Field(ge=0, le=64)] | None = None
    tls_sans: Sans | None = None
    ca_certificates: list[Uuid] | None = None
    client_certificate: Reference | None = None
    tags: Tags | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


def record(body: dict[str, Any]) -> Record:
    """The service a body asks for, defaults filled in, without times. Raises `InvalidError`."""
    kept = with_defaults(parse(ServiceBody, _expanded(body)), DEFAULTS)
    problems = [
        Problem((field,), "invalid", f"{field} can be set only when protocol is `https`")
        for field in _TLS_FIELDS
        if kept[field] is not None and kept[field] is not False and kept["protocol"] not in _TLS_PROTOCOLS
    ]
    if kept["path"] and kept["protocol"] not in ("http", "https", "ws", "wss"):
        problems.append(
            Problem(("path",), "invalid", "path can be set only when protocol is 'http' or 'https'")
        )
    if problems:
        raise InvalidError(problems)
    return kept


def _expanded(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its `url` taken apart. A field given besides the url loses to it, as in Kong, but has to be
    valid."""
    fields = {name: value for name, value in body.items() if name != "url"}
    url = body.get("url")
    if url is None:
        return fields
    if not isinstance(url, str):
        raise InvalidError([Problem(("url",), "type", "expected string", {"expected": "string"})])
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidError([Problem(("url",), "invalid", "must be a URL")]) from None
    if not parts.scheme or not parts.hostname:
        raise InvalidError([Problem(("host",), "required", "required field missing")])
    if parts.scheme not in PROTOCOLS:
        raise InvalidError([Problem(("protocol",), "choice", _PROTOCOL_REFUSED, {"choices": PROTOCOLS})])
    # urlsplit lower-cases the host; Kong's is case-sensitive.
    host = parts.netloc.rpartition("@")[2].removesuffix(f":{port}") if port is not None else parts.netloc
    host = host.rpartition("@")[2].rstrip(":")
    parse(ServiceBody, {"host": host, **fields})
    return {
        **fields,
        "protocol": parts.scheme,
        "host": host,
        "port": _DEFAULT_PORTS.get(parts.scheme, 80) if port is None else port,
        "path": parts.path or None,
    }


_PROTOCOL_REFUSED = "value must be one of " + ", ".join(f'"{name}"' for name in PROTOCOLS)


def uniques(kept: Record) -> list[Unique]:
    """A name is unique in its control plane."""
    return [Unique("name", "name", kept["name"])] if kept["name"] is not None else []


def references(kept: Record) -> list[tuple[str, str, str]]:
    """What must exist: (field, kind, id)."""
    found = [("ca_certificates", "ca_certificate", item) for item in kept["ca_certificates"] or []]
    if kept["client_certificate"] is not None:
        found.append(("client_certificate.id", "certificate", kept["client_certificate"]["id"]))
    return found
