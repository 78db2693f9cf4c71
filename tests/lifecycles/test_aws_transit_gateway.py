"""What a user lives through with the component `AwsTransitGateway`, both halves in the sandbox, on every engine."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kong_secure import AwsTransitGateway
from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.hosting import STORE
from tests.documentation.pages import program_of
from tests.lifecycles.playground import AWS_REGION, Playground
from tests.lifecycles.test_private_path_on_aws import DECLARED, KONG, NOTHING, left
from tests.world import World

BEHIND_IT = 'SecuredService("orders", control_plane="demo", service="orders", connectivity=path)'
# The documented program with something plain behind the path; test_secured_service.py runs it as it is.
PROGRAM = program_of("AwsTransitGateway").replace(
    BEHIND_IT, 'pulumi.export("service", path.once_ready("orders"))'
)

# The same with other names, by which the docstring lets Pulumi know what is there.
RECIPE = textwrap.dedent(
    "    def kept"
    + inspect.cleandoc(AwsTransitGateway.__doc__ or "").partition("    def kept")[2].partition("\n\n")[0]
)
RENAMED = (
    PROGRAM.replace('{"orders": ', '{"people": ')
    .replace("ports=[443],", "ports=[443], opts=pulumi.ResourceOptions(transforms=[kept]),")
    .join(("\n", "\n"))
)

# What a landing zone has before Kong comes, in an account of its own: a gateway with tables, a VPC attached to
# it, a share.
HUB = f"""
import pulumi_aws as aws
from kong_secure import AwsTransitGateway, KonnectNetwork

role = aws.ProviderAssumeRoleArgs(role_arn="arn:aws:iam::222233334444:role/deploy")
account = aws.Provider("hub", region="{AWS_REGION}", assume_roles=[role])
there = pulumi.ResourceOptions(provider=account)
off = dict(transit_gateway_default_route_table_association=False, transit_gateway_default_route_table_propagation=False)

vpc = aws.ec2.Vpc("orders", cidr_block="10.8.0.0/16", opts=there)
subnet = aws.ec2.Subnet(
    "orders", vpc_id=vpc.id, cidr_block="10.8.1.0/24", availability_zone="{AWS_REGION}a", opts=there)
hub = aws.ec2transitgateway.TransitGateway(
    "hub", default_route_table_association="disable", default_route_table_propagation="disable", opts=there)
attached = aws.ec2transitgateway.VpcAttachment(
    "hub", transit_gateway_id=hub.id, vpc_id=vpc.id, subnet_ids=[subnet.id], **off, opts=there)
table = aws.ec2transitgateway.RouteTable("hub", transit_gateway_id=hub.id, opts=there)
aws.ec2transitgateway.RouteTableAssociation(
    "hub", transit_gateway_attachment_id=attached.id, transit_gateway_route_table_id=table.id, opts=there)
share = aws.ram.ResourceShare("hub", allow_external_principals=True, opts=there)
held = aws.ram.ResourceAssociation("hub", resource_arn=hub.arn, resource_share_arn=share.arn, opts=there)
named = aws.ram.PrincipalAssociation("hub", principal="{KONG}", resource_share_arn=share.arn, opts=there)
network = KonnectNetwork("kongs", network="demo-network")
"""
OVER_THE_HUB = """
path = AwsTransitGateway(
    "path", network=network, transit_gateway_id=hub.id, gateway_provider=account,
    ram_share_arn=pulumi.Output.all(share.arn, held.id, named.id).apply(lambda known: known[0]),
    vpcs={"orders": {"attachment_id": attached.id, "cidr_blocks": vpc.cidr_block, "provider": account}},
    upstream_route_table_ids={"hub": table.id}, route_table_ids={"orders": vpc.main_route_table_id},
)
pulumi.export("state", path.state)
"""
# A gateway that accepts by itself, and two networks of Kong's on it: the second uses the tables of the first.
BY_ITSELF = f"""
{PROGRAM.partition("path =")[0]}
hub = aws.ec2transitgateway.TransitGateway("hub", auto_accept_shared_attachments="enable")
given = dict(transit_gateway_id=hub.id, accept_attachment=False)
first = AwsTransitGateway(
    "first", network="demo-network", **given,
    vpcs={{"orders": {{"vpc_id": vpc.id, "subnet_ids": [subnet.id], "cidr_blocks": vpc.cidr_block}}}},
    route_table_ids={{"orders": vpc.main_route_table_id}},
)
second = AwsTransitGateway(
    "second", network="second-network", **given, vpcs={{}}, cidr_blocks=[vpc.cidr_block],
    kong_route_table_id=first.kong_route_table_id,
    upstream_route_table_ids={{"first": first.upstream_route_table_id}},
    route_table_ids={{"orders": vpc.main_route_table_id}},
)
pulumi.export("table", first.kong_route_table_id)
pulumi.export("states", [first.state, second.state])
"""
NETWORKS = [
    *DECLARED["networks"],
    {**DECLARED["networks"][0], "name": "second-network", "cidr_block": "10.1.0.0/16"},
]
STRANGER = 'network.provider_account_id = pulumi.Output.from_input("999999999999")\n'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with an AWS, and two networks of Konnect's there."""
    made = World(tmp_path / "world", declared={"networks": NETWORKS}, aws=True)
    yield made
    made.end()


def test_the_documented_new_gateway_comes_up_stays_takes_another_block_and_goes(
    aws: Playground, world: World
) -> None:
    aws.program(PROGRAM)
    made = aws.run("up").must_succeed()
    assert made.result.outputs == {"service": "orders"}
    assert set(aws.run("preview").must_succeed().operations.values()) == {"same"}

    aws.program(RECIPE, RENAMED)
    renamed = aws.run("preview").must_succeed().result.changes
    # its tags, under its new name, are all that changes
    assert {each.operation for each in renamed if "provider" not in each.urn} == {"same", "update"}

    more = '"cidr_blocks": {"orders": vpc.cidr_block, "more": "10.9.0.0/16"}'
    aws.program(PROGRAM.replace('"cidr_blocks": vpc.cidr_block', more))
    changed = {"path-attachment": "update", "path-ready": "update", "path-kong-orders-more": "create"}
    for operation in ("preview", "up"):
        operations = aws.run(operation).must_succeed().operations
        assert {name: what for name, what in operations.items() if what != "same"} == changed

    aws.run("destroy").must_succeed()
    assert _attachments(world) == []
    world.end()
    assert left(world) == NOTHING


def test_a_gateway_in_an_account_of_its_own_lets_in_kongs_account_alone(
    aws: Playground, world: World
) -> None:
    aws.program(HUB, STRANGER, OVER_THE_HUB)
    refused = aws.run("up").must_fail()
    assert f"its VPC belongs to account {KONG}, and Kong's network is in account 999999999999" in refused.text
    assert "Traceback" not in refused.text
    made = {each["urn"].rpartition("::")[2] for each in aws.resources()}
    assert made & {"path-accepted", "path-upstream-hub", "path-ready"} == set()
    assert [each["state"] for each in _attachments(world)] == ["pending-acceptance"]

    aws.program(HUB, OVER_THE_HUB)
    assert aws.run("up").must_succeed().result.outputs == {"state": "ready"}
    aws.run("destroy").must_succeed()
    assert _attachments(world) == []
    world.end()
    assert left(world) == NOTHING


def test_a_gateway_that_accepts_by_itself_carries_two_networks(aws: Playground, world: World) -> None:
    aws.program(BY_ITSELF)
    made = aws.run("up").must_succeed().result.outputs
    assert made["states"] == ["ready", "ready"]
    live = [each for each in Cloud.load(world.directory / STORE).records.attachments.values() if each.live]
    assert [each.table_id for each in live if each.vpc_owner == KONG] == [made["table"]] * 2

    aws.run("destroy").must_succeed()
    assert _attachments(world) == []
    world.end()
    assert left(world) == NOTHING


def _attachments(world: World) -> list[dict[str, Any]]:
    """What Konnect has in the network, without what is gone."""
    networks = world.by_hand("GET", "/v2/cloud-gateways/networks", region="global")["data"]
    paths = [f"/v2/cloud-gateways/networks/{each['id']}/transit-gateways" for each in networks]
    listed = [each for path in paths for each in world.by_hand("GET", path, region="global")["data"]]
    return [each for each in listed if each["state"] != "terminated"]
