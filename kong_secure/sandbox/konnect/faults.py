"""Faults on demand: answers that Konnect gives on a bad day, chosen by method, path and count. Connections
are cut by whoever listens; this module only says when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kong_secure.sandbox.konnect.bodies import Body
from kong_secure.sandbox.konnect.calls import FAULT, split

Cut = Callable[[Scope], None]
"""Ends the connection of a request at once."""


class Fault(Body):
    """One fault.

    `path` is a pattern over Konnect's path without the region and query, where `*` also matches slashes;
    `skip` calls that match pass before it begins, then it happens `count` times (null: always). Kinds:
    `answer`: `status` instead of acting, with `retry_after` (seconds or a date) and `body` where given;
    `cut_before`: the connection ends before anything was done; `cut_after`: it ends after the change was
    committed; `slow`: the answer comes `seconds` after the change was committed; `malformed`: the answer's
    body isn't JSON; `truncated`: the connection ends half-way through the body (or before an answer
    without one).
    """

    kind: Literal["answer", "cut_before", "cut_after", "slow", "malformed", "truncated"]
    method: str = "*"
    path: str = "*"
    region: str = "*"
    skip: Annotated[int, Field(ge=0)] = 0
    count: Annotated[int, Field(ge=1)] | None = 1
    status: Annotated[int, Field(ge=400, le=599)] = 500
    retry_after: int | str | None = None
    body: Any = None
    seconds: Annotated[float, Field(ge=0, strict=False)] = 1.0

    def matches(self, method: str, region: str, path: str) -> bool:
        """Whether the fault is meant for such a call."""
        wanted = self.method in ("*", method) and self.region in ("*", region)
        return wanted and fnmatchcase(path, self.path)


_BODIES = {429: {"message": "API rate limit exceeded"}}


class Faults:
    """Applies the faults set on it to the calls that pass through to `app`. The first that matches is
    used."""

    def __init__(self, app: ASGIApp, cut: Cut) -> None:
        self._app = app
        self._cut = cut
        self._faults: list[Fault] = []
        self._seen: list[int] = []

    def set(self, faults: Sequence[Fault]) -> None:
        """Replaces all faults; counting begins anew."""
        self._faults = list(faults)
        self._seen = [0] * len(self._faults)

    def as_json(self) -> dict[str, Any]:
        """The faults, each with the calls it has matched so far."""
        pairs = zip(self._faults, self._seen, strict=True)
        return {"faults": [{**fault.model_dump(), "matched": seen} for fault, seen in pairs]}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._due(scope)
        if fault is None:
            await self._app(scope, receive, send)
            return
        scope[FAULT] = fault.kind
        if fault.kind == "answer":
            await _answer(fault, send)
        elif fault.kind == "cut_before":
            await self._hang_up(scope, receive)
        else:
            await self._after(fault, scope, receive, send)

    def _due(self, scope: Scope) -> Fault | None:
        region, path = split(scope["path"])
        for index, fault in enumerate(self._faults):
            if not fault.matches(scope["method"], region, path):
                continue
            self._seen[index] += 1
            past = self._seen[index] - fault.skip
            if past >= 1 and (fault.count is None or past <= fault.count):
                return fault
        return None

    async def _after(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """The faults that come after the change was committed."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        if fault.kind == "cut_after" or (fault.kind == "truncated" and not body):
            await self._hang_up(scope, receive)
        elif fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await _send(send, start, body)
        elif fault.kind == "malformed":
            await _send(send, start, b'{"id": <not json>')
        else:
            headers = [*_without_length(start), (b"content-length", str(len(body) + 64).encode())]
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await self._hang_up(scope, receive)

    async def _hang_up(self, scope: Scope, receive: Receive) -> None:
        self._cut(scope)
        while (await receive())["type"] != "http.disconnect":
            pass


async def _answer(fault: Fault, send: Send) -> None:
    body = (
        fault.body
        if fault.body is not None
        else _BODIES.get(fault.status, {"message": "An unexpected error occurred"})
    )
    headers = [(b"content-type", b"application/json")]
    if fault.retry_after is not None:
        headers.append((b"retry-after", str(fault.retry_after).encode("latin-1")))
    start = {"type": "http.response.start", "status": fault.status, "headers": headers}
    await _send(send, start, json.dumps(body).encode())


async def _send(send: Send, start: Message, body: bytes) -> None:
    length = [] if start["status"] == 204 else [(b"content-length", str(len(body)).encode())]
    await send({**start, "headers": [*_without_length(start), *length]})
    await send({"type": "http.response.body", "body": b"" if start["status"] == 204 else body})


def _without_length(start: Message) -> list[tuple[bytes, bytes]]:
    return [header for header in start["headers"] if header[0] != b"content-length"]
