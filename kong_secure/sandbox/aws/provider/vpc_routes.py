"""RouteTable, RouteTableAssociation and Route of `aws:ec2`, as pulumi-aws 7 documents them.

https://www.pulumi.com/registry/packages/aws/api-docs/ec2/
"""

from __future__ import annotations

import zlib
from typing import Any, Final

from kong_secure.sandbox.aws.provider.calls import Calls, doing, unless_gone
from kong_secure.sandbox.aws.provider.kinds import REGION, TAGS, Input, Kind, Properties, network_address
from kong_secure.sandbox.aws.provider.networks import IN_USE, one

_NO_TABLE: Final = "InvalidRouteTableID.NotFound"

# --- RouteTable ---


def _create_table(calls: Calls, inputs: Properties) -> str:
    with doing("creating Route Table"):
        made = calls.ec2.create_route_table(
            VpcId=inputs["vpcId"], TagSpecifications=calls.specification("route-table", inputs)
        )
    return str(made["RouteTable"]["RouteTableId"])


def _table(calls: Calls, id_: str) -> dict[str, Any] | None:
    return one(calls.ec2.describe_route_tables, "RouteTables", _NO_TABLE, RouteTableIds=[id_])


def _read_table(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    table = _table(calls, id_)
    if table is None:
        return None
    routes = [
        {
            "cidrBlock": route["DestinationCidrBlock"],
            "transitGatewayId": route.get("TransitGatewayId", ""),
            "gatewayId": route.get("GatewayId", ""),
        }
        for route in table["Routes"]
        if route.get("GatewayId") != "local" and "DestinationCidrBlock" in route
    ]
    return {
        "arn": f"arn:aws:ec2:{calls.region}:{calls.account}:route-table/{id_}",
        "ownerId": table["OwnerId"],
        "propagatingVgws": [],
        "routes": routes,
        "vpcId": table["VpcId"],
        **calls.tag_outputs(table.get("Tags", [])),
    }


def _update_table(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    with doing(f"updating Route Table ({id_})"):
        calls.retag(id_, old, new)


def _delete_table(calls: Calls, id_: str, _known: Properties) -> None:
    table = _table(calls, id_)
    if table is None:
        return
    with doing(f"deleting Route Table ({id_})"), unless_gone(_NO_TABLE):
        for association in table["Associations"]:  # pulumi-aws ends them first
            if not association["Main"]:
                calls.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        calls.patiently(lambda: calls.ec2.delete_route_table(RouteTableId=id_), IN_USE)


TABLE: Final = Kind(
    "aws:ec2/routeTable:RouteTable",
    "Route Table",
    {"region": REGION, "tags": TAGS, "vpcId": Input(required=True, replaces=True)},
    ("arn", "ownerId", "propagatingVgws", "region", "routes", "tags", "tagsAll", "vpcId"),
    _create_table,
    _read_table,
    _delete_table,
    _update_table,
)

# --- RouteTableAssociation ---


def _create_association(calls: Calls, inputs: Properties) -> str:
    with doing("creating Route Table Association"):
        made = calls.ec2.associate_route_table(
            RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"]
        )
    return str(made["AssociationId"])


def _read_association(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    wanted = [{"Name": "association.route-table-association-id", "Values": [id_]}]
    for table in calls.ec2.describe_route_tables(Filters=wanted)["RouteTables"]:
        for association in table["Associations"]:
            if association["RouteTableAssociationId"] == id_:
                return {"routeTableId": table["RouteTableId"], "subnetId": association.get("SubnetId", "")}
    return None


def _delete_association(calls: Calls, id_: str, _known: Properties) -> None:
    with doing(f"deleting Route Table Association ({id_})"), unless_gone("InvalidAssociationID.NotFound"):
        calls.ec2.disassociate_route_table(AssociationId=id_)


ASSOCIATION: Final = Kind(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "Route Table Association",
    {
        "region": REGION,
        "routeTableId": Input(required=True, replaces=True),
        "subnetId": Input(required=True, replaces=True),
    },
    ("region", "routeTableId", "subnetId"),
    _create_association,
    _read_association,
    _delete_association,
)

# --- Route ---

_TARGETS: Final = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "transitGatewayId": "TransitGatewayId",
}


def _asked_route(inputs: Properties) -> dict[str, Any]:
    return {
        "RouteTableId": inputs["routeTableId"],
        "DestinationCidrBlock": inputs["destinationCidrBlock"],
        **{theirs: inputs[ours] for ours, theirs in _TARGETS.items() if inputs.get(ours)},
    }


def _one_target(inputs: Properties) -> str | None:
    given = [name for name in _TARGETS if inputs.get(name)]
    return None if len(given) == 1 else f"one of `{','.join(_TARGETS)}` must be specified"


def _create_route(calls: Calls, inputs: Properties) -> str:
    table, destination = inputs["routeTableId"], inputs["destinationCidrBlock"]
    with doing(f"creating Route in Route Table ({table}) with destination ({destination})"):
        # pulumi-aws waits for an attachment that is still on its way
        calls.patiently(
            lambda: calls.ec2.create_route(**_asked_route(inputs)), "InvalidTransitGatewayID.NotFound"
        )
    return f"r-{table}{zlib.crc32(destination.encode())}"


def _read_route(calls: Calls, _id: str, known: Properties) -> Properties | None:
    table = _table(calls, known["routeTableId"])
    for route in table["Routes"] if table is not None else []:
        if route.get("DestinationCidrBlock") == known["destinationCidrBlock"]:
            return {
                "destinationCidrBlock": route["DestinationCidrBlock"],
                "instanceId": "",
                "instanceOwnerId": "",
                "networkInterfaceId": "",
                "origin": route["Origin"],
                "routeTableId": known["routeTableId"],
                "state": route["State"],
                **{ours: route.get(theirs, "") for ours, theirs in _TARGETS.items()},
            }
    return None


def _update_route(calls: Calls, id_: str, _old: Properties, new: Properties) -> None:
    with doing(f"updating Route ({id_})"):
        calls.patiently(
            lambda: calls.ec2.replace_route(**_asked_route(new)), "InvalidTransitGatewayID.NotFound"
        )


def _delete_route(calls: Calls, _id: str, known: Properties) -> None:
    table, destination = known["routeTableId"], known["destinationCidrBlock"]
    with (
        doing(f"deleting Route in Route Table ({table}) with destination ({destination})"),
        unless_gone("InvalidRoute.NotFound", _NO_TABLE),
    ):
        calls.ec2.delete_route(RouteTableId=table, DestinationCidrBlock=destination)


ROUTE: Final = Kind(
    "aws:ec2/route:Route",
    "Route",
    {
        "destinationCidrBlock": Input(required=True, replaces=True, check=network_address),
        "region": REGION,
        "routeTableId": Input(required=True, replaces=True),
        **dict.fromkeys(_TARGETS, Input()),
    },
    (
        "destinationCidrBlock",
        "gatewayId",
        "instanceId",
        "instanceOwnerId",
        "natGatewayId",
        "networkInterfaceId",
        "origin",
        "region",
        "routeTableId",
        "state",
        "transitGatewayId",
    ),
    _create_route,
    _read_route,
    _delete_route,
    _update_route,
    together=_one_target,
)
