"""Route tables of VPCs and their routes where moto is kinder than AWS. What isn't here is moto's own.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kong_secure.sandbox.aws.extension import vpc_blocks
from kong_secure.sandbox.aws.extension.answering import ActionResult, Ec2Answering, in_use, refuse
from kong_secure.sandbox.aws.records import AVAILABLE, Records


@dataclass
class TransitGatewayTarget:
    """What a VPC's route points to, as moto's routes hold their targets."""

    id: str


class VpcRouteTables(Ec2Answering):
    """Calls on the route tables of VPCs."""

    def create_route(self) -> ActionResult:
        """CreateRoute: to a gateway that the VPC is attached to, and to no destination that is narrower than or
        equal to a local route."""
        table = self.ec2_backend.get_route_table(self.parameter("RouteTableId"))
        self.canonical("DestinationCidrBlock")
        self._refuse_target(table.vpc_id)
        self._refuse_local(table)
        with self._pointing(table):
            return super().create_route()

    def replace_route(self) -> ActionResult:
        """ReplaceRoute; likewise."""
        table = self.ec2_backend.get_route_table(self.parameter("RouteTableId"))
        self.canonical("DestinationCidrBlock")
        self._refuse_target(table.vpc_id)
        with self._pointing(table):
            return super().replace_route()

    @contextmanager
    def _pointing(self, table: Any) -> Iterator[None]:
        """Moto looks among gateways of its own, so that the route gets its transit gateway afterwards."""
        gateway_id = self.params.pop("TransitGatewayId", None)
        yield
        if gateway_id is not None:
            self._route_asked(table).transit_gateway = TransitGatewayTarget(gateway_id)

    def _route_asked(self, table: Any) -> Any:
        wanted = self.parameter("DestinationCidrBlock"), self.parameter("DestinationPrefixListId")
        return next(
            route
            for route in table.routes
            if (route.destination_cidr_block, route.destination_prefix_list_id) == wanted
        )

    def _refuse_target(self, vpc_id: str) -> None:
        if (id_ := self.parameter("TransitGatewayId")) is not None:
            self._refuse_transit_gateway(id_, vpc_id)
        if (id_ := self.parameter("GatewayId")) is not None:
            self._refuse_internet_gateway(id_, vpc_id)
        if (id_ := self.parameter("NatGatewayId")) is not None:
            self._refuse_nat_gateway(id_, vpc_id)

    def _refuse_transit_gateway(self, id_: str, vpc_id: str) -> None:
        if id_ not in self.records.gateways or not _attached(self.records, vpc_id, id_):
            raise refuse("InvalidTransitGatewayID.NotFound", f"The transitGateway ID '{id_}' does not exist")

    def _refuse_internet_gateway(self, id_: str, vpc_id: str) -> None:
        found = self.ec2_backend.internet_gateways.get(id_)
        if found is None:
            raise refuse("InvalidGatewayID.NotFound", f"The gateway ID '{id_}' does not exist")
        if found.vpc is None or found.vpc.id != vpc_id:
            raise refuse(
                "InvalidParameterValue",
                f"route table {self.parameter('RouteTableId')} and network gateway {id_} belong to different "
                f"networks",
            )

    def _refuse_nat_gateway(self, id_: str, vpc_id: str) -> None:
        found = self.ec2_backend.nat_gateways.get(id_)
        if found is None or found.state != "available":
            raise refuse("InvalidNatGatewayID.NotFound", f"The natGateway ID '{id_}' does not exist")
        if found.vpc_id != vpc_id:
            raise refuse(
                "InvalidParameterValue",
                f"route table {self.parameter('RouteTableId')} and nat gateway {id_} belong to different networks",
            )

    def _refuse_local(self, table: Any) -> None:
        given = self.parameter("DestinationCidrBlock")
        if given is None or self.parameter("NetworkInterfaceId") is not None:
            return
        wanted = ipaddress.IPv4Network(given)
        if any(wanted.subnet_of(b) for b in vpc_blocks.blocks_of(self.ec2_backend.get_vpc(table.vpc_id))):
            raise refuse(
                "InvalidParameterValue",
                f"The destination CIDR block {wanted} is equal to or more specific than one of this "
                f"VPC's CIDR blocks. This route can target only an interface or an instance.",
            )

    def associate_route_table(self) -> ActionResult:
        """AssociateRouteTable: a subnet has at most one, of its own VPC."""
        table = self.ec2_backend.get_route_table(self.parameter("RouteTableId"))
        subnet_id = self.parameter("SubnetId")
        if subnet_id is not None:
            if self.ec2_backend.get_subnet(subnet_id).vpc_id != table.vpc_id:
                raise refuse(
                    "InvalidParameterValue",
                    f"Route table {table.id} and network {table.vpc_id} belong to different networks",
                )
            for other in self.ec2_backend.route_tables.values():
                if other is not table and subnet_id in other._associations.values():
                    raise refuse(
                        "Resource.AlreadyAssociated",
                        f"the specified association for route table {table.id} conflicts with an existing "
                        f"association",
                    )
        return super().associate_route_table()

    def delete_route_table(self) -> Any:
        """DeleteRouteTable: never the main one."""
        table = self.ec2_backend.get_route_table(self.parameter("RouteTableId"))
        if table.main_association_id is not None:
            raise in_use("routeTable", table.id)
        answer = super().delete_route_table()
        self.ec2_backend.tags.pop(table.id, None)
        return answer

    def describe_route_tables(self) -> ActionResult:
        """DescribeRouteTables; a route to a gateway that the VPC is no longer attached to is a blackhole."""
        tables = self.ec2_backend.describe_route_tables(
            self.parameter("RouteTableIds", []), self._filters_from_querystring()
        )
        return ActionResult({"RouteTables": [self._described_route_table(table) for table in tables]})

    def _described_route_table(self, table: Any) -> dict[str, Any]:
        return {
            "RouteTableId": table.id,
            "VpcId": table.vpc_id,
            "OwnerId": table.owner_id,
            "Associations": table.associations,
            "PropagatingVgws": [],
            "Tags": self.tags_of(table.id),
            "Routes": [_described_route(self, table, route) for route in table.routes],
        }


def _described_route(call: VpcRouteTables, table: Any, route: Any) -> dict[str, Any]:
    described = {
        "DestinationCidrBlock": route.destination_cidr_block,
        "DestinationPrefixListId": route.destination_prefix_list_id,
        "GatewayId": route.gateway_id,
        "NatGatewayId": route.nat_gateway_id,
        "NetworkInterfaceId": route.network_interface_id,
        "TransitGatewayId": route.transit_gateway_id,
        "VpcPeeringConnectionId": route.vpc_peering_connection_id,
        "Origin": route.origin,
        "State": "active" if leads_somewhere(call.records, table.vpc_id, route) else "blackhole",
    }
    return {key: value for key, value in described.items() if value is not None}


def leads_somewhere(records: Records, vpc_id: str, route: Any) -> bool:
    """Whether a VPC's route still has its target: a gateway counts while the VPC is attached to it, and a NAT
    gateway until it is deleted."""
    if route.transit_gateway_id is not None:
        return _attached(records, vpc_id, route.transit_gateway_id)
    if route.gateway is not None:
        vpc = getattr(route.gateway, "vpc", None)
        return vpc is not None and vpc.id == vpc_id
    return route.nat_gateway is None or route.nat_gateway.state == "available"


def _attached(records: Records, vpc_id: str, gateway_id: str) -> bool:
    return any(
        attachment.vpc_id == vpc_id and attachment.state == AVAILABLE
        for attachment in records.attachments_of(gateway_id)
    )
