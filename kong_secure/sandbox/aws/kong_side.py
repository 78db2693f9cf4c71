"""Kong's half of a private path on AWS: what Kong's own account does when Konnect asks for it, with the same
calls as anybody else's account.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Final

from botocore.exceptions import ClientError

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import (
    NO_RESOURCE_FOR_SHARE,
    AttachmentRequest,
    CloudRefusalError,
    CloudState,
    KongNetwork,
    Provisioned,
)

_NETWORK_TAG: Final = "kong-network"
_ATTACHMENT_TAG: Final = "kong-attachment"
_STATES: Final = {
    "available": CloudState.AVAILABLE,
    "pending": CloudState.PENDING,
    "deleting": CloudState.PENDING,
    "pendingAcceptance": CloudState.PENDING,
    "deleted": CloudState.GONE,
    "rejected": CloudState.REFUSED,
}


class KongSide:
    """Kong's accounts in a cloud. Implements `CloudSide`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def provision(self, network: KongNetwork) -> Provisioned:
        """Kong's VPC with one subnet for each zone; what of it is there already stays."""
        ec2 = self._ec2(network)
        found = ec2.describe_vpcs(Filters=_tagged(_NETWORK_TAG, network.id))["Vpcs"]
        if found:
            vpc_id = str(found[0]["VpcId"])
        else:
            tags = _specification("vpc", _NETWORK_TAG, network.id)
            vpc_id = str(ec2.create_vpc(CidrBlock=network.cidr_block, TagSpecifications=tags)["Vpc"]["VpcId"])
        there = {
            subnet["AvailabilityZoneId"]: str(subnet["SubnetId"])
            for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Subnets"]
        }
        for zone, block in _subnets(network):
            if zone not in there:
                made = ec2.create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZoneId=zone)
                there[zone] = str(made["Subnet"]["SubnetId"])
        return Provisioned(vpc_id, tuple(there[zone] for zone in network.availability_zones))

    def attach(self, network: KongNetwork, request: AttachmentRequest) -> str:
        """Accept the share, see that it covers the gateway, attach. Raises CloudRefusalError."""
        ec2 = self._ec2(network)
        found = ec2.describe_transit_gateway_vpc_attachments(Filters=_tagged(_ATTACHMENT_TAG, request.id))
        for attachment in found["TransitGatewayVpcAttachments"]:
            if attachment["State"] in ("available", "pending", "pendingAcceptance"):
                return str(attachment["TransitGatewayAttachmentId"])
        self._accept_share(network, request)
        own = self.provision(network)
        tags = _specification("transit-gateway-attachment", _ATTACHMENT_TAG, request.id)
        try:
            made = ec2.create_transit_gateway_vpc_attachment(
                TransitGatewayId=request.transit_gateway_id,
                VpcId=own.vpc_id,
                SubnetIds=list(own.subnet_ids),
                TagSpecifications=tags,
            )
        except ClientError as error:
            refusal = error.response["Error"]["Message"]
        else:
            return str(made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])
        raise CloudRefusalError(refusal)

    def _accept_share(self, network: KongNetwork, request: AttachmentRequest) -> None:
        ram = self._cloud.client("ram", network.account, network.region)
        for invitation in ram.get_resource_share_invitations()["resourceShareInvitations"]:
            if (invitation["resourceShareArn"], invitation["status"]) == (request.ram_share_arn, "PENDING"):
                ram.accept_resource_share_invitation(
                    resourceShareInvitationArn=invitation["resourceShareInvitationArn"]
                )
        shared = ram.list_resources(
            resourceOwner="OTHER-ACCOUNTS", resourceShareArns=[request.ram_share_arn]
        )["resources"]
        if not any(item["arn"].endswith(f"/{request.transit_gateway_id}") for item in shared):
            raise CloudRefusalError(NO_RESOURCE_FOR_SHARE)

    def state(self, network: KongNetwork, attachment_id: str) -> CloudState:
        """How the attachment is."""
        attachment = self._attachment(network, attachment_id)
        return CloudState.GONE if attachment is None else _STATES[attachment["State"]]

    def route(self, network: KongNetwork, attachment_id: str, cidr_blocks: tuple[str, ...]) -> None:
        """Let exactly these blocks lead from Kong's VPC into the attachment's gateway."""
        attachment = self._attachment(network, attachment_id)
        if attachment is None or attachment["State"] != "available":
            return
        ec2, gateway_id = self._ec2(network), attachment["TransitGatewayId"]
        table_id, there = self._routes(network, attachment)
        for block in there - set(cidr_blocks):
            ec2.delete_route(RouteTableId=table_id, DestinationCidrBlock=block)
        for block in sorted(set(cidr_blocks) - there):
            ec2.create_route(RouteTableId=table_id, DestinationCidrBlock=block, TransitGatewayId=gateway_id)

    def detach(self, network: KongNetwork, attachment_id: str) -> None:
        """Delete the attachment and its routes; one that is gone is no error, and one that AWS is busy with is for
        the next time."""
        attachment = self._attachment(network, attachment_id)
        if attachment is None or attachment["State"] == "pending":
            return
        ec2 = self._ec2(network)
        table_id, there = self._routes(network, attachment)
        for block in there:
            ec2.delete_route(RouteTableId=table_id, DestinationCidrBlock=block)
        if attachment["State"] not in ("deleting", "deleted"):
            ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)

    def _routes(self, network: KongNetwork, attachment: dict[str, Any]) -> tuple[str, set[str]]:
        """Kong's one route table, and the blocks in it that lead into the attachment's gateway."""
        table = self._ec2(network).describe_route_tables(
            Filters=[
                {"Name": "vpc-id", "Values": [attachment["VpcId"]]},
                {"Name": "association.main", "Values": ["true"]},
            ]
        )["RouteTables"][0]
        blocks = {
            str(route["DestinationCidrBlock"])
            for route in table["Routes"]
            if route.get("TransitGatewayId") == attachment["TransitGatewayId"]
        }
        return str(table["RouteTableId"]), blocks

    def _attachment(self, network: KongNetwork, attachment_id: str) -> dict[str, Any] | None:
        try:
            found = self._ec2(network).describe_transit_gateway_vpc_attachments(
                TransitGatewayAttachmentIds=[attachment_id]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidTransitGatewayAttachmentID.NotFound":
                raise
            return None
        described: dict[str, Any] = found["TransitGatewayVpcAttachments"][0]
        return described

    def _ec2(self, network: KongNetwork) -> Any:
        return self._cloud.client("ec2", network.account, network.region)


def _subnets(network: KongNetwork) -> list[tuple[str, str]]:
    """Each zone's part of the network."""
    block = ipaddress.IPv4Network(network.cidr_block)
    bits = max(1, (len(network.availability_zones) - 1).bit_length())
    return [
        (zone, str(part))
        for zone, part in zip(network.availability_zones, block.subnets(prefixlen_diff=bits), strict=False)
    ]


def _tagged(key: str, value: str) -> list[dict[str, Any]]:
    return [{"Name": f"tag:{key}", "Values": [value]}]


def _specification(kind: str, key: str, value: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value}]}]
