"""What AWS and Kong answer to the wrong order of each explicit edge that a path has: a refusal, or packets that don't
arrive though Konnect calls the path ready. That the component keeps these orders is shown in
`tests.components.aws.test_path_edges`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Final, NamedTuple

import pytest

from kong_secure.sandbox.aws.kong_side import KongSide
from kong_secure.sandbox.aws.reachability import Source, blocked
from kong_secure.sandbox.aws.topology import topology
from kong_secure.sandbox.cloud_paths import Destination
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import (
    NO_RESOURCE_FOR_SHARE,
    AttachmentRequest,
    CloudRefusalError,
    CloudState,
    KongNetwork,
)
from tests.components.aws.mocked_path import WORDS
from tests.components.aws.test_path_edges import PROVED
from tests.components.explicit_edges import Edge
from tests.sandbox.aws.accounts import KONG, REGION, Account, Landscape, refused

KONGS_BLOCK: Final = "10.0.0.0/16"
NETWORK = KongNetwork("net-1", KONG, REGION, ("use2-az1",), KONGS_BLOCK)
OTHER: Final = "333344445555"
BLOCKS: Final = {"orders": "10.8.0.0/16", "users": "10.9.0.0/16"}


@dataclass
class Path:
    """A path as the edges' program declares it, made without some of its parts: a VPC of the gateway's account
    (orders), one of another's (users), a table for Kong and one for both.
    """

    without: Collection[str] = ()
    landscape: Landscape = field(default_factory=Landscape)
    attached: dict[str, str] = field(default_factory=dict)
    vpcs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owner = self.landscape.owner
        self.other = Account(self.landscape.cloud, OTHER)
        self.side = KongSide(self.landscape.cloud)
        made = self.owner.gateway(
            DefaultRouteTableAssociation="disable", DefaultRouteTablePropagation="disable"
        )
        self.gateway, self.arn = made["TransitGatewayId"], made["TransitGatewayArn"]

    def account(self, name: str) -> Account:
        return self.other if name == "users" else self.owner

    def kongs(self, *, resource: bool = True, principal: bool = True) -> str:
        """Kong's attachment, over a share that has or hasn't the gateway and Kong's account."""
        share = self.owner.ram.create_resource_share(
            name="for-kong",
            resourceArns=[self.arn] if resource else [],
            principals=[KONG] if principal else [],
        )["resourceShare"]["resourceShareArn"]
        return self.side.attach(NETWORK, AttachmentRequest("attachment", self.gateway, share))

    def accept(self, attachment_id: str) -> None:
        self.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)

    def vpc(self, name: str) -> str:
        account = self.account(name)
        self.vpcs[name] = account.ec2.create_vpc(CidrBlock=BLOCKS[name])["Vpc"]["VpcId"]
        return self.vpcs[name]

    def attach(self, name: str, *, accepted: bool = True) -> str:
        """The attachment of a VPC; the other account's is made through a share, and accepted or not."""
        account, vpc_id = self.account(name), self.vpcs.get(name) or self.vpc(name)
        subnet = account.ec2.create_subnet(
            VpcId=vpc_id,
            CidrBlock=BLOCKS[name].replace("0.0/16", "1.0/24"),
            AvailabilityZone=f"{REGION}a",
        )
        if account is self.other:
            self._share_with_the_other()
        self.attached[name] = account.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=self.gateway, VpcId=vpc_id, SubnetIds=[subnet["Subnet"]["SubnetId"]]
        )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
        if account is self.other and accepted:
            self.accept(self.attached[name])
        return self.attached[name]

    def _share_with_the_other(self) -> None:
        self.owner.ram.create_resource_share(name="theirs", resourceArns=[self.arn], principals=[OTHER])
        [invitation] = self.other.ram.get_resource_share_invitations()["resourceShareInvitations"]
        self.other.ram.accept_resource_share_invitation(
            resourceShareInvitationArn=invitation["resourceShareInvitationArn"]
        )

    def main_table(self, name: str) -> str:
        filters = [
            {"Name": "vpc-id", "Values": [self.vpcs[name]]},
            {"Name": "association.main", "Values": ["true"]},
        ]
        [table] = self.account(name).ec2.describe_route_tables(Filters=filters)["RouteTables"]
        return str(table["RouteTableId"])

    def back(self, name: str) -> None:
        """The route of a VPC to Kong's range."""
        self.account(name).ec2.create_route(
            RouteTableId=self.main_table(name),
            DestinationCidrBlock=KONGS_BLOCK,
            TransitGatewayId=self.gateway,
        )

    # --- everything, without what is left out ---

    def make(self) -> None:
        kong = self.kongs()
        self.accept(kong)
        for name in BLOCKS:
            self.attach(name)
        self._tables(kong)
        for name in BLOCKS:
            if f"back back-{name}" not in self.without:
                self.back(name)
        self.groups = {name: self._group(name) for name in BLOCKS}
        self.side.route(NETWORK, kong, tuple(BLOCKS.values()))
        assert self.side.state(NETWORK, kong) is CloudState.AVAILABLE

    def _tables(self, kong: str) -> None:
        tables = {name: self.owner.table(self.gateway) for name in ("kong", "upstream")}
        for name, attachment in {
            "kong": kong,
            **{f"vpc-{n}": id_ for n, id_ in self.attached.items()},
        }.items():
            table = tables["kong" if name == "kong" else "upstream"]
            if f"association {name}" not in self.without:
                self.owner.ec2.associate_transit_gateway_route_table(
                    TransitGatewayAttachmentId=attachment, TransitGatewayRouteTableId=table
                )
        self._route("upstream", tables["upstream"], KONGS_BLOCK, kong)
        for name, block in BLOCKS.items():
            self._route(f"kong-{name}", tables["kong"], block, self.attached[name])

    def _route(self, name: str, table: str, block: str, to: str) -> None:
        if f"route {name}" not in self.without:
            self.owner.ec2.create_transit_gateway_route(
                TransitGatewayRouteTableId=table, DestinationCidrBlock=block, TransitGatewayAttachmentId=to
            )

    def _group(self, name: str) -> str:
        """A group of a VPC; that of users, which no edge is about, lets Kong in everywhere."""
        ec2 = self.account(name).ec2
        made = ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpcs[name])["GroupId"]
        rules = {
            "rule port-orders-tcp-443": ("tcp", 443),
            "rule dns-orders-tcp-53": ("tcp", 53),
            "rule dns-orders-udp-53": ("udp", 53),
        }
        for protocol, port in (
            [each for rule, each in rules.items() if rule not in self.without]
            if name == "orders"
            else [("-1", -1)]
        ):
            ec2.authorize_security_group_ingress(
                GroupId=made, IpProtocol=protocol, FromPort=port, ToPort=port, CidrIp=KONGS_BLOCK
            )
        return str(made)

    def blocked(self, call: Call) -> str | None:
        """What stops a call from Kong's network."""
        groups = (self.groups["orders" if call.address.startswith("10.8.") else "users"],)
        start = Source(self.side.provision(NETWORK).vpc_id, IPv4Address("10.0.0.10"))
        end = Destination(IPv4Address(call.address), call.port, call.protocol, groups)
        return blocked(topology(self.landscape.cloud, REGION), start, end)


# --- what comes later was begun first ---


def share_without_the_gateway() -> None:
    with pytest.raises(CloudRefusalError, match=NO_RESOURCE_FOR_SHARE):
        Path().kongs(resource=False)


def share_without_kong() -> None:
    with pytest.raises(CloudRefusalError, match=NO_RESOURCE_FOR_SHARE):
        Path().kongs(principal=False)


def kongs_acceptance_forgotten_before_its_attachment_is_gone() -> None:
    path = Path()
    kong = path.kongs()
    path.accept(kong)
    with refused("IncorrectState", kong):
        path.accept(kong)


def acceptance_forgotten_before_the_vpcs_attachment_is_gone() -> None:
    path = Path()
    users = path.attach("users")
    with refused("IncorrectState", users):
        path.accept(users)


def route_before_the_attachment() -> None:
    path = Path()
    path.vpc("orders")
    with refused("InvalidTransitGatewayID.NotFound", path.gateway):
        path.back("orders")
    path.attach("orders")
    path.back("orders")


def route_before_the_acceptance() -> None:
    path = Path()
    users = path.attach("users", accepted=False)
    with refused("InvalidTransitGatewayID.NotFound", path.gateway):
        path.back("users")
    path.accept(users)
    path.back("users")


def attachment_deleted_before_its_route() -> None:
    """AWS lets that happen; what it leaves is a route to nowhere."""
    path = Path()
    users = path.attach("users")
    path.back("users")
    path.other.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=users)
    [table] = path.other.ec2.describe_route_tables(RouteTableIds=[path.main_table("users")])["RouteTables"]
    assert [each["State"] for each in table["Routes"] if "TransitGatewayId" in each] == ["blackhole"]


class Call(NamedTuple):
    """A call from Kong's network."""

    address: str
    port: int = 443
    protocol: str = "tcp"


def ready_without(part: str, call: Call, words: str) -> Callable[[], None]:
    """Konnect calls it ready, and packets don't arrive."""

    def called() -> None:
        path = Path([part])
        path.make()
        assert words in str(path.blocked(call))

    return called


ORDERS, USERS = Call("10.8.1.20"), Call("10.9.1.20")
WRONG: dict[tuple[str, str], Callable[[], None]] = {
    ("attachment", "held share-gateway"): share_without_the_gateway,
    ("attachment", "allowed share-kong"): share_without_kong,
    ("attachment", "waits"): kongs_acceptance_forgotten_before_its_attachment_is_gone,
    ("vpc vpc-users", "waits"): acceptance_forgotten_before_the_vpcs_attachment_is_gone,
    ("back back-orders", "vpc vpc-orders"): route_before_the_attachment,
    ("back back-users", "accepter vpc-users"): route_before_the_acceptance,
    ("back back-users", "vpc vpc-users"): attachment_deleted_before_its_route,
}
READY = {
    "association kong": (ORDERS, "is associated with no route table"),
    "association vpc-orders": (ORDERS, "is associated with no route table"),
    "association vpc-users": (USERS, "is associated with no route table"),
    "route kong-orders": (ORDERS, "has no route to 10.8.1.20"),
    "route kong-users": (USERS, "has no route to 10.9.1.20"),
    "route upstream": (ORDERS, "on the way back, "),
    "back back-orders": (ORDERS, "on the way back, route table rtb-"),
    "back back-users": (USERS, "on the way back, route table rtb-"),
    "rule port-orders-tcp-443": (ORDERS, "no ingress rule for tcp port 443"),
    "rule dns-orders-tcp-53": (ORDERS._replace(port=53), "no ingress rule for tcp port 53"),
    "rule dns-orders-udp-53": (ORDERS._replace(port=53, protocol="udp"), "no ingress rule for udp port 53"),
}
WRONG |= {("ready", part): ready_without(part, *shown) for part, shown in READY.items()}


def test_every_call_arrives_over_the_whole_path() -> None:
    path = Path()
    path.make()
    assert {call: path.blocked(call) for call, _ in READY.values()} == dict.fromkeys(
        call for call, _ in READY.values()
    )


@pytest.mark.parametrize("edge", PROVED, ids=WORDS.name)
def test_the_wrong_order_of_each_explicit_edge_fails_here_as_in_aws(edge: Edge) -> None:
    WRONG[WORDS.of(edge.later), WORDS.of(edge.earlier)]()


def test_nothing_is_shown_for_an_edge_that_there_isnt() -> None:
    assert set(WRONG) == {(WORDS.of(edge.later), WORDS.of(edge.earlier)) for edge in PROVED}
