"""The path over an AWS transit gateway: to a VPC that exists, or to one that is made here."""

from typing import Any

import pulumi_aws as aws
from settings import AwsSettings

from kong_secure import AwsTransitGateway


def aws_path(settings: AwsSettings) -> AwsTransitGateway:
    """Both halves of the path, to the VPC of the settings."""
    vpc, table, group = _existing(settings) if settings.vpc_id else _made(settings)
    return AwsTransitGateway(
        "path",
        network=settings.network,
        vpcs={"orders": vpc},
        route_table_ids={"orders": table} if table else None,
        security_group_ids={"orders": group} if group else None,
        ports=[settings.port] if group else None,
    )


def _existing(settings: AwsSettings) -> tuple[Any, Any, Any]:
    vpc = {"vpc_id": settings.vpc_id, "subnet_ids": settings.subnet_ids, "cidr_blocks": settings.cidr_block}
    return vpc, settings.route_table_id, settings.security_group_id


def _made(settings: AwsSettings) -> tuple[Any, Any, Any]:
    vpc = aws.ec2.Vpc("orders", cidr_block=settings.cidr_block, tags={"Name": "orders"})
    subnet = aws.ec2.Subnet("orders", vpc_id=vpc.id, cidr_block=settings.cidr_block, tags={"Name": "orders"})
    group = aws.ec2.SecurityGroup("orders", vpc_id=vpc.id, tags={"Name": "orders"})
    # Neighbours reach the backend too, and are refused by it.
    aws.vpc.SecurityGroupIngressRule(
        "orders",
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=settings.port,
        to_port=settings.port,
        cidr_ipv4=vpc.cidr_block,
    )
    made = {"vpc_id": vpc.id, "subnet_ids": [subnet], "cidr_blocks": vpc.cidr_block}
    return made, vpc.main_route_table_id, group.id
