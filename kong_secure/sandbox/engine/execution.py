"""Carrying out one step on one resource: asking the provider, and recording it before and after.

Which step it is was decided before (`steps`, `deployment`, `deletion`). In a preview nothing is recorded, and
providers are asked only what they can answer without acting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from kong_secure.sandbox.engine import urns, wire
from kong_secure.sandbox.engine.display import Report
from kong_secure.sandbox.engine.journal import StateStore
from kong_secure.sandbox.engine.masking import Masker
from kong_secure.sandbox.engine.operations import Change, Operation, Stack
from kong_secure.sandbox.engine.plugins import Plugin, ProviderError
from kong_secure.sandbox.engine.policy_packs import PolicyPacks
from kong_secure.sandbox.engine.providers import Providers
from kong_secure.sandbox.engine.state import Record, Resource, timestamp
from kong_secure.sandbox.engine.wire import Properties

_NO_KEY: Final = -1
_DRAIN_SECONDS: Final = 5.0
T = TypeVar("T")


@dataclass
class Run:
    """One operation on one stack, and what its parts share."""

    stack: Stack
    operation: Operation
    store: StateStore
    providers: Providers
    report: Report
    masker: Masker
    policies: PolicyPacks
    stopping: Callable[[], bool]
    changes: list[Change] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._slots = threading.BoundedSemaphore(max(1, self.stack.parallel))
        self.replaced_before = {record.key for record in self.store.records() if record.resource.delete}
        """The keys of what was replaced in a former run, and is still there."""

    @property
    def preview(self) -> bool:
        """Whether nothing may be done."""
        return self.operation is Operation.PREVIEW

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the places for operations that may be under way at once."""
        with self._slots:
            if self.stopping():
                raise ProviderError("the run is being stopped", lost=True)
            yield

    def drain(self) -> None:
        """Wait until nothing is under way any more, and let nothing start; what hangs is left pending."""
        for _ in range(max(1, self.stack.parallel)):
            self._slots.acquire(timeout=_DRAIN_SECONDS)

    def tell(self, change: Change, old: Resource | None = None, new: Resource | None = None) -> None:
        """Report what happened to a resource. What a stopped run gave up is no failure and isn't reported.

        old, new: the resource as it was, and as it is or would be now; None where there is none.
        """
        if change.error is not None:
            if self.stopping():
                return
            change = replace(change, error=self.masker(change.error))
        with self._lock:
            self.changes.append(change)
        self.report.change(change)
        if self.report.digest is not None:
            self.report.digest.step(change, old, new)


def create(run: Run, plugin: Plugin, new: Resource, old: Record | None, *, keep_old: bool) -> Record:
    """Create a resource, in place of `old` where there is one.

    keep_old: the old one still exists and is deleted later; otherwise it is gone already.
    """
    if run.preview:
        id_, outputs = _preview_create(plugin, new)
        return Record(_NO_KEY, finished(run, replace(new, id=id_), outputs, old))
    with run.slot():
        ticket = run.store.begin("creating", new)
        id_, outputs = _tracked(run, ticket, lambda: plugin.create(new, preview=False))
        now = timestamp()
        created = finished(run, replace(new, id=id_, created=now, modified=now), outputs, old)
        change = {old.key: replace(old.resource, delete=True)} if old and keep_old else None
        drop = [old.key] if old and not keep_old else []
        return Record(run.store.commit(ticket=ticket, add=created, change=change, drop=drop), created)


def _preview_create(plugin: Plugin, new: Resource) -> tuple[str, Properties]:
    if not plugin.known:
        return "", {}
    return plugin.create(new, preview=True) if plugin.supports_preview else ("", new.inputs)


def update(run: Run, plugin: Plugin, new: Resource, old: Record) -> Record:
    """Update a resource in place."""
    before = old.resource
    new = replace(new, id=before.id, created=before.created, modified=before.modified)
    if run.preview:
        outputs = plugin.update(before, new, preview=True) if plugin.supports_preview else new.inputs
        return Record(old.key, finished(run, new, outputs, old))
    with run.slot():
        ticket = run.store.begin("updating", new)
        outputs = _tracked(run, ticket, lambda: plugin.update(before, new, preview=False))
        updated = finished(run, replace(new, modified=timestamp()), outputs, old)
        return Record(run.store.commit(ticket=ticket, add=updated, drop=[old.key]), updated)


def keep(run: Run, new: Resource, old: Record) -> Record:
    """Record that a resource stays, with what changed in its options or dependencies."""
    before = old.resource
    new = replace(new, id=before.id, created=before.created, modified=before.modified)
    kept = finished(run, new, before.outputs, old)
    if run.preview:
        return Record(old.key, kept)
    if kept == before:
        run.store.keep(old.key)
        return old
    return Record(run.store.commit(add=kept, drop=[old.key]), kept)


def record_without_provider(run: Run, new: Resource, old: Record | None, *, changed: bool) -> Record:
    """Record a component or a provider, neither of which a provider is asked to create or update."""
    if run.preview:
        return Record(_NO_KEY, new)
    now = timestamp()
    created = old.resource.created if old else now
    modified = now if changed or old is None else old.resource.modified
    recorded = replace(new, created=created, modified=modified)
    if old is None:
        return Record(run.store.commit(add=recorded), recorded)
    recorded = replace(
        recorded,
        inputs=_like(recorded.inputs, old.resource.inputs),
        outputs=_like(recorded.outputs, old.resource.outputs),
    )
    if recorded == old.resource:
        run.store.keep(old.key)
        return old
    return Record(run.store.commit(add=recorded, drop=[old.key]), recorded)


def delete(run: Run, record: Record, *, replaced_by_create: bool = False, with_owner: bool = False) -> None:
    """Delete a resource, unless it isn't ours to delete.

    replaced_by_create: its successor is created afterwards; until then it is recorded as pending replacement.
    with_owner: what it is deleted with is gone too, so that the provider needn't be asked.
    """
    resource = record.resource
    if run.preview:
        return
    with run.slot():
        ticket = None
        if not _is_record_only(resource) and not with_owner:
            plugin = run.providers.plugin(resource.provider)
            ticket = run.store.begin("deleting", resource)
            _tracked(run, ticket, lambda: plugin.delete(resource))
        if replaced_by_create:
            run.store.commit(ticket=ticket, change={record.key: replace(resource, pending_replacement=True)})
        else:
            run.store.commit(ticket=ticket, drop=[record.key])


def _is_record_only(resource: Resource) -> bool:
    """Whether deleting it means no more than forgetting it."""
    return (
        not resource.custom
        or resource.external
        or resource.retain_on_delete
        or resource.pending_replacement
        or urns.is_provider(resource.type)
    )


def _tracked(run: Run, ticket: int, act: Callable[[], T]) -> T:
    """Act, and record the end of an operation that failed; one whose outcome nobody knows stays pending."""
    try:
        return act()
    except ProviderError as error:
        if not error.lost:
            run.store.commit(ticket=ticket)
        raise


def finished(run: Run, new: Resource, outputs: Properties, old: Record | None) -> Resource:
    """The resource with its outputs: secrets marked, known to the masker, encrypted as it was if unchanged."""
    marked = wire.mark_secret(outputs, new.inputs, new.additional_secret_outputs)
    run.masker.add(
        leaf for value in (*new.inputs.values(), *marked.values()) for leaf in wire.secret_leaves(value)
    )
    if old is None:
        return replace(new, outputs=marked)
    return replace(
        new, inputs=_like(new.inputs, old.resource.inputs), outputs=_like(marked, old.resource.outputs)
    )


def _like(new: Properties, old: Properties) -> Properties:
    return {key: wire.keep_ciphertexts(value, old.get(key)) for key, value in new.items()}
