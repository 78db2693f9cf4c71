"""Making what is declared, where it isn't there yet. What a program made or changed stays as it is."""

from __future__ import annotations

from typing import Any

from kong_secure.sandbox.declaration import ControlPlane, Declaration, DeclarationError, Network
from kong_secure.sandbox.konnect import rules
from kong_secure.sandbox.konnect.cloud_gateways import networks
from kong_secure.sandbox.konnect.cloud_gateways.rules import CloudGateways
from kong_secure.sandbox.konnect.entities import control_plane
from kong_secure.sandbox.konnect.refusals import RefusalError
from kong_secure.sandbox.konnect.rules import ROUTE, SERVICE, Kind
from kong_secure.sandbox.konnect.store import Record, Store


def seed(store: Store, gateways: CloudGateways, declared: Declaration) -> None:
    """Creates the declared control planes, services, routes and networks that are absent, by name; all of
    them or none.

    Raises `DeclarationError` for what Konnect refuses.
    """
    with store.transaction():
        for plane in declared.control_planes:
            _seed_plane(store, plane)
        for network in declared.networks:
            _seed_network(store, gateways, network)


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


def _seed_network(store: Store, gateways: CloudGateways, declared: Network) -> None:
    if store.holder(networks.KIND, networks.SCOPE, "name", declared.name) is not None:
        return
    account = gateways.account_at(declared.provider, declared.provider_account_id)
    zones = declared.availability_zones or networks.zones_of(declared.region, declared.provider)
    body = {
        "name": declared.name,
        "cloud_gateway_provider_account_id": account["id"],
        "region": declared.region,
        "availability_zones": zones,
        "cidr_block": declared.cidr_block,
        "state": "offline" if declared.state == "offline" else "initializing",
    }
    try:
        made = gateways.add_network(body, declared.id)
    except RefusalError as refusal:
        reason = str(refusal)
    else:
        if declared.state == "ready":
            gateways.make_ready(made["id"])
        return
    raise DeclarationError(f"sandbox.yaml: network '{declared.name}': {reason}")
