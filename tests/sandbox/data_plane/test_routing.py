"""Which route a request matches, and with which path it goes on: the rules of Kong's default router."""

from __future__ import annotations

from typing import Any

import pytest

from kong_secure.sandbox.data_plane.entities import parse_snapshot
from kong_secure.sandbox.data_plane.paths import normalize, upstream_path
from kong_secure.sandbox.data_plane.routing import match
from tests.sandbox.data_plane.servers import SERVICE, Declared


def matched(routes: list[dict[str, Any]], **request: Any) -> str | None:
    declared = Declared(
        [SERVICE],
        [{"service": {"id": "service-1"}, **route, "created_at": i} for i, route in enumerate(routes)],
    )
    given = {"method": "GET", "path": "/", "host": "example.com", "headers": {}, **request}
    found = match(parse_snapshot(declared), **given)
    return found.route.id if found else None


def test_the_longest_prefix_wins() -> None:
    routes = [{"id": "short", "paths": ["/a"]}, {"id": "long", "paths": ["/a/b"]}]
    assert matched(routes, path="/a/bc") == "long"
    assert matched(routes, path="/a/c") == "short"
    assert matched(routes, path="/b") is None


def test_each_path_of_a_route_counts_by_itself() -> None:
    routes = [{"id": "two", "paths": ["/x", "/a/b/c"]}, {"id": "one", "paths": ["/a/b"]}]
    assert matched(routes, path="/a/b/c") == "two"
    assert matched(routes, path="/a/b/d") == "one"


def test_a_pattern_wins_over_a_longer_prefix_and_is_anchored_at_the_start() -> None:
    routes = [{"id": "prefix", "paths": ["/a/bbbb"]}, {"id": "pattern", "paths": [r"~/a/(?<id>b+)$"]}]
    assert matched(routes, path="/a/bbbb") == "pattern"
    assert matched(routes, path="/a/bbbb/c") == "prefix"
    assert matched(routes, path="/x/a/b") is None


def test_among_patterns_the_priority_decides_then_the_age() -> None:
    routes: list[dict[str, Any]] = [
        {"id": "old", "paths": ["~/a"]},
        {"id": "young", "paths": ["~/a.*"]},
        {"id": "high", "paths": ["~/ab"], "regex_priority": 5},
    ]
    assert matched(routes, path="/abc") == "high"
    assert matched(routes, path="/ax") == "old"


def test_more_kinds_of_attributes_win_over_a_longer_path() -> None:
    routes = [{"id": "path", "paths": ["/a/b"]}, {"id": "both", "paths": ["/a"], "methods": ["GET"]}]
    assert matched(routes, path="/a/b") == "both"
    assert matched(routes, path="/a/b", method="POST") == "path"


# Each wins by one rule of Kong's documentation ("matching priorities") over one that would win by the rules after it.
PRIORITIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "kinds, not hosts": (
        {"paths": ["/"], "methods": ["GET"], "headers": {"h": ["v"]}},
        {"hosts": ["example.com"], "paths": ["/a"]},
    ),
    "plain hosts before wildcards": (
        {"hosts": ["example.com"], "headers": {"h": ["v"]}},
        {"hosts": ["example.*"], "headers": {"h": ["v"], "i": ["v"]}},
    ),
    "a wildcard spoils the plain hosts beside it": (
        {"hosts": ["example.com"]},
        {"hosts": ["example.com", "*.example.org"]},
    ),
    "plain hosts before headers": ({"hosts": ["example.com"]}, {"headers": {"h": ["v"], "i": ["v"]}}),
    "headers before wildcards": ({"headers": {"h": ["v"]}}, {"hosts": ["example.*"]}),
    "more headers": (
        {"headers": {"h": ["v"], "i": ["v"]}, "paths": ["/"]},
        {"headers": {"h": ["v"]}, "paths": ["~/a"]},
    ),
    "patterns before prefixes": ({"paths": ["~/a"]}, {"paths": ["/a/b/c"], "regex_priority": 9}),
    "the priority among patterns": (
        {"paths": ["~/a"], "regex_priority": 2},
        {"paths": ["~/a/b/c"], "regex_priority": 1},
    ),
    "the longer prefix": ({"paths": ["/a/b"]}, {"paths": ["/a"]}),
    "a prefix before methods": ({"paths": ["/"]}, {"methods": ["GET"]}),
}


@pytest.mark.parametrize("rule", PRIORITIES)
@pytest.mark.parametrize("older", ["winner", "other"])
def test_of_two_routes_that_fit_the_documented_order_decides_whichever_is_older(
    rule: str, older: str
) -> None:
    winner, other = (
        {"id": name, **route} for name, route in zip(("winner", "other"), PRIORITIES[rule], strict=True)
    )
    routes = [winner, other] if older == "winner" else [other, winner]
    request = {"path": "/a/b/c", "headers": {"h": ["v"], "i": ["v"]}}
    assert matched(routes, **request) == "winner"
    assert matched([other], **request) == "other"


def test_hosts_match_exactly_or_by_wildcard_with_or_without_a_port() -> None:
    routes = [{"id": "wild", "hosts": ["*.example.com"]}, {"id": "plain", "hosts": ["api.example.com"]}]
    assert matched(routes, host="api.example.com:8000") == "plain"
    assert matched(routes, host="b.example.com:8000") == "wild"
    assert matched(routes, host="api.example.org") is None


def test_headers_match_any_listed_value_in_any_letter_case() -> None:
    routes = [{"id": "a", "headers": {"X-Version": ["v1", "V2"], "x-tenant": ["~*^b"]}}]
    assert matched(routes, headers={"x-version": ["v3", "v2"], "x-tenant": ["Blue"]}) == "a"
    assert matched(routes, headers={"x-version": ["v2"], "x-tenant": ["red"]}) is None
    assert matched(routes, headers={"x-tenant": ["blue"]}) is None


def test_each_value_of_a_header_can_be_a_pattern_and_patterns_ignore_the_letter_case() -> None:
    routes = [{"id": "a", "headers": {"X-Tenant": ["plain", "~*^RED-[0-9]+$", "~*^blue"]}}]
    assert matched(routes, headers={"x-tenant": ["red-7"]}) == "a"
    assert matched(routes, headers={"x-tenant": ["Blue"]}) == "a"
    assert matched(routes, headers={"x-tenant": ["PLAIN"]}) == "a"
    assert matched(routes, headers={"x-tenant": ["red"]}) is None


def test_a_route_of_a_disabled_service_does_not_exist() -> None:
    declared = Declared(
        [{**SERVICE, "enabled": False}], [{"id": "r", "paths": ["/"], "service": {"id": "service-1"}}]
    )
    assert match(parse_snapshot(declared), method="GET", path="/", host="", headers={}) is None


def test_a_route_for_streams_or_without_attributes_never_matches() -> None:
    assert matched([{"id": "tcp", "protocols": ["tcp"], "paths": ["/"]}, {"id": "none"}]) is None


def test_a_pattern_that_can_not_be_read_loses_only_its_route() -> None:
    assert matched([{"id": "bad", "paths": ["~/(("]}, {"id": "good", "paths": ["/"]}]) == "good"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a//b", "/a/b"),
        ("/a/./b/../c", "/a/c"),
        ("/a/%2e%2E/b", "/b"),
        ("/a/..", "/"),
        ("/a/b/.", "/a/b/"),
        ("/../../etc", "/etc"),
        ("/a%2fb%41", "/a%2FbA"),
        ("/", "/"),
        ("//", "/"),
        ("/a/", "/a/"),
    ],
)
def test_paths_are_matched_normalized(path: str, expected: str) -> None:
    assert normalize(path) == expected


@pytest.mark.parametrize(
    ("base", "path", "postfix", "strip", "handling", "expected"),
    [
        ("/", "/a/b", "/b", True, "v0", "/b"),
        ("/", "/a", "", True, "v0", "/"),
        ("/s", "/a", "", True, "v0", "/s"),
        ("/s", "/a/", "", True, "v0", "/s/"),
        ("/s/", "/a", "", True, "v0", "/s"),
        ("/s/", "/a/", "", True, "v0", "/s/"),
        ("/s", "/ab", "b", True, "v0", "/s/b"),
        ("/s/", "/a/b", "/b", True, "v0", "/s/b"),
        ("/s", "/a/b", "/b", False, "v0", "/s/a/b"),
        ("/s", "/", "", False, "v0", "/s"),
        ("/s/", "/a", "", False, "v0", "/s/a"),
        ("/s", "/ab", "b", True, "v1", "/sb"),
        ("/s", "/a", "", False, "v1", "/sa"),
        ("/s", "/a../x", "../x", True, "v0", "/s/x"),
        ("/s", "/a..", "..", True, "v0", "/s"),
    ],
)
def test_service_and_request_paths_are_joined_as_kong_joins_them(
    *, base: str, path: str, postfix: str, strip: bool, handling: str, expected: str
) -> None:
    assert upstream_path(base, path, postfix, strip=strip, handling=handling) == expected
