"""What a user lives through with the component `AwsTransitGateway`, both halves in the sandbox, on every engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lifecycles.operation_process import AnEngine
from tests.lifecycles.playground import Playground, environment_for
from tests.lifecycles.test_private_path_on_aws import DECLARED, NOTHING, REGION, left
from tests.world import World

VPC = f"""
import pulumi_aws as aws
from kong_secure import AwsTransitGateway

vpc = aws.ec2.Vpc("orders", cidr_block="10.8.0.0/16")
subnet = aws.ec2.Subnet("orders", vpc_id=vpc.id, cidr_block="10.8.1.0/24", availability_zone="{REGION}a")
group = aws.ec2.SecurityGroup("orders", vpc_id=vpc.id)
"""
PATH = """
path = AwsTransitGateway(
    "path", network="demo-network", ports=[443],
    vpcs={"orders": {"vpc_id": vpc.id, "subnet_ids": [subnet], "cidr_blocks": BLOCKS}},
    route_table_ids={"orders": vpc.main_route_table_id}, security_group_ids={"orders": group.id},
)
pulumi.export("state", path.state)
pulumi.export("after", path.once_ready("orders"))
"""


def path_program(blocks: str = '["10.8.0.0/17"]') -> str:
    return f"BLOCKS = {blocks}\n{VPC}{PATH}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with an AWS, and a network of Konnect's there."""
    made = World(tmp_path / "world", declared=DECLARED, aws=True)
    yield made
    made.end()


@pytest.fixture
def aws(tmp_path: Path, world: World, engine: AnEngine) -> Playground:
    """A playground whose engine attaches to the world's AWS."""
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: playground\nruntime: python\n")
    environment = environment_for(world, folder, os.environ)
    environment["PULUMI_DEBUG_PROVIDERS"] = f"aws:{world.aws_port}"
    # what it warns of is in classes that nobody here uses
    environment["PYTHONWARNINGS"] = "ignore"
    made = Playground(folder, world, engine, environment)
    made.extra["aws:region"] = REGION
    return made


def test_a_new_gateway_comes_up_stays_takes_another_block_and_goes(aws: Playground, world: World) -> None:
    aws.program(path_program())
    assert set(aws.run("preview").must_succeed().operations.values()) == {"create"}
    made = aws.run("up").must_succeed()
    assert made.result.outputs == {"state": "ready", "after": "orders"}
    assert set(aws.run("preview").must_succeed().operations.values()) == {"same"}

    aws.program(path_program('["10.8.0.0/17", "10.8.128.0/17"]'))
    changed = {
        "path-attachment": "update",
        "path-ready": "update",
        "path-kong-orders-10.8.128.0-17": "create",
    }
    for operation in ("preview", "up"):
        operations = aws.run(operation).must_succeed().operations
        assert {name: what for name, what in operations.items() if what != "same"} == changed

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
