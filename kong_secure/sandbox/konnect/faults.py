"""Faults on demand: answers that Konnect gives on a bad day, chosen by method, path and count. Connections
are cut by whoever listens; this module only says when."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kong_secure.sandbox.konnect import errors
from kong_secure.sandbox.konnect.bodies import Body, refuse
from kong_secure.sandbox.konnect.calls import note_fault, split
from kong_secure.sandbox.konnect.fault_answers import retry_headers, usual_answer
from kong_secure.sandbox.konnect.refusals import ConflictShape

CONFLICT_SHAPE = "kong_secure.conflict_shape"
"""Where in an ASGI scope stands how a conflict is to be worded."""

Cut = Callable[[Scope], None]
"""Ends the connection of a request at once."""


_OF_EVERY_KIND = frozenset({"kind", "method", "path", "region", "skip", "count"})
_OF_KIND: Mapping[str, frozenset[str]] = {
    "answer": frozenset({"status", "retry_after", "body"}),
    "slow": frozenset({"seconds"}),
    "misshapen": frozenset({"body"}),
    "conflict": frozenset({"shape"}),
}


class Fault(Body):
    """One fault.

    `path` is a pattern over Konnect's path without the region and query, where `*` also matches slashes;
    `skip` calls that match pass before it begins, then it happens `count` times (null: always). Kinds:
    `answer`: `status` instead of acting, with `retry_after` (seconds, `+seconds` for a date that far ahead,
    or a text as it is) and `body` where given, else the body Konnect sends there; `cut_before`: the
    connection ends before anything was done; `cut_after`: it ends after the change was committed; `slow`:
    the answer comes `seconds` after the change was committed; `malformed`: half-way the answer's body stops
    being JSON; `misshapen`: its body is JSON of another shape: `body` where given, else the usual one in a
    list; `truncated`: the connection ends half-way through the body (or before an answer without one);
    `conflict`: should the call meet a conflict in core entities, it is worded in that `shape`.
    """

    kind: Literal[
        "answer", "cut_before", "cut_after", "slow", "malformed", "misshapen", "truncated", "conflict"
    ]
    method: str = "*"
    path: str = "*"
    region: str = "*"
    skip: Annotated[int, Field(ge=0)] = 0
    count: Annotated[int, Field(ge=1)] | None = 1
    status: Annotated[int, Field(ge=400, le=599)] = 500
    retry_after: int | str | None = None
    body: Any = None
    seconds: Annotated[float, Field(ge=0, strict=False)] = 1.0
    shape: ConflictShape = "exists"

    @model_validator(mode="after")
    def _only_what_its_kind_takes(self) -> Self:
        taken = _OF_KIND.get(self.kind, frozenset())
        alien = sorted(self.model_fields_set - _OF_EVERY_KIND - taken)
        if alien:
            allowed = ", ".join(sorted(_OF_EVERY_KIND - {"kind"} | taken))
            raise refuse(f"a fault of kind {self.kind} takes no {', '.join(alien)}; it takes {allowed}")
        return self

    def as_json(self) -> dict[str, Any]:
        """The fault as it can be set again."""
        return self.model_dump(include={*_OF_EVERY_KIND, *_OF_KIND.get(self.kind, ())})

    def matches(self, method: str, region: str, path: str) -> bool:
        """Whether the fault is meant for such a call."""
        wanted = self.method in ("*", method) and self.region in ("*", region)
        return wanted and fnmatchcase(path, self.path)


@dataclass
class _Armed:
    """A fault that is set, and its counts; `holder` is who takes it away, None where it was just set."""

    fault: Fault
    holder: str | None = None
    matched: int = 0
    happened: int = 0

    def is_due(self) -> bool:
        """Counts a call that matches, and says whether the fault happens to it."""
        self.matched += 1
        past = self.matched - self.fault.skip
        due = past >= 1 and (self.fault.count is None or past <= self.fault.count)
        self.happened += due
        return due


class Faults:
    """Applies the faults set on it to the calls that pass through to `app`. The first that matches and is
    due is used; those held come before those set, the latest holder's first.
    """

    def __init__(self, app: ASGIApp, cut: Cut) -> None:
        self._app = app
        self._cut = cut
        self._armed: list[_Armed] = []

    def set(self, faults: Sequence[Fault]) -> None:
        """Replaces all faults but the held ones; counting begins anew."""
        held = [armed for armed in self._armed if armed.holder is not None]
        self._armed = [*held, *(_Armed(fault) for fault in faults)]

    @contextmanager
    def held(self, faults: Sequence[Fault]) -> Iterator[str]:
        """Adds faults for as long as the block lasts; yields the holder's name, as `as_json` shows it."""
        holder = secrets.token_hex(8)
        self._armed = [*(_Armed(fault, holder) for fault in faults), *self._armed]
        try:
            yield holder
        finally:
            self._armed = [armed for armed in self._armed if armed.holder != holder]

    def as_json(self) -> dict[str, Any]:
        """The faults, each with its holder, the calls it has matched so far, and those it happened to."""
        return {
            "faults": [
                {
                    **armed.fault.as_json(),
                    "holder": armed.holder,
                    "matched": armed.matched,
                    "happened": armed.happened,
                }
                for armed in self._armed
            ]
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._due(scope)
        if fault is None:
            await self._app(scope, receive, send)
            return
        note_fault(scope, fault.kind)
        if fault.kind == "answer":
            await _answer(fault, scope, receive, send)
        elif fault.kind == "cut_before":
            await self._hang_up(scope, receive)
        elif fault.kind == "conflict":
            scope[CONFLICT_SHAPE] = fault.shape
            await self._app(scope, receive, send)
        else:
            await self._after(fault, scope, receive, send)

    def _due(self, scope: Scope) -> Fault | None:
        region, path = split(scope["path"])
        for armed in self._armed:
            if armed.fault.matches(scope["method"], region, path) and armed.is_due():
                return armed.fault
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
        elif fault.kind == "misshapen":
            await _send(send, start, _misshapen(fault, body))
        elif fault.kind == "malformed":
            await _send(send, start, body[: len(body) // 2] + b"<not json>")
        else:
            headers = [*_without_length(start), (b"content-length", str(len(body) + 64).encode())]
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await self._hang_up(scope, receive)

    async def _hang_up(self, scope: Scope, receive: Receive) -> None:
        self._cut(scope)
        while (await receive())["type"] != "http.disconnect":
            pass


async def _answer(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    _, path = split(scope["path"])
    response = (
        usual_answer(fault.status, path) if fault.body is None else errors.answer(fault.status, fault.body)
    )
    if fault.retry_after is not None:
        response.headers.update(retry_headers(fault.retry_after))
    await response(scope, receive, send)


def _misshapen(fault: Fault, body: bytes) -> bytes:
    if fault.body is not None:
        return json.dumps(fault.body).encode()
    return b"[" + body + b"]"


async def _send(send: Send, start: Message, body: bytes) -> None:
    length = [] if start["status"] == 204 else [(b"content-length", str(len(body)).encode())]
    await send({**start, "headers": [*_without_length(start), *length]})
    await send({"type": "http.response.body", "body": b"" if start["status"] == 204 else body})


def _without_length(start: Message) -> list[tuple[bytes, bytes]]:
    return [header for header in start["headers"] if header[0] != b"content-length"]
