"""Attachments of VPCs as AWS documents them, within an account and across two.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
"""

import pytest

from tests.sandbox.aws.accounts import KONG, OWNER, Account, Landscape, refused

GONE = "tgw-attach-00000000000000000"


def test_within_an_account_it_is_available_and_uses_the_default_table(owner: Account) -> None:
    gateway = owner.gateway()
    id_ = owner.attach(gateway["TransitGatewayId"], "10.1.0.0/16")
    assert owner.attachment(id_)["State"] == "available"
    general = owner.ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"][0]
    table = gateway["Options"]["AssociationDefaultRouteTableId"]
    assert general["Association"] == {"TransitGatewayRouteTableId": table, "State": "associated"}
    assert owner.routes(table) == {"10.1.0.0/16": "propagated active"}


def test_a_gateway_without_defaults_neither_associates_nor_propagates(owner: Account) -> None:
    gateway_id = owner.isolated_gateway()
    table = owner.table(gateway_id)
    owner.attach(gateway_id, "10.1.0.0/16")
    assert (
        "Association" not in owner.ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"][0]
    )
    assert owner.routes(table) == {}


def test_one_subnet_a_zone(owner: Account) -> None:
    """ "You must specify at least one subnet, ... only one subnet per Availability Zone"."""
    gateway_id = owner.isolated_gateway()
    vpc_id, subnets = owner.vpc("10.1.0.0/16")
    again = owner.ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.9.0/24", AvailabilityZone="us-east-2a")
    with refused("DuplicateSubnetsInSameZone"):
        owner.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=[*subnets, again["Subnet"]["SubnetId"]]
        )


def test_subnets_of_another_vpc_or_none_are_refused(owner: Account) -> None:
    gateway_id = owner.isolated_gateway()
    vpc_id, _ = owner.vpc("10.1.0.0/16")
    _, foreign = owner.vpc("10.2.0.0/16")
    with refused("InvalidParameterValue", foreign[0], vpc_id):
        owner.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=foreign
        )
    with refused("InvalidSubnetID.NotFound"):
        owner.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=["subnet-00000000"]
        )


def test_a_vpc_is_attached_to_a_gateway_once(owner: Account) -> None:
    gateway_id = owner.isolated_gateway()
    vpc_id, subnets = owner.vpc("10.1.0.0/16")
    asked = {"TransitGatewayId": gateway_id, "VpcId": vpc_id, "SubnetIds": subnets}
    made = owner.ec2.create_transit_gateway_vpc_attachment(**asked)["TransitGatewayVpcAttachment"]
    with refused("DuplicateTransitGatewayAttachment", gateway_id):
        owner.ec2.create_transit_gateway_vpc_attachment(**asked)
    owner.ec2.delete_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=made["TransitGatewayAttachmentId"]
    )
    owner.ec2.create_transit_gateway_vpc_attachment(**asked)


def test_another_accounts_gateway_must_have_been_shared(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    vpc_id, subnets = landscape.kong.vpc("10.0.0.0/16")
    asked = {"TransitGatewayId": gateway["TransitGatewayId"], "VpcId": vpc_id, "SubnetIds": subnets}
    with refused("InvalidTransitGatewayID.NotFound"):
        landscape.kong.ec2.create_transit_gateway_vpc_attachment(**asked)
    landscape.share(gateway["TransitGatewayArn"], accepted=False)
    with refused("InvalidTransitGatewayID.NotFound"):
        landscape.kong.ec2.create_transit_gateway_vpc_attachment(**asked)
    landscape.accept()
    made = landscape.kong.ec2.create_transit_gateway_vpc_attachment(**asked)["TransitGatewayVpcAttachment"]
    assert made["State"] == "pendingAcceptance"


def test_until_accepted_it_has_no_table_and_no_routes_and_both_owners_see_it(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    id_ = landscape.pending(gateway)
    table = gateway["Options"]["AssociationDefaultRouteTableId"]
    for account in (landscape.owner, landscape.kong):
        seen = account.attachment(id_)
        assert (seen["State"], seen["VpcOwnerId"]) == ("pendingAcceptance", KONG)
    general = landscape.owner.ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"][0]
    assert (general["ResourceOwnerId"], general["TransitGatewayOwnerId"]) == (KONG, OWNER)
    assert "Association" not in general
    assert landscape.owner.routes(table) == {}
    landscape.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    assert landscape.owner.attachment(id_)["State"] == "available"
    assert landscape.owner.routes(table) == {"10.0.0.0/16": "propagated active"}


def test_only_the_gateways_owner_accepts_and_only_once(landscape: Landscape) -> None:
    id_ = landscape.pending(landscape.owner.gateway())
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        landscape.kong.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    landscape.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    with refused("IncorrectState", id_):
        landscape.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)


def test_a_self_accepting_gateway_takes_it_at_once_and_then_accepting_fails(landscape: Landscape) -> None:
    id_ = landscape.pending(landscape.owner.gateway(AutoAcceptSharedAttachments="enable"))
    assert landscape.kong.attachment(id_)["State"] == "available"
    with refused("IncorrectState", id_):
        landscape.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)


def test_a_rejected_one_cannot_be_accepted_any_more_and_no_longer_holds_the_gateway(
    landscape: Landscape,
) -> None:
    gateway = landscape.owner.gateway()
    id_ = landscape.pending(gateway)
    landscape.owner.ec2.reject_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    assert landscape.kong.attachment(id_)["State"] == "rejected"
    with refused("IncorrectState"):
        landscape.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    landscape.owner.ec2.delete_transit_gateway(TransitGatewayId=gateway["TransitGatewayId"])


def test_unsharing_leaves_what_is_attached_attached(landscape: Landscape) -> None:
    """transit-gateway-share.html: an existing attachment keeps working after the share is removed."""
    gateway = landscape.owner.gateway()
    id_ = landscape.pending(gateway)
    share = landscape.owner.ram.get_resource_shares(resourceOwner="SELF")["resourceShares"][0]
    landscape.owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    landscape.owner.ram.delete_resource_share(resourceShareArn=share["resourceShareArn"])
    assert landscape.owner.attachment(id_)["State"] == "available"
    with refused("InvalidTransitGatewayID.NotFound"):
        landscape.kong.attach(gateway["TransitGatewayId"], "10.9.0.0/16")


def test_a_stranger_sees_nothing_of_it(landscape: Landscape) -> None:
    id_ = landscape.pending(landscape.owner.gateway())
    stranger = Account(landscape.cloud, "555566667777")
    assert stranger.ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"] == []
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        stranger.attachment(id_)


def test_deleting_ends_association_and_propagation_and_it_stays_visible_as_deleted(owner: Account) -> None:
    gateway = owner.gateway()
    id_ = owner.attach(gateway["TransitGatewayId"], "10.1.0.0/16")
    table = gateway["Options"]["AssociationDefaultRouteTableId"]
    owner.ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table, DestinationCidrBlock="10.1.7.0/24", TransitGatewayAttachmentId=id_
    )
    owner.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    assert owner.attachment(id_)["State"] == "deleted"
    assert owner.routes(table) == {"10.1.7.0/24": "static blackhole"}
    found = owner.ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=table)
    assert found["Associations"] == []
    enabled = owner.ec2.get_transit_gateway_attachment_propagations(TransitGatewayAttachmentId=id_)
    assert enabled["TransitGatewayAttachmentPropagations"] == []
    with refused("IncorrectState"):
        owner.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)


def test_either_owner_may_delete_it(landscape: Landscape) -> None:
    id_ = landscape.pending(landscape.owner.gateway())
    landscape.owner.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    assert landscape.kong.attachment(id_)["State"] == "deleted"


def test_subnets_and_options_can_be_modified(owner: Account) -> None:
    gateway_id = owner.isolated_gateway()
    vpc_id, subnets = owner.vpc("10.1.0.0/16", subnets=2)
    id_ = owner.ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=subnets[:1]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    owner.ec2.modify_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=id_,
        AddSubnetIds=subnets[1:],
        RemoveSubnetIds=subnets[:1],
        Options={"ApplianceModeSupport": "enable"},
    )
    modified = owner.attachment(id_)
    assert modified["SubnetIds"] == subnets[1:]
    assert modified["Options"]["ApplianceModeSupport"] == "enable"
    with refused("InvalidParameterValue", id_):
        owner.ec2.modify_transit_gateway_vpc_attachment(
            TransitGatewayAttachmentId=id_, RemoveSubnetIds=subnets[1:]
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [("state", "available"), ("vpc-id", "vpc-unknown"), ("transit-gateway-id", "tgw-unknown")],
)
def test_filters_choose(landscape: Landscape, name: str, value: str) -> None:
    landscape.pending(landscape.owner.gateway())
    asked = [{"Name": name, "Values": [value]}]
    found = landscape.owner.ec2.describe_transit_gateway_vpc_attachments(Filters=asked)
    assert found["TransitGatewayVpcAttachments"] == []


def test_the_state_filter_of_the_general_call_chooses_too(landscape: Landscape) -> None:
    id_ = landscape.pending(landscape.owner.gateway())
    for state, expected in (("available", []), ("pendingAcceptance", [id_])):
        found = landscape.owner.ec2.describe_transit_gateway_attachments(
            Filters=[{"Name": "state", "Values": [state]}]
        )
        assert [a["TransitGatewayAttachmentId"] for a in found["TransitGatewayAttachments"]] == expected


def test_one_that_was_never_there_is_an_error(owner: Account) -> None:
    for call in (
        owner.ec2.accept_transit_gateway_vpc_attachment,
        owner.ec2.reject_transit_gateway_vpc_attachment,
        owner.ec2.delete_transit_gateway_vpc_attachment,
        owner.ec2.modify_transit_gateway_vpc_attachment,
    ):
        with refused("InvalidTransitGatewayAttachmentID.NotFound", GONE):
            call(TransitGatewayAttachmentId=GONE)
    with refused("InvalidTransitGatewayAttachmentID.NotFound", GONE):
        owner.attachment(GONE)
