"""What a change of a security group or a role does to security: who is let in, and who may do what."""

from collections.abc import Iterator, Mapping
from typing import Any

from kong_secure.report.changes import Changed
from kong_secure.report.digest import State
from kong_secure.report.levels import Effect, Level, is_kept, moved, told
from kong_secure.report.words import holds_unknown, shown
from kong_secure.rules.azure_access import wider_actions
from kong_secure.rules.exposure import UNKNOWN, Opening, addresses, openings

_WIDE_ROLES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
"""Roles of Azure's own with which their holder gets everything else (learn.microsoft.com: built-in roles)."""

_SOURCES = (
    "cidrIpv4",
    "cidrIpv6",
    "prefixListId",
    "referencedSecurityGroupId",
    "sourceAddressPrefix",
    "ingress",
)
"""Inputs of rules that say whom they let in, where there is one of them."""

_MATCHES = (
    "direction",
    "protocol",
    "sourceAddressPrefix",
    "sourceAddressPrefixes",
    "sourceApplicationSecurityGroups",
    "sourcePortRange",
    "sourcePortRanges",
    "destinationAddressPrefix",
    "destinationAddressPrefixes",
    "destinationApplicationSecurityGroups",
    "destinationPortRange",
    "destinationPortRanges",
)
"""Inputs of an Azure rule that say which packets it is about."""


def let_in(changed: Changed) -> Iterator[Effect]:
    """What a security group, or a rule of one, lets in more or less than before.

    What may turn out to be what it was isn't told here: that it isn't known is told of every input alike.
    """
    before = openings(changed.type, changed.before)
    after = openings(changed.type, changed.after)
    for each in _beyond(after, before):
        if not any(each.may_be(other) for other in before):
            yield _opens(each, changed.new)
    for each in _beyond(before, after):
        if not any(other.may_be(each) for other in after):
            yield Effect(Level.STRONGER, f"closes {each.ports} to {shown(each.source)}")


def _opens(opening: Opening, state: State | None) -> Effect:
    if opening.source == opening.port == UNKNOWN:
        return Effect(Level.UNKNOWN, "what it lets in is known after up alone")
    at = "" if opening.destination == "*" else f" at {shown(opening.destination)}"
    if opening.is_to_the_world:
        return Effect(Level.DANGER, f"opens {opening.ports} to the whole internet{at}")
    source = told(state, *_SOURCES) if opening.source == UNKNOWN else opening.source
    return Effect(Level.WEAKER, f"opens {opening.ports} to {source}{at}")


def _beyond(some: tuple[Opening, ...], others: tuple[Opening, ...]) -> Iterator[Opening]:
    return (each for each in some if not any(other.covers(each) for other in others))


def azure_rule(changed: Changed) -> Iterator[Effect]:
    """A rule of Azure's, which lets in or refuses."""
    yield from let_in(changed)
    yield from _refusals(changed.before, changed.after, is_kept(changed))
    yield from moved(changed, "networkSecurityGroupName", "resourceGroupName")


def azure_group(changed: Changed) -> Iterator[Effect]:
    """A group of Azure's with rules within it."""
    yield from let_in(changed)
    before, after = _by_name(changed.before), _by_name(changed.after)
    for name in dict.fromkeys([*before, *after]):
        yield from _refusals(before.get(name, {}), after.get(name, {}), name in before and name in after)
    yield from moved(changed, "resourceGroupName")


def _by_name(inputs: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    rules = inputs.get("securityRules")
    named = rules if isinstance(rules, list) else []
    return {str(each.get("name")): each for each in named if isinstance(each, Mapping)}


def _refusals(before: Mapping[str, Any], after: Mapping[str, Any], kept: bool) -> Iterator[Effect]:
    was, now = _refuses(before), _refuses(after)
    source = ", ".join(map(shown, addresses(before if was else after, "source")))
    if now and not was:
        yield Effect(Level.STRONGER, f"refuses everything else from {source}")
    elif was and not now:
        text = (
            f"no longer refuses what comes from {source}: Azure's default rule lets every peered network in"
        )
        yield Effect(Level.DANGER, text)
    elif was:
        differing = [key for key in _MATCHES if before.get(key) != after.get(key)]
        if differing:
            said = ", ".join(
                f"{key} {shown(before.get(key))} becomes {shown(after.get(key))}" for key in differing
            )
            yield Effect(Level.WEAKER, f"refuses other packets than before: {said}")
    if kept and before.get("priority") != after.get("priority"):
        said = f"{shown(before.get('priority'))} becomes {shown(after.get('priority'))}"
        text = f"the rule's place among the others changes (priority {said}), and the first that fits decides"
        yield Effect(Level.WEAKER, text)


def _refuses(rule: Mapping[str, Any]) -> bool:
    return [str(rule.get(key)).lower() for key in ("access", "direction")] == ["deny", "inbound"]


def guarded(changed: Changed, key: str) -> Iterator[Effect]:
    """What is behind security groups that an input names."""
    before, after = changed.before.get(key), changed.after.get(key)
    if not is_kept(changed) or key not in changed.keys or holds_unknown(after):
        return
    if not after:
        yield Effect(Level.DANGER, f"is behind no security group any more ({key} was {shown(before)})")
    else:
        text = f"is behind other security groups: {key} was {shown(before)} and is {shown(after)}"
        yield Effect(Level.WEAKER, text)


def subnet(changed: Changed) -> Iterator[Effect]:
    """One of Azure's subnets: without a security group it lets everything in that is routed there."""
    key = "networkSecurityGroup"
    if changed.old is None and not changed.after.get(key):
        yield Effect(Level.WEAKER, "is behind no security group of its own")
    yield from guarded(changed, key)


def role(changed: Changed) -> Iterator[Effect]:
    """What a role allows beyond peering, and where it can be given."""
    if changed.old is None and holds_unknown(changed.after.get("permissions")):
        yield Effect(Level.UNKNOWN, "what the role allows is known after up alone")
    had = set(wider_actions(_permissions(changed.before)))
    more = [action for action in wider_actions(_permissions(changed.after)) if action not in had]
    if more:
        yield Effect(Level.DANGER, f"the role allows more than VNet peering needs: {', '.join(sorted(more))}")
    kept_out = [_kept_out(inputs) for inputs in (changed.before, changed.after)]
    if is_kept(changed) and kept_out[0] - kept_out[1]:
        text = f"the role no longer leaves out {', '.join(sorted(kept_out[0] - kept_out[1]))}"
        yield Effect(Level.DANGER, text)
    scopes = changed.after.get("assignableScopes")
    for scope in scopes if isinstance(scopes, list) and changed.old is None else ():
        if not str(scope).lower().startswith("/subscriptions/") and not holds_unknown(scope):
            yield Effect(Level.WEAKER, f"can be given beyond one subscription: {shown(scope)}")
    yield from moved(changed, "scope", "assignableScopes", "roleDefinitionId")


def _permissions(inputs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = inputs.get("permissions")
    found = listed if isinstance(listed, list) else []
    return [
        {key: each[key] for key in each if isinstance(each[key], list)}
        for each in found
        if isinstance(each, Mapping)
    ]


def _kept_out(inputs: Mapping[str, Any]) -> set[str]:
    return {
        str(action)
        for each in _permissions(inputs)
        for key in ("notActions", "notDataActions")
        for action in each.get(key, ())
    }


def assignment(changed: Changed) -> Iterator[Effect]:
    """A role given to somebody at a scope."""
    if changed.new is None:
        yield Effect(Level.STRONGER, f"takes a role on {shown(changed.before.get('scope'))} away")
        return
    if changed.old is None or {"scope", "roleDefinitionId", "principalId"} & set(changed.keys):
        scope, given = changed.after.get("scope"), str(changed.after.get("roleDefinitionId", ""))
        name = _WIDE_ROLES.get(given.rpartition("/")[2].lower())
        wide = name is not None or _is_wide(str(scope or ""))
        whom = shown(changed.after.get("principalId"))
        what = "a role" if name is None else f"the role {name}"
        yield Effect(
            Level.DANGER if wide else Level.WEAKER, f"gives {what} on {told(changed.new, 'scope')} to {whom}"
        )
    yield from moved(changed, "condition", "conditionVersion")


def _is_wide(scope: str) -> bool:
    """Whether a scope is a whole subscription, a group of them, or everything."""
    parts = [part for part in scope.lower().split("/") if part]
    return bool(scope) and (
        not parts or "managementgroups" in parts or (parts[0] == "subscriptions" and len(parts) < 3)
    )
