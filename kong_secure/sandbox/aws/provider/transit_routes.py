"""RouteTableAssociation, RouteTablePropagation and Route of `aws:ec2transitgateway`, as pulumi-aws 7 documents
them.

https://www.pulumi.com/registry/packages/aws/api-docs/ec2transitgateway/
"""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

from kong_secure.sandbox.aws.provider.calls import Calls, RefusedError, doing, gone, unless_gone
from kong_secure.sandbox.aws.provider.kinds import REGION, Input, Kind, Properties, network_address
from kong_secure.sandbox.aws.provider.transit_gateways import NO_TABLE

_NO_ROUTE: Final = "InvalidRoute.NotFound"

# --- associations and propagations: two ids, made and unmade ---


def _pair(inputs: Properties) -> dict[str, str]:
    return {
        "TransitGatewayAttachmentId": inputs["transitGatewayAttachmentId"],
        "TransitGatewayRouteTableId": inputs["transitGatewayRouteTableId"],
    }


def _pair_id(inputs: Properties) -> str:
    return f"{inputs['transitGatewayRouteTableId']}_{inputs['transitGatewayAttachmentId']}"


def _pair_of(id_: str) -> dict[str, str]:
    table, _, attachment = id_.partition("_")
    return {"TransitGatewayAttachmentId": attachment, "TransitGatewayRouteTableId": table}


def _member(answer: list[dict[str, Any]], attachment_id: str) -> Properties | None:
    for member in answer:
        if member["TransitGatewayAttachmentId"] == attachment_id:
            return {"resourceId": member["ResourceId"], "resourceType": member["ResourceType"]}
    return None


def _create_association(calls: Calls, inputs: Properties) -> str:
    id_ = _pair_id(inputs)
    with doing(f"creating EC2 Transit Gateway Route Table Association ({id_})"):
        if inputs.get("replaceExistingAssociation"):
            _end_existing(calls, inputs["transitGatewayAttachmentId"])
        make_association(calls, _pair(inputs))
    return id_


def _end_existing(calls: Calls, attachment_id: str) -> None:
    """Ends whatever association there is; AWS's provider doesn't wait for one that is under way."""
    found = calls.ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=[attachment_id])
    existing = found["TransitGatewayAttachments"][0].get("Association")
    if existing is None:
        return
    table, state = existing["TransitGatewayRouteTableId"], existing["State"]
    if state != "associated":
        raise RefusedError(
            f"1 error occurred:\n\t* existing EC2 Transit Gateway Route Table ({table}) Association "
            f"({attachment_id}) in unexpected state: {state}\n\n"
        )
    end_association(calls, {"TransitGatewayAttachmentId": attachment_id, "TransitGatewayRouteTableId": table})


def make_association(calls: Calls, pair: dict[str, str]) -> None:
    """An association of an attachment with a table, waited for."""
    calls.ec2.associate_transit_gateway_route_table(**pair)
    wait_association(calls, pair, "create", "associated")


def end_association(calls: Calls, pair: dict[str, str]) -> None:
    """The end of an association, waited for."""
    calls.ec2.disassociate_transit_gateway_route_table(**pair)
    wait_association(calls, pair, "delete", None)


def wait_association(calls: Calls, pair: dict[str, str], for_: str, state: str | None) -> None:
    """Until an association is in a state; None: it is gone."""
    id_ = f"{pair['TransitGatewayRouteTableId']}_{pair['TransitGatewayAttachmentId']}"
    calls.until(
        f"waiting for EC2 Transit Gateway Route Table Association ({id_}) {for_}",
        lambda: (_association(calls, id_) or {}).get("State") == state,
    )


def _association(calls: Calls, id_: str) -> dict[str, Any] | None:
    pair = _pair_of(id_)
    try:
        found = calls.ec2.get_transit_gateway_route_table_associations(
            TransitGatewayRouteTableId=pair["TransitGatewayRouteTableId"]
        )
    except ClientError as error:
        if not gone(error, NO_TABLE):
            raise
        return None
    members: list[dict[str, Any]] = found["Associations"]
    wanted = pair["TransitGatewayAttachmentId"]
    return next((each for each in members if each["TransitGatewayAttachmentId"] == wanted), None)


def _read_association(calls: Calls, id_: str, known: Properties) -> Properties | None:
    pair, member = _pair_of(id_), _association(calls, id_)
    if member is None:
        return None
    return {
        "resourceId": member["ResourceId"],
        "resourceType": member["ResourceType"],
        "replaceExistingAssociation": known.get("replaceExistingAssociation", False),
        "transitGatewayAttachmentId": pair["TransitGatewayAttachmentId"],
        "transitGatewayRouteTableId": pair["TransitGatewayRouteTableId"],
    }


def _delete_association(calls: Calls, id_: str, _known: Properties) -> None:
    with (
        doing(f"deleting EC2 Transit Gateway Route Table Association ({id_})"),
        unless_gone(NO_TABLE, "InvalidAssociation.NotFound"),
    ):
        end_association(calls, _pair_of(id_))


_PAIR_INPUTS: Final = {
    "region": REGION,
    "transitGatewayAttachmentId": Input(required=True, replaces=True),
    "transitGatewayRouteTableId": Input(required=True, replaces=True),
}
_PAIR_OUTPUTS: Final = (
    "region",
    "resourceId",
    "resourceType",
    "transitGatewayAttachmentId",
    "transitGatewayRouteTableId",
)

ASSOCIATION: Final = Kind(
    "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation",
    "EC2 Transit Gateway Route Table Association",
    {**_PAIR_INPUTS, "replaceExistingAssociation": Input("boolean", default=False)},
    (*_PAIR_OUTPUTS, "replaceExistingAssociation"),
    _create_association,
    _read_association,
    _delete_association,
    # Only a create looks at what may change in place.
    lambda _calls, _id, _old, _new: None,
)


def _create_propagation(calls: Calls, inputs: Properties) -> str:
    id_ = _pair_id(inputs)
    with doing(f"creating EC2 Transit Gateway Route Table Propagation ({id_})"):
        calls.ec2.enable_transit_gateway_route_table_propagation(**_pair(inputs))
    return id_


def _read_propagation(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    pair = _pair_of(id_)
    try:
        found = calls.ec2.get_transit_gateway_route_table_propagations(
            TransitGatewayRouteTableId=pair["TransitGatewayRouteTableId"]
        )
    except ClientError as error:
        if not gone(error, NO_TABLE):
            raise
        return None
    members = found["TransitGatewayRouteTablePropagations"]
    member = _member(members, pair["TransitGatewayAttachmentId"])
    if member is None:
        return None
    return {
        **member,
        "transitGatewayAttachmentId": pair["TransitGatewayAttachmentId"],
        "transitGatewayRouteTableId": pair["TransitGatewayRouteTableId"],
    }


def _delete_propagation(calls: Calls, id_: str, _known: Properties) -> None:
    with (
        doing(f"deleting EC2 Transit Gateway Route Table Propagation ({id_})"),
        unless_gone(NO_TABLE, "TransitGatewayRouteTablePropagation.NotFound"),
    ):
        calls.ec2.disable_transit_gateway_route_table_propagation(**_pair_of(id_))


PROPAGATION: Final = Kind(
    "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation",
    "EC2 Transit Gateway Route Table Propagation",
    _PAIR_INPUTS,
    _PAIR_OUTPUTS,
    _create_propagation,
    _read_propagation,
    _delete_propagation,
)

# --- routes ---


def _route(inputs: Properties) -> dict[str, Any]:
    asked = {
        "TransitGatewayRouteTableId": inputs["transitGatewayRouteTableId"],
        "DestinationCidrBlock": inputs["destinationCidrBlock"],
        "Blackhole": inputs.get("blackhole", False),
    }
    if inputs.get("transitGatewayAttachmentId"):
        asked["TransitGatewayAttachmentId"] = inputs["transitGatewayAttachmentId"]
    return asked


def _create_route(calls: Calls, inputs: Properties) -> str:
    id_ = f"{inputs['transitGatewayRouteTableId']}_{inputs['destinationCidrBlock']}"
    with doing(f"creating EC2 Transit Gateway Route ({id_})"):
        calls.ec2.create_transit_gateway_route(**_route(inputs))
    return id_


def _read_route(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    table, _, destination = id_.partition("_")
    wanted = [
        {"Name": "type", "Values": ["static"]},
        {"Name": "route-search.exact-match", "Values": [destination]},
    ]
    try:
        found = calls.ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=table, Filters=wanted)
    except ClientError as error:
        if not gone(error, NO_TABLE):
            raise
        return None
    for route in found["Routes"]:
        targets = route.get("TransitGatewayAttachments", [])
        return {
            "blackhole": not targets,
            "destinationCidrBlock": destination,
            "transitGatewayAttachmentId": targets[0]["TransitGatewayAttachmentId"] if targets else "",
            "transitGatewayRouteTableId": table,
        }
    return None


def _delete_route(calls: Calls, id_: str, _known: Properties) -> None:
    table, _, destination = id_.partition("_")
    with doing(f"deleting EC2 Transit Gateway Route ({id_})"), unless_gone(_NO_ROUTE, NO_TABLE):
        calls.ec2.delete_transit_gateway_route(
            TransitGatewayRouteTableId=table, DestinationCidrBlock=destination
        )


ROUTE: Final = Kind(
    "aws:ec2transitgateway/route:Route",
    "EC2 Transit Gateway Route",
    {
        "blackhole": Input("boolean", default=False, replaces=True),
        "destinationCidrBlock": Input(required=True, replaces=True, check=network_address),
        "region": REGION,
        "transitGatewayAttachmentId": Input(replaces=True),
        "transitGatewayRouteTableId": Input(required=True, replaces=True),
    },
    (
        "blackhole",
        "destinationCidrBlock",
        "region",
        "transitGatewayAttachmentId",
        "transitGatewayRouteTableId",
    ),
    _create_route,
    _read_route,
    _delete_route,
)
