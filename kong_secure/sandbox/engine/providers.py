"""Which provider serves which resource: connections by provider reference, made when first needed.

A reference is `URN::ID` of a provider resource. Every provider resource has a process of its own, or a
connection to an attached server. How a provider is spoken to is in `plugins`; registering provider resources
in the state is `deployment`'s matter.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from typing import Final

from kong_secure.sandbox.engine import urns
from kong_secure.sandbox.engine.not_simulated import NotSimulatedServer
from kong_secure.sandbox.engine.operations import EngineError, Stack
from kong_secure.sandbox.engine.plugins import Plugin, ProviderError, start_dynamic
from kong_secure.sandbox.engine.processes import Children, LineSink
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.wire import Properties, Secret, Value

ATTACHED_VARIABLE: Final = "PULUMI_DEBUG_PROVIDERS"
_INTERNAL_KEY: Final = "__internal"


class Providers:
    """The provider connections of one run. Safe to share between threads."""

    def __init__(self, stack: Stack, children: Children, engine_address: str, sink: LineSink) -> None:
        self._stack = stack
        self._children = children
        self._engine_address = engine_address
        self._sink = sink
        self._attached = attached_addresses(stack.environment.get(ATTACHED_VARIABLE, ""))
        self._lock = threading.Lock()
        self._spare: Plugin | None = None
        self._by_id: dict[str, Plugin] = {}
        self._recorded: dict[str, Resource] = {}
        self._plugins: list[Plugin] = []
        self._not_simulated: NotSimulatedServer | None = None

    def start_early(self) -> None:
        """Start a process for dynamic resources before anybody asks, because starting takes long."""
        spare = start_dynamic(self._children, self._stack, self._engine_address, self._sink)
        with self._lock:
            self._spare = spare

    def know(self, recorded: Iterable[Resource]) -> None:
        """Learn the provider resources of the state, for resources whose provider no program declares."""
        with self._lock:
            self._recorded.update({r.id: r for r in recorded if urns.is_provider(r.type) and not r.delete})

    def connect(self, package: str) -> Plugin:
        """A new connection to a provider of the package, not configured yet."""
        if package == urns.DYNAMIC_PACKAGE:
            plugin = self._dynamic()
        elif package in self._attached:
            plugin = Plugin(package, self._attached[package])
            plugin.attach(self._engine_address)
        elif package == "pulumi":
            raise ProviderError("resources of package pulumi are not implemented by the embedded engine")
        else:
            plugin = Plugin(package, self._stand_in().address)
            plugin.simulated = False
        with self._lock:
            self._plugins.append(plugin)
        return plugin

    def _dynamic(self) -> Plugin:
        with self._lock:
            plugin, self._spare = self._spare, None
        if plugin is None:
            plugin = start_dynamic(self._children, self._stack, self._engine_address, self._sink)
        if plugin is None:
            raise ProviderError("the run is being stopped", lost=True)
        return plugin

    def _stand_in(self) -> NotSimulatedServer:
        with self._lock:
            if self._not_simulated is None:
                self._not_simulated = NotSimulatedServer()
            return self._not_simulated

    def serve(self, id_: str, plugin: Plugin) -> None:
        """From now on the configured plugin serves resources of the provider with this id."""
        with self._lock:
            self._by_id[id_] = plugin

    def plugin(self, reference: str) -> Plugin:
        """The configured connection for a provider reference, which may be known from the state alone."""
        urn, _, id_ = reference.rpartition("::")
        with self._lock:
            # a provider that is only planned has no id of its own yet, and goes by its whole reference
            plugin, recorded = self._by_id.get(id_) or self._by_id.get(reference), self._recorded.get(id_)
        if plugin is not None:
            return plugin
        if recorded is None:
            raise ProviderError(f"provider {urns.name_of(urn) if urn else reference!r} is not in the state")
        return self._load(recorded)

    def _load(self, recorded: Resource) -> Plugin:
        plugin = self.connect(urns.package_of(recorded.type))
        plugin.configure(recorded.inputs, recorded.urn)
        with self._lock:
            # two threads may have loaded it; one of them wins, the other's process ends with the run
            return self._by_id.setdefault(recorded.id, plugin)

    def count_not_simulated(self, token: str) -> None:
        """Note that a function of a package without a stand-in was called."""
        self._stand_in().provider.count(token)

    @property
    def not_simulated(self) -> Mapping[str, int]:
        """What was met that has no stand-in, and how often."""
        with self._lock:
            return self._not_simulated.provider.counts if self._not_simulated else {}

    def close(self) -> None:
        """Close every connection. Processes are ended by whoever owns the children."""
        with self._lock:
            plugins = [*self._plugins, *([self._spare] if self._spare else [])]
            server = self._not_simulated
        for plugin in plugins:
            plugin.close()
        if server is not None:
            server.close()


def attached_addresses(text: str) -> dict[str, str]:
    """The value of PULUMI_DEBUG_PROVIDERS (`name:port,...`) as package to address."""
    found: dict[str, str] = {}
    for entry in filter(None, (piece.strip() for piece in text.split(","))):
        package, _, port = entry.rpartition(":")
        if not package or not port.isdigit():
            raise EngineError(
                f"{ATTACHED_VARIABLE} holds {entry!r}; it must be name:port, separated by commas"
            )
        found[package] = f"127.0.0.1:{port}"
    return found


def default_name(version: str, download_url: str = "") -> str:
    """The name of the default provider of a package at a version (empty: any), as Pulumi makes it."""
    name = "default"
    if version:
        name += "_" + version.replace("-", "_").replace("+", "_").replace(".", "_")
    if download_url:
        pieces = [re.sub("[^A-Za-z0-9_.-]", "_", piece) for piece in download_url.split("/") if piece]
        name += "_" + "/".join(pieces)
    return name


def default_inputs(stack: Stack, package: str, version: str, download_url: str) -> Properties:
    """A default provider's inputs: the package's configuration; for dynamic ones, all of the stack's."""
    inputs: dict[str, Value] = {}
    for key, text in stack.config.items():
        namespace, _, name = key.partition(":")
        value: Value = Secret(text) if key in stack.secret_keys else text
        if package == urns.DYNAMIC_PACKAGE:
            inputs[key] = value
        elif namespace == package:
            inputs[name] = value
    if version:
        inputs["version"] = version
    if download_url:
        inputs["pluginDownloadURL"] = download_url
    return inputs


def without_internal(inputs: Properties) -> Properties:
    """A provider's inputs without the key that Pulumi keeps for itself."""
    return {key: value for key, value in inputs.items() if key != _INTERNAL_KEY}
