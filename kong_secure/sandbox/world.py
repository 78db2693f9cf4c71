"""The process that hosts the world: Konnect, one gateway for each control plane, sample backends, on free
loopback ports and one event loop. What each of them does lives in its own module.

Run as `python -m kong_secure.sandbox.world`: one line of JSON on standard input says what to host, one
line of JSON on standard output says where it listens. It ends at SIGTERM, SIGINT, or when its standard
input ends.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from kong_secure.sandbox import cloud_hosts
from kong_secure.sandbox.admin import PREFIX, Admin, admin
from kong_secure.sandbox.admin_azure import ByHandInAzure
from kong_secure.sandbox.admin_time_and_cloud import TimeAndCloud
from kong_secure.sandbox.backend import Demand
from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.cloud_hosts import CloudHosts
from kong_secure.sandbox.data_plane import gateway, server_options
from kong_secure.sandbox.declaration import Declaration, DeclarationError, declaration
from kong_secure.sandbox.errors import CloudFileError
from kong_secure.sandbox.konnect.app import konnect, open_store
from kong_secure.sandbox.konnect.authentication import Token
from kong_secure.sandbox.konnect.calls import Calls
from kong_secure.sandbox.konnect.cloud_gateways.clouds import Clouds
from kong_secure.sandbox.konnect.cloud_gateways.hand_operated import HandOperatedCloud
from kong_secure.sandbox.konnect.cloud_gateways.hand_operated_azure import HandOperatedAzure
from kong_secure.sandbox.konnect.cloud_gateways.rules import CloudGateways
from kong_secure.sandbox.konnect.entities import control_plane
from kong_secure.sandbox.konnect.faults import Faults
from kong_secure.sandbox.konnect.store import Change, Record, Store, StoreError
from kong_secure.sandbox.listeners import Listener, cut
from kong_secure.sandbox.sample_backends import SampleBackends
from kong_secure.sandbox.seeding import seed
from kong_secure.sandbox.upstream_hosts import Direct, UpstreamHosts

STORE = "konnect.sqlite"
"""The file in the sandbox's directory that holds Konnect's content, secrets included."""

_TICK_SECONDS = 0.2


@dataclass(frozen=True)
class Settings:
    """What to host: the sandbox's directory, the token Konnect accepts, the admin API's token, what is
    declared; the providers of the clouds that there are besides."""

    directory: Path
    token: str = field(repr=False)
    admin_token: str = field(repr=False)
    declared: Declaration
    clouds: frozenset[str] = frozenset()


class SettingsError(Exception):
    """The line on standard input isn't one."""


class PlaneEntities:
    """The entities of one control plane, as its gateway reads them."""

    def __init__(self, store: Store, plane_id: str) -> None:
        self._store = store
        self._plane_id = plane_id

    def services(self) -> list[Record]:
        """Services in order of creation."""
        return self._store.all("service", self._plane_id)

    def routes(self) -> list[Record]:
        """Routes in order of creation."""
        return self._store.all("route", self._plane_id)

    def plugins(self) -> list[Record]:
        """Plugins in order of creation."""
        return self._store.all("plugin", self._plane_id)

    def version(self) -> int:
        """Differs whenever one of them changed."""
        return self._store.version(self._plane_id)


class World:
    """Everything that listens. Made inside a running event loop."""

    def __init__(self, settings: Settings) -> None:
        """Opens the store, makes what is declared and binds every port. Raises `StoreError` or
        `DeclarationError`."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._gateways: dict[str, Listener] = {}
        self._planes: dict[str, tuple[str, str]] = {}
        self._backends = SampleBackends(self._start)
        settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = open_store(settings.directory / STORE)
        clock, cloud, azure = Clock(), HandOperatedCloud(self._store), HandOperatedAzure(self._store)
        kept = cloud_hosts.kept(settings.directory)
        self._clouds = CloudHosts()
        try:
            self._clouds = cloud_hosts.opened(settings.clouds, settings.directory, clock)
            self._hosts = UpstreamHosts(self._store, self._clouds.paths(), self._backends.port)
            there = Clouds(self._clouds.aws or cloud, self._clouds.azure or azure, kept - settings.clouds)
            self._cloud_gateways = CloudGateways(self._store, there, clock)
            for provider in settings.clouds - kept:
                self._cloud_gateways.provision_anew(provider)
            self.declare(settings.declared)
        except (CloudFileError, DeclarationError):
            self._close_stores()
            raise
        token = Token(settings.token)
        faults = Faults(konnect(self._store, token, self._cloud_gateways), cut)
        calls = Calls(faults)
        handlers = Admin(world=self, token=token, calls=calls, faults=faults)
        by_hand = TimeAndCloud(clock, cloud, azure, self._cloud_gateways.advance)
        in_azure = ByHandInAzure(self._clouds.azure)
        own = admin(handlers, settings.admin_token, [*by_hand.routes(), *in_azure.routes()])
        self._konnect = Listener(_split(own, calls))
        for region in self._store.scopes(control_plane.KIND):
            for plane in self._store.all(control_plane.KIND, region):
                self._open_gateway(region, plane)
        self._store.observe(self._follow)
        self._start(self._konnect.serve())
        self._ticking = asyncio.ensure_future(self._tick())

    # --- what the admin API acts on ---

    def demand(self, host: str, demand: Demand) -> None:
        """Sets what a sample backend demands. Raises KeyError for a host without any."""
        self._backends.demand(host, demand)

    def declare(self, declared: Declaration) -> None:
        """Makes what is declared and absent. Raises `DeclarationError`."""
        seed(self._store, self._cloud_gateways, declared)
        for each in declared.backends:
            self._backends.declare(each.host, public=each.private is None)
        self._hosts.declare(declared.backends)
        if self._clouds.azure is not None and declared.azure is not None:
            self._clouds.azure.let_grants_spread(declared.azure.propagation_seconds)

    def direct(self, host: str, port: int) -> tuple[str, Direct]:
        """Where a backend listens on this machine, and what stops direct calls to it. Raises KeyError."""
        return self._backends.url(host), self._hosts.direct(host, port)

    def addresses(self) -> dict[str, Any]:
        """Where everything listens; gateways by their control plane's name, `name (region)` where two share one;
        backends by host, None for one that is private."""
        names = [name for name, _ in self._planes.values()]
        gateways = {}
        for plane_id, (name, region) in self._planes.items():
            key = name if names.count(name) == 1 else f"{name} ({region})"
            gateways[key] = self._gateways[plane_id].url
        return {
            "konnect": f"{self._konnect.url}/{{region}}",
            "admin": f"{self._konnect.url}{PREFIX}",
            "backends": self._backends.addresses(),
            "gateways": gateways,
            "clouds": self._clouds.ports(),
        }

    # --- gateways ---

    def _follow(self, change: Change) -> None:
        """A control plane that comes, goes or is renamed changes the gateways."""
        if change.kind != control_plane.KIND:
            return
        if change.record is None:
            del self._planes[change.id]
            self._gateways.pop(change.id).stop()
        elif change.created:
            self._open_gateway(change.scope, change.record)
        else:
            self._planes[change.id] = (change.record["name"], change.scope)

    def _open_gateway(self, region: str, plane: Record) -> None:
        entities = PlaneEntities(self._store, plane["id"])
        listener = Listener(gateway(entities, self._hosts.resolve), server_options())
        self._planes[plane["id"]] = (plane["name"], region)
        self._gateways[plane["id"]] = listener
        self._start(listener.serve())

    # --- life ---

    async def _tick(self) -> None:
        """Networks and attachments go on, also while nobody asks Konnect."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            # What is wrong is told to whoever asks Konnect next, as its 500; here it must not stop the clock.
            with contextlib.suppress(Exception):
                self._cloud_gateways.advance()

    def _start(self, serving: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(serving)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stops listening and closes the store."""
        self._ticking.cancel()
        for listener in (self._konnect, *self._gateways.values()):
            listener.stop()
        self._backends.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._close_stores()

    def _close_stores(self) -> None:
        self._store.close()
        self._clouds.close()


def _split(admin_app: ASGIApp, konnect_app: ASGIApp) -> ASGIApp:
    """Both APIs on one port: the admin API has a prefix that no region has."""

    async def split(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = admin_app if scope["path"].startswith(PREFIX + "/") else konnect_app
        await chosen(scope, receive, send)

    return split


# --- the process ---


def settings_from(line: bytes) -> Settings:
    """The settings in a line of JSON. Raises `SettingsError` or `DeclarationError`; neither repeats a
    value."""
    try:
        given = json.loads(line)
        texts = {name: given[name] for name in ("directory", "token", "admin_token")}
        declared = given.get("declared", {})
    except (ValueError, KeyError, TypeError, AttributeError):
        texts = {}
    if not texts or not all(isinstance(text, str) and text for text in texts.values()):
        raise SettingsError(
            "the first line on standard input must be JSON with directory, token and admin_token"
        )
    clouds = given.get("clouds") or []
    return Settings(
        Path(texts["directory"]),
        texts["token"],
        texts["admin_token"],
        declaration(declared),
        frozenset(cloud for cloud in clouds if isinstance(cloud, str)),
    )


async def host(settings: Settings, announce: Callable[[dict[str, Any]], None], ended: asyncio.Event) -> None:
    """Hosts the world until `ended`; `announce` gets the addresses once everything listens."""
    world = World(settings)
    try:
        announce(world.addresses())
        await ended.wait()
    finally:
        await world.close()


async def _run(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    # Raw reads in a thread of its own: they work for pipes, files and terminals alike.
    threading.Thread(target=_await_end_of_input, args=(loop, ended), daemon=True).start()
    await host(settings, _print_line, ended)


def _await_end_of_input(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    while os.read(0, 65536):
        pass
    if not loop.is_closed():
        loop.call_soon_threadsafe(ended.set)


def _first_line() -> bytes:
    line = b""
    while b"\n" not in line:
        part = os.read(0, 65536)
        if not part:
            break
        line += part
    return line.partition(b"\n")[0]


def _print_line(content: dict[str, Any]) -> None:
    # Where whoever asked is gone there is nobody to complain to, and the end of standard input follows.
    with contextlib.suppress(BrokenPipeError):
        os.write(1, json.dumps(content).encode() + b"\n")


def main() -> int:
    """Hosts the world that standard input describes; the exit code is 2 when it can't."""
    try:
        asyncio.run(_run(settings_from(_first_line())))
    except (SettingsError, DeclarationError, StoreError, CloudFileError) as error:
        _print_line({"error": str(error)})
        return 2
    except OSError as error:
        _print_line({"error": f"the sandbox can't start: {error.strerror or type(error).__name__}"})
        return 2
    return 0


if __name__ == "__main__":
    # At the end Python would look through all that was loaded for garbage, while a person waits.
    atexit.register(gc.freeze)
    sys.exit(main())
