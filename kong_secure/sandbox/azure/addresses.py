"""Address prefixes as Azure's networks take them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Any

from kong_secure.sandbox.azure.refusals import invalid


def block(text: Any, where: str) -> IPv4Network:
    """A prefix. where: the id of the resource it is of. Raises ArmError."""
    try:
        found = IPv4Network(text, strict=False)
    except ValueError:
        found = None
    if found is None or "/" not in str(text):
        raise invalid(
            f"Address prefix {text} of resource {where} is not formatted correctly. It should follow CIDR "
            "notation, for example 10.0.0.0/24.",
            "InvalidAddressPrefixFormat",
        )
    if str(found) != text:
        raise invalid(
            f"The address prefix {text} in resource {where} has an invalid CIDR notation. For the given prefix "
            f"length, the address prefix should be {found}.",
            "InvalidCIDRNotation",
        )
    return found


def blocks(texts: Iterable[Any], where: str) -> tuple[IPv4Network, ...]:
    """Prefixes. Raises ArmError."""
    return tuple(block(text, where) for text in texts)


def space_of(network: dict[str, Any]) -> tuple[IPv4Network, ...]:
    """A virtual network's address space."""
    return blocks(network["addressSpace"]["addressPrefixes"], network["id"])


def overlaps(these: Iterable[IPv4Network], those: Iterable[IPv4Network]) -> list[str]:
    """Those of `these` that overlap one of `those`."""
    others = list(those)
    return [str(one) for one in these if any(one.overlaps(other) for other in others)]


def inside(these: Iterable[IPv4Network], those: Iterable[IPv4Network]) -> bool:
    """Whether each of `these` lies in one of `those`."""
    others = list(those)
    return all(any(one.subnet_of(other) for other in others) for one in these)
