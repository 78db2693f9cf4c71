"""Bodies streamed, held or transformed, and connections kept, pooled and closed, between real sockets."""

from __future__ import annotations

import http.client
import json
import queue
import socket
import threading

import pytest

from tests.sandbox.data_plane.servers import (
    OK,
    Watched,
    World,
    backend_of,
    behaving,
    call,
    exchange,
    read_head,
    world,
)


def test_a_body_keeps_its_framing(gate: World) -> None:
    sized = call(gate.port, "POST", body=b"hello").came
    chunked = call(
        gate.port, "POST", headers=[("Transfer-Encoding", "chunked")], body=b"5\r\nhello\r\n0\r\n\r\n"
    ).came
    none = call(gate.port, "DELETE").came
    assert (sized.body, sized.values("content-length"), sized.values("transfer-encoding")) == (
        b"hello",
        ["5"],
        [],
    )
    assert (chunked.body, chunked.values("content-length"), chunked.values("transfer-encoding")) == (
        b"hello", [], ["chunked"],
    )  # fmt: skip
    assert (none.body, none.values("content-length"), none.values("transfer-encoding")) == (b"", [], [])


@pytest.mark.parametrize("chunked", [False, True])
def test_a_transformed_body_has_the_length_it_is_sent_with(gate: World, chunked: bool) -> None:
    gate.declared.declare(config={"add": {"body": ["added:yes"]}})
    kind = ("Content-Type", "application/json")
    framing = [("Transfer-Encoding", "chunked")] if chunked else []
    body = b'7\r\n{"a":1}\r\n0\r\n\r\n' if chunked else b'{"a":1}'
    came = call(gate.port, "POST", headers=[kind, *framing], body=body).came
    assert json.loads(came.body) == {"a": 1, "added": "yes"}
    assert came.values("content-length") == [str(len(came.body))]
    assert came.values("transfer-encoding") == []


def test_a_large_body_passes_whole_in_both_directions(gate: World) -> None:
    content = bytes(range(256)) * 4096 * 8
    assert call(gate.port, "PUT", body=content).came.body == content


def test_a_body_larger_than_kongs_buffer_is_not_seen_by_the_plugin(
    gate: World, caplog: pytest.LogCaptureFixture
) -> None:
    large = json.dumps({"a": "x" * 20_000}).encode()
    json_type = [("Content-Type", "application/json")]
    gate.declared.declare(config={"remove": {"body": ["a"]}})
    assert call(gate.port, "POST", headers=json_type, body=large).came.body == large
    gate.declared.declare(config={"add": {"body": ["b:y"]}})
    assert call(gate.port, "POST", headers=json_type, body=large).came.body == b'{"b":"y"}'
    small = json.dumps({"a": "x" * 8_000}).encode()
    assert json.loads(call(gate.port, "POST", headers=json_type, body=small).came.body)["b"] == "y"
    assert "client_body_buffer_size" in caplog.text


def test_a_chunked_body_that_turns_out_too_large_still_passes_from_its_first_byte(gate: World) -> None:
    gate.declared.declare(config={"remove": {"body": ["a"]}})
    content = b'{"a":"' + b"x" * 50_000 + b'"}'
    framed = b"".join(
        b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (content[:9], content[9:9000], content[9000:])
    )
    sent = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]
    assert call(gate.port, "POST", headers=sent, body=framed + b"0\r\n\r\n").came.body == content


def test_a_request_body_is_streamed_while_the_caller_still_sends_it() -> None:
    arrived: queue.Queue[bytes] = queue.Queue()

    def behave(connection: socket.socket) -> None:
        received = read_head(connection)
        arrived.put(received)
        while b"last" not in received:
            received = connection.recv(65536)
            arrived.put(received)
        connection.sendall(OK)

    head = b"POST /request HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\n"
    with (
        backend_of(behave) as backend,
        world(backend) as made,
        socket.create_connection(("127.0.0.1", made.port), timeout=10) as caller,
    ):
        caller.sendall(head + b"first")
        received = b""
        while b"first" not in received:  # it has arrived although the rest isn't even sent
            received += arrived.get(timeout=10)
        caller.sendall(b"last")
        assert b" 200 " in caller.recv(65536)


def test_an_answer_is_streamed_while_the_backend_still_sends_it() -> None:
    proceed = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        assert proceed.wait(10)
        connection.sendall(b"4\r\nlast\r\n0\r\n\r\n")

    with backend_of(behave) as backend, world(backend) as made:
        connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=10)
        connection.request("GET", "/request")
        response = connection.getresponse()
        assert response.read(5) == b"first"
        proceed.set()
        assert response.read() == b"last"
        connection.close()


def test_connections_are_kept_alive_on_both_sides(gate: World) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gate.port, timeout=10)
    used = []
    for _ in range(3):
        connection.request("POST", "/request", body=b"x")
        own = connection.sock
        response = connection.getresponse()
        used.append((own, json.loads(response.read())["connection"]))
    connection.close()
    assert len(set(used)) == 1


def test_a_pipelined_request_is_answered_after_the_first(gate: World) -> None:
    first = b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n"
    second = b"GET /second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    raw = exchange(gate.port, first + second)
    assert raw.count(b"HTTP/1.1 200") == 2
    assert raw.index(b"/first") < raw.index(b"/second")


@pytest.mark.parametrize(
    "request_begins",
    [
        b"GET /request HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /request HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
    ],
    ids=["while waiting", "in the middle of its body"],
)
def test_a_caller_that_goes_away_closes_the_backends_connection(request_begins: bytes) -> None:
    watched = Watched()
    with backend_of(watched) as backend, world(backend) as made:
        with socket.create_connection(("127.0.0.1", made.port), timeout=10) as caller:
            caller.sendall(request_begins)
            assert watched.sent.wait(10)
        assert watched.closed.wait(10)


def test_a_caller_that_goes_away_in_the_middle_of_the_answer_closes_the_backends_connection() -> None:
    watched = Watched(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
    with backend_of(watched) as backend, world(backend) as made:
        with socket.create_connection(("127.0.0.1", made.port), timeout=10) as caller:
            caller.sendall(b"GET /request HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            while b"first" not in received:
                received += caller.recv(65536)
        assert watched.closed.wait(10)


@pytest.mark.parametrize(
    "begun",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
def test_an_answer_that_breaks_off_is_seen_to_break_off(begun: bytes) -> None:
    with backend_of(behaving(begun)) as backend, world(backend) as made:
        connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=10)
        connection.request("GET", "/request")
        response = connection.getresponse()
        with pytest.raises(http.client.IncompleteRead):
            response.read()
        connection.close()
