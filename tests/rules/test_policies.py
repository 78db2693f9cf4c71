"""What a policy refuses, and that it lets everything else pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kong_secure.rules import policies
from kong_secure.rules.exposure import UNKNOWN
from kong_secure.rules.policies import ATTACHMENT, GATEWAY, HEADER, TRANSIT_ROUTE, Declared

TRANSFORMER = "konnect:index/gatewayPluginRequestTransformer:GatewayPluginRequestTransformer"
PLUGIN = "kong:index/plugin:Plugin"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ADDED = {"add": {"headers": ["X-Gateway-Secret: s3cret"]}}
WORLD = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"}


@pytest.mark.parametrize(
    ("kind", "inputs", "said"),
    [
        (
            HEADER,
            {"header_name": "X-S", "overwrite": False},
            ["the header is only added (overwrite is False)"],
        ),
        (HEADER, {"overwrite": 0}, ["the header is only added"]),
        (HEADER, {"header_name": "X-S", "overwrite": True}, []),
        (HEADER, {}, []),
        (HEADER, {"header_name": "X-S", "overwrite": UNKNOWN}, []),
        (TRANSFORMER, {"config": ADDED}, ["config.add.headers[0] is only added: Kong leaves"]),
        (TRANSFORMER, {"config": {**ADDED, "remove": {"headers": ["x-gateway-secret"]}}}, []),
        (
            TRANSFORMER,
            {"config": {**ADDED, "remove": {"querystring": ["X-Gateway-Secret"]}}},
            ["config.add.headers[0] is only added"],
        ),
        (TRANSFORMER, {"config": UNKNOWN}, []),
        (
            PLUGIN,
            {"name": "request-transformer", "configJson": json.dumps(ADDED)},
            ["configJson.add.headers[0]"],
        ),
        (PLUGIN, {"name": "request-transformer", "configJson": "{"}, []),
        (PLUGIN, {"name": "rate-limiting", "config": ADDED}, []),
    ],
)
def test_a_header_that_is_only_added_is_refused(kind: str, inputs: dict[str, Any], said: list[str]) -> None:
    found = list(policies.add_only(kind, inputs))
    assert len(found) == len(said)
    assert all(words in problem for words, problem in zip(said, found, strict=True))
    assert "s3cret" not in "".join(found)


@pytest.mark.parametrize(
    ("kind", "inputs", "secret"),
    [
        (HEADER, {}, {"shared_secret"}),
        (TRANSFORMER, {"config": ADDED, "enabled": True}, {"config"}),
        (TRANSFORMER, {"config": {"remove": {"headers": ["X-A"]}}}, set()),
        (PLUGIN, {"name": "request-transformer", "configJson": json.dumps(ADDED)}, {"configJson"}),
        ("aws:ec2/vpc:Vpc", {"config": ADDED}, set()),
    ],
)
def test_what_holds_a_secret_is_known(kind: str, inputs: dict[str, Any], secret: set[str]) -> None:
    assert policies.secret_inputs(kind, inputs) == secret


@pytest.mark.parametrize(
    ("kind", "inputs", "wide"),
    [
        (ATTACHMENT, {"cidr_blocks": ["10.8.0.0/16", "10.0.0.0/8"]}, ["10.0.0.0/8"]),
        (ATTACHMENT, {"cidr_blocks": ["10.8.0.0/17", "10.8.128.0/17"]}, []),
        (ATTACHMENT, {"cidr_blocks": UNKNOWN}, []),
        (ATTACHMENT, {"cidr_blocks": [UNKNOWN, "no block"]}, []),
        (TRANSIT_ROUTE, {"destinationCidrBlock": "0.0.0.0/0"}, ["0.0.0.0/0"]),
        (TRANSIT_ROUTE, {"destinationCidrBlock": "0.0.0.0/0", "blackhole": True}, []),
        ("aws:ec2/route:Route", {"destinationCidrBlock": "0.0.0.0/0"}, []),
    ],
)
def test_a_block_outside_the_allowed_ones_is_refused(
    kind: str, inputs: dict[str, Any], wide: list[str]
) -> None:
    found = list(policies.wider_than_allowed(kind, inputs, ["10.8.0.0/16"]))
    assert found == [f"{block} is wider than the allowed 10.8.0.0/16" for block in wide]


def test_what_kong_sends_without_a_route_for_it_is_refused() -> None:
    path = Declared("urn:path", ATTACHMENT, {"cidr_blocks": ["10.8.0.0/16", "10.9.0.0/16"]})
    route = Declared("urn:route", TRANSIT_ROUTE, {"destinationCidrBlock": "10.8.0.0/16"})
    later = Declared("urn:later", TRANSIT_ROUTE, {"destinationCidrBlock": UNKNOWN})
    assert list(policies.wider_than_routed([path, route])) == [
        ("urn:path", "cidr_blocks has 10.9.0.0/16, and no route of this stack's leads there")
    ]
    # Where routes are somebody else's, or one isn't known yet, there is nothing to say.
    assert list(policies.wider_than_routed([path])) == []
    assert list(policies.wider_than_routed([path, route, later])) == []


def test_a_gateway_that_accepts_by_itself_is_told() -> None:
    assert len(list(policies.accepting_gateway(GATEWAY, {"autoAcceptSharedAttachments": "enable"}))) == 1
    assert list(policies.accepting_gateway(GATEWAY, {"autoAcceptSharedAttachments": "disable"})) == []
    assert list(policies.accepting_gateway(GATEWAY, {})) == []


def test_what_is_open_to_the_world_is_a_way_around_a_path_and_nothing_elsewhere() -> None:
    rule = Declared("urn:rule", INGRESS, WORLD)
    narrow = Declared("urn:narrow", INGRESS, {**WORLD, "cidrIpv4": "10.0.0.0/16"})
    header = Declared("urn:header", HEADER, {})
    [(urn, problem)] = policies.open_beside_a_path([header, rule, narrow])
    assert (urn, problem.split(" goes ")[0]) == ("urn:rule", "port 443 (tcp) from 0.0.0.0/0")
    assert list(policies.open_beside_a_path([rule])) == []


@pytest.mark.parametrize(
    ("kind", "inputs", "wide"),
    [
        (TRANSIT_ROUTE, {"destinationCidrBlock": "::/0"}, ["::/0"]),
        (TRANSIT_ROUTE, {"destinationCidrBlock": "10.9.0.1/8"}, ["10.9.0.1/8"]),
        (TRANSIT_ROUTE, {"destinationCidrBlock": "0.0.0.0/0", "blackhole": UNKNOWN}, ["0.0.0.0/0"]),
    ],
)
def test_a_block_is_read_as_a_cloud_reads_it(kind: str, inputs: dict[str, Any], wide: list[str]) -> None:
    found = list(policies.wider_than_allowed(kind, inputs, ["10.8.0.0/16"]))
    assert found == [f"{block} is wider than the allowed 10.8.0.0/16" for block in wide]


def test_allowed_blocks_that_are_none_are_told_and_not_taken_for_an_allowance() -> None:
    [problem] = policies.wider_than_allowed(
        ATTACHMENT, {"cidr_blocks": ["10.8.0.0/16"]}, ["10.8.0.0/16", "all"]
    )
    assert problem == "the allowed blocks have 'all', which is no block such as 10.8.0.0/16"
    assert list(policies.wider_than_allowed("aws:ec2/vpc:Vpc", {}, ["all"])) == []


@pytest.mark.parametrize("kind", ["append", "replace", "add"])
def test_every_way_to_give_a_header_a_value_holds_a_secret(kind: str) -> None:
    config = {kind: {"headers": ["X-Gateway-Secret:s3cret"]}}
    assert policies.secret_inputs(TRANSFORMER, {"config": config}) == {"config"}
    assert len(list(policies.add_only(TRANSFORMER, {"config": config}))) == (kind != "replace")


def test_what_is_marked_or_not_known_yet_is_no_secret_in_clear() -> None:
    assert policies.secret_inputs(HEADER, {"shared_secret": UNKNOWN}) == set()
    assert policies.secret_inputs(TRANSFORMER, {"config": {"add": {"headers": [UNKNOWN]}}}) == set()
    assert list(policies.add_only(TRANSFORMER, {"config": {"add": {"headers": [UNKNOWN]}}})) == []


AZURE_RULE = "azure-native:network/v20240501:SecurityRule"
ALLOWED = {"access": "Allow", "direction": "Inbound", "protocol": "Tcp", "destinationPortRange": "443"}


@pytest.mark.parametrize(
    ("kind", "inputs", "is_open"),
    [
        (INGRESS, {**WORLD, "cidrIpv4": None, "cidrIpv6": "::/0"}, True),
        (INGRESS, {**WORLD, "cidrIpv4": "0.0.0.0/1"}, True),
        (INGRESS, {**WORLD, "cidrIpv4": UNKNOWN}, False),
        (INGRESS, {**WORLD, "fromPort": UNKNOWN, "ipProtocol": UNKNOWN}, True),
        ("aws:ec2/securityGroup:SecurityGroup", {"ingress": UNKNOWN}, False),
        (
            "aws:ec2/securityGroup:SecurityGroup",
            {
                "ingress": [
                    {"protocol": "tcp", "fromPort": 443.0, "toPort": 443.0, "ipv6CidrBlocks": ["::/0"]}
                ]
            },
            True,
        ),
        (AZURE_RULE, {**ALLOWED, "access": "allow", "sourceAddressPrefix": "Internet"}, True),
        (AZURE_RULE, {**ALLOWED, "sourceAddressPrefix": UNKNOWN}, False),
        (AZURE_RULE, {**ALLOWED, "sourceAddressPrefixes": ["10.0.0.0/16", "0.0.0.0/0"]}, True),
        (AZURE_RULE, {**ALLOWED, "sourceApplicationSecurityGroups": [{"id": "a"}]}, False),
        (AZURE_RULE, {**ALLOWED, "access": UNKNOWN, "sourceAddressPrefix": "*"}, False),
    ],
)
def test_openings_to_the_world_are_seen_in_every_form(
    kind: str, inputs: dict[str, Any], is_open: bool
) -> None:
    found = list(
        policies.open_beside_a_path([Declared("urn:header", HEADER, {}), Declared("urn:r", kind, inputs)])
    )
    assert bool(found) == is_open
    assert UNKNOWN not in "".join(problem for _, problem in found)


SECRET = "s3cret"
READ: list[tuple[str, dict[str, Any]]] = [
    (HEADER, {"header_name": "X-S", "overwrite": False, "shared_secret": "a", "scheme": "b", "service": "c"}),
    (TRANSFORMER, {"config": {"add": {"headers": ["X:y", "Z"]}, "remove": {"headers": ["A"]}, "append": {}}}),
    (PLUGIN, {"name": "request-transformer", "config": {"append": {"headers": ["X:y"]}}}),
    (ATTACHMENT, {"cidr_blocks": ["10.8.0.0/16", "10.0.0.0/8"]}),
    (TRANSIT_ROUTE, {"destinationCidrBlock": "10.8.0.0/16", "blackhole": False}),
    (GATEWAY, {"autoAcceptSharedAttachments": "enable"}),
    (INGRESS, WORLD),
    (
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": [{"protocol": "tcp", "fromPort": 1, "toPort": 2, "cidrBlocks": ["::/0"], "self": False}]},
    ),
    (AZURE_RULE, {**ALLOWED, "sourceAddressPrefix": "*", "destinationAddressPrefix": "10.0.0.1"}),
]


def with_a_secret(value: Any) -> Iterator[Any]:
    """The value with each of its parts, one at a time, a secret."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from ({**value, key: other} for other in with_a_secret(item))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in with_a_secret(item))
    else:
        yield from (SECRET, f"{SECRET}:x", [SECRET], {SECRET: SECRET})


@pytest.mark.parametrize(("kind", "inputs"), READ)
def test_no_policy_says_a_secret_wherever_it_is(kind: str, inputs: dict[str, Any]) -> None:
    for hostile in with_a_secret(inputs):
        declared = [Declared("urn:header", HEADER, {}), Declared("urn:r", kind, hostile)]
        route = Declared("urn:route", TRANSIT_ROUTE, {"destinationCidrBlock": "10.9.0.0/16"})
        said = [
            *policies.add_only(kind, hostile),
            *policies.wider_than_allowed(kind, hostile, ["10.9.0.0/16"]),
            *policies.accepting_gateway(kind, hostile),
            *(problem for _, problem in policies.open_beside_a_path(declared)),
            *(problem for _, problem in policies.wider_than_routed([*declared, route])),
        ]
        assert SECRET not in "".join(said), hostile
