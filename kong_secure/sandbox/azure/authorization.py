"""Role definitions and role assignments: what may be written, and what a principal may do where.

A role is of a tenant: its name and its GUID are there once, and it is seen at every scope that it can be assigned
at. An assignment has effect once it has spread, `Store.propagation_seconds` after it was made.
"""

from __future__ import annotations

import fnmatch
from datetime import UTC, datetime
from typing import Final

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.groups import kept
from kong_secure.sandbox.azure.identifiers import IdentifierError, ResourceId, covers, is_guid, parsed
from kong_secure.sandbox.azure.refusals import (
    ArmError,
    invalid,
    no_group,
    no_principal,
    no_role,
    no_subscription,
    not_found,
)
from kong_secure.sandbox.azure.store import Record, Store

_PRINCIPAL_TYPES: Final = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")
_BUILT_IN: Final = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": ("Owner", ["*"], []),
    "b24988ac-6180-42a0-ab88-20f7382dd24c": (
        "Contributor",
        ["*"],
        [
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ],
    ),
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": ("Reader", ["*/read"], []),
    "4d97b98b-1d4f-4787-a291-c60834d22b4c": ("Network Contributor", ["Microsoft.Network/*"], []),
}


def _now(store: Store) -> str:
    return datetime.fromtimestamp(store.clock.now(), UTC).isoformat().replace("+00:00", "Z")


def require_scope(store: Store, scope: str) -> ResourceId:
    """A scope that is there, taken apart. Raises ArmError."""
    try:
        id_ = parsed(scope)
    except IdentifierError:
        raise invalid(f"The scope '{scope}' is not valid.", "InvalidScope") from None
    if store.tenant_of(id_.subscription) is None:
        raise no_subscription(id_.subscription)
    group = ids.group_id(id_.subscription, id_.group)
    if id_.group and store.find(group) is None:
        raise no_group(id_.group)
    if id_.type not in (ids.SUBSCRIPTIONS, ids.GROUPS) and store.find(scope) is None:
        raise not_found(scope, id_.type, id_.name, id_.group)
    return id_


# --- role definitions ---


def find_role(store: Store, id_: ResourceId) -> Record | None:
    """A role as it is seen at the scope in its id; None where it isn't seen there."""
    if id_.name.lower() in _BUILT_IN:
        return _built_in(id_)
    tenant = store.tenant_of(id_.subscription)
    role = _role(store, tenant or "", id_.name)
    if role is None or not any(
        covers(scope, id_.parent) or covers(id_.parent, scope) for scope in role["assignableScopes"]
    ):
        return None
    return {**role, "id": ids.role_id(id_.subscription, role["name"])}


def _role(store: Store, tenant: str, guid: str) -> Record | None:
    roles = (role for role in store.of_type(ids.ROLES) if role["name"].lower() == guid.lower())
    return next((role for role in roles if _tenant(store, role) == tenant), None)


def _tenant(store: Store, record: Record) -> str | None:
    return store.tenant_of(parsed(record["id"]).subscription)


def _built_in(id_: ResourceId) -> Record:
    name, actions, not_actions = _BUILT_IN[id_.name.lower()]
    return {
        "id": ids.role_id(id_.subscription, id_.name.lower()),
        "name": id_.name.lower(),
        "type": ids.ROLES,
        "roleName": name,
        "roleType": "BuiltInRole",
        "description": "",
        "assignableScopes": ["/"],
        "permissions": [_permission({"actions": actions, "notActions": not_actions})],
    }


def _permission(given: Record) -> Record:
    names = ("actions", "notActions", "dataActions", "notDataActions")
    return {name: list(given.get(name) or []) for name in names}


def put_role(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make or change a custom role."""
    _require_role_guid(id_.name)
    _require_container(store, id_.parent)
    scopes = list(body.get("assignableScopes") or [])
    if not scopes:
        raise invalid(f"Role definition '{id_.name}' has no assignable scopes.", "BadRequestFormat")
    for scope in scopes:
        _require_container(store, scope)
    name = body.get("roleName")
    if not name:
        raise invalid("The role definition has no name.", "BadRequestFormat")
    tenant = store.tenant_of(id_.subscription)
    old = _role(store, tenant or "", id_.name)
    _require_free_name(store, tenant, str(name), old)
    record = {
        "id": old["id"] if old is not None else ids.role_id(id_.subscription, id_.name.lower()),
        "name": id_.name.lower(),
        "type": ids.ROLES,
        "roleName": name,
        "roleType": "CustomRole",
        "assignableScopes": scopes,
        "permissions": [_permission(permission) for permission in body.get("permissions") or []],
        "createdOn": old["createdOn"] if old is not None else _now(store),
        "updatedOn": _now(store),
        **kept(body, "description"),
    }
    store.put(record)
    return record


def _require_role_guid(name: str) -> None:
    if not is_guid(name):
        raise invalid(
            f"The role definition ID '{name}' is not valid. The role definition ID must be a GUID.",
            "InvalidRoleDefinitionId",
        )


def _require_container(store: Store, scope: str) -> None:
    """Roles live in subscriptions and resource groups, not in resources."""
    if require_scope(store, scope).type not in (ids.SUBSCRIPTIONS, ids.GROUPS):
        raise invalid(
            f"The scope '{scope}' is not valid for a custom role: it must be a management group, a subscription or "
            "a resource group.",
            "BadRequestFormat",
        )


def _require_free_name(store: Store, tenant: str | None, name: str, old: Record | None) -> None:
    taken = {built_in.lower() for built_in, _, _ in _BUILT_IN.values()}
    taken |= {
        role["roleName"].lower()
        for role in store.of_type(ids.ROLES)
        if role is not old and _tenant(store, role) == tenant
    }
    if name.lower() in taken:
        raise ArmError(
            409,
            "RoleDefinitionWithSameNameExists",
            "A custom role with the same name already exists in this directory. Use a different name."
            if old is None
            else "A role definition cannot be updated with a name that already exists.",
        )


def delete_role(store: Store, id_: ResourceId) -> None:
    """Take a role away. Refused while it is assigned."""
    role = find_role(store, id_)
    if role is None:
        return
    if any(
        parsed(assignment["roleDefinitionId"]).name.lower() == role["name"]
        for assignment in store.of_type(ids.ASSIGNMENTS)
    ):
        raise invalid(
            "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).",
            "RoleDefinitionHasAssignments",
        )
    own = _role(store, store.tenant_of(id_.subscription) or "", id_.name)
    if own is not None:
        store.remove(own["id"])


# --- role assignments ---


def put_assignment(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make an assignment; one that is there can't become another."""
    if not is_guid(id_.name):
        raise invalid(
            f"The role assignment ID '{id_.name}' is not valid. The role assignment ID must be a GUID.",
            "InvalidRoleAssignmentId",
        )
    scope = require_scope(store, id_.parent)
    tenant = str(store.tenant_of(scope.subscription))
    role = _assignable_role(store, str(body.get("roleDefinitionId") or ""), id_.parent)
    principal = str(body.get("principalId") or "").lower()
    kind = _principal_type(store, tenant, principal, body.get("principalType"))
    old = store.find(id_.text)
    _require_new(store, id_, old, (role["name"], principal))
    record = {
        "id": old["id"] if old is not None else id_.text,
        "name": id_.name.lower(),
        "type": ids.ASSIGNMENTS,
        "scope": id_.parent,
        "roleDefinitionId": role["id"],
        "principalId": principal,
        "principalType": kind,
        "createdOn": old["createdOn"] if old is not None else _now(store),
        "updatedOn": _now(store),
        "spreadAt": old["spreadAt"] if old is not None else store.clock.now() + store.propagation_seconds,
        **kept(body, "condition", "conditionVersion", "description"),
    }
    store.put(record)
    return record


def _assignable_role(store: Store, role_id: str, scope: str) -> Record:
    """The role with a full id. Raises ArmError where it can't be assigned at the scope."""
    try:
        id_ = parsed(role_id)
    except IdentifierError:
        id_ = None
    if id_ is None or id_.type != ids.ROLES:
        raise invalid("The request was incorrectly formatted.", "BadRequestFormat")
    _require_role_guid(id_.name)
    role = find_role(store, id_)
    if role is None or not any(
        assignable == "/" or covers(assignable, scope) for assignable in role["assignableScopes"]
    ):
        raise no_role(id_.name)
    return role


def _principal_type(store: Store, tenant: str, principal: str, given: object) -> str:
    """What a principal is. Who isn't in the directory is taken to be what the request says."""
    if not is_guid(principal):
        raise invalid(
            f"The Principal ID '{principal}' is not valid. Principal ID must be a GUID.", "InvalidPrincipalId"
        )
    if given is not None and given not in _PRINCIPAL_TYPES:
        raise invalid(f"The principal type '{given}' is not valid.", "BadRequestFormat")
    known = store.principal(tenant, principal)
    if known is None and given is None:
        raise no_principal(principal, tenant)
    found = str(known["type"]) if known is not None else str(given)
    if given is not None and given != found:
        raise invalid(
            f"The PrincipalId '{principal.replace('-', '')}' has type '{found}' , which is different from specified "
            f"PrinciaplType '{given}'.",
            "UnmatchedPrincipalType",
        )
    return found


def _require_new(store: Store, id_: ResourceId, old: Record | None, grant: tuple[str, str]) -> None:
    """Refuse a second assignment of the same, and the same of another."""
    if old is not None and _grant(old) != grant:
        raise invalid(
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            "RoleAssignmentUpdateNotPermitted",
        )
    for other in store.of_type(ids.ASSIGNMENTS, id_.parent):
        same = other["scope"].lower() == id_.parent.lower() and _grant(other) == grant
        if same and other["id"].lower() != id_.key:
            raise ArmError(
                409,
                "RoleAssignmentExists",
                "The role assignment already exists. The ID of the existing role assignment is "
                f"{other['name'].replace('-', '')}.",
            )


def _grant(assignment: Record) -> tuple[str, str]:
    return parsed(assignment["roleDefinitionId"]).name.lower(), str(assignment["principalId"])


def delete_assignment(store: Store, id_: ResourceId) -> None:
    """Take an assignment away, at once."""
    store.remove(id_.text)


def view_assignment(_store: Store, record: Record) -> Record:
    """An assignment as it is shown."""
    return {key: value for key, value in record.items() if key != "spreadAt"}


# --- what they mean ---


def assignments(store: Store, principal: str, at: str) -> list[Record]:
    """What is assigned to a principal at a resource, or at what contains it."""
    return [
        assignment
        for assignment in store.of_type(ids.ASSIGNMENTS)
        if assignment["principalId"] == principal.lower() and covers(assignment["scope"], at)
    ]


def has_spread(store: Store, assignment: Record) -> bool:
    """Whether an assignment has effect."""
    return bool(assignment["spreadAt"] <= store.clock.now())


def allows(store: Store, assignment: Record, action: str) -> bool:
    """Whether the role of an assignment has an action."""
    role = find_role(store, parsed(assignment["roleDefinitionId"]))
    return role is not None and any(
        _matches(permission["actions"], action) and not _matches(permission["notActions"], action)
        for permission in role["permissions"]
    )


def _matches(patterns: list[str], action: str) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
