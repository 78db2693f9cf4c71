"""uvicorn's HTTP protocol with a strict look at every request's head before it is parsed. What is refused,
and why, is decided in `request_head`; proxying begins after this.

uvicorn and h11 repair what they can (equal duplicate lengths, folded lines, bare LF), so that the
application could no
longer tell: the bytes have to be seen first.
"""

from __future__ import annotations

import logging
import uuid
from asyncio import AbstractEventLoop
from http import HTTPStatus
from typing import Any

import h11
from starlette.types import Scope
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from kong_secure.sandbox.data_plane import answers
from kong_secure.sandbox.data_plane.answers import Answer
from kong_secure.sandbox.data_plane.request_head import MAX_HEAD, refusal

_STATE = "kong_secure.sandbox.data_plane"
_MAX_CHUNK = 2**62

_log = logging.getLogger(__name__)


class StrictConnection(h11.Connection):
    """An h11 connection that raises before it parses a head which is refused.

    refused: why the head was refused, or None. request: the request under way with its target and the names
    of its headers as they came, which ASGI doesn't keep.
    """

    refused: Answer | None = None
    request: h11.Request | None = None

    def next_event(self) -> Any:
        if self.their_state is h11.IDLE:
            self.refused = refusal(self.trailing_data[0])
            if self.refused is not None:
                raise h11.RemoteProtocolError("refused", error_status_hint=self.refused.status)
        event = super().next_event()
        if isinstance(event, h11.Request):
            self.request = event
        # h11 reads twenty hexadecimal digits, nginx no more than fits into a signed 64-bit offset.
        if getattr(self._reader, "_bytes_in_chunk", 0) > _MAX_CHUNK:
            raise h11.RemoteProtocolError("a chunk too large to count")
        return event


class GatewayProtocol(H11Protocol):
    """Give this class to `uvicorn.Config(http=...)`; see `server_options`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        strict = StrictConnection(h11.SERVER, max_incomplete_event_size=2 * MAX_HEAD)
        super().__init__(config, server_state, {**app_state, _STATE: strict}, _loop)
        self.conn = self._strict = strict

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words; Kong has its own
        """Answer a request that isn't one, in Kong's shape, and close: nothing after it can be trusted."""
        answer = self._strict.refused or answers.BAD_REQUEST
        _log.warning("refused a request with %d: %s", answer.status, answer.reason or answer.message)
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_written(answer))
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """The gateway answers upgrades itself, in words for the caller."""


def raw_request(scope: Scope) -> h11.Request | None:
    """The request as it came; None when the application isn't served with `server_options`: then nothing
    has checked its head.
    """
    connection: StrictConnection | None = scope.get("state", {}).get(_STATE)
    return connection.request if connection is not None else None


def _written(answer: Answer) -> bytes:
    request_id = uuid.uuid4().hex
    body = answer.body(request_id)
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\nServer: {answers.SERVER}\r\n"
        f"X-Kong-Request-Id: {request_id}\r\nX-Kong-Response-Latency: 0\r\n\r\n"
    )
    return head.encode("latin-1") + body


def server_options() -> dict[str, Any]:
    """The settings of `uvicorn.Config` that the gateway needs, beside the application, host and port.

    No proxy headers (the gateway decides whom it believes), no Server or Date of uvicorn's (a backend's own
    are passed on), no access log (it prints query strings), no WebSocket library (upgrades are refused in
    words).
    """
    return {
        "http": GatewayProtocol,
        "ws": "none",
        "lifespan": "on",
        "proxy_headers": False,
        "server_header": False,
        "date_header": False,
        "access_log": False,
        "timeout_keep_alive": 75,
    }
