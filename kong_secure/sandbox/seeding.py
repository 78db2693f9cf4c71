"""Making what is declared, where it isn't there yet. What a program made or changed stays as it is."""

from __future__ import annotations

from typing import Any

from kong_secure.sandbox.declaration import ControlPlane, Declaration, DeclarationError
from kong_secure.sandbox.konnect import rules
from kong_secure.sandbox.konnect.entities import control_plane
from kong_secure.sandbox.konnect.refusals import RefusalError
from kong_secure.sandbox.konnect.rules import ROUTE, SERVICE, Kind
from kong_secure.sandbox.konnect.store import Record, Store


def seed(store: Store, declared: Declaration) -> None:
    """Creates the declared control planes, services and routes that are absent, by name; all of them or none.

    Raises `DeclarationError` for what Konnect refuses.
    """
    with store.transaction():
        for plane in declared.control_planes:
            _seed_plane(store, plane)


def _seed_plane(store: Store, declared: ControlPlane) -> None:
    where = f"control plane '{declared.name}'"
    plane = store.holder(control_plane.KIND, declared.region, "name", declared.name)
    if plane is None:
        plane = rules.create_plane(store, declared.region, {"name": declared.name})
    for service in declared.services:
        inside = f"{where}, service '{service.name}'"
        made = _seed(store, plane, SERVICE, service.body(), inside)
        for index, route in enumerate(service.routes):
            # The sandbox's gateway listens on plain HTTP, where Konnect's own listen on TLS too.
            body = {"protocols": ["http", "https"], **route, "service": {"id": made["id"]}}
            if not isinstance(route.get("name"), str):
                raise DeclarationError(f"sandbox.yaml: {inside}, routes[{index}]: a route needs a name")
            _seed(store, plane, ROUTE, body, f"{inside}, route '{route['name']}'")


def _seed(store: Store, plane: Record, kind: Kind, body: dict[str, Any], where: str) -> Record:
    there = rules.find(store, plane["id"], kind, body["name"])
    if there is not None:
        return there
    try:
        return rules.create(store, plane["id"], kind, body)
    except RefusalError as refusal:
        reason = str(refusal)
    raise DeclarationError(f"sandbox.yaml: {where}: {reason}")
