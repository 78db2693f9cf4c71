"""A service on AWS and one on Azure in one program. Every resource is given its provider: there is no default one."""

import pulumi
import pulumi_aws as aws
import pulumi_azure_native as azure

from kong_secure import AwsTransitGateway, AzureVnetPeering, SecuredService

config = pulumi.Config()
subscription_id = config.require("subscription_id")

in_ohio = aws.Provider("ohio", region="us-east-2")
on_aws = pulumi.ResourceOptions(provider=in_ohio)
vpc = aws.ec2.Vpc("orders", cidr_block="10.8.0.0/16", opts=on_aws)
subnet = aws.ec2.Subnet("orders", vpc_id=vpc.id, cidr_block="10.8.0.0/20", opts=on_aws)
group = aws.ec2.SecurityGroup("orders", vpc_id=vpc.id, tags={"Name": "orders"}, opts=on_aws)
# Neighbours reach the backend too, and are refused by it.
aws.vpc.SecurityGroupIngressRule(
    "neighbours",
    security_group_id=group.id,
    ip_protocol="tcp",
    from_port=80,
    to_port=80,
    cidr_ipv4=vpc.cidr_block,
    opts=on_aws,
)
transit = AwsTransitGateway(
    "aws-path",
    network="demo-network",
    vpcs={"orders": {"vpc_id": vpc.id, "subnet_ids": [subnet], "cidr_blocks": vpc.cidr_block}},
    route_table_ids={"orders": vpc.main_route_table_id},
    security_group_ids={"orders": group.id},
    ports=[80],
    opts=pulumi.ResourceOptions(providers=[in_ohio]),
)

in_subscription = azure.Provider("subscription", subscription_id=subscription_id)
on_azure = pulumi.ResourceOptions(provider=in_subscription)
place = azure.resources.ResourceGroup("payments", location="eastus", opts=on_azure)
rules = azure.network.NetworkSecurityGroup(
    "payments", resource_group_name=place.name, location=place.location, opts=on_azure
)
vnet = azure.network.VirtualNetwork(
    "payments",
    resource_group_name=place.name,
    location=place.location,
    address_space={"address_prefixes": ["10.9.0.0/16"]},
    opts=on_azure,
)
azure.network.Subnet(
    "payments",
    resource_group_name=place.name,
    virtual_network_name=vnet.name,
    address_prefix="10.9.0.0/20",
    network_security_group={"id": rules.id},
    opts=on_azure,
)
peering = AzureVnetPeering(
    "azure-path",
    network="demo-azure",
    tenant_id=config.require("tenant_id"),
    subscription_id=subscription_id,
    service_principal_object_id=config.require("service_principal_object_id"),
    resource_group_name=place.name,
    vnet_name=vnet.name,
    network_security_groups={"payments": rules.id},
    ports=[80],
    opts=pulumi.ResourceOptions(providers=[in_subscription]),
)

orders = SecuredService("orders", control_plane="demo", service="orders", connectivity=transit)
payments = SecuredService("payments", control_plane="demo", service="payments", connectivity=peering)

pulumi.export("orders_secret", orders.shared_secret)
pulumi.export("payments_secret", payments.shared_secret)
