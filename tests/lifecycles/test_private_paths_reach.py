"""What a path over `AwsTransitGateway` lets packets reach and what it doesn't, across VPCs and accounts and after
failures, on every engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.hosting import STORE
from kong_secure.sandbox.aws.provider.instances import DEFAULT_ACCOUNT
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import NO_RESOURCE_FOR_SHARE
from tests.lifecycles.packets import PASSES, between, from_kong
from tests.lifecycles.playground import AWS_REGION, Playground
from tests.lifecycles.test_private_path_on_aws import DECLARED, KONG, NOTHING, left
from tests.sandbox.aws.provider.driver import ACCEPTER, Driver
from tests.world import World

HUB_ACCOUNT = "222233334444"

# Each VPC declares one of its two subnets, and has a route of its own to the other VPC into the same gateway.
TWO_VPCS = f"""
import pulumi_aws as aws
from kong_secure import AwsTransitGateway

vpcs, tables, groups = {{}}, {{}}, {{}}
for name, base in VPCS.items():
    vpc = aws.ec2.Vpc(name, cidr_block=f"{{base}}.0.0/16")
    table = aws.ec2.RouteTable(name, vpc_id=vpc.id)
    made = {{}}
    for part, number in (("apps", 1), ("private", 2)):
        made[part] = aws.ec2.Subnet(f"{{name}}-{{part}}", vpc_id=vpc.id, cidr_block=f"{{base}}.{{number}}.0/24",
            availability_zone="{AWS_REGION}a")
        aws.ec2.RouteTableAssociation(f"{{name}}-{{part}}", subnet_id=made[part].id, route_table_id=table.id)
    group = aws.ec2.SecurityGroup(name, vpc_id=vpc.id, tags={{"Name": name}})
    aws.vpc.SecurityGroupIngressRule(
        name, security_group_id=group.id, ip_protocol="tcp", from_port=1, to_port=65535, cidr_ipv4="10.8.0.0/15")
    vpcs[name] = {{"vpc_id": vpc.id, "subnet_ids": [made["apps"]], "cidr_blocks": {{"apps": made["apps"].cidr_block}}}}
    tables[f"{{name}}/apps"], groups[f"{{name}}/apps"] = table.id, group.id

resolver = aws.ec2.SecurityGroup("resolver", vpc_id=vpcs["orders"]["vpc_id"], tags={{"Name": "resolver"}})
path = AwsTransitGateway(
    "path", network="demo-network", vpcs=vpcs, route_table_ids=tables, security_group_ids=groups, ports=[443],
    cidr_blocks=["10.8.0.0/15"],  # Kong's network sends more into the gateway than is declared
    dns_config=[{{"remote_dns_server_ip_addresses": ["10.8.1.10"], "domain_proxy_list": ["corp.internal"]}}],
    dns_security_group_ids={{"orders/resolver": resolver.id}})
for name, attachment in (("orders", "10.9.0.0/16"), ("users", "10.8.0.0/16")):
    if name in vpcs:
        aws.ec2.Route(f"{{name}}-beyond", route_table_id=tables[f"{{name}}/apps"], destination_cidr_block=attachment,
            transit_gateway_id=path.vpc_attachment_ids.apply(lambda _: path.transit_gateway_id))
pulumi.export("state", path.state)
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with an AWS, and a network of Konnect's there."""
    made = World(tmp_path / "world", declared=DECLARED, aws=True)
    yield made
    made.end()


def test_kong_reaches_the_declared_part_of_two_vpcs_which_do_not_reach_each_other(
    aws: Playground, world: World
) -> None:
    aws.program('VPCS = {"orders": "10.8", "users": "10.9"}\n', TWO_VPCS)
    assert aws.run("up").must_succeed().result.outputs == {"state": "ready"}
    for address, group in (("10.8.1.20", "orders"), ("10.9.1.20", "users")):
        assert from_kong(world, f"{address}:443 {group}") is PASSES
        assert "no ingress rule for tcp port 22" in str(from_kong(world, f"{address}:22 {group}"))
    for transport in ("tcp", "udp"):
        assert from_kong(world, f"10.8.1.10:53/{transport} resolver") is PASSES
        assert "no ingress rule" in str(from_kong(world, f"10.8.1.20:53/{transport} orders"))
    undeclared = str(from_kong(world, "10.8.2.20:443 orders"))
    assert undeclared.startswith("route table tgw-rtb-")
    assert undeclared.endswith("has no route to 10.8.2.20")
    assert "has no route to 10.9.1.20" in str(between(world, "10.8.1.20", "10.9.1.20:443 users"))
    assert "has no route to 10.8.1.20" in str(between(world, "10.9.1.20", "10.8.1.20:443 orders"))

    aws.program('VPCS = {"orders": "10.8"}\n', TWO_VPCS)
    operations = aws.run("up").must_succeed().operations
    assert set(operations.values()) == {"same", "delete"}
    assert {
        name for name, what in operations.items() if what == "delete" and not name.startswith("users")
    } == {
        "path-vpc-users",
        "path-kong-users-apps",
        "path-back-users/apps",
        "path-port-users/apps-tcp-443",
    }
    assert from_kong(world, "10.8.1.20:443 orders") is PASSES

    aws.run("destroy").must_succeed()
    world.end()
    assert left(world) == NOTHING


# The gateway is in the account of the network team, which shares it with the orders' own account.
TWO_ACCOUNTS = f"""
import pulumi_aws as aws
from kong_secure import AwsTransitGateway

role = aws.ProviderAssumeRoleArgs(role_arn="arn:aws:iam::{HUB_ACCOUNT}:role/deploy")
hub = aws.Provider("hub", region="{AWS_REGION}", assume_roles=[role])
there = pulumi.ResourceOptions(provider=hub)
gateway = aws.ec2transitgateway.TransitGateway(
    "hub", default_route_table_association="disable", default_route_table_propagation="disable", opts=there)
share = aws.ram.ResourceShare("orders", allow_external_principals=True, opts=there)
held = aws.ram.ResourceAssociation("orders", resource_arn=gateway.arn, resource_share_arn=share.arn, opts=there)
named = aws.ram.PrincipalAssociation("orders", principal="{DEFAULT_ACCOUNT}", resource_share_arn=share.arn, opts=there)
accepted = aws.ram.ResourceShareAccepter(
    "orders", share_arn=share.arn, opts=pulumi.ResourceOptions(depends_on=[held, named]))
shared = pulumi.Output.all(gateway.id, accepted.id).apply(lambda known: known[0])

vpc = aws.ec2.Vpc("orders", cidr_block="10.8.0.0/16")
subnet = aws.ec2.Subnet("orders", vpc_id=vpc.id, cidr_block="10.8.1.0/24", availability_zone="{AWS_REGION}a")
group = aws.ec2.SecurityGroup("orders", vpc_id=vpc.id, tags={{"Name": "orders"}})
path = AwsTransitGateway(
    "path", network="demo-network", transit_gateway_id=shared, gateway_provider=GATEWAY_PROVIDER,
    vpcs={{"orders": {{"vpc_id": vpc.id, "subnet_ids": [subnet], "cidr_blocks": vpc.cidr_block,
        "account_id": aws.get_caller_identity_output().account_id}}}},
    route_table_ids={{"orders": vpc.main_route_table_id}}, security_group_ids={{"orders": group.id}}, ports=[443])
pulumi.export("state", path.state)
"""


def test_a_gateway_in_one_account_leads_to_a_vpc_in_another(aws: Playground, world: World) -> None:
    aws.program(TWO_ACCOUNTS.replace("GATEWAY_PROVIDER", "None"))
    refused = aws.run("up").must_fail()
    assert (
        f"belongs to account {HUB_ACCOUNT}, and its provider acts for {DEFAULT_ACCOUNT}: "
        f"give as gateway_provider one for account {HUB_ACCOUNT}"
    ) in refused.text
    assert "Traceback" not in refused.text
    of_path = {
        name for each in aws.resources() if (name := each["urn"].rpartition("::")[2]).startswith("path")
    }
    assert of_path <= {"path", "path-network", "path-waits"}

    aws.program(TWO_ACCOUNTS.replace("GATEWAY_PROVIDER", "hub"))
    assert aws.run("up").must_succeed().result.outputs == {"state": "ready"}
    assert from_kong(world, "10.8.1.20:443 orders") is PASSES
    records = Cloud.load(world.directory / STORE).records
    assert {(each.vpc_owner, each.gateway_owner) for each in records.attachments.values()} == {
        (DEFAULT_ACCOUNT, HUB_ACCOUNT),
        (KONG, HUB_ACCOUNT),
    }

    aws.run("destroy").must_succeed()
    world.end()
    assert left(world) == NOTHING


# The share is somebody's own; Kong's account is not in it unless NAMED is true.
ON_A_SHARE = f"""
import pulumi_aws as aws
from kong_secure import AwsTransitGateway

hub = aws.ec2transitgateway.TransitGateway("hub")
share = aws.ram.ResourceShare("hub", allow_external_principals=True)
after = [aws.ram.ResourceAssociation("hub", resource_arn=hub.arn, resource_share_arn=share.arn).id]
if NAMED:
    after.append(aws.ram.PrincipalAssociation("hub", principal="{KONG}", resource_share_arn=share.arn).id)

vpc = aws.ec2.Vpc("orders", cidr_block="10.8.0.0/16")
subnet = aws.ec2.Subnet("orders", vpc_id=vpc.id, cidr_block="10.8.1.0/24", availability_zone="{AWS_REGION}a")
group = aws.ec2.SecurityGroup("orders", vpc_id=vpc.id, tags={{"Name": "orders"}})
path = AwsTransitGateway(
    "path", network="demo-network", transit_gateway_id=hub.id,
    ram_share_arn=pulumi.Output.all(share.arn, *after).apply(lambda known: known[0]),
    vpcs={{"orders": {{"vpc_id": vpc.id, "subnet_ids": [subnet], "cidr_blocks": vpc.cidr_block}}}},
    route_table_ids={{"orders": vpc.main_route_table_id}}, security_group_ids={{"orders": group.id}}, ports=[443])
pulumi.export("state", path.state)
"""
REPAIR = "up --refresh"


def test_an_attachment_in_error_is_healed_and_so_is_one_that_somebody_deletes(
    aws: Playground, world: World
) -> None:
    aws.program("NAMED = False\n", ON_A_SHARE)
    failed = aws.run("up").must_fail()
    assert NO_RESOURCE_FOR_SHARE in failed.text
    assert REPAIR in failed.text
    assert {each["urn"].rpartition("::")[2] for each in aws.resources()} & {
        "path-accepted",
        "path-ready",
    } == set()
    assert "has no route to 10.8.1.20" in str(from_kong(world, "10.8.1.20:443 orders"))

    aws.program("NAMED = True\n", ON_A_SHARE)
    aws.run("refresh").must_succeed()
    healed = aws.run("up").must_succeed()
    assert healed.operations["path-attachment"] == "replace"
    assert healed.result.outputs == {"state": "ready"}
    assert from_kong(world, "10.8.1.20:443 orders") is PASSES

    delete_kongs_attachment(world)
    assert "is a blackhole" in str(from_kong(world, "10.8.1.20:443 orders"))
    gone = aws.run("preview").must_fail()
    assert "is gone from AWS" in gone.text
    assert REPAIR in gone.text
    aws.run("refresh").must_succeed()
    again = aws.run("up").must_succeed()
    assert again.result.outputs == {"state": "ready"}
    kept = {name for name, what in again.operations.items() if what == "same"}
    assert {"hub", "orders", "path-vpc-orders", "path-back-orders", "path-port-orders-tcp-443"} <= kept
    assert from_kong(world, "10.8.1.20:443 orders") is PASSES

    aws.run("destroy").must_succeed()
    world.end()
    assert left(world) == NOTHING


def delete_kongs_attachment(world: World) -> None:
    """Somebody in the gateway's account deletes it by hand."""
    records = Cloud.load(world.directory / STORE).records
    [attachment] = [each for each in records.attachments.values() if each.live and each.vpc_owner == KONG]
    somebody = Driver(world.aws_port, Cloud())
    urn = f"urn:pulumi:by::hand::{ACCEPTER}::kong"
    somebody.delete(Resource(urn, ACCEPTER, custom=True, id=attachment.id))
    somebody.close()


# A third VPC is on the same gateway, made and attached by others; Kong's network sends all of 10.8.0.0/14 there.
SHARED = f"""
import pulumi_aws as aws
from kong_secure import AwsTransitGateway

def vpc(name, base):
    made = aws.ec2.Vpc(name, cidr_block=f"{{base}}.0.0/16")
    subnet = aws.ec2.Subnet(
        name, vpc_id=made.id, cidr_block=f"{{base}}.1.0/24", availability_zone="{AWS_REGION}a")
    group = aws.ec2.SecurityGroup(name, vpc_id=made.id, tags={{"Name": name}})
    aws.vpc.SecurityGroupIngressRule(name, security_group_id=group.id, ip_protocol="-1", cidr_ipv4="10.0.0.0/8")
    return made, subnet, group

orders, orders_subnet, orders_group = vpc("orders", "10.8")
others, others_subnet, _ = vpc("others", "10.10")
path = AwsTransitGateway(
    "path", network="demo-network", isolation="shared", cidr_blocks=["10.8.0.0/14"],
    vpcs={{"orders": {{"vpc_id": orders.id, "subnet_ids": [orders_subnet], "cidr_blocks": orders.cidr_block}}}},
    route_table_ids={{"orders": orders.main_route_table_id}}, security_group_ids={{"orders": orders_group.id}},
    ports=[443])
attached = aws.ec2transitgateway.VpcAttachment(
    "others", transit_gateway_id=path.transit_gateway_id, vpc_id=others.id, subnet_ids=[others_subnet.id])
aws.ec2.Route("others", route_table_id=others.main_route_table_id, destination_cidr_block="10.0.0.0/8",
    transit_gateway_id=path.transit_gateway_id, opts=pulumi.ResourceOptions(depends_on=[attached]))
pulumi.export("tables", [path.kong_route_table_id, path.upstream_route_table_id])
"""


def test_shared_isolation_reaches_whatever_is_on_the_gateway(aws: Playground, world: World) -> None:
    wrong = (
        "from kong_secure import AwsTransitGateway\n"
        "AwsTransitGateway('path', network='demo-network', vpcs={\n"
        "    'orders': {'attachment_id': 'tgw-attach-00000000000000001', 'cidr_blocks': '10.8.0.0/16'},\n"
        "    'users': {'attachment_id': 'tgw-attach-00000000000000002', 'cidr_blocks': 'fd00::/8'}},\n"
        "    upstream_route_table_ids={}, dns_config=[{'domain_proxy_list': ['corp.internal'],\n"
        "        'remote_dns_server_ip_addresses': ['10.8.0.2']}])\n"
    )
    aws.program(wrong)
    refused = aws.run("preview").must_fail().text
    assert "cidr_blocks 'fd00::/8' is IPv6, and Konnect's private paths carry IPv4 alone" in refused
    assert "'10.8.0.2' is the own resolver of 10.8.0.0/16, which nobody outside reaches" in refused
    assert "give the addresses of a Route 53 Resolver inbound endpoint" in refused
    assert "Traceback" not in refused

    aws.program(SHARED)
    assert aws.run("up").must_succeed().result.outputs == {"tables": [None, None]}
    assert from_kong(world, "10.8.1.20:443 orders") is PASSES
    assert from_kong(world, "10.10.1.20:22 others") is PASSES
    # orders' own table alone has no way back to the third VPC
    assert "on the way back" in str(between(world, "10.10.1.20", "10.8.1.20:22 orders"))

    aws.run("destroy").must_succeed()
    world.end()
    assert left(world) == NOTHING
