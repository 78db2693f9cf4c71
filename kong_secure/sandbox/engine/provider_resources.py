"""Provider resources: those a program declares, and the default ones recorded for packages used without any.

They are resources of the state like others, but the engine itself creates them: an id, a configured
connection. How connections are made is in `providers`.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kong_secure.sandbox.engine import diffs, display, execution, providers, urns, wire
from kong_secure.sandbox.engine.execution import Run
from kong_secure.sandbox.engine.operations import Change
from kong_secure.sandbox.engine.plugins import Plugin, ProviderError
from kong_secure.sandbox.engine.registration import Registration
from kong_secure.sandbox.engine.state import Record, Resource
from kong_secure.sandbox.engine.wire import UNKNOWN_TEXT, Properties

_UNKNOWN_ID: Final = UNKNOWN_TEXT


class ProviderResources:
    """The provider resources of one run."""

    def __init__(self, run: Run, old: Mapping[str, Record]) -> None:
        self._run = run
        self._old = old
        self._lock = threading.Lock()
        self._defaults: dict[tuple[str, str, str], str] = {}
        self._inputs: dict[str, Properties] = {}  # by id, as registered in this run
        self.handled: set[int] = set()
        self.registered: dict[str, Resource] = {}
        """The provider resources of this run, by URN."""

    def default(self, goal: Registration) -> str:
        """The reference of the default provider for a resource, registered when first asked for."""
        return self.default_for(urns.package_of(goal.type), goal.version, goal.plugin_download_url)

    def default_for(self, package: str, version: str = "", download_url: str = "") -> str:
        """The reference of the default provider of a package."""
        wanted = (package, version, download_url.removesuffix("/"))
        with self._lock:
            if wanted not in self._defaults:
                self._defaults[wanted] = self._register_default(*wanted)
            return self._defaults[wanted]

    def _register_default(self, package: str, version: str, download_url: str) -> str:
        stack = self._run.stack
        type_ = urns.PROVIDER_PREFIX + package
        name = providers.default_name(version, download_url)
        urn = urns.Identity(stack.name, stack.project, "", type_, name).urn
        inputs = providers.default_inputs(stack, package, version, download_url)
        old = self._old.get(urn)
        if old is not None:
            self.handled.add(old.key)
        record, change = self.register(Resource(urn, type_, custom=True, inputs=inputs), old)
        self._run.tell(change)
        return f"{urn}::{record.resource.id}"

    def builtin(self) -> str:
        """The reference of the default provider of the engine's own package, which is nobody to connect to."""
        stack, type_ = self._run.stack, urns.PROVIDER_PREFIX + "pulumi"
        urn = urns.Identity(stack.name, stack.project, "", type_, "default").urn
        with self._lock:
            reference = self._defaults.get(("pulumi", "", ""))
            if reference is None:
                old = self._old.get(urn)
                if old is not None:
                    self.handled.add(old.key)
                unknown = _UNKNOWN_ID if self._run.preview else str(uuid.uuid4())
                new = Resource(urn, type_, custom=True, id=old.resource.id if old else unknown)
                execution.record_without_provider(self._run, new, old, changed=False)
                reference = self._defaults["pulumi", "", ""] = f"{urn}::{new.id}"
            return reference

    def serving(self, reference: str) -> Resource | None:
        """The provider resource that a reference names; None where none is registered in this run."""
        return self.registered.get(urns.provider_urn(reference))

    def register(self, new: Resource, old: Record | None) -> tuple[Record, Change]:
        """Configure and record a provider. It is updated in place unless it says that it must be replaced."""
        record, change = self._register(new, old)
        self.registered[new.urn] = record.resource
        return record, change

    def _register(self, new: Resource, old: Record | None) -> tuple[Record, Change]:
        plugin = self._run.providers.connect(urns.package_of(new.type))
        before = old.resource.inputs if old else {}
        inputs, failures = plugin.check_config(new.urn, before, new.inputs)
        if failures:
            raise ProviderError(
                "; ".join(f"{f.property}: {f.reason}" if f.property else f.reason for f in failures)
            )
        inputs = self._run.policies.judge(replace(new, inputs=inputs)).inputs
        new = replace(new, inputs=inputs, outputs=providers.without_internal(inputs))
        if old is None:
            return self._create(plugin, new), Change(new.urn, "create", display.as_additions(inputs))
        found = diffs.differences(before, inputs)
        answer = plugin.diff_config(new.urn, before, old.resource.outputs, inputs)
        changed = bool(found) if answer.changes is None else answer.changes
        if changed and answer.replaces:
            record = self._create(plugin, new, old)
            return record, Change(new.urn, "replace", found, answer.replaces)
        return self._keep(plugin, new, old, changed=changed), Change(
            new.urn, "update" if changed else "same", found
        )

    def _create(self, plugin: Plugin, new: Resource, old: Record | None = None) -> Record:
        id_ = _UNKNOWN_ID if self._run.preview else str(uuid.uuid4())
        new = replace(new, id=id_)
        self._configure(plugin, new, new.inputs)
        if old is not None and not self._run.preview:
            self._run.store.commit(change={old.key: replace(old.resource, delete=True)})
        return execution.record_without_provider(self._run, new, None, changed=True)

    def _keep(self, plugin: Plugin, new: Resource, old: Record, *, changed: bool) -> Record:
        new = replace(new, id=old.resource.id)
        # a difference the provider calls none must not make it behave differently either
        self._configure(plugin, new, new.inputs if changed else old.resource.inputs)
        return execution.record_without_provider(self._run, new, old, changed=changed)

    def _configure(self, plugin: Plugin, new: Resource, inputs: Properties) -> None:
        self._run.masker.add(leaf for value in inputs.values() for leaf in wire.secret_leaves(value))
        plugin.configure(providers.without_internal(inputs), new.urn)
        # in a preview several new providers share the unknown id, so the URN is part of the name there
        self._run.providers.serve(f"{new.urn}::{new.id}" if new.id == _UNKNOWN_ID else new.id, plugin)
        self._inputs[new.id] = inputs

    def replaces(self, old_reference: str, new_reference: str, plugin: Plugin) -> bool:
        """Whether a resource that moves to another provider must be replaced; the new provider says so."""
        old_id, new_id = old_reference.rpartition("::")[2], new_reference.rpartition("::")[2]
        if old_id == new_id:
            return False
        if not old_reference:
            return True
        recorded = self._old.get(urns.provider_urn(old_reference))
        if recorded is None:
            return False
        before, now = recorded.resource, self._inputs.get(new_id, {})
        answer = plugin.diff_config(urns.provider_urn(new_reference), before.inputs, before.outputs, now)
        return bool(answer.replaces)
