"""Every explicit edge of a path over a transit gateway is needed, and keeps the order it is there for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from kong_secure import AwsTransitGateway
from tests.components.aws.mocked_path import GATEWAY, GIVEN, KINDS, OTHER, SHARE, VPC, WORDS, TwoEnds
from tests.components.explicit_edges import Edge, begins_too_early, explicit_edges, is_recorded_after

TABLE, GROUP = "rtb-0123456789abcdef0", "sg-0123456789abcdef0"
TRANSIT_TABLE = "tgw-rtb-0123456789abcdef0"
ATTACHED = {"orders": {"attachment_id": "tgw-attach-0123456789abcdef0", "cidr_blocks": "10.8.0.0/16"}}
DNS = [{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]
USERS = {
    "vpc_id": "vpc-1123456789abcdef0",
    "subnet_ids": ["subnet-1123456789abcdef0"],
    "cidr_blocks": "10.9.0.0/16",
}
USERS_TABLE = "rtb-1123456789abcdef0"
# Everything that a path can be made of: a VPC of the gateway's account and one of another, ports, names.
WHOLE: dict[str, Any] = {
    **GIVEN,
    "transit_gateway_id": GATEWAY,
    "vpcs": {"orders": VPC, "users": {**USERS, "account_id": OTHER}},
    "route_table_ids": {"orders": TABLE, "users": USERS_TABLE},
    "security_group_ids": {"orders": GROUP},
    "ports": [443],
    "dns_config": DNS,
    "dns_security_group_ids": {"orders": GROUP},
}
EDGES = {
    "attachment": {"held share-gateway", "allowed share-kong", "waits"},
    "vpc vpc-users": {"waits"},
    "back back-orders": {"vpc vpc-orders"},
    "back back-users": {"accepter vpc-users", "vpc vpc-users"},
    "ready": {
        "association kong",
        "association vpc-orders",
        "association vpc-users",
        "route kong-orders",
        "route kong-users",
        "route upstream",
        "back back-orders",
        "back back-users",
        "rule port-orders-tcp-443",
        "rule dns-orders-tcp-53",
        "rule dns-orders-udp-53",
    },
}
# An acceptance takes the id of its attachment without being recorded to depend on it: it is forgotten after that.
FOR_DELETION = {("back back-users", "vpc vpc-users")}


def path() -> None:
    AwsTransitGateway("path", **WHOLE)


PROVED = WORDS.edges(EDGES)


def test_a_path_has_these_explicit_edges_and_no_others() -> None:
    assert WORDS.table(explicit_edges(path, TwoEnds())) == EDGES


@pytest.mark.parametrize(
    "given",
    [
        {"isolation": "shared"},
        {"transit_gateway_id": None, "vpcs": {"orders": VPC, "users": USERS}},
        {"transit_gateway_id": GATEWAY, "ram_share_arn": SHARE},
        {
            "transit_gateway_id": GATEWAY,
            "vpcs": ATTACHED,
            "route_table_ids": {"orders": TABLE},
            "upstream_route_table_ids": {"hub": TRANSIT_TABLE},
        },
    ],
    ids=["shared", "a new gateway", "a share that exists", "an attachment that exists"],
)
def test_a_path_of_another_shape_has_edges_between_the_same_kinds_alone(given: dict[str, Any]) -> None:
    def other() -> None:
        AwsTransitGateway("path", **{**WHOLE, **given})

    def kinds(edges: Iterable[Edge]) -> set[tuple[str, str]]:
        return {(KINDS[edge.later[0]], KINDS[edge.earlier[0]]) for edge in edges}

    assert kinds(explicit_edges(other, TwoEnds())) <= kinds(PROVED)


@pytest.mark.parametrize("edge", PROVED, ids=WORDS.name)
def test_each_explicit_edge_keeps_an_order_that_is_not_kept_without_it(edge: Edge) -> None:
    assert not begins_too_early(path, TwoEnds(), edge)
    assert is_recorded_after(path, TwoEnds(), edge, without_edge=False)
    if (WORDS.of(edge.later), WORDS.of(edge.earlier)) in FOR_DELETION:
        assert not is_recorded_after(path, TwoEnds(), edge, without_edge=True)
    else:
        assert begins_too_early(path, TwoEnds(), edge, without_edge=True)
