"""The record of every call made to this Konnect: who called isn't in it, nor any query, body or header."""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kong_secure.sandbox.konnect.entities.fields import UUID_PATTERN

LONGEST = 100_000
"""How many calls are kept; the counts stay complete."""

FAULT = "kong_secure.fault"
"""Where in an ASGI scope an injected fault leaves its name."""

_RECORD = "kong_secure.call"
_ID = re.compile(UUID_PATTERN, re.IGNORECASE)


class Calls:
    """Records each call that passes through to `app`: method, region, path, status (None: no answer yet, or
    none at all), seconds (None: still under way), fault.

    `counts` are by method and path, ids in it replaced by `{id}`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._calls: deque[dict[str, Any]] = deque(maxlen=LONGEST)
        self._counts: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        region, path = split(scope["path"])
        call: dict[str, Any] = {"method": scope["method"], "region": region, "path": path, "status": None}
        call |= {"seconds": None, "fault": None}
        scope[_RECORD] = call
        self._calls.append(call)
        self._counts[f"{call['method']} {_ID.sub('{id}', path)}"] += 1
        started = time.perf_counter()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                call["status"] = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            call["seconds"] = round(time.perf_counter() - started, 6)

    def as_json(self) -> dict[str, Any]:
        """The calls in order, and the counts."""
        return {"calls": list(self._calls), "counts": dict(self._counts)}

    def clear(self) -> None:
        """Forgets every call."""
        self._calls.clear()
        self._counts.clear()


def note_fault(scope: Scope, kind: str) -> None:
    """Notes at once that a call meets a fault: it may be under way for long."""
    scope[FAULT] = kind
    if _RECORD in scope:
        scope[_RECORD]["fault"] = kind


def split(path: str) -> tuple[str, str]:
    """Region and Konnect's own path of `/us/v2/…`."""
    region, _, rest = path.removeprefix("/").partition("/")
    return region, f"/{rest}"
