"""Answers and connections that HTTP allows and nobody expects, and some that it doesn't allow."""

import gzip
import json
from collections.abc import Callable

import pytest

from kong_secure import errors
from kong_secure.konnect import Konnect
from tests.konnect.conftest import FakeTime
from tests.konnect.scripted_server import Reply, ScriptedServer

# Not a path of Konnect's: the transport knows none, and what it sends here is no plugin.
PLUGIN = "/v2/anything/plugins/p"
OK = Reply(200, {"id": "p"})
BODY = json.dumps(OK.body).encode()
Client = Callable[..., Konnect]


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY,
        b"HTTP/1.1 200\r\nConnection: close\r\n\r\n" + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x;x=y\r\n%b\r\n0\r\nT: t\r\n\r\n"
        % (len(BODY), BODY),
    ],
    ids=["1.0", "of another type", "ended by closing", "after a 100", "chunked"],
)
def test_every_way_http_has_to_send_json_is_read(server: ScriptedServer, client: Client, raw: bytes) -> None:
    server.replies = [Reply(raw=raw, cut=len(raw)), OK]
    session = client().session("us")
    assert session.get(PLUGIN) == OK.body
    assert session.get(PLUGIN) == OK.body


def test_a_body_where_none_may_be_is_not_taken_for_the_next_answer(
    server: ScriptedServer, client: Client, time: FakeTime
) -> None:
    stray = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"id":"stray"}'
    server.replies = [Reply(raw=b"HTTP/1.1 204 No\r\nContent-Length: %d\r\n\r\n" % len(stray) + stray), OK]
    session = client().session("us")
    session.delete(PLUGIN)
    assert session.get(PLUGIN) == OK.body
    assert time.slept == []


@pytest.mark.parametrize("status", [101, 304])
def test_a_status_that_is_no_success_is_none(server: ScriptedServer, client: Client, status: int) -> None:
    server.replies = [Reply(raw=b"HTTP/1.1 %d Odd\r\n\r\n" % status, cut=1000)]
    with pytest.raises(errors.Unavailable):
        client(deadline_seconds=20.0).session("us").delete(PLUGIN)


def test_a_compressed_answer_is_neither_asked_for_nor_unpacked(
    server: ScriptedServer, client: Client
) -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    server.replies = [Reply(200, bomb, {"Content-Encoding": "gzip"})]
    with pytest.raises(errors.Unavailable, match="can't be read"):
        client(deadline_seconds=20.0).session("us").get(PLUGIN)
    assert {request.headers["accept-encoding"] for request in server.requests} == {"identity"}


def test_a_head_without_end_is_unavailable(server: ScriptedServer, client: Client) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 300_000
    server.replies = [Reply(raw=head, cut=len(head))]
    with pytest.raises(errors.Unavailable, match="connection failed"):
        client(deadline_seconds=20.0).session("us").get(PLUGIN)


@pytest.mark.parametrize("method", ["get", "put", "delete", "post", "patch"])
def test_a_connection_that_the_server_closed_between_calls_is_not_used(
    server: ScriptedServer, client: Client, time: FakeTime, method: str
) -> None:
    server.replies = [OK]
    session = client().session("us")
    session.get(PLUGIN)
    server.hang_up()
    getattr(session, method)(PLUGIN, *([{}] if method in ("put", "post", "patch") else []))
    assert len(server.requests) == 2
    assert time.slept == []


@pytest.mark.parametrize(
    ("method", "asked"), [("get", 2), ("put", 2), ("delete", 2), ("post", 1), ("patch", 1)]
)
def test_a_connection_that_the_server_closes_under_a_call_is_asked_again_only_where_that_is_safe(
    server: ScriptedServer, client: Client, method: str, asked: int
) -> None:
    server.replies = [OK, Reply(cut=0), OK]
    session = client().session("us")
    session.get(PLUGIN)
    arguments: list[dict[str, object]] = [{}] if method in ("put", "post", "patch") else []
    if asked == 1:
        with pytest.raises(errors.Unavailable):
            getattr(session, method)(PLUGIN, *arguments)
    else:
        getattr(session, method)(PLUGIN, *arguments)
    assert len(server.requests) == 1 + asked


def test_konnect_is_reached_over_ipv6(client: Client) -> None:
    server = ScriptedServer("::1")
    server.replies = [OK]
    assert client(address=server.url + "/{region}").session("us").get(PLUGIN) == OK.body
    server.close()


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_proxy_that_refuses_is_told_at_once_and_without_its_password(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://me:pass-word@127.0.0.1:{server.port}")
    server.replies = [Reply(status)]
    with pytest.raises(errors.Unavailable, match=f"proxy of the environment refuses.*{status}") as failure:
        client(address="https://konnect.invalid").session("us").get(PLUGIN)
    (request,) = server.requests
    assert (request.method, request.target) == ("CONNECT", "konnect.invalid:443")
    assert request.headers["proxy-authorization"].startswith("Basic ")
    assert "authorization" not in request.headers
    assert "pass-word" not in str(failure.value)


def test_what_no_proxy_names_goes_past_the_proxy(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "konnect.invalid")
    server.replies = [OK]
    monkeypatch.setattr("kong_secure.konnect.network.Resolver.addresses", lambda *_: ["127.0.0.1"])
    konnect = client(address=f"http://us.konnect.invalid:{server.port}")
    assert konnect.session("us").get(PLUGIN) == OK.body
