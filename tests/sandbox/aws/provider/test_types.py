"""Every type, held against the classes of pulumi_aws: names of inputs and outputs, and a whole life."""

import functools
import importlib
import inspect
import warnings
from typing import Any

import pytest

from kong_secure.sandbox.aws.provider.functions import FUNCTIONS
from kong_secure.sandbox.aws.provider.instances import DEFAULT_ACCOUNT
from kong_secure.sandbox.aws.provider.server import KINDS
from kong_secure.sandbox.engine.state import Resource
from tests.sandbox.aws.accounts import KONG, Account
from tests.sandbox.aws.provider import driver as d
from tests.sandbox.aws.provider.driver import Driver, StandIn
from tests.sandbox.provider_types import assert_outputs_as_declared, camel, properties_of

# Outputs of pulumi_aws that are only set with inputs the stand-in refuses.
NEVER_SET = {
    d.SHARE: {"resourceShareConfiguration"},
    d.VPC: {"ipv4IpamPoolId", "ipv4NetmaskLength", "ipv6IpamPoolId", "ipv6NetmaskLength"},
    d.SUBNET: {
        "customerOwnedIpv4Pool",
        "enableLniAtDeviceIndex",
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "ipv6CidrBlock",
        "ipv6CidrBlockAssociationId",
        "ipv6IpamPoolId",
        "ipv6NetmaskLength",
        "mapCustomerOwnedIpOnLaunch",
        "outpostArn",
    },
    d.TABLE_ASSOCIATION: {"gatewayId"},
    d.ROUTE: {
        "carrierGatewayId",
        "coreNetworkArn",
        "destinationIpv6CidrBlock",
        "destinationPrefixListId",
        "egressOnlyGatewayId",
        "localGatewayId",
        "odbNetworkArn",
        "vpcEndpointId",
        "vpcPeeringConnectionId",
    },
    d.INGRESS_RULE: {"cidrIpv6", "prefixListId"},
    d.EGRESS_RULE: {"cidrIpv6", "prefixListId"},
}
# What comes later shows up in their own outputs: routes, a default permission, rules, a VPC.
LATER = {d.ROUTE_TABLE, d.SHARE, d.GROUP, d.INTERNET_GATEWAY}
# Outputs of the stand-in that aren't there where nothing was given.
SOMETIMES = {
    d.INGRESS_RULE: {"description", "referencedSecurityGroupId"},
    d.EGRESS_RULE: {"description", "referencedSecurityGroupId"},
}


@functools.cache
def of_pulumi_aws(module: str, name: str) -> Any:
    """A class of pulumi_aws. Loading its modules, which happens when they are first asked for something, warns
    of deprecated classes in them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        package = importlib.import_module("pulumi_aws")
        return getattr(getattr(package, module) if module else package, name)


def class_of(token: str) -> Any:
    """The class of pulumi_aws for a type's token."""
    module, _, name = token.removeprefix("aws:").rpartition(":")
    return of_pulumi_aws(module.partition("/")[0], name)


def declared_inputs(token: str) -> set[str]:
    parameters = inspect.signature(class_of(token)._internal_init).parameters
    return {camel(name) for name in parameters} - {"_Self_", "resourceName", "opts", "_Props_"}


@pytest.mark.parametrize("token", sorted(KINDS))
def test_inputs_are_those_of_the_class(token: str) -> None:
    assert set(KINDS[token].inputs) <= declared_inputs(token)
    required = {key for key, spec in KINDS[token].inputs.items() if spec.required}
    optional = {
        camel(name)
        for name, parameter in inspect.signature(class_of(token)._internal_init).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    assert required <= optional  # pulumi_aws gives all of them defaults, and refuses None itself


@pytest.mark.parametrize("token", sorted(KINDS))
def test_outputs_are_those_of_the_class(token: str) -> None:
    assert set(KINDS[token].outputs) | NEVER_SET.get(token, set()) == properties_of(class_of(token))
    assert not set(KINDS[token].outputs) & NEVER_SET.get(token, set())


def test_what_is_made_has_exactly_the_outputs_that_are_declared(everything: dict[str, Resource]) -> None:
    assert_outputs_as_declared(KINDS, everything, SOMETIMES)


def test_everything_is_read_as_it_was_made_and_needs_no_change(
    aws: Driver, everything: dict[str, Resource]
) -> None:
    for token, made in everything.items():
        read = aws.read(made)
        assert read is not None
        if token not in LATER:
            assert read.outputs == made.outputs, token
        given = {key: value for key, value in made.inputs.items() if key != "__defaults"}
        assert aws.diff(read, given).changes is False, token


def test_everything_can_be_deleted_in_reverse_and_nothing_is_left(
    stand_in: StandIn, aws: Driver, everything: dict[str, Resource]
) -> None:
    for resource in reversed(everything.values()):
        aws.delete(resource)
        assert aws.read(resource) is None, resource.type
        aws.delete(resource)  # what is gone is no failure
    ec2 = aws.account.ec2
    assert stand_in.cloud.records.gateways == {}
    assert stand_in.cloud.records.tables == {}
    assert [a.state for a in stand_in.cloud.records.attachments.values()] == ["deleted", "deleted"]
    shares = {share.owner: share for share in stand_in.cloud.records.shares.values()}
    assert (shares[DEFAULT_ACCOUNT].status, shares[KONG].principals) == ("DELETED", {})
    assert [vpc["IsDefault"] for vpc in ec2.describe_vpcs()["Vpcs"]] == [True]
    assert len(ec2.describe_security_groups()["SecurityGroups"]) == 1
    assert len(ec2.describe_route_tables()["RouteTables"]) == 1


@pytest.mark.parametrize(
    ("token", "of", "expected"),
    [
        (d.ASSOCIATION, ("transitGatewayRouteTableId", "transitGatewayAttachmentId"), "{}_{}"),
        (d.PROPAGATION, ("transitGatewayRouteTableId", "transitGatewayAttachmentId"), "{}_{}"),
        (d.TRANSIT_ROUTE, ("transitGatewayRouteTableId", "destinationCidrBlock"), "{}_{}"),
        (d.RESOURCE_ASSOCIATION, ("resourceShareArn", "resourceArn"), "{},{}"),
        (d.PRINCIPAL_ASSOCIATION, ("resourceShareArn", "principal"), "{},{}"),
        (d.SHARE, ("arn",), "{}"),
        (d.SHARE_ACCEPTER, ("shareArn",), "{}"),
        (d.ACCEPTER, ("transitGatewayAttachmentId",), "{}"),
        (d.INGRESS_RULE, ("securityGroupRuleId",), "{}"),
    ],
)
def test_ids_are_made_as_pulumi_aws_makes_them(
    everything: dict[str, Resource], token: str, of: tuple[str, ...], expected: str
) -> None:
    resource = everything[token]
    assert resource.id == expected.format(*(resource.outputs[key] for key in of))


def test_the_id_of_a_vpcs_route_is_the_hash_that_terraform_makes(everything: dict[str, Resource]) -> None:
    """create.StringHashcode, which is the CRC-32 of the destination."""
    route = everything[d.ROUTE]
    assert route.id == f"r-{route.outputs['routeTableId']}179966490"


# Which change replaces, which is made in place; facts of terraform-provider-aws (ForceNew).

GATEWAY_OFF = {"defaultRouteTableAssociation": "disable"}


@pytest.mark.parametrize(
    ("token", "change", "replaces"),
    [
        (d.GATEWAY, {"description": "new"}, ()),
        (d.GATEWAY, {"amazonSideAsn": 64600}, ()),
        (d.GATEWAY, {"autoAcceptSharedAttachments": "enable"}, ()),
        (d.GATEWAY, {"multicastSupport": "enable"}, ("multicastSupport",)),
        (d.GATEWAY, {"defaultRouteTableAssociation": "enable"}, ("defaultRouteTableAssociation",)),
        (d.GATEWAY, {"tags": {"Name": "hub"}}, ()),
        (d.GATEWAY, {"region": "eu-central-1"}, ("region",)),
        (d.TABLE, {"tags": {"Name": "kong"}}, ()),
        (d.TABLE, {"transitGatewayId": "tgw-00000000"}, ("transitGatewayId",)),
        (d.ASSOCIATION, {"transitGatewayAttachmentId": "tgw-attach-0"}, ("transitGatewayAttachmentId",)),
        (d.PROPAGATION, {"transitGatewayRouteTableId": "tgw-rtb-0"}, ("transitGatewayRouteTableId",)),
        (d.TRANSIT_ROUTE, {"destinationCidrBlock": "10.1.1.0/24"}, ("destinationCidrBlock",)),
        (d.TRANSIT_ROUTE, {"transitGatewayAttachmentId": "tgw-attach-0"}, ("transitGatewayAttachmentId",)),
        (d.VPC_ATTACHMENT, {"subnetIds": ["subnet-0"]}, ()),
        (d.VPC_ATTACHMENT, {"vpcId": "vpc-0"}, ("vpcId",)),
        (d.VPC_ATTACHMENT, {"transitGatewayDefaultRouteTableAssociation": False}, ()),
        (d.ACCEPTER, {"transitGatewayAttachmentId": "tgw-attach-0"}, ("transitGatewayAttachmentId",)),
        (d.SHARE, {"name": "other"}, ()),
        (d.SHARE, {"allowExternalPrincipals": False}, ()),
        (d.SHARE, {"permissionArns": ["arn:aws:ram::aws:permission/x"]}, ("permissionArns",)),
        (d.PRINCIPAL_ASSOCIATION, {"principal": "222233334444"}, ("principal",)),
        (d.SHARE_ACCEPTER, {"shareArn": "arn:aws:ram:y"}, ("shareArn",)),
        (d.VPC, {"cidrBlock": "10.2.0.0/16"}, ("cidrBlock",)),
        (d.VPC, {"enableDnsHostnames": True}, ()),
        (d.SUBNET, {"availabilityZone": "us-east-2b"}, ("availabilityZone",)),
        (d.SUBNET, {"mapPublicIpOnLaunch": True}, ()),
        (d.ROUTE, {"transitGatewayId": "tgw-0"}, ()),
        (d.ROUTE, {"destinationCidrBlock": "10.9.0.0/16"}, ("destinationCidrBlock",)),
        (d.INTERNET_GATEWAY, {"vpcId": "vpc-0"}, ()),
        (d.INTERNET_ATTACHMENT, {"vpcId": "vpc-0"}, ("vpcId",)),
        (d.GROUP, {"description": "other"}, ("description",)),
        (d.INGRESS_RULE, {"cidrIpv4": "10.9.0.0/16"}, ()),
        (d.INGRESS_RULE, {"fromPort": 80}, ()),
        (d.INGRESS_RULE, {"securityGroupId": "sg-0"}, ("securityGroupId",)),
    ],
)
def test_a_change_replaces_where_pulumi_aws_says_so(
    aws: Driver, token: str, change: dict[str, Any], replaces: tuple[str, ...]
) -> None:
    recorded = aws.checked(token, EXAMPLES[token])
    answer = aws.diff(recorded, EXAMPLES[token] | change)
    assert (answer.changes, answer.replaces) == (True, replaces)
    assert aws.diff(recorded, EXAMPLES[token]).changes is False


RULE = {
    "securityGroupId": "sg-1",
    "ipProtocol": "tcp",
    "fromPort": 443,
    "toPort": 443,
    "cidrIpv4": "10.0.0.0/16",
}
EXAMPLES: dict[str, dict[str, Any]] = {
    d.GATEWAY: {"description": "old", "defaultRouteTableAssociation": "disable"},
    d.TABLE: {"transitGatewayId": "tgw-1"},
    d.ASSOCIATION: {"transitGatewayAttachmentId": "tgw-attach-1", "transitGatewayRouteTableId": "tgw-rtb-1"},
    d.PROPAGATION: {"transitGatewayAttachmentId": "tgw-attach-1", "transitGatewayRouteTableId": "tgw-rtb-1"},
    d.TRANSIT_ROUTE: {
        "transitGatewayAttachmentId": "tgw-attach-1",
        "transitGatewayRouteTableId": "tgw-rtb-1",
        "destinationCidrBlock": "10.1.0.0/24",
    },
    d.VPC_ATTACHMENT: {"transitGatewayId": "tgw-1", "vpcId": "vpc-1", "subnetIds": ["subnet-1"]},
    d.ACCEPTER: {"transitGatewayAttachmentId": "tgw-attach-1"},
    d.SHARE: {"allowExternalPrincipals": True},
    d.PRINCIPAL_ASSOCIATION: {"principal": KONG, "resourceShareArn": "arn:aws:ram:x"},
    d.SHARE_ACCEPTER: {"shareArn": "arn:aws:ram:x"},
    d.VPC: {"cidrBlock": "10.1.0.0/16"},
    d.SUBNET: {"vpcId": "vpc-1", "cidrBlock": "10.1.1.0/24", "availabilityZone": "us-east-2a"},
    d.ROUTE: {"routeTableId": "rtb-1", "destinationCidrBlock": "10.0.0.0/16", "transitGatewayId": "tgw-1"},
    d.INTERNET_GATEWAY: {"vpcId": "vpc-1"},
    d.INTERNET_ATTACHMENT: {"internetGatewayId": "igw-1", "vpcId": "vpc-1"},
    d.GROUP: {"vpcId": "vpc-1"},
    d.INGRESS_RULE: RULE,
}


def test_the_order_of_subnets_means_nothing(aws: Driver) -> None:
    given = EXAMPLES[d.VPC_ATTACHMENT] | {"subnetIds": ["subnet-1", "subnet-2"]}
    recorded = aws.checked(d.VPC_ATTACHMENT, given)
    assert aws.diff(recorded, given | {"subnetIds": ["subnet-2", "subnet-1"]}).changes is False


def test_a_default_table_can_be_switched_off_in_place(aws: Driver) -> None:
    recorded = aws.checked(d.GATEWAY, {})
    assert aws.diff(recorded, GATEWAY_OFF).replaces == ()


def updated(everything: dict[str, Resource], aws: Driver, token: str, **change: object) -> dict[str, Any]:
    given = {key: value for key, value in everything[token].inputs.items() if key != "__defaults"}
    return aws.update(everything[token], given | change).outputs


def test_what_is_changed_in_place_is_changed_in_aws(aws: Driver, everything: dict[str, Resource]) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        (d.GATEWAY, {"description": "new", "autoAcceptSharedAttachments": "enable", "tags": {"Name": "hub"}}),
        (d.TABLE, {"tags": {"Name": "kong"}}),
        (d.VPC_ATTACHMENT, {"applianceModeSupport": "enable", "tags": {"Name": "orders"}}),
        (d.ACCEPTER, {"tags": {"Name": "kong"}}),
        (d.SHARE, {"name": "other", "tags": {"a": "b"}}),
        (d.VPC, {"enableDnsHostnames": True, "tags": {"Name": "orders"}}),
        (d.SUBNET, {"mapPublicIpOnLaunch": True}),
        (d.INGRESS_RULE, {"cidrIpv4": "10.9.0.0/16", "fromPort": 400}),
        (d.GROUP, {"tags": {"Name": "orders"}}),
    ]
    for token, change in cases:
        outputs = updated(everything, aws, token, **change)
        assert {key: outputs[key] for key in change} == change, token
        read = aws.read(everything[token])
        assert read is not None
        assert {key: read.outputs[key] for key in change} == change, token


def test_drift_is_shown_after_a_refresh(aws: Driver, everything: dict[str, Resource]) -> None:
    gateway = everything[d.GATEWAY]
    aws.account.ec2.modify_transit_gateway(TransitGatewayId=gateway.id, Description="by hand")
    aws.account.ec2.create_tags(Resources=[gateway.id], Tags=[{"Key": "a", "Value": "b"}])
    read = aws.read(gateway)
    assert read is not None
    given = {key: value for key, value in gateway.inputs.items() if key != "__defaults"}
    assert set(aws.diff(read, given).diffs) == {"description", "tags"}
    healed = aws.update(read, given)
    assert healed.outputs["tags"] == {}


# Echoes of arguments that the stand-in refuses, or None where they aren't given.
NOT_ECHOED = {"allAvailabilityZones", "excludeNames", "excludeZoneIds", "filters", "state"}


def test_functions_answer_with_what_their_classes_hold(aws: Driver, everything: dict[str, Resource]) -> None:
    ids = {
        "getAttachment": ("transitGatewayAttachmentId", d.ACCEPTER),
        "getTransitGateway": ("id", d.GATEWAY),
        "getVpcAttachment": ("id", d.ACCEPTER),
    }
    for token in FUNCTIONS:
        package, short = token.removeprefix("aws:").partition("/")[0], token.rpartition(":")[2]
        args = {ids[short][0]: everything[ids[short][1]].id} if short in ids else {}
        result = of_pulumi_aws(package.replace("index", ""), f"{short[0].upper()}{short[1:]}Result")
        declared = {camel(key) for key, value in vars(result).items() if isinstance(value, property)}
        answer = set(aws.invoke(token, **args))
        assert declared - NOT_ECHOED <= answer <= declared, token


def test_a_deleted_attachment_is_found_with_its_owner_and_one_that_never_was_is_not(
    stand_in: StandIn, aws: Driver, everything: dict[str, Resource]
) -> None:
    token = "aws:ec2transitgateway/getVpcAttachment:getVpcAttachment"
    attachment = everything[d.ACCEPTER]
    assert aws.invoke(token, id=attachment.id)["vpcOwnerId"] == KONG
    Account(stand_in.cloud, KONG).ec2.delete_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=attachment.id
    )
    assert aws.invoke(token, id=attachment.id)["vpcOwnerId"] == KONG
    filters = [{"name": "state", "values": ["available"]}, {"name": "vpc-id", "values": ["vpc-0"]}]
    with pytest.raises(Exception, match="no matching EC2 Transit Gateway VPC Attachment found"):
        aws.invoke(token, filters=filters)
    with pytest.raises(Exception, match=r"api error InvalidTransitGatewayAttachmentID\.NotFound"):
        aws.invoke(token, id="tgw-attach-00000000000000000")


def test_an_attachment_leaves_and_joins_its_gateways_default_tables_as_its_inputs_say(aws: Driver) -> None:
    gateway = aws.create(d.GATEWAY, {})
    table = str(gateway.outputs["associationDefaultRouteTableId"])
    vpc_id, subnets = aws.account.vpc("10.1.0.0/16")
    given = {"transitGatewayId": gateway.id, "vpcId": vpc_id, "subnetIds": subnets}
    off = {
        "transitGatewayDefaultRouteTableAssociation": False,
        "transitGatewayDefaultRouteTablePropagation": False,
    }

    def associated() -> int:
        found = aws.account.ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=table)
        return len(found["Associations"])

    apart = aws.create(d.VPC_ATTACHMENT, given | off)
    assert (associated(), aws.account.routes(table)) == (0, {})
    joined = aws.update(apart, given)
    assert (associated(), aws.account.routes(table)) == (1, {"10.1.0.0/16": "propagated active"})
    assert {key: joined.outputs[key] for key in off} == dict.fromkeys(off, True)
    aws.update(joined, given | off)
    assert (associated(), aws.account.routes(table)) == (0, {})


def test_an_internet_gateway_is_moved_between_vpcs_and_a_route_leads_to_it_while_it_is_attached(
    aws: Driver,
) -> None:
    vpcs = [aws.account.vpc(block)[0] for block in ("10.1.0.0/16", "10.2.0.0/16")]
    gateway = aws.create(d.INTERNET_GATEWAY, {"vpcId": vpcs[0]})
    table = aws.create(d.ROUTE_TABLE, {"vpcId": vpcs[0]})
    given = {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}
    route = aws.create(d.ROUTE, given)
    assert (route.outputs["gatewayId"], route.outputs["state"]) == (gateway.id, "active")

    moved = aws.update(gateway, {"vpcId": vpcs[1]})
    assert moved.outputs["vpcId"] == vpcs[1]
    read = aws.read(route)
    assert read is not None
    assert read.outputs["state"] == "blackhole"
    aws.delete(moved)
    assert aws.account.ec2.describe_internet_gateways()["InternetGateways"] == []


def test_a_security_group_lets_nothing_out_that_nobody_asked_for(aws: Driver) -> None:
    """pulumi-aws takes away the rule that AWS gives every new group."""
    vpc_id, _ = aws.account.vpc("10.1.0.0/16")
    group = aws.create(d.GROUP, {"vpcId": vpc_id})
    assert group.outputs["egress"] == []
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"], "self": True}
    open_ = aws.update(group, {"vpcId": vpc_id, "ingress": [rule]})
    found = open_.outputs["ingress"]
    assert isinstance(found, list)
    assert [(item["cidrBlocks"], item["self"]) for item in found] == [(["10.0.0.0/16"], True)]
    closed = aws.update(open_, {"vpcId": vpc_id, "ingress": []})
    assert closed.outputs["ingress"] == []


def test_a_rule_for_every_protocol_has_no_ports_and_needs_no_change(aws: Driver) -> None:
    vpc_id, _ = aws.account.vpc("10.1.0.0/16")
    group = aws.create(d.GROUP, {"vpcId": vpc_id})
    given = {"securityGroupId": group.id, "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"}
    read = aws.read(aws.create(d.INGRESS_RULE, given))
    assert read is not None
    assert {"fromPort", "toPort"} & set(read.outputs) == set()
    assert aws.diff(read, given).changes is False


def test_a_subnet_gives_public_addresses_only_where_it_says_so(aws: Driver) -> None:
    vpc_id, _ = aws.account.vpc("10.1.0.0/16")
    for number, public in enumerate((True, False)):
        given = {"vpcId": vpc_id, "cidrBlock": f"10.1.{10 + number}.0/24", "mapPublicIpOnLaunch": public}
        assert aws.create(d.SUBNET, given, f"subnet-{number}").outputs["mapPublicIpOnLaunch"] is public
