"""The routes of a path: the gateway's tables, those of your VPCs, and the ports that Kong may reach there."""

import re
from dataclasses import dataclass
from typing import Any

import pulumi

from kong_secure.components.aws.arguments import SHARED, Placed
from kong_secure.components.aws.gateway_side import AwsMaking, Gateway, VpcAttached

_DNS_PORT = 53
_DESCRIBING = re.compile(r"[^a-zA-Z0-9. _:/()#,@\[\]+=&;{}!$*-]")
"""What AWS takes in no description of a rule (EC2: IpRange), and a resource's name may have."""


@dataclass(frozen=True)
class Routes:
    """The tables of a path, None where it has none of its own, and everything a path needs to carry packets."""

    kong_table: pulumi.Output[str] | None
    upstream_table: pulumi.Output[str] | None
    made: list[pulumi.Resource]


def make_routes(
    making: AwsMaking,
    gateway: Gateway,
    attached: dict[str, VpcAttached],
    accepted: pulumi.Output[str],
    kongs_block: pulumi.Output[str],
) -> Routes:
    """Tables, associations and routes of the gateway, and routes of the VPCs. accepted: Kong's attachment."""
    kong_table = _kong_table(making, gateway)
    upstream_table = _upstream_table(making, gateway)
    made: list[pulumi.Resource] = []
    if kong_table is not None:
        made.append(_association(making, "kong", accepted, kong_table))
        made += _routes_of_kong(making, attached, kong_table)
    if upstream_table is not None:
        for vpc in making.path.vpcs:
            if vpc.attachment_id is None:
                made.append(_association(making, f"vpc-{vpc.name}", attached[vpc.name].id, upstream_table))
        made.append(_transit_route(making, "upstream", upstream_table, kongs_block, accepted))
    for table in making.path.upstream_route_table_ids:
        suffix = f"upstream-{table.name}"
        made.append(_transit_route(making, suffix, making.gate(table.id), kongs_block, accepted))
    for table in making.path.route_table_ids:
        made.append(_route_back(making, gateway, table, attached, kongs_block))
    return Routes(kong_table, upstream_table, made)


def _kong_table(making: AwsMaking, gateway: Gateway) -> pulumi.Output[str] | None:
    if making.path.kong_route_table_id is not None:
        return making.gate(making.path.kong_route_table_id)
    return None if making.path.isolation == SHARED else _table(making, gateway, "kong")


def _upstream_table(making: AwsMaking, gateway: Gateway) -> pulumi.Output[str] | None:
    ours = any(vpc.attachment_id is None for vpc in making.path.vpcs)
    return _table(making, gateway, "upstream") if ours and making.path.isolation != SHARED else None


def _table(making: AwsMaking, gateway: Gateway, suffix: str) -> pulumi.Output[str]:
    name = making.child(suffix)
    table = making.aws.ec2transitgateway.RouteTable(
        name, transit_gateway_id=gateway.id, tags=making.tags(name), opts=making.of_gateway()
    )
    made: pulumi.Output[str] = table.id
    return made


def _association(
    making: AwsMaking, suffix: str, attachment: pulumi.Output[str], table: pulumi.Output[str]
) -> pulumi.Resource:
    made: pulumi.Resource = making.aws.ec2transitgateway.RouteTableAssociation(
        making.child(suffix),
        transit_gateway_attachment_id=attachment,
        transit_gateway_route_table_id=table,
        # It may be in another one: the default table of a gateway that accepts by itself or was shared before, or where
        # somebody moved it.
        replace_existing_association=True,
        opts=making.of_gateway(delete_before_replace=True),
    )
    return made


def _routes_of_kong(
    making: AwsMaking, attached: dict[str, VpcAttached], table: pulumi.Output[str]
) -> list[pulumi.Resource]:
    return [
        _transit_route(
            making,
            f"kong-{vpc.routed(name)}",
            table,
            making.gate(block),
            attached[vpc.name].id,
        )
        for vpc in making.path.vpcs
        for name, block in vpc.blocks.items()
    ]


def _transit_route(
    making: AwsMaking,
    suffix: str,
    table: pulumi.Output[str],
    block: pulumi.Output[str],
    attachment: pulumi.Output[str],
) -> pulumi.Resource:
    made: pulumi.Resource = making.aws.ec2transitgateway.Route(
        making.child(suffix),
        destination_cidr_block=block,
        transit_gateway_attachment_id=attachment,
        transit_gateway_route_table_id=table,
        # A table holds one route to a block: the new one comes when the old one has gone.
        opts=making.of_gateway(delete_before_replace=True),
    )
    return made


def _route_back(
    making: AwsMaking,
    gateway: Gateway,
    table: Placed,
    attached: dict[str, VpcAttached],
    kongs_block: pulumi.Output[str],
) -> pulumi.Resource:
    # AWS refuses a route to a gateway that the VPC isn't attached to, and the gateway's id doesn't say that.
    edges = attached[table.vpc].edges if table.vpc is not None else []
    made: pulumi.Resource = making.aws.ec2.Route(
        making.child(f"back-{table.name}"),
        route_table_id=table.id,
        destination_cidr_block=kongs_block,
        transit_gateway_id=gateway.id,
        opts=making.of_vpc(table.vpc, depends_on=edges),
    )
    return made


def open_ports(making: AwsMaking, kongs_block: pulumi.Output[str]) -> list[pulumi.Resource]:
    """A rule for each declared port of each security group, and port 53 for names that are resolved here."""
    made = [
        _rule(making, group, "tcp", port, kongs_block, kind="port")
        for group in making.path.security_group_ids
        for port in making.path.ports
    ]
    made += [
        _rule(making, group, protocol, _DNS_PORT, kongs_block, kind="dns")
        for group in making.path.dns_security_group_ids
        for protocol in ("tcp", "udp")
    ]
    return made


def _rule(
    making: AwsMaking, group: Placed, protocol: str, port: int, block: Any, *, kind: str
) -> pulumi.Resource:
    name = making.child(f"{kind}-{group.name}-{protocol}-{port}")
    made: pulumi.Resource = making.aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=group.id,
        ip_protocol=protocol,
        from_port=port,
        to_port=port,
        cidr_ipv4=block,
        description=_DESCRIBING.sub("-", f"Kong, over private path {making.name}")[:255],
        tags=making.tags(name),
        opts=making.of_vpc(group.vpc),
    )
    return made
