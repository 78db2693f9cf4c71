"""What a proxy does to headers in both directions: forwarding, hop-by-hop, Host. Pure functions; rules of
plugins are `request_transformer`'s part.

Names are compared in lower case; text is the wire's (latin-1). Source: Kong's `kong/runloop/handler.lua`
and `kong/templates/nginx_kong.lua` (Kong 3.10), nginx' proxy module for what it never passes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kong_secure.sandbox.data_plane.answers import SERVER

Headers = tuple[tuple[str, str], ...]

VIA = f"1.1 {SERVER}"
"""The gateway in an answer's Via: with the version it speaks to backends, whichever they answer in."""

MAX_HEADERS = 100
"""Header lines that Kong and its plugins see; later ones pass unseen (kong.conf: lua_max_req_headers)."""

_NOT_FORWARDED = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
    }
)
_SET_BY_GATEWAY = frozenset(
    {
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-path",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-proto",
        "x-kong-request-id",
        "x-real-ip",
    }
)
_NOT_RETURNED = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
        "x-accel-buffering",
        "x-accel-charset",
        "x-accel-expires",
        "x-accel-limit-rate",
        "x-accel-redirect",
        "x-pad",
    }
)


@dataclass(frozen=True)
class Origin:
    """What a backend is told about the caller's own request, fixed before any plugin runs.

    path: the raw path without the query. prefix: what the route stripped, or None. forwarded_for and via: the
    caller's own headers, or None.
    """

    client: str
    host: str
    port: int
    path: str
    prefix: str | None
    http_version: str
    request_id: str
    forwarded_for: str | None = field(default=None, repr=False)
    via: str | None = field(default=None, repr=False)


def values(headers: Iterable[tuple[str, str]], name: str) -> list[str]:
    """All values of a header, in order; `name` in lower case."""
    return [value for key, value in headers if key.lower() == name]


def seen(headers: Headers, name: str) -> str | None:
    """The value Kong reads of a header (`name` in lower case): the first line's, of the name with
    underscores for dashes before the name itself; None when there is none.
    """
    read = headers[:MAX_HEADERS]
    return next(iter([*values(read, name.replace("-", "_")), *values(read, name)]), None)


def tokens(headers: Iterable[tuple[str, str]], name: str) -> set[str]:
    """The comma-separated members of a header, in lower case."""
    return {
        token.strip().lower()
        for value in values(headers, name)
        for token in value.split(",")
        if token.strip()
    }


def to_backend(headers: Headers, host: str, origin: Origin, framing: Headers) -> Headers:
    """The headers that a backend gets.

    Those named by the first Connection line go after the plugins have run, as in Kong: a caller who names
    the header that a plugin has just set takes it away again, and gets the backend's refusal. Kong reads
    neither a second such line nor one after the headers that its plugins see.

    framing: Content-Length or Transfer-Encoding of the body as it will be sent.
    """
    connection = [header for header in headers[:MAX_HEADERS] if header[0].lower() == "connection"]
    dropped = _NOT_FORWARDED | _SET_BY_GATEWAY | tokens(connection[:1], "connection")
    via = f"{origin.http_version} {SERVER}"
    forwarded = [
        ("Host", host),
        ("Via", f"{origin.via}, {via}" if origin.via else via),
        ("X-Forwarded-For", ", ".join(filter(None, (origin.forwarded_for, origin.client)))),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Host", origin.host),
        ("X-Forwarded-Port", str(origin.port)),
        ("X-Forwarded-Path", origin.path),
        ("X-Real-IP", origin.client),
        ("X-Kong-Request-Id", origin.request_id),
    ]
    if origin.prefix:
        forwarded.append(("X-Forwarded-Prefix", origin.prefix))
    if "trailers" in tokens(headers, "te"):
        forwarded.append(("TE", "trailers"))
    passed = ((name, value) for name, value in headers if name.lower() not in dropped)
    return (*forwarded, ("Connection", "keep-alive"), *framing, *passed)


def to_client(headers: Headers, request_id: str) -> Headers:
    """The headers that a caller gets of a backend's answer."""
    dropped = _NOT_RETURNED | (tokens(headers, "connection") - {"close"}) | {"via"}
    passed = tuple((name, value) for name, value in headers if name.lower() not in dropped)
    own = [("Via", ", ".join([*values(headers, "via"), VIA])), ("X-Kong-Request-Id", request_id)]
    if not values(headers, "server"):
        own.append(("Server", SERVER))
    return (*passed, *own)
