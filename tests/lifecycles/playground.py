"""A stack to play with: a program in a temporary folder, one engine, and a world of its own. It asserts nothing but
that nothing secret was written or printed; what should happen is said in the tests."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dill  # type: ignore[import-untyped]
import httpx

from kong_secure.sandbox.engine import Operation, Repair, Result, Stack
from kong_secure.sandbox.engine.operations import NO_REPAIR
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli
from tests.lifecycles.operation_process import EMBEDDED, PULUMI, AnEngine
from tests.processes import kill_with_all_it_started, wait_until
from tests.world import World

PASSPHRASE = "playground"
PROJECT = "playground"
AWS_REGION = "us-east-2"


def header_program(name: str = "orders-header", opts: str = "", **arguments: str) -> str:
    """One header; every argument is a plain string, the secret comes from the configuration."""
    arguments = {"control_plane": "demo", "service": "orders", **arguments}
    written = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return (
        f"SharedSecretHeader({name!r}, {written}, shared_secret=pulumi.Config().require_secret('secret'), "
        f"opts=pulumi.ResourceOptions({opts}))\n"
    )


HEADER = header_program()
PREAMBLE = "import pulumi\nfrom kong_secure import SharedSecretHeader\n\n"


@dataclass(frozen=True)
class Run:
    """One finished operation."""

    result: Result
    text: str

    @property
    def operations(self) -> dict[str, str]:
        """Logical name to operation, of what the tests are about: no stack, no providers."""
        return {
            change.urn.rsplit("::", 1)[-1]: change.operation
            for change in self.result.changes
            if "pulumi:pulumi:Stack" not in change.urn and "pulumi:providers:" not in change.urn
        }

    def must_succeed(self) -> Run:
        assert self.result.succeeded, self.text
        return self

    def must_fail(self) -> Run:
        assert not self.result.succeeded, self.text
        return self


@dataclass
class Hand:
    """Somebody at Konnect's own console: the API, called without this package."""

    world: World
    plane: str = "demo"

    def __post_init__(self) -> None:
        self._http = httpx.Client(trust_env=False, timeout=30)

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, region: str = "us", **body: Any) -> httpx.Response:
        address = self.world.address.replace("{region}", region) + path
        answer = self._http.request(
            method, address, headers={"Authorization": f"Bearer {self.world.token}"}, **body
        )
        answer.raise_for_status()
        return answer

    def _core(self, region: str) -> str:
        planes = self._call("GET", "/v2/control-planes", region).json()["data"]
        [plane] = [plane for plane in planes if plane["name"] == self.plane]
        return f"/v2/control-planes/{plane['id']}/core-entities"

    def plugins(self, region: str = "us") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._call("GET", self._core(region) + "/plugins", region).json()[
            "data"
        ]
        return found

    def service_id(self, name: str, region: str = "us") -> str:
        services = self._call("GET", self._core(region) + "/services?size=1000", region).json()["data"]
        [service] = [service for service in services if service["name"] == name]
        return str(service["id"])

    def change(self, plugin_id: str, change: Callable[[dict[str, Any]], None], region: str = "us") -> None:
        path = f"{self._core(region)}/plugins/{plugin_id}"
        plugin = self._call("GET", path, region).json()
        change(plugin)
        for computed in ("created_at", "updated_at"):
            plugin.pop(computed)
        self._call("PUT", path, region, json=plugin)

    def delete(self, plugin_id: str, region: str = "us") -> None:
        self._call("DELETE", f"{self._core(region)}/plugins/{plugin_id}", region)

    def add_plugin(self, name: str, service: str, region: str = "us") -> dict[str, Any]:
        body = {"name": name, "service": {"id": self.service_id(service, region)}}
        made: dict[str, Any] = self._call("POST", self._core(region) + "/plugins", region, json=body).json()
        return made

    def calls(self) -> list[dict[str, Any]]:
        return self.world.calls()

    def forget_calls(self) -> None:
        self.world.forget_calls()

    def fault(self, **fault: Any) -> None:
        self.world.fault(**fault)

    def heal(self) -> None:
        self.world.heal()


@dataclass
class Playground:
    """A stack named `stack` of the program in `folder`, run by `engine` against `world`."""

    folder: Path
    world: World
    engine: AnEngine
    environment: dict[str, str]
    stack: str = "dev"
    parallel: int = 8
    passphrase: str = PASSPHRASE
    secret: str = "not-set-by-the-test-0123456789"
    extra: dict[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    konnect: Hand = None  # type: ignore[assignment]  # made of `world` below

    def __post_init__(self) -> None:
        self.konnect = self.konnect or Hand(self.world)
        self.secrets.add(self.world.token)

    def program(self, *statements: str) -> None:
        (self.folder / "__main__.py").write_text(PREAMBLE + "".join(statements))

    def secret_config(self, key: str, value: str) -> None:
        self.extra[key] = value
        self.secrets.add(value)

    def another_stack(self, name: str) -> Playground:
        """The same program as a second stack, with its own state file and the same world."""
        return replace(self, stack=name, konnect=self.konnect)

    def description(self) -> Stack:
        self.secrets.add(self.secret)
        config = {f"{PROJECT}:secret": self.secret, **self.extra}
        return Stack(
            project=PROJECT,
            name=self.stack,
            root=self.folder,
            main=self.folder,
            python=Path(sys.executable),
            config=config,
            secret_keys=frozenset(config),
            state_directory=self.folder / "state",
            passphrase=self.passphrase,
            environment=dict(self.environment),
            parallel=self.parallel,
        )

    def run(self, operation: str, repair: Repair = NO_REPAIR) -> Run:
        out = io.StringIO()
        result = self.engine.run(Operation(operation), self.description(), out, repair=repair)
        self.printed.append(out.getvalue())
        self.search_for_secrets()
        return Run(result, out.getvalue())

    def kill_during(self, operation: str, when: Callable[[], bool]) -> None:
        """Starts the operation in a process of its own and sends SIGKILL to it and all that it started at that
        moment."""
        stack = self.description()
        given = {
            "config": dict(stack.config),
            "engine": PULUMI if isinstance(self.engine, PulumiCli) else EMBEDDED,
            "environment": dict(stack.environment),
            "folder": str(self.folder),
            "operation": operation,
            "parallel": stack.parallel,
            "passphrase": stack.passphrase,
            "project": stack.project,
            "stack": stack.name,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.lifecycles.operation_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        with process.stdin as stdin:
            stdin.write(json.dumps(given).encode() + b"\n")
        try:
            wait_until(lambda: when() or process.poll() is not None)
            assert process.poll() is None, "it ended by itself"
        finally:
            killed = kill_with_all_it_started(process) if process.poll() is None else []
        assert not isinstance(self.engine, PulumiCli) or "pulumi" in killed, killed
        self.search_for_secrets()

    def rotate_token(self) -> None:
        self.world.rotate_token()
        self.secrets.add(self.world.token)

    @property
    def state_file(self) -> Path:
        return self.folder / "state" / ".pulumi" / "stacks" / PROJECT / f"{self.stack}.json"

    def state_text(self) -> str:
        return self.state_file.read_text()

    def resources(self) -> list[dict[str, Any]]:
        """The recorded resources, without the stack itself and its providers."""
        latest = json.loads(self.state_text())["checkpoint"].get("latest") or {}
        return [
            resource
            for resource in latest.get("resources", [])
            if not resource["type"].startswith(("pulumi:pulumi:Stack", "pulumi:providers:"))
        ]

    def rewrite_state(self, change: Callable[[dict[str, Any]], None]) -> None:
        checkpoint = json.loads(self.state_text())
        for resource in checkpoint["checkpoint"]["latest"]["resources"]:
            change(resource)
        self.state_file.write_text(json.dumps(checkpoint))

    @staticmethod
    def pickle_provider_differently(resource: dict[str, Any]) -> None:
        """What a Python with another default pickle protocol would have written for the same provider."""
        if "__provider" not in resource.get("inputs", {}):
            return
        provider = dill.loads(base64.b64decode(resource["inputs"]["__provider"]))  # noqa: S301 - our own state
        text = base64.b64encode(dill.dumps(provider, protocol=2)).decode()
        assert text != resource["inputs"]["__provider"]
        resource["inputs"]["__provider"] = resource["outputs"]["__provider"] = text

    def search_for_secrets(self) -> None:
        """Fails when a secret, its base64 or the token stands in anything printed or kept."""
        kept = [
            path.read_bytes().decode(errors="replace")
            for path in self.folder.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        ]
        for text in (*self.printed, *kept):
            for secret in self.secrets:
                assert secret not in text
                assert base64.b64encode(secret.encode()).decode() not in text


def environment_for(world: World, folder: Path, base: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in base.items() if not key.startswith(("KONNECT_", "PULUMI_", "KONG_"))}
    return {
        **kept,
        "KONNECT_TOKEN": world.token,
        "KONNECT_SERVER_URL": world.address,
        "KONG_SECURE_SANDBOX": str(folder / ".sandbox"),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
