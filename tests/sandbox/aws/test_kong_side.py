"""Kong's half of the path in the sandbox's AWS, and both halves together until packets pass."""

from ipaddress import IPv4Address

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
from tests.sandbox.aws.accounts import KONG, REGION, Account, Landscape

NETWORK = KongNetwork("net-1", KONG, REGION, ("use2-az1", "use2-az2", "use2-az3"), "10.0.0.0/16")


@pytest.fixture
def side(landscape: Landscape) -> KongSide:
    return KongSide(landscape.cloud)


def test_a_network_is_a_vpc_with_a_subnet_in_each_zone_and_stays_the_same(
    side: KongSide, kong: Account
) -> None:
    made = side.provision(NETWORK)
    assert side.provision(NETWORK) == made
    subnets = kong.ec2.describe_subnets(SubnetIds=list(made.subnet_ids))["Subnets"]
    zones = {subnet["AvailabilityZoneId"]: subnet["CidrBlock"] for subnet in subnets}
    assert zones == {"use2-az1": "10.0.0.0/18", "use2-az2": "10.0.64.0/18", "use2-az3": "10.0.128.0/18"}


def requested(landscape: Landscape, id_: str = "att-1") -> tuple[AttachmentRequest, str]:
    """What Konnect asks for, the gateway shared but the share not accepted; and the upstream's table."""
    gateway = landscape.owner.gateway()
    share = landscape.share(gateway["TransitGatewayArn"], accepted=False)
    table = gateway["Options"]["AssociationDefaultRouteTableId"]
    return AttachmentRequest(id_, gateway["TransitGatewayId"], share), table


def test_kong_accepts_the_share_and_its_attachment_waits_for_the_owner(
    landscape: Landscape, side: KongSide
) -> None:
    request, _ = requested(landscape)
    id_ = side.attach(NETWORK, request)
    assert side.attach(NETWORK, request) == id_
    assert side.state(NETWORK, id_) is CloudState.PENDING
    landscape.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    assert side.state(NETWORK, id_) is CloudState.AVAILABLE


def test_a_rejected_attachment_is_refused_and_one_that_never_was_is_gone(
    landscape: Landscape, side: KongSide
) -> None:
    request, _ = requested(landscape)
    id_ = side.attach(NETWORK, request)
    landscape.owner.ec2.reject_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    assert side.state(NETWORK, id_) is CloudState.REFUSED
    assert side.state(NETWORK, "tgw-attach-00000000000000000") is CloudState.GONE


def test_a_share_that_holds_no_such_gateway_is_refused_in_konnects_words(
    landscape: Landscape, side: KongSide
) -> None:
    request, _ = requested(landscape)
    other = landscape.owner.gateway()["TransitGatewayId"]
    for wrong in (
        AttachmentRequest("a", other, request.ram_share_arn),
        AttachmentRequest("b", request.transit_gateway_id, request.ram_share_arn[:-1] + "x"),
    ):
        with pytest.raises(CloudRefusalError, match=NO_RESOURCE_FOR_SHARE):
            side.attach(NETWORK, wrong)


def test_a_share_for_somebody_else_is_refused(landscape: Landscape, side: KongSide) -> None:
    gateway = landscape.owner.gateway()
    share = landscape.owner.ram.create_resource_share(
        name="for-others", resourceArns=[gateway["TransitGatewayArn"]], principals=["555566667777"]
    )["resourceShare"]["resourceShareArn"]
    with pytest.raises(CloudRefusalError, match=NO_RESOURCE_FOR_SHARE):
        side.attach(NETWORK, AttachmentRequest("a", gateway["TransitGatewayId"], share))


def test_a_second_attachment_of_the_network_is_refused_in_awss_words(
    landscape: Landscape, side: KongSide
) -> None:
    request, _ = requested(landscape)
    side.attach(NETWORK, request)
    again = AttachmentRequest("att-2", request.transit_gateway_id, request.ram_share_arn)
    with pytest.raises(
        CloudRefusalError, match="has non-deleted Transit Gateway Attachments with same VPC ID"
    ):
        side.attach(NETWORK, again)


def accepted(landscape: Landscape, side: KongSide) -> tuple[str, str]:
    request, table = requested(landscape)
    id_ = side.attach(NETWORK, request)
    landscape.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    return id_, table


def test_exactly_the_blocks_asked_for_lead_into_the_gateway(landscape: Landscape, side: KongSide) -> None:
    id_, _ = accepted(landscape, side)
    for blocks in (("10.1.0.0/16", "10.2.0.0/16"), ("10.2.0.0/16", "10.3.0.0/16"), ()):
        side.route(NETWORK, id_, blocks)
        side.route(NETWORK, id_, blocks)
        table = topology(landscape.cloud, REGION).vpcs[side.provision(NETWORK).vpc_id]
        routed = {str(r.destination) for r in table.tables[table.main_table] if r.target != "local"}
        assert routed == set(blocks)


def test_detaching_takes_the_routes_along_and_can_be_asked_twice(
    landscape: Landscape, side: KongSide
) -> None:
    id_, _ = accepted(landscape, side)
    side.route(NETWORK, id_, ("10.1.0.0/16",))
    side.detach(NETWORK, id_)
    side.detach(NETWORK, id_)
    side.detach(NETWORK, "tgw-attach-00000000000000000")
    assert side.state(NETWORK, id_) is CloudState.GONE
    side.route(NETWORK, id_, ("10.1.0.0/16",))
    vpc = topology(landscape.cloud, REGION).vpcs[side.provision(NETWORK).vpc_id]
    assert [r.target for r in vpc.tables[vpc.main_table]] == ["local"]


def test_a_path_opens_step_by_step_and_each_step_says_what_is_missing(
    landscape: Landscape, side: KongSide
) -> None:
    """The order of a real installation; after each step the sentence names the next one."""
    owner, ec2 = landscape.owner, landscape.owner.ec2
    request, table = requested(landscape)
    upstream = owner.attach(request.transit_gateway_id, "10.1.0.0/16")
    vpc_id = owner.attachment(upstream)["VpcId"]
    group = ec2.create_security_group(GroupName="orders", Description="orders", VpcId=vpc_id)["GroupId"]
    start = Source(side.provision(NETWORK).vpc_id, IPv4Address("10.0.0.10"))
    end = Destination(IPv4Address("10.1.0.20"), 443, groups=(group,))

    def missing() -> str:
        return str(blocked(topology(landscape.cloud, REGION), start, end))

    assert "has no route to 10.1.0.20" in missing()
    id_ = side.attach(NETWORK, request)
    side.route(NETWORK, id_, ("10.1.0.0/16",))
    assert "has no route to 10.1.0.20" in missing()
    ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    side.route(NETWORK, id_, ("10.1.0.0/16",))
    assert missing() == f"security group {group} has no ingress rule for tcp port 443 from 10.0.0.10"
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="10.0.0.0/16"
    )
    assert missing().startswith("on the way back, route table rtb-")
    main = ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"][0]["RouteTableId"]
    ec2.create_route(
        RouteTableId=main, DestinationCidrBlock="10.0.0.0/16", TransitGatewayId=request.transit_gateway_id
    )
    assert missing() == "None"
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table, DestinationCidrBlock="10.1.0.0/24", Blackhole=True
    )
    assert missing() == f"the route to 10.1.0.0/24 in {table} of {request.transit_gateway_id} is a blackhole"
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    assert missing().startswith("the route to 10.1.0.0/16 in route table rtb-")
    assert missing().endswith("is a blackhole")
