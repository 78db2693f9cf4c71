"""VPCs, subnets and their route tables where moto is kinder than AWS. What isn't here is moto's own.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from kong_secure.sandbox.aws.extension import vpc_blocks
from kong_secure.sandbox.aws.extension.answering import ActionResult, Ec2Answering, refuse


@dataclass
class TransitGatewayTarget:
    """What a VPC's route points to, as moto's routes hold their targets."""

    id: str


class Vpcs(Ec2Answering):
    """Calls on VPCs and what is in them."""

    def create_vpc(self) -> ActionResult:
        """CreateVpc; AWS puts a CIDR with host bits into its canonical form."""
        self._canonical("CidrBlock")
        return super().create_vpc()

    def create_subnet(self) -> ActionResult:
        """CreateSubnet; likewise, and in a zone of this region."""
        self._canonical("CidrBlock")
        zones = self.ec2_backend.describe_availability_zones()
        for parameter, known in (
            ("AvailabilityZone", [zone.name for zone in zones]),
            ("AvailabilityZoneId", [zone.zone_id for zone in zones]),
        ):
            asked = self.parameter(parameter)
            if asked is not None and asked not in known:
                raise refuse(
                    "InvalidParameterValue",
                    f"Value ({asked}) for parameter availabilityZone is invalid. "
                    f"Subnets can currently only be created in the following availability zones: "
                    f"{', '.join(known)}.",
                )
        return super().create_subnet()

    def _canonical(self, parameter: str) -> None:
        given = self.parameter(parameter)
        if given is None:
            return
        try:
            self.params[parameter] = str(ipaddress.IPv4Network(given, strict=False))
        except ValueError:
            raise refuse(
                "InvalidParameterValue",
                f"Value ({given}) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
            ) from None

    def delete_subnet(self) -> Any:
        """DeleteSubnet: refused while an attachment has its interface there."""
        id_ = self.parameter("SubnetId")
        if any(id_ in a.subnet_ids for a in self.records.attachments.values() if a.live):
            raise _in_use("subnet", id_)
        answer = super().delete_subnet()
        for table in self.ec2_backend.route_tables.values():
            table._associations = {k: v for k, v in table._associations.items() if v != id_}
        self.ec2_backend.tags.pop(id_, None)
        return answer

    def delete_vpc(self) -> Any:
        """DeleteVpc: refused while it is attached or holds security groups of its own."""
        id_ = self.parameter("VpcId")
        groups = [g for g in self.ec2_backend.groups.get(id_, {}).values() if not g.is_default]
        if groups or any(a.vpc_id == id_ for a in self.records.attachments.values() if a.live):
            raise _in_use("vpc", id_)
        answer = super().delete_vpc()
        self.ec2_backend.tags.pop(id_, None)
        return answer

    def delete_security_group(self) -> Any:
        """DeleteSecurityGroup: refused for a default one, and while another group's rule refers to it."""
        id_ = self.parameter("GroupId")
        group = self.ec2_backend.get_security_group_from_id(id_) if id_ else None
        if group is not None and group.is_default:
            raise refuse(
                "CannotDelete", f'the specified group: "{id_}" name: "default" cannot be deleted by a user'
            )
        for other in self.ec2_backend.groups.get(group.vpc_id, {}).values() if group is not None else ():
            rules = [*other.ingress_rules, *other.egress_rules]
            if other.id != id_ and any(rule.source_group.get("GroupId") == id_ for rule in rules):
                raise refuse("DependencyViolation", f"resource {id_} has a dependent object")
        return super().delete_security_group()

    # --- routes ---

    def create_route(self) -> ActionResult:
        """CreateRoute; one to a transit gateway needs the VPC to be attached to it, and no destination may be
        narrower than or equal to a local route."""
        table = self.ec2_backend.get_route_table(self.parameter("RouteTableId"))
        self._canonical("DestinationCidrBlock")
        gateway_id = self.parameter("TransitGatewayId")
        if gateway_id is None:
            return super().create_route()
        self._attached(gateway_id, table.vpc_id)
        self._refuse_local(table)
        del self.params["TransitGatewayId"]
        answer = super().create_route()
        self._point(table, gateway_id)
        return answer

    def replace_route(self) -> ActionResult:
        """ReplaceRoute; likewise."""
        table = self.ec2_backend.get_route_table(self.parameter("RouteTableId"))
        self._canonical("DestinationCidrBlock")
        gateway_id = self.parameter("TransitGatewayId")
        if gateway_id is not None:
            self._attached(gateway_id, table.vpc_id)
            del self.params["TransitGatewayId"]
        answer = super().replace_route()
        if gateway_id is not None:
            self._point(table, gateway_id)
        return answer

    def _attached(self, gateway_id: str, vpc_id: str) -> None:
        gateway = self.records.gateways.get(gateway_id)
        if gateway is not None and any(
            attachment.vpc_id == vpc_id and attachment.state == "available"
            for attachment in self.records.attachments_of(gateway_id)
        ):
            return
        raise refuse(
            "InvalidTransitGatewayID.NotFound", f"The transitGateway ID '{gateway_id}' does not exist"
        )

    def _refuse_local(self, table: Any) -> None:
        given = self.parameter("DestinationCidrBlock")
        if given is None:
            return
        for block in vpc_blocks.blocks_of(self.ec2_backend.get_vpc(table.vpc_id)):
            wanted = ipaddress.IPv4Network(given)
            if wanted != block and wanted.subnet_of(block):
                raise refuse(
                    "InvalidParameterValue",
                    f"The destination CIDR block {wanted} is equal to or more specific than one of this "
                    f"VPC's CIDR blocks. This route can target only an interface or an instance.",
                )

    def _point(self, table: Any, gateway_id: str) -> None:
        wanted = self.parameter("DestinationCidrBlock"), self.parameter("DestinationPrefixListId")
        for route in table.routes:
            if (route.destination_cidr_block, route.destination_prefix_list_id) == wanted:
                route.transit_gateway = TransitGatewayTarget(gateway_id)

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
            raise _in_use("routeTable", table.id)
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

    # --- tags ---

    def create_tags(self) -> Any:
        """CreateTags; what isn't there can't be tagged."""
        self._exist(self.parameter("Resources", []))
        return super().create_tags()

    def delete_tags(self) -> Any:
        """DeleteTags."""
        self._exist(self.parameter("Resources", []))
        return super().delete_tags()

    def _exist(self, ids: list[str]) -> None:
        for id_ in ids:
            if id_.startswith("tgw-attach-"):
                self.attachment(id_)
            elif id_.startswith("tgw-rtb-"):
                self.table(id_)
            elif id_.startswith("tgw-"):
                self.gateway(id_)


def _described_route(call: Vpcs, table: Any, route: Any) -> dict[str, Any]:
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


def leads_somewhere(records: Any, vpc_id: str, route: Any) -> bool:
    """Whether a VPC's route still has its target: a transit gateway counts while the VPC is attached."""
    if route.transit_gateway_id is None:
        return True
    return any(
        attachment.vpc_id == vpc_id and attachment.state == "available"
        for attachment in records.attachments_of(route.transit_gateway_id)
    )


def _in_use(kind: str, id_: str) -> Exception:
    return refuse("DependencyViolation", f"The {kind} '{id_}' has dependencies and cannot be deleted.")


__all__ = ["TransitGatewayTarget", "Vpcs", "leads_somewhere"]
