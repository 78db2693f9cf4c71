"""What `reachability` asks about, read from a cloud: every account's VPCs, attachments, tables and security
groups of a region.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from kong_secure.sandbox.aws import routing
from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.extension import vpc_blocks
from kong_secure.sandbox.aws.extension.vpc_route_tables import leads_somewhere
from kong_secure.sandbox.aws.reachability import LOCAL, Attached, Hop, Rule, Subnet, Topology, Vpc, VpcRoute
from kong_secure.sandbox.aws.records import AVAILABLE, Attachment


def topology(cloud: Cloud, region: str) -> Topology:
    """The region as it is now."""
    with cloud.locked():
        backends = cloud.backends(region)
        return Topology(
            vpcs={vpc.id: _vpc(cloud, backend, vpc) for backend in backends for vpc in backend.vpcs.values()},
            attachments={
                attachment.id: _attached(cloud, attachment)
                for attachment in cloud.records.attachments.values()
                if attachment.region == region and attachment.live
            },
            tables={
                table.id: tuple(
                    Hop(route.destination, route.attachment.id if route.attachment else None)
                    for route in routing.routes(
                        table, cloud.records, lambda attachment: vpc_blocks.blocks(cloud, attachment)
                    )
                )
                for table in cloud.records.tables.values()
                if table.region == region
            },
            groups={
                group.id: tuple(rule for made in group.ingress_rules for rule in _rules(made))
                for backend in backends
                for groups in backend.groups.values()
                for group in groups.values()
            },
        )


def _vpc(cloud: Cloud, backend: Any, vpc: Any) -> Vpc:
    tables = [table for table in backend.route_tables.values() if table.vpc_id == vpc.id]
    used = {subnet: table.id for table in tables for subnet in table._associations.values()}
    groups = list(backend.groups.get(vpc.id, {}).values())
    default = next((group.id for group in groups if group.is_default), "")
    return Vpc(
        id=vpc.id,
        blocks=tuple(vpc_blocks.blocks_of(vpc)),
        subnets=tuple(
            Subnet(
                subnet.id,
                IPv4Network(subnet.cidr_block),
                subnet.availability_zone_id,
                used.get(subnet.id),
                public=str(subnet.map_public_ip_on_launch).lower() == "true",
            )
            for subnets in backend.subnets.values()
            for subnet in subnets.values()
            if subnet.vpc_id == vpc.id
        ),
        tables={table.id: tuple(_vpc_routes(cloud, backend, table)) for table in tables},
        main_table=next(table.id for table in tables if table.main_association_id is not None),
        default_group=default,
        group_names={group.id: frozenset(_names(group)) for group in groups},
    )


def _names(group: Any) -> Iterator[str]:
    yield group.name
    yield from (tag["value"] for tag in group.get_tags() if tag["key"] == "Name")


def _vpc_routes(cloud: Cloud, backend: Any, table: Any) -> Iterator[VpcRoute]:
    for route in table.routes:
        if route.destination_cidr_block is None:
            continue
        target = (
            LOCAL
            if route.local
            else route.transit_gateway_id
            or route.gateway_id
            or route.nat_gateway_id
            or route.vpc_peering_connection_id
            or route.network_interface_id
            or "a target that is gone"
        )
        active = leads_somewhere(cloud.records, table.vpc_id, route)
        if target.startswith("igw-"):
            active = _is_attached(backend, target, table.vpc_id)
        yield VpcRoute(IPv4Network(route.destination_cidr_block), target, active)


def _is_attached(backend: Any, internet_gateway_id: str, vpc_id: str) -> bool:
    gateway = backend.internet_gateways.get(internet_gateway_id)
    return gateway is not None and gateway.vpc is not None and gateway.vpc.id == vpc_id


def _attached(cloud: Cloud, attachment: Attachment) -> Attached:
    backend = cloud.backend(attachment.vpc_owner, attachment.region)
    zones = {
        subnet.availability_zone_id
        for subnets in backend.subnets.values()
        for subnet in subnets.values()
        if subnet.id in attachment.subnet_ids
    }
    return Attached(
        id=attachment.id,
        gateway_id=attachment.gateway_id,
        vpc_id=attachment.vpc_id,
        zones=frozenset(zones),
        available=attachment.state == AVAILABLE,
        table_id=attachment.associated_table,
    )


def _rules(made: Any) -> Iterator[Rule]:
    ports = None if made.from_port is None else (int(made.from_port), int(made.to_port))
    if made.cidr_ipv4:
        yield Rule(made.ip_protocol, ports, block=IPv4Network(made.cidr_ipv4))
    if made.source_group.get("GroupId"):
        yield Rule(made.ip_protocol, ports, group=made.source_group["GroupId"])
