"""Who else must go when a resource is deleted before it is replaced.

Every transitive dependent whose own diff, run with unknown in the properties that depend on what goes, asks
for replacement; a mere `depends_on` takes nobody along. Pure but for the diff it is given; deleting is
`deployment`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from kong_secure.sandbox.engine import urns
from kong_secure.sandbox.engine.state import Record, Resource
from kong_secure.sandbox.engine.wire import UNKNOWN, Properties


@dataclass(frozen=True)
class Dependent:
    """A resource that must be replaced along with another, and the properties that make it so."""

    record: Record
    keys: tuple[str, ...]


ReplaceKeys = Callable[[Resource, Properties], tuple[str, ...]]


def dependents_to_replace(
    root: Record, records: Sequence[Record], spared: Collection[str], replace_keys: ReplaceKeys
) -> list[Dependent]:
    """The dependents of `root` that must be replaced too, each after what it depends on.

    records: the whole state in its order. spared: URNs that were registered in this run already; they can't
    depend on what goes any more. replace_keys: asks a resource's provider which of the given inputs force a
    replacement.
    """
    going = {root.resource.urn}
    reached = {root.resource.urn}
    found: list[Dependent] = []
    start = next(index for index, record in enumerate(records) if record.key == root.key)
    for record in records[start + 1 :]:
        resource = record.resource
        if resource.urn in spared or not (resource.needs - {resource.parent}) & reached:
            continue
        reached.add(resource.urn)
        must, keys = _must_go(resource, going, replace_keys)
        if must:
            going.add(resource.urn)
            found.append(Dependent(record, keys))
    return found


def _must_go(resource: Resource, going: set[str], replace_keys: ReplaceKeys) -> tuple[bool, tuple[str, ...]]:
    if not resource.custom or resource.external:
        return False, ()
    if urns.provider_urn(resource.provider) in going or resource.deleted_with in going:
        return True, ()
    touched = {
        key
        for key, needed in resource.property_dependencies.items()
        if key in resource.inputs and going & set(needed)
    }
    if not touched or urns.is_provider(resource.type):
        return False, ()
    inputs = {key: UNKNOWN if key in touched else value for key, value in resource.inputs.items()}
    keys = replace_keys(resource, inputs)
    return bool(keys), keys
