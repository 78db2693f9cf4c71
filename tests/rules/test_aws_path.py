"""What is told of a path as a whole, from what is known of its ends."""

from __future__ import annotations

from typing import Any

import pytest

from kong_secure.rules.aws_path import GatewaysEnd, PathFacts, path_findings
from kong_secure.rules.kongs_network import KongsEnd

ORDERS = {"orders": "10.8.0.0/16"}
GATEWAY = GatewaysEnd(
    id="tgw-0123456789abcdef0",
    region="us-east-2",
    owner="222222222222",
    account="222222222222",
    accepts_by_itself=False,
)
KONG = KongsEnd("10.0.0.0/16", "us-east-2", "ready", "aws")


def told(**facts: Any) -> list[str]:
    return [str(finding) for finding in path_findings(PathFacts(**facts))]


def test_a_path_that_is_right_and_one_of_which_nothing_is_known_pass() -> None:
    assert told(kong=KONG, gateway=GATEWAY, vpc_blocks=ORDERS, cidr_blocks=("10.8.0.0/16",)) == []
    assert told() == []


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"kong": KongsEnd(provider="azure")}, "network is on azure"),
        ({"kong": KongsEnd(state="initializing")}, "network is 'initializing' and not ready"),
        (
            {"kong": KongsEnd("10.8.1.0/24"), "vpc_blocks": ORDERS},
            "overlaps with Kong's network, 10.8.1.0/24",
        ),
        (
            {"kong": KongsEnd("10.0.0.0/16"), "vpc_blocks": ORDERS, "cidr_blocks": ("10.0.0.0/8",)},
            "cidr_blocks '10.0.0.0/8' overlaps with Kong's network",
        ),
        (
            {"vpc_blocks": {**ORDERS, "users": "10.8.128.0/17"}},
            "users '10.8.128.0/17' overlaps with orders '10.8.0.0/16'",
        ),
        (
            {"vpc_blocks": ORDERS, "cidr_blocks": ("10.8.0.0/17",)},
            "orders '10.8.0.0/16' is covered by none of cidr_blocks",
        ),
        (
            {"vpc_blocks": ORDERS, "cidr_blocks": ("10.8.0.0/16", "10.9.0.0/16")},
            "cidr_blocks '10.9.0.0/16' covers nothing of what vpcs declare",
        ),
        (
            {"gateway": GatewaysEnd(region="eu-west-1"), "kong": KONG},
            "the transit gateway is in eu-west-1, and Kong's network is in us-east-2",
        ),
        ({"gateway": GatewaysEnd(share_region="eu-west-1"), "kong": KONG}, "ram_share_arn is in eu-west-1"),
        (
            {"gateway": GatewaysEnd(id="tgw-1", owner="333333333333", account="222222222222")},
            "acts for 222222222222: give as gateway_provider one for account 333333333333",
        ),
        ({"gateway": GatewaysEnd(accepts_by_itself=True)}, "give accept_attachment=False"),
        ({"gateway": GATEWAY, "accepts": False}, "doesn't accept attachments by itself"),
        (
            {"vpc_blocks": ORDERS, "dns_servers": ("10.8.0.2",)},
            "dns_config server '10.8.0.2' is the own resolver of 10.8.0.0/16, which nobody outside reaches",
        ),
        ({"dns_servers": ("169.254.169.253",)}, "Resolver inbound endpoint"),
        ({"vpc_blocks": ORDERS, "dns_servers": ("10.9.0.10",)}, "lies outside of every declared block"),
        ({"zones": {"subnets": ["a", "b", "a"]}}, "subnets has 2 subnets in a"),
    ],
)
def test_what_is_wrong_is_told_once_with_its_fix(facts: dict[str, Any], sentence: str) -> None:
    [finding] = told(**facts)
    assert sentence in finding


def test_blocks_known_in_part_are_not_called_superfluous() -> None:
    facts: dict[str, Any] = {"vpc_blocks": ORDERS, "cidr_blocks": ("10.8.0.0/16", "10.9.0.0/16")}
    assert told(**facts, complete=False) == []
    assert told(vpc_blocks=ORDERS, dns_servers=("10.9.0.10",), complete=False) == []


def test_what_is_no_block_is_left_to_those_who_check_blocks() -> None:
    assert told(kong=KONG, vpc_blocks={"orders": "10.8.0.1/16", "users": "x"}, cidr_blocks=("::/0",)) == []
