"""Azure Resource Manager's ids, read and made. Pure. Ids are the same whatever the case of their letters."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Final

SUBSCRIPTIONS: Final = "Microsoft.Resources/subscriptions"
GROUPS: Final = "Microsoft.Resources/resourceGroups"
NETWORKS: Final = "Microsoft.Network/virtualNetworks"
SUBNETS: Final = "Microsoft.Network/virtualNetworks/subnets"
PEERINGS: Final = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings"
SECURITY_GROUPS: Final = "Microsoft.Network/networkSecurityGroups"
SECURITY_RULES: Final = "Microsoft.Network/networkSecurityGroups/securityRules"
ROUTE_TABLES: Final = "Microsoft.Network/routeTables"
ROUTES: Final = "Microsoft.Network/routeTables/routes"
ROLES: Final = "Microsoft.Authorization/roleDefinitions"
ASSIGNMENTS: Final = "Microsoft.Authorization/roleAssignments"

_TYPES: Final = {
    name.lower(): name
    for name in (
        NETWORKS,
        SUBNETS,
        PEERINGS,
        SECURITY_GROUPS,
        SECURITY_RULES,
        ROUTE_TABLES,
        ROUTES,
        ROLES,
        ASSIGNMENTS,
    )
}
_PROVIDERS: Final = "/providers/"
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SUBSCRIPTION: Final = re.compile(r"/subscriptions/(?P<subscription>[^/]+)(?P<rest>/.*)?", re.IGNORECASE)
_GROUP: Final = re.compile(r"/resourcegroups/(?P<group>[^/]+)(?P<rest>/.*)?", re.IGNORECASE)


class IdentifierError(ValueError):
    """A text that is no id of a resource."""


@dataclass(frozen=True)
class ResourceId:
    """An id, taken apart. type is spelt as Azure spells it. parent: the network of a subnet, the scope of a role
    assignment, the resource group of a network, the subscription of a group."""

    text: str
    type: str
    name: str
    subscription: str
    group: str = ""
    parent: str = ""

    @property
    def key(self) -> str:
        """The same for all spellings."""
        return self.text.lower()


def is_guid(text: str) -> bool:
    """Whether a text is 32 hexadecimal digits in the usual groups."""
    return _GUID.fullmatch(text) is not None


def derived_guid(*parts: str) -> str:
    """The GUID that stands for some texts, always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(part.lower() for part in parts)))


def parsed(text: str) -> ResourceId:
    """An id taken apart. Raises IdentifierError."""
    top = _SUBSCRIPTION.fullmatch(text.rstrip("/"))
    if top is None:
        raise IdentifierError(f"{text!r} is not the id of a resource")
    subscription, rest = top["subscription"], top["rest"] or ""
    at = rest.lower().rfind(_PROVIDERS)
    if at < 0:
        return _container(text, subscription, rest)
    scope, provided = rest[:at], rest[at + len(_PROVIDERS) :]
    group = _GROUP.match(scope)
    names = provided.split("/")
    if len(names) < 3 or len(names) % 2 == 0 or not all(names):
        raise IdentifierError(f"{text!r} is not the id of a resource")
    type_ = "/".join((names[0], *names[1::2]))
    parent = text[: -len(f"/{names[-2]}/{names[-1]}")]
    if len(names) == 3:
        parent = f"/subscriptions/{subscription}{scope}"
    return ResourceId(
        text,
        _TYPES.get(type_.lower(), type_),
        names[-1],
        subscription,
        group["group"] if group is not None else "",
        parent,
    )


def _container(text: str, subscription: str, rest: str) -> ResourceId:
    """The id of a subscription or of a resource group."""
    if not rest:
        return ResourceId(text, SUBSCRIPTIONS, subscription, subscription)
    group = _GROUP.fullmatch(rest)
    if group is None or group["rest"]:
        raise IdentifierError(f"{text!r} is not the id of a resource")
    return ResourceId(
        text, GROUPS, group["group"], subscription, group["group"], f"/subscriptions/{subscription}"
    )


def subscription_id(subscription: str) -> str:
    """The scope that is a subscription."""
    return f"/subscriptions/{subscription}"


def group_id(subscription: str, group: str) -> str:
    """A resource group's id."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def network_id(subscription: str, group: str, name: str) -> str:
    """A virtual network's id."""
    return f"{group_id(subscription, group)}/providers/{NETWORKS}/{name}"


def role_id(subscription: str, guid: str) -> str:
    """A role definition's id, as seen through a subscription."""
    return f"/subscriptions/{subscription}/providers/{ROLES}/{guid}"


def covers(scope: str, id_: str) -> bool:
    """Whether a scope is a resource, or contains it."""
    outer, inner = scope.lower().rstrip("/"), id_.lower().rstrip("/")
    return inner == outer or inner.startswith(outer + "/")
