"""What must hold between the things in Konnect: who may be written, what a reference needs, what goes with
a deletion. Reading requests and wording answers doesn't live here."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kong_secure.sandbox.konnect.entities import control_plane, plugin, route, service
from kong_secure.sandbox.konnect.entities.fields import UUID_PATTERN
from kong_secure.sandbox.konnect.refusals import (
    BadQueryError,
    ConflictError,
    DanglingReferenceError,
    DeniedError,
    InvalidError,
    NotFoundError,
    Problem,
)
from kong_secure.sandbox.konnect.store import Record, Store, Unique, UniqueTakenError

REGIONS = ("us", "eu", "au", "me", "in", "sg")
"""Where control planes live (cloud-gateways: components/schemas/ControlPlaneGeo)."""

_READ_ONLY = {
    "CLUSTER_TYPE_K8S_INGRESS_CONTROLLER": "operation not permitted on KIC cluster",
    "CLUSTER_TYPE_CONTROL_PLANE_GROUP": "operation not permitted on a control plane group",
}


@dataclass(frozen=True)
class Kind:
    """A kind of core entity: its name, the word for it in paths, and what its module says about it."""

    name: str
    path: str
    named: bool
    record: Callable[[dict[str, Any]], Record]
    uniques: Callable[[Record], list[Unique]]
    references: Callable[[Record], list[tuple[str, str, str]]]


SERVICE = Kind(service.KIND, "services", True, service.record, service.uniques, service.references)
ROUTE = Kind(route.KIND, "routes", True, route.record, route.uniques, route.references)
PLUGIN = Kind(plugin.KIND, "plugins", False, plugin.record, plugin.uniques, plugin.references)
KINDS = {kind.name: kind for kind in (SERVICE, ROUTE, PLUGIN)}

_DEPENDENTS = {"service": (ROUTE, PLUGIN), "route": (PLUGIN,)}


def uniques(kind: str, record: Record) -> list[Unique]:
    """The values of a record that no other may have."""
    return control_plane.uniques(record) if kind == control_plane.KIND else KINDS[kind].uniques(record)


def is_uuid(text: str) -> bool:
    """Whether a part of a path is an id rather than a name."""
    return re.fullmatch(UUID_PATTERN, text.lower()) is not None


# --- control planes ---


def get_plane(store: Store, region: str, plane_id: str) -> Record:
    """The control plane. Raises `NotFoundError`: one of another region is unknown here."""
    plane = store.get(control_plane.KIND, region, plane_id.lower())
    if plane is None:
        raise NotFoundError("The requested control plane was not found.")
    return plane


def create_plane(store: Store, region: str, body: dict[str, Any]) -> Record:
    """A new control plane. Raises `InvalidError` or `ConflictError`."""
    now = _timestamp()
    kept = {
        "id": str(uuid.uuid4()),
        **control_plane.created(body, region),
        "created_at": now,
        "updated_at": now,
    }
    _put(store, control_plane.KIND, region, kept)
    return kept


def update_plane(store: Store, region: str, plane_id: str, body: dict[str, Any]) -> Record:
    """The control plane after a PATCH. Raises `NotFoundError` or `InvalidError`.

    The specification declares a conflict for POST only, so a name in use is an invalid parameter here.
    """
    kept = control_plane.updated(get_plane(store, region, plane_id), body) | {"updated_at": _timestamp()}
    try:
        store.put(control_plane.KIND, region, kept)
    except UniqueTakenError:
        pass
    else:
        return kept
    raise InvalidError([Problem(("name",), "invalid", "Control Plane with provided name already exists.")])


def delete_plane(store: Store, region: str, plane_id: str) -> None:
    """Deletes a control plane and everything in it. Raises `NotFoundError`.

    The specification declares no conflict for this call (control-planes: DELETE
    /control-planes/{controlPlaneId}), so what is in a control plane can't hold it back.
    """
    plane = get_plane(store, region, plane_id)
    with store.transaction():
        for kind in KINDS:
            for record in store.all(kind, plane["id"]):
                store.delete(kind, plane["id"], record["id"])
        store.delete(control_plane.KIND, region, plane["id"])


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- core entities ---


def writable(plane: Record) -> None:
    """Raises `DeniedError` for a control plane whose configuration is written elsewhere."""
    reason = _READ_ONLY.get(plane["config"]["cluster_type"])
    if reason is not None:
        raise DeniedError(reason)


def find(store: Store, plane_id: str, kind: Kind, id_or_name: str) -> Record | None:
    """The entity of an id, or of a name where its kind has names."""
    if is_uuid(id_or_name):
        return store.get(kind.name, plane_id, id_or_name.lower())
    return store.holder(kind.name, plane_id, "name", id_or_name) if kind.named else None


def create(store: Store, plane_id: str, kind: Kind, body: dict[str, Any]) -> Record:
    """A new entity, with an id of the caller's or a random one. Raises `InvalidError`, `ConflictError` or
    `DanglingReferenceError`."""
    kept = kind.record(body)
    kept["id"] = kept["id"] or str(uuid.uuid4())
    if store.get(kind.name, plane_id, kept["id"]) is not None:
        raise ConflictError("id", "id")
    return _write(store, plane_id, kind, kept, None)


def upsert(store: Store, plane_id: str, kind: Kind, id_or_name: str, body: dict[str, Any]) -> Record:
    """The entity created, or replaced whole: what the body leaves out is lost. Raises like `create`.

    An id in the path wins over one in the body, which its place in the path overwrites (Kong/koko, PUT
    /v1/services/{item.id}). A name in the path and another in the body are refused (Kong's admin API).
    """
    by_name = not is_uuid(id_or_name)
    if by_name and not kind.named:
        raise BadQueryError("id", f" '{id_or_name}' is not a valid uuid")
    previous = find(store, plane_id, kind, id_or_name)
    if by_name:
        body = {**body, "name": _agreed("name", id_or_name, body.get("name"))}
    kept = kind.record(body)
    if not by_name:
        kept["id"] = id_or_name.lower()
    if by_name and previous is not None:
        kept["id"] = _agreed("id", previous["id"], kept["id"])
    elif by_name and kept["id"] is None:
        kept["id"] = str(uuid.uuid4())
    elif by_name and store.get(kind.name, plane_id, kept["id"]) is not None:
        raise ConflictError("id", "id")
    return _write(store, plane_id, kind, kept, previous)


def delete(store: Store, plane_id: str, kind: Kind, record_id: str) -> None:
    """Deletes an entity and those that refer to it; one that isn't there is deleted already."""
    with store.transaction():
        for dependent in _DEPENDENTS.get(kind.name, ()):
            for record in store.all(dependent.name, plane_id):
                parent = record.get(kind.name)
                if parent is not None and parent["id"] == record_id:
                    delete(store, plane_id, dependent, record["id"])
        store.delete(kind.name, plane_id, record_id)


def _agreed(field: str, in_path: str, in_body: Any) -> str:
    if in_body is not None and in_body != in_path:
        raise InvalidError([Problem((field,), "invalid", f"must be '{in_path}', as in the path")])
    return in_path


def _write(store: Store, plane_id: str, kind: Kind, kept: Record, previous: Record | None) -> Record:
    for field, target, target_id in kind.references(kept):
        if store.get(target, plane_id, target_id) is None:
            raise DanglingReferenceError(field)
    now = int(time.time())
    kept["created_at"] = now if previous is None else previous["created_at"]
    kept["updated_at"] = now
    _put(store, kind.name, plane_id, kept)
    return kept


def _put(store: Store, kind: str, scope: str, kept: Record) -> None:
    conflict = None
    try:
        store.put(kind, scope, kept)
    except UniqueTakenError as taken:
        conflict = ConflictError(taken.unique.field, taken.unique.constraint)
    if conflict is not None:
        raise conflict
