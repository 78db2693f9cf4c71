"""The world as its user sees it: a child process that is started, or one that is up already and is joined,
and the API through which it is told things. What the world does with them lives in `world`.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import selectors
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from kong_secure.sandbox.directory import SandboxDirectory, write_private
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.loopback_client import loopback_client
from kong_secure.sandbox.recorded_processes import Run

_START_SECONDS = 60.0
_END_SECONDS = 5.0
_ANSWER_SECONDS = 30.0


@dataclass(frozen=True)
class WorldAddress:
    """Where a world listens. konnect holds `{region}`; gateways are by control plane; backends by host, None for
    one that is private; clouds are by provider, with the port that engines attach to as that cloud's.
    """

    konnect: str
    admin: str
    token: str = field(repr=False)
    admin_token: str = field(repr=False)
    gateways: Mapping[str, str] = field(default_factory=dict)
    backends: Mapping[str, str | None] = field(default_factory=dict)
    clouds: Mapping[str, int] = field(default_factory=dict)

    def lines(self, only: Sequence[str] | None = None) -> list[str]:
        """The addresses for people. only: the hosts of the backends to name; None: all of them."""
        gateways = [f"gateway {name}: {address}" for name, address in self.gateways.items()]
        hosts = self.backends if only is None else [host.lower() for host in only]
        backends = [f"backend {host}: {self.backends[host] or 'in a private network'}" for host in hosts]
        return [f"Konnect: {self.konnect}", *gateways, *backends]


class WorldProcess:
    """The world as a child of this process."""

    def __init__(
        self,
        run: Run,
        environment: Mapping[str, str],
        declared: Mapping[str, Any],
        *,
        shared: bool,
        clouds: Sequence[str] = (),
    ) -> None:
        """Start it and wait until it listens; `shared`: other commands may join it, and otherwise act in it by hand
        alone; `clouds`: the providers of those it has.

        Raises SandboxError with the world's own words where it can't start.
        """
        place = run.directory
        self._record = place.world_record if shared else place.operations_world_record
        for record in (place.world_record, place.operations_world_record):
            record.unlink(missing_ok=True)
        # -P: what lies in the working directory must not stand in for the world's own modules.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "kong_secure.sandbox.world"],
            cwd=run.directory.path,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            umask=0o077,
        )
        run.record(self._process)
        token, admin_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        settings = {"directory": str(run.directory.path), "token": token, "admin_token": admin_token}
        try:
            answer = self._introduce({**settings, "declared": declared, "clouds": list(clouds)})
        except BaseException:
            self.stop()
            raise
        self.address = WorldAddress(token=token, admin_token=admin_token, **answer)
        write_private(self._record, json.dumps(asdict(self.address)))

    def wait(self) -> int:
        """Wait until the process ends, by whatever cause; returns its exit code."""
        return self._process.wait()

    def stop(self) -> None:
        """End the process. Its content stays."""
        self._record.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            # The end of its standard input is its cue.
            self._process.stdin.close()  # type: ignore[union-attr]  # a pipe was asked for
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]  # a pipe was asked for

    def _introduce(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - for the type checker: pipes were asked for
        assert stdout is not None  # noqa: S101 - for the type checker: pipes were asked for
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(settings).encode() + b"\n")
            stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            line = stdout.readline() if selector.select(_START_SECONDS) else b""
        try:
            answer: Any = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise SandboxError(
                "the sandbox didn't start: its process gave no address; what it said stands above"
            )
        if "error" in answer:
            raise SandboxError(str(answer["error"]))
        return answer


def read_address(directory: SandboxDirectory, *, of_operation: bool = False) -> WorldAddress | None:
    """Where the world that others may join listens; None where there is none (any more, or yet). of_operation: the
    one that an operation has for itself, and others may act in by hand. The operation must be going on.
    """
    record = directory.operations_world_record if of_operation else directory.world_record
    try:
        return WorldAddress(**json.loads(record.read_text()))
    except (OSError, ValueError, TypeError):
        return None


@dataclass(frozen=True)
class DirectCall:
    """Where calls past the gateway lead on this machine, and what stops them, in one sentence each: from the
    internet (outside), from a neighbour in the backend's own network (inside). None: nothing.
    """

    address: str
    outside: str | None
    inside: str | None


class WorldControl:
    """The world's own API."""

    def __init__(self, address: WorldAddress) -> None:
        self.address = address
        self._http = loopback_client(_ANSWER_SECONDS, {"Authorization": f"Bearer {address.admin_token}"})

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def demand(self, host: str, header: str, scheme: str, secret: str) -> None:
        """Tell a sample backend what to demand from now on."""
        self._ask("PUT", "backend", {"host": host, "header": header, "scheme": scheme, "secret": secret})

    def direct(self, host: str, port: int) -> DirectCall:
        """What direct calls to a port of a sample backend meet."""
        return DirectCall(**self._ask("POST", "direct-call", {"host": host, "port": port}))

    def declare(self, declared: Mapping[str, Any]) -> WorldAddress:
        """Make what is declared and absent; returns the addresses, which may be more than before."""
        answer = self._ask("POST", "declare", declared)
        return WorldAddress(token=self.address.token, admin_token=self.address.admin_token, **answer)

    def consent(self, tenant: str | None = None) -> dict[str, str]:
        """Approve Kong's application in a tenant of the sandbox's Azure, as an administrator would: `tenant_id`,
        the application's `client_id`, and `object_id`, which it has in that tenant. Raises SandboxError in a world
        without an Azure.
        """
        asked = {} if tenant is None else {"tenant_id": tenant}
        return {name: str(value) for name, value in self._ask("POST", "azure/consent", asked).items()}

    def calls(self) -> dict[str, Any]:
        """The record of the calls to Konnect."""
        return self._ask("GET", "calls")

    def hold_faults(self, faults: Sequence[Mapping[str, Any]]) -> HeldFaults:
        """Set faults that end with `close`, or with this process."""
        response = self._send("POST", "faults", {"faults": list(faults)}, stream=True)
        return HeldFaults(response, lambda: self._ask("GET", "faults")["faults"])

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        response = self._send(method, path, body)
        return dict(response.json()) if response.content else {}

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, *, stream: bool = False
    ) -> httpx.Response:
        """An answer of success. Raises SandboxError."""
        try:
            request = self._http.build_request(method, f"{self.address.admin}/{path}", json=body)
            response = self._http.send(request, stream=stream)
            if not response.is_success:
                response.read()
        except httpx.HTTPError as error:
            # Raised below, not here: the caught error knows the request, and with it the secret.
            problem = f"the sandbox's world doesn't answer ({type(error).__name__}); did its process end?"
        else:
            if response.is_success:
                return response
            problem = _refusal(response)
        raise SandboxError(problem)


class HeldFaults:
    """Faults in effect for as long as a connection lasts: it ends with this process, however that ends."""

    def __init__(self, response: httpx.Response, listed: Callable[[], list[dict[str, Any]]]) -> None:
        self._response = response
        self._listed = listed
        # Kept, because an iterator that is dropped closes the connection.
        self._lines = response.iter_lines()
        self._holder = json.loads(next(self._lines))["holder"]

    def counts(self) -> list[tuple[int, int]]:
        """Of each fault, in order: the calls it matched, and the calls it happened to."""
        mine = [fault for fault in self._listed() if fault["holder"] == self._holder]
        return [(fault["matched"], fault["happened"]) for fault in mine]

    def close(self) -> None:
        """Take the faults away."""
        self._response.close()


def _refusal(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"the sandbox's world refused that ({response.status_code})"
