"""Whatever comes, nothing is answered with a 500: bytes that are no JSON, JSON that is no request, texts that no field
expects, paths and heads that no client writes."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.sandbox.konnect.generated.client import Answer
from tests.sandbox.konnect.generated.conftest import started
from tests.sandbox.konnect.generated.requests import Ground, Request, generated, valid_body
from tests.sandbox.konnect.generated.strategies import branches, sites
from tests.sandbox.konnect.generated.table import COVERED, WITH_BODY, Covered
from tests.world import TOKEN, World

AWKWARD: tuple[Any, ...] = (
    *(
        "\x00",
        "a\x00b",
        "\u2028",
        "\ufeff",
        "\U0010ffff",
        "é" * 200,
        "$(x)",
        "{{}}",
        "%s%n",
        "../..",
        "'; --",
    ),
    *(0, -0.0, 1e308, -(10**300), 2**63, 2**64, 5e-324, 1e16),
    *([[]] * 3, {"": {"": {}}}, {"__proto__": {}}, {"$ref": "#"}),
)
RAW = (
    b'{"a":' * 5000,
    b"[" * 200_000,
    b'{"name": ' + b"9" * 5000 + b"}",
    b'{"name": 1e999999}',
    b'{"name": Infinity}',
    b'{"name": "a", "name": "b", "name": 3}',
    b'{"name": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"name": "\\u0000"}',
    b'{"name": "\xc0\x80"}',
    b'{"name": "\xed\xa0\x80"}',
    b"\xef\xbb\xbf{}",
    b"\x00" * 100,
    b'{"tags": [' + b'"a",' * 50_000 + b'"a"]}',
    b'{"name": "' + b"x" * 2_000_000 + b'"}',
)
TARGETS = (
    b"/%", b"/%zz", b"/%00", b"/%ff%fe", b"/%ED%A0%80", b"/..%2f..%2f", b"//", b"/;a=b", b"/?", b"/??", b"/?%",
    b"/?%zz=%", b"/?=", b"/?&&&", b"/?a[b[c]]=1", b"/?filter[name][eq]=%00", b"/?filter=", b"/?filter[]=",
    b"/?page[size]=%31", b"/?size=%EF%BC%91", b"/?offset=%00", b"/?offset=" + b"A" * 4000, b"/?tags=" + b"a," * 3000,
    b"/?sort=created_at%20desc%20desc", b"/?labels=:::,,,", b"/" + b"a" * 7000, b"/" + b"%41" * 20_000, b"/\xff\xfe",
)  # fmt: skip
HEADS = (
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: -1\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    b"Content-Type: \xff\xfe\r\n",
    b"Authorization: Bearer \xff\r\n",
    b"Authorization:\r\n",
    b"X: " + b"a" * 100_000 + b"\r\n",
    b"no header\r\n",
    b"Expect: 200-maybe\r\n",
    b"Upgrade: websocket\r\nConnection: upgrade\r\n",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One of their own: what is accepted here stays there."""
    yield from started(tmp_path_factory)


def _assert_no_mistake(answer: Answer) -> None:
    assert answer.status_code < 500 or answer.status_code == 501, answer.text
    if answer.status_code >= 400:
        assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("covered", WITH_BODY, ids=str)
def test_no_bytes_make_a_500(ground: Ground, covered: Covered) -> None:
    @generated(15)
    @given(st.binary(max_size=60))
    def check(drawn: bytes) -> None:
        request = Request(covered.operation.method, ground.path(covered), content=drawn)
        _assert_no_mistake(request.sent(ground.client(covered)))

    for content in RAW:
        request = Request(covered.operation.method, ground.path(covered), content=content)
        _assert_no_mistake(request.sent(ground.client(covered)))
    check()


@pytest.mark.parametrize("covered", WITH_BODY, ids=str)
def test_no_value_anywhere_in_a_body_makes_a_500(ground: Ground, covered: Covered) -> None:
    fields = sorted(
        {str(s.path[0]) for branch in branches(covered.schema or {}) for s in sites(branch) if s.path}
    )
    values = st.recursive(
        st.sampled_from(AWKWARD) | st.text(max_size=5) | st.integers() | st.none() | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )

    @generated(25)
    @given(
        valid_body(covered, ground), st.dictionaries(st.sampled_from(fields), values, min_size=1, max_size=3)
    )
    def check(body: dict[str, Any], awkward: dict[str, Any]) -> None:
        note(repr(awkward))
        request = Request(covered.operation.method, ground.path(covered), body={**body, **awkward})
        _assert_no_mistake(request.sent(ground.client(covered)))

    check()


@pytest.mark.parametrize("covered", COVERED, ids=str)
def test_no_path_and_no_query_makes_a_500(world: World, ground: Ground, covered: Covered) -> None:
    host = "us" if covered.operation.host == "regional" else "global"
    path = f"/{host}/v2{ground.path(covered)}".encode()
    for target in TARGETS:
        _exchange(world, covered.operation.method.encode() + b" " + path + target, b"")


@pytest.mark.parametrize("method", [b"GET", b"POST", b"HEAD", b"OPTIONS", b"TRACE", b"BREW", b"get"])
@pytest.mark.parametrize("head", HEADS, ids=range(len(HEADS)))
def test_no_head_makes_a_500(world: World, ground: Ground, method: bytes, head: bytes) -> None:
    _exchange(world, method + b" /us/v2/control-planes", head)
    # The world is none the worse for it.
    assert Request("GET", "/control-planes").sent(ground.clients["regional"]).status_code == 200


def _exchange(world: World, line: bytes, head: bytes) -> None:
    """Sends bytes on a connection of their own: whatever is answered is no mistake of the sandbox's, and JSON."""
    address = httpx.URL(world.address.replace("{region}", ""))
    always = f"Host: konnect\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
    with socket.create_connection((address.host, address.port or 80), timeout=10) as connection:
        connection.sendall(line + b" HTTP/1.1\r\n" + always + head + b"\r\n")
        connection.shutdown(socket.SHUT_WR)
        received = bytearray()
        try:
            while part := connection.recv(65536):
                received += part
        except ConnectionResetError:
            # It was refused before all of it was sent.
            return
    if not received:
        return
    answer_head, _, body = bytes(received).partition(b"\r\n\r\n")
    status = int(answer_head.split()[1])
    assert status < 500 or status == 501, (line[-80:], head[:80], bytes(received))
    if status >= 400 and body and b"chunked" not in answer_head:
        assert isinstance(json.loads(body), dict)
