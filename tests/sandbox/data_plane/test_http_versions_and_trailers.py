"""What callers rarely do and a proxy must still do right: Expect, trailers, HTTP/1.0, OPTIONS, odd names."""

from __future__ import annotations

import socket

import pytest

from tests.sandbox.data_plane.servers import World, backend_of, behaving, call, exchange, world

SECRET = {"remove": {"headers": ["Authorization"]}, "add": {"headers": ["Authorization:ours"]}}


def test_a_caller_that_expects_100_continue_is_told_so_before_it_sends_its_body(gate: World) -> None:
    head = b"POST /request HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
    with socket.create_connection(("127.0.0.1", gate.port), timeout=10) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"ok")
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200 ")
    assert b'"body": "b2s="' in received
    assert b'"expect"' not in received.lower()


def test_a_trailer_reaches_the_backend_neither_as_header_nor_in_the_body(gate: World) -> None:
    gate.declared.declare(config=SECRET)
    raw = exchange(
        gate.port,
        b"POST /request HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"2\r\nok\r\n0\r\nAuthorization: theirs\r\nX-Trailer: t\r\n\r\n",
    )
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert b"theirs" not in raw
    assert b"x-trailer" not in raw.lower()
    assert b'"ours"' in raw


def test_an_answers_trailer_is_dropped_and_its_body_is_whole() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"
    with backend_of(behaving(answer)) as backend, world(backend) as made:
        answered = call(made.port)
    assert (answered.status, answered.content, answered.values("x-sum")) == (200, b"ok", [])


def test_a_caller_of_http_1_0_gets_an_answer_without_chunks_and_the_end_of_the_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    with backend_of(behaving(answer)) as backend, world(backend) as made:
        raw = exchange(made.port, b"GET /request HTTP/1.0\r\n\r\n")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.split(b" ", 2)[1] == b"200"
    assert b"transfer-encoding" not in head.lower()
    assert body == b"ok"


def test_options_is_proxied_like_any_method(gate: World) -> None:
    assert call(gate.port, "OPTIONS").came.method == "OPTIONS"


@pytest.mark.parametrize("name", ["X.Key", "X!Key", "X~Key"])
def test_a_header_whose_name_nginx_does_not_take_is_dropped(gate: World, name: str) -> None:
    assert call(gate.port, headers=[(name, "v")]).came.values(name) == []


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "theirs")],
        [("aUTHORIZATION", "theirs")],
        [("X-Filler", "1")] * 120 + [("Authorization", "theirs")],
        [("Authorization.", "theirs")],
        [("TE", "trailers"), ("Trailer", "Authorization")],
        [("X-HTTP-Method-Override", "TRACE"), ("Upgrade", "h2c")],
    ],
    ids=lambda headers: headers[-1][0],
)
def test_no_header_of_a_caller_takes_the_secrets_place(gate: World, headers: list[tuple[str, str]]) -> None:
    gate.declared.declare(config=SECRET)
    assert call(gate.port, headers=headers).came.values("authorization") == ["ours"]


def test_a_caller_can_only_take_the_secret_away_by_naming_it_hop_by_hop(gate: World) -> None:
    gate.declared.declare(config=SECRET)
    came = call(gate.port, headers=[("Authorization", "theirs"), ("Connection", "authorization")]).came
    assert came.values("authorization") == []


@pytest.mark.parametrize(
    "headers",
    [
        [("Connection", "close"), ("Connection", "authorization")],
        [("X-Filler", "1")] * 120 + [("Connection", "authorization")],
        [("Connection_", "authorization"), ("Keep-Alive", "authorization")],
    ],
    ids=["a second line", "after the hundredth", "another name"],
)
def test_a_connection_header_that_kong_does_not_read_takes_nothing_away(
    gate: World, headers: list[tuple[str, str]]
) -> None:
    gate.declared.declare(config=SECRET)
    assert call(gate.port, headers=headers).came.values("authorization") == ["ours"]


def test_only_the_first_x_forwarded_for_is_passed_on(gate: World) -> None:
    came = call(gate.port, headers=[("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "2.2.2.2")]).came
    assert came.values("x-forwarded-for") == ["1.1.1.1, 127.0.0.1"]


def test_the_underscore_twin_of_a_dashed_secret_passes_beside_it(gate: World) -> None:
    gate.declared.declare(config={"remove": {"headers": ["X-Key"]}, "add": {"headers": ["X-Key:ours"]}})
    came = call(gate.port, headers=[("X_Key", "theirs")]).came
    assert (came.values("x-key"), came.values("x_key")) == (["ours"], ["theirs"])
