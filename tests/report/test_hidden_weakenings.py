"""What somebody who opens a pull request would rather not have noticed: none of it looks neutral, and what can't be
told is said to be unknown.
"""

from __future__ import annotations

import base64
import pickle
from fractions import Fraction
from typing import Any

import pytest

from kong_secure.report.contents import Report, report_of
from kong_secure.report.digest import preview_of
from kong_secure.report.levels import Level
from kong_secure.resources.shared_secret import SharedSecretProvider
from kong_secure.resources.shared_secret_header import SharedSecretHeaderProvider
from tests.report.digests import (
    ATTACHMENT,
    HEADER,
    INGRESS,
    ORDERS,
    PEERING,
    READY,
    SECRET,
    UNKNOWN,
    created,
    digest,
    state,
    step,
    urn,
)

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
AZURE_RULE = "azure-native:network/v20240501:SecurityRule"
AZURE_GROUP = "azure-native:network:NetworkSecurityGroup"
AZURE_SUBNET = "azure-native:network:Subnet"
GATEWAY = "aws:ec2transitgateway/transitGateway:TransitGateway"
ROUTE = "aws:ec2transitgateway/route:Route"
ASSOCIATION = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
VPC_ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
SHARE = "aws:ram/resourceShare:ResourceShare"
PRINCIPAL = "aws:ram/principalAssociation:PrincipalAssociation"
ROLE = "azure-native:authorization:RoleDefinition"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"
STACK = "pulumi:pulumi:StackReference"

RULE = {
    "ipProtocol": "tcp",
    "fromPort": 443,
    "toPort": 443,
    "cidrIpv4": "10.1.0.0/16",
    "securityGroupId": "sg-1",
}
ALLOW = {
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "Tcp",
    "priority": 100,
    "sourceAddressPrefix": "10.1.0.0/16",
    "destinationAddressPrefix": "10.9.1.0/24",
    "destinationPortRanges": ["443"],
    "networkSecurityGroupName": "nsg-1",
}
DENY = {**ALLOW, "access": "Deny", "priority": 101, "destinationPortRanges": ["*"], "protocol": "*"}
PATH = {"cidr_blocks": ["10.8.0.0/16"], "transit_gateway_id": "tgw-1", "ram_share_arn": "arn:1"}
TO_KONG = {"destinationCidrBlock": "10.8.0.0/16", "transitGatewayRouteTableId": "rtb-1"}
GRANTED = {"permissions": [{"actions": ["*"], "notActions": ["Microsoft.Authorization/*"]}]}
ASSIGNED = {"scope": "/subscriptions/s/resourceGroups/g/v", "roleDefinitionId": "r", "principalId": "kong"}

DANGER, WEAKER, UNTOLD = Level.DANGER, Level.WEAKER, Level.UNKNOWN
CHANGES: list[tuple[str, dict[str, Any], dict[str, Any], Level]] = [
    (HEADER, ORDERS, {**ORDERS, "overwrite": False}, WEAKER),
    (HEADER, ORDERS, {**ORDERS, "overwrite": UNKNOWN}, UNTOLD),
    (HEADER, ORDERS, {**ORDERS, "overwrite": 0}, WEAKER),
    (HEADER, ORDERS, {**ORDERS, "header_name": "X-Other"}, WEAKER),
    (HEADER, ORDERS, {**ORDERS, "service": None, "route": "orders"}, WEAKER),
    (HEADER, ORDERS, {**ORDERS, "service": UNKNOWN}, WEAKER),
    (HEADER, ORDERS, {**ORDERS, "control_plane": "other"}, WEAKER),
    (HEADER, ORDERS, {**ORDERS, "enabled": False}, DANGER),
    (HEADER, ORDERS, {**ORDERS, "enabled": "false"}, DANGER),
    (HEADER, ORDERS, {**ORDERS, "enabled": UNKNOWN}, UNTOLD),
    (HEADER, ORDERS, {**ORDERS, "shared_secret": UNKNOWN}, UNTOLD),
    (HEADER, {**ORDERS, "shared_secret": UNKNOWN}, {**ORDERS, "shared_secret": "password"}, DANGER),
    (ATTACHMENT, PATH, {**PATH, "cidr_blocks": ["10.8.0.0/16", "10.0.0.0/8"]}, WEAKER),
    (ATTACHMENT, PATH, {**PATH, "cidr_blocks": ["10.8.0.0/16", UNKNOWN]}, UNTOLD),
    (ATTACHMENT, PATH, {**PATH, "transit_gateway_id": "tgw-2"}, WEAKER),
    (ATTACHMENT, PATH, {**PATH, "ram_share_arn": UNKNOWN}, UNTOLD),
    (PEERING, {"vnet_name": "a"}, {"vnet_name": "b"}, WEAKER),
    (INGRESS, RULE, {**RULE, "cidrIpv4": "0.0.0.0/0"}, DANGER),
    (INGRESS, RULE, {**RULE, "cidrIpv4": None, "cidrIpv6": "::/0"}, DANGER),
    (INGRESS, RULE, {**RULE, "cidrIpv4": "10.0.0.0/8"}, WEAKER),
    (INGRESS, RULE, {**RULE, "fromPort": 0, "toPort": 65535}, WEAKER),
    (INGRESS, RULE, {**RULE, "ipProtocol": "-1"}, WEAKER),
    (INGRESS, RULE, {**RULE, "cidrIpv4": None, "prefixListId": "pl-1"}, WEAKER),
    (INGRESS, RULE, {**RULE, "cidrIpv4": None, "referencedSecurityGroupId": "sg-2"}, WEAKER),
    (INGRESS, RULE, {**RULE, "cidrIpv4": UNKNOWN}, UNTOLD),
    (INGRESS, RULE, {**RULE, "securityGroupId": "sg-2"}, WEAKER),
    (SECURITY_GROUP, {"ingress": []}, {"ingress": UNKNOWN}, UNTOLD),
    (
        SECURITY_GROUP,
        {"ingress": []},
        {"ingress": [{"protocol": "tcp", "fromPort": 1, "self": True}]},
        WEAKER,
    ),
    (AZURE_RULE, ALLOW, {**ALLOW, "sourceAddressPrefix": "*"}, DANGER),
    (AZURE_RULE, ALLOW, {**ALLOW, "sourceAddressPrefix": "Internet"}, DANGER),
    (AZURE_RULE, ALLOW, {**ALLOW, "sourceAddressPrefix": "VirtualNetwork"}, WEAKER),
    (AZURE_RULE, ALLOW, {**ALLOW, "destinationAddressPrefix": "*"}, WEAKER),
    (AZURE_RULE, ALLOW, {**ALLOW, "destinationPortRanges": ["0-65535"]}, WEAKER),
    (AZURE_RULE, ALLOW, {**ALLOW, "sourceAddressPrefix": UNKNOWN}, UNTOLD),
    (AZURE_RULE, ALLOW, {**ALLOW, "priority": 102}, WEAKER),
    (AZURE_RULE, ALLOW, {**ALLOW, "networkSecurityGroupName": "nsg-2"}, WEAKER),
    (AZURE_RULE, DENY, {**DENY, "priority": 4000}, WEAKER),
    (AZURE_RULE, DENY, {**DENY, "sourceAddressPrefix": "10.1.0.0/24"}, WEAKER),
    (AZURE_RULE, DENY, {**DENY, "destinationPortRanges": ["1-100"]}, WEAKER),
    (AZURE_RULE, DENY, {**DENY, "protocol": "Udp"}, WEAKER),
    (AZURE_RULE, {**DENY, "access": "deny"}, {**DENY, "direction": "Outbound"}, DANGER),
    (AZURE_RULE, DENY, ALLOW, DANGER),
    (AZURE_RULE, DENY, {**DENY, "access": UNKNOWN}, DANGER),
    (AZURE_GROUP, {"securityRules": [{**DENY, "name": "d"}]}, {"securityRules": []}, DANGER),
    (AZURE_GROUP, {"securityRules": [{**DENY, "name": "d"}]}, {"securityRules": UNKNOWN}, DANGER),
    (AZURE_SUBNET, {"networkSecurityGroup": {"id": UNKNOWN}}, {}, DANGER),
    (AZURE_SUBNET, {"networkSecurityGroup": {"id": "a"}}, {"networkSecurityGroup": {"id": "b"}}, WEAKER),
    (GATEWAY, {}, {"autoAcceptSharedAttachments": "enable"}, WEAKER),
    (GATEWAY, {"autoAcceptSharedAttachments": "disable"}, {"autoAcceptSharedAttachments": UNKNOWN}, UNTOLD),
    (GATEWAY, {"defaultRouteTablePropagation": "disable"}, {}, WEAKER),
    (VPC_ATTACHMENT, {"transitGatewayDefaultRouteTableAssociation": False}, {}, WEAKER),
    (ROUTE, TO_KONG, {**TO_KONG, "destinationCidrBlock": "10.0.0.0/8"}, WEAKER),
    (ROUTE, TO_KONG, {**TO_KONG, "destinationCidrBlock": UNKNOWN}, UNTOLD),
    (ROUTE, TO_KONG, {**TO_KONG, "transitGatewayRouteTableId": "rtb-2"}, WEAKER),
    (ROUTE, {**TO_KONG, "blackhole": True}, TO_KONG, WEAKER),
    (ASSOCIATION, {"transitGatewayRouteTableId": "own"}, {"transitGatewayRouteTableId": "shared"}, WEAKER),
    (SHARE, {"allowExternalPrincipals": False}, {"allowExternalPrincipals": True}, WEAKER),
    (PRINCIPAL, {"principal": "1"}, {"principal": "2"}, WEAKER),
    (ROLE, GRANTED, {"permissions": [{"actions": ["*"]}]}, DANGER),
    (ROLE, {"permissions": []}, {"permissions": [{"dataActions": ["*"]}]}, DANGER),
    (ROLE, {"permissions": []}, {"permissions": UNKNOWN}, UNTOLD),
    (ROLE, {"assignableScopes": ["/subscriptions/s"]}, {"assignableScopes": ["/"]}, WEAKER),
    (ASSIGNMENT, ASSIGNED, {**ASSIGNED, "scope": "/subscriptions/s"}, DANGER),
    (ASSIGNMENT, ASSIGNED, {**ASSIGNED, "scope": UNKNOWN}, WEAKER),
    (ASSIGNMENT, ASSIGNED, {**ASSIGNED, "principalId": "somebody"}, WEAKER),
    (
        ASSIGNMENT,
        ASSIGNED,
        {**ASSIGNED, "roleDefinitionId": "/x/8E3AF657-a8ff-443c-a75c-2fe8c4bcb635"},
        DANGER,
    ),
    (STACK, {"name": "org/p/prod"}, {"name": "org/p/dev"}, UNTOLD),
    ("pulumi:providers:aws", {"region": "us-east-2"}, {"region": "us-east-1"}, UNTOLD),
    ("pulumi:providers:aws", {}, {"pluginDownloadURL": "https://x"}, DANGER),
]


def compared(base: str, head: str) -> Report:
    return report_of(preview_of(head), preview_of(base))


@pytest.mark.parametrize(("kind", "before", "after", "level"), CHANGES)
def test_no_weakening_looks_neutral(
    kind: str, before: dict[str, Any], after: dict[str, Any], level: Level
) -> None:
    report = compared(digest(created(kind, "it", before)), digest(created(kind, "it", after)))
    [row] = report.rows
    assert row.level is level, row
    assert "Look closely" in report.summary
    assert UNKNOWN not in repr(report)


# Of these a new one says nothing by itself: what takes a new provider is told of, and so is what is behind a new group.
NAMED_BY_OTHERS = ({"region": "us-east-1"}, {"networkSecurityGroup": {"id": "b"}})


@pytest.mark.parametrize(
    ("kind", "before", "after"), [each[:3] for each in CHANGES if each[2] not in NAMED_BY_OTHERS]
)
def test_no_weakening_hides_in_a_new_name(kind: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    report = compared(digest(created(kind, "it", before)), digest(created(kind, "that", after)))
    assert report.rows[0].level in (DANGER, WEAKER, UNTOLD)


HIDDEN = [
    (INGRESS, {**RULE, "cidrIpv4": UNKNOWN}, "cidrIpv4"),
    (INGRESS, {**RULE, "securityGroupId": UNKNOWN}, "securityGroupId"),
    (ROUTE, {**TO_KONG, "transitGatewayRouteTableId": UNKNOWN}, "transitGatewayRouteTableId"),
    (AZURE_SUBNET, {"networkSecurityGroup": {"id": UNKNOWN}}, "networkSecurityGroup"),
    (HEADER, ORDERS, "shared_secret"),
]


@pytest.mark.parametrize(("kind", "inputs", "key"), HIDDEN)
def test_a_value_that_is_not_shown_and_comes_from_elsewhere_is_told(
    kind: str, inputs: dict[str, Any], key: str
) -> None:
    def made_of(*sources: str) -> str:
        whole = created(kind, "it", inputs)
        whole["newState"]["propertyDependencies"] = {key: [urn("a:b/c:D", each) for each in sources]}
        return digest(whole)

    [row] = compared(made_of("narrow"), made_of("wide")).rows
    assert row.level is UNTOLD
    assert "wide rather than narrow" in row.effects[0].text
    assert compared(made_of("one", "other"), made_of("other", "one")).rows == ()


@pytest.mark.parametrize(
    ("key", "before", "after", "level"),
    [
        ("protect", True, False, WEAKER),
        (
            "provider",
            urn("pulumi:providers:aws", "one") + "::id",
            urn("pulumi:providers:aws", "two") + "::id",
            UNTOLD,
        ),
        ("additionalSecretOutputs", ["shared_secret"], [], DANGER),
    ],
)
def test_options_that_protect_are_compared_too(key: str, before: Any, after: Any, level: Level) -> None:
    def with_option(value: Any) -> str:
        whole = created(HEADER, "orders", ORDERS)
        whole["newState"][key] = value
        return digest(whole)

    [row] = compared(with_option(before), with_option(after)).rows
    assert (row.level, row.what) == (level, f"changed: {key}")


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_resource_that_is_only_called_like_this_packages_is_told(protocol: int) -> None:
    def made_by(provider: object, **more: Any) -> str:
        pickled = base64.b64encode(pickle.dumps(provider, protocol)).decode()
        return digest(created(HEADER, "orders", {**ORDERS, "__provider": pickled, **more}))

    own = made_by(SharedSecretHeaderProvider())
    assert compared(digest(), own).rows[0].level is Level.STRONGER
    for foreign in (SharedSecretProvider(), Fraction(1), "kong_secure.resources.shared_secret_header"):
        for base in (own, digest()):
            [row] = compared(base, made_by(foreign)).rows
            assert (row.level, row.effects[0].text[:31]) == (DANGER, "is made by code that isn't this")
    hidden = digest(created(HEADER, "orders", {**ORDERS, "__provider": SECRET}))
    assert compared(own, hidden).rows[0].level is DANGER
    weakened = made_by(SharedSecretHeaderProvider(), overwrite=False, __defaults=["overwrite"])
    assert compared(own, weakened).rows[0].level is WEAKER


def test_another_version_of_a_default_provider_is_no_change_of_what_it_makes() -> None:
    def made_by(version: str) -> str:
        whole = created(GATEWAY, "it", {})
        whole["newState"]["provider"] = f"{urn('pulumi:providers:aws', f'default_{version}')}::{UNKNOWN}"
        return digest(whole)

    assert compared(made_by("7_1_0"), made_by("7_2_0")).rows == ()


def test_a_header_that_waits_for_no_private_path_any_more_is_told_though_the_path_is_there() -> None:
    path = (
        created(ATTACHMENT, "path", PATH),
        created(READY, "path-ready", {"attachments": UNKNOWN}, urn(ATTACHMENT, "path")),
        created(HEADER, "other", {**ORDERS, "service": "other"}, urn(READY, "path-ready")),
    )
    private = digest(*path, created(HEADER, "orders", ORDERS, urn(READY, "path-ready")))
    public = digest(*path, created(HEADER, "orders", ORDERS))
    report = compared(private, public)
    [row] = report.rows
    assert (row.name, row.level, row.what) == ("orders", DANGER, "unchanged, another way")
    assert "its requests go over public internet" in row.effects[0].text
    [back] = compared(public, private).rows
    assert back.level is Level.STRONGER


def test_types_that_nobody_judges_are_said_to_be_so() -> None:
    base, head = (
        digest(created("aws:ec2/networkAcl:NetworkAcl", "open", {"ingress": each})) for each in (1, 2)
    )
    report = compared(base, head)
    assert "1 of them is of types that this report doesn't judge" in report.summary
    assert "Nothing of the rest" in report.summary
    assert [row.judged for row in report.rows] == [False]


def test_what_was_open_and_becomes_narrower_is_not_said_to_open() -> None:
    base = digest(created(INGRESS, "it", {**RULE, "fromPort": 0, "toPort": 65535, "cidrIpv4": "0.0.0.0/0"}))
    [row] = compared(base, digest(created(INGRESS, "it", RULE))).rows
    assert [each.level for each in row.effects] == [Level.STRONGER]


def test_previews_of_two_stacks_and_what_is_missing_are_said_before_everything_else() -> None:
    whole = digest(created(HEADER, "orders", ORDERS))
    other = whole.replace("urn:pulumi:dev::shop", "urn:pulumi:prod::shop")
    [note] = compared(other, whole).notes
    assert note.startswith("The previews are of different stacks")
    assert note.endswith("shop/prod and shop/dev")
    [note] = compared(whole, digest()).notes
    assert "no resource at all" in note
    failed = digest(diagnostics=[{"severity": "error", "message": "no stack dev"}])
    [note] = compared(failed, whole).notes
    assert note.startswith("The preview of the base isn't whole")
    assert note.endswith("no stack dev")
    assert compared(failed, digest(diagnostics=[])).summary != "Nothing changes."


def test_what_was_changed_by_hand_is_told_when_it_is_seen_and_when_it_is_put_right() -> None:
    by_hand = {**ORDERS, "overwrite": False}
    seen = step(HEADER, "orders", ORDERS, by_hand, op="refresh")
    [row] = report_of(preview_of(digest(seen))).rows
    assert row.level is WEAKER
    [row] = report_of(preview_of(digest(seen, step(HEADER, "orders", by_hand, ORDERS)))).rows
    assert row.level is Level.STRONGER
    [row] = report_of(preview_of(digest(step(HEADER, "orders", ORDERS, None, op="refresh")))).rows
    assert row.level is DANGER
    unchanged = step(HEADER, "orders", ORDERS, ORDERS, op="refresh")
    assert report_of(preview_of(digest(unchanged))).rows == ()


def test_steps_of_a_state_with_what_is_yet_to_be_deleted_tell_of_the_living() -> None:
    weakened = {**ORDERS, "overwrite": False}
    steps = [step(HEADER, "orders", ORDERS, None), step(HEADER, "orders", ORDERS, weakened)]
    [row] = report_of(preview_of(digest(*steps))).rows
    assert row.level is WEAKER
    assert state(HEADER, "orders", ORDERS)["inputs"]["shared_secret"] == SECRET
