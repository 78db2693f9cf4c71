"""A backend at a private address in AWS: the gateway reaches it only as packets from Kong's network would, and says
what stops them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.data_plane.answers import BLOCKED_HEADER
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.proof import call
from tests.sandbox.aws.provider import driver as d
from tests.sandbox.aws.provider.driver import Driver
from tests.world import World

KONG, REGION = "111111111111", "us-east-2"
ADDRESS = "10.1.1.20"
OFF = {
    "transitGatewayDefaultRouteTableAssociation": False,
    "transitGatewayDefaultRouteTablePropagation": False,
}
URLS = {
    "address": f"http://{ADDRESS}",
}
DECLARED: dict[str, Any] = {
    "control_planes": [
        {
            "name": "demo",
            "services": [
                {"name": name, "url": url, "routes": [{"name": name, "paths": [f"/{name}"]}]}
                for name, url in URLS.items()
            ],
        }
    ],
    "networks": [{"name": "demo-network", "region": REGION, "provider_account_id": KONG}],
    "backends": [
        {
            "host": "orders.corp.internal",
            "private": {
                "network": "demo-network",
                "address": ADDRESS,
                "port": 80,
                "security_groups": ["orders"],
            },
        }
    ],
}
TIMED_OUT = (504, "The upstream server is timing out")


class Met(NamedTuple):
    """What a call through the gateway met."""

    answer: tuple[int, str]
    blocked: str | None


PASSED = Met((401, ""), None)  # the backend's own: no plugin brings its secret


class Calls:
    """Calls through a world's gateway, and what is made in its AWS and Konnect in between."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._gateway = world.client(world.gateways["demo"], None)
        world.demand("s")

    def met(self, service: str = "address") -> Met:
        answer = self.answer(service)
        own = "X-Kong-Request-Id" in answer.headers and answer.status_code != 401
        message = answer.json()["message"] if own else ""
        return Met((answer.status_code, message), answer.headers.get(BLOCKED_HEADER))

    def answer(self, service: str) -> httpx.Response:
        return self._gateway.get(f"/{service}")

    def blocked(self, service: str = "address") -> str:
        met = self.met(service)
        assert met.answer == TIMED_OUT
        return str(met.blocked)


class Pieces:
    """A private path, made piece by piece."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.aws = Driver(world.aws_port, Cloud())
        self.ids: dict[str, str] = {}

    def make(self, token: str, name: str, **inputs: Any) -> str:
        self.ids[name] = str(self.aws.create(token, inputs, name).id)
        return self.ids[name]

    def upstream(self) -> None:
        """A VPC with a subnet, attached to a gateway without default tables that is shared with Kong."""
        off = {"defaultRouteTableAssociation": "disable", "defaultRouteTablePropagation": "disable"}
        made = self.aws.create(d.GATEWAY, off)
        self.ids["gateway"] = made.id
        share = self.make(d.SHARE, "share", allowExternalPrincipals=True)
        self.make(d.RESOURCE_ASSOCIATION, "held", resourceArn=made.outputs["arn"], resourceShareArn=share)
        self.make(d.PRINCIPAL_ASSOCIATION, "named", principal=KONG, resourceShareArn=share)
        vpc = self.make(d.VPC, "vpc", cidrBlock="10.1.0.0/16")
        zone = f"{REGION}a"
        placed = {"vpcId": vpc, "cidrBlock": "10.1.1.0/24", "availabilityZone": zone}
        subnet = self.make(d.SUBNET, "subnet", **placed, mapPublicIpOnLaunch=True)
        attached = {"transitGatewayId": made.id, "vpcId": vpc, "subnetIds": [subnet]}
        self.make(d.VPC_ATTACHMENT, "upstream", **attached, **OFF)

    def kong(self, **changed: Any) -> None:
        """Kong's attachment, accepted and ready."""
        [network] = self.world.by_hand("GET", "/v2/cloud-gateways/networks", region="global")["data"]
        path = f"/v2/cloud-gateways/networks/{network['id']}/transit-gateways"
        config = {
            "kind": "aws-transit-gateway-attachment",
            "transit_gateway_id": self.ids["gateway"],
            "ram_share_arn": self.ids["share"],
        }
        body = {"name": "orders", "cidr_blocks": ["10.1.0.0/16"], "transit_gateway_attachment_config": config}
        made = self.world.by_hand("POST", path, {**body, **changed}, region="global")

        def now() -> dict[str, Any]:
            self.world.turn_clock(1)
            return self.world.by_hand("GET", f"{path}/{made['id']}", region="global")

        id_ = now()["transit_gateway_attachment_config"]["attachment_id"]
        self.make(d.ACCEPTER, "kong", transitGatewayAttachmentId=id_, **OFF)
        while now()["state"] != "ready":
            time.sleep(0.01)

    def table(self, name: str) -> None:
        table = self.make(d.TABLE, f"{name}-table", transitGatewayId=self.ids["gateway"])
        pair = {"transitGatewayAttachmentId": self.ids[name], "transitGatewayRouteTableId": table}
        self.make(d.ASSOCIATION, f"{name}-association", **pair)

    def propagate(self, attachment: str, table: str) -> None:
        pair = {
            "transitGatewayAttachmentId": self.ids[attachment],
            "transitGatewayRouteTableId": self.ids[f"{table}-table"],
        }
        self.make(d.PROPAGATION, f"{attachment}-propagation", **pair)

    def back(self) -> None:
        """The VPC's own table leads to Kong's range."""
        table = self.make(d.ROUTE_TABLE, "rtb", vpcId=self.ids["vpc"])
        self.make(d.TABLE_ASSOCIATION, "rtb-used", routeTableId=table, subnetId=self.ids["subnet"])
        to = {"destinationCidrBlock": "10.0.0.0/16", "transitGatewayId": self.ids["gateway"]}
        self.make(d.ROUTE, "back", routeTableId=table, **to)

    def to_the_internet(self) -> Resource:
        """A way there and back; returns what attaches the internet gateway."""
        gateway = self.make(d.INTERNET_GATEWAY, "internet")
        pair = {"internetGatewayId": gateway, "vpcId": self.ids["vpc"]}
        attached = self.aws.create(d.INTERNET_ATTACHMENT, pair, "attached")
        everywhere = {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway}
        self.make(d.ROUTE, "everywhere", routeTableId=self.ids["rtb"], **everywhere)
        return attached

    def group(self) -> None:
        self.make(d.GROUP, "group", vpcId=self.ids["vpc"], tags={"Name": "orders"})

    def admit(self, protocol: str, port: int, block: str = "10.0.0.0/16") -> None:
        rule = {"ipProtocol": protocol, "fromPort": port, "toPort": port, "cidrIpv4": block}
        self.make(d.INGRESS_RULE, f"{protocol}-{port}-{block}", securityGroupId=self.ids["group"], **rule)

    def all_but_ingress(self) -> None:
        for name in ("kong", "upstream"):
            self.table(name)
        self.propagate("upstream", "kong")
        self.propagate("kong", "upstream")
        self.back()
        self.group()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world", declared=DECLARED, aws=True)
    yield made
    made.end()


@pytest.fixture
def path(world: World) -> Iterator[Pieces]:
    made = Pieces(world)
    yield made
    made.aws.close()


def test_calls_arrive_once_every_piece_is_there_and_until_then_the_missing_one_is_named(
    world: World, path: Pieces
) -> None:
    calls = Calls(world)
    assert calls.blocked().endswith(f"has no route to {ADDRESS}")
    path.upstream()
    path.kong()
    gateway, kong, upstream = (path.ids[name] for name in ("gateway", "kong", "upstream"))
    assert calls.blocked() == f"attachment {kong} is associated with no route table of {gateway}"
    path.table("kong")
    table = path.ids["kong-table"]
    assert calls.blocked() == (
        f"route table {table} of {gateway}, which attachment {kong} uses, has no route to {ADDRESS}"
    )
    path.propagate("upstream", "kong")
    vpc = path.ids["vpc"]
    assert calls.blocked() == f"{vpc} has no security group whose name or Name tag is 'orders'"
    path.group()
    group = path.ids["group"]
    no_rule = f"security group {group} has no ingress rule for tcp port 80 from 10.0.0."
    assert calls.blocked().startswith(no_rule)
    path.admit("tcp", 80)
    assert calls.blocked().startswith("on the way back, route table rtb-")
    path.back()
    back = f"on the way back, attachment {upstream} is associated with no route table of {gateway}"
    assert calls.blocked() == back
    path.table("upstream")
    assert calls.blocked().startswith(
        f"on the way back, route table {path.ids['upstream-table']} of {gateway}"
    )
    path.propagate("kong", "upstream")
    assert calls.met() == PASSED
    met = world.direct("orders.corp.internal", 80)
    assert met["outside"] == f"route table {path.ids['rtb']} of {vpc} has no route to an internet gateway"
    assert met["inside"] == no_rule.replace("10.0.0.", "10.1.1.254")
    path.admit("tcp", 80, "10.1.1.0/24")
    assert world.direct("orders.corp.internal", 80)["inside"] is None
    attached = path.to_the_internet()
    assert "no ingress rule" in world.direct("orders.corp.internal", 80)["outside"]
    path.admit("tcp", 80, "0.0.0.0/0")
    assert world.direct("orders.corp.internal", 80)["outside"] is None
    path.aws.delete(attached)
    assert "no route to an internet gateway" in world.direct("orders.corp.internal", 80)["outside"]

    hole = {"transitGatewayRouteTableId": table, "destinationCidrBlock": "10.1.1.0/24", "blackhole": True}
    path.make(d.TRANSIT_ROUTE, "hole", **hole)
    assert calls.blocked() == f"the route to 10.1.1.0/24 in {table} of {gateway} is a blackhole"


def test_without_an_aws_and_without_a_ready_network_nothing_private_is_reached(tmp_path: Path) -> None:
    world = World(tmp_path / "world", declared=DECLARED)
    calls = Calls(world)
    assert "this sandbox has no AWS now: install kong-secure[sandbox-aws]" in calls.blocked()
    met = call(world.gateways["demo"] + "/address")
    assert str(met).startswith("504: this sandbox has no AWS")
    assert "X-Kong-Upstream-Latency" in calls.answer("address").headers
    other = {"name": "offline", "state": "offline", "region": REGION}
    private = {**DECLARED["backends"][0]["private"], "network": "offline"}
    again = {"networks": [other], "backends": [{**DECLARED["backends"][0], "private": private}]}
    assert world.admin().post("/declare", json=again).status_code == 200
    assert calls.blocked() == "Kong's network offline is offline, not ready"
    _, errors = world.end()
    assert "GET /address answered with 504: blocked: Kong's network offline is offline, not ready" in errors


def test_a_world_without_the_aws_of_an_earlier_one_leaves_its_paths_as_they_are(tmp_path: Path) -> None:
    """Stacks that use no AWS run without it, in the same world."""
    folder = tmp_path / "world"
    public = World(folder, declared=DECLARED)  # whose networks are provisioned by nobody yet
    public.end()
    world = World(folder, declared=DECLARED, aws=True)
    made = Pieces(world)
    made.upstream()
    made.kong()
    made.aws.close()
    [network] = world.by_hand("GET", "/v2/cloud-gateways/networks", region="global")["data"]
    world.end()
    again = World(folder, declared=DECLARED)
    listed = f"/v2/cloud-gateways/networks/{network['id']}/transit-gateways"
    again.turn_clock(60)
    [attachment] = again.by_hand("GET", listed, region="global")["data"]
    assert attachment["state"] == "ready"
    again.end()
    aws = Cloud.load(folder / "aws.pickle").client("ec2", KONG, REGION)
    assert network["provider_metadata"]["vpc_id"] in {vpc["VpcId"] for vpc in aws.describe_vpcs()["Vpcs"]}
