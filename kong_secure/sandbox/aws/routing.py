"""What a transit gateway's route table says: static routes, propagated ones, which of them wins. Pure
functions of the records; CIDRs of VPCs are asked for through a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TypeAlias

from kong_secure.sandbox.aws.records import AVAILABLE, Attachment, Records, RouteTable

Cidrs: TypeAlias = Callable[[Attachment], list[IPv4Network]]


@dataclass(frozen=True)
class TransitRoute:
    """One route: to an attachment, or nowhere (`attachment` None, a blackhole)."""

    destination: IPv4Network
    static: bool
    attachment: Attachment | None

    @property
    def active(self) -> bool:
        """Whether packets that follow it arrive somewhere."""
        return self.attachment is not None


def routes(table: RouteTable, records: Records, cidrs: Cidrs) -> list[TransitRoute]:
    """Every route of a table, by destination.

    A static route hides a propagated one of the same destination. A static route whose attachment is gone is
    a blackhole and stays; a propagated one goes with its attachment.
    """
    found: dict[IPv4Network, TransitRoute] = {}
    for id_ in table.propagations:
        for cidr in _propagated(records.attachments.get(id_), records, cidrs):
            found.setdefault(cidr, TransitRoute(cidr, static=False, attachment=records.attachments[id_]))
    for destination, target in table.static.items():
        attachment = records.attachments.get(target) if target else None
        usable = attachment if attachment is not None and attachment.state == AVAILABLE else None
        cidr = IPv4Network(destination)
        found[cidr] = TransitRoute(cidr, static=True, attachment=usable)
    return sorted(found.values(), key=lambda route: (route.destination, route.static))


def _propagated(attachment: Attachment | None, records: Records, cidrs: Cidrs) -> Iterable[IPv4Network]:
    """The CIDRs an attachment propagates: none that overlaps a VPC attached before it, and AWS says nothing
    of those."""
    if attachment is None or attachment.state != AVAILABLE:
        return
    earlier: list[IPv4Network] = []
    for other in records.attachments_of(attachment.gateway_id):
        if other.id == attachment.id:
            break
        earlier += cidrs(other)
    for cidr in cidrs(attachment):
        if not any(cidr.overlaps(taken) for taken in earlier):
            yield cidr


def longest_prefix(found: Iterable[TransitRoute], address: IPv4Address) -> TransitRoute | None:
    """The route a packet to an address follows, None where there is none."""
    covering = [route for route in found if address in route.destination]
    return max(covering, key=lambda route: route.destination.prefixlen, default=None)
