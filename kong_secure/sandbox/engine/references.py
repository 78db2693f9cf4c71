"""The URNs by which recorded resources name each other: following renames, and dropping what is gone.

Pure functions; `journal` applies the renames when it writes a state, `refresh` the drops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kong_secure.sandbox.engine import urns
from kong_secure.sandbox.engine.state import Record, Resource


def without_dangling(
    records: Sequence[Record], missing: set[str], parents: Mapping[str, str]
) -> dict[int, Resource]:
    """The records that referred to resources which are gone, without those references.

    A child of one that is gone belongs to the nearest parent that is left.
    """
    changed: dict[int, Resource] = {}
    for record in records:
        resource = record.resource
        if not resource.needs & missing:
            continue
        parent = resource.parent
        while parent in missing:
            parent = parents.get(parent, "")
        changed[record.key] = replace(
            resource,
            parent=parent,
            dependencies=tuple(urn for urn in resource.dependencies if urn not in missing),
            property_dependencies={
                key: tuple(urn for urn in named if urn not in missing)
                for key, named in resource.property_dependencies.items()
            },
            deleted_with="" if resource.deleted_with in missing else resource.deleted_with,
        )
    return changed


def follow_aliases(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stored resources in which everything names everything by today's URNs, and no aliases are left.

    A child whose parent was renamed, and that wasn't registered since, is renamed along with it.
    """
    renamed: dict[str, str] = {}
    for document in documents:
        renamed.update(dict.fromkeys(document.get("aliases", ()), document["urn"]))
        parent = renamed.get(document.get("parent", ""))
        if parent is not None and document["urn"] not in renamed:
            today = _under(document["urn"], parent)
            if today != document["urn"]:
                renamed[document["urn"]] = today
    return [_renamed(document, renamed) for document in documents] if renamed else documents


def _under(urn: str, parent: str) -> str:
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return urns.Identity(stack, project, parent, urns.type_of(urn), urns.name_of(urn)).urn


def _renamed(document: dict[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    def today(urn: str) -> str:
        return renamed.get(urn, urn)

    result = {name: value for name, value in document.items() if name != "aliases"}
    for name in ("urn", "parent", "deletedWith"):
        if name in result:
            result[name] = today(result[name])
    if "provider" in result:
        urn, _, id_ = result["provider"].rpartition("::")
        result["provider"] = f"{today(urn)}::{id_}"
    if "dependencies" in result:
        result["dependencies"] = [today(urn) for urn in result["dependencies"]]
    if "propertyDependencies" in result:
        named = result["propertyDependencies"].items()
        result["propertyDependencies"] = {key: [today(urn) for urn in others or ()] for key, others in named}
    return result
