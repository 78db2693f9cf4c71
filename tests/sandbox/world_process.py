"""A world as the sandbox starts it, for tests: the child process and clients for its APIs. What is
expected of it lives in the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import httpx

TOKEN = "kpat_of-the-tests"
ADMIN_TOKEN = "admin-token-of-the-tests"


class WorldProcess:
    """A running world. `answer` is the line it printed."""

    def __init__(self, directory: Path, declared: dict[str, Any] | None = None) -> None:
        # A dead proxy, as some users have: everything here must reach loopback directly.
        environment = {**os.environ, "NO_PROXY": "127.0.0.1,localhost", "HTTP_PROXY": "http://127.0.0.1:9"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kong_secure.sandbox.world"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        settings = {
            "directory": str(directory),
            "token": TOKEN,
            "admin_token": ADMIN_TOKEN,
            "declared": declared or {},
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(settings) + "\n")
        self.process.stdin.flush()
        self.answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        self._clients: list[httpx.Client] = []
        self._ended: tuple[int, str] | None = None

    def client(self, base_url: str, token: str | None) -> httpx.Client:
        """A client for one of its addresses."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=base_url, headers=headers, trust_env=False, timeout=10)
        self._clients.append(client)
        return client

    def konnect(self, region: str = "us", token: str | None = TOKEN) -> httpx.Client:
        """A client for Konnect's host of a region."""
        return self.client(self.answer["konnect"].replace("{region}", region) + "/v2", token)

    def admin(self, token: str = ADMIN_TOKEN) -> httpx.Client:
        """A client for the admin API."""
        return self.client(self.answer["admin"], token)

    def end(self) -> tuple[int, str]:
        """Closes its standard input and waits: exit code and what it wrote to standard error."""
        if self._ended is None:
            for client in self._clients:
                client.close()
            _, errors = self.process.communicate(timeout=10)
            self._ended = (self.process.returncode, errors)
        return self._ended


class Plane(NamedTuple):
    """A control plane of its own for one test: its record, and a client whose base is its core entities."""

    record: dict[str, Any]
    entities: httpx.Client

    @property
    def id(self) -> str:
        return str(self.record["id"])
