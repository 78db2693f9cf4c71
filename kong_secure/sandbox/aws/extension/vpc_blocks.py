"""The CIDR blocks of VPCs, as moto keeps them."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kong_secure.sandbox.aws.cloud import Cloud
    from kong_secure.sandbox.aws.records import Attachment


def blocks_of(vpc: Any) -> list[IPv4Network]:
    """Every associated IPv4 block of a VPC."""
    return [IPv4Network(block["cidr_block"]) for block in vpc.get_cidr_block_association_set(ipv6=False)]


def blocks(cloud: Cloud, attachment: Attachment) -> list[IPv4Network]:
    """The blocks of an attachment's VPC; none where the VPC is gone."""
    vpc = cloud.vpc(attachment.vpc_owner, attachment.region, attachment.vpc_id)
    return [] if vpc is None else blocks_of(vpc)
