"""A server on loopback that answers as it is told, faults included; Konnect's rules are the sandbox's."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field


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
    """What to send. cut: bytes of the answer after which the connection is closed (None: not cut)."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    before: Callable[[], None] = lambda: None

    def wire(self) -> bytes:
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        head = [f"HTTP/1.1 {self.status} Scripted", f"Content-Length: {len(content)}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        whole = "\r\n".join(head).encode() + b"\r\n\r\n" + content
        return whole if self.cut is None else whole[: self.cut]


class ScriptedServer:
    """Gives its replies in order, the last one for ever, and remembers every request."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[Received] = []
        self._lock = threading.Lock()
        self._connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for connection in (self._listener, *self._open):
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
        with connection, connection.makefile("rb") as stream:
            try:
                while self._answer(connection, stream, number):
                    pass
            except OSError:
                return

    def _answer(self, connection: socket.socket, stream: object, number: int) -> bool:
        line = stream.readline().decode()
        if not line:
            return False
        method, target, _ = line.split(" ", 2)
        headers = {}
        while (line := stream.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        with self._lock:
            self.requests.append(Received(method, target, headers, body, number))
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        reply.before()
        connection.sendall(reply.wire())
        return reply.cut is None
