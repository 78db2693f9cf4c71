"""A stand-in for each test, and one of everything in it."""

from collections.abc import Iterator

import pytest

from kong_secure.sandbox.engine.state import Resource
from tests.sandbox.aws.accounts import KONG, Account
from tests.sandbox.aws.provider import driver as d
from tests.sandbox.aws.provider.driver import Driver, StandIn

OFF = {
    "transitGatewayDefaultRouteTableAssociation": False,
    "transitGatewayDefaultRouteTablePropagation": False,
}


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.close()


@pytest.fixture
def aws(stand_in: StandIn) -> Driver:
    """The default provider."""
    return stand_in.driver()


def offered(sender: Account, receiver: str) -> str:
    """The ARN of a share that an account offers another, with nothing in it."""
    made = sender.ram.create_resource_share(name="offered", principals=[receiver])
    return str(made["resourceShare"]["resourceShareArn"])


@pytest.fixture
def everything(stand_in: StandIn, aws: Driver) -> dict[str, Resource]:
    """One resource of every type, by token, in an order in which each comes after what it needs."""
    made: dict[str, Resource] = {}

    def make(token: str, **inputs: object) -> Resource:
        made[token] = aws.create(token, {**inputs})
        return made[token]

    gateway = make(
        d.GATEWAY, defaultRouteTableAssociation="disable", defaultRouteTablePropagation="disable"
    ).id
    share = make(d.SHARE, allowExternalPrincipals=True).id
    make(d.RESOURCE_ASSOCIATION, resourceArn=made[d.GATEWAY].outputs["arn"], resourceShareArn=share)
    make(d.PRINCIPAL_ASSOCIATION, principal=KONG, resourceShareArn=share)
    vpc = make(d.VPC, cidrBlock="10.1.0.0/16").id
    subnet = make(d.SUBNET, vpcId=vpc, cidrBlock="10.1.1.0/24", availabilityZone="us-east-2a").id
    attachment = make(d.VPC_ATTACHMENT, transitGatewayId=gateway, vpcId=vpc, subnetIds=[subnet], **OFF).id
    kong = Account(stand_in.cloud, KONG)
    for invitation in kong.ram.get_resource_share_invitations()["resourceShareInvitations"]:
        kong.ram.accept_resource_share_invitation(
            resourceShareInvitationArn=invitation["resourceShareInvitationArn"]
        )
    make(d.SHARE_ACCEPTER, shareArn=offered(kong, aws.account.number))
    make(d.ACCEPTER, transitGatewayAttachmentId=kong.attach(gateway, "10.0.0.0/16"), **OFF)
    table = make(d.TABLE, transitGatewayId=gateway).id
    pair = {"transitGatewayAttachmentId": attachment, "transitGatewayRouteTableId": table}
    make(d.ASSOCIATION, **pair)
    make(d.PROPAGATION, **pair)
    make(d.TRANSIT_ROUTE, **pair, destinationCidrBlock="10.1.0.0/24")
    vpc_table = make(d.ROUTE_TABLE, vpcId=vpc).id
    make(d.TABLE_ASSOCIATION, routeTableId=vpc_table, subnetId=subnet)
    make(d.ROUTE, routeTableId=vpc_table, destinationCidrBlock="10.0.0.0/16", transitGatewayId=gateway)
    internet = make(d.INTERNET_GATEWAY).id
    make(d.INTERNET_ATTACHMENT, internetGatewayId=internet, vpcId=vpc)
    group = make(d.GROUP, vpcId=vpc).id
    rule = {"securityGroupId": group, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    make(d.INGRESS_RULE, **rule, cidrIpv4="10.0.0.0/16")
    make(d.EGRESS_RULE, **rule, cidrIpv4="10.0.0.0/16")
    return made
