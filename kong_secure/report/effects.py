"""What a changed resource does to security, in a reviewer's words: paths opened, closed and widened, headers
weakened, replaced and removed. Types that aren't told about here have no effect that this package knows of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kong_secure.report.changes import Changed
from kong_secure.report.digest import SECRET
from kong_secure.rules.azure_access import PEERING_ACTIONS
from kong_secure.rules.cidr_blocks import is_covered
from kong_secure.rules.exposure import UNKNOWN, Opening, openings
from kong_secure.rules.policies import ATTACHMENT, GATEWAY, HEADER, PEERING

MOVED_BY = ("region", "control_plane", "service", "route")
"""Inputs of a header that name its place: with another one it is replaced."""


class Level(Enum):
    """How a reviewer should take an effect, the gravest first."""

    DANGER = "danger"
    WEAKER = "weaker"
    CHANGED = "changed"
    STRONGER = "stronger"


@dataclass(frozen=True)
class Effect:
    """One thing that a change does to security."""

    level: Level
    text: str


def effects(changed: Changed) -> tuple[Effect, ...]:
    """What a change does to security, the gravest first; nothing for one that stays the same."""
    if changed.kind == "same":
        return ()
    judge = _JUDGES.get(changed.type, _let_in)
    order = list(Level)
    return tuple(sorted(judge(changed), key=lambda each: order.index(each.level)))


def shown(value: object) -> str:
    """A value for people: what isn't known yet and what is secret in words."""
    if value == UNKNOWN:
        return "(known after up)"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    return str(value)


def header_of(inputs: Any) -> str:
    """How a header is called: its name and where it is put."""
    where = "route" if inputs.get("route") else "service"
    return f"{shown(inputs.get('header_name', 'Authorization'))} on {where} {shown(inputs.get(where))}"


def _header(changed: Changed) -> Iterator[Effect]:
    before, after = changed.before, changed.after
    if changed.kind == "create":
        yield Effect(Level.STRONGER, f"header added: {header_of(after)}")
        yield from _weak_header({"overwrite": True, "enabled": True, "shared_secret": SECRET}, after)
    elif changed.kind == "delete":
        yield Effect(
            Level.DANGER,
            f"header removed: {header_of(before)}. A backend that still demands it refuses every request; one that "
            "no longer does can be called by anybody who reaches it",
        )
    else:
        if any(before.get(key) != after.get(key) for key in MOVED_BY):
            text = f"header replaced: {header_of(before)} goes, and {header_of(after)} comes after it"
            yield Effect(Level.WEAKER, text)
        elif changed.kind == "replace":
            yield Effect(Level.CHANGED, f"header replaced: {header_of(after)} is away for a moment")
        for key in ("header_name", "scheme"):
            if before.get(key) != after.get(key):
                said = f"{key} {shown(before.get(key))} becomes {shown(after.get(key))}"
                yield Effect(Level.CHANGED, f"{said}: the backend must take it before")
        yield from _weak_header(before, after)


def _weak_header(before: Any, after: Any) -> Iterator[Effect]:
    if before.get("enabled", True) is not False and after.get("enabled") is False:
        yield Effect(Level.DANGER, "header weakened: the gateway doesn't add it any more (enabled is False)")
    if before.get("enabled") is False and after.get("enabled", True) is not False:
        yield Effect(Level.STRONGER, "the gateway adds the header again (enabled)")
    if before.get("overwrite", True) is not False and after.get("overwrite") is False:
        text = "a caller's own header of that name is no longer removed (overwrite is False)"
        yield Effect(Level.WEAKER, f"header weakened: {text}")
    if before.get("overwrite") is False and after.get("overwrite", True) is not False:
        yield Effect(Level.STRONGER, "a caller's own header of that name is removed again (overwrite)")
    if before.get("shared_secret") == SECRET and after.get("shared_secret") not in (SECRET, UNKNOWN):
        yield Effect(
            Level.DANGER, "header weakened: shared_secret isn't marked secret, and is readable in the state"
        )


def _attachment(changed: Changed) -> Iterator[Effect]:
    before, after = changed.before.get("cidr_blocks"), changed.after.get("cidr_blocks")
    if changed.kind == "create":
        yield Effect(
            Level.CHANGED, f"path opened: Kong's network reaches {shown(after)} over a transit gateway"
        )
    elif changed.kind == "delete":
        yield Effect(Level.CHANGED, f"path closed: Kong's network no longer reaches {shown(before)}")
    else:
        yield from _blocks(before, after)
        moved = [key for key in changed.keys if key not in ("cidr_blocks", "timeout_seconds", "owner")]
        if moved or changed.kind == "replace":
            why = f" ({', '.join(moved)})" if moved else ""
            yield Effect(Level.CHANGED, f"path replaced{why}: it is down until the new one is ready")


def _blocks(before: Any, after: Any) -> Iterator[Effect]:
    if before == after:
        return
    try:
        wider = [block for block in after if not is_covered(block, before)]
        narrower = [block for block in before if not is_covered(block, after)]
    except (TypeError, ValueError):
        yield Effect(Level.WEAKER, f"path changed: from {shown(before)} to {shown(after)}")
        return
    if wider:
        yield Effect(Level.WEAKER, f"path widened: Kong's network reaches {shown(wider)} too")
    if narrower:
        yield Effect(Level.STRONGER, f"path narrowed: Kong's network no longer reaches {shown(narrower)}")


def _peering(changed: Changed) -> Iterator[Effect]:
    inputs = changed.after or changed.before
    vnet = f"virtual network {shown(inputs.get('vnet_name'))}"
    if changed.kind == "create":
        text = "as far as its network security groups let it"
        yield Effect(Level.CHANGED, f"path opened: Kong's whole network reaches {vnet}, {text}")
    elif changed.kind == "delete":
        yield Effect(Level.CHANGED, f"path closed: Kong's network no longer reaches {vnet}")
    elif set(changed.keys) - {"timeout_seconds", "owner"} or changed.kind == "replace":
        yield Effect(Level.CHANGED, f"path replaced: it is down until the peering with {vnet} is ready")


def _let_in(changed: Changed) -> Iterator[Effect]:
    before = openings(changed.type, changed.before)
    after = openings(changed.type, changed.after)
    for each in after:
        if each not in before and not (each.source == UNKNOWN and _same_ports(each, before)):
            level = Level.DANGER if each.is_to_the_world else Level.WEAKER
            whom = "the whole internet" if each.is_to_the_world else shown(each.source)
            yield Effect(level, f"opens {each.ports} to {whom}")
    for each in before:
        if each not in after and not (each.source == UNKNOWN and _same_ports(each, after)):
            yield Effect(Level.STRONGER, f"closes {each.ports} to {shown(each.source)}")


def _same_ports(one: Opening, others: tuple[Opening, ...]) -> bool:
    return any(one.ports == other.ports for other in others)


def _azure_rule(changed: Changed) -> Iterator[Effect]:
    yield from _let_in(changed)
    denied = {
        key: inputs.get("access") == "Deny"
        for key, inputs in (("old", changed.before), ("new", changed.after))
    }
    if denied["new"] and not denied["old"]:
        source = shown(changed.after.get("sourceAddressPrefix", "*"))
        yield Effect(Level.STRONGER, f"refuses everything else from {source}")
    if denied["old"] and not denied["new"]:
        source = shown(changed.before.get("sourceAddressPrefix", "*"))
        text = (
            f"no longer refuses what comes from {source}: Azure's default rule lets every peered network in"
        )
        yield Effect(Level.DANGER, text)


def _gateway(changed: Changed) -> Iterator[Effect]:
    key = "autoAcceptSharedAttachments"
    if changed.after.get(key) == "enable" and changed.before.get(key) != "enable":
        text = "the transit gateway accepts every attachment by itself, of whatever account it is shared with"
        yield Effect(Level.WEAKER, text)
    if changed.kind != "delete" and changed.before.get(key) == "enable" != changed.after.get(key):
        yield Effect(Level.STRONGER, "the transit gateway no longer accepts attachments by itself")


def _principal(changed: Changed) -> Iterator[Effect]:
    if changed.after.get("principal") != changed.before.get("principal"):
        if changed.after:
            yield Effect(Level.CHANGED, f"shares with account {shown(changed.after.get('principal'))}")
        if changed.before:
            yield Effect(
                Level.STRONGER, f"no longer shares with account {shown(changed.before.get('principal'))}"
            )


def _role(changed: Changed) -> Iterator[Effect]:
    more = _actions(changed.after) - set(PEERING_ACTIONS) - _actions(changed.before)
    if more:
        text = f"the role allows more than VNet peering needs: {', '.join(sorted(more))}"
        yield Effect(Level.DANGER, text)


def _actions(inputs: Any) -> set[str]:
    permissions = inputs.get("permissions") or ()
    listed = [each.get("actions") or () for each in permissions if isinstance(each, dict)]
    return {str(action) for actions in listed for action in actions}


def _assignment(changed: Changed) -> Iterator[Effect]:
    if changed.after and changed.after != changed.before:
        yield Effect(Level.CHANGED, f"gives Kong's role on {shown(changed.after.get('scope'))}")
    elif not changed.after:
        yield Effect(Level.STRONGER, f"takes Kong's role on {shown(changed.before.get('scope'))} away")


_JUDGES = {
    HEADER: _header,
    ATTACHMENT: _attachment,
    PEERING: _peering,
    GATEWAY: _gateway,
    "aws:ram/principalAssociation:PrincipalAssociation": _principal,
    "azure-native:network:SecurityRule": _azure_rule,
    "azure-native:authorization:RoleDefinition": _role,
    "azure-native:authorization:RoleAssignment": _assignment,
}
