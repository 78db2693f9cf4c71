"""TransitGateway and RouteTable of `aws:ec2transitgateway`, as pulumi-aws 7 documents them.

https://www.pulumi.com/registry/packages/aws/api-docs/ec2transitgateway/
"""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

from kong_secure.sandbox.aws.provider.calls import Calls, doing, gone, unless_gone
from kong_secure.sandbox.aws.provider.kinds import (
    REGION,
    TAGS,
    Input,
    Kind,
    Properties,
    enabled,
)

NO_GATEWAY: Final = "InvalidTransitGatewayID.NotFound"
NO_ATTACHMENT: Final = "InvalidTransitGatewayAttachmentID.NotFound"
NO_TABLE: Final = "InvalidRouteTableID.NotFound"

# --- the gateway ---

_OPTIONS: Final = {
    "amazonSideAsn": "AmazonSideAsn",
    "autoAcceptSharedAttachments": "AutoAcceptSharedAttachments",
    "defaultRouteTableAssociation": "DefaultRouteTableAssociation",
    "defaultRouteTablePropagation": "DefaultRouteTablePropagation",
    "dnsSupport": "DnsSupport",
    "multicastSupport": "MulticastSupport",
    "securityGroupReferencingSupport": "SecurityGroupReferencingSupport",
    "vpnEcmpSupport": "VpnEcmpSupport",
}


def _options(inputs: Properties) -> dict[str, Any]:
    options = {theirs: inputs[ours] for ours, theirs in _OPTIONS.items() if ours in inputs}
    if "AmazonSideAsn" in options:
        options["AmazonSideAsn"] = int(options["AmazonSideAsn"])
    return options


def _create_gateway(calls: Calls, inputs: Properties) -> str:
    with doing("creating EC2 Transit Gateway"):
        made = calls.ec2.create_transit_gateway(
            Description=inputs.get("description", ""),
            Options=_options(inputs),
            TagSpecifications=calls.specification("transit-gateway", inputs),
        )
    id_ = str(made["TransitGateway"]["TransitGatewayId"])
    calls.until(
        f"waiting for EC2 Transit Gateway ({id_}) create",
        lambda: (described_gateway(calls, id_) or {}).get("State") == "available",
    )
    return id_


def described_gateway(calls: Calls, id_: str) -> dict[str, Any] | None:
    """A gateway as EC2 describes it, None where there is none."""
    try:
        found = calls.ec2.describe_transit_gateways(TransitGatewayIds=[id_])["TransitGateways"]
    except ClientError as error:
        if not gone(error, NO_GATEWAY):
            raise
        return None
    gateway: dict[str, Any] = found[0]
    return gateway


def gateway_outputs(gateway: dict[str, Any]) -> Properties:
    """The outputs that resource and function share."""
    options = gateway["Options"]
    return {
        **{ours: options[theirs] for ours, theirs in _OPTIONS.items()},
        "arn": gateway["TransitGatewayArn"],
        "associationDefaultRouteTableId": options.get("AssociationDefaultRouteTableId", ""),
        "propagationDefaultRouteTableId": options.get("PropagationDefaultRouteTableId", ""),
        "description": gateway.get("Description", ""),
        "ownerId": gateway["OwnerId"],
        "transitGatewayCidrBlocks": [],
    }


def _read_gateway(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    gateway = described_gateway(calls, id_)
    if gateway is None:
        return None
    return {
        **gateway_outputs(gateway),
        **calls.tag_outputs(gateway.get("Tags", [])),
        "encryptionSupport": "disable",
        "amazonSideAsn": int(gateway["Options"]["AmazonSideAsn"]),
    }


def _update_gateway(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    changed = {key: value for key, value in _options(new).items() if value != _options(old).get(key)}
    changed.pop("MulticastSupport", None)
    with doing(f"updating EC2 Transit Gateway ({id_})"):
        if changed or new.get("description", "") != old.get("description", ""):
            calls.ec2.modify_transit_gateway(
                TransitGatewayId=id_, Description=new.get("description", ""), Options=changed
            )
        calls.retag(id_, old, new)


def _delete_gateway(calls: Calls, id_: str, _known: Properties) -> None:
    with doing(f"deleting EC2 Transit Gateway ({id_})"), unless_gone(NO_GATEWAY):
        calls.patiently(lambda: calls.ec2.delete_transit_gateway(TransitGatewayId=id_), "IncorrectState")


def _gateway_replaces(name: str, old: Any, new: Any) -> bool:
    """A default table can be switched off in place, and on only with a new gateway."""
    return name.startswith("defaultRouteTable") and (old, new) == ("disable", "enable")


GATEWAY: Final = Kind(
    "aws:ec2transitgateway/transitGateway:TransitGateway",
    "EC2 Transit Gateway",
    {
        "amazonSideAsn": Input("integer", default=64512),
        "autoAcceptSharedAttachments": enabled("disable"),
        "defaultRouteTableAssociation": enabled("enable"),
        "defaultRouteTablePropagation": enabled("enable"),
        "description": Input(),
        "dnsSupport": enabled("enable"),
        "multicastSupport": enabled("disable", replaces=True),
        "region": REGION,
        "securityGroupReferencingSupport": enabled("disable"),
        "tags": TAGS,
        "vpnEcmpSupport": enabled("enable"),
    },
    (
        *_OPTIONS,
        "arn",
        "associationDefaultRouteTableId",
        "description",
        "encryptionSupport",
        "ownerId",
        "propagationDefaultRouteTableId",
        "region",
        "tags",
        "tagsAll",
        "transitGatewayCidrBlocks",
    ),
    _create_gateway,
    _read_gateway,
    _delete_gateway,
    _update_gateway,
    replaces=_gateway_replaces,
)

# --- route tables ---


def _create_table(calls: Calls, inputs: Properties) -> str:
    with doing("creating EC2 Transit Gateway Route Table"):
        made = calls.ec2.create_transit_gateway_route_table(
            TransitGatewayId=inputs["transitGatewayId"],
            TagSpecifications=calls.specification("transit-gateway-route-table", inputs),
        )
    id_ = str(made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"])
    calls.until(
        f"waiting for EC2 Transit Gateway Route Table ({id_}) create",
        lambda: (_table(calls, id_) or {}).get("State") == "available",
    )
    return id_


def _table(calls: Calls, id_: str) -> dict[str, Any] | None:
    try:
        found = calls.ec2.describe_transit_gateway_route_tables(TransitGatewayRouteTableIds=[id_])
    except ClientError as error:
        if not gone(error, NO_TABLE):
            raise
        return None
    table: dict[str, Any] = found["TransitGatewayRouteTables"][0]
    return table


def _read_table(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    table = _table(calls, id_)
    if table is None:
        return None
    return {
        "arn": f"arn:aws:ec2:{calls.region}:{calls.account}:transit-gateway-route-table/{id_}",
        "defaultAssociationRouteTable": table["DefaultAssociationRouteTable"],
        "defaultPropagationRouteTable": table["DefaultPropagationRouteTable"],
        "transitGatewayId": table["TransitGatewayId"],
        **calls.tag_outputs(table.get("Tags", [])),
    }


def _update_table(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    with doing(f"updating tags for EC2 Transit Gateway Route Table ({id_})"):
        calls.retag(id_, old, new)


def _delete_table(calls: Calls, id_: str, _known: Properties) -> None:
    with doing(f"deleting EC2 Transit Gateway Route Table ({id_})"), unless_gone(NO_TABLE):
        calls.ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=id_)


TABLE: Final = Kind(
    "aws:ec2transitgateway/routeTable:RouteTable",
    "EC2 Transit Gateway Route Table",
    {"region": REGION, "tags": TAGS, "transitGatewayId": Input(required=True, replaces=True)},
    (
        "arn",
        "defaultAssociationRouteTable",
        "defaultPropagationRouteTable",
        "region",
        "tags",
        "tagsAll",
        "transitGatewayId",
    ),
    _create_table,
    _read_table,
    _delete_table,
    _update_table,
)
