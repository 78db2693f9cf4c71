"""Connections to backends: pooled, plain (no redirects, no cookies, no proxies of the environment, nothing
decoded).

What is sent and what an answer means to the caller is decided in `proxy`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx

from kong_secure.sandbox.data_plane import answers
from kong_secure.sandbox.data_plane.answers import Answer
from kong_secure.sandbox.data_plane.entities import Service
from kong_secure.sandbox.data_plane.headers import Headers

# Shorter than the five seconds after which uvicorn closes an idle connection: none is reused while it dies.
_KEEPALIVE_SECONDS = 4.0


@dataclass(frozen=True)
class Call:
    """A request as it goes to a backend: `target` is the raw path with its query, `address` where to
    connect.
    """

    service: Service
    address: tuple[str, int]
    method: str
    target: str = field(repr=False)
    host: str
    headers: Headers = field(repr=False)
    body: AsyncIterator[bytes] | None = field(repr=False)


class BrokenAnswerError(Exception):
    """A backend ended its answer before it was complete; the message says in which way."""


@dataclass(frozen=True)
class Reply:
    """A backend's answer whose body hasn't been read: read it with `chunks`, and `close` it in any case."""

    status: int
    headers: Headers = field(repr=False)
    method: str
    _response: httpx.Response = field(repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body's bytes as they come, still encoded as the backend encoded them.

        Raises BrokenAnswerError.
        """
        stream = self._response.stream
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - what an async transport returns
        broke = ""
        try:
            async for chunk in stream:
                yield chunk
        except httpx.TransportError as problem:
            broke = type(problem).__name__
        if broke:
            raise BrokenAnswerError(broke)

    async def close(self) -> None:
        """Give the connection back to the pool, or close it if the body hasn't been read to its end."""
        await self._response.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes] | None) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._chunks is not None:
            async for chunk in self._chunks:
                yield chunk


class Upstream:
    """A pool of connections to backends. Close it with `close`."""

    def __init__(self) -> None:
        self._pools: dict[bool, httpx.AsyncHTTPTransport] = {}

    async def send(self, call: Call) -> Reply | Answer:
        """Send a request and wait for the head of its answer; an Answer when there is none."""
        request = _request(call)
        try:
            response = await self._pool(call.service.verify).handle_async_request(request)
        except httpx.TimeoutException:
            return answers.TIMED_OUT
        except httpx.LocalProtocolError:
            return answers.UNEXPECTED
        except httpx.TransportError:
            return answers.INVALID_RESPONSE
        pairs = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw
        )
        return Reply(response.status_code, pairs, call.method, response)

    async def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    def _pool(self, verify: bool) -> httpx.AsyncHTTPTransport:
        if verify not in self._pools:
            limits = httpx.Limits(
                max_connections=None, max_keepalive_connections=100, keepalive_expiry=_KEEPALIVE_SECONDS
            )
            # Kong verifies a backend's certificate only where the service says so (tls_verify).
            self._pools[verify] = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits)
        return self._pools[verify]


def _request(call: Call) -> httpx.Request:
    service = call.service
    # A stand-in for a private name speaks plain HTTP: nobody has a certificate for that name here.
    own = call.address == (service.host, service.port)
    scheme = "https" if service.protocol == "https" and own else "http"
    address = f"[{call.address[0]}]" if ":" in call.address[0] else call.address[0]
    return httpx.Request(
        call.method,
        f"{scheme}://{address}:{call.address[1]}/",
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in call.headers],
        stream=_Body(call.body),
        extensions={
            "target": call.target.encode("latin-1"),
            "sni_hostname": call.host.partition(":")[0],
            "timeout": {
                "connect": service.connect_timeout,
                "read": service.read_timeout,
                "write": service.write_timeout,
                "pool": service.connect_timeout,
            },
        },
    )
