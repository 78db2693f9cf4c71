"""What Konnect asks of an Azure: the door between the sandbox's Konnect and the customer's side of a VNet
peering. The Azure behind it lives in modules of its own, and what Konnect asks of every cloud in `cloud_side`.

Calls are made on the world's event loop and take milliseconds. Konnect repeats a call after a restart, and
`peer` for as long as Azure refuses Kong, so each of them may come often and has the effect of once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import CloudState, KongNetwork, Provisioned


@dataclass(frozen=True)
class VnetPeeringRequest:
    """A customer's VNet that a network is to be peered with; id is that of Konnect's attachment."""

    id: str
    tenant_id: str
    subscription_id: str
    resource_group_name: str
    vnet_name: str


class UserActionNeededError(Exception):
    """Kong may not write the peering until somebody in the customer's tenant gives what is missing: consent to
    Kong's application, the role, or its assignment. Konnect asks again later; the text becomes its
    `state_metadata.reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AzureSide(Protocol):
    """Azure, as Kong's own service principal sees it."""

    def provision(self, network: KongNetwork) -> Provisioned:
        """Kong's VNet with its subnets."""

    def peer(self, network: KongNetwork, request: VnetPeeringRequest) -> None:
        """Write the peering on both VNets. Raises `UserActionNeededError`, or `CloudRefusalError` for what no
        grant would change: overlapping ranges, a VNet that isn't there."""

    def state(self, network: KongNetwork, request: VnetPeeringRequest) -> CloudState:
        """How the peering is: AVAILABLE while both halves are connected, GONE once either was deleted."""

    def unpeer(self, network: KongNetwork, request: VnetPeeringRequest) -> None:
        """Delete both halves; without the role Kong's alone. One that is gone is no error."""
