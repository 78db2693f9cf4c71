"""Requests that a proxy must not mishandle: refused with a clear status, and the connection closed."""

from __future__ import annotations

import json

import pytest

from kong_secure.sandbox.data_plane.request_head import MAX_HEAD, MAX_LINE, refusal
from tests.sandbox.data_plane.servers import World, exchange

GOOD = b"GET /request HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


def status(raw: bytes) -> int:
    return int(raw.split(b" ", 2)[1])


def test_the_plain_request_that_the_others_differ_from_passes(gate: World) -> None:
    assert status(exchange(gate.port, GOOD + b"\r\n")) == 200


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 2\r\nContent-Length: 3\r\n",
        b"Content-Length: 2\r\nContent-Length: 2\r\n",
        b"Content-Length: 2, 2\r\n",
        b"Content-Length: +2\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x2\r\n",
        b"Content-Length: 2 2\r\n",
        b"Content-Length:\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length : 2\r\n",
        b" Content-Length: 2\r\n",
        b"X-Folded: a\r\n b\r\n",
        b"X-Folded: a\r\n\tContent-Length: 2\r\n",
        b"X-Bare: a\nX-Smuggled: b\r\n",
        b"X-Bare: a\rX-Smuggled: b\r\n",
        b"X-Null: a\x00b\r\n",
        b"no colon here\r\n",
        b": no name\r\n",
        b"Host: another\r\n",
        b"Authorization: Bearer one\r\nAuthorization: Bearer two\r\n",
    ],
)
def test_an_ambiguous_head_is_refused(gate: World, lines: bytes) -> None:
    raw = exchange(gate.port, GOOD + lines + b"\r\nok")
    assert status(raw) == 400
    assert raw.count(b"HTTP/1.1") == 1
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    assert json.loads(body)["message"] == "Bad request"


@pytest.mark.parametrize("coding", [b"gzip", b"chunked, gzip", b"gzip, chunked", b"xchunked", b"\x0bchunked"])
def test_a_transfer_coding_other_than_chunked_is_refused(gate: World, coding: bytes) -> None:
    assert status(exchange(gate.port, GOOD + b"Transfer-Encoding: " + coding + b"\r\n\r\n")) == 501


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET /request HTTP/1.1\n", 400),
        (b"GET  /request HTTP/1.1\r\n", 400),
        (b"get /request HTTP/1.1\r\n", 400),
        (b"GET request HTTP/1.1\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\n", 400),
        (b"CONNECT x:80 HTTP/1.1\r\n", 400),
        (b"GET /request\r\n", 400),
        (b"GET /request HTTP/2.0\r\n", 505),
        (b"GET ftp://x/ HTTP/1.1\r\n", 400),
        (b"GET ?a=1 HTTP/1.1\r\n", 400),
        (b"GET http:// HTTP/1.1\r\n", 400),
        (b"GET http://a..b/ HTTP/1.1\r\n", 400),
        (b"GET http://a@b/ HTTP/1.1\r\n", 400),
        (b"GET http://a#b/ HTTP/1.1\r\n", 400),
        (b"GET http://a\\b/ HTTP/1.1\r\n", 400),
        (b"GET http://a:b/ HTTP/1.1\r\n", 400),
        (b"GET http://[::1/ HTTP/1.1\r\n", 400),
    ],
)
def test_an_invalid_request_line_is_refused(gate: World, line: bytes, expected: int) -> None:
    assert status(exchange(gate.port, line + b"Host: x\r\n\r\n")) == expected


@pytest.mark.parametrize(
    "target",
    [
        b"http://x",
        b"http://x?a=1",
        b"HTTPS://x:80/a",
        b"http://[::1]:80/",
        b"/a/../b",
        b"/?a=%zz&b=/../..",
        b"/a%2e",
    ],
)
def test_a_target_that_looks_odd_and_is_right_passes(gate: World, target: bytes) -> None:
    line = b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert status(exchange(gate.port, line)) == 200


@pytest.mark.parametrize(
    "path",
    [b"/..", b"/a/../../b", b"/%2e%2E/b", b"/a%2f../%2e./b", b"/./..", b"/a%00b", b"/a%zz", b"/a%", b"/a%4"],
)
@pytest.mark.parametrize("before", [b"", b"http://x"])
def test_a_path_that_nginx_can_not_make_out_is_refused(gate: World, before: bytes, path: bytes) -> None:
    raw = exchange(gate.port, b"GET " + before + path + b"?a=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status(raw) == 400
    assert b"Bad request" in raw


@pytest.mark.parametrize("host", [b"", b" ", b"a b", b"a/b", b"a..b", b"a\tb", b"http://a"])
def test_an_invalid_host_is_refused(gate: World, host: bytes) -> None:
    assert status(exchange(gate.port, b"GET /request HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")) == 400


@pytest.mark.parametrize("method", [b"TRACE", b"CONNECT"])
def test_a_method_that_nginx_never_proxies_is_405(gate: World, method: bytes) -> None:
    raw = exchange(gate.port, method + b" /request HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status(raw) == 405
    assert b"Method not allowed" in raw


def test_transfer_encoding_in_http_1_0_is_refused(gate: World) -> None:
    raw = exchange(
        gate.port, b"POST /request HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    assert status(raw) == 400


def test_http_1_1_without_a_host_is_refused(gate: World) -> None:
    assert status(exchange(gate.port, b"GET /request HTTP/1.1\r\n\r\n")) == 400


def test_a_request_line_up_to_8k_passes_and_a_longer_one_is_414(gate: World) -> None:
    room = MAX_LINE - len(b"GET / HTTP/1.1\r\n")
    tail = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert status(exchange(gate.port, b"GET /" + b"a" * room + tail)) == 200
    assert status(exchange(gate.port, b"GET /" + b"a" * (room + 1) + tail)) == 414


def test_a_header_line_up_to_8k_passes_and_a_longer_one_is_400(gate: World) -> None:
    room = MAX_LINE - len(b"X-A: \r\n")
    assert status(exchange(gate.port, GOOD + b"X-A: " + b"a" * room + b"\r\n\r\n")) == 200
    raw = exchange(gate.port, GOOD + b"X-A: " + b"a" * (room + 1) + b"\r\n\r\n")
    assert status(raw) == 400
    assert b"Request header or cookie too large" in raw


def test_a_head_up_to_32k_passes_and_a_larger_one_is_400(gate: World) -> None:
    filler = b"".join(b"X-%d: " % i + b"a" * 8000 + b"\r\n" for i in range(4))
    room = MAX_HEAD - len(GOOD + filler + b"X-L: \r\n\r\n")
    assert status(exchange(gate.port, GOOD + filler + b"X-L: " + b"a" * room + b"\r\n\r\n")) == 200
    assert status(exchange(gate.port, GOOD + filler + b"X-L: " + b"a" * (room + 1) + b"\r\n\r\n")) == 400


@pytest.mark.parametrize(("start", "expected"), [(b"GET /", 414), (b"GET / HTTP/1.1\r\nX: ", 400)])
def test_a_head_that_never_ends_is_refused_before_it_is_whole(
    gate: World, start: bytes, expected: int
) -> None:
    assert status(exchange(gate.port, start + b"a" * (MAX_LINE + 1))) == expected


def test_a_refused_request_behind_a_good_one_is_refused_and_nothing_after_it_is_read(gate: World) -> None:
    good = b"GET /request HTTP/1.1\r\nHost: x\r\n\r\n"
    bad = b"GET /request HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
    raw = exchange(gate.port, good + bad + good)
    assert raw.count(b"HTTP/1.1 200") == 1
    assert raw.count(b"HTTP/1.1 400") == 1
    assert raw.count(b"HTTP/1.1 ") == 2


@pytest.mark.parametrize(
    "chunks",
    [
        b"2\r\nokX\r\n0\r\n\r\n",
        b"zz\r\nok\r\n",
        b"2\nok\r\n0\r\n\r\n",
        b"-1\r\n",
        b"8000000000000000\r\nok\r\n",
        b"2 \x01\r\nok\r\n0\r\n\r\n",
    ],
)
def test_a_broken_chunk_is_refused(gate: World, chunks: bytes) -> None:
    raw = exchange(
        gate.port, b"POST /request HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    )
    assert status(raw) == 400


def test_a_body_is_never_taken_for_a_head() -> None:
    assert refusal(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n\n\n a\n\rb\r") is None


def test_a_head_is_judged_alike_whole_or_byte_by_byte(gate: World) -> None:
    whole = GOOD + b"X-Folded: a\r\n b\r\n\r\n"
    good = GOOD + b"X-A: b\r\n\r\n"
    assert all(refusal(good[:length]) is None for length in range(len(good) + 1))
    assert status(exchange(gate.port, *(whole[i : i + 1] for i in range(len(whole))))) == 400
    assert status(exchange(gate.port, *(good[i : i + 1] for i in range(len(good))))) == 200
