"""What AWS takes its time over, by a clock that is turned here, and what it refuses meanwhile.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayVpcAttachment.html and its neighbours
"""

from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from kong_secure.sandbox.aws.cloud import Cloud, Delays
from kong_secure.sandbox.clock import Clock
from tests.sandbox.aws.accounts import OWNER, Account, Landscape, refused
from tests.sandbox.aws.provider import driver as d
from tests.sandbox.aws.provider.conftest import OFF
from tests.sandbox.aws.provider.driver import StandIn

MINUTE = 60.0


class Slow:
    """A landscape in which everything takes a minute, and its clock, which stands still."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.freeze()
        delays = Delays(MINUTE, MINUTE, MINUTE, MINUTE, MINUTE)
        self.landscape = Landscape(Cloud(self.clock, delays))
        self.owner = self.landscape.owner

    def minute(self) -> None:
        self.clock.advance(MINUTE)

    def gateway(self) -> str:
        made = self.owner.isolated_gateway()
        self.minute()
        return made


@pytest.fixture
def slow() -> Slow:
    return Slow()


def state(account: Account, attachment_id: str) -> str:
    return str(account.attachment(attachment_id)["State"])


def test_nothing_is_attached_to_a_gateway_and_no_table_made_before_it_is_available(slow: Slow) -> None:
    id_ = slow.owner.isolated_gateway()
    too_early: list[Callable[[], Any]] = [
        lambda: slow.owner.attach(id_, "10.1.0.0/16"),
        lambda: slow.owner.table(id_),
        lambda: slow.owner.ec2.modify_transit_gateway(TransitGatewayId=id_, Description="x"),
        lambda: slow.owner.ec2.delete_transit_gateway(TransitGatewayId=id_),
    ]
    for call in too_early:
        with refused("IncorrectState", id_):
            call()
    slow.minute()
    slow.owner.table(id_)
    assert state(slow.owner, slow.owner.attach(id_, "10.2.0.0/16")) == "pending"


def test_routes_and_associations_wait_for_attachment_and_table(slow: Slow) -> None:
    gateway = slow.gateway()
    attachment = slow.owner.attach(gateway, "10.1.0.0/16")
    table = slow.owner.table(gateway)
    pair = {"TransitGatewayAttachmentId": attachment, "TransitGatewayRouteTableId": table}
    calls: list[Callable[[], Any]] = [
        lambda: slow.owner.ec2.associate_transit_gateway_route_table(**pair),
        lambda: slow.owner.ec2.enable_transit_gateway_route_table_propagation(**pair),
        lambda: slow.owner.ec2.create_transit_gateway_route(**pair, DestinationCidrBlock="10.1.0.0/16"),
    ]
    for too_early in calls:
        with refused("IncorrectState", table):
            too_early()
    slow.minute()
    for in_time in calls:
        in_time()
    assert slow.owner.routes(table) == {"10.1.0.0/16": "static active"}
    late = slow.owner.attach(gateway, "10.2.0.0/16")
    with refused("IncorrectState", late):
        slow.owner.ec2.associate_transit_gateway_route_table(
            TransitGatewayAttachmentId=late, TransitGatewayRouteTableId=table
        )


def test_an_association_is_made_and_ended_in_time_and_keeps_its_table_until_then(slow: Slow) -> None:
    gateway = slow.gateway()
    attachment = slow.owner.attach(gateway, "10.1.0.0/16")
    tables = [slow.owner.table(gateway) for _ in range(2)]
    slow.minute()
    pairs = [
        {"TransitGatewayAttachmentId": attachment, "TransitGatewayRouteTableId": table} for table in tables
    ]
    ec2 = slow.owner.ec2

    def seen() -> list[str]:
        found = ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=tables[0])
        return [each["State"] for each in found["Associations"]]

    ec2.associate_transit_gateway_route_table(**pairs[0])
    assert seen() == ["associating"]
    with refused("IncorrectState", attachment):
        ec2.disassociate_transit_gateway_route_table(**pairs[0])
    slow.minute()
    assert seen() == ["associated"]
    ec2.disassociate_transit_gateway_route_table(**pairs[0])
    assert seen() == ["disassociating"]
    with refused("Resource.AlreadyAssociated", attachment):
        ec2.associate_transit_gateway_route_table(**pairs[1])
    with refused("IncorrectState", tables[0]):
        ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=tables[0])
    slow.minute()
    assert seen() == []
    ec2.associate_transit_gateway_route_table(**pairs[1])


def test_what_an_attachment_occupies_is_free_once_it_is_deleted(slow: Slow) -> None:
    gateway, ec2 = slow.gateway(), slow.owner.ec2
    attachment = slow.owner.attach(gateway, "10.1.0.0/16")
    with refused("IncorrectState", attachment):
        ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    slow.minute()
    described = slow.owner.attachment(attachment)
    [subnet] = described["SubnetIds"]
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    assert state(slow.owner, attachment) == "deleting"
    with refused("IncorrectState", gateway):
        ec2.delete_transit_gateway(TransitGatewayId=gateway)
    with refused("DependencyViolation", subnet):
        ec2.delete_subnet(SubnetId=subnet)
    with refused("DuplicateTransitGatewayAttachment", gateway):
        ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway, VpcId=described["VpcId"], SubnetIds=[subnet]
        )
    slow.minute()
    assert state(slow.owner, attachment) == "deleted"
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_transit_gateway(TransitGatewayId=gateway)


def test_a_share_reaches_nobody_before_it_holds_the_gateway_and_acceptance_takes_its_time(slow: Slow) -> None:
    gateway, kong = slow.gateway(), slow.landscape.kong
    found = slow.owner.ec2.describe_transit_gateways(TransitGatewayIds=[gateway])["TransitGateways"]
    slow.landscape.share(found[0]["TransitGatewayArn"])
    with refused("InvalidTransitGatewayID.NotFound", gateway):
        kong.attach(gateway, "10.0.0.0/16")
    slow.minute()
    attachment = kong.attach(gateway, "10.3.0.0/16")
    assert state(slow.owner, attachment) == "pendingAcceptance"
    slow.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    assert state(kong, attachment) == "pending"
    with refused("IncorrectState", attachment):
        slow.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    slow.minute()
    assert state(kong, attachment) == "available"


def test_what_is_under_way_is_kept_in_the_file(slow: Slow, tmp_path: Path) -> None:
    attachment = slow.owner.attach(slow.gateway(), "10.1.0.0/16")
    slow.landscape.cloud.save(tmp_path / "aws")
    again = Account(Cloud.load(tmp_path / "aws", slow.clock), OWNER)
    assert state(again, attachment) == "pending"
    slow.minute()
    assert state(again, attachment) == "available"


def frozen(delays: Delays) -> tuple[Clock, Cloud]:
    clock = Clock()
    clock.freeze()
    return clock, Cloud(clock, delays)


def test_the_stand_in_waits_as_pulumi_aws_does() -> None:
    clock, cloud = frozen(Delays(gateway=MINUTE))
    stand_in, timer = StandIn(30.0, cloud), Timer(0.1, lambda: clock.advance(MINUTE))
    timer.start()
    gateway = stand_in.driver().create(d.GATEWAY, {})
    timer.join()
    stand_in.close()
    assert cloud.records.gateways[gateway.id].state == "available"


def test_the_stand_in_waits_no_longer_than_its_patience() -> None:
    _, cloud = frozen(Delays(gateway=MINUTE))
    stand_in = StandIn(0.05, cloud)
    with pytest.raises(Exception, match=r"waiting for EC2 Transit Gateway \(tgw-.*\) create: timeout"):
        stand_in.driver().create(d.GATEWAY, {})
    stand_in.close()


def test_an_association_that_is_under_way_is_waited_for_where_aws_provider_does_and_only_there() -> None:
    cloud = Cloud(Clock(), Delays(attachment=0.01, association=0.3))
    stand_in = StandIn(30.0, cloud)
    aws = stand_in.driver()
    gateway = aws.create(d.GATEWAY, {"autoAcceptSharedAttachments": "enable"})
    vpc, subnets = aws.account.vpc("10.1.0.0/16")
    wanted = {"transitGatewayId": gateway.id, "vpcId": vpc, "subnetIds": subnets}
    made = aws.create(d.VPC_ATTACHMENT, {**wanted, **OFF})
    assert cloud.records.attachments[made.id].table_id is None

    landscape = Landscape(cloud)
    landscape.owner = aws.account
    table = aws.create(d.TABLE, {"transitGatewayId": gateway.id})
    pair = {
        "transitGatewayAttachmentId": landscape.pending(
            {"TransitGatewayArn": gateway.outputs["arn"], "TransitGatewayId": gateway.id}
        ),
        "transitGatewayRouteTableId": table.id,
    }
    cloud.clock.advance(0.01)
    with pytest.raises(Exception, match="in unexpected state: associating"):
        aws.create(d.ASSOCIATION, {**pair, "replaceExistingAssociation": True})
    cloud.clock.advance(0.3)
    aws.create(d.ASSOCIATION, {**pair, "replaceExistingAssociation": True})
    stand_in.close()
