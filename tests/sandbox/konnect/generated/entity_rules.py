"""What Konnect demands of a core entity beside its schema, each with its source. Values that follow the rules, values
that break one; which operation takes which body is in `table`.

Sources: "spec" is Kong's OpenAPI file itself, in words; "Kong" is Kong/kong, what a data plane accepts; "koko" is
Kong/koko, the published ancestor of Konnect's own validation; "operator" is Kong/kong-operator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.sandbox.konnect.generated.strategies import Rules
from tests.specification.documents import Schema

Body = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]
NOWHERE = "4bd4ae23-0000-4000-8000-000000000000"
"""An id that nothing has."""


@dataclass(frozen=True)
class Rule:
    """What values one place has to have, and some that it must not have."""

    at: str
    source: str
    valid: st.SearchStrategy[Any]
    broken: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Clash:
    """Fields (None: taken away) that break one rule between them, in a body whose schema has the field `of`."""

    source: str
    fields: Body
    of: str


@dataclass(frozen=True, eq=False)
class Entity:
    """The rules of one kind of body. `whole` makes a body fit those that look at several fields. `context` is the body
    changed as far as it has to be for a field to stand in it, with any value that is valid by itself; what of the
    field is then there is valid."""

    rules: tuple[Rule, ...]
    whole: Callable[[Draw, Body], Body] = lambda _, body: body
    context: Callable[[Body, str], Body] = lambda body, _: body
    clashes: tuple[Clash, ...] = ()
    write_only: frozenset[str] = frozenset()

    @property
    def values(self) -> Rules:
        """The valid values by place."""
        return {rule.at: rule.valid for rule in self.rules}


def pattern(text: str) -> st.SearchStrategy[str]:
    """Texts that are as a regular expression says."""
    return st.from_regex(text, fullmatch=True)


def changed(body: Body, fields: Body) -> Body:
    """The body with fields; those that are None it doesn't have."""
    return {name: value for name, value in (body | fields).items() if fields.get(name, 0) is not None}


REFERENCES = frozenset(
    {"service", "route", "consumer", "consumer_group", "client_certificate", "ca_certificates", "partials"}
)
"""Fields that name what has to exist."""

_NAMES = pattern(r"g[a-zA-Z0-9._~-]{0,14}")
_HOSTS = pattern(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z][a-z0-9]{0,5}){0,2}")
_PATHS = pattern(r"(/[a-zA-Z0-9_~!$&'()*+,;=:@-]{1,8}){1,3}/?")
_ADDRESSES = st.ip_addresses().map(str) | st.just("10.0.0.0/8") | st.just("fd00::/8")
_TAGS = pattern(r"[a-zA-Z0-9_.~:-]{1,12}")
_NONE: st.SearchStrategy[Any] = st.none()
_BAD_NAMES = ("", "a b", "a/b", "x" * 129)
_BAD_HOSTS = ("", "a b", "a..b", "-", "a:b:c", "10.0.0.256", "x" * 257)

_SHARED = (
    Rule("id", "spec: a string representing a UUID", st.uuids().map(str), ("x", NOWHERE.upper(), "")),
    Rule("name", "Kong: utf8_name, unique; koko: at most 128", _NAMES, _BAD_NAMES),
    Rule(
        "tags[]",
        "Kong: validate_tag; operator: 1 to 128 characters",
        _TAGS,
        ("", "a,b", "a/b", "\n", "x" * 129),
    ),
    Rule(
        "tags",
        "koko: each once; operator: at most 20",
        st.lists(_TAGS, max_size=3, unique=True),
        (["a", "a"], [str(number) for number in range(21)]),
    ),
    Rule("created_at", "koko: UnixEpoch", st.integers(1, 2**31 - 1), (0, -1, 2**63)),
    Rule("updated_at", "koko: UnixEpoch", st.integers(1, 2**31 - 1), (0, -1, 2**63)),
)

# --- services ---

_WITH_TLS, _WITH_PATH = ("https", "tls", "wss"), ("http", "https", "ws", "wss")
_TLS: Body = {
    "tls_verify": True,
    "tls_verify_depth": 1,
    "tls_sans": {"uris": []},
    "ca_certificates": [],
}
_PLAIN: Body = {"url": None, "host": "h", "protocol": "http", "path": None}
_TLS_FIELDS = (*_TLS, "client_certificate")


def _service(draw: Draw, body: Body) -> Body:
    protocol = body.get("protocol") or "http"
    kept = dict(body)
    if protocol not in _WITH_TLS:
        kept = {name: value for name, value in kept.items() if name not in _TLS_FIELDS}
    if protocol not in _WITH_PATH:
        kept.pop("path", None)
    # A url's scheme has no underscore (Kong reads urls with socket.url).
    if protocol != "tls_passthrough" and draw(st.integers(0, 3)) == 0:
        port = kept.pop("port", None)
        url = f"{kept.pop('protocol', None) or 'http'}://{kept.pop('host')}" + (f":{port}" if port else "")
        kept["url"] = url + (kept.pop("path", None) or "")
    return kept


def _service_context(body: Body, name: str) -> Body:
    """A url goes before the parts it stands for; TLS fields and a path depend on the protocol, and it on them."""
    parted = changed({"host": "h"} | body, {"url": None})
    if name in (*_TLS_FIELDS, "path"):
        return parted | {"protocol": "https"}
    if name in ("protocol", "url"):
        return changed(parted, dict.fromkeys(("protocol", "port", "path", *_TLS_FIELDS)))
    return parted


SERVICE = Entity(
    (
        *_SHARED,
        Rule(
            "host", "Kong: typedefs.host, without a port", _HOSTS | st.ip_addresses(v=4).map(str), _BAD_HOSTS
        ),
        Rule("path", "Kong: typedefs.path", _PATHS, ("a", "//", "/a//b", "/a b", "/%zz", "/" * 1025)),
        Rule(
            "url",
            "spec: stands for protocol, host, port and path; see `whole`",
            _NONE,
            ("h", "ftp://h", "http://"),
        ),
        Rule("ca_certificates", "they have to exist, and none does", st.just([]), ([NOWHERE],)),
        Rule("client_certificate", "it has to exist, and none does", _NONE, ({"id": NOWHERE}, {})),
    ),
    _service,
    _service_context,
    (
        *(Clash("Kong: entity_checks", _PLAIN | {name: value}, "url") for name, value in _TLS.items()),
        Clash("Kong: entity_checks", {"url": None, "host": "h", "protocol": "tcp", "path": "/a"}, "url"),
        Clash("spec: required", {"host": None, "url": None}, "url"),
    ),
    frozenset({"url", "created_at", "updated_at"}),
)

# --- routes ---

_MATCHERS: dict[str, tuple[str, ...]] = {
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
_SUBSETS = (["http", "https"], ["tcp", "tls", "udp"], ["tls_passthrough"], ["grpc", "grpcs"], ["ws", "wss"])
_EXAMPLES: dict[str, Any] = {
    "methods": ["GET"],
    "hosts": ["example.com"],
    "headers": {"x-version": ["1"]},
    "paths": ["/generated"],
    "snis": ["example.com"],
    "sources": [{"ip": "10.0.0.0/8"}],
    "destinations": [{"port": 443}],
}


def _route(draw: Draw, body: Body) -> Body:
    subset = draw(st.sampled_from(_SUBSETS))
    protocols = draw(st.lists(st.sampled_from(subset), min_size=1, unique=True))
    kept = {name: value for name, value in body.items() if name not in _EXAMPLES} | {"protocols": protocols}
    if protocols[0].startswith("grpc"):
        kept.pop("strip_path", None)
    if "expression" in body or "priority" in body:
        return {**kept, "expression": body.get("expression") or "true"}
    allowed = [name for name in _EXAMPLES if all(name in _MATCHERS[protocol] for protocol in protocols)]
    kept |= {name: body[name] for name in allowed if name in body}
    # A matcher of them all: what only some of the protocols take doesn't serve the others.
    if not any(kept.get(name) for name in allowed):
        name = draw(st.sampled_from(allowed))
        kept[name] = _EXAMPLES[name]
    return kept


def _matching(**matchers: Any) -> Body:
    """A route's fields with these matchers and no others."""
    return {**dict.fromkeys(_EXAMPLES), "strip_path": None, **matchers}


_STREAM = _matching(
    protocols=["tcp"], sources=[{"ip": "10.0.0.1", "port": 1}], destinations=[{"ip": "10.0.0.2", "port": 2}]
)
_ON_HTTPS = _matching(protocols=["https"], paths=["/a"], hosts=["a.example"])


def _route_context(body: Body, name: str) -> Body:
    """A matcher depends on the protocols, and a route has one at least, or else an expression."""
    if "expression" in body:
        return body | {"expression": "true", "protocols": ["https"]}
    return changed(body, _STREAM if name in ("sources", "destinations") else _ON_HTTPS)


ROUTE = Entity(
    (
        *_SHARED,
        Rule(
            "protocols",
            "Kong: mutually_exclusive_subsets; see `whole`",
            st.just(["https"]),
            ([],),
        ),
        Rule("protocols[]", "Kong: the matchers fit; see `context`", st.just("https")),
        Rule("methods[]", "Kong: http_method", pattern("[A-Z]{1,8}"), ("get", "", "A-B")),
        Rule(
            "hosts[]",
            "Kong: typedefs.hosts",
            _HOSTS | _HOSTS.map("*.{}".format),
            ("*", "a.*.b", "*.*", "a b", ""),
        ),
        Rule(
            "paths[]",
            "Kong: router_path",
            _PATHS | st.just("~/v\\d+$"),
            ("a", "/a//b", "~/(", "/a/../b", "/%zz"),
        ),
        Rule("snis[]", "Kong: wildcard_host", _HOSTS, ("10.0.0.1", "a:1", "", "a b")),
        Rule(
            "headers",
            "Kong: typedefs.headers",
            st.just({"x-version": ["1"]}),
            ({"host": ["x"]}, {"a b": []}, {"": []}),
        ),
        Rule("sources[].ip", "Kong: ip_or_cidr", _ADDRESSES, ("10.0.0", "x", "10.0.0.0/33", "")),
        Rule("destinations[].ip", "Kong: ip_or_cidr", _ADDRESSES, ("10.0.0", "x", "10.0.0.0/33", "")),
        Rule("sources[]", "Kong: at_least_one_of", st.fixed_dictionaries({"ip": _ADDRESSES}), ({},)),
        Rule(
            "destinations[]",
            "Kong: at_least_one_of",
            st.fixed_dictionaries({"port": st.integers(0, 65535)}),
            ({},),
        ),
        Rule(
            "expression",
            "Kong: a route has a matcher",
            st.sampled_from(['http.path == "/a"', 'tls.sni == "b"']),
        ),
        Rule("service", "it has to exist", _NONE, ({"id": NOWHERE}, {"id": "x"}, {})),
    ),
    _route,
    _route_context,
    (
        Clash("Kong: conditional_at_least_one_of", _matching(), "paths"),
        Clash("Kong: conditional_at_least_one_of", {"expression": None, "priority": 1}, "expression"),
        Clash("Kong: validate_route", {"expression": "true", "paths": ["/a"]}, "paths"),
        Clash("Kong: validate_route", {"expression": "true", "paths": ["/a"]}, "expression"),
        Clash("Kong: stream_subschema", _STREAM | {"paths": ["/a"]}, "paths"),
        Clash("Kong: entity_checks", _ON_HTTPS | {"protocols": ["http"], "snis": ["a"]}, "paths"),
        Clash("Kong: entity_checks", _ON_HTTPS | {"sources": [{"port": 1}]}, "paths"),
        Clash("Kong: mutually_exclusive_subsets", _ON_HTTPS | {"protocols": ["http", "ws"]}, "paths"),
        Clash(
            "Kong: mutually_exclusive_subsets",
            {"expression": "true", "protocols": ["http", "tcp"]},
            "expression",
        ),
        Clash("Kong: strip_path", _ON_HTTPS | {"protocols": ["grpc"], "strip_path": True}, "paths"),
        Clash(
            "Kong: strip_path",
            {"expression": "true", "protocols": ["grpc"], "strip_path": True},
            "expression",
        ),
    ),
    frozenset({"created_at", "updated_at"}),
)

# --- plugins ---

_HEADER = r"[a-zA-Z0-9_-]{1,8}"
# Kong skips all colons after the name; then there has to be a value.
_ENTRY = r"[a-zA-Z0-9_-]{1,8}:{1,3}[ -9;-~][ -~]{0,11}"


def _lists(headers: str, others: str) -> Schema:
    names = {"headers": headers, "querystring": others, "body": others}
    listed = {
        name: {"type": ["array", "null"], "items": {"type": "string", "pattern": pattern}}
        for name, pattern in names.items()
    }
    return {"type": ["object", "null"], "properties": listed, "additionalProperties": False}


def _transformer() -> Schema:
    entries = _lists(f"^{_HEADER}:[ -~]{{0,12}}$", f"^{_ENTRY}$")
    replace = {**entries, "properties": {**entries["properties"], "uri": {"type": ["string", "null"]}}}
    kinds = {
        "remove": _lists(f"^{_HEADER}$", "^[a-z]{1,8}$"),
        "rename": _lists(f"^{_HEADER}:{_HEADER}$", f"^{_ENTRY}$"),
        "replace": replace,
        "add": entries,
        "append": entries,
    }
    method = {"type": ["string", "null"], "pattern": "^[A-Z]{1,8}$"}
    return {
        "type": ["object", "null"],
        "properties": {"http_method": method, **kinds},
        "additionalProperties": False,
    }


TRANSFORMER = _transformer()
"""The configuration of request-transformer (Kong: kong/plugins/request-transformer/schema.lua), free-form in the
specification."""

_HTTP = ["grpc", "grpcs", "http", "https"]


def _plugin(draw: Draw, body: Body) -> Body:
    # Only of this plugin the schema says what its configuration holds.
    return (
        body
        if body["name"] == "request-transformer"
        else {**body, "config": draw(st.sampled_from([None, {}]))}
    )


def _plugin_context(body: Body, name: str) -> Body:
    """A configuration is one plugin's."""
    return changed(body, {"name": "request-transformer", "config": {} if name == "config" else None})


PLUGIN = Entity(
    (
        *(rule for rule in _SHARED if rule.at != "name"),
        Rule(
            "name",
            "Konnect knows its plugins by name",
            st.sampled_from(["request-transformer", "cors", "key-auth", "rate-limiting"]),
            ("no-such-plugin", "", "cors "),
        ),
        Rule("instance_name", "spec: a unique string representing a UTF-8 encoded name", _NAMES, _BAD_NAMES),
        Rule(
            "protocols",
            "spec: the values depend on the plugin; Kong: typedefs.protocols",
            st.lists(st.sampled_from(_HTTP), min_size=1, unique=True),
        ),
        Rule("protocols[]", "Kong: typedefs.protocols", st.sampled_from(_HTTP)),
        *(
            Rule(name, "it has to exist", _NONE, ({"id": NOWHERE}, {"id": "x"}, {}))
            for name in ("service", "route", "consumer", "consumer_group")
        ),
        Rule("partials", "they have to exist, and none does", st.just([]), ([{"id": NOWHERE}],)),
    ),
    _plugin,
    _plugin_context,
    (Clash("Kong: each plugin's schema", {"name": "cors", "config": None, "protocols": ["tcp"]}, "name"),),
    frozenset({"created_at", "updated_at"}),
)
