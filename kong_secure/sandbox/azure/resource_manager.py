"""Azure Resource Manager in front of the store: get, put and delete by id, whatever the type. What a type allows
is decided in the module that it lives in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kong_secure.sandbox.azure import (
    authorization,
    groups,
    networks,
    peerings,
    route_tables,
    security_groups,
)
from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.identifiers import IdentifierError, ResourceId, parsed
from kong_secure.sandbox.azure.refusals import (
    ArmError,
    invalid,
    no_group,
    no_role,
    not_found,
)
from kong_secure.sandbox.azure.store import Record, Store

Put = Callable[[Store, ResourceId, Record], Record]
Delete = Callable[[Store, ResourceId], None]
View = Callable[[Store, Record], Record]


def _as_kept(_store: Store, record: Record) -> Record:
    return record


def _remove(store: Store, id_: ResourceId) -> None:
    store.remove(id_.text)


def _delete_group(store: Store, id_: ResourceId) -> None:
    """Take a resource group away with all that is in it."""
    blocked = groups.blockers(store, id_.text)
    if blocked:
        raise ArmError(
            409,
            "ResourceGroupDeletionBlocked",
            f"Deletion of resource group '{id_.name}' failed as resources with identifiers '{','.join(blocked)}' "
            "could not be deleted. The provisioning state of the resource group will be rolled back.",
        )
    for network in store.of_type(ids.NETWORKS, id_.text):
        peerings.disconnect_all(store, network["id"])
    store.remove(id_.text)


@dataclass(frozen=True)
class ResourceType:
    """What can be done with a type."""

    put: Put
    delete: Delete = _remove
    view: View = _as_kept


TYPES: Final[Mapping[str, ResourceType]] = {
    ids.GROUPS: ResourceType(groups.put_group, _delete_group),
    ids.NETWORKS: ResourceType(networks.put_network, networks.delete_network, networks.view_network),
    ids.SUBNETS: ResourceType(networks.put_subnet),
    ids.PEERINGS: ResourceType(peerings.put_peering, peerings.delete_peering, peerings.view),
    ids.SECURITY_GROUPS: ResourceType(
        security_groups.put_group, security_groups.delete_group, security_groups.view_group
    ),
    ids.SECURITY_RULES: ResourceType(security_groups.put_rule),
    ids.ROUTE_TABLES: ResourceType(
        route_tables.put_table, route_tables.delete_table, route_tables.view_table
    ),
    ids.ROUTES: ResourceType(route_tables.put_route),
    ids.ROLES: ResourceType(authorization.put_role, authorization.delete_role),
    ids.ASSIGNMENTS: ResourceType(
        authorization.put_assignment, authorization.delete_assignment, authorization.view_assignment
    ),
}
"""The types that the sandbox's Azure has."""


class ResourceManager:
    """One request at a time. `changed` is called after each that may have changed something."""

    def __init__(self, store: Store, changed: Callable[[], None] = lambda: None) -> None:
        self.store = store
        self.changed = changed

    def get(self, id_: str) -> Record:
        """A resource as it is. Raises ArmError, of status 404 where it isn't there."""
        with self.store.locked():
            wanted, type_ = _known(id_)
            if wanted.type == ids.ROLES:
                role = authorization.find_role(self.store, wanted)
                if role is None:
                    raise no_role(wanted.name)
                return role
            record = self.store.find(id_)
            if record is None:
                raise _absent(self.store, wanted)
            return type_.view(self.store, record)

    def find(self, id_: str) -> Record | None:
        """A resource as it is; None where it isn't there."""
        try:
            return self.get(id_)
        except ArmError as error:
            if error.status != 404:
                raise
            return None

    def put(self, id_: str, body: Record) -> Record:
        """Make or change a resource; as it is then. Raises ArmError."""
        with self.store.locked():
            wanted, type_ = _known(id_)
            made = type_.put(self.store, wanted, body)
            self.changed()
            return self.get(made["id"])

    def delete(self, id_: str) -> None:
        """Take a resource away; one that isn't there is no failure. Raises ArmError."""
        with self.store.locked():
            wanted, type_ = _known(id_)
            if wanted.type != ids.ROLES and self.store.find(id_) is None:
                return
            type_.delete(self.store, wanted)
            self.changed()


def _known(id_: str) -> tuple[ResourceId, ResourceType]:
    try:
        wanted = parsed(id_)
    except IdentifierError as error:
        problem = str(error)
    else:
        if wanted.type in TYPES:
            return wanted, TYPES[wanted.type]
        problem = f"the sandbox's Azure has no resource of type {wanted.type}"
    raise invalid(problem, "InvalidResourceType")


def _absent(store: Store, id_: ResourceId) -> ArmError:
    if id_.type == ids.GROUPS or (
        id_.group and store.find(ids.group_id(id_.subscription, id_.group)) is None
    ):
        return no_group(id_.group)
    return not_found(id_.text, id_.type, id_.name, id_.group)
