"""A client for one of Konnect's hosts, on one connection: httpx would cost these thousands of requests more than their
answers do."""

from __future__ import annotations

import json
import select
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What Konnect answered."""

    status_code: int
    content_type: str | None
    content: bytes

    @property
    def text(self) -> str:
        """The content as it is."""
        return self.content.decode()

    def json(self) -> Any:
        """The content as a value."""
        return json.loads(self.content)


class Client:
    """Asks for paths below an address."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        self._connection = HTTPConnection(parts.netloc, timeout=30)
        self._base = parts.path
        self._headers = {"Authorization": f"Bearer {token}"}

    def request(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        """The answer to a request."""
        if self._connection.sock and select.select([self._connection.sock], [], [], 0)[0]:
            # The other side has ended it since the last answer.
            self._connection.close()
        self._connection.request(method, self._base + path, content, {**self._headers, **headers})
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.headers.get("content-type"), answer.read())

    def close(self) -> None:
        """Ends its connection."""
        self._connection.close()
