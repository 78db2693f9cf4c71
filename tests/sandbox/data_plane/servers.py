"""Servers and callers for the data plane's tests, on loopback. What is expected of them is in the tests."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from kong_secure.sandbox.data_plane import gateway, server_options

SERVICE = {"id": "service-1", "name": "orders", "protocol": "http", "host": "orders.internal", "port": 80}
ROUTE = {
    "id": "route-1",
    "name": "orders",
    "paths": ["/"],
    "protocols": ["http", "https"],
    "strip_path": False,
    "service": {"id": "service-1"},
}


@contextlib.contextmanager
def serve(application: ASGIApp, **options: Any) -> Iterator[int]:
    """Serve an application with uvicorn in a thread; gives the port."""
    # The protocol is named because asyncio turns off Nagle's delay (40 ms a call) only where it is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    settings = {"log_level": "critical", "log_config": None, "lifespan": "on", "http": "h11"}
    server = uvicorn.Server(uvicorn.Config(application, **{**settings, **options}))
    ready = threading.Event()
    startup = server.startup

    async def started(sockets: list[socket.socket] | None = None) -> None:
        await startup(sockets)
        ready.set()

    server.startup = started  # type: ignore[method-assign] # the only way to learn that it listens without polling
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive()


@dataclass
class Declared:
    """A control plane's content, changeable by a test."""

    declared_services: list[dict[str, Any]] = field(default_factory=lambda: [SERVICE])
    declared_routes: list[dict[str, Any]] = field(default_factory=lambda: [ROUTE])
    declared_plugins: list[dict[str, Any]] = field(default_factory=list)
    changes: int = 0
    reads: int = 0

    def services(self) -> list[dict[str, Any]]:
        self.reads += 1
        return self.declared_services

    def routes(self) -> list[dict[str, Any]]:
        return self.declared_routes

    def plugins(self) -> list[dict[str, Any]]:
        return self.declared_plugins

    def version(self) -> int:
        return self.changes

    def declare(
        self,
        *,
        service: dict[str, Any] | None = None,
        route: dict[str, Any] | None = None,
        plugins: list[dict[str, Any]] | None = None,
        config: dict[str, Any] | None = None,
    ) -> None:
        """One service and one route with these differences, and plugins or one configuration."""
        self.declared_services = [{**SERVICE, **(service or {})}]
        self.declared_routes = [{**ROUTE, **(route or {})}]
        self.declared_plugins = plugins or ([plugin(config)] if config is not None else [])
        self.changes += 1


def plugin(config: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A request-transformer on the service, or with the scope that `fields` gives."""
    scope = {} if {"route", "service"} & fields.keys() else {"service": {"id": "service-1"}}
    return {
        "id": "plugin-1",
        "name": "request-transformer",
        "enabled": True,
        "config": config,
        **scope,
        **fields,
    }


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 200 with what came, in JSON: method, target, headers, body (base64), port of the connection."""
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    query = scope["query_string"].decode("latin-1")
    came = {
        "method": scope["method"],
        "path": scope["raw_path"].decode("latin-1"),
        "query": query,
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
        "body": base64.b64encode(body).decode(),
        "connection": scope["client"][1],
    }
    content = json.dumps(came).encode()
    sent = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": sent})
    await send({"type": "http.response.body", "body": content})


@dataclass(frozen=True)
class Came:
    """A request as it reached the echo."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int

    def values(self, name: str) -> list[str]:
        return [value.strip() for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True)
class Answered:
    """What a caller gets; `came` is what reached the echo."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes

    @property
    def came(self) -> Came:
        assert self.status == 200, (self.status, self.content)
        raw = json.loads(self.content)
        return Came(
            raw["method"],
            raw["path"],
            raw["query"],
            [(name, value) for name, value in raw["headers"]],
            base64.b64decode(raw["body"]),
            raw["connection"],
        )

    @property
    def message(self) -> str:
        message: str = json.loads(self.content)["message"]
        return message

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


def call(
    port: int,
    method: str = "GET",
    target: str = "/request",
    headers: list[tuple[str, str]] | None = None,
    body: bytes | None = None,
) -> Answered:
    """One request on a connection of its own; Host and Content-Length are added unless given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    given = {name.lower() for name, _ in headers or ()}
    try:
        connection.putrequest(method, target, skip_host="host" in given, skip_accept_encoding=True)
        for name, value in headers or ():
            connection.putheader(name, value)
        if body is not None and not {"content-length", "transfer-encoding"} & given:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return Answered(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


def exchange(port: int, *parts: bytes) -> bytes:
    """Send bytes as they are, each part in a packet of its own, and read until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := connection.recv(65536):
                received += chunk
        return received


@dataclass
class World:
    """A gateway with its content; `backend` is where private names are reached, None for nowhere."""

    declared: Declared
    port: int = 0
    backend: int | None = None

    def resolve(self, host: str, port: int) -> tuple[str, int] | None:
        if host == "127.0.0.1":
            return host, port
        return ("127.0.0.1", self.backend) if self.backend and host.endswith(".internal") else None


@contextlib.contextmanager
def world(backend: int | None) -> Iterator[World]:
    """A gateway in front of whatever listens at that port."""
    made = World(Declared(), backend=backend)
    with serve(gateway(made.declared, made.resolve), **server_options()) as port:
        made.port = port
        yield made


Reader = Callable[[socket.socket], None]


@contextlib.contextmanager
def backend_of(behave: Reader) -> Iterator[int]:
    """A backend that treats each connection as `behave` says, for what no honest server does."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    behave(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def read_head(connection: socket.socket) -> bytes:
    """What a backend has received when the head of a request is complete, possibly with some of the body."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            raise OSError
        received += chunk
    return received


def behaving(answer: bytes) -> Reader:
    """A backend that reads one head, answers these bytes, and closes."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(answer)

    return behave


@dataclass
class Watched:
    """A backend that reads one head, sends a part of an answer (`sent`), and then sees the gateway close (`closed`)."""

    part: bytes = b""
    sent: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    def __call__(self, connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(self.part)
        self.sent.set()
        connection.settimeout(10)
        while connection.recv(65536):
            pass
        self.closed.set()
