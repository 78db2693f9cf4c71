"""Listening on loopback: free ports, several servers on one event loop, connections that can be cut on
demand. What is served lives with the applications."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOPBACK = "127.0.0.1"
BACKLOG = 2048
SHUTDOWN_SECONDS = 1
"""How long calls under way may take at the end."""

_Address = tuple[str, int | None]
_transports: dict[tuple[_Address | None, _Address | None], asyncio.Transport] = {}


class _Protocol(H11Protocol):
    """HTTP on one connection, which `cut` can find."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._key = (self.client, self.server)
        _transports[self._key] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _transports.pop(self._key, None)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words; Kong has its own
        """Answers what isn't HTTP, or has a head of more than 64 KiB, as a Kong does, and closes."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = json.dumps({"message": "Bad request", "request_id": secrets.token_hex(16)}).encode()
            head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing here is upgraded, and the request is answered as if nobody had asked: nothing to print."""


def cut(scope: Scope) -> None:
    """Ends the connection a request came in on, at once; what was written before still goes out."""
    transport = _transports.get((_address(scope.get("client")), _address(scope.get("server"))))
    if transport is not None:
        transport.close()


def _address(value: Any) -> _Address | None:
    return None if value is None else (value[0], value[1])


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone: several of them share one process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


_OPTIONS: dict[str, Any] = {
    "http": _Protocol,
    "ws": "none",
    "lifespan": "off",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
    "backlog": BACKLOG,
}


class Listener:
    """One application on one free port of 127.0.0.1. The port accepts connections from the beginning on;
    they are answered once `serve` runs."""

    def __init__(self, app: ASGIApp, options: Mapping[str, Any] | None = None) -> None:
        """`options` are settings of `uvicorn.Config` that the application needs."""
        # The protocol is named because asyncio turns off Nagle's delay (40 ms a call) only where it is.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((LOOPBACK, 0))
        self._socket.listen(BACKLOG)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        settings = {**_OPTIONS, **(options or {})}
        self._server = _Server(uvicorn.Config(app, **settings))

    @property
    def url(self) -> str:
        """Where it is reached, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    async def serve(self) -> None:
        """Answers until `stop`."""
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Ends `serve` soon; calls under way get a moment."""
        self._server.should_exit = True
