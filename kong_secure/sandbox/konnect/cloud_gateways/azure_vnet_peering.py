"""Peerings with an Azure VNet: their bodies, and how one goes from state to state as Azure says. Nobody accepts a
peering: Kong's application writes both halves as soon as it may.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from kong_secure.sandbox.konnect.bodies import Body
from kong_secure.sandbox.konnect.cloud_gateways.attachment_fields import CONFIG, DnsMapping, Name
from kong_secure.sandbox.konnect.cloud_gateways.azure_side import (
    AzureSide,
    UserActionNeededError,
    VnetPeeringRequest,
)
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import CloudRefusalError, CloudState, KongNetwork
from kong_secure.sandbox.konnect.cloud_gateways.steps import Pace, Step, failed, forget, ready
from kong_secure.sandbox.konnect.entities.fields import Uuid
from kong_secure.sandbox.konnect.store import Record

KIND = "azure-vnet-peering-attachment"

_GONE = "Virtual network peering could not be found."


class Config(Body):
    """cloud-gateways: AzureVNETPeeringAttachmentConfig. That ids are UUIDs isn't specified; Azure's are."""

    kind: str
    tenant_id: Uuid
    subscription_id: Uuid
    resource_group_name: Annotated[str, Field(min_length=1)]
    vnet_name: Annotated[str, Field(min_length=1)]


class CreateBody(Body):
    """cloud-gateways: CreateAzureTransitGateway."""

    name: Name
    dns_config: list[DnsMapping] = Field(default_factory=list)
    transit_gateway_attachment_config: Config


class Steps:
    """What happens to one in time."""

    def __init__(self, azure: AzureSide, pace: Pace) -> None:
        self._azure = azure
        self._pace = pace

    def by_name(self) -> Mapping[str, Step]:
        """Every step."""
        return {
            "attach": self._attach,
            "settle": self._settle,
            "watch": self._watch,
            "detach": self._detach,
            "detached": self._detached,
            "forget": forget,
        }

    def _attach(self, network: KongNetwork, kept: Record) -> Record:
        try:
            self._azure.peer(network, _request(kept))
        except UserActionNeededError as needed:
            metadata = {"reported_status": "PENDING_USER_ACTION", "reason": needed.reason}
            return {**kept, "state": "pending-user-action", "state_metadata": metadata, "due": None}
        except CloudRefusalError as refusal:
            return failed(kept, str(refusal))
        return self._pace.settling(kept)

    def _settle(self, network: KongNetwork, kept: Record) -> Record:
        if self._azure.state(network, _request(kept)) is CloudState.AVAILABLE:
            return ready(kept)
        return failed(kept, _GONE)

    def _watch(self, network: KongNetwork, kept: Record) -> Record:
        available = self._azure.state(network, _request(kept)) is CloudState.AVAILABLE
        return kept if available else failed(kept, _GONE)

    def _detach(self, network: KongNetwork, kept: Record) -> Record:
        self._azure.unpeer(network, _request(kept))
        return {**kept, "step": "detached", "due": None}

    def _detached(self, network: KongNetwork, kept: Record) -> Record:
        gone = self._azure.state(network, _request(kept)) is CloudState.GONE
        return self._pace.terminated(kept) if gone else kept


def _request(kept: Record) -> VnetPeeringRequest:
    config = kept[CONFIG]
    return VnetPeeringRequest(
        kept["id"],
        config["tenant_id"],
        config["subscription_id"],
        config["resource_group_name"],
        config["vnet_name"],
    )
