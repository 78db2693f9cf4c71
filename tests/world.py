"""A world for one test: the sandbox's own process, started and ended here, and its admin API in Python."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

TWO_SERVICES = [
    {"name": "orders", "url": "http://orders.internal", "routes": [{"name": "orders", "paths": ["/orders"]}]},
    {"name": "payments", "url": "http://orders.internal"},
]
DECLARED: dict[str, Any] = {
    "control_planes": [
        {"name": "demo", "region": "us", "services": TWO_SERVICES},
        {"name": "demo", "region": "eu", "services": TWO_SERVICES},
    ],
    "backend": {"host": "orders.internal"},
}


@dataclass
class World:
    """Konnect, gateways and backend in a child process that ends with this one."""

    directory: Path
    declared: dict[str, Any] = field(default_factory=lambda: DECLARED)
    token: str = field(default_factory=lambda: "kpat_" + secrets.token_urlsafe(24))

    def __post_init__(self) -> None:
        self._admin_token = secrets.token_urlsafe(24)
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kong_secure.sandbox.world"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        settings = {
            "directory": str(self.directory),
            "token": self.token,
            "admin_token": self._admin_token,
            "declared": self.declared,
        }
        self._process.stdin.write(json.dumps(settings) + "\n")
        self._process.stdin.flush()
        addresses = json.loads(self._process.stdout.readline())
        assert "error" not in addresses, addresses["error"]
        self.konnect: str = addresses["konnect"]
        self.backend: str = addresses["backend"]
        self.gateways: dict[str, str] = addresses["gateways"]
        self._http = httpx.Client(
            base_url=addresses["admin"],
            headers={"Authorization": f"Bearer {self._admin_token}"},
            trust_env=False,
            timeout=30,
        )

    def stop(self) -> None:
        """Ends it; a second call does nothing."""
        if self._process.poll() is not None:
            return
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._http.close()
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def _admin(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._admin("GET", "/calls")["calls"]
        return found

    def forget_calls(self) -> None:
        self._admin("DELETE", "/calls")

    def fault(self, **fault: Any) -> None:
        self._admin("PUT", "/faults", {"faults": [fault]})

    def heal(self) -> None:
        self._admin("DELETE", "/faults")

    def rotate_token(self) -> None:
        self.token = "kpat_" + secrets.token_urlsafe(24)
        self._admin("PUT", "/token", {"token": self.token})
