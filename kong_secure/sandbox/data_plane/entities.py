"""Services, routes and request-transformer plugins of one control plane, parsed once into what a request
needs.

Konnect's own rules about what is valid aren't repeated here, and matching a request is `routing`'s part.
Fields and
defaults: core-entities, schemas Service, Route and Plugin.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kong_secure.sandbox.data_plane.rules import Configuration, parse_configuration

HTTP_PROTOCOLS = frozenset({"http", "https", "grpc", "grpcs"})
_MAX_COUNTED_HEADERS = 255

_log = logging.getLogger(__name__)


class Entities(Protocol):
    """Where the gateway reads its configuration: the entities of one control plane, as Konnect's API
    returns them.
    """

    def services(self) -> list[dict[str, Any]]:
        """All services."""
        ...

    def routes(self) -> list[dict[str, Any]]:
        """All routes."""
        ...

    def plugins(self) -> list[dict[str, Any]]:
        """All plugins, of every scope."""
        ...

    def version(self) -> int:
        """A number that changes whenever any of the others does."""
        ...


@dataclass(frozen=True)
class Service:
    """A backend as Kong knows it. Timeouts are seconds (Konnect has milliseconds); `path` is `/` without
    one.
    """

    id: str
    protocol: str
    host: str
    port: int
    path: str
    connect_timeout: float
    read_timeout: float
    write_timeout: float
    verify: bool

    @property
    def host_header(self) -> str:
        """The Host sent to the backend: with its port, unless that is the protocol's own."""
        default = 443 if self.protocol == "https" else 80
        return self.host if self.port == default else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Route:
    """A route with at most one path: one that has several is split, as Kong splits it for sorting.

    path: a prefix, or with `regex` a pattern anchored at the start whose last group is what it left over.
    hosts: exact names; host_patterns: those with a `*`. header_values: name to accepted values, in lower
    case.
    """

    id: str
    service: Service | None
    path: str | None = None
    regex: re.Pattern[str] | None = None
    methods: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    host_patterns: tuple[re.Pattern[str], ...] = ()
    header_values: tuple[tuple[str, frozenset[str]], ...] = ()
    header_patterns: tuple[tuple[str, re.Pattern[str]], ...] = ()
    snis: bool = False
    strip_path: bool = True
    preserve_host: bool = False
    path_handling: str = "v0"
    protocols: frozenset[str] = frozenset({"http", "https"})
    https_redirect_status_code: int = 426
    order: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Transformer:
    """An enabled request-transformer: its id, its rules, and whether a `condition` decides when it runs."""

    id: str
    configuration: Configuration
    conditional: bool


@dataclass(frozen=True)
class Snapshot:
    """A control plane's configuration at one version: routes in matching order, and plugins by scope."""

    routes: tuple[Route, ...]
    transformers: Mapping[tuple[str | None, str | None], Transformer]

    def transformer(self, route: Route) -> Transformer | None:
        """The one plugin that runs: route and service before route before service before global, never two
        of them.

        Kong's documentation of plugins, "precedence".
        """
        service_id = route.service.id if route.service else None
        for scope in ((route.id, service_id), (route.id, None), (None, service_id), (None, None)):
            if scope in self.transformers:
                return self.transformers[scope]
        return None


def parse_snapshot(entities: Entities) -> Snapshot:
    """Read the entities once; what this data plane can't run is skipped with a warning that names it."""
    disabled = {raw["id"] for raw in entities.services() if raw.get("enabled") is False}
    services = {raw["id"]: _parse_service(raw) for raw in entities.services()}
    routes: list[Route] = []
    for raw in entities.routes():
        service_id = (raw.get("service") or {}).get("id")
        protocols = frozenset(raw.get("protocols") or ("http", "https"))
        if service_id not in disabled and protocols & HTTP_PROTOCOLS:
            routes.extend(_parse_route(raw, services.get(service_id), protocols))
    return Snapshot(tuple(sorted(routes, key=lambda route: route.order)), _parse_plugins(entities.plugins()))


def _parse_service(raw: Mapping[str, Any]) -> Service:
    protocol = raw.get("protocol") or "http"

    def seconds(name: str) -> float:
        return float(raw.get(name) or 60_000) / 1000

    return Service(
        id=raw["id"],
        protocol=protocol,
        host=raw["host"],
        port=int(raw.get("port") or (443 if protocol == "https" else 80)),
        path=raw.get("path") or "/",
        connect_timeout=seconds("connect_timeout"),
        read_timeout=seconds("read_timeout"),
        write_timeout=seconds("write_timeout"),
        verify=raw.get("tls_verify") is True,
    )


def _parse_plugins(raws: Iterable[Mapping[str, Any]]) -> dict[tuple[str | None, str | None], Transformer]:
    transformers: dict[tuple[str | None, str | None], Transformer] = {}
    for raw in raws:
        if raw.get("enabled") is False or not frozenset(raw.get("protocols") or ("http",)) & HTTP_PROTOCOLS:
            continue
        if raw["name"] != "request-transformer":
            _log.warning(
                "plugin %s (%s) is not simulated by the sandbox's data plane", raw["name"], raw["id"]
            )
            continue
        if raw.get("consumer") or raw.get("consumer_group"):
            continue  # nobody is authenticated here, so it would never run in Kong either
        scope = ((raw.get("route") or {}).get("id"), (raw.get("service") or {}).get("id"))
        configuration = parse_configuration(raw.get("config") or {})
        transformers[scope] = Transformer(raw["id"], configuration, bool(raw.get("condition")))
    return transformers


def _parse_route(raw: Mapping[str, Any], service: Service | None, protocols: frozenset[str]) -> list[Route]:
    hosts: list[str] = raw.get("hosts") or []
    headers = {
        name.lower(): values for name, values in (raw.get("headers") or {}).items() if name.lower() != "host"
    }
    routes: list[Route] = []
    for path in raw.get("paths") or [None]:
        try:
            route = Route(
                id=raw["id"],
                service=service,
                path=path if path and not path.startswith("~") else None,
                regex=_path_pattern(path) if path and path.startswith("~") else None,
                methods=frozenset(method.upper() for method in raw.get("methods") or ()),
                hosts=frozenset(host for host in hosts if "*" not in host),
                host_patterns=tuple(_host_pattern(host) for host in hosts if "*" in host),
                header_values=tuple(
                    (name, frozenset(value.lower() for value in values)) for name, values in headers.items()
                ),
                header_patterns=tuple(
                    (name, re.compile(value[2:].lower()))
                    for name, values in headers.items()
                    for value in values
                    if value.startswith("~*")
                ),
                snis=bool(raw.get("snis")),
                strip_path=raw.get("strip_path") is not False,
                preserve_host=raw.get("preserve_host") is True,
                path_handling=raw.get("path_handling") or "v0",
                protocols=protocols,
                https_redirect_status_code=raw.get("https_redirect_status_code") or 426,
                order=_order(raw, path),
            )
        except re.error as problem:
            _log.warning("route %s is skipped: its pattern can't be read (%s)", raw["id"], problem)
            continue
        if route.order[0] < 0:
            routes.append(route)
    return routes


def _path_pattern(path: str) -> re.Pattern[str]:
    """Kong's patterns are PCRE: named groups differ from Python's in one letter."""
    return re.compile(path[1:].replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!"))


def _host_pattern(host: str) -> re.Pattern[str]:
    has_port = re.search(r":\d+$", host) is not None
    pattern = re.escape(host).replace(r"\*", ".+")
    return re.compile(pattern + ("$" if has_port else r"(?::\d+)?$"))


def _order(raw: Mapping[str, Any], path: str | None) -> tuple[int, ...]:
    """Sort key of Kong's default router (traditional_compatible): most kinds of attributes first; then plain
    hosts before wildcards or none, more headers, patterns before prefixes, patterns of higher priority, longer
    prefixes, older routes.

    Kong's documentation of the traditional router, "matching priorities"; `get_priority` in
    `kong/router/transform.lua`, which differs from that documentation where routes alike in all else come in the
    order of their ids, and where it shifts a count out of 32 bits (Kong/kong#14457): a plain host then wins over
    more kinds, and headers weigh as much as regex_priority.
    """
    hosts, headers = raw.get("hosts") or [], raw.get("headers") or {}
    kinds = sum(bool(kind) for kind in (hosts, headers, path, raw.get("methods"), raw.get("snis")))
    regex = bool(path and path.startswith("~"))
    return (
        -kinds,
        -(bool(hosts) and not any("*" in host for host in hosts)),
        -min(len(headers), _MAX_COUNTED_HEADERS),
        -regex,
        -(raw.get("regex_priority") or 0) if regex else 0,
        0 if regex else -len(path or ""),
        raw.get("created_at") or 0,
    )
