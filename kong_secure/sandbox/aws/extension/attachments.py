"""Attachments of VPCs to transit gateways, across accounts: made by the VPC's owner, accepted by the gateway's.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
"""

from __future__ import annotations

from typing import Any, Final

from kong_secure.sandbox.aws.extension.answering import ActionResult, Ec2Answering, refuse
from kong_secure.sandbox.aws.records import (
    ASSOCIATED,
    ASSOCIATING,
    AVAILABLE,
    DELETED,
    DELETING,
    PENDING,
    PENDING_ACCEPTANCE,
    REJECTED,
    Attachment,
    Gateway,
)

_DEFAULTS: Final = {
    "ApplianceModeSupport": "disable",
    "DnsSupport": "enable",
    "Ipv6Support": "disable",
    "SecurityGroupReferencingSupport": "enable",
}
_FILTERS: Final = {
    "state": lambda item: item["State"],
    "transit-gateway-attachment-id": lambda item: item["TransitGatewayAttachmentId"],
    "transit-gateway-id": lambda item: item["TransitGatewayId"],
}
_VPC_FILTERS: Final = _FILTERS | {"vpc-id": lambda item: item["VpcId"]}
_ANY_FILTERS: Final = _FILTERS | {
    "association.state": lambda item: item.get("Association", {}).get("State"),
    "association.transit-gateway-route-table-id": lambda item: item.get("Association", {}).get(
        "TransitGatewayRouteTableId"
    ),
    "resource-id": lambda item: item["ResourceId"],
    "resource-owner-id": lambda item: item["ResourceOwnerId"],
    "resource-type": lambda item: item["ResourceType"],
    "transit-gateway-owner-id": lambda item: item["TransitGatewayOwnerId"],
}


class Attachments(Ec2Answering):
    """Calls on VPC attachments."""

    def create_transit_gateway_vpc_attachment(self) -> ActionResult:
        """CreateTransitGatewayVpcAttachment. It waits for acceptance where the gateway is another account's
        and doesn't accept by itself."""
        gateway = self.available_gateway(self.parameter("TransitGatewayId"))
        vpc = self.ec2_backend.get_vpc(self.parameter("VpcId"))
        subnets = list(self.parameter("SubnetIds", []))
        if not subnets:
            raise refuse("MissingParameter", "The request must contain the parameter SubnetIds")
        self._refuse_subnets(vpc.id, subnets)
        for other in self.records.attachments_of(gateway.id):
            if other.vpc_id == vpc.id:
                raise refuse(
                    "DuplicateTransitGatewayAttachment",
                    f"{gateway.id} has non-deleted Transit Gateway Attachments with same VPC ID.",
                )
        accepted = gateway.owner == self.account or gateway.options["AutoAcceptSharedAttachments"] == "enable"
        attachment = Attachment(
            gateway_id=gateway.id,
            gateway_owner=gateway.owner,
            vpc_id=vpc.id,
            vpc_owner=self.account,
            region=self.region,
            subnet_ids=subnets,
            options=_DEFAULTS | dict(self.parameter("Options", {})),
            state=PENDING_ACCEPTANCE,
        )
        self.records.attachments[attachment.id] = attachment
        self.keep_tags(attachment.id)
        if accepted:
            self._make_available(attachment, gateway)
        return ActionResult({"TransitGatewayVpcAttachment": self._described_attachment(attachment)})

    def _refuse_subnets(self, vpc_id: str, ids: list[str]) -> None:
        subnets = [self.ec2_backend.get_subnet(id_) for id_ in ids]
        for subnet in subnets:
            if subnet.vpc_id != vpc_id:
                raise refuse("InvalidParameterValue", f"{subnet.id} is not in {vpc_id}")
        zones = [subnet.availability_zone for subnet in subnets]
        if len(set(zones)) != len(zones):
            raise refuse("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")

    def _make_available(self, attachment: Attachment, gateway: Gateway) -> None:
        delays = self.cloud.delays
        attachment.state = PENDING
        self.cloud.later(attachment, delays.attachment, state=AVAILABLE)
        attachment.table_id = gateway.default_table("Association")
        if attachment.table_id is not None:
            attachment.table_state = ASSOCIATING
            # an attachment is available before its association is made
            self.cloud.later(attachment, delays.attachment + delays.association, table_state=ASSOCIATED)
        propagated = gateway.default_table("Propagation")
        if propagated is not None:
            self.records.tables[propagated].propagations.append(attachment.id)

    def accept_transit_gateway_vpc_attachment(self) -> ActionResult:
        """AcceptTransitGatewayVpcAttachment, by the gateway's owner, once it is pendingAcceptance."""
        attachment = self._pending()
        self._make_available(attachment, self.records.gateways[attachment.gateway_id])
        return ActionResult({"TransitGatewayVpcAttachment": self._described_attachment(attachment)})

    def reject_transit_gateway_vpc_attachment(self) -> ActionResult:
        """RejectTransitGatewayVpcAttachment, by the gateway's owner."""
        attachment = self._pending()
        attachment.state = REJECTED
        return ActionResult({"TransitGatewayVpcAttachment": self._described_attachment(attachment)})

    def _pending(self) -> Attachment:
        attachment = self.attachment(self.parameter("TransitGatewayAttachmentId"), owned=True)
        if attachment.state != PENDING_ACCEPTANCE:
            raise refuse("IncorrectState", f"{attachment.id} is in invalid state")
        return attachment

    def modify_transit_gateway_vpc_attachment(self) -> ActionResult:
        """ModifyTransitGatewayVpcAttachment, by the VPC's owner."""
        attachment = self.attachment(self.parameter("TransitGatewayAttachmentId"))
        if attachment.state != AVAILABLE:
            raise refuse("IncorrectState", f"{attachment.id} is in invalid state")
        removed = self.parameter("RemoveSubnetIds", [])
        subnets = [id_ for id_ in attachment.subnet_ids if id_ not in removed]
        subnets += [id_ for id_ in self.parameter("AddSubnetIds", []) if id_ not in subnets]
        if not subnets:
            raise refuse("InvalidParameterValue", f"{attachment.id} needs at least one subnet")
        self._refuse_subnets(attachment.vpc_id, subnets)
        attachment.subnet_ids = subnets
        attachment.options.update(self.parameter("Options", {}))
        return ActionResult({"TransitGatewayVpcAttachment": self._described_attachment(attachment)})

    def delete_transit_gateway_vpc_attachment(self) -> ActionResult:
        """DeleteTransitGatewayVpcAttachment, by either owner. Association and propagations go with it, static
        routes to it become blackholes; it stays visible as deleted."""
        attachment = self.attachment(self.parameter("TransitGatewayAttachmentId"))
        if attachment.state in (PENDING, DELETING, DELETED):
            raise refuse("IncorrectState", f"{attachment.id} is in invalid state")
        attachment.state = DELETING
        attachment.table_id = None
        self.cloud.later(attachment, self.cloud.delays.attachment, state=DELETED)
        for table in self.records.tables.values():
            if attachment.id in table.propagations:
                table.propagations.remove(attachment.id)
        described = self._described_attachment(attachment) | {"State": "deleting"}
        return ActionResult({"TransitGatewayVpcAttachment": described})

    def _visible_attachments(self) -> list[Attachment]:
        return [
            attachment
            for attachment in self.records.attachments.values()
            if attachment.region == self.region
            and self.account in (attachment.gateway_owner, attachment.vpc_owner)
        ]

    def _asked_for(self) -> list[Attachment]:
        ids = self.parameter("TransitGatewayAttachmentIds", [])
        return [self.attachment(id_) for id_ in ids] if ids else self._visible_attachments()

    def describe_transit_gateway_vpc_attachments(self) -> ActionResult:
        """DescribeTransitGatewayVpcAttachments, for the owner of the VPC or of the gateway."""
        described = self.chosen(map(self._described_attachment, self._asked_for()), _VPC_FILTERS)
        return ActionResult({"TransitGatewayVpcAttachments": described})

    def describe_transit_gateway_attachments(self) -> ActionResult:
        """DescribeTransitGatewayAttachments, for the owner of the VPC or of the gateway."""
        described = self.chosen(map(self._described_generally, self._asked_for()), _ANY_FILTERS)
        return ActionResult({"TransitGatewayAttachments": described})

    def _described_attachment(self, attachment: Attachment) -> dict[str, Any]:
        return {
            "TransitGatewayAttachmentId": attachment.id,
            "TransitGatewayId": attachment.gateway_id,
            "VpcId": attachment.vpc_id,
            "VpcOwnerId": attachment.vpc_owner,
            "State": attachment.state,
            "SubnetIds": list(attachment.subnet_ids),
            "CreationTime": attachment.created,
            "Options": dict(attachment.options),
            "Tags": self.tags_of(attachment.id),
        }

    def _described_generally(self, attachment: Attachment) -> dict[str, Any]:
        described = {
            "TransitGatewayAttachmentId": attachment.id,
            "TransitGatewayId": attachment.gateway_id,
            "TransitGatewayOwnerId": attachment.gateway_owner,
            "ResourceOwnerId": attachment.vpc_owner,
            "ResourceType": "vpc",
            "ResourceId": attachment.vpc_id,
            "State": attachment.state,
            "CreationTime": attachment.created,
            "Tags": self.tags_of(attachment.id),
        }
        if attachment.table_id is not None:
            described["Association"] = {
                "TransitGatewayRouteTableId": attachment.table_id,
                "State": attachment.table_state,
            }
        return described
