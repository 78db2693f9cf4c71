"""The functions of pulumi-aws that look things up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kong_secure.sandbox.aws.provider.attachments import attachment_arn, attachment_outputs
from kong_secure.sandbox.aws.provider.calls import Calls, RefusedError, doing
from kong_secure.sandbox.aws.provider.kinds import Properties
from kong_secure.sandbox.aws.provider.transit_gateways import gateway_outputs


def _filters(given: Properties) -> list[dict[str, Any]]:
    return [{"Name": item["name"], "Values": item["values"]} for item in given.get("filters") or []]


def _the_one(found: list[dict[str, Any]], title: str) -> dict[str, Any]:
    if not found:
        raise RefusedError(f"no matching {title} found")
    if len(found) > 1:
        raise RefusedError(
            f"multiple {title}s matched; use additional constraints to reduce matches to a single {title}"
        )
    return found[0]


def _asked(given: Properties, ids: str) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if given.get("id"):
        asked[ids] = [given["id"]]
    if _filters(given):
        asked["Filters"] = _filters(given)
    return asked


def _get_vpc_attachment(calls: Calls, given: Properties) -> Properties:
    """A deleted attachment is found too, for as long as EC2 shows it."""
    title = "EC2 Transit Gateway VPC Attachment"
    with doing(f"reading {title}"):
        found = calls.ec2.describe_transit_gateway_vpc_attachments(
            **_asked(given, "TransitGatewayAttachmentIds")
        )
    attachment = _the_one(found["TransitGatewayVpcAttachments"], title)
    return {
        **attachment_outputs(attachment),
        "arn": attachment_arn(calls, attachment["TransitGatewayAttachmentId"], attachment["VpcOwnerId"]),
        "filters": given.get("filters") or [],
        "id": attachment["TransitGatewayAttachmentId"],
        "region": calls.region,
        "tags": calls.tag_outputs(attachment.get("Tags", []))["tagsAll"],
    }


def _get_attachment(calls: Calls, given: Properties) -> Properties:
    """An attachment of any kind, with its association; a deleted one is found too, as above."""
    title = "EC2 Transit Gateway Attachment"
    asked = _asked({**given, "id": given.get("transitGatewayAttachmentId")}, "TransitGatewayAttachmentIds")
    with doing(f"reading {title}"):
        found = calls.ec2.describe_transit_gateway_attachments(**asked)
    attachment = _the_one(found["TransitGatewayAttachments"], title)
    association = attachment.get("Association", {})
    id_, owner = attachment["TransitGatewayAttachmentId"], attachment["ResourceOwnerId"]
    return {
        "arn": attachment_arn(calls, id_, owner),
        "associationState": association.get("State", ""),
        "associationTransitGatewayRouteTableId": association.get("TransitGatewayRouteTableId", ""),
        "filters": given.get("filters") or [],
        "id": id_,
        "region": calls.region,
        "resourceId": attachment["ResourceId"],
        "resourceOwnerId": owner,
        "resourceType": attachment["ResourceType"],
        "state": attachment["State"],
        "tags": calls.tag_outputs(attachment.get("Tags", []))["tagsAll"],
        "transitGatewayAttachmentId": id_,
        "transitGatewayId": attachment["TransitGatewayId"],
        "transitGatewayOwnerId": attachment["TransitGatewayOwnerId"],
    }


def _get_transit_gateway(calls: Calls, given: Properties) -> Properties:
    title = "EC2 Transit Gateway"
    with doing(f"reading {title}"):
        found = calls.ec2.describe_transit_gateways(**_asked(given, "TransitGatewayIds"))
    gateway = _the_one(found["TransitGateways"], title)
    return {
        **gateway_outputs(gateway),
        "amazonSideAsn": str(gateway["Options"]["AmazonSideAsn"]),
        "encryptionSupport": "disable",
        "filters": given.get("filters") or [],
        "id": gateway["TransitGatewayId"],
        "region": calls.region,
        "tags": calls.tag_outputs(gateway.get("Tags", []))["tagsAll"],
    }


def _get_caller_identity(calls: Calls, _given: Properties) -> Properties:
    identity = calls.cloud.client("sts", calls.account, calls.region).get_caller_identity()
    return {
        "accountId": identity["Account"],
        "arn": identity["Arn"],
        "id": identity["Account"],
        "userId": identity["UserId"],
    }


def _get_region(calls: Calls, _given: Properties) -> Properties:
    return {
        "description": calls.region,
        "endpoint": f"ec2.{calls.region}.amazonaws.com",
        "id": calls.region,
        "name": calls.region,
        "region": calls.region,
    }


def _get_availability_zones(calls: Calls, given: Properties) -> Properties:
    with doing("reading EC2 Availability Zones"):
        zones = calls.ec2.describe_availability_zones()["AvailabilityZones"]
    wanted = [zone for zone in zones if given.get("state", zone["State"]) == zone["State"]]
    return {
        "groupNames": sorted({zone.get("GroupName", calls.region) for zone in wanted}),
        "id": calls.region,
        "names": [zone["ZoneName"] for zone in wanted],
        "region": calls.region,
        "zoneIds": [zone["ZoneId"] for zone in wanted],
    }


FUNCTIONS: Final[Mapping[str, tuple[frozenset[str], Callable[[Calls, Properties], Properties]]]] = {
    "aws:ec2transitgateway/getVpcAttachment:getVpcAttachment": (
        frozenset({"id", "filters", "region"}),
        _get_vpc_attachment,
    ),
    "aws:ec2transitgateway/getAttachment:getAttachment": (
        frozenset({"transitGatewayAttachmentId", "filters", "region"}),
        _get_attachment,
    ),
    "aws:ec2transitgateway/getTransitGateway:getTransitGateway": (
        frozenset({"id", "filters", "region"}),
        _get_transit_gateway,
    ),
    "aws:index/getCallerIdentity:getCallerIdentity": (frozenset(), _get_caller_identity),
    "aws:index/getRegion:getRegion": (frozenset({"region"}), _get_region),
    "aws:index/getAvailabilityZones:getAvailabilityZones": (
        frozenset({"region", "state"}),
        _get_availability_zones,
    ),
}
"""What each function takes, and what it does."""
