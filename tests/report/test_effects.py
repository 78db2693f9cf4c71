"""What a change does to security: each way to open, close, widen, weaken, replace or remove something is told."""

from __future__ import annotations

from typing import Any

import pytest

from kong_secure.report.changes import of_preview
from kong_secure.report.digest import preview_of
from kong_secure.report.effects import effects
from kong_secure.report.header_effects import MOVED_BY
from kong_secure.report.levels import Level
from kong_secure.resources.shared_secret_header import SharedSecretHeaderProvider
from tests.report.digests import ATTACHMENT, HEADER, INGRESS, ORDERS, PEERING, UNKNOWN, digest, step

Inputs = dict[str, Any] | None

REFUSAL = {"access": "Deny", "direction": "Inbound", "sourceAddressPrefix": "10.1.0.0/16", "priority": 101}
ALLOWANCE = {
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "Tcp",
    "sourceAddressPrefix": "10.1.0.0/16",
    "destinationPortRange": "443",
}
HTTPS = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
GATEWAY = "aws:ec2transitgateway/transitGateway:TransitGateway"
AZURE_RULE = "azure-native:network:SecurityRule"
PATH = {"cidr_blocks": ["10.8.0.0/16"], "transit_gateway_id": "tgw-1"}
VNET = {"vnet_name": "orders", "subscription_id": "s"}

CASES: list[tuple[str, Inputs, Inputs, Level, str]] = [
    (HEADER, None, ORDERS, Level.STRONGER, "header added: Authorization on service orders"),
    (HEADER, ORDERS, None, Level.DANGER, "header removed: Authorization on service orders"),
    (
        HEADER,
        ORDERS,
        {**ORDERS, "service": "b"},
        Level.WEAKER,
        "header replaced: Authorization on service orders goes",
    ),
    (HEADER, ORDERS, {**ORDERS, "enabled": False}, Level.DANGER, "the gateway doesn't add it"),
    (HEADER, None, {**ORDERS, "enabled": False}, Level.DANGER, "the gateway doesn't add it"),
    (HEADER, {**ORDERS, "enabled": False}, ORDERS, Level.STRONGER, "the gateway adds the header again"),
    (
        HEADER,
        ORDERS,
        {**ORDERS, "overwrite": False},
        Level.WEAKER,
        "a caller's own header of that name is not removed",
    ),
    (HEADER, {**ORDERS, "overwrite": False}, ORDERS, Level.STRONGER, "is removed again"),
    (HEADER, ORDERS, {**ORDERS, "shared_secret": "plain"}, Level.DANGER, "shared_secret isn't marked secret"),
    (
        HEADER,
        ORDERS,
        {**ORDERS, "header_name": "X-S"},
        Level.WEAKER,
        "header_name Authorization becomes X-S",
    ),
    (ATTACHMENT, None, PATH, Level.WEAKER, "path opened: Kong's network reaches 10.8.0.0/16"),
    (ATTACHMENT, PATH, None, Level.CHANGED, "path closed: Kong's network no longer reaches 10.8.0.0/16"),
    (
        ATTACHMENT,
        PATH,
        {**PATH, "cidr_blocks": ["10.0.0.0/8"]},
        Level.WEAKER,
        "path widened: Kong's network reaches 10.0",
    ),
    (
        ATTACHMENT,
        {**PATH, "cidr_blocks": ["10.0.0.0/8"]},
        PATH,
        Level.STRONGER,
        "path narrowed: Kong's network no longer reaches 10.0.0.0/8",
    ),
    (
        ATTACHMENT,
        PATH,
        {**PATH, "cidr_blocks": UNKNOWN},
        Level.UNKNOWN,
        "cidr_blocks was 10.8.0.0/16, and is known after up alone",
    ),
    (
        ATTACHMENT,
        PATH,
        {**PATH, "transit_gateway_id": "tgw-2"},
        Level.CHANGED,
        "path replaced (transit_gateway_id)",
    ),
    (PEERING, None, VNET, Level.WEAKER, "path opened: Kong's whole network reaches virtual network orders"),
    (PEERING, VNET, None, Level.CHANGED, "path closed"),
    (PEERING, VNET, {**VNET, "vnet_name": "b"}, Level.CHANGED, "path replaced"),
    (
        INGRESS,
        None,
        {**HTTPS, "cidrIpv4": "0.0.0.0/0"},
        Level.DANGER,
        "opens port 443 (tcp) to the whole internet",
    ),
    (
        INGRESS,
        None,
        {**HTTPS, "cidrIpv6": "::/0"},
        Level.DANGER,
        "opens port 443 (tcp) to the whole internet",
    ),
    (
        INGRESS,
        None,
        {**HTTPS, "cidrIpv4": "10.0.0.0/16"},
        Level.WEAKER,
        "opens port 443 (tcp) to 10.0.0.0/16",
    ),
    (
        INGRESS,
        {**HTTPS, "cidrIpv4": "10.0.0.0/16"},
        None,
        Level.STRONGER,
        "closes port 443 (tcp) to 10.0.0.0/16",
    ),
    (
        INGRESS,
        None,
        {"ipProtocol": "-1", "cidrIpv4": "10.0.0.0/16"},
        Level.WEAKER,
        "opens every port to 10.0.0.0/16",
    ),
    (
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": []},
        {"ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 90, "cidrBlocks": ["0.0.0.0/0"]}]},
        Level.DANGER,
        "opens port 80-90 (tcp) to the whole internet",
    ),
    (
        GATEWAY,
        None,
        {"autoAcceptSharedAttachments": "enable"},
        Level.WEAKER,
        "accepts every attachment by itself",
    ),
    (GATEWAY, {"autoAcceptSharedAttachments": "enable"}, {}, Level.STRONGER, "no longer accepts"),
    (
        "aws:ram/principalAssociation:PrincipalAssociation",
        None,
        {"principal": "1"},
        Level.WEAKER,
        "shares with account: 1",
    ),
    (AZURE_RULE, None, ALLOWANCE, Level.WEAKER, "opens port 443 (tcp) to 10.1.0.0/16"),
    (
        AZURE_RULE,
        None,
        {**ALLOWANCE, "sourceAddressPrefix": "*"},
        Level.DANGER,
        "port 443 (tcp) to the whole internet",
    ),
    (
        "azure-native:network/v20240501:NetworkSecurityGroup",
        None,
        {"securityRules": [ALLOWANCE]},
        Level.WEAKER,
        "443",
    ),
    (AZURE_RULE, None, REFUSAL, Level.STRONGER, "refuses everything else from 10.1.0.0/16"),
    (AZURE_RULE, REFUSAL, None, Level.DANGER, "no longer refuses what comes from 10.1.0.0/16"),
    (AZURE_RULE, REFUSAL, ALLOWANCE, Level.DANGER, "no longer refuses what comes from 10.1.0.0/16"),
    (
        "azure-native:authorization:RoleDefinition",
        None,
        {"permissions": [{"actions": ["Microsoft.Network/virtualNetworks/read", "*"]}]},
        Level.DANGER,
        "the role allows more than VNet peering needs: *",
    ),
    (
        "azure-native:authorization:RoleAssignment",
        None,
        {"scope": "/s/vnet"},
        Level.WEAKER,
        "gives a role on /s/vnet",
    ),
    (
        "azure-native:authorization:RoleAssignment",
        {"scope": "/s/vnet"},
        None,
        Level.STRONGER,
        "role on /s/vnet away",
    ),
]


@pytest.mark.parametrize(("kind", "old", "new", "level", "said"), CASES)
def test_a_change_is_told_with_its_gravity(
    kind: str, old: Inputs, new: Inputs, level: Level, said: str
) -> None:
    [changed] = of_preview(preview_of(digest(step(kind, "it", old, new))))
    told = effects(changed)
    assert [each.level for each in told if said in each.text] == [level]
    assert told[0].level is min(told, key=lambda each: list(Level).index(each.level)).level


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (HEADER, ORDERS, ORDERS),
        (ATTACHMENT, PATH, {**PATH, "timeout_seconds": 60}),
        (
            INGRESS,
            {**HTTPS, "cidrIpv4": "10.0.0.0/16"},
            {**HTTPS, "cidrIpv4": "10.0.0.0/16", "tags": {"a": "b"}},
        ),
        (
            INGRESS,
            {**HTTPS, "cidrIpv4": "10.0.0.0/16"},
            {**HTTPS, "cidrIpv4": "10.0.0.0/16", "fromPort": 443.0},
        ),
        ("aws:ec2/vpc:Vpc", None, {"cidrBlock": "10.8.0.0/16"}),
        ("azure-native:authorization:RoleDefinition", None, {"permissions": None}),
    ],
)
def test_what_does_nothing_to_security_is_said_to_do_nothing(kind: str, old: Inputs, new: Inputs) -> None:
    [changed] = of_preview(preview_of(digest(step(kind, "it", old, new))))
    assert effects(changed) == ()


def test_what_moves_a_header_is_what_replaces_it() -> None:
    assert set(MOVED_BY) == set(SharedSecretHeaderProvider.replaced_by)
