"""The path from Kong's network to the company's VPC, opened once and exported for the stacks of services."""

import pulumi
import pulumi_aws as aws

from kong_secure import AwsTransitGateway

vpc = aws.ec2.Vpc("apis", cidr_block="10.8.0.0/16", tags={"Name": "apis"})
subnet = aws.ec2.Subnet("apis", vpc_id=vpc.id, cidr_block="10.8.0.0/20")
group = aws.ec2.SecurityGroup("apis", vpc_id=vpc.id, tags={"Name": "apis"})
# Neighbours reach the APIs too, and are refused by them.
aws.vpc.SecurityGroupIngressRule(
    "neighbours",
    security_group_id=group.id,
    ip_protocol="tcp",
    from_port=80,
    to_port=80,
    cidr_ipv4=vpc.cidr_block,
)

path = AwsTransitGateway(
    "path",
    network="demo-network",
    vpcs={"apis": {"vpc_id": vpc.id, "subnet_ids": [subnet], "cidr_blocks": vpc.cidr_block}},
    route_table_ids={"apis": vpc.main_route_table_id},
    security_group_ids={"apis": group.id},
    ports=[80],
)

# "ready", and exported only once the path is: what other stacks give as `connectivity`.
pulumi.export("ready", path.once_ready("ready"))
