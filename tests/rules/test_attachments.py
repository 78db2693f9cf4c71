"""Attachments: names, inputs, and where a live one differs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kong_secure.rules.attachments import (
    LONGEST_NAME,
    WantedFields,
    attachment_findings,
    differing_fields,
    owned_name,
    same_dns,
    wait_findings,
)

SHARE = "arn:aws:ram:us-east-2:222222222222:resource-share/4b7e2c8a-1234-5678-abcd-ef1234567890"
CONFIG = {"kind": "aws", "transit_gateway_id": "tgw-0123456789abcdef0", "ram_share_arn": SHARE}
GIVEN: dict[str, object] = {
    "network_id": "36ae63d3-efd1-4bec-b246-62aa5d3f5695",
    "name": "orders",
    "transit_gateway_id": "tgw-0123456789abcdef0",
    "ram_share_arn": SHARE,
    "cidr_blocks": ["10.8.0.0/16"],
    "timeout_seconds": 1800,
}
MAPPING = {"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}


@dataclass(frozen=True)
class Dns:
    servers: tuple[str, ...]
    domains: tuple[str, ...]


@dataclass(frozen=True)
class Live:
    cidr_blocks: tuple[str, ...] = ("10.8.0.0/16", "10.9.0.0/16")
    dns: tuple[Dns, ...] = (Dns(("10.8.0.10",), ("orders.internal",)),)
    config: dict[str, str] = field(default_factory=lambda: {**CONFIG, "attachment_id": "tgw-attach-1"})


WANTED = WantedFields(CONFIG, ("10.9.0.0/16", "10.8.0.0/16"), (Dns(("10.8.0.10",), ("orders.internal",)),))


def test_a_name_at_konnect_is_frozen_because_interrupted_creates_are_found_by_it() -> None:
    assert owned_name("orders", "org/project/stack/orders") == "orders-a645bc7a"


def test_another_owner_has_another_name_and_the_longest_fits() -> None:
    assert owned_name("orders", "org/project/dev/a") != owned_name("orders", "org/project/prod/a")
    assert len(owned_name("n" * LONGEST_NAME, "owner")) == 120


def test_what_differs_from_what_was_wanted_is_named_by_field() -> None:
    live = Live()
    assert differing_fields(WANTED, live) == ()
    assert differing_fields(WANTED, replace(live, cidr_blocks=("10.8.0.0/16",))) == ("cidr_blocks",)
    assert differing_fields(WANTED, replace(live, dns=())) == ("dns_config",)
    for key in CONFIG:
        other = {**live.config, key: "another"}
        assert differing_fields(WANTED, replace(live, config=other)) == (key,)


def test_dns_mappings_are_compared_by_what_they_say() -> None:
    split = [Dns(("10.8.0.10",), ("a.internal",)), Dns(("10.8.0.10",), ("B.internal",))]
    assert same_dns(split, [Dns(("10.8.0.10",), ("b.internal", "A.internal"))])
    assert not same_dns(split, [Dns(("10.8.0.11",), ("b.internal", "a.internal"))])
    assert not same_dns(split, split[:1])


def test_right_inputs_have_no_finding() -> None:
    assert list(attachment_findings(GIVEN)) == []
    assert list(attachment_findings({**GIVEN, "dns_config": [MAPPING]})) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network_id": "production"}, "KonnectNetwork(...).id"),
        ({"name": ""}, "give 1 to 111 characters"),
        ({"name": "n" * 112}, "is no name"),
        ({"name": 7}, "is no name"),
        (
            {
                "transit_gateway_id": "arn:aws:ec2:us-east-2:222222222222:transit-gateway/tgw-0123456789abcdef0"
            },
            "is an ARN, and Konnect wants the id: give tgw-0123456789abcdef0",
        ),
        ({"transit_gateway_id": "gateway"}, "give one such as tgw-"),
        ({"ram_share_arn": "4b7e2c8a"}, "is no ARN of a RAM resource share"),
        ({"ram_share_arn": SHARE.replace(":ram:", ":ec2:")}, "is no ARN of a RAM resource share"),
        ({"cidr_blocks": ["10.8.0.1/16"]}, "write 10.8.0.0/16"),
        ({"dns_config": MAPPING}, "is no list"),
        ({"dns_config": [{**MAPPING, "port": 53}]}, "is no DNS mapping"),
        ({"dns_config": [{**MAPPING, "domain_proxy_list": []}]}, "is no list with something in it"),
        ({"dns_config": [{**MAPPING, "remote_dns_server_ip_addresses": ["ns1"]}]}, "is no IPv4 address"),
        ({"timeout_seconds": 0}, "give 1 to 86400 seconds"),
        ({"timeout_seconds": True}, "is no time to wait"),
        ({"timeout_seconds": "long"}, "is no time to wait"),
    ],
)
def test_what_is_wrong_with_an_input_is_told_with_the_fix(change: dict[str, Any], words: str) -> None:
    [finding] = attachment_findings({**GIVEN, **change})
    assert words in str(finding)


def test_every_problem_is_told_and_what_is_known_later_is_left_alone() -> None:
    found = [finding.subject.split()[0] for finding in attachment_findings({})]
    assert found == [*list(GIVEN)[:-1], "timeout_seconds"]
    assert list(attachment_findings({}, GIVEN.keys())) == []


def test_a_wait_needs_two_ids_and_a_time() -> None:
    right = {"network_id": GIVEN["network_id"], "attachment_id": GIVEN["network_id"], "timeout_seconds": 1.5}
    assert list(wait_findings(right)) == []
    for key in right:
        [finding] = wait_findings({**right, key: "x"})
        assert finding.subject.startswith(key)
