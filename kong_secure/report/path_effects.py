"""What a change of a path does to security: Kong's half, the gateway and its routes, what is shared with whom."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from kong_secure.report.changes import Changed
from kong_secure.report.levels import Effect, Flag, Level, granted, is_kept, moved, told
from kong_secure.report.words import holds_unknown, shown
from kong_secure.rules.cidr_blocks import is_covered

_WAITS = frozenset({"timeout_seconds", "owner"})
_WORLD = frozenset({"0.0.0.0/0", "::/0"})
_DESTINATIONS = (
    "destinationCidrBlock",
    "destinationIpv6CidrBlock",
    "destinationPrefixListId",
    "addressPrefix",
)

ACCEPTS = Flag(
    "autoAcceptSharedAttachments",
    safe="disable",
    default="disable",
    weaker="the transit gateway accepts every attachment by itself, of whatever account it is shared with",
    stronger="the transit gateway no longer accepts attachments by itself",
)


def _tables(association: str, propagation: str, safe: object, default: object) -> tuple[Flag, Flag]:
    return (
        Flag(
            association,
            safe=safe,
            default=default,
            weaker="attachments go by the gateway's default route table, which others share",
            stronger="attachments no longer go by the gateway's default route table",
        ),
        Flag(
            propagation,
            safe=safe,
            default=default,
            weaker="blocks of attachments are learned by the gateway's default route table: others reach them",
            stronger="blocks of attachments are no longer learned by the gateway's default route table",
        ),
    )


GATEWAY_FLAGS = (
    ACCEPTS,
    *_tables("defaultRouteTableAssociation", "defaultRouteTablePropagation", "disable", "enable"),
)
ATTACHED_FLAGS = _tables(
    "transitGatewayDefaultRouteTableAssociation",
    "transitGatewayDefaultRouteTablePropagation",
    safe=False,
    default=True,
)
SHARE_FLAGS = (
    Flag(
        "allowExternalPrincipals",
        safe=False,
        default=False,
        weaker="can be shared with accounts outside the organization",
        stronger="can no longer be shared with accounts outside the organization",
    ),
)


def attachment(changed: Changed) -> Iterator[Effect]:
    """Kong's attachment to a transit gateway."""
    before, after = changed.before.get("cidr_blocks"), changed.after.get("cidr_blocks")
    if changed.kind == "create":
        yield Effect(
            Level.WEAKER, f"path opened: Kong's network reaches {shown(after)} over a transit gateway"
        )
    elif changed.kind == "delete":
        yield Effect(Level.CHANGED, f"path closed: Kong's network no longer reaches {shown(before)}")
    else:
        if not holds_unknown(after):
            yield from _blocks(before, after)
        yield from moved(
            changed, *(key for key in changed.keys if key not in {*_WAITS, "cidr_blocks", "name"})
        )
        yield from _replaced(changed, _WAITS | {"cidr_blocks"})


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


def peering(changed: Changed) -> Iterator[Effect]:
    """Kong's half of a VNet peering."""
    vnet = f"virtual network {told(changed.new or changed.old, 'vnet_name')}"
    if changed.kind == "create":
        text = "as far as its network security groups let it"
        yield Effect(Level.WEAKER, f"path opened: Kong's whole network reaches {vnet}, {text}")
    elif changed.kind == "delete":
        yield Effect(Level.CHANGED, f"path closed: Kong's network no longer reaches {vnet}")
    else:
        yield from moved(changed, *(key for key in changed.keys if key not in {*_WAITS, "name"}))
        yield from _replaced(changed, _WAITS)


def _replaced(changed: Changed, in_place: frozenset[str]) -> Iterator[Effect]:
    by = [key for key in changed.keys if key not in in_place]
    if by or changed.kind == "replace":
        why = f" ({', '.join(by)})" if by else ""
        yield Effect(Level.CHANGED, f"path replaced{why}: it is down until the new one is ready")


def route(changed: Changed) -> Iterator[Effect]:
    """A route of a transit gateway or of a network. One that drops packets is a protection."""
    before, after = _routed(changed.before), _routed(changed.after)
    if is_kept(changed) and changed.after.get("blackhole") is True != changed.before.get("blackhole"):
        yield Effect(Level.STRONGER, f"drops what goes to {shown(_destination(changed.after))}")
    elif changed.before.get("blackhole") is True and changed.after.get("blackhole") is not True:
        yield Effect(Level.WEAKER, f"no longer drops what goes to {shown(_destination(changed.before))}")
    if after is not None and not (is_kept(changed) and holds_unknown(after) and after != before):
        yield from _led(changed, before, after)
    elif before is not None and changed.new is None:
        yield Effect(Level.CHANGED, f"no longer routes {shown(before)}")


def _led(changed: Changed, before: object, after: object) -> Iterator[Effect]:
    if before is None or (after != before and not _within(after, before)):
        target = [key for key in ("gatewayId", "egressOnlyGatewayId") if changed.after.get(key)]
        level = Level.DANGER if target and after in _WORLD else Level.WEAKER
        yield Effect(
            level,
            f"routes {told(changed.new, *_DESTINATIONS)}"
            + (" through a gateway to the internet" if target else ""),
        )
    elif after != before:
        yield Effect(Level.STRONGER, f"routes {shown(after)} alone, and no longer all of {shown(before)}")
    keys = [key for key in changed.keys if key not in {*_DESTINATIONS, "blackhole"}]
    yield from moved(changed, *keys)


def _routed(inputs: Mapping[str, Any]) -> object:
    return None if inputs.get("blackhole") is True else _destination(inputs)


def _destination(inputs: Mapping[str, Any]) -> object:
    return next((inputs[key] for key in _DESTINATIONS if inputs.get(key)), None)


def _within(one: object, other: object) -> bool:
    try:
        narrow, wide = ip_network(str(one), strict=False), ip_network(str(other), strict=False)
    except ValueError:
        return False
    return narrow.version == wide.version and wide.supernet_of(narrow)  # type: ignore[arg-type]


def principal(changed: Changed) -> Iterator[Effect]:
    """An account that something is shared with."""
    yield from granted(changed, "shares with account", "principal")
    yield from moved(changed, "resourceShareArn")
