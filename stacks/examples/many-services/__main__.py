"""50 services behind one path: it is made once, and each header waits for it."""

import pulumi
import pulumi_aws as aws

from kong_secure import AwsTransitGateway, SecuredService

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

services = {
    name: SecuredService(name, control_plane="demo", service=name, connectivity=path)
    for name in (f"service-{number:02}" for number in range(1, 51))
}

# A secret for each: who learns one can't call the others.
pulumi.export("shared_secrets", {name: service.shared_secret for name, service in services.items()})
pulumi.export("shared_secret", services["service-01"].shared_secret)  # that of the sandbox's backend
