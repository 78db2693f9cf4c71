"""Wraps Konnect's outermost application in a world's process, and writes each exchange as one line of JSON: before the
end of the answer is sent, so that whoever has read an answer finds the exchange recorded.

No token is written, but bodies are, with the secrets of the tests: only the user may read the file.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

_MODULE, _CLASS = "kong_secure.sandbox.konnect.calls", "Calls"
_FAULT = "kong_secure.fault"
_OURS = "kong-secure/"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def install(directory: str) -> None:
    """From now on, exchanges go to a new file in the directory."""
    sys.meta_path.insert(0, _OnImport(Path(directory) / f"{os.getpid()}-{secrets.token_hex(4)}.jsonl"))


class _OnImport(MetaPathFinder):
    """Wraps the class when its module is imported, which is later than Python's own start."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        assert spec is not None
        assert spec.loader is not None
        spec.loader = _Wrapping(spec.loader, self._file)
        return spec


class _Wrapping(Loader):
    def __init__(self, loader: Loader, file: Path) -> None:
        self._loader = loader
        self._file = file

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        wrapped = getattr(module, _CLASS)
        original, file = wrapped.__call__, self._file

        async def recorded(self: object, scope: Message, receive: Receive, send: Send) -> None:
            exchange = _Exchange(scope, receive, send, file)
            await exchange.pass_on(lambda *passed: original(self, *passed))

        wrapped.__call__ = recorded


class _Exchange:
    def __init__(self, scope: Message, receive: Receive, send: Send, file: Path) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._file = file
        self._headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._asked: list[Message] = []
        self._answered: list[Message] = []
        self._written = False

    async def pass_on(self, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        ahead = 0
        if self._headers.get(b"user-agent", "").startswith(_OURS):
            # Konnect may refuse without reading the body; that our client wrote it stays to be checked.
            while not self._asked or (
                self._asked[-1]["type"] == "http.request" and self._asked[-1].get("more_body")
            ):
                self._asked.append(await self._receive())
            ahead = len(self._asked)

        async def receive() -> Message:
            nonlocal ahead
            if ahead:
                ahead -= 1
                return self._asked[len(self._asked) - ahead - 1]
            message = await self._receive()
            self._asked.append(message)
            return message

        async def send(message: Message) -> None:
            self._answered.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._write()
            await self._send(message)

        try:
            await app(self._scope, receive, send)
        finally:
            self._write()

    def _write(self) -> None:
        if self._written:
            return
        self._written = True
        start = self._answered[0] if self._answered else {"headers": []}
        answer_headers = {name.lower(): value.decode("latin-1") for name, value in start["headers"]}
        line = {
            "method": self._scope["method"],
            "path": self._scope["raw_path"].decode("latin-1"),
            "query": self._scope["query_string"].decode("latin-1"),
            "agent": self._headers.get(b"user-agent", ""),
            "content_type": self._headers.get(b"content-type"),
            "content": _content(self._asked),
            "status": start.get("status"),
            "answer_type": answer_headers.get(b"content-type"),
            "answer": _content(self._answered),
            "fault": self._scope.get(_FAULT),
        }
        opened = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(opened, json.dumps(line).encode() + b"\n")
        finally:
            os.close(opened)


def _content(messages: list[Message]) -> str:
    return b"".join(message.get("body", b"") for message in messages).decode("latin-1")
