"""Route tables of transit gateways as AWS documents them: associations, propagations, routes, search.

https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html
"""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.aws.accounts import Account, Landscape, refused

NO_TABLE = "tgw-rtb-00000000000000000"


@dataclass
class Hub:
    """A gateway without defaults, a VPC attached to it, a table."""

    account: Account
    gateway: str
    attachment: str
    table: str

    @property
    def ec2(self) -> Any:
        return self.account.ec2

    @property
    def pair(self) -> dict[str, str]:
        return {"TransitGatewayAttachmentId": self.attachment, "TransitGatewayRouteTableId": self.table}

    def route(self, destination: str, **target: object) -> dict[str, str]:
        asked: dict[str, object] = {
            "TransitGatewayRouteTableId": self.table,
            "DestinationCidrBlock": destination,
        }
        asked |= target or {"TransitGatewayAttachmentId": self.attachment}
        made: dict[str, str] = self.ec2.create_transit_gateway_route(**asked)["Route"]
        return made


@pytest.fixture
def hub(owner: Account) -> Hub:
    gateway = owner.isolated_gateway()
    return Hub(owner, gateway, owner.attach(gateway, "10.1.0.0/16"), owner.table(gateway))


def test_an_attachment_is_associated_with_one_table_at_a_time(hub: Hub) -> None:
    hub.ec2.associate_transit_gateway_route_table(**hub.pair)
    second = hub.account.table(hub.gateway)
    for table in (hub.table, second):
        with refused("Resource.AlreadyAssociated", hub.attachment):
            hub.ec2.associate_transit_gateway_route_table(
                TransitGatewayAttachmentId=hub.attachment, TransitGatewayRouteTableId=table
            )
    hub.ec2.disassociate_transit_gateway_route_table(**hub.pair)
    hub.ec2.associate_transit_gateway_route_table(
        TransitGatewayAttachmentId=hub.attachment, TransitGatewayRouteTableId=second
    )
    found = hub.ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=second)
    assert [member["TransitGatewayAttachmentId"] for member in found["Associations"]] == [hub.attachment]


def test_disassociating_what_is_not_associated_is_refused(hub: Hub) -> None:
    with refused("InvalidAssociation.NotFound", hub.attachment, hub.table):
        hub.ec2.disassociate_transit_gateway_route_table(**hub.pair)


def test_a_pending_attachment_can_neither_be_associated_nor_propagate_nor_be_routed_to(
    landscape: Landscape,
) -> None:
    gateway = landscape.owner.gateway()
    pair = {
        "TransitGatewayAttachmentId": landscape.pending(gateway),
        "TransitGatewayRouteTableId": landscape.owner.table(gateway["TransitGatewayId"]),
    }
    ec2 = landscape.owner.ec2
    with refused("IncorrectState"):
        ec2.associate_transit_gateway_route_table(**pair)
    with refused("IncorrectState"):
        ec2.enable_transit_gateway_route_table_propagation(**pair)
    with refused("IncorrectState"):
        ec2.create_transit_gateway_route(**pair, DestinationCidrBlock="10.0.0.0/16")


def test_table_and_attachment_belong_to_one_gateway(hub: Hub) -> None:
    foreign = hub.account.table(hub.account.isolated_gateway())
    pair = {"TransitGatewayAttachmentId": hub.attachment, "TransitGatewayRouteTableId": foreign}
    for call in (
        hub.ec2.associate_transit_gateway_route_table,
        hub.ec2.enable_transit_gateway_route_table_propagation,
    ):
        with refused("InvalidParameterValue", hub.attachment, foreign):
            call(**pair)
    with refused("InvalidParameterValue", hub.attachment):
        hub.ec2.create_transit_gateway_route(**pair, DestinationCidrBlock="10.1.0.0/16")


def test_a_table_with_an_association_cannot_be_deleted(hub: Hub) -> None:
    """DeleteTransitGatewayRouteTable: "you must first run DisassociateRouteTable"."""
    hub.ec2.associate_transit_gateway_route_table(**hub.pair)
    with refused("IncorrectState", hub.table, hub.attachment):
        hub.ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=hub.table)
    hub.ec2.disassociate_transit_gateway_route_table(**hub.pair)
    hub.ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=hub.table)
    with refused("InvalidRouteTableID.NotFound", hub.table):
        hub.ec2.describe_transit_gateway_route_tables(TransitGatewayRouteTableIds=[hub.table])


def test_a_default_table_cannot_be_deleted(owner: Account) -> None:
    table = owner.gateway()["Options"]["AssociationDefaultRouteTableId"]
    with refused("IncorrectState", "default"):
        owner.ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=table)


def test_a_propagation_puts_every_block_of_the_vpc_into_the_table_and_takes_it_out_again(hub: Hub) -> None:
    vpc_id = hub.account.attachment(hub.attachment)["VpcId"]
    hub.ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="10.3.0.0/16")
    hub.ec2.enable_transit_gateway_route_table_propagation(**hub.pair)
    assert hub.account.routes(hub.table) == {
        "10.1.0.0/16": "propagated active",
        "10.3.0.0/16": "propagated active",
    }
    with refused("TransitGatewayRouteTablePropagation.Duplicate"):
        hub.ec2.enable_transit_gateway_route_table_propagation(**hub.pair)
    found = hub.ec2.get_transit_gateway_attachment_propagations(TransitGatewayAttachmentId=hub.attachment)
    assert [p["TransitGatewayRouteTableId"] for p in found["TransitGatewayAttachmentPropagations"]] == [
        hub.table
    ]
    hub.ec2.disable_transit_gateway_route_table_propagation(**hub.pair)
    assert hub.account.routes(hub.table) == {}
    with refused("TransitGatewayRouteTablePropagation.NotFound"):
        hub.ec2.disable_transit_gateway_route_table_propagation(**hub.pair)


def test_a_vpc_that_overlaps_one_attached_before_is_silently_not_propagated(hub: Hub) -> None:
    """tgw-vpc-attachments.html: "the routes for the newly attached VPC aren't propagated"."""
    later = hub.account.attach(hub.gateway, "10.1.0.0/17")
    for attachment in (later, hub.attachment):
        hub.ec2.enable_transit_gateway_route_table_propagation(
            TransitGatewayAttachmentId=attachment, TransitGatewayRouteTableId=hub.table
        )
    assert hub.account.routes(hub.table) == {"10.1.0.0/16": "propagated active"}


def test_a_static_route_hides_the_propagated_one_of_the_same_destination(hub: Hub) -> None:
    """how-transit-gateways-work.html, route evaluation order: static before propagated."""
    hub.ec2.enable_transit_gateway_route_table_propagation(**hub.pair)
    hub.route("10.1.0.0/16", Blackhole=True)
    assert hub.account.routes(hub.table) == {"10.1.0.0/16": "static blackhole"}
    hub.ec2.delete_transit_gateway_route(
        TransitGatewayRouteTableId=hub.table, DestinationCidrBlock="10.1.0.0/16"
    )
    assert hub.account.routes(hub.table) == {"10.1.0.0/16": "propagated active"}


def test_a_route_says_what_it_leads_to(hub: Hub) -> None:
    made = hub.route("10.1.0.0/16")
    vpc_id = hub.account.attachment(hub.attachment)["VpcId"]
    assert made == {
        "DestinationCidrBlock": "10.1.0.0/16",
        "TransitGatewayAttachments": [
            {
                "ResourceId": vpc_id,
                "TransitGatewayAttachmentId": hub.attachment,
                "ResourceType": "vpc",
            }
        ],
        "Type": "static",
        "State": "active",
    }


def test_one_static_route_a_destination(hub: Hub) -> None:
    hub.route("10.1.0.0/16")
    with refused("RouteAlreadyExists", "10.1.0.0/16"):
        hub.route("10.1.0.0/16", Blackhole=True)


def test_replacing_leads_an_existing_route_elsewhere(hub: Hub) -> None:
    asked = {
        "TransitGatewayRouteTableId": hub.table,
        "DestinationCidrBlock": "10.1.0.0/16",
        "Blackhole": True,
    }
    with refused("InvalidRoute.NotFound"):
        hub.ec2.replace_transit_gateway_route(**asked)
    hub.route("10.1.0.0/16")
    hub.ec2.replace_transit_gateway_route(**asked)
    assert hub.account.routes(hub.table) == {"10.1.0.0/16": "static blackhole"}


def test_a_route_needs_either_an_attachment_or_to_be_a_blackhole(hub: Hub) -> None:
    with refused("MissingParameter"):
        hub.route("10.1.0.0/16", Blackhole=False)
    with refused("InvalidParameterCombination"):
        hub.route("10.1.0.0/16", Blackhole=True, TransitGatewayAttachmentId=hub.attachment)


@pytest.mark.parametrize("cidr", ["10.1.0.5/16", "10.1.0.0/40", "words"])
def test_a_destination_is_a_block_without_host_bits(hub: Hub, cidr: str) -> None:
    with refused("InvalidParameterValue", cidr):
        hub.route(cidr)


def test_a_bogus_attachment_is_refused(hub: Hub) -> None:
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        hub.route("10.1.0.0/16", TransitGatewayAttachmentId="tgw-attach-00000000000000000")
    with refused("InvalidTransitGatewayAttachmentID.Malformed"):
        hub.route("10.1.0.0/16", TransitGatewayAttachmentId="attachment")


def test_only_static_routes_can_be_deleted(hub: Hub) -> None:
    hub.ec2.enable_transit_gateway_route_table_propagation(**hub.pair)
    with refused("InvalidRoute.NotFound", "10.1.0.0/16"):
        hub.ec2.delete_transit_gateway_route(
            TransitGatewayRouteTableId=hub.table, DestinationCidrBlock="10.1.0.0/16"
        )


def test_static_routes_outlive_their_attachment_as_blackholes(hub: Hub) -> None:
    hub.route("10.1.0.0/16")
    hub.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=hub.attachment)
    assert hub.account.routes(hub.table) == {"10.1.0.0/16": "static blackhole"}
    hub.ec2.delete_transit_gateway_route(
        TransitGatewayRouteTableId=hub.table, DestinationCidrBlock="10.1.0.0/16"
    )


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("type", "static", {"10.1.7.0/24", "10.0.0.0/8"}),
        ("type", "propagated", {"10.1.0.0/16"}),
        ("state", "blackhole", {"10.0.0.0/8"}),
        ("attachment.resource-type", "vpc", {"10.1.0.0/16", "10.1.7.0/24"}),
        ("attachment.resource-id", "vpc-of-nobody", set()),
        ("route-search.exact-match", "10.1.0.0/16", {"10.1.0.0/16"}),
        ("route-search.longest-prefix-match", "10.1.7.9", {"10.1.7.0/24"}),
        ("route-search.longest-prefix-match", "10.1.8.9", {"10.1.0.0/16"}),
        ("route-search.longest-prefix-match", "192.168.0.1", set()),
        ("route-search.subnet-of-match", "10.1.0.0/16", {"10.1.0.0/16", "10.1.7.0/24"}),
        ("route-search.supernet-of-match", "10.1.7.0/24", {"10.0.0.0/8", "10.1.0.0/16", "10.1.7.0/24"}),
    ],
)
def test_search_filters_by_what_they_say(hub: Hub, name: str, value: str, found: set[str]) -> None:
    hub.ec2.enable_transit_gateway_route_table_propagation(**hub.pair)
    hub.route("10.1.7.0/24")
    hub.route("10.0.0.0/8", Blackhole=True)
    asked = [{"Name": name, "Values": [value]}]
    answer = hub.ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=hub.table, Filters=asked)
    assert {route["DestinationCidrBlock"] for route in answer["Routes"]} == found


def test_a_search_says_when_there_is_more(hub: Hub) -> None:
    for number in range(6):
        hub.route(f"10.{number}.0.0/16", Blackhole=True)
    answer = hub.ec2.search_transit_gateway_routes(
        TransitGatewayRouteTableId=hub.table, Filters=[{"Name": "type", "Values": ["static"]}], MaxResults=5
    )
    assert len(answer["Routes"]) == 5
    assert answer["AdditionalRoutesAvailable"] is True


def test_an_unknown_table_is_an_error_for_every_call(hub: Hub) -> None:
    pair = {"TransitGatewayAttachmentId": hub.attachment, "TransitGatewayRouteTableId": NO_TABLE}
    ec2 = hub.ec2
    for call in (
        lambda: ec2.associate_transit_gateway_route_table(**pair),
        lambda: ec2.enable_transit_gateway_route_table_propagation(**pair),
        lambda: ec2.create_transit_gateway_route(**pair, DestinationCidrBlock="10.1.0.0/16"),
        lambda: ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=NO_TABLE),
        lambda: ec2.get_transit_gateway_route_table_propagations(TransitGatewayRouteTableId=NO_TABLE),
        lambda: ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=NO_TABLE),
        lambda: hub.account.routes(NO_TABLE),
    ):
        with refused("InvalidRouteTableID.NotFound", NO_TABLE):
            call()


def test_who_was_given_a_share_sees_no_route_tables(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    landscape.pending(gateway)
    found = landscape.kong.ec2.describe_transit_gateway_route_tables()
    assert found["TransitGatewayRouteTables"] == []
    with refused("InvalidRouteTableID.NotFound"):
        landscape.kong.routes(gateway["Options"]["AssociationDefaultRouteTableId"])
