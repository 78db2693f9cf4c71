"""Which address blocks Konnect takes, for a network and for an attachment.

A network's block: DOC "Dedicated Cloud Gateways network CIDR" (Kong/developer.konghq.com,
app/_includes/konnect/cidr-minimum-requirements.md); the ranges and what is reserved in them: cloud-gateways:
ProviderRegion.cidr_blocks and reserved_cidr_blocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, ip_address, ip_network

from pydantic import AfterValidator

from kong_secure.sandbox.konnect.bodies import refuse

SUPPORTED = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15")
RESERVED = ("10.100.0.0/16", "172.17.0.0/16")
_LONGEST_PREFIX = {"aws": 23, "gcp": 23, "azure": 21}
_SHORTEST_PREFIX = 16


def parsed(block: str) -> IPv4Network | None:
    """The block, None where it isn't one of IPv4 without host bits."""
    try:
        found = ip_network(block)
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) and "/" in block else None


def is_network_block(block: str, provider: str) -> bool:
    """Whether a network of that provider can have the block."""
    found = parsed(block)
    if found is None or not _SHORTEST_PREFIX <= found.prefixlen <= _LONGEST_PREFIX[provider]:
        return False
    inside = any(found.subnet_of(IPv4Network(supported)) for supported in SUPPORTED)
    return inside and overlapping(block, RESERVED) is None


def overlapping(block: str, others: Iterable[str]) -> str | None:
    """The first of the others that shares an address with the block."""
    return next((other for other in others if IPv4Network(block).overlaps(IPv4Network(other))), None)


def _check_block(block: str) -> str:
    if parsed(block) is None:
        raise refuse(f"'{block}' is not a valid IPv4 CIDR block")
    return block


def _check_address(address: str) -> str:
    try:
        ip_address(address)
    except ValueError:
        pass
    else:
        return address
    raise refuse(f"'{address}' is not a valid IP address")


CIDR_BLOCK = AfterValidator(_check_block)
IP_ADDRESS = AfterValidator(_check_address)
