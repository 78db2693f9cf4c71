"""The sandbox's world for tests: its own process, started and ended here, and clients for its APIs. What is
expected of it lives in the tests."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx

TOKEN = "kpat_of-the-tests-0123456789abcdef"
ADMIN_TOKEN = "admin-token-of-the-tests"
TWO_SERVICES = [
    {"name": "orders", "url": "http://orders.internal", "routes": [{"name": "orders", "paths": ["/orders"]}]},
    {"name": "payments", "url": "http://orders.internal"},
]
DECLARED: dict[str, Any] = {
    "control_planes": [
        {"name": "demo", "region": "us", "services": TWO_SERVICES},
        {"name": "demo", "region": "eu", "services": TWO_SERVICES},
    ],
    "backends": [{"host": "orders.internal"}],
}


@dataclass
class World:
    """Konnect, gateways and backend in a child process that ends with this one. `answer` is the line it
    printed: its addresses, or an error if it did not start."""

    directory: Path
    declared: dict[str, Any] = field(default_factory=lambda: DECLARED)
    token: str = TOKEN
    aws: bool = False
    azure: bool = False

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self.start()

    def start(self) -> None:
        """Starts it in its directory, again if it was ended."""
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
        self._clients: list[httpx.Client] = []
        self._ended: tuple[int, str] | None = None
        settings = {
            "directory": str(self.directory),
            "token": self.token,
            "admin_token": ADMIN_TOKEN,
            "declared": self.declared,
            "clouds": [name for name in ("aws", "azure") if getattr(self, name)],
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(settings) + "\n")
        self.process.stdin.flush()
        self.answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        self._http = self.client("", None)

    def end(self) -> tuple[int, str]:
        """Closes its standard input and waits: exit code and what it wrote to standard error."""
        if self._ended is None:
            for client in self._clients:
                client.close()
            _, errors = self.process.communicate(timeout=30)
            self._ended = (self.process.returncode, errors)
        return self._ended

    def _started(self, name: str) -> Any:
        assert "error" not in self.answer, self.answer["error"]
        return self.answer[name]

    @property
    def address(self) -> str:
        """Konnect's address, with `{region}` in it."""
        return str(self._started("konnect"))

    @property
    def aws_port(self) -> int:
        """Where the stand-in for the aws provider listens, in a world with `aws`."""
        return int(self._started("clouds")["aws"])

    @property
    def azure_port(self) -> int:
        """Where the stand-in for the azure-native provider listens, in a world with `azure`."""
        return int(self._started("clouds")["azure"])

    @property
    def backend(self) -> str:
        """Where the only public sample backend listens."""
        [url] = [url for url in self._started("backends").values() if url is not None]
        return str(url)

    @property
    def gateways(self) -> dict[str, str]:
        return dict(self._started("gateways"))

    def demand(self, secret: str, header: str = "X-Secret", scheme: str = "", host: str = "") -> None:
        """Tells a sample backend what to demand; without a host, the first one."""
        told = {"host": host or next(iter(self._started("backends")))}
        self._admin("PUT", "/backend", {**told, "header": header, "scheme": scheme, "secret": secret})

    def direct(self, host: str, port: int) -> dict[str, Any]:
        """What direct calls to a port of a sample backend meet."""
        return dict(self._admin("POST", "/direct-call", {"host": host, "port": port}))

    def client(self, base_url: str, token: str | None) -> httpx.Client:
        """A client for one of its addresses, closed when the world ends."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=base_url, headers=headers, trust_env=False, timeout=30)
        self._clients.append(client)
        return client

    def konnect(self, region: str = "us", token: str | None = TOKEN) -> httpx.Client:
        """A client for Konnect's host of a region."""
        return self.client(self.address.replace("{region}", region) + "/v2", token)

    def admin(self, token: str = ADMIN_TOKEN) -> httpx.Client:
        """A client for the admin API."""
        return self.client(self._started("admin"), token)

    def _request(self, method: str, url: str, token: str, body: object) -> Any:
        answer = self._http.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def _admin(self, method: str, path: str, body: object = None) -> Any:
        return self._request(method, self._started("admin") + path, ADMIN_TOKEN, body)

    def by_hand(self, method: str, path: str, body: object = None, region: str = "us") -> dict[str, Any]:
        """What a person does at Konnect: the answer's body, which must not be an error."""
        url = self.address.replace("{region}", region) + path
        return dict(self._request(method, url, self.token, body))

    def environment(self, directory: Path) -> dict[str, str]:
        """The variables with which the client finds this Konnect."""
        return {
            "KONNECT_TOKEN": self.token,
            "KONNECT_SERVER_URL": self.address,
            "KONG_SECURE_SANDBOX": str(directory),
        }

    def declare(self, *, url: str = "https://backend.internal", region: str = "us") -> tuple[str, str, str]:
        """Makes a control plane with a service and a route to it, and returns their names."""
        name = f"t{next(self._numbers)}-{uuid.uuid4().hex[:6]}"
        route = {"name": f"{name}-route", "paths": [f"/{name}"]}
        service = {"name": f"{name}-service", "url": url, "routes": [route]}
        plane = {"name": name, "region": region, "services": [service]}
        self._admin(
            "POST", "/declare", {"control_planes": [plane], "backends": [{"host": "backend.internal"}]}
        )
        return name, f"{name}-service", f"{name}-route"

    def network(self, **declared: Any) -> dict[str, Any]:
        """Declares a network of its own, ready unless said otherwise, and returns it as Konnect answers it."""
        name = declared.pop("name", f"net-{uuid.uuid4().hex[:10]}")
        self._admin("POST", "/declare", {"networks": [{"name": name, **declared}]})
        path = f"/v2/cloud-gateways/networks?filter[name][eq]={name}"
        [network] = self.by_hand("GET", path, region="global")["data"]
        return dict(network)

    def turn_clock(self, seconds: float) -> None:
        """Turns the sandbox's clock forward; what is due by then has happened when this returns."""
        self._admin("PUT", "/clock", {"advance": seconds})

    def freeze_clock(self, frozen: bool = True) -> None:
        self._admin("PUT", "/clock", {"frozen": frozen})

    def cloud(self, **levers: Any) -> dict[str, Any]:
        """Pulls levers of the cloud that is operated by hand, and returns how it is then."""
        return dict(self._admin("PUT", "/cloud", levers))

    def azure_by_hand(self, **levers: Any) -> dict[str, Any]:
        """Pulls levers of the Azure that is operated by hand, and returns how it is then."""
        return dict(self._admin("PUT", "/azure-by-hand", levers))

    def accept(self, aws_attachment_id: str, state: str = "available") -> None:
        """What the owner of a transit gateway does with an attachment: by default accept it."""
        self.cloud(attachments={aws_attachment_id: state})

    def consent(self, **tenant: str) -> dict[str, str]:
        """What an administrator of a tenant does in Azure: approve Kong's application."""
        return dict(self._admin("POST", "/azure/consent", tenant))

    def withdraw_consent(self, **tenant: str) -> None:
        self._admin("DELETE", "/azure/consent", tenant)

    def let_grants_spread(self, seconds: float) -> None:
        """How long role assignments that are made from now on take to have effect in Azure."""
        self._admin("PUT", "/azure", {"propagation_seconds": seconds})

    def calls(self) -> list[dict[str, Any]]:
        """Every call to Konnect since the last `forget_calls`."""
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


@contextmanager
def running_world(directory: Path) -> Iterator[World]:
    """A world without control planes, started in a directory and ended."""
    world = World(directory, {"control_planes": [], "backends": [{"host": "backend.internal"}]})
    try:
        yield world
    finally:
        world.end()


class Plane(NamedTuple):
    """A control plane of its own for one test: its record, and a client whose base is its core entities."""

    record: dict[str, Any]
    entities: httpx.Client

    @property
    def id(self) -> str:
        return str(self.record["id"])
