"""Matching a request to a route: a pure function. Reading routes is `entities`' part, proxying is `proxy`'s.

The traditional router of Kong's documentation ("how routes are matched") in its default flavor,
traditional_compatible; the details are `kong/router/transform.lua` (Kong 3.10).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kong_secure.sandbox.data_plane.entities import Route, Service, Snapshot
from kong_secure.sandbox.data_plane.paths import escape, normalize, upstream_path


@dataclass(frozen=True)
class Match:
    """A route that fits, and what it makes of the request: the backend's path (escaped) and the stripped
    prefix.
    """

    route: Route
    service: Service | None
    path: str
    prefix: str | None


def match(
    snapshot: Snapshot, *, method: str, path: str, host: str, headers: Mapping[str, Sequence[str]]
) -> Match | None:
    """Find the route for a request that came over plain HTTP.

    path: raw, without the query. host: the Host header's value. headers: lower-case names, each with its
    values.
    """
    normalized = normalize(path)
    for route in snapshot.routes:
        found = _path_fits(route, normalized)
        if found is None or not _rest_fits(route, method, host, headers):
            continue
        prefix, postfix = found
        service_path = upstream_path(
            route.service.path if route.service else "/",
            normalized,
            postfix,
            strip=route.strip_path,
            handling=route.path_handling,
        )
        stripped = prefix if route.strip_path and prefix not in ("", "/") else None
        return Match(route, route.service, escape(service_path), stripped)
    return None


def _path_fits(route: Route, path: str) -> tuple[str, str] | None:
    """The matched part and the rest, or None; without paths everything but the first slash is the rest."""
    if route.regex is not None:
        found = route.regex.match(path)
        return (path[: found.end()], path[found.end() :]) if found else None
    if route.path is None:
        return "", path[1:]
    return (route.path, path[len(route.path) :]) if path.startswith(route.path) else None


def _rest_fits(route: Route, method: str, host: str, headers: Mapping[str, Sequence[str]]) -> bool:
    if route.methods and method not in route.methods:
        return False
    if (route.hosts or route.host_patterns) and not _host_fits(route, host):
        return False
    for name, accepted in route.header_values:
        values = [value.lower() for value in headers.get(name, ())]
        patterns = [pattern for of, pattern in route.header_patterns if of == name]
        if not any(
            value in accepted or any(pattern.search(value) for pattern in patterns) for value in values
        ):
            return False
    return True


def _host_fits(route: Route, host: str) -> bool:
    name = re.sub(r":\d*$", "", host)
    with_port = host if name != host and not host.endswith(":") else f"{name}:80"
    if {host, name, with_port} & route.hosts:
        return True
    return any(pattern.search(with_port) for pattern in route.host_patterns)
