"""VPCs, subnets, their route tables and security groups where moto alone is kinder than AWS.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
"""

from typing import Any

import pytest

from tests.sandbox.aws.accounts import Account, Landscape, refused


def routes(account: Account, table_id: str) -> dict[str, str]:
    table = account.ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]
    return {route["DestinationCidrBlock"]: route["State"] for route in table["Routes"]}


def table_of(account: Account, vpc_id: str) -> str:
    return str(account.ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"])


def main_table(account: Account, vpc_id: str) -> str:
    asked = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
    return str(account.ec2.describe_route_tables(Filters=asked)["RouteTables"][0]["RouteTableId"])


def test_blocks_with_host_bits_are_put_into_canonical_form(owner: Account) -> None:
    """CreateVpc, CreateSubnet, CreateRoute: "We modify the specified CIDR block to its canonical form"."""
    vpc = owner.ec2.create_vpc(CidrBlock="10.1.7.9/16")["Vpc"]
    assert vpc["CidrBlock"] == "10.1.0.0/16"
    subnet = owner.ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.1.7.9/24")["Subnet"]
    assert subnet["CidrBlock"] == "10.1.7.0/24"


def test_a_block_that_is_none_is_refused(owner: Account) -> None:
    with refused("InvalidParameterValue", "10.1.0.0/33"):
        owner.ec2.create_vpc(CidrBlock="10.1.0.0/33")


def test_a_subnet_is_made_in_a_zone_of_its_region(owner: Account) -> None:
    vpc_id, _ = owner.vpc("10.1.0.0/16")
    with refused("InvalidParameterValue", "eu-central-1a", "us-east-2a"):
        owner.ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.9.0/24", AvailabilityZone="eu-central-1a")


def test_a_route_to_a_gateway_needs_the_vpc_to_be_attached(landscape: Landscape) -> None:
    owner = landscape.owner
    gateway_id = owner.isolated_gateway()
    vpc_id, subnets = owner.vpc("10.1.0.0/16")
    table = table_of(owner, vpc_id)
    asked = {"RouteTableId": table, "DestinationCidrBlock": "10.0.0.0/16", "TransitGatewayId": gateway_id}
    with refused("InvalidTransitGatewayID.NotFound", gateway_id):
        owner.ec2.create_route(**asked)
    owner.ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=subnets
    )
    owner.ec2.create_route(**asked)
    assert routes(owner, table) == {"10.1.0.0/16": "active", "10.0.0.0/16": "active"}


def test_a_pending_attachment_is_not_enough_for_a_route(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    id_ = landscape.pending(gateway)
    table = main_table(landscape.kong, landscape.kong.attachment(id_)["VpcId"])
    asked = {
        "RouteTableId": table,
        "DestinationCidrBlock": "10.1.0.0/16",
        "TransitGatewayId": gateway["TransitGatewayId"],
    }
    with refused("InvalidTransitGatewayID.NotFound"):
        landscape.kong.ec2.create_route(**asked)
    landscape.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    landscape.kong.ec2.create_route(**asked)


@pytest.fixture
def routed(owner: Account) -> dict[str, Any]:
    """A VPC that is attached and has a route through the gateway."""
    gateway_id = owner.isolated_gateway()
    attachment_id = owner.attach(gateway_id, "10.1.0.0/16")
    vpc_id = owner.attachment(attachment_id)["VpcId"]
    table = table_of(owner, vpc_id)
    asked = {"RouteTableId": table, "DestinationCidrBlock": "10.0.0.0/16", "TransitGatewayId": gateway_id}
    owner.ec2.create_route(**asked)
    return {"attachment": attachment_id, "vpc": vpc_id, "table": table, "asked": asked}


def test_a_route_becomes_a_blackhole_when_the_attachment_goes(owner: Account, routed: dict[str, Any]) -> None:
    owner.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=routed["attachment"])
    assert routes(owner, routed["table"])["10.0.0.0/16"] == "blackhole"


def test_a_destination_has_one_route(owner: Account, routed: dict[str, Any]) -> None:
    with refused("RouteAlreadyExists"):
        owner.ec2.create_route(**routed["asked"])


def test_no_route_to_a_gateway_is_narrower_than_the_vpc(owner: Account, routed: dict[str, Any]) -> None:
    with refused("InvalidParameterValue", "10.1.5.0/24"):
        owner.ec2.create_route(**(routed["asked"] | {"DestinationCidrBlock": "10.1.5.0/24"}))
    owner.ec2.create_route(**(routed["asked"] | {"DestinationCidrBlock": "10.0.0.0/8"}))


def test_no_route_stands_for_the_vpcs_own_block(owner: Account, routed: dict[str, Any]) -> None:
    with refused("InvalidParameterValue", "10.1.0.0/16", "equal to or more specific"):
        owner.ec2.create_route(**(routed["asked"] | {"DestinationCidrBlock": "10.1.0.0/16"}))


def test_a_route_to_the_internet_needs_a_gateway_that_is_attached_to_its_vpc(
    owner: Account, routed: dict[str, Any]
) -> None:
    asked = {"RouteTableId": routed["table"], "DestinationCidrBlock": "0.0.0.0/0"}
    with refused("InvalidGatewayID.NotFound", "igw-00000000"):
        owner.ec2.create_route(**asked, GatewayId="igw-00000000")
    with refused("InvalidNatGatewayID.NotFound", "nat-00000000"):
        owner.ec2.create_route(**asked, NatGatewayId="nat-00000000")
    gateways = [owner.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2)]
    with refused("InvalidParameterValue", "belong to different networks"):
        owner.ec2.create_route(**asked, GatewayId=gateways[0])
    owner.ec2.attach_internet_gateway(InternetGatewayId=gateways[0], VpcId=routed["vpc"])
    owner.ec2.create_route(**asked, GatewayId=gateways[0])
    assert routes(owner, routed["table"])["0.0.0.0/0"] == "active"

    with refused("InvalidParameterValue", "already has an internet gateway"):
        owner.ec2.attach_internet_gateway(InternetGatewayId=gateways[1], VpcId=routed["vpc"])
    with refused("DependencyViolation", gateways[0]):
        owner.ec2.delete_internet_gateway(InternetGatewayId=gateways[0])
    owner.ec2.detach_internet_gateway(InternetGatewayId=gateways[0], VpcId=routed["vpc"])
    assert routes(owner, routed["table"])["0.0.0.0/0"] == "blackhole"


def test_a_vpc_that_an_internet_gateway_is_attached_to_stays(owner: Account) -> None:
    vpc_id = owner.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    gateway = owner.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    owner.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    with refused("DependencyViolation", vpc_id):
        owner.ec2.delete_vpc(VpcId=vpc_id)
    owner.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    owner.ec2.delete_vpc(VpcId=vpc_id)


def test_routes_are_found_by_their_gateway_and_deleted(owner: Account, routed: dict[str, Any]) -> None:
    asked = [{"Name": "route.transit-gateway-id", "Values": [routed["asked"]["TransitGatewayId"]]}]
    found = owner.ec2.describe_route_tables(Filters=asked)["RouteTables"]
    assert [table["RouteTableId"] for table in found] == [routed["table"]]
    owner.ec2.delete_route(RouteTableId=routed["table"], DestinationCidrBlock="10.0.0.0/16")
    assert routes(owner, routed["table"]) == {"10.1.0.0/16": "active"}


def test_a_subnet_is_associated_with_one_table_of_its_vpc(owner: Account) -> None:
    vpc_id, subnets = owner.vpc("10.1.0.0/16")
    first, second = table_of(owner, vpc_id), table_of(owner, vpc_id)
    owner.ec2.associate_route_table(RouteTableId=first, SubnetId=subnets[0])
    with refused("Resource.AlreadyAssociated", second):
        owner.ec2.associate_route_table(RouteTableId=second, SubnetId=subnets[0])
    foreign = table_of(owner, owner.vpc("10.2.0.0/16")[0])
    with refused("InvalidParameterValue", foreign):
        owner.ec2.associate_route_table(RouteTableId=foreign, SubnetId=subnets[0])


def test_what_is_in_use_cannot_be_deleted(owner: Account, routed: dict[str, Any]) -> None:
    subnet = owner.attachment(routed["attachment"])["SubnetIds"][0]
    with refused("DependencyViolation", subnet):
        owner.ec2.delete_subnet(SubnetId=subnet)
    with refused("DependencyViolation", routed["vpc"]):
        owner.ec2.delete_vpc(VpcId=routed["vpc"])
    with refused("DependencyViolation"):
        owner.ec2.delete_route_table(RouteTableId=main_table(owner, routed["vpc"]))


def test_everything_can_be_taken_down_in_order(owner: Account, routed: dict[str, Any]) -> None:
    subnet = owner.attachment(routed["attachment"])["SubnetIds"][0]
    owner.ec2.associate_route_table(RouteTableId=routed["table"], SubnetId=subnet)
    owner.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=routed["attachment"])
    owner.ec2.delete_subnet(SubnetId=subnet)
    owner.ec2.delete_route_table(RouteTableId=routed["table"])
    owner.ec2.delete_vpc(VpcId=routed["vpc"])
    with refused("InvalidVpcID.NotFound"):
        owner.ec2.describe_vpcs(VpcIds=[routed["vpc"]])


def test_a_security_group_that_others_refer_to_or_that_is_the_default_stays(owner: Account) -> None:
    vpc_id, _ = owner.vpc("10.1.0.0/16")
    groups = [
        owner.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"]
        for name in ("callers", "called")
    ]
    owner.ec2.authorize_security_group_ingress(
        GroupId=groups[1],
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": groups[0]}]}
        ],
    )
    with refused("DependencyViolation", groups[0]):
        owner.ec2.delete_security_group(GroupId=groups[0])
    with refused("DependencyViolation", vpc_id):
        owner.ec2.delete_vpc(VpcId=vpc_id)
    found = owner.ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    )
    with refused("CannotDelete"):
        owner.ec2.delete_security_group(GroupId=found["SecurityGroups"][0]["GroupId"])
    owner.ec2.delete_security_group(GroupId=groups[1])
    owner.ec2.delete_security_group(GroupId=groups[0])
