"""A server on loopback that answers as it is told, faults included; Konnect's rules are the sandbox's."""

import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from tests.specification.traffic import SCRIPTED, Exchange, record


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True)
class Reply:
    """What to send.

    cut: bytes of the answer after which the connection is closed (None: not cut).
    drip: bytes of the answer after which each further one takes 50 ms (None: all at once).
    raw: the whole answer, head included, instead of status, body and headers.
    """

    status: int = 200
    body: object = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: int | None = None
    raw: bytes | None = None
    before: Callable[[], object] = lambda: None

    def wire(self) -> bytes:
        if self.raw is not None:
            return self.raw if self.cut is None else self.raw[: self.cut]
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        head = [f"HTTP/1.1 {self.status} Scripted", f"Content-Length: {len(content)}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        whole = "\r\n".join(head).encode() + b"\r\n\r\n" + content
        return whole if self.cut is None else whole[: self.cut]


class ScriptedServer:
    """Gives its replies in order, the last one for ever, and remembers every request.

    tls: it speaks TLS, or, as a tunnel, does so once it was asked to CONNECT.
    """

    def __init__(
        self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, tunnel: bool = False
    ) -> None:
        self._tls, self._tunnel = tls, tunnel
        self.replies: list[Reply] = []
        self.requests: list[Received] = []
        self._lock = threading.Lock()
        self._connections = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        self._closed = threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        self.hang_up(self._listener)

    def hang_up(self, *listener: socket.socket) -> None:
        """Closes the connections that are open."""
        for connection in (*listener, *self._open):
            # shutdown wakes the thread that waits on it; close alone doesn't.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self._connections += 1
            threading.Thread(target=self._serve, args=(connection, self._connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            if self._tls is not None and not self._tunnel:
                connection = self._secured(connection)
            self._converse(connection, number)

    def _converse(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as stream:
            while self._answer(connection, stream, number):
                if self._tunnel and self.requests[-1].method == "CONNECT":
                    return self._converse(self._secured(connection), number)
        return None

    def _secured(self, connection: socket.socket) -> socket.socket:
        assert self._tls is not None
        secured = self._tls.wrap_socket(connection, server_side=True)
        self._open.append(secured)
        return secured

    def _answer(self, connection: socket.socket, stream: BinaryIO, number: int) -> bool:
        line = stream.readline().decode()
        if not line:
            return False
        method, target, _ = line.split(" ", 2)
        headers: dict[str, str] = {}
        while (line := stream.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        _record(method, target, headers, body)
        with self._lock:
            self.requests.append(Received(method, target, headers, body, number))
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        reply.before()
        wire = reply.wire()
        at_once = len(wire) if reply.drip is None else reply.drip
        connection.sendall(wire[:at_once])
        for byte in wire[at_once:]:
            if self._closed.wait(0.05):
                return False
            connection.sendall(bytes([byte]))
        return reply.cut is None


def _record(method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    """The client's requests are held against Konnect's specification here too; the answers are made up."""
    path, _, query = target.partition("?")
    agent, content_type = headers.get("user-agent", ""), headers.get("content-type")
    record(Exchange(method, path, query, agent, content_type, body, fault=SCRIPTED))
