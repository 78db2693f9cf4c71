"""What the stand-in refuses, and in which words: those of pulumi-aws where it has some."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.provider.calls import RefusedError, doing
from kong_secure.sandbox.aws.provider.server import PATIENCE_SECONDS
from kong_secure.sandbox.engine.plugins import ProviderError
from kong_secure.sandbox.engine.state import Resource
from tests.sandbox.aws.accounts import KONG, REGION
from tests.sandbox.aws.provider import driver as d
from tests.sandbox.aws.provider.driver import Driver, StandIn
from tests.sandbox.provider_driver import RefusedInputsError


def test_a_type_it_does_not_know_is_refused_by_name(aws: Driver) -> None:
    with pytest.raises(ProviderError, match=r"has no type aws:s3/bucket:Bucket; it has .*TransitGateway"):
        aws.create("aws:s3/bucket:Bucket", {})


def test_a_function_it_does_not_know_is_refused_by_name(aws: Driver) -> None:
    with pytest.raises(ProviderError, match="has no function aws:s3/getBucket:getBucket"):
        aws.invoke("aws:s3/getBucket:getBucket")
    with pytest.raises(ProviderError, match="doesn't know colour of aws:index/getRegion:getRegion"):
        aws.invoke("aws:index/getRegion:getRegion", colour="red")


@pytest.mark.parametrize(
    ("token", "inputs", "property_", "reason"),
    [
        (d.GATEWAY, {"encryptionSupport": "enable"}, "encryptionSupport", "doesn't know the property"),
        (d.GATEWAY, {"dnsSupport": "on"}, "dnsSupport", "expected it to be one of"),
        (d.GATEWAY, {"amazonSideAsn": "many"}, "amazonSideAsn", "expected integer, got str"),
        (d.GATEWAY, {"tags": ["a"]}, "tags", "expected map, got list"),
        (d.TABLE, {}, "", "Missing required property 'transitGatewayId'"),
        (d.VPC, {"cidrBlock": "10.1.0.5/16"}, "cidrBlock", 'did you mean "10.1.0.0/16"?'),
        (d.VPC, {"cidrBlock": "words"}, "cidrBlock", '"words" is not a valid IPv4 CIDR block'),
        (
            d.TRANSIT_ROUTE,
            {"transitGatewayRouteTableId": "tgw-rtb-1", "destinationCidrBlock": "10.1.0.5/16"},
            "destinationCidrBlock",
            'did you mean "10.1.0.0/16"?',
        ),
        (
            d.PRINCIPAL_ASSOCIATION,
            {"principal": "kong", "resourceShareArn": "arn:x"},
            "principal",
            "12 digits",
        ),
        (d.RESOURCE_ASSOCIATION, {"resourceArn": "tgw-1", "resourceShareArn": "arn:x"}, "resourceArn", "ARN"),
        (
            d.SUBNET,
            {
                "vpcId": "vpc-1",
                "cidrBlock": "10.1.1.0/24",
                "availabilityZone": "us-east-2a",
                "availabilityZoneId": "use2-az1",
            },
            "",
            "conflicts with availabilityZoneId",
        ),
        (
            d.INGRESS_RULE,
            {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 1, "toPort": 2},
            "",
            "Exactly one of these attributes must be configured",
        ),
        (
            d.INGRESS_RULE,
            {"securityGroupId": "sg-1", "ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/8"},
            "",
            "fromPort and toPort are needed",
        ),
        (
            d.ROUTE,
            {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"},
            "",
            "one of `gatewayId,natGatewayId,transitGatewayId` must be specified",
        ),
        (d.GROUP, {"ingress": [{"protocol": "tcp", "colour": 1}]}, "ingress", "colour of an inline rule"),
    ],
)
def test_inputs_are_refused_when_checked(
    aws: Driver, token: str, inputs: dict[str, Any], property_: str, reason: str
) -> None:
    with pytest.raises(RefusedInputsError) as caught:
        aws.checked(token, inputs)
    (failure,) = caught.value.failures
    assert failure.property == property_
    assert reason in failure.reason


def test_accepting_what_is_not_pending_is_incorrect_state(
    aws: Driver, everything: dict[str, Resource]
) -> None:
    id_ = everything[d.ACCEPTER].id
    with pytest.raises(ProviderError) as caught:
        aws.create(d.ACCEPTER, {"transitGatewayAttachmentId": id_})
    text = str(caught.value)
    assert text.startswith(f"1 error occurred:\n\t* accepting EC2 Transit Gateway VPC Attachment ({id_}): ")
    assert (
        "operation error EC2: AcceptTransitGatewayVpcAttachment, https response error StatusCode: 400" in text
    )
    assert "api error IncorrectState: " in text


def test_ram_is_named_as_the_service_that_refuses(aws: Driver, everything: dict[str, Resource]) -> None:
    with pytest.raises(
        ProviderError, match=r"operation error RAM: AssociateResourceShare.*MalformedArnException"
    ):
        aws.create(
            d.RESOURCE_ASSOCIATION,
            {"resourceArn": "arn:aws:ec2:x", "resourceShareArn": everything[d.SHARE].id},
        )


def test_an_association_that_is_there_already_is_refused(
    aws: Driver, everything: dict[str, Resource]
) -> None:
    with pytest.raises(ProviderError, match=r"RAM Principal Association \(.*\) already exists"):
        aws.create(d.PRINCIPAL_ASSOCIATION, {"principal": KONG, "resourceShareArn": everything[d.SHARE].id})
    pair = everything[d.ASSOCIATION]
    again = {key: pair.inputs[key] for key in ("transitGatewayAttachmentId", "transitGatewayRouteTableId")}
    with pytest.raises(ProviderError, match=r"api error Resource\.AlreadyAssociated"):
        aws.create(d.ASSOCIATION, again)
    aws.create(d.ASSOCIATION, {**again, "replaceExistingAssociation": True})


def test_a_share_is_for_the_organization_alone_unless_it_says_otherwise(
    aws: Driver, everything: dict[str, Resource]
) -> None:
    share = aws.create(d.SHARE, {}, "closed")
    with pytest.raises(ProviderError, match="api error OperationNotPermittedException"):
        aws.create(d.PRINCIPAL_ASSOCIATION, {"principal": KONG, "resourceShareArn": share.id})


def test_a_share_that_nobody_offers_cannot_be_accepted(aws: Driver, everything: dict[str, Resource]) -> None:
    for share_arn in (everything[d.SHARE].id, everything[d.SHARE_ACCEPTER].id):  # its own; accepted already
        with pytest.raises(ProviderError, match=r"No RAM Resource Share \(.*\) invitation found"):
            aws.create(d.SHARE_ACCEPTER, {"shareArn": share_arn})


def test_parameters_that_boto3_refuses_are_an_error_of_the_resource() -> None:
    ec2 = Cloud().client("ec2", KONG, REGION)
    refused = pytest.raises(RefusedError, match="creating a thing: Parameter validation failed")
    with refused, doing("creating a thing"):
        ec2.create_transit_gateway(Options="words")


# --- what is waited for ---


def test_patience_is_what_pulumi_aws_has() -> None:
    assert PATIENCE_SECONDS == 300.0


@pytest.fixture
def patient() -> Iterator[StandIn]:
    made = StandIn(patience=20.0)
    yield made
    made.close()


def test_a_delete_waits_for_what_is_still_going_away(patient: StandIn) -> None:
    """terraform-provider-aws repeats DeleteTransitGateway while it is IncorrectState."""
    aws = patient.driver()
    gateway = aws.create(d.GATEWAY, {})
    attachment = aws.account.attach(gateway.id, "10.1.0.0/16")
    timer = threading.Timer(
        0.3,
        lambda: aws.account.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment),
    )
    timer.start()
    aws.delete(gateway)
    timer.join()
    assert aws.read(gateway) is None


def test_a_route_waits_for_an_attachment_that_is_on_its_way(patient: StandIn) -> None:
    """terraform-provider-aws repeats CreateRoute while it is InvalidTransitGatewayID.NotFound."""
    aws = patient.driver()
    gateway = aws.create(d.GATEWAY, {})
    vpc_id, subnets = aws.account.vpc("10.1.0.0/16")
    table = aws.create(d.ROUTE_TABLE, {"vpcId": vpc_id})
    timer = threading.Timer(
        0.3,
        lambda: aws.account.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway.id, VpcId=vpc_id, SubnetIds=subnets
        ),
    )
    timer.start()
    route = aws.create(
        d.ROUTE,
        {"routeTableId": table.id, "destinationCidrBlock": "10.0.0.0/16", "transitGatewayId": gateway.id},
    )
    timer.join()
    assert route.outputs["state"] == "active"


def test_patience_ends_and_the_last_refusal_is_told(aws: Driver, everything: dict[str, Resource]) -> None:
    with pytest.raises(ProviderError, match=r"deleting EC2 Transit Gateway .*api error IncorrectState"):
        aws.delete(everything[d.GATEWAY])
    with pytest.raises(ProviderError, match=r"deleting EC2 VPC .*api error DependencyViolation"):
        aws.delete(everything[d.VPC])
    with pytest.raises(ProviderError, match=r"deleting EC2 Subnet .*api error DependencyViolation"):
        aws.delete(everything[d.SUBNET])


def test_a_gateway_without_default_tables_wants_that_said_of_its_attachments(
    aws: Driver, everything: dict[str, Resource]
) -> None:
    """As with pulumi-aws, True where there is no default table is a change at every preview after a refresh."""
    vpc_id, subnets = aws.account.vpc("10.2.0.0/16")
    given = {"transitGatewayId": everything[d.GATEWAY].id, "vpcId": vpc_id, "subnetIds": subnets}
    read = aws.read(aws.create(d.VPC_ATTACHMENT, given))
    assert read is not None
    assert aws.diff(read, given).diffs == (
        "transitGatewayDefaultRouteTableAssociation",
        "transitGatewayDefaultRouteTablePropagation",
    )
