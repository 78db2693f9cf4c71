"""Vpc and Subnet of `aws:ec2`, as pulumi-aws 7 documents them.

https://www.pulumi.com/registry/packages/aws/api-docs/ec2/
"""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

from kong_secure.sandbox.aws.provider.calls import Calls, doing, gone, unless_gone
from kong_secure.sandbox.aws.provider.kinds import (
    REGION,
    TAGS,
    Input,
    Kind,
    Properties,
    network_address,
    one_of,
)

_NO_VPC: Final = "InvalidVpcID.NotFound"
_NO_SUBNET: Final = "InvalidSubnetID.NotFound"
IN_USE: Final = "DependencyViolation"


def one(call: Any, key: str, *codes: str, **asked: Any) -> dict[str, Any] | None:
    """The only thing that a describing call finds; None where there is none."""
    try:
        found = call(**asked)[key]
    except ClientError as error:
        if not gone(error, *codes):
            raise
        return None
    return found[0] if found else None


# --- Vpc ---


def _create_vpc(calls: Calls, inputs: Properties) -> str:
    with doing("creating EC2 VPC"):
        made = calls.ec2.create_vpc(
            CidrBlock=inputs["cidrBlock"],
            InstanceTenancy=inputs["instanceTenancy"],
            TagSpecifications=calls.specification("vpc", inputs),
        )["Vpc"]
        _put_dns(calls, made["VpcId"], inputs)
    return str(made["VpcId"])


def _put_dns(calls: Calls, id_: str, inputs: Properties) -> None:
    calls.ec2.modify_vpc_attribute(VpcId=id_, EnableDnsSupport={"Value": inputs["enableDnsSupport"]})
    if "enableDnsHostnames" in inputs:
        calls.ec2.modify_vpc_attribute(VpcId=id_, EnableDnsHostnames={"Value": inputs["enableDnsHostnames"]})


def _read_vpc(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    vpc = one(calls.ec2.describe_vpcs, "Vpcs", _NO_VPC, VpcIds=[id_])
    if vpc is None:
        return None
    mine = [{"Name": "vpc-id", "Values": [id_]}]
    main = calls.ec2.describe_route_tables(Filters=[*mine, {"Name": "association.main", "Values": ["true"]}])[
        "RouteTables"
    ][0]["RouteTableId"]
    group = calls.ec2.describe_security_groups(
        Filters=[*mine, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"][0]["GroupId"]
    acl = calls.ec2.describe_network_acls(Filters=[*mine, {"Name": "default", "Values": ["true"]}])
    return {
        "arn": f"arn:aws:ec2:{calls.region}:{calls.account}:vpc/{id_}",
        "assignGeneratedIpv6CidrBlock": False,
        "cidrBlock": vpc["CidrBlock"],
        "defaultNetworkAclId": acl["NetworkAcls"][0]["NetworkAclId"],
        "defaultRouteTableId": main,
        "defaultSecurityGroupId": group,
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        "enableDnsHostnames": _attribute(calls, id_, "EnableDnsHostnames"),
        "enableDnsSupport": _attribute(calls, id_, "EnableDnsSupport"),
        "enableNetworkAddressUsageMetrics": False,
        "instanceTenancy": vpc["InstanceTenancy"],
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
        "ipv6CidrBlockNetworkBorderGroup": "",
        "mainRouteTableId": main,
        "ownerId": vpc["OwnerId"],
        **calls.tag_outputs(vpc.get("Tags", [])),
    }


def _attribute(calls: Calls, id_: str, name: str) -> bool:
    asked = name[0].lower() + name[1:]
    return bool(calls.ec2.describe_vpc_attribute(VpcId=id_, Attribute=asked)[name]["Value"])


def _update_vpc(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    with doing(f"updating EC2 VPC ({id_})"):
        _put_dns(calls, id_, new)
        calls.retag(id_, old, new)


def _delete_vpc(calls: Calls, id_: str, _known: Properties) -> None:
    with doing(f"deleting EC2 VPC ({id_})"), unless_gone(_NO_VPC):
        calls.patiently(lambda: calls.ec2.delete_vpc(VpcId=id_), IN_USE)


VPC: Final = Kind(
    "aws:ec2/vpc:Vpc",
    "EC2 VPC",
    {
        "cidrBlock": Input(required=True, replaces=True, check=network_address),
        "enableDnsHostnames": Input("boolean", computed=True),
        "enableDnsSupport": Input("boolean", default=True),
        "instanceTenancy": Input(default="default", replaces=True, check=one_of("default", "dedicated")),
        "region": REGION,
        "tags": TAGS,
    },
    (
        "arn",
        "assignGeneratedIpv6CidrBlock",
        "cidrBlock",
        "defaultNetworkAclId",
        "defaultRouteTableId",
        "defaultSecurityGroupId",
        "dhcpOptionsId",
        "enableDnsHostnames",
        "enableDnsSupport",
        "enableNetworkAddressUsageMetrics",
        "instanceTenancy",
        "ipv6AssociationId",
        "ipv6CidrBlock",
        "ipv6CidrBlockNetworkBorderGroup",
        "mainRouteTableId",
        "ownerId",
        "region",
        "tags",
        "tagsAll",
    ),
    _create_vpc,
    _read_vpc,
    _delete_vpc,
    _update_vpc,
)

# --- Subnet ---


def _create_subnet(calls: Calls, inputs: Properties) -> str:
    zone = {
        theirs: inputs[ours]
        for ours, theirs in (
            ("availabilityZone", "AvailabilityZone"),
            ("availabilityZoneId", "AvailabilityZoneId"),
        )
        if ours in inputs
    }
    with doing("creating EC2 Subnet"):
        made = calls.ec2.create_subnet(
            VpcId=inputs["vpcId"],
            CidrBlock=inputs["cidrBlock"],
            TagSpecifications=calls.specification("subnet", inputs),
            **zone,
        )["Subnet"]
        _put_public(calls, made["SubnetId"], inputs)
    return str(made["SubnetId"])


def _put_public(calls: Calls, id_: str, inputs: Properties) -> None:
    calls.ec2.modify_subnet_attribute(
        SubnetId=id_, MapPublicIpOnLaunch={"Value": inputs["mapPublicIpOnLaunch"]}
    )


def _read_subnet(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    subnet = one(calls.ec2.describe_subnets, "Subnets", _NO_SUBNET, SubnetIds=[id_])
    if subnet is None:
        return None
    return {
        "arn": subnet["SubnetArn"],
        "assignIpv6AddressOnCreation": False,
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet["AvailabilityZoneId"],
        "cidrBlock": subnet["CidrBlock"],
        "enableDns64": False,
        "enableResourceNameDnsARecordOnLaunch": False,
        "enableResourceNameDnsAaaaRecordOnLaunch": False,
        "ipv6Native": False,
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
        "ownerId": subnet["OwnerId"],
        "privateDnsHostnameTypeOnLaunch": "ip-name",
        "vpcId": subnet["VpcId"],
        **calls.tag_outputs(subnet.get("Tags", [])),
    }


def _update_subnet(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    with doing(f"updating EC2 Subnet ({id_})"):
        _put_public(calls, id_, new)
        calls.retag(id_, old, new)


def _delete_subnet(calls: Calls, id_: str, _known: Properties) -> None:
    with doing(f"deleting EC2 Subnet ({id_})"), unless_gone(_NO_SUBNET):
        calls.patiently(lambda: calls.ec2.delete_subnet(SubnetId=id_), IN_USE)


SUBNET: Final = Kind(
    "aws:ec2/subnet:Subnet",
    "EC2 Subnet",
    {
        "availabilityZone": Input(computed=True, replaces=True),
        "availabilityZoneId": Input(computed=True, replaces=True),
        "cidrBlock": Input(required=True, replaces=True, check=network_address),
        "mapPublicIpOnLaunch": Input("boolean", default=False),
        "region": REGION,
        "tags": TAGS,
        "vpcId": Input(required=True, replaces=True),
    },
    (
        "arn",
        "assignIpv6AddressOnCreation",
        "availabilityZone",
        "availabilityZoneId",
        "cidrBlock",
        "enableDns64",
        "enableResourceNameDnsARecordOnLaunch",
        "enableResourceNameDnsAaaaRecordOnLaunch",
        "ipv6Native",
        "mapPublicIpOnLaunch",
        "ownerId",
        "privateDnsHostnameTypeOnLaunch",
        "region",
        "tags",
        "tagsAll",
        "vpcId",
    ),
    _create_subnet,
    _read_subnet,
    _delete_subnet,
    _update_subnet,
    together=lambda inputs: (
        '"availabilityZone": conflicts with availabilityZoneId'
        if {"availabilityZone", "availabilityZoneId"} <= inputs.keys()
        else None
    ),
)
