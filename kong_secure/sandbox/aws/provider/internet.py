"""InternetGateway and InternetGatewayAttachment of `aws:ec2`, as pulumi-aws 7 documents them.

https://www.pulumi.com/registry/packages/aws/api-docs/ec2/internetgateway/
"""

from __future__ import annotations

from typing import Any, Final

from kong_secure.sandbox.aws.provider.calls import Calls, doing, unless_gone
from kong_secure.sandbox.aws.provider.kinds import REGION, TAGS, Input, Kind, Properties
from kong_secure.sandbox.aws.provider.networks import IN_USE, one

_NO_GATEWAY: Final = "InvalidInternetGatewayID.NotFound"
_NOT_ATTACHED: Final = "Gateway.NotAttached"


def _gateway(calls: Calls, id_: str) -> dict[str, Any] | None:
    return one(
        calls.ec2.describe_internet_gateways, "InternetGateways", _NO_GATEWAY, InternetGatewayIds=[id_]
    )


def _attached_to(gateway: dict[str, Any]) -> str:
    return next((str(attachment["VpcId"]) for attachment in gateway.get("Attachments", [])), "")


def _attach(calls: Calls, id_: str, vpc_id: str) -> None:
    with doing(f"attaching EC2 Internet Gateway ({id_}) to EC2 VPC ({vpc_id})"):
        calls.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=vpc_id)


def _detach(calls: Calls, id_: str, vpc_id: str) -> None:
    with (
        doing(f"detaching EC2 Internet Gateway ({id_}) from EC2 VPC ({vpc_id})"),
        unless_gone(_NO_GATEWAY, _NOT_ATTACHED),
    ):
        calls.patiently(
            lambda: calls.ec2.detach_internet_gateway(InternetGatewayId=id_, VpcId=vpc_id), IN_USE
        )


# --- InternetGateway ---


def _create(calls: Calls, inputs: Properties) -> str:
    with doing("creating EC2 Internet Gateway"):
        made = calls.ec2.create_internet_gateway(
            TagSpecifications=calls.specification("internet-gateway", inputs)
        )
    id_ = str(made["InternetGateway"]["InternetGatewayId"])
    if inputs.get("vpcId"):
        _attach(calls, id_, inputs["vpcId"])
    return id_


def _read(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    gateway = _gateway(calls, id_)
    if gateway is None:
        return None
    return {
        "arn": f"arn:aws:ec2:{calls.region}:{gateway['OwnerId']}:internet-gateway/{id_}",
        "ownerId": gateway["OwnerId"],
        "vpcId": _attached_to(gateway),
        **calls.tag_outputs(gateway.get("Tags", [])),
    }


def _update(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    before, after = old.get("vpcId"), new.get("vpcId", old.get("vpcId"))
    if before != after:
        if before:
            _detach(calls, id_, before)
        if after:
            _attach(calls, id_, after)
    with doing(f"updating EC2 Internet Gateway ({id_})"):
        calls.retag(id_, old, new)


def _delete(calls: Calls, id_: str, _known: Properties) -> None:
    gateway = _gateway(calls, id_)
    if gateway is not None and (vpc_id := _attached_to(gateway)):
        _detach(calls, id_, vpc_id)
    with doing(f"deleting EC2 Internet Gateway ({id_})"), unless_gone(_NO_GATEWAY):
        calls.patiently(lambda: calls.ec2.delete_internet_gateway(InternetGatewayId=id_), IN_USE)


GATEWAY: Final = Kind(
    "aws:ec2/internetGateway:InternetGateway",
    "EC2 Internet Gateway",
    {"region": REGION, "tags": TAGS, "vpcId": Input(computed=True)},
    ("arn", "ownerId", "region", "tags", "tagsAll", "vpcId"),
    _create,
    _read,
    _delete,
    _update,
)

# --- InternetGatewayAttachment ---


def _create_attachment(calls: Calls, inputs: Properties) -> str:
    id_, vpc_id = str(inputs["internetGatewayId"]), str(inputs["vpcId"])
    _attach(calls, id_, vpc_id)
    return f"{id_}:{vpc_id}"


def _read_attachment(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    gateway_id, _, vpc_id = id_.partition(":")
    gateway = _gateway(calls, gateway_id)
    if gateway is None or _attached_to(gateway) != vpc_id:
        return None
    return {"internetGatewayId": gateway_id, "vpcId": vpc_id}


def _delete_attachment(calls: Calls, id_: str, _known: Properties) -> None:
    gateway_id, _, vpc_id = id_.partition(":")
    _detach(calls, gateway_id, vpc_id)


ATTACHMENT: Final = Kind(
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
    "EC2 Internet Gateway Attachment",
    {
        "internetGatewayId": Input(required=True, replaces=True),
        "region": REGION,
        "vpcId": Input(required=True, replaces=True),
    },
    ("internetGatewayId", "region", "vpcId"),
    _create_attachment,
    _read_attachment,
    _delete_attachment,
)
