"""The sandbox's world as a child process, for tests that want Konnect's rules instead of a script."""

import itertools
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

TOKEN = "kpat_for-tests-0123456789abcdef"
ADMIN_TOKEN = "admin-for-tests"


class World:
    """A running world: where it is, and what a person would do at Konnect by hand."""

    def __init__(self, addresses: dict[str, object]) -> None:
        self.address = str(addresses["konnect"])
        self._admin = str(addresses["admin"])
        self._http = httpx.Client(trust_env=False)
        self._numbers = itertools.count(1)

    def close(self) -> None:
        self._http.close()

    def environment(self, directory: Path) -> dict[str, str]:
        return {
            "KONNECT_TOKEN": TOKEN,
            "KONNECT_SERVER_URL": self.address,
            "KONG_SECURE_SANDBOX": str(directory),
        }

    def declare(self, *, url: str = "https://backend.internal", region: str = "us") -> tuple[str, str, str]:
        """Makes a control plane with a service and a route to it, and returns their names."""
        name = f"t{next(self._numbers)}-{uuid.uuid4().hex[:6]}"
        route = {"name": f"{name}-route", "paths": [f"/{name}"]}
        service = {"name": f"{name}-service", "url": url, "routes": [route]}
        plane = {"name": name, "region": region, "services": [service]}
        self.admin("POST", "/declare", {"control_planes": [plane], "backend": {"host": "backend.internal"}})
        return name, service["name"], route["name"]

    def admin(self, method: str, path: str, body: object = None) -> object:
        answer = self._http.request(
            method,
            self._admin + path,
            json=body,
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def by_hand(self, method: str, path: str, body: object = None, region: str = "us") -> dict[str, object]:
        answer = self._http.request(
            method,
            self.address.replace("{region}", region) + path,
            json=body,
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def calls(self) -> list[dict[str, object]]:
        """Every call to Konnect since the last `forget_calls`."""
        return self.admin("GET", "/calls")["calls"]

    def forget_calls(self) -> None:
        self.admin("DELETE", "/calls")


@contextmanager
def running_world(directory: Path) -> Iterator[World]:
    """Starts a world in a directory, and ends it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "kong_secure.sandbox.world"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    declared = {"control_planes": [], "backend": {"host": "backend.internal"}}
    request = {"directory": str(directory), "token": TOKEN, "admin_token": ADMIN_TOKEN, "declared": declared}
    with child:
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        addresses = json.loads(child.stdout.readline())
        world = World(addresses)
        try:
            yield world
        finally:
            world.close()
            child.terminate()
