"""What Kong is granted in a company's Azure, and the names of the grants: derived, so that they are known before
anything is made, and the same after a state was lost. They are state format.

Source: Kong's documentation of Azure VNet peering (the role "Kong Cloud Gateway Peering Creator", the consent to its
application).
"""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kong_secure.rules.findings import Finding

KONG_CLIENT_ID = "207b296f-cf25-4d23-9eba-9a2c41dc62ca"
"""Kong's application, kong-cgw-azure-vnet-peering-app, as Kong has documented it."""

PEERING_ACTIONS = (
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/delete",
    "Microsoft.Network/virtualNetworks/peer/action",
)
"""Everything that Kong's application does in a company's network."""

_NAMESPACE = uuid.UUID("3c5a6f0e-8a57-5d0b-9f4e-2d8f6b1c7a90")
_OWNER_DIGITS = 8


def consent_url(tenant_id: str, client_id: str) -> str:
    """Where an administrator of the tenant approves Kong's application."""
    return f"https://login.microsoftonline.com/{tenant_id}/adminconsent?client_id={client_id}"


def approval_steps(tenant_id: str | None, client_id: str | None) -> str:
    """What to do so that Kong has an object id in the tenant, and where it is found. None: isn't known yet."""
    link = (
        consent_url(tenant_id, client_id)
        if tenant_id and client_id
        else "the output admin_consent_url, once the tenant is known"
    )
    return (
        f"have an administrator of the tenant approve Kong's application at {link} and then give its object id, which "
        "Microsoft Entra ID shows among the enterprise applications, and "
        f"`az ad sp show --id {client_id or KONG_CLIENT_ID} --query id` prints"
    )


def role_name(owner: str, subscription_id: str) -> str:
    """The GUID of a path's own role."""
    return _derived("role", owner, subscription_id)


def assignment_name(owner: str, scope: str, role: str, principal: str) -> str:
    """The GUID of an assignment. Another one for another principal, role (its GUID) or scope: those can't be
    changed, and the new assignment is made before the old one goes.
    """
    return _derived("assignment", owner, scope, role, principal)


def role_display_name(subscription_id: str, project: str, stack: str, path: str, owner: str) -> str:
    """What a role is called. A tenant has each name once, whatever the subscription."""
    return f"Kong peering: {path} of {project}/{stack} in {subscription_id} ({_digits(owner)})"


def rule_name(action: str, owner: str) -> str:
    """What a security rule is called within its group."""
    return f"kong-{action}-{_digits(owner)}"


def role_id(subscription_id: str, guid: str) -> str:
    """The id of a role as a subscription sees it."""
    return f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def assignment_id(scope: str, guid: str) -> str:
    """The id of an assignment."""
    return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{guid}"


def role_findings(role: str, permissions: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """What a role that was given lacks. permissions: with actions and notActions, as Azure shows them."""
    granted = list(permissions)
    missing = [action for action in PEERING_ACTIONS if not any(_grants(each, action) for each in granted)]
    if missing:
        problem = f"lacks {', '.join(missing)}"
        yield Finding(
            f"role_definition_id {role!r}", problem, "add them, or leave it out for a role of its own"
        )


def scope_findings(role: str, scope: str, assignable: Sequence[str]) -> Iterator[Finding]:
    """What keeps a role that was given from being assigned at a scope. assignable: its scopes; none where the
    subscription sees no such role.
    """
    # Which subscriptions a management group holds isn't told.
    plain = [each.lower().rstrip("/") for each in assignable]
    if not any(
        not each.startswith("/subscriptions/") or f"{scope.lower()}/".startswith(f"{each}/") for each in plain
    ):
        subscription = "/".join(scope.split("/")[:3])
        fix = f"add {subscription} to its assignable scopes, or leave it out for a role of its own"
        yield Finding(f"role_definition_id {role!r}", "can't be assigned there", fix)


def wider_actions(permissions: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a role grants beyond what Kong needs, as Azure evaluates it: without what its exceptions take away
    wholly, and naming those that take away a part.
    """
    known = {action.lower() for action in PEERING_ACTIONS}
    return [
        _with_exceptions(str(granted), each.get(excepted) or ())
        for each in permissions
        for given, excepted in (("actions", "notActions"), ("dataActions", "notDataActions"))
        for granted in each.get(given) or ()
        # The actions of a peering are none of data.
        if not (given == "actions" and str(granted).lower() in known)
        and not _matches(each.get(excepted) or (), str(granted))
    ]


def _with_exceptions(granted: str, excepted: Sequence[str]) -> str:
    """A pattern that is granted, with the exceptions that lie within it."""
    inside = [str(each) for each in excepted if _matches((granted,), str(each))]
    return f"{granted} (but not {', '.join(inside)})" if inside else granted


def _grants(permission: Mapping[str, Any], action: str) -> bool:
    return _matches(permission.get("actions") or (), action) and not _matches(
        permission.get("notActions") or (), action
    )


def _matches(patterns: Sequence[str], action: str) -> bool:
    """Whether patterns cover an action, or a whole pattern: a `*` stands for any characters, another `*` too."""
    return any(
        re.fullmatch(re.escape(str(pattern)).replace(r"\*", ".*"), action, re.IGNORECASE)
        for pattern in patterns
    )


def _derived(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "\n".join(str(part).lower() for part in parts)))


def _digits(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()[:_OWNER_DIGITS]
