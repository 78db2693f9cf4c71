"""Address blocks: what is wrong with one as people write it, and how blocks lie to one another. What a block is
for is the caller's matter.

IPv4 alone: Konnect's networks have no IPv6 block (cloud-gateways: NetworkCIDRBlock, ProviderRegion.cidr_blocks).
"""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Final

from kong_secure.rules.findings import Finding

WIDEST_PREFIX = 8
"""Prefix length of the widest block that makes sense: no private range is wider than 10.0.0.0/8."""

_EXAMPLE = "give one such as 10.8.0.0/16"

_PRIVATE: Final = tuple(
    map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"))
)
"""Where Konnect puts networks of its own (cloud-gateways: ProviderRegion.cidr_blocks); the addresses that a private
network has, as a rule."""

_NOBODYS: Final = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")))
"""Where no network of any cloud can be: this host's own, link-local and multicast addresses, and those kept back."""


def parse_block(text: str) -> IPv4Network:
    """The block. Raises ValueError for what `block_findings` finds fault with, wideness apart."""
    block = ip_network(text)
    if not isinstance(block, IPv4Network) or str(block) != text:
        raise ValueError(f"{text!r} is no IPv4 block")
    return block


def block_findings(subject: str, value: object) -> Iterator[Finding]:
    """What is wrong with one block as people write it. subject: whose block it is, as in "cidr_blocks[0]"."""
    where = f"{subject} {value!r}"
    block = _loosely_parsed(value)
    if block is None:
        yield Finding(where, "is no CIDR block", _EXAMPLE)
    elif isinstance(block, IPv6Network):
        yield Finding(where, "is IPv6, and Konnect's private paths carry IPv4 alone", _EXAMPLE)
    elif "/" not in str(value):
        yield Finding(where, "has no prefix length", f"write {block} for this one address")
    elif str(value).split("/")[0] != str(block.network_address):
        yield Finding(where, "has bits set behind its prefix", f"write {block}")
    elif str(value) != str(block):
        yield Finding(where, "isn't written as address and prefix length", f"write {block}")
    elif block.prefixlen < WIDEST_PREFIX:
        problem = f"is wider than /{WIDEST_PREFIX}, more than any private range"
        yield Finding(where, problem, "give the blocks that are really meant")
    elif any(block.overlaps(other) for other in _NOBODYS):
        yield Finding(where, "has addresses that no network can have", _EXAMPLE)


def public_blocks(blocks: Iterable[str]) -> list[str]:
    """Those of the blocks that lie in no private range, which is unusual and no error. What is no block is left out."""
    return [
        text
        for text in blocks
        if not any(block_findings("", text))
        and not any(parse_block(text).subnet_of(private) for private in _PRIVATE)
    ]


def blocks_findings(subject: str, values: object) -> Iterator[Finding]:
    """What is wrong with a list of blocks: each by itself, and one within another."""
    if isinstance(values, str) or not isinstance(values, list | tuple):
        yield Finding(f"{subject} {values!r}", "is no list", 'give a list such as ["10.8.0.0/16"]')
        return
    if not values:
        yield Finding(subject, "is empty", "give the blocks that Kong is to reach")
    wrong = [
        finding
        for index, each in enumerate(values)
        for finding in block_findings(f"{subject}[{index}]", each)
    ]
    yield from wrong
    if not wrong:
        for one, other in overlaps(values):
            yield Finding(
                f"{subject} {other!r}", f"overlaps with {one!r}", "leave out the one within the other"
            )


def overlaps(blocks: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every pair of blocks that share an address, in the order given. Raises ValueError for what is no block."""
    parsed = [parse_block(block) for block in blocks]
    for later, block in enumerate(parsed):
        for earlier in range(later):
            if block.overlaps(parsed[earlier]):
                yield blocks[earlier], blocks[later]


def overlapping(block: str, others: Iterable[str]) -> str | None:
    """The first of the others that shares an address with the block. Raises ValueError for what is no block."""
    wanted = parse_block(block)
    return next((other for other in others if wanted.overlaps(parse_block(other))), None)


def is_covered(block: str, by: Iterable[str]) -> bool:
    """Whether every address of the block is in one of the others, several together included. Raises ValueError
    for what is no block.
    """
    wanted = parse_block(block)
    return any(wanted.subnet_of(other) for other in collapse_addresses(map(parse_block, by)))


def same_blocks(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether two lists hold the same blocks in whatever order; what is no block is compared as text."""
    return {_canonical(block) for block in some} == {_canonical(block) for block in others}


def _loosely_parsed(value: object) -> IPv4Network | IPv6Network | None:
    if not isinstance(value, str):
        return None
    try:
        return ip_network(value, strict=False)
    except ValueError:
        return None


def _canonical(block: str) -> str:
    try:
        return str(parse_block(block))
    except ValueError:
        return block
