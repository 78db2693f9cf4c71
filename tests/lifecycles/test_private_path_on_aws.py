"""A private path over a transit gateway, both halves of it in the sandbox: on every engine it comes up in one `up`,
stays, changes and goes without leaving anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.hosting import STORE
from kong_secure.sandbox.aws.provider.instances import DEFAULT_ACCOUNT
from tests.lifecycles.playground import AWS_REGION, Playground
from tests.world import World

KONG = "111111111111"
DECLARED: dict[str, Any] = {
    "networks": [{"name": "demo-network", "region": AWS_REGION, "provider_account_id": KONG}],
}

NETWORK = f"""
import pulumi_aws as aws
off = dict(transit_gateway_default_route_table_association=False, transit_gateway_default_route_table_propagation=False)

vpc = aws.ec2.Vpc("orders", cidr_block="10.1.0.0/16", tags={{"Name": "orders"}})
subnet = aws.ec2.Subnet("orders", vpc_id=vpc.id, cidr_block="10.1.1.0/24", availability_zone="{AWS_REGION}a")
gateway = aws.ec2transitgateway.TransitGateway(
    "hub", default_route_table_association="disable", default_route_table_propagation="disable",
    description=DESCRIPTION)
attached = aws.ec2transitgateway.VpcAttachment(
    "orders", transit_gateway_id=gateway.id, vpc_id=vpc.id, subnet_ids=[subnet.id], **off)
"""
LOOKED_UP = """
identity = aws.get_caller_identity()
pulumi.export("account", identity.account_id)
found = aws.ec2transitgateway.get_vpc_attachment_output(id=attached.id)
pulumi.export("vpc_owner", found.vpc_owner_id)
"""
KONGS_HALF = f"""
from kong_secure import AttachmentPending, AttachmentReady, KonnectNetwork, TransitGatewayAttachment

share = aws.ram.ResourceShare("kong", allow_external_principals=True)
held = aws.ram.ResourceAssociation("kong", resource_arn=gateway.arn, resource_share_arn=share.arn)
named = aws.ram.PrincipalAssociation("kong", principal="{KONG}", resource_share_arn=share.arn)
network = KonnectNetwork("kong", network="demo-network")
attachment = TransitGatewayAttachment(
    "kong", network_id=network.network_id, name="orders", transit_gateway_id=gateway.id, ram_share_arn=share.arn,
    cidr_blocks=["10.1.0.0/16"], opts=pulumi.ResourceOptions(depends_on=[held, named]))
pending = AttachmentPending("kong", network_id=network.network_id, attachment_id=attachment.id)
accepted = aws.ec2transitgateway.VpcAttachmentAccepter(
    "kong", transit_gateway_attachment_id=pending.aws_attachment_id, **off,
    opts=pulumi.ResourceOptions(retain_on_delete=True))
tables = {{name: aws.ec2transitgateway.RouteTable(name, transit_gateway_id=gateway.id) for name in ("kong", "orders")}}
first = pulumi.ResourceOptions(delete_before_replace=True)
made = []
for name, id, block, towards in (
    ("kong", accepted.id, "10.1.0.0/16", attached.id), ("orders", attached.id, "10.0.0.0/16", accepted.id)
):
    made.append(aws.ec2transitgateway.RouteTableAssociation(
        name, transit_gateway_attachment_id=id, transit_gateway_route_table_id=tables[name].id, opts=first))
    made.append(aws.ec2transitgateway.Route(
        name, destination_cidr_block=block, transit_gateway_attachment_id=towards,
        transit_gateway_route_table_id=tables[name].id, opts=first))
back = aws.ec2.Route(
    "orders", route_table_id=vpc.main_route_table_id, destination_cidr_block="10.0.0.0/16",
    transit_gateway_id=gateway.id, opts=pulumi.ResourceOptions(depends_on=[attached]))
AttachmentReady("kong", attachments=[attachment], after=[accepted.id],
    opts=pulumi.ResourceOptions(depends_on=[*made, back]))
"""


def network(description: str = "first") -> str:
    return f"DESCRIPTION = {description!r}\n{NETWORK}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with an AWS, and a network of Konnect's there."""
    made = World(tmp_path / "world", declared=DECLARED, aws=True)
    yield made
    made.end()


def left(world: World) -> dict[str, Any]:
    """What there is in the AWS of a world that has ended, besides what every account has and Kong's own VPC."""
    return left_in(world.directory)


def left_in(directory: Path) -> dict[str, Any]:
    """The same of a world that kept its things in a folder."""
    cloud = Cloud.load(directory / STORE)
    accounts = [each for each in cloud.backends(AWS_REGION) if each.account_id != KONG]
    return {
        "gateways": list(cloud.records.gateways),
        "tables": list(cloud.records.tables),
        "attachments": [a.id for a in cloud.records.attachments.values() if a.live],
        "shares": [share.arn for share in cloud.records.shares.values() if share.status == "ACTIVE"],
        "vpcs": [id_ for each in accounts for id_, vpc in each.vpcs.items() if not vpc.is_default],
    }


NOTHING: dict[str, Any] = {"gateways": [], "tables": [], "attachments": [], "shares": [], "vpcs": []}


def test_the_whole_path_comes_up_stays_changes_and_goes(aws: Playground, world: World) -> None:
    aws.program(network(), LOOKED_UP, KONGS_HALF)
    assert set(aws.run("preview").must_succeed().operations.values()) == {"create"}
    made = aws.run("up").must_succeed()
    assert made.result.outputs == {"account": DEFAULT_ACCOUNT, "vpc_owner": DEFAULT_ACCOUNT}
    aws.run("refresh").must_succeed()
    assert set(aws.run("up").must_succeed().operations.values()) == {"same"}
    aws.program(network("second"), LOOKED_UP, KONGS_HALF)
    changed = {name: what for name, what in aws.run("up").must_succeed().operations.items() if what != "same"}
    assert changed == {"hub": "update"}
    aws.run("destroy").must_succeed()
    world.end()
    assert left(world) == NOTHING


def test_explicit_providers_are_accounts_of_their_own_and_unknown_types_are_refused(aws: Playground) -> None:
    aws.program("import pulumi_aws as aws\naws.s3.Bucket('logs')\n")
    assert "the sandbox's AWS has no type aws:s3/bucket:Bucket" in aws.run("preview").must_fail().text
    aws.program(
        "import pulumi_aws as aws\n"
        "roles = [aws.ProviderAssumeRoleArgs(role_arn='arn:aws:iam::222233334444:role/deploy')]\n"
        f"other = aws.Provider('other', region='{AWS_REGION}', assume_roles=roles)\n"
        "mine = aws.ec2transitgateway.TransitGateway('mine')\n"
        "opts = pulumi.ResourceOptions(provider=other)\n"
        "theirs = aws.ec2transitgateway.TransitGateway('theirs', opts=opts)\n"
        "identity = aws.get_caller_identity(opts=pulumi.InvokeOptions(provider=other))\n"
        "pulumi.export('owners', [mine.owner_id, theirs.owner_id, identity.account_id])\n"
    )
    made = aws.run("up").must_succeed()
    assert made.result.outputs == {"owners": [DEFAULT_ACCOUNT, "222233334444", "222233334444"]}
    aws.run("destroy").must_succeed()
