"""Refreshing: reading what every recorded resource is now, showing the drift and recording it.

The program isn't run. How drift is shown is in `display`; healing it is the next `up`'s matter.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from kong_secure.sandbox.engine import diffs, display, execution, references, urns
from kong_secure.sandbox.engine.execution import Run
from kong_secure.sandbox.engine.operations import Change, Difference, EngineError
from kong_secure.sandbox.engine.plugins import Plugin, ProviderError
from kong_secure.sandbox.engine.state import Record, Resource, timestamp
from kong_secure.sandbox.engine.steps import Options, interpret


def refresh_all(run: Run) -> None:
    """Read every resource, in parallel, and record what was found. What fails is reported."""
    records = run.store.records()
    with ThreadPoolExecutor(max(1, run.stack.parallel)) as pool:
        left = list(pool.map(lambda record: _refresh(run, record), records))
    gone = {record.key for record, there in zip(records, left, strict=True) if not there}
    if gone:
        remaining = run.store.records()
        missing = {r.resource.urn for r in records if r.key in gone} - {r.resource.urn for r in remaining}
        run.store.commit(change=references.without_dangling(remaining, missing, _parents(records)))


def take_over(run: Run, wanted: Resource, id_: str) -> None:
    """Record what is there under that id as what an interrupted create was to make. Raises EngineError."""
    try:
        with run.slot():
            found, _, outputs = run.providers.plugin(wanted.provider).read(replace(wanted, id=id_))
        problem = "" if found else "it isn't there"
    except ProviderError as error:
        problem = str(error)
    if problem:
        raise EngineError(f"{display.describe(wanted.urn)} can't be taken over as {id_!r}: {problem}")
    for record in run.store.records():
        run.store.keep(record.key)  # it comes after what it needs
    now = timestamp()
    resource = replace(wanted, id=found, created=now, modified=now)
    run.store.commit(add=execution.finished(run, resource, outputs, None))


def _refresh(run: Run, record: Record) -> bool:
    """Read one resource; False when it is gone."""
    resource = record.resource
    if (
        not resource.custom
        or urns.is_provider(resource.type)
        or resource.pending_replacement
        or resource.external
    ):
        run.tell(Change(resource.urn, "same"))
        return True
    started = time.monotonic()
    try:
        with run.slot():
            plugin = run.providers.plugin(resource.provider)
            id_, inputs, outputs = plugin.read(resource)
            found = replace(resource, id=id_, inputs=resource.inputs if inputs is None else inputs)
            found = execution.finished(run, found, outputs, record)
            drifted = bool(id_) and _drifted(plugin, resource, found)
    except ProviderError as error:
        run.tell(Change(resource.urn, "same", error=str(error)))
        return True
    seconds = time.monotonic() - started
    if not id_:
        run.store.commit(drop=[record.key])
        run.tell(Change(resource.urn, "delete", seconds=seconds))
        return False
    differences = drift(resource, found)
    if differences or found != resource:
        run.store.commit(change={record.key: replace(found, modified=timestamp())})
    shown = Change(resource.urn, "update", differences) if drifted else Change(resource.urn, "same")
    run.tell(replace(shown, seconds=seconds))
    return True


def _drifted(plugin: Plugin, recorded: Resource, found: Resource) -> bool:
    """Whether the next `up` would put it back: by that pulumi tells drift from what has only become known since."""
    options = Options(ignore_changes=tuple(recorded.ignore_changes))
    return interpret(plugin.diff(found, recorded), found.inputs, recorded.inputs, options).changes


def drift(recorded: Resource, found: Resource) -> tuple[Difference, ...]:
    """The properties that differ from what was recorded, outputs and inputs together, each named once."""
    outputs = diffs.differences(recorded.outputs, found.outputs)
    named = {difference.path for difference in outputs}
    inputs = diffs.differences(recorded.inputs, found.inputs)
    both = [*outputs, *(difference for difference in inputs if difference.path not in named)]
    return tuple(sorted(both, key=lambda difference: difference.path))


def _parents(records: Sequence[Record]) -> dict[str, str]:
    return {record.resource.urn: record.resource.parent for record in records}
