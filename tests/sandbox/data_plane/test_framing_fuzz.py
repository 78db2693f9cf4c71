"""Random requests, valid and broken, against the gateway: a backend gets only what the caller framed
without ambiguity.

What the caller framed is decided by a strict reader of its own here; the gateway may refuse more than it,
never pass on anything else. Single refusals and their statuses are in `test_refused_requests`.
"""

from __future__ import annotations

import contextlib
import random
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.sandbox.data_plane.servers import OK, World, backend_of, read_head, world

SEEDS = range(8)
REQUESTS = 40

Framed = tuple[bytes, bytes]
"""Target and body of a request."""

_LINE = re.compile(rb"[A-Z]+ (/[!-~]*) HTTP/1\.[01]")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;[\t -~]*)?\r\n")


class _BrokenError(Exception):
    """The bytes are no request."""


def _framed(sent: bytes) -> tuple[list[Framed], bool]:
    """The requests that these bytes hold up to the first that is broken or incomplete, and whether they
    end where a request ends or break off by mistake (not for want of bytes).
    """
    framed: list[Framed] = []
    with contextlib.suppress(_BrokenError):
        while sent:
            head, end, rest = sent.partition(b"\r\n\r\n")
            fields = _fields(head) if end else None
            body = None if fields is None else _body(fields, rest)
            if body is None:
                return framed, _hopeless(head) if not end else False
            framed.append((head.split(b" ", 2)[1], body[0]))
            sent = body[1]
    return framed, True


def _hopeless(head: bytes) -> bool:
    return re.search(rb"(?<!\r)\n|\r(?=[^\n])", head) is not None


def _fields(head: bytes) -> dict[bytes, list[bytes]]:
    line, *lines = head.split(b"\r\n")
    if not _LINE.fullmatch(line):
        raise _BrokenError
    fields: dict[bytes, list[bytes]] = {}
    for one in lines:
        found = _FIELD.fullmatch(one)
        if found is None:
            raise _BrokenError
        fields.setdefault(found[1].lower(), []).append(found[2].strip())
    return fields


def _body(fields: dict[bytes, list[bytes]], rest: bytes) -> tuple[bytes, bytes] | None:
    lengths, codings = fields.get(b"content-length", []), fields.get(b"transfer-encoding", [])
    if len(fields.get(b"host", [])) != 1 or len(lengths) + len(codings) > 1:
        raise _BrokenError
    if codings:
        if codings[0].lower() != b"chunked":
            raise _BrokenError
        return _dechunked(rest)
    length = lengths[0] if lengths else b"0"
    if not length.isdigit():
        raise _BrokenError
    return (rest[: int(length)], rest[int(length) :]) if int(length) <= len(rest) else None


def _dechunked(rest: bytes) -> tuple[bytes, bytes] | None:
    body = b""
    while True:
        found = _CHUNK.match(rest)
        if found is None:
            if len(rest) > 20 or b"\n" in rest or re.match(rb"[^0-9A-Fa-f]", rest):
                raise _BrokenError
            return None
        size, rest = int(found[1], 16), rest[found.end() :]
        if size == 0:
            _, end, after = (b"\r\n" + rest).partition(b"\r\n\r\n")
            return (body, after) if end else None
        if len(rest) < size + 2:
            if rest[size : size + 2] not in (b"", b"\r"):
                raise _BrokenError
            return None
        if rest[size : size + 2] != b"\r\n":
            raise _BrokenError
        body, rest = body + rest[:size], rest[size + 2 :]


@dataclass
class _Recorder:
    """What reached the backend, each request read to its end."""

    framed: list[Framed] = field(default_factory=list)

    def behave(self, connection: socket.socket) -> None:
        received = read_head(connection)
        while True:
            framed, broken = _framed(received)
            assert not broken or framed, received
            if framed:
                break
            chunk = connection.recv(65536)
            if not chunk:
                return
            received += chunk
        self.framed += framed
        connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))


@pytest.fixture(scope="module")
def recorded() -> Iterator[tuple[World, _Recorder]]:
    recorder = _Recorder()
    with backend_of(recorder.behave) as backend, world(backend) as made:
        yield made, recorder


_LENGTHS = (b"Content-Length: 3\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n")
_CODINGS = (b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: CHUNKED\r\n", b"Content-Length: 4\r\n")
_MUTATIONS = (
    b"Content-Length: 3\r\n",
    b"Content-Length: 03\r\n",
    b"Content-Length: 3, 3\r\n",
    b"Content-Length: +3\r\n",
    b"Content-Length:\t3\r\n",
    b"Content-Length : 3\r\n",
    b"Content_Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding:  chunked \r\n",
    b"Transfer-Encoding: CHUNKED\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n",
    b"Transfer-Encoding: \x0bchunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer_Encoding: chunked\r\n",
    b"X: a\r\n Transfer-Encoding: chunked\r\n",
    b"X: a\nTransfer-Encoding: chunked\r\n",
    b"X: a\rContent-Length: 3\r\n",
    b"X: a\x00b\r\n",
    b"Host: other\r\n",
    b"Connection: content-length\r\n",
    b"Connection: transfer-encoding, host\r\n",
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
    b"Expect: 100-continue\r\n",
    b": 3\r\n",
    b"no colon\r\n",
    b"X: " + b"a" * 9000 + b"\r\n",
)
_BODIES = (
    b"",
    b"abc",
    b"3\r\nabc\r\n0\r\n\r\n",
    b"3;x=y\r\nabc\r\n0\r\n\r\n",
    b"3\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n",
    b"0\r\n\r\n",
    b"03\r\nabc\r\n00\r\n\r\n",
    b"3 \r\nabc\r\n0\r\n\r\n",
    b"0x3\r\nabc\r\n0\r\n\r\n",
    b"-3\r\nabc\r\n0\r\n\r\n",
    b"3\nabc\n0\n\n",
    b"4\r\nabc\r\n0\r\n\r\n",
    b"2\r\nabc\r\n0\r\n\r\n",
    b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
)


def _generated(choice: random.Random, number: int) -> bytes:
    """One or two requests, the last of which asks to close, with up to two oddities each, and a line that
    is no request: it ends the connection where nothing else has.
    """
    sent = b""
    for last in choice.choice(((True,), (False, True))):
        fields = [b"Host: x\r\n", b"Connection: close\r\n" if last else b"X-Kept: 1\r\n"]
        if choice.random() < 0.3:  # two framings at once, mostly with a body that is fit for one of them
            fields += [choice.choice(_LENGTHS), choice.choice(_CODINGS)]
        fields += choice.sample(_MUTATIONS, choice.choice((0, 1, 1, 2)))
        choice.shuffle(fields)
        line = choice.choice((b"GET", b"POST", b"POST", b"PUT")) + b" /%d HTTP/1.1\r\n" % number
        sent += line + b"".join(fields) + b"\r\n" + choice.choice(_BODIES)
    if choice.random() < 0.15:  # one byte turned into one that parsers disagree about
        place = choice.randrange(len(sent))
        sent = sent[:place] + choice.choice((b"\r", b"\n", b"\x00", b" ", b":", b"")) + sent[place + 1 :]
    return sent + b"END\r\n\r\n"


def _answers(port: int, sent: bytes, *, complete: bool) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        received = b""
        try:
            while complete and (chunk := connection.recv(65536)):
                received += chunk
        except ConnectionResetError:
            pass
        except TimeoutError:
            pytest.fail(f"the gateway neither refuses nor ends {sent!r} after {received!r}")
        return received


@pytest.mark.parametrize("seed", SEEDS)
def test_a_backend_gets_only_what_was_framed_without_ambiguity(
    recorded: tuple[World, _Recorder], seed: int
) -> None:
    made, recorder = recorded
    choice = random.Random(seed)  # noqa: S311 - nothing secret
    for number in range(REQUESTS):
        sent = _generated(choice, number)
        framed, complete = _framed(sent)
        recorder.framed = []
        answers = _answers(made.port, sent, complete=complete)
        arrived = recorder.framed
        assert arrived == framed[: len(arrived)], sent
        statuses = {int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", answers)}
        assert statuses <= {100, 200, 400, 405, 414, 501, 505}, (sent, answers)
        assert statuses or not complete, sent


def test_a_request_without_oddities_arrives_as_it_was_framed(recorded: tuple[World, _Recorder]) -> None:
    made, recorder = recorded
    recorder.framed = []
    sent = (
        b"POST /one HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        b"POST /two HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n"
    )
    assert _framed(sent) == ([(b"/one", b"abc"), (b"/two", b"de")], True)
    answers = _answers(made.port, sent, complete=True)
    assert answers.count(b"HTTP/1.1 200") == 2
    assert recorder.framed == [(b"/one", b"abc"), (b"/two", b"de")]
