"""Deleting what is no longer wanted: dependents before what they depend on, independent resources in
parallel, in the rounds in which pulumi does it.

The end of an `up` deletes what the program didn't register and what was replaced; a destroy deletes
everything. Deleting one resource is in `execution`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from kong_secure.sandbox.engine import execution, urns
from kong_secure.sandbox.engine.execution import Run
from kong_secure.sandbox.engine.operations import Change, Operation
from kong_secure.sandbox.engine.plugins import ProviderError
from kong_secure.sandbox.engine.state import Record, Resource


def delete_all(run: Run, condemned: Sequence[Record]) -> None:
    """Delete the records, given in the order of the state, in rounds.

    What fails is reported, and what it depends on stays; the others go on.
    """
    waiting = {record.key: record for record in condemned}
    needed_by = dependents(condemned)
    going = {record.resource.urn for record in condemned}
    with ThreadPoolExecutor(max(1, run.stack.parallel)) as pool:
        for planned in rounds(condemned, needed_by):
            # a preview lists them in one fixed order, last made first
            ready = sorted((key for key in planned if not needed_by[key]), reverse=True)
            deleted = pool.map(
                lambda record: _delete(run, record, going), [waiting.pop(key) for key in ready]
            )
            gone = {key for key, done in zip(ready, deleted, strict=True) if done}
            for others in needed_by.values():
                others.difference_update(gone)
    for record in waiting.values():
        _give_up(run, record, waiting, needed_by)


def rounds(records: Sequence[Record], needed_by: Mapping[int, set[int]]) -> list[list[int]]:
    """The keys of the records as pulumi deletes them: each round is over before the next one begins, the first is of
    what has most layers of others under it, and the last of what needs nothing.
    """
    depth = dict.fromkeys((record.key for record in records), 0)
    for record in records:  # each after what it needs
        for key in needed_by[record.key]:
            depth[key] = max(depth[key], depth[record.key] + 1)
    layers: list[list[int]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key, layer in depth.items():
        layers[layer].append(key)
    return layers[::-1]


def dependents(records: Sequence[Record]) -> dict[int, set[int]]:
    """For each record's key, the keys of those that need it and must therefore go first."""
    needed_by: dict[int, set[int]] = {record.key: set() for record in records}
    earlier: dict[str, list[int]] = {}  # only what stands earlier in the state can be needed
    for record in records:
        for urn in record.resource.needs:
            for key in earlier.get(urn, ()):
                needed_by[key].add(record.key)
        earlier.setdefault(record.resource.urn, []).append(record.key)
    return needed_by


def _delete(run: Run, record: Record, going: set[str]) -> bool:
    resource = record.resource
    started = time.monotonic()
    if resource.protect and not resource.delete:
        refusal = "it is protected; take `protect` away from it in the program and run `up` first"
        run.tell(Change(resource.urn, "delete", error=refusal))
        return False
    try:
        execution.delete(run, record, with_owner=resource.deleted_with in going)
    except ProviderError as error:
        run.tell(Change(resource.urn, "delete", error=str(error)))
        return False
    seconds = time.monotonic() - started
    if resource.delete:
        _tell_of_replaced(run, record, seconds)
    elif not resource.pending_replacement:  # of a replacement that was given up there is nothing left to say
        operation = "same" if resource.external else "delete"  # what was only read is only forgotten
        run.tell(Change(resource.urn, operation, note=_note(resource), seconds=seconds), resource)
    return True


def _tell_of_replaced(run: Run, record: Record, seconds: float) -> None:
    """The end of a replacement that a former run began; of one of this run all was said when it was made."""
    if record.key in run.replaced_before and run.operation is Operation.UP:
        note = "what it replaced in a former run is gone now"
        run.tell(Change(record.resource.urn, "replace", note=note, seconds=seconds))


def _note(resource: Resource) -> str:
    kept = resource.retain_on_delete and resource.custom and not urns.is_provider(resource.type)
    return "forgotten here and kept where it is: retain_on_delete" if kept else ""


def _give_up(run: Run, record: Record, waiting: dict[int, Record], needed_by: dict[int, set[int]]) -> None:
    # only what still stands in the way is named, not what waits for the same thing
    blockers = needed_by[record.key] - waiting.keys()
    if not blockers or record.resource.delete:
        return
    reason = "something that depends on it could not be deleted"
    run.tell(Change(record.resource.urn, "delete", error=reason, attempted=False))
    run.report.failed = True


def leftovers(records: Sequence[Record], unregistered: set[int]) -> list[Record]:
    """What was replaced, and what the program didn't register, given by key.

    Without what is still needed: a resource whose update failed keeps what it was made with.
    """
    condemned: list[Record] = []
    needed: set[str] = set()
    for record in reversed(records):
        resource = record.resource
        # What was replaced has a successor of the same URN, which is what is needed.
        if resource.delete or (record.key in unregistered and resource.urn not in needed):
            condemned.append(record)
        else:
            needed.update(resource.needs)
    return condemned[::-1]
