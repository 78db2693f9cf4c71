"""A caller's request body: streamed, or held as a whole while it is small enough for a plugin to see.
Whether the caller is still there is known here too, as both come by the same channel. What happens to a
body is decided elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Receive

from kong_secure.sandbox.data_plane.headers import Headers, values

BODY_BUFFER = 8 * 1024
"""Largest body in bytes that plugins see (kong.conf: nginx_http_client_body_buffer_size, 8k). nginx gives a
body of known length a quarter more.
"""


class ClientGoneError(Exception):
    """The caller closed the connection before its request was complete."""


class ClientBody:
    """The body of one request, read from ASGI's `receive`."""

    def __init__(self, receive: Receive, headers: Headers) -> None:
        self._receive = receive
        self._length = next(iter(values(headers, "content-length")), None)
        self._chunked = bool(values(headers, "transfer-encoding"))
        self._held: list[bytes] = []
        self._complete = asyncio.Event()
        if not self.framing():
            self._complete.set()

    def framing(self) -> Headers:
        """The caller's own framing; empty when there is no body."""
        if self._chunked:
            return (("Transfer-Encoding", "chunked"),)
        return (("Content-Length", self._length),) if self._length is not None else ()

    async def held(self) -> bytes | None:
        """The whole body, or None when it is larger than plugins see (it can still be streamed then).

        Raises ClientGoneError.
        """
        limit = BODY_BUFFER if self._chunked else BODY_BUFFER + BODY_BUFFER // 4
        if self._length is not None and int(self._length) > limit:
            return None
        while not self._complete.is_set():
            self._held.append(await self._next())
            if sum(map(len, self._held)) > limit:
                return None
        return b"".join(self._held)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body from its first byte, as it comes.

        Raises ClientGoneError.
        """
        for chunk in self._held:
            yield chunk
        while not self._complete.is_set():
            chunk = await self._next()
            if chunk:
                yield chunk

    async def gone(self) -> None:
        """Wait until the caller goes away; its body is left to `chunks` and `held`."""
        await self._complete.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        if not message.get("more_body", False):
            self._complete.set()
        content: bytes = message.get("body", b"")
        return content
