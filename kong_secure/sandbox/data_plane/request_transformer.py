"""The request-transformer: a pure function from a configuration and a request to the request the backend
gets.

Order as Kong's documentation has it: uri, method, headers, body, querystring; on each part remove, rename,
replace, add, append. Sockets, routes and the choice of the plugin are elsewhere. What each operation does
is `kong/plugins/request-transformer/access.lua` (Kong 3.10), quirks included: a sandbox that is kinder
hides bugs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from kong_secure.sandbox.data_plane import arguments
from kong_secure.sandbox.data_plane.arguments import wire
from kong_secure.sandbox.data_plane.headers import MAX_HEADERS
from kong_secure.sandbox.data_plane.json_body import transform_json
from kong_secure.sandbox.data_plane.multipart import transform_multipart
from kong_secure.sandbox.data_plane.paths import escape
from kong_secure.sandbox.data_plane.rules import READS_FORM, Configuration, Operations, TransformError

METHODS = frozenset(
    {
        "GET",
        "HEAD",
        "PUT",
        "POST",
        "DELETE",
        "OPTIONS",
        "MKCOL",
        "COPY",
        "MOVE",
        "PROPFIND",
        "PROPPATCH",
        "LOCK",
        "UNLOCK",
        "PATCH",
        "TRACE",
    }
)
"""Methods that `http_method` can set (Kong's PDK: kong.service.request.set_method)."""

JSON, MULTIPART, FORM = "application/json", "multipart/form-data", "application/x-www-form-urlencoded"

_NO_HOST = "Host was given a list of values, of which Kong makes no Host"
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True)
class Request:
    """A request on its way to the backend. Text is the wire's, one character per byte (latin-1).

    method: as it will be sent.
    path: escaped, without the query.
    query: raw, without `?`; empty when there is none.
    headers: name and value in order, repeated names repeated, Host among them.
    body: its bytes (empty when there is none), or None when it is too large for a plugin to see.
    host: the Host a rule has set, or None.
    """

    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=b"", repr=False)
    host: str | None = None

    def header(self, name: str) -> str | None:
        """The first value of a header (`name` in lower case), or None."""
        return next((value for key, value in self.headers if key.lower() == name), None)


def transform(configuration: Configuration, request: Request) -> Request:
    """Apply a configuration.

    Raises TransformError where Kong's plugin ends the request with a 500, and TemplateError (a
    TransformError) where Kong would evaluate a template.
    """
    request = _transform_uri(configuration, request)
    request = _transform_method(configuration, request)
    request = _transform_headers(configuration.headers, request)
    request = _transform_body(configuration.body, request)
    return _transform_querystring(configuration.querystring, request)


def _transform_uri(configuration: Configuration, request: Request) -> Request:
    for _, uri in configuration.uri.names():
        if not (uri or "").startswith("/"):
            raise TransformError("replace.uri must start with /")
        request = replace(request, path=escape(wire(uri or "")))
    return request


def _transform_method(configuration: Configuration, request: Request) -> Request:
    method = configuration.http_method
    if method is None:
        return request
    if method.upper() not in METHODS:
        raise TransformError(f"http_method {method!r} is none of the methods that Kong can set")
    request = replace(request, method=method.upper())
    if method not in READS_FORM or _kind(request) != FORM:
        return request
    fields = arguments.decode((request.body or b"").decode("latin-1"))
    if not fields:
        return request
    query = arguments.decode_query(request.query)
    for name, value in fields.items():
        current = query.get(name)
        if current is None:
            query[name] = value
        elif isinstance(value, list):
            raise TransformError("a repeated form field meets a query argument of the same name")
        elif isinstance(current, list):
            query[name] = [*current, value]
        else:
            query[name] = [current, value]
    return replace(request, query=arguments.encode_sorted(query))


class _HeaderTable:
    """The headers as a plugin sees them: lower-case names, each with its value, or a list of them.

    Reading takes a name as it is, then in lower case, then with dashes for underscores; assigning and
    removing are exact. So a rule on `x_key` meets the client's `X-Key` when it reads, and only then
    (OpenResty, `ngx.req.get_headers`). A list that is met under a second name is the same list.
    """

    def __init__(self, headers: tuple[tuple[str, str], ...]) -> None:
        self.values: dict[str, str | list[str]] = {}
        for name, value in headers[:MAX_HEADERS]:
            if name.lower() != "host":
                self._collect(name.lower(), value)

    def get(self, name: str) -> str | list[str] | None:
        lower = name.lower()
        for known in (name, lower, lower.replace("_", "-")):
            if known in self.values:
                return self.values[known]
        return None

    def set(self, name: str, value: str | list[str] | None) -> None:
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def rename(self, old: str, new: str) -> bool:
        value = self.get(old)
        if old == new or value is None:
            return False
        self.set(old, None)
        self.set(new, value)
        return True

    def append(self, name: str, value: str | None) -> None:
        current, new = self.get(name), [] if value is None else [value]
        if isinstance(current, list):
            current.extend(new)
        else:
            current = [*([] if current is None else [current]), *new]
        self.values[name] = current

    def _collect(self, name: str, value: str) -> None:
        current = self.values.get(name)
        if isinstance(current, list):
            current.append(value)
        else:
            self.values[name] = value if current is None else [current, value]


def _transform_headers(operations: Operations, request: Request) -> Request:
    table = _HeaderTable(request.headers)
    cleared: set[str] = set()
    for name, _ in operations.remove.names():
        if table.get(name.lower()) is not None:
            table.set(name.lower(), None)
            cleared.add(name.lower())
    for old, new in operations.rename.pairs():
        case_only = old.lower() == new.lower()
        if table.rename(old if case_only else old.lower(), new if case_only else new.lower()):
            cleared.add(old.lower())
    for name, value in operations.replace.names():
        if table.get(name.lower()) is not None or name.lower() == "host":
            # An empty value only hides it from the plugin: nothing clears the client's own.
            table.set(name.lower(), None if value is None else wire(value))
    for name, value in operations.add.names():
        if table.get(name) is None and name.lower() != "host":
            table.set(name, None if value is None else wire(value))
    _append_headers(operations, table)
    return _written_back(request, table, cleared)


def _append_headers(operations: Operations, table: _HeaderTable) -> None:
    for name, value in operations.append.names():
        lower = name.lower()
        if lower == "host":  # a list, whatever was there before
            raise TransformError(_NO_HOST)
        current = table.get(name)
        if lower != name and current is not None:
            table.set(name, current)
            table.set(lower, None)
        table.append(name, None if value is None else wire(value))


def _written_back(request: Request, table: _HeaderTable, cleared: set[str]) -> Request:
    lines: dict[str, tuple[str, list[str]]] = {}
    for name, value in request.headers:
        if name.lower() not in cleared:
            lines.setdefault(name.lower(), (name, []))[1].append(value)
    host = None
    for name, current in table.values.items():
        values = [current] if isinstance(current, str) else current
        if name.lower() == "host":
            if isinstance(current, list):
                raise TransformError(_NO_HOST)
            host = _sendable(current)
        if values:
            kept = lines.get(name.lower(), (name, []))[0]
            lines[name.lower()] = (kept, [_sendable(one) for one in values])
        else:
            lines.pop(name.lower(), None)
    headers = tuple((name, value) for name, values in lines.values() for value in values)
    return replace(request, headers=headers, host=host or request.host)


def _sendable(value: str) -> str:
    """Control characters escaped, as OpenResty escapes them; outer white space has no meaning in HTTP."""
    return _CONTROL.sub(lambda found: f"%{ord(found[0]):02X}", value).strip(" \t")


def _kind(request: Request) -> str | None:
    """Which of the three body types the content type names: anywhere in its value, in any letter case."""
    content_type = (request.header("content-type") or "").lower()
    return next((kind for kind in (JSON, MULTIPART, FORM) if kind in content_type), None)


def _transform_body(operations: Operations, request: Request) -> Request:
    kind = _kind(request)
    if kind is None or not operations:
        return request
    body = request.body or b""
    if kind == JSON:
        changed = transform_json(operations, body)
    elif kind == MULTIPART:
        changed = transform_multipart(operations, body, request.header("content-type") or "")
    else:
        changed = _transform_form(operations, body)
    return request if changed is None else replace(request, body=changed)


def _transform_form(operations: Operations, body: bytes) -> bytes | None:
    fields = arguments.decode(body.decode("latin-1"))
    changed = _change_present(operations, fields) if body else False
    changed |= _change_absent(operations, fields)
    return arguments.encode(fields).encode("latin-1") if changed else None


def _change_absent(operations: Operations, fields: arguments.Arguments) -> bool:
    """Add and append, on a query string or a form; whether anything changed."""
    changed = bool(operations.append)
    for name, value in operations.add.names():
        if wire(name) not in fields:
            changed = True
            if value is not None:
                fields[wire(name)] = wire(value)
    for name, value in operations.append.names():
        fields[wire(name)] = arguments.appended(
            fields.get(wire(name)), None if value is None else wire(value)
        )
    return changed


def _change_present(operations: Operations, fields: arguments.Arguments) -> bool:
    """Remove, rename and replace, on a query string or a form; whether anything changed (a removal always
    does).
    """
    changed = bool(operations.remove)
    for name, _ in operations.remove.names():
        fields.pop(wire(name), None)
    for old, new in operations.rename.pairs():
        if old != new and wire(old) in fields:
            fields[wire(new)] = fields.pop(wire(old))
            changed = True
    for name, value in operations.replace.names():
        if wire(name) in fields:
            changed = True
            if value is None:
                del fields[wire(name)]
            else:
                fields[wire(name)] = wire(value)
    return changed


def _transform_querystring(operations: Operations, request: Request) -> Request:
    if not operations:
        return request
    query = arguments.decode_query(request.query)
    _change_present(operations, query)
    _change_absent(operations, query)
    return replace(request, query=arguments.encode_sorted(query))
