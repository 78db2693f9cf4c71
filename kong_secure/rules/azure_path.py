"""What is wrong with a path over a VNet peering as a whole, over what is known of both its ends: address spaces,
routes, whom the provider acts for. Values by themselves, and looking things up, are others' matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network

from kong_secure.rules.findings import Finding
from kong_secure.rules.kongs_network import KongsEnd, network_findings

WIDEST_KONG, NARROWEST_KONG = 16, 21
"""Prefix lengths between which Kong's networks on Azure lie (Kong's documentation of networks' CIDR ranges)."""


@dataclass(frozen=True)
class Route:
    """A user's route. table: its route table's name; prefix: addresses, or a service tag; hop: its type."""

    table: str
    name: str
    prefix: str
    hop: str


@dataclass(frozen=True)
class Peered:
    """A peering that the virtual network has already. remote: the blocks of the other side; state, sync_level: as Azure
    has them, "Connected" and "FullyInSync" where all is well.
    """

    name: str
    remote: tuple[str, ...]
    state: str | None = None
    sync_level: str | None = None


@dataclass(frozen=True)
class Subnet:
    """A subnet of the virtual network. security_group: the id of the one on it."""

    name: str
    security_group: str | None = None


@dataclass(frozen=True)
class Acting:
    """For whom a provider acts."""

    tenant_id: str
    subscription_id: str


@dataclass(frozen=True)
class VnetsEnd:
    """What is known of the virtual network; None is what isn't known yet."""

    there: bool = True
    region: str | None = None
    address_space: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    peerings: tuple[Peered, ...] = ()
    subnets: tuple[Subnet, ...] = ()


@dataclass(frozen=True)
class AzureFacts:
    """What is known of a path. security_groups: subscriptions of the groups, by the input they were given for."""

    kong: KongsEnd = field(default_factory=KongsEnd)
    vnet: VnetsEnd = field(default_factory=VnetsEnd)
    tenant_id: str | None = None
    subscription_id: str | None = None
    resource_group_name: str | None = None
    vnet_name: str | None = None
    acting: Acting | None = None
    security_groups: Mapping[str, str] = field(default_factory=dict)


def azure_findings(facts: AzureFacts) -> Iterator[Finding]:
    """Everything that is wrong with the path, as far as it is known."""
    yield from network_findings(facts.kong, "azure", "a VNet peering")
    yield from _provider_findings(facts)
    if not facts.vnet.there:
        where = f"resource group {facts.resource_group_name!r}"
        if facts.acting is not None:
            where += f" of subscription {facts.acting.subscription_id}"
        fix = "correct it; of one that this program makes give the resource's name, as vnet.name"
        yield Finding(f"vnet_name {facts.vnet_name!r}", f"isn't there in {where}", fix)
    for label, subscription in facts.security_groups.items():
        if facts.subscription_id and subscription.lower() != facts.subscription_id.lower():
            problem = f"is in subscription {subscription}, and the network is in {facts.subscription_id}"
            yield Finding(label, problem, "give the id of a group of the network's own subnets")
    block = _block(facts.kong.cidr_block)
    if block is not None and facts.kong.provider in (None, "azure"):
        yield from _size_findings(block)
        yield from _overlap_findings(block, facts.vnet)
        yield from _route_findings(block, facts.vnet.routes)


def region_warning(kong: str | None, vnet: str | None) -> str | None:
    """What to think of where both ends are: a peering between regions works, at a price."""
    if not kong or not vnet or _plain_region(kong) == _plain_region(vnet):
        return None
    return (
        f"the virtual network is in {vnet}, and Kong's network is in {kong}: a peering between regions costs more and "
        "takes longer for each packet, and Basic load balancers aren't reached over it"
    )


def _plain_region(region: str) -> str:
    return region.lower().replace(" ", "")


def _provider_findings(facts: AzureFacts) -> Iterator[Finding]:
    if facts.acting is None:
        return
    for key, given, acting in (
        ("tenant_id", facts.tenant_id, facts.acting.tenant_id),
        ("subscription_id", facts.subscription_id, facts.acting.subscription_id),
    ):
        if given and given.lower() != acting.lower():
            problem = f"isn't the one that the provider acts for, {acting}"
            yield Finding(f"{key} {given!r}", problem, f"correct it, or give an azure_provider for {given}")


def _size_findings(block: IPv4Network) -> Iterator[Finding]:
    if not WIDEST_KONG <= block.prefixlen <= NARROWEST_KONG:
        problem = f"is no block that Kong's networks on Azure have, /{WIDEST_KONG} to /{NARROWEST_KONG}"
        yield Finding(
            f"network's block {str(block)!r}", problem, "give a network of Kong's with such a block"
        )


def _overlap_findings(kong: IPv4Network, vnet: VnetsEnd) -> Iterator[Finding]:
    for each in vnet.address_space:
        if _overlaps(kong, each):
            fix = "use a network with a block apart from it; a network's block can't be changed"
            yield Finding(f"address space {each!r}", f"overlaps with Kong's network, {kong}", fix)
    for peering in vnet.peerings:
        for remote in peering.remote:
            # The very block is Kong's own half, or Azure will say so when Kong asks.
            if remote != str(kong) and _overlaps(kong, remote):
                problem = (
                    f"leads to {remote}, which overlaps with Kong's network, {kong}, and Azure refuses that"
                )
                fix = "use a network of Kong's with a block apart from it, or delete the peering"
                yield Finding(f"peering {peering.name!r} of the virtual network", problem, fix)


def _route_findings(kong: IPv4Network, routes: Sequence[Route]) -> Iterator[Finding]:
    for route in routes:
        block = _block(route.prefix)
        # Of shorter prefixes the peering's own route wins.
        if block is not None and block.subnet_of(kong):
            problem = (
                f"sends {route.prefix}, of Kong's network {kong}, to {route.hop} and not over the peering"
            )
            yield Finding(
                f"route {route.name!r} of route table {route.table!r}", problem, "delete that route"
            )


def _overlaps(kong: IPv4Network, text: str) -> bool:
    block = _block(text)
    return block is not None and block.overlaps(kong)


def _block(text: str | None) -> IPv4Network | None:
    """The IPv4 block; None for IPv6, which Kong's networks don't have, and for service tags."""
    try:
        block: IPv4Network | IPv6Network = ip_network(text or "", strict=False)
    except ValueError:
        return None
    return block if isinstance(block, IPv4Network) else None
