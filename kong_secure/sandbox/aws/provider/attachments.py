"""VpcAttachment and VpcAttachmentAccepter of `aws:ec2transitgateway`, as pulumi-aws 7 documents them.

Both settle whether the attachment uses its gateway's default route tables, which only the gateway's owner can.
"""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

from kong_secure.sandbox.aws.provider.calls import Calls, doing, gone, unless_gone
from kong_secure.sandbox.aws.provider.kinds import REGION, TAGS, Input, Kind, Properties, enabled
from kong_secure.sandbox.aws.provider.transit_gateways import NO_ATTACHMENT, described_gateway
from kong_secure.sandbox.aws.provider.transit_routes import (
    end_association,
    make_association,
    wait_association,
)

_OPTIONS: Final = {
    "applianceModeSupport": "ApplianceModeSupport",
    "dnsSupport": "DnsSupport",
    "ipv6Support": "Ipv6Support",
    "securityGroupReferencingSupport": "SecurityGroupReferencingSupport",
}
_ASSOCIATION: Final = "transitGatewayDefaultRouteTableAssociation"
_PROPAGATION: Final = "transitGatewayDefaultRouteTablePropagation"


def described(calls: Calls, id_: str) -> dict[str, Any] | None:
    """An attachment as EC2 describes it; None where it never was or has been deleted."""
    try:
        found = calls.ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[id_])
    except ClientError as error:
        if not gone(error, NO_ATTACHMENT):
            raise
        return None
    attachment: dict[str, Any] = found["TransitGatewayVpcAttachments"][0]
    return None if attachment["State"] == "deleted" else attachment


def attachment_outputs(attachment: dict[str, Any]) -> Properties:
    """The outputs that both types and the function share."""
    return {
        **{ours: attachment["Options"][theirs] for ours, theirs in _OPTIONS.items()},
        "subnetIds": attachment["SubnetIds"],
        "transitGatewayId": attachment["TransitGatewayId"],
        "vpcId": attachment["VpcId"],
        "vpcOwnerId": attachment["VpcOwnerId"],
    }


def _read(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    attachment = described(calls, id_)
    if attachment is None:
        return None
    outputs = attachment_outputs(attachment) | calls.tag_outputs(attachment.get("Tags", []))
    gateway = described_gateway(calls, attachment["TransitGatewayId"])
    if gateway is None or gateway["OwnerId"] != calls.account:
        return outputs | {_ASSOCIATION: True, _PROPAGATION: True}  # not this account's to know
    members = _default_members(calls, gateway, id_)
    return outputs | {_ASSOCIATION: members[0], _PROPAGATION: members[1]}


def _default_members(calls: Calls, gateway: dict[str, Any], id_: str) -> tuple[bool, bool]:
    """Whether an attachment is associated with, and propagates to, its gateway's default tables."""
    options = gateway["Options"]
    associations: list[dict[str, Any]] = []
    propagations: list[dict[str, Any]] = []
    if table := options.get("AssociationDefaultRouteTableId"):
        associations = calls.ec2.get_transit_gateway_route_table_associations(
            TransitGatewayRouteTableId=table
        )["Associations"]
    if table := options.get("PropagationDefaultRouteTableId"):
        propagations = calls.ec2.get_transit_gateway_route_table_propagations(
            TransitGatewayRouteTableId=table
        )["TransitGatewayRouteTablePropagations"]
    return (
        any(member["TransitGatewayAttachmentId"] == id_ for member in associations),
        any(member["TransitGatewayAttachmentId"] == id_ for member in propagations),
    )


def _settle_defaults(calls: Calls, attachment: dict[str, Any], inputs: Properties) -> None:
    id_ = attachment["TransitGatewayAttachmentId"]
    gateway = described_gateway(calls, attachment["TransitGatewayId"])
    if gateway is None or gateway["OwnerId"] != calls.account or attachment["State"] != "available":
        return
    options, (associated, propagates) = gateway["Options"], _default_members(calls, gateway, id_)
    table, wanted = options.get("AssociationDefaultRouteTableId"), inputs.get(_ASSOCIATION, True)
    if table is not None and wanted != associated:
        pair = {"TransitGatewayAttachmentId": id_, "TransitGatewayRouteTableId": table}
        if wanted:
            make_association(calls, pair)
        else:
            # One that is under way is waited for, because AWS refuses to end it.
            wait_association(calls, pair, "create", "associated")
            end_association(calls, pair)
    table, wanted = options.get("PropagationDefaultRouteTableId"), inputs.get(_PROPAGATION, True)
    if table is not None and wanted != propagates:
        ec2 = calls.ec2
        change = (
            ec2.enable_transit_gateway_route_table_propagation
            if wanted
            else ec2.disable_transit_gateway_route_table_propagation
        )
        change(TransitGatewayAttachmentId=id_, TransitGatewayRouteTableId=table)


def _current(calls: Calls, id_: str) -> dict[str, Any]:
    found = calls.ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[id_])
    attachment: dict[str, Any] = found["TransitGatewayVpcAttachments"][0]
    return attachment


def _wait(calls: Calls, id_: str, for_: str, *states: str | None) -> None:
    """Until the attachment is in one of the states; None: it is gone."""
    calls.until(
        f"waiting for EC2 Transit Gateway VPC Attachment ({id_}) {for_}",
        lambda: (described(calls, id_) or {}).get("State") in states,
    )


def _delete(calls: Calls, id_: str, _known: Properties) -> None:
    found = described(calls, id_)
    if found is None:
        return
    if found["State"] != "deleting":
        with doing(f"deleting EC2 Transit Gateway VPC Attachment ({id_})"), unless_gone(NO_ATTACHMENT):
            calls.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    _wait(calls, id_, "delete", None)


# --- VpcAttachment ---


def _create(calls: Calls, inputs: Properties) -> str:
    with doing("creating EC2 Transit Gateway VPC Attachment"):
        made = calls.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=inputs["transitGatewayId"],
            VpcId=inputs["vpcId"],
            SubnetIds=inputs["subnetIds"],
            Options={theirs: inputs[ours] for ours, theirs in _OPTIONS.items() if ours in inputs},
            TagSpecifications=calls.specification("transit-gateway-attachment", inputs),
        )["TransitGatewayVpcAttachment"]
    id_ = str(made["TransitGatewayAttachmentId"])
    _wait(calls, id_, "create", "available", "pendingAcceptance")
    with doing(f"creating EC2 Transit Gateway VPC Attachment ({id_})"):
        _settle_defaults(calls, _current(calls, id_), inputs)
    return id_


def _update(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    with doing(f"updating EC2 Transit Gateway VPC Attachment ({id_})"):
        before, after = set(old.get("subnetIds", [])), set(new["subnetIds"])
        options = {theirs: new[ours] for ours, theirs in _OPTIONS.items() if ours in new}
        changed = any(old.get(ours) != new[ours] for ours in _OPTIONS if ours in new)
        if before != after or changed:
            calls.ec2.modify_transit_gateway_vpc_attachment(
                TransitGatewayAttachmentId=id_,
                AddSubnetIds=sorted(after - before),
                RemoveSubnetIds=sorted(before - after),
                Options=options,
            )
        _settle_defaults(calls, _current(calls, id_), new)
        calls.retag(id_, old, new)


_SHARED_OUTPUTS: Final = (
    *_OPTIONS,
    "region",
    "subnetIds",
    "tags",
    "tagsAll",
    _ASSOCIATION,
    _PROPAGATION,
    "transitGatewayId",
    "vpcId",
    "vpcOwnerId",
)


def attachment_arn(calls: Calls, id_: str, owner: str) -> str:
    """An attachment's ARN."""
    return f"arn:aws:ec2:{calls.region}:{owner}:transit-gateway-attachment/{id_}"


def _read_attachment(calls: Calls, id_: str, known: Properties) -> Properties | None:
    outputs = _read(calls, id_, known)
    return None if outputs is None else outputs | {"arn": attachment_arn(calls, id_, outputs["vpcOwnerId"])}


VPC_ATTACHMENT: Final = Kind(
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    "EC2 Transit Gateway VPC Attachment",
    {
        "applianceModeSupport": enabled("disable"),
        "dnsSupport": enabled("enable"),
        "ipv6Support": enabled("disable"),
        "region": REGION,
        "securityGroupReferencingSupport": enabled(None),
        "subnetIds": Input("list", required=True, unordered=True),
        "tags": TAGS,
        _ASSOCIATION: Input("boolean", default=True),
        _PROPAGATION: Input("boolean", default=True),
        "transitGatewayId": Input(required=True, replaces=True),
        "vpcId": Input(required=True, replaces=True),
    },
    (*_SHARED_OUTPUTS, "arn"),
    _create,
    _read_attachment,
    _delete,
    _update,
)

# --- VpcAttachmentAccepter ---


def _accept(calls: Calls, inputs: Properties) -> str:
    id_ = str(inputs["transitGatewayAttachmentId"])
    with doing(f"accepting EC2 Transit Gateway VPC Attachment ({id_})"):
        calls.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    _wait(calls, id_, "accept", "available")
    with doing(f"accepting EC2 Transit Gateway VPC Attachment ({id_})"):
        calls.retag(id_, {}, inputs)
        _settle_defaults(calls, _current(calls, id_), inputs)
    return id_


def _read_accepted(calls: Calls, id_: str, known: Properties) -> Properties | None:
    outputs = _read(calls, id_, known)
    return None if outputs is None else outputs | {"transitGatewayAttachmentId": id_}


def _update_accepted(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    with doing(f"updating EC2 Transit Gateway VPC Attachment ({id_})"):
        _settle_defaults(calls, _current(calls, id_), new)
        calls.retag(id_, old, new)


ACCEPTER: Final = Kind(
    "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
    "EC2 Transit Gateway VPC Attachment Accepter",
    {
        "region": REGION,
        "tags": TAGS,
        "transitGatewayAttachmentId": Input(required=True, replaces=True),
        _ASSOCIATION: Input("boolean", default=True),
        _PROPAGATION: Input("boolean", default=True),
    },
    (*_SHARED_OUTPUTS, "transitGatewayAttachmentId"),
    _accept,
    _read_accepted,
    _delete,
    _update_accepted,
)
