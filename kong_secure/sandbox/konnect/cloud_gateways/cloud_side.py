"""What Konnect asks of a cloud: the door between the sandbox's Konnect and the customer's side of a private
path. The clouds behind it live in modules of their own.

Calls are made on the world's event loop and take milliseconds. Konnect repeats a call after a restart, so
each of them may come twice and has the effect of once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

NO_RESOURCE_FOR_SHARE = (
    "Transit Gateway Attachment configuration could not find a resource with the provided ram share arn."
)
"""Konnect's own words for a share that isn't there, doesn't hold the gateway, or isn't for Kong's account
(cloud-gateways: AwsTransitGatewayResponse.state_metadata.reason)."""


@dataclass(frozen=True)
class KongNetwork:
    """A network of Konnect's as the cloud knows it.

    id: Konnect's. account: Kong's own account there, 12 digits on AWS. availability_zones: zone ids, as
    use2-az1.
    """

    id: str
    account: str
    region: str
    availability_zones: tuple[str, ...]
    cidr_block: str


@dataclass(frozen=True)
class Provisioned:
    """What the cloud has of a network."""

    vpc_id: str
    subnet_ids: tuple[str, ...]


@dataclass(frozen=True)
class AttachmentRequest:
    """An AWS transit gateway that a network is to be attached to; id is that of Konnect's attachment."""

    id: str
    transit_gateway_id: str
    ram_share_arn: str


class CloudState(Enum):
    """An attachment as the cloud has it. REFUSED: rejected or failed. GONE: deleted, or never there."""

    PENDING = "pending"
    AVAILABLE = "available"
    REFUSED = "refused"
    GONE = "gone"


class CloudRefusalError(Exception):
    """The cloud doesn't let Kong attach; the text becomes Konnect's `state_metadata.reason`."""


class CloudSide(Protocol):
    """The clouds, as Kong's own account sees them."""

    def provision(self, network: KongNetwork) -> Provisioned:
        """Kong's VPC with one subnet for each zone."""

    def attach(self, network: KongNetwork, request: AttachmentRequest) -> str:
        """Accept the share, check that it covers the gateway and is for this account, attach the VPC; the
        cloud's id of the attachment. Raises `CloudRefusalError`."""

    def state(self, network: KongNetwork, attachment_id: str) -> CloudState:
        """How the attachment is."""

    def route(self, network: KongNetwork, attachment_id: str, cidr_blocks: tuple[str, ...]) -> None:
        """Let exactly these blocks lead from Kong's VPC into the gateway."""

    def detach(self, network: KongNetwork, attachment_id: str) -> None:
        """Begin to delete the attachment and its routes; one that is gone is no error."""
