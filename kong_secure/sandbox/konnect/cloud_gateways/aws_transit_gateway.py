"""Attachments to an AWS transit gateway: their bodies, and how one goes from state to state as AWS says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from kong_secure.sandbox.konnect.bodies import Body, matching
from kong_secure.sandbox.konnect.cloud_gateways.attachment_fields import CONFIG, Blocks, DnsMapping, Name
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import (
    AttachmentRequest,
    CloudRefusalError,
    CloudSide,
    CloudState,
    KongNetwork,
)
from kong_secure.sandbox.konnect.cloud_gateways.steps import Pace, Step, failed, forget, ready
from kong_secure.sandbox.konnect.store import Record

KIND = "aws-transit-gateway-attachment"

_ARN = r"arn:aws[a-z-]*:ram:[a-z0-9-]+:\d{12}:resource-share/[0-9a-f-]+"
_REASONS = {
    CloudState.REFUSED: "Transit Gateway Attachment was rejected.",
    CloudState.GONE: "Transit Gateway Attachment could not be found.",
}


class Config(Body):
    """cloud-gateways: AwsTransitGatewayAttachmentConfig."""

    kind: str
    transit_gateway_id: Annotated[
        str,
        matching(
            "tgw-[0-9a-f]+", "transit_gateway_id must be the ID of a transit gateway", rule="matches_regex"
        ),
    ]
    ram_share_arn: Annotated[
        str, matching(_ARN, "ram_share_arn must be the ARN of a resource share", rule="is_arn")
    ]


class CreateBody(Body):
    """cloud-gateways: CreateAwsTransitGateway."""

    name: Name
    dns_config: list[DnsMapping] = Field(default_factory=list)
    cidr_blocks: Blocks
    transit_gateway_attachment_config: Config


class PatchBody(Body):
    """cloud-gateways: PatchAwsTransitGateway."""

    cidr_blocks: Blocks


class Steps:
    """What happens to one in time."""

    def __init__(self, cloud: CloudSide, pace: Pace) -> None:
        self._cloud = cloud
        self._pace = pace

    def by_name(self) -> Mapping[str, Step]:
        """Every step."""
        return {
            "attach": self._attach,
            "acceptance": self._acceptance,
            "settle": self._settle,
            "watch": self._watch,
            "reroute": self._reroute,
            "detach": self._detach,
            "detached": self._detached,
            "forget": forget,
        }

    def _attach(self, network: KongNetwork, kept: Record) -> Record:
        config = kept[CONFIG]
        request = AttachmentRequest(kept["id"], config["transit_gateway_id"], config["ram_share_arn"])
        try:
            attachment_id = self._cloud.attach(network, request)
        except CloudRefusalError as refusal:
            return failed(kept, str(refusal))
        config = {**config, "attachment_id": attachment_id}
        return {**kept, CONFIG: config, "state": "pending-acceptance", "step": "acceptance", "due": None}

    def _acceptance(self, network: KongNetwork, kept: Record) -> Record:
        match self._state(network, kept):
            case CloudState.PENDING:
                return kept
            case CloudState.AVAILABLE:
                return self._pace.settling(kept)
            case state:
                return failed(kept, _REASONS[state])

    def _settle(self, network: KongNetwork, kept: Record) -> Record:
        state = self._state(network, kept)
        if state is not CloudState.AVAILABLE:
            return {**kept, "step": "acceptance", "due": None}
        self._cloud.route(network, kept[CONFIG]["attachment_id"], tuple(kept["cidr_blocks"]))
        return ready(kept)

    def _watch(self, network: KongNetwork, kept: Record) -> Record:
        reason = _REASONS.get(
            self._state(network, kept)
        )  # none where it is available, or AWS is busy with it
        return kept if reason is None else failed(kept, reason)

    def _reroute(self, network: KongNetwork, kept: Record) -> Record:
        if self._state(network, kept) is CloudState.AVAILABLE:
            return self._settle(network, kept)
        return {**kept, "state": "pending-acceptance", "step": "acceptance", "due": None}

    def _detach(self, network: KongNetwork, kept: Record) -> Record:
        attachment_id = kept[CONFIG].get("attachment_id")
        if attachment_id is not None:
            self._cloud.detach(network, attachment_id)
        return {**kept, "step": "detached", "due": None}

    def _detached(self, network: KongNetwork, kept: Record) -> Record:
        if "attachment_id" in kept[CONFIG] and self._state(network, kept) is not CloudState.GONE:
            self._cloud.detach(network, kept[CONFIG]["attachment_id"])
            return kept
        return self._pace.terminated(kept)

    def _state(self, network: KongNetwork, kept: Record) -> CloudState:
        return self._cloud.state(network, kept[CONFIG]["attachment_id"])
