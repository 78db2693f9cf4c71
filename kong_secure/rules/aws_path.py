"""What is wrong with a path over a transit gateway as a whole, over what is known of both its ends: blocks against
one another, the network, regions, DNS servers. Values by themselves, and looking things up, are others' matter.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from kong_secure.rules.cidr_blocks import block_findings, is_covered, parse_block
from kong_secure.rules.findings import Finding
from kong_secure.rules.kongs_network import KongsEnd, network_findings

_RESOLVER = IPv4Address("169.254.169.253")
_INBOUND = "give the addresses of a Route 53 Resolver inbound endpoint"


@dataclass(frozen=True)
class GatewaysEnd:
    """What is known of the transit gateway. account: whom the provider acts for; associates: whether it has a default
    table that attachments are associated with; share_region: of a share that was given.
    """

    id: str | None = None
    region: str | None = None
    owner: str | None = None
    account: str | None = None
    accepts_by_itself: bool | None = None
    associates: bool | None = None
    share_region: str | None = None


@dataclass(frozen=True)
class PathFacts:
    """What is known of a path. vpc_blocks: by the input they were given for; complete: all of them are known;
    left_to_default_tables: whose attachments get no table but the gateway's default one.
    """

    kong: KongsEnd = field(default_factory=KongsEnd)
    gateway: GatewaysEnd = GatewaysEnd()
    vpc_blocks: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    cidr_blocks: tuple[str, ...] | None = None
    accepts: bool = True
    left_to_default_tables: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()
    zones: Mapping[str, Sequence[str]] = field(default_factory=dict)


def path_findings(facts: PathFacts) -> Iterator[Finding]:
    """Everything that is wrong with the path, as far as it is known. Blocks that are none are left out here."""
    yield from network_findings(facts.kong, "aws", "a transit gateway")
    kong = facts.kong.cidr_block
    if kong is not None and not _is_block("", kong):
        yield from _unusable_network(kong)
        kong = None
    yield from _gateway_findings(facts.gateway, accepts=facts.accepts)
    yield from _table_findings(facts)
    yield from _region_findings(facts.gateway, facts.kong.region)
    blocks = {label: block for label, block in facts.vpc_blocks.items() if _is_block(label, block)}
    sent = tuple(block for block in facts.cidr_blocks or () if _is_block("", block))
    yield from _overlap_findings(kong, blocks, sent)
    yield from _cover_findings(blocks, sent, complete=facts.complete)
    yield from _dns_findings(facts.dns_servers, blocks, sent or tuple(blocks.values()), facts.complete)
    yield from _zone_findings(facts.zones)


def _is_block(label: str, block: str) -> bool:
    return not any(block_findings(label, block))


def _unusable_network(block: str) -> Iterator[Finding]:
    for found in block_findings("", block):
        problem = f"has the block {block!r} at Konnect, which {found.problem}"
        yield Finding("network", problem, "give another network, and ask Kong's support about this one")


def _gateway_findings(gateway: GatewaysEnd, *, accepts: bool) -> Iterator[Finding]:
    subject = f"transit_gateway_id {gateway.id!r}"
    if gateway.owner and gateway.account and gateway.owner != gateway.account:
        problem = f"belongs to account {gateway.owner}, and its provider acts for {gateway.account}"
        yield Finding(subject, problem, f"give as gateway_provider one for account {gateway.owner}")
    if gateway.accepts_by_itself and accepts:
        problem = "accepts attachments by itself, and accepting one again fails"
        yield Finding(subject, problem, "give accept_attachment=False")
    if gateway.accepts_by_itself is False and not accepts:
        problem = "doesn't accept attachments by itself, and nobody else would"
        yield Finding(subject, problem, "leave accept_attachment out")


def _table_findings(facts: PathFacts) -> Iterator[Finding]:
    left = facts.left_to_default_tables
    if left and facts.gateway.associates is False:
        problem = f"leaves {' and '.join(left)} to the default route table, and the gateway has none"
        fix = "give kong_route_table_id for Kong's and attachment_id for a VPC's, or leave isolation out"
        yield Finding('isolation "shared"', problem, fix)


def _region_findings(gateway: GatewaysEnd, network: str | None) -> Iterator[Finding]:
    for subject, region in (("the transit gateway", gateway.region), ("ram_share_arn", gateway.share_region)):
        if region and network and region != network:
            fix = f"use a provider and a gateway in {network}, or a network of Kong's in {region}"
            yield Finding(subject, f"is in {region}, and Kong's network is in {network}", fix)


def _overlap_findings(kong: str | None, blocks: Mapping[str, str], sent: Sequence[str]) -> Iterator[Finding]:
    if kong is not None:
        named = [*blocks.items(), *(("cidr_blocks", block) for block in sent if block not in blocks.values())]
        for label, block in named:
            if parse_block(block).overlaps(parse_block(kong)):
                problem = f"overlaps with Kong's network, {kong}"
                yield Finding(f"{label} {block!r}", problem, "use blocks that lie apart from it")
    before: list[tuple[str, str]] = []
    for label, block in blocks.items():
        for other, earlier in before:
            if parse_block(block).overlaps(parse_block(earlier)):
                problem = f"overlaps with {other} {earlier!r}, and only one of them would be reached"
                yield Finding(f"{label} {block!r}", problem, "give blocks that lie apart")
        before.append((label, block))


def _cover_findings(blocks: Mapping[str, str], sent: Sequence[str], *, complete: bool) -> Iterator[Finding]:
    if not sent or not blocks:
        return
    for label, block in blocks.items():
        if not is_covered(block, sent):
            problem = "is covered by none of cidr_blocks, so that nothing leaves Kong's network for it"
            yield Finding(f"{label} {block!r}", problem, f"add {block} to cidr_blocks, or leave those out")
    for block in sent if complete else ():
        if not any(parse_block(block).overlaps(parse_block(inside)) for inside in blocks.values()):
            problem = "covers nothing of what vpcs declare"
            yield Finding(f"cidr_blocks {block!r}", problem, "leave it out, or declare the VPC behind it")


def _dns_findings(
    servers: Sequence[str], blocks: Mapping[str, str], reached: Sequence[str], complete: bool
) -> Iterator[Finding]:
    for server in servers:
        try:
            address = IPv4Address(server)
        except ValueError:
            continue
        subject = f"dns_config server {server!r}"
        resolved = next((b for b in blocks.values() if address == parse_block(b).network_address + 2), None)
        if resolved or address == _RESOLVER:
            where = f"the own resolver of {resolved}" if resolved else "every VPC's own resolver"
            yield Finding(subject, f"is {where}, which nobody outside reaches", _INBOUND)
        elif complete and reached and not is_covered(f"{server}/32", reached):
            yield Finding(
                subject, "lies outside of every declared block", "give an address that Kong reaches"
            )


def _zone_findings(zones: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    for label, names in zones.items():
        counted: dict[str, int] = defaultdict(int)
        for name in names:
            counted[name] += 1
        for name, count in counted.items():
            if count > 1:
                problem = f"has {count} subnets in {name}, and an attachment takes one for each zone"
                yield Finding(label, problem, "leave all but one of them out")
