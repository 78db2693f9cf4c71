"""Transit gateways as AWS documents them.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGateway.html and its neighbours;
https://docs.aws.amazon.com/vpc/latest/tgw/delete-tgw.html
"""

from typing import Any

from tests.sandbox.aws.accounts import KONG, OWNER, REGION, Account, Landscape, refused


def names(found: dict[str, Any]) -> list[str]:
    return [gateway["TransitGatewayId"] for gateway in found["TransitGateways"]]


def test_a_new_gateway_has_the_documented_defaults_and_one_default_route_table(owner: Account) -> None:
    gateway = owner.gateway()
    options = gateway["Options"]
    assert options["AmazonSideAsn"] == 64512
    assert options["AutoAcceptSharedAttachments"] == "disable"
    assert options["AssociationDefaultRouteTableId"] == options["PropagationDefaultRouteTableId"]
    assert gateway["OwnerId"] == OWNER
    assert gateway["TransitGatewayArn"] == (
        f"arn:aws:ec2:{REGION}:{OWNER}:transit-gateway/{gateway['TransitGatewayId']}"
    )
    tables = owner.ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    assert [table["DefaultAssociationRouteTable"] for table in tables] == [True]


def test_without_default_association_and_propagation_there_is_no_default_route_table(owner: Account) -> None:
    """CreateTransitGateway: "If you disable automatic route propagation, we do not create ..."."""
    gateway = owner.gateway(DefaultRouteTableAssociation="disable", DefaultRouteTablePropagation="disable")
    assert "AssociationDefaultRouteTableId" not in gateway["Options"]
    assert owner.ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []


def test_modifying_names_default_tables_of_this_gateway_alone(owner: Account) -> None:
    gateway_id, other = owner.isolated_gateway(), owner.isolated_gateway()
    foreign = owner.table(other)
    with refused("InvalidParameterValue", foreign):
        owner.ec2.modify_transit_gateway(
            TransitGatewayId=gateway_id,
            Options={
                "DefaultRouteTableAssociation": "enable",
                "AssociationDefaultRouteTableId": foreign,
            },
        )
    table = owner.table(gateway_id)
    modified = owner.ec2.modify_transit_gateway(
        TransitGatewayId=gateway_id,
        Description="now described",
        Options={"DefaultRouteTableAssociation": "enable", "AssociationDefaultRouteTableId": table},
    )["TransitGateway"]
    assert modified["Options"]["AssociationDefaultRouteTableId"] == table
    assert modified["Description"] == "now described"


def test_modifying_can_take_the_default_tables_away(owner: Account) -> None:
    gateway = owner.gateway()
    modified = owner.ec2.modify_transit_gateway(
        TransitGatewayId=gateway["TransitGatewayId"], Options={"DefaultRouteTablePropagation": "disable"}
    )["TransitGateway"]
    assert "PropagationDefaultRouteTableId" not in modified["Options"]


def test_an_unknown_gateway_is_an_error_and_no_empty_list(owner: Account) -> None:
    with refused("InvalidTransitGatewayID.NotFound", "tgw-00000000000000000 was deleted or does not exist"):
        owner.ec2.describe_transit_gateways(TransitGatewayIds=["tgw-00000000000000000"])


def test_an_arn_where_an_id_belongs_is_malformed(owner: Account) -> None:
    with refused("InvalidTransitGatewayID.Malformed"):
        owner.ec2.describe_transit_gateways(TransitGatewayIds=[owner.gateway()["TransitGatewayArn"]])


def test_filters_choose_and_an_unknown_one_is_refused(owner: Account) -> None:
    owner.gateway()
    wanted = owner.gateway(AutoAcceptSharedAttachments="enable")["TransitGatewayId"]
    accepting = [{"Name": "options.auto-accept-shared-attachments", "Values": ["enable"]}]
    assert names(owner.ec2.describe_transit_gateways(Filters=accepting)) == [wanted]
    with refused("InvalidParameterValue", "colour"):
        owner.ec2.describe_transit_gateways(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_a_gateway_is_seen_by_another_account_once_shared_and_accepted(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    assert names(landscape.kong.ec2.describe_transit_gateways()) == []
    landscape.share(gateway["TransitGatewayArn"], accepted=False)
    assert names(landscape.kong.ec2.describe_transit_gateways()) == []
    landscape.accept()
    assert names(landscape.kong.ec2.describe_transit_gateways()) == [gateway["TransitGatewayId"]]


def test_who_was_given_a_share_may_not_change_the_gateway(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    landscape.share(gateway["TransitGatewayArn"])
    with refused("InvalidTransitGatewayID.NotFound"):
        landscape.kong.ec2.delete_transit_gateway(TransitGatewayId=gateway["TransitGatewayId"])
    with refused("InvalidTransitGatewayID.NotFound"):
        landscape.kong.ec2.create_transit_gateway_route_table(TransitGatewayId=gateway["TransitGatewayId"])


def test_a_gateway_of_another_region_is_not_there(landscape: Landscape) -> None:
    gateway_id = landscape.owner.gateway()["TransitGatewayId"]
    elsewhere = Account(landscape.cloud, OWNER, "eu-central-1")
    with refused("InvalidTransitGatewayID.NotFound"):
        elsewhere.ec2.describe_transit_gateways(TransitGatewayIds=[gateway_id])


def test_a_gateway_with_an_attachment_cannot_be_deleted(landscape: Landscape) -> None:
    """delete-tgw.html: "You can't delete a transit gateway with existing attachments"."""
    gateway = landscape.owner.gateway()
    attachment_id = landscape.pending(gateway)
    with refused("IncorrectState", f"has non-deleted VPC Attachments: {attachment_id}."):
        landscape.owner.ec2.delete_transit_gateway(TransitGatewayId=gateway["TransitGatewayId"])
    landscape.kong.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    landscape.owner.ec2.delete_transit_gateway(TransitGatewayId=gateway["TransitGatewayId"])
    assert names(landscape.owner.ec2.describe_transit_gateways()) == []
    assert landscape.owner.ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []


def test_tags_given_at_creation_and_later_are_the_accounts_own(landscape: Landscape) -> None:
    tags = [{"ResourceType": "transit-gateway", "Tags": [{"Key": "Name", "Value": "hub"}]}]
    gateway = landscape.owner.ec2.create_transit_gateway(TagSpecifications=tags)["TransitGateway"]
    landscape.share(gateway["TransitGatewayArn"])
    landscape.kong.ec2.create_tags(
        Resources=[gateway["TransitGatewayId"]], Tags=[{"Key": "Name", "Value": "theirs"}]
    )
    seen = landscape.owner.ec2.describe_transit_gateways(Filters=[{"Name": "tag:Name", "Values": ["hub"]}])
    assert names(seen) == [gateway["TransitGatewayId"]]
    assert landscape.kong.ec2.describe_transit_gateways()["TransitGateways"][0]["Tags"] == [
        {"Key": "Name", "Value": "theirs"}
    ]


def test_what_is_not_there_cannot_be_tagged(owner: Account) -> None:
    for id_, code in (
        ("tgw-00000000000000000", "InvalidTransitGatewayID.NotFound"),
        ("tgw-attach-00000000000000000", "InvalidTransitGatewayAttachmentID.NotFound"),
        ("tgw-rtb-00000000000000000", "InvalidRouteTableID.NotFound"),
    ):
        with refused(code, id_):
            owner.ec2.create_tags(Resources=[id_], Tags=[{"Key": "a", "Value": "b"}])


def test_a_call_that_the_sandbox_does_not_implement_is_refused_by_name(owner: Account) -> None:
    with refused("UnsupportedOperation", "CreateNetworkInsightsPath"):
        owner.ec2.create_network_insights_path(Source="eni-1", Protocol="tcp", ClientToken="once")


def test_everybody_knows_who_they_are(landscape: Landscape) -> None:
    for number in (OWNER, KONG):
        sts = landscape.cloud.client("sts", number, REGION)
        assert sts.get_caller_identity()["Account"] == number
