"""What a backend and a caller get of each other's requests and answers, beside bodies."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest

from kong_secure.sandbox.data_plane import latency
from tests.sandbox.data_plane.servers import (
    OK,
    World,
    backend_of,
    behaving,
    call,
    echo,
    read_head,
    serve,
    world,
)


def test_repeated_headers_keep_their_values_and_order(gate: World) -> None:
    came = call(gate.port, headers=[("X-A", "2"), ("X-B", "x"), ("X-A", "1"), ("Cookie", "a=1; b=2")]).came
    assert came.values("x-a") == ["2", "1"]
    assert came.values("cookie") == ["a=1; b=2"]


def test_hop_by_hop_headers_stay_behind(gate: World) -> None:
    hop = [
        ("Connection", "keep-alive, X-Mine, x-other"),
        ("X-Mine", "1"),
        ("X-Other", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "keep-alive"),
        ("Proxy", "http://evil"),
        ("TE", "gzip"),
        ("Upgrade", "h2c"),
        ("Expect", "100-continue"),
    ]
    came = call(gate.port, headers=[*hop, ("X-Kept", "1")]).came
    assert came.values("connection") == ["keep-alive"]
    assert came.values("x-kept") == ["1"]
    for name in ("x-mine", "x-other", "keep-alive", "proxy-connection", "proxy", "te", "upgrade", "expect"):
        assert came.values(name) == [], name


def test_a_wish_for_trailers_is_passed_on(gate: World) -> None:
    assert call(gate.port, headers=[("TE", "gzip, trailers")]).came.values("te") == ["trailers"]


def test_naming_the_gateways_header_in_connection_takes_it_away_as_in_kong(gate: World) -> None:
    gate.declared.declare(config={"remove": {"headers": ["X-Key"]}, "add": {"headers": ["X-Key:ours"]}})
    assert call(gate.port, headers=[("X-Key", "theirs")]).came.values("x-key") == ["ours"]
    assert call(gate.port, headers=[("X-Key", "theirs"), ("Connection", "x-key")]).came.values("x-key") == []


def test_the_backend_learns_the_callers_address_and_request(gate: World) -> None:
    gate.declared.declare(route={"paths": ["/api"], "strip_path": True}, service={"path": "/v1"})
    came = call(
        gate.port,
        target="/api/orders?x=1",
        headers=[("Host", "Shop.Example:8000"), ("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Prefix", "/no"),
                 ("X-Forwarded-Proto", "https"), ("X-Real-IP", "6.6.6.6"), ("Via", "1.0 old")],
    ).came  # fmt: skip
    assert (came.path, came.query) == ("/v1/orders", "x=1")
    assert came.values("x-forwarded-for") == ["1.2.3.4, 127.0.0.1"]
    assert came.values("x-forwarded-proto") == ["http"]
    assert came.values("x-forwarded-host") == ["shop.example"]
    assert came.values("x-forwarded-port") == [str(gate.port)]
    assert came.values("x-forwarded-path") == ["/api/orders"]
    assert came.values("x-forwarded-prefix") == ["/api"]
    assert came.values("x-real-ip") == ["127.0.0.1"]
    assert came.values("via")[0].startswith("1.0 old, 1.1 kong/")
    assert len(came.values("x-kong-request-id")[0]) == 32


def test_a_rule_can_not_change_what_the_gateway_says_of_the_caller(gate: World) -> None:
    gate.declared.declare(config={"add": {"headers": ["X-Real-IP:6.6.6.6", "X-Forwarded-Prefix:/x"]}})
    came = call(gate.port).came
    assert came.values("x-real-ip") == ["127.0.0.1"]
    assert came.values("x-forwarded-prefix") == []


@pytest.mark.parametrize(
    ("preserve", "service", "expected"),
    [
        (False, {}, "orders.internal"),
        (False, {"port": 8080}, "orders.internal:8080"),
        (False, {"protocol": "https", "port": 443}, "orders.internal"),
        (False, {"protocol": "https", "port": 80}, "orders.internal:80"),
        (True, {}, "Client.example:99"),
    ],
)
def test_the_backend_gets_the_services_host_unless_the_route_preserves_the_callers(
    gate: World, preserve: bool, service: dict[str, Any], expected: str
) -> None:
    gate.declared.declare(route={"preserve_host": preserve}, service=service)
    assert call(gate.port, headers=[("Host", "Client.example:99")]).came.values("host") == [expected]


def test_a_query_and_a_path_are_passed_byte_by_byte(gate: World) -> None:
    came = call(gate.port, target="/a%2Fb;c=1/%C3%A9?q=%20+&&x").came
    assert (came.path, came.query) == ("/a%2Fb;c=1/%C3%A9", "q=%20+&&x")


def test_an_absolute_target_goes_to_the_host_it_names(gate: World) -> None:
    gate.declared.declare(route={"hosts": ["named.example"], "paths": None, "preserve_host": True})
    answered = call(gate.port, target="http://named.example/a?b=1", headers=[("Host", "other.example")])
    assert (answered.came.path, answered.came.values("host")) == ("/a", ["named.example"])


def test_the_backends_answer_comes_back_as_it_was() -> None:
    answer = (
        b"HTTP/1.1 418 Teapot\r\nSet-Cookie: a=1\r\nX-Kept: 1\r\nSet-Cookie: b=2\r\nServer: tea\r\n"
        b"Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nConnection: close, X-Gone\r\nX-Gone: 1\r\n"
        b"Keep-Alive: timeout=9\r\n"
        b"Content-Encoding: gzip\r\nVia: 1.1 inner\r\nContent-Length: 4\r\n\r\n\x1f\x8b00"
    )
    with backend_of(behaving(answer)) as backend, world(backend) as made:
        answered = call(made.port)
    assert (answered.status, answered.content) == (418, b"\x1f\x8b00")
    assert answered.values("set-cookie") == ["a=1", "b=2"]
    assert answered.values("server") == ["tea"]
    assert answered.values("date") == ["Mon, 01 Jan 2024 00:00:00 GMT"]
    assert answered.values("x-kept") == ["1"]
    assert answered.values("x-gone") == answered.values("keep-alive") == []
    assert answered.values("via")[0].startswith("1.1 inner, 1.1 kong/")


def test_via_names_the_version_spoken_to_the_backend_whatever_it_answers_in() -> None:
    with (
        backend_of(behaving(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")) as backend,
        world(backend) as made,
    ):
        assert call(made.port).values("via")[0].startswith("1.1 kong/")


def test_latencies_are_whole_milliseconds_of_the_gateway_and_of_the_backend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([10.0, 10.0042, 10.3049])
    monkeypatch.setattr(latency, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    stopwatch = latency.Stopwatch()
    stopwatch.send()
    assert dict(stopwatch.headers()) == {"X-Kong-Upstream-Latency": "300", "X-Kong-Proxy-Latency": "4"}


def test_an_answer_of_the_backend_comes_with_latencies_and_one_of_the_gateway_with_its_own(
    gate: World,
) -> None:
    passed = call(gate.port)
    assert [len(passed.values(f"x-kong-{part}-latency")) for part in ("upstream", "proxy", "response")] == [
        1,
        1,
        0,
    ]
    gate.declared.declare(route={"paths": ["/elsewhere"]})
    own = call(gate.port)
    assert [len(own.values(f"x-kong-{part}-latency")) for part in ("upstream", "proxy", "response")] == [
        0,
        0,
        1,
    ]
    assert own.values("via") == []


def test_a_redirect_is_passed_on_and_a_cookie_of_one_caller_never_reaches_another() -> None:
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        seen.append(read_head(connection))
        connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: http://orders.internal/next\r\nSet-Cookie: s=1\r\n"
            b"Content-Length: 0\r\nConnection: close\r\n\r\n"
        )

    with backend_of(behave) as backend, world(backend) as made:
        answers = [call(made.port), call(made.port)]
    assert [answered.status for answered in answers] == [302, 302]
    assert len(seen) == 2
    assert b"cookie" not in seen[1].lower()


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serve(echo) as backend, world(backend) as made:
        assert call(made.port).status == 200


def test_head_has_the_headers_of_get_and_no_body(gate: World) -> None:
    answered = call(gate.port, "HEAD")
    assert answered.status == 200
    assert answered.content == b""
    assert int(answered.values("content-length")[0]) > 0


def test_a_method_changed_to_head_ends_with_an_empty_body(gate: World) -> None:
    gate.declared.declare(config={"http_method": "HEAD"})
    answered = call(gate.port)
    assert (answered.status, answered.content) == (200, b"")


def test_names_of_headers_keep_their_letter_case_and_an_empty_query_its_mark() -> None:
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        seen.append(read_head(connection))
        connection.sendall(OK)

    with backend_of(behave) as backend, world(backend) as made:
        made.declared.declare(config={"add": {"headers": ["X-tENANT:blue"]}})
        assert call(made.port, target="/request?", headers=[("X-mIXED", "1")]).status == 200
        assert call(made.port, target="/request").status == 200
    assert seen[0].startswith(b"GET /request? HTTP/1.1\r\n")
    assert seen[1].startswith(b"GET /request HTTP/1.1\r\n")
    assert b"\r\nX-mIXED: 1\r\n" in seen[0]
    assert b"\r\nX-tENANT: blue\r\n" in seen[0]
