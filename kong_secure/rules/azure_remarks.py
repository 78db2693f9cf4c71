"""What is no mistake in a path over a VNet peering, and yet worth knowing, over what is known of the virtual network:
subnets that stay open, security groups that close nothing, peerings that have fallen behind. What is refused is in
`azure_path`.
"""

from collections.abc import Iterator, Mapping

from kong_secure.rules.azure_ids import SECURITY_GROUPS, parse_id
from kong_secure.rules.azure_path import VnetsEnd

_TAKE_NO_GROUP = frozenset(
    {"gatewaysubnet", "azurefirewallsubnet", "azurefirewallmanagementsubnet", "routeserversubnet"}
)
"""Subnets on which Azure allows no security group, or warns of putting one there."""


def guard_remarks(vnet: VnetsEnd, groups: Mapping[str, str]) -> Iterator[str]:
    """What the listed groups don't close. groups: their ids, by the input that each was given for; with none of them
    nothing is meant to be closed.
    """
    listed = {id_.lower(): label for label, id_ in groups.items() if parse_id(id_, SECURITY_GROUPS)}
    # A network that is made in the same run may get its subnets later.
    if not listed or not vnet.subnets:
        return
    on = {(subnet.security_group or "").lower() for subnet in vnet.subnets}
    for label in (label for id_, label in listed.items() if id_ not in on):
        yield (
            f"{label} is on no subnet that the virtual network has: its rules keep Kong's network out of network "
            "interfaces that have this group, and of nothing else"
        )
    without = [
        subnet.name
        for subnet in vnet.subnets
        if (subnet.security_group or "").lower() not in listed and subnet.name.lower() not in _TAKE_NO_GROUP
    ]
    if without:
        yield (
            f"Kong's whole network reaches the subnets {', '.join(without)}, which have no security group among "
            "network_security_groups, on every port that nothing else closes"
        )


def peering_remarks(vnet: VnetsEnd, kongs_block: str) -> Iterator[str]:
    """How a peering that leads to Kong's network is, where it isn't well."""
    for peering in vnet.peerings:
        if kongs_block not in peering.remote:
            continue
        if peering.state == "Disconnected":
            yield (
                f"peering {peering.name!r} of the virtual network has lost its other half, at Kong: Azure takes no "
                "other peering with that network until it is deleted"
            )
        elif peering.sync_level not in (None, "FullyInSync"):
            yield (
                f"peering {peering.name!r} doesn't know the virtual network's address space as it is now "
                f"({peering.sync_level}), and what was added isn't reached: make Kong's half anew, with "
                "`pulumi up --replace` and the URN of the VnetPeering"
            )
