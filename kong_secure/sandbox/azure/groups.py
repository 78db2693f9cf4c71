"""Resource groups, and what every resource with a location has in common, parts that are given inside it included."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.identifiers import ResourceId
from kong_secure.sandbox.azure.refusals import ArmError, invalid, no_group, no_subscription
from kong_secure.sandbox.azure.store import Record, Store

_LOCATION: Final = re.compile(r"[a-z]+[a-z0-9]*")


def location(body: Record) -> str:
    """A body's location, as Azure spells it. Raises ArmError."""
    given = str(body.get("location") or "")
    if not given:
        raise invalid("The location property is required for this definition.", "LocationRequired")
    spelt = given.replace(" ", "").lower()
    if _LOCATION.fullmatch(spelt) is None:
        raise invalid(
            f"The provided location '{given}' is not available.", "LocationNotAvailableForResourceType"
        )
    return spelt


def etag() -> str:
    """A new one."""
    return f'W/"{uuid.uuid4()}"'


def put_group(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make or change a resource group."""
    if store.tenant_of(id_.subscription) is None:
        raise no_subscription(id_.subscription)
    where, old = location(body), store.find(id_.text)
    if old is not None and old["location"] != where:
        raise ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{where}'. The Resource group already exists in location "
            f"'{old['location']}'.",
        )
    record = {
        "id": ids.group_id(id_.subscription, id_.name),
        "name": id_.name,
        "type": ids.GROUPS,
        "location": where,
        "properties": {"provisioningState": "Succeeded"},
        **kept(body, "managedBy", "tags"),
    }
    store.put(record)
    return record


def require_group(store: Store, id_: ResourceId) -> None:
    """Refuse what is to lie in a resource group that isn't there."""
    if store.tenant_of(id_.subscription) is None:
        raise no_subscription(id_.subscription)
    if store.find(ids.group_id(id_.subscription, id_.group)) is None:
        raise no_group(id_.group)


def tracked(store: Store, id_: ResourceId, body: Record) -> Record:
    """The part of a record that every resource with a location of its own has. Raises ArmError."""
    require_group(store, id_)
    where, old = location(body), store.find(id_.text)
    if old is not None and old["location"] != where:
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{id_.name}' already exists in location '{old['location']}' in resource group "
            f"'{id_.group}'. A resource with the same name cannot be created in location '{where}'. "
            "Please select a new resource name.",
        )
    return {
        "id": old["id"] if old is not None else id_.text,
        "name": id_.name,
        "type": id_.type,
        "location": where,
        "etag": etag(),
        "provisioningState": "Succeeded",
        "resourceGuid": old["resourceGuid"] if old is not None else str(uuid.uuid4()),
        **kept(body, "tags"),
    }


def kept(body: Record, *names: str) -> dict[str, Any]:
    """The properties of a body that are given, of those named."""
    return {name: body[name] for name in names if body.get(name) is not None}


Make: TypeAlias = Callable[[str, Record, list[Record]], Record]
"""Makes one part from its name, its body and the parts before it."""


def parts(record: Record, type_: str, wanted: Iterable[Record], make: Make) -> list[Record]:
    """The parts of a record that are given inside it, as subnets of a network. Raises ArmError."""
    made: list[Record] = []
    for body in wanted:
        name = body.get("name")
        if not isinstance(name, str) or not name:
            raise invalid(f"One of the {type_.rpartition('/')[2]} of {record['name']} has no name.")
        made.append(make(name, body, made))
    return made


def put_with_parts(
    store: Store, record: Record, type_: str, wanted: Iterable[Record] | None, make: Make
) -> Record:
    """Keep a record, with these parts in place of all that it had; with None it keeps those. Raises ArmError."""
    made = [] if wanted is None else parts(record, type_, wanted, make)
    store.put(record)
    if wanted is not None:
        for part in store.of_type(type_, record["id"]):
            store.remove(part["id"])
    for part in made:
        store.put(part)
    return record


def blockers(store: Store, group: str) -> list[str]:
    """What can't be deleted with its resource group, because something outside of it uses it."""
    inside = [record["id"] for record in store.of_type(ids.SECURITY_GROUPS, group)]
    inside += [record["id"] for record in store.of_type(ids.ROUTE_TABLES, group)]
    return [
        id_
        for id_ in inside
        if any(not ids.covers(group, subnet["id"]) for subnet in subnets_using(store, id_))
    ]


def subnets_using(store: Store, id_: str) -> list[Record]:
    """The subnets that a network security group or route table is put on."""
    return [
        subnet
        for subnet in store.of_type(ids.SUBNETS)
        for used in ("networkSecurityGroup", "routeTable")
        if str(subnet.get(used, {}).get("id", "")).lower() == id_.lower()
    ]
