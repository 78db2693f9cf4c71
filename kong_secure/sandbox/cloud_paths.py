"""What is asked of a cloud about calls to a private address: from Kong's network, from the internet, from a
neighbour. Each cloud answers in a module of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Protocol

from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import KongNetwork


@dataclass(frozen=True)
class Destination:
    """Where a call is to arrive. `groups` are the security groups there, by id, name or Name tag; without any,
    the default one.
    """

    address: IPv4Address
    port: int
    protocol: str = "tcp"
    groups: tuple[str, ...] = ()


class Paths(Protocol):
    """A cloud, as far as calls go. Each answer is what stops the call, in one sentence; None if it arrives
    and is answered.
    """

    def blocked(self, network: KongNetwork, destination: Destination) -> str | None:
        """A call from a network of Kong's."""

    def blocked_from_outside(self, network: KongNetwork, destination: Destination) -> str | None:
        """A call from anywhere on the internet."""

    def blocked_inside(self, network: KongNetwork, destination: Destination) -> str | None:
        """A call from a neighbour: another machine in the destination's own private network, with the same
        security groups.
        """
