"""Which resources a path is made of, in which order and through which providers, with Pulumi's mocks."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws

from kong_secure import AwsTransitGateway, KonnectNetwork
from tests.components.aws.mocked_path import (
    GATEWAY,
    KONGS_ATTACHMENT,
    NETWORK_ID,
    SHARE,
    VPC,
    TwoEnds,
    children,
)
from tests.components.mocked_children import Children
from tests.resources.mocked_program import later

TABLE, GROUP = "rtb-0123456789abcdef0", "sg-0123456789abcdef0"
TRANSIT_TABLE = "tgw-rtb-0123456789abcdef0"
VPC_ATTACHMENT = "tgw-attach-0123456789abcdef0"
KONGS_HALF = {
    ("network", "network"),
    ("attachment", "attachment"),
    ("waits", "waits"),
    ("pending", "pending"),
    ("ready", "ready"),
}
SHARED_OUT = {("share", "share"), ("held", "share-gateway"), ("allowed", "share-kong")}
ACCEPTED = {("accepter", "accepted")}
KONGS_TABLE = {("table", "kong"), ("association", "kong"), ("route", "kong-orders")}
UPSTREAM = {("table", "upstream"), ("association", "vpc-orders"), ("route", "upstream")}
NEW = KONGS_HALF | SHARED_OUT | ACCEPTED | KONGS_TABLE | UPSTREAM
NEW |= {("gateway", "gateway"), ("vpc", "vpc-orders")}

EXISTING: dict[str, Any] = {
    "transit_gateway_id": GATEWAY,
    "vpcs": {"orders": {"attachment_id": VPC_ATTACHMENT, "cidr_blocks": "10.8.0.0/16"}},
    "upstream_route_table_ids": {"hub": TRANSIT_TABLE},
}
OWN_TABLES = "transitGatewayDefaultRouteTableAssociation", "transitGatewayDefaultRouteTablePropagation"


def of_kind(made: Children, kind: str) -> set[str]:
    return {name for each, name in made if each == kind}


def test_a_new_gateway_with_a_vpc_has_these_children() -> None:
    made = children()
    assert set(made) == NEW
    assert {each.parent for each in made.values()} == {"path"}
    assert made["gateway", "gateway"].inputs["autoAcceptSharedAttachments"] == "disable"
    assert made["share", "share"].inputs["allowExternalPrincipals"] is True
    for kind, name in (("accepter", "accepted"), ("vpc", "vpc-orders")):
        assert [made[kind, name].inputs[key] for key in OWN_TABLES] == [False, False]


def test_what_follows_acceptance_takes_the_accepters_id() -> None:
    made = children()
    for key in (("association", "kong"), ("route", "upstream")):
        deps = made[key].request.propertyDependencies["transitGatewayAttachmentId"].urns
        assert any(urn.endswith("VpcAttachmentAccepter::path-accepted") for urn in deps)
    after = made["ready", "ready"].request.propertyDependencies["after"].urns
    assert any(urn.endswith("VpcAttachmentAccepter::path-accepted") for urn in after)


def test_konnect_takes_down_its_own_attachment_and_routes_make_way_before_their_successors() -> None:
    made = children()
    kept = {key for key, each in made.items() if each.request.retainOnDelete}
    assert kept == ACCEPTED
    first = {key for key, each in made.items() if each.request.deleteBeforeReplace}
    assert {kind for kind, _ in first} == {"association", "route", "attachment"}


def test_waits_run_in_a_process_of_their_own() -> None:
    made = children()
    in_process = {key for key, each in made.items() if "::path-waits::" in each.provider}
    assert in_process == {("pending", "pending"), ("ready", "ready")}


def test_routes_lead_where_they_should() -> None:
    made = children(route_table_ids={"orders": TABLE})
    to_vpc, to_kong = made["route", "kong-orders"].inputs, made["route", "upstream"].inputs
    assert to_vpc["destinationCidrBlock"] == "10.8.0.0/16"
    assert to_vpc["transitGatewayAttachmentId"] == "path-vpc-orders-id"
    assert to_kong["destinationCidrBlock"] == "10.0.0.0/16"
    assert to_kong["transitGatewayAttachmentId"] == KONGS_ATTACHMENT
    back = made["back", "back-orders"].inputs
    assert (back["destinationCidrBlock"], back["transitGatewayId"]) == ("10.0.0.0/16", GATEWAY)


def test_each_block_of_a_vpc_is_a_route_named_by_it_and_all_are_sent_to_konnect() -> None:
    listed = children(vpcs={"orders": {**VPC, "cidr_blocks": ["10.8.0.0/17", "10.9.0.0/16"]}})
    assert of_kind(listed, "route") == {"kong-orders-10.8.0.0-17", "kong-orders-10.9.0.0-16", "upstream"}
    assert listed["attachment", "attachment"].inputs["cidr_blocks"] == ["10.8.0.0/17", "10.9.0.0/16"]
    named = children(
        vpcs=lambda: {
            "orders": {**VPC, "cidr_blocks": {"orders": later("10.8.0.0/16"), "more": "10.9.0.0/16"}}
        }
    )
    assert of_kind(named, "route") == {"kong-orders", "kong-orders-more", "upstream"}


def test_an_existing_gateway_with_its_own_tables_is_added_to_and_not_made() -> None:
    made = children(**EXISTING)
    assert set(made) == KONGS_HALF | SHARED_OUT | ACCEPTED | KONGS_TABLE | {("route", "upstream-hub")}
    assert made["route", "kong-orders"].inputs["transitGatewayAttachmentId"] == VPC_ATTACHMENT
    assert made["route", "upstream-hub"].inputs["transitGatewayRouteTableId"] == TRANSIT_TABLE
    assert made["held", "share-gateway"].inputs["resourceArn"].endswith(f"transit-gateway/{GATEWAY}")


def test_a_gateway_that_accepts_by_itself_is_asked_to_accept_nothing() -> None:
    made = children(TwoEnds(auto="enable"), **EXISTING, accept_attachment=False)
    assert of_kind(made, "accepter") == set()
    association = made["association", "kong"].inputs
    assert association["transitGatewayAttachmentId"] == KONGS_ATTACHMENT
    assert made["ready", "ready"].inputs["after"] == [KONGS_ATTACHMENT]


def test_what_is_associated_leaves_whatever_table_it_is_in() -> None:
    made = children()
    replaced = {
        name: each.inputs["replaceExistingAssociation"]
        for (kind, name), each in made.items()
        if kind == "association"
    }
    assert replaced == {"kong": True, "vpc-orders": True}


def test_shared_isolation_uses_the_default_tables_and_makes_none() -> None:
    made = children(isolation="shared")
    assert of_kind(made, "table") | of_kind(made, "association") | of_kind(made, "route") == set()
    assert made["gateway", "gateway"].inputs["defaultRouteTableAssociation"] == "enable"
    for kind, name in (("accepter", "accepted"), ("vpc", "vpc-orders")):
        assert [made[kind, name].inputs[key] for key in OWN_TABLES] == [True, True]


def test_shared_isolation_wants_no_default_table_that_a_gateway_hasnt_got() -> None:
    given = {**EXISTING, "isolation": "shared", "kong_route_table_id": TRANSIT_TABLE}
    made = children(TwoEnds(associates="disable", propagates="disable"), **given)
    assert [made["accepter", "accepted"].inputs[key] for key in OWN_TABLES] == [False, False]
    made = children(TwoEnds(associates="disable", propagates="enable"), **given)
    assert [made["accepter", "accepted"].inputs[key] for key in OWN_TABLES] == [False, True]
    # An acceptance is recorded to depend on nothing of the path.
    assert not [urn for urn in made["accepter", "accepted"].request.dependencies if "path" in urn]


def test_a_second_network_uses_the_tables_of_the_first() -> None:
    made = children(
        transit_gateway_id=GATEWAY,
        vpcs={},
        cidr_blocks=["10.8.0.0/16"],
        kong_route_table_id=TRANSIT_TABLE,
        upstream_route_table_ids={"first": "tgw-rtb-00000000000000001"},
    )
    mine = {("association", "kong"), ("route", "upstream-first")}
    assert set(made) == KONGS_HALF | SHARED_OUT | ACCEPTED | mine
    assert made["association", "kong"].inputs["transitGatewayRouteTableId"] == TRANSIT_TABLE


def test_a_share_that_exists_is_used() -> None:
    made = children(transit_gateway_id=GATEWAY, ram_share_arn=SHARE)
    assert {kind for kind, _ in made} & {"share", "held", "allowed"} == set()
    assert made["attachment", "attachment"].inputs["ram_share_arn"] == SHARE


def test_ports_are_opened_for_kongs_range_alone_and_53_for_names() -> None:
    dns = [{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]
    made = children(
        security_group_ids={"orders": GROUP},
        ports=[443, 8443],
        dns_config=dns,
        dns_security_group_ids={"orders/resolver": GROUP},
    )
    rules = {
        name: (each.inputs["ipProtocol"], each.inputs["fromPort"], each.inputs["toPort"])
        for (kind, name), each in made.items()
        if kind == "rule"
    }
    assert rules == {
        "port-orders-tcp-443": ("tcp", 443, 443),
        "port-orders-tcp-8443": ("tcp", 8443, 8443),
        "dns-orders/resolver-tcp-53": ("tcp", 53, 53),
        "dns-orders/resolver-udp-53": ("udp", 53, 53),
    }
    assert {each.inputs["cidrIpv4"] for (kind, _), each in made.items() if kind == "rule"} == {"10.0.0.0/16"}
    assert made["attachment", "attachment"].inputs["dns_config"] == dns


def test_accounts_are_told_apart_by_their_providers() -> None:
    engine = TwoEnds()

    def program(path: dict[str, Any]) -> Children:
        return children(engine, **path)

    made = program(
        {
            "gateway_provider": lambda: pulumi_aws.Provider("hub", region="us-east-2"),
            "transit_gateway_id": GATEWAY,
            "vpcs": lambda: {
                "orders": {**VPC, "provider": pulumi_aws.Provider("spoke"), "account_id": "333333333333"},
                "users": {
                    "vpc_id": "vpc-1123456789abcdef0",
                    "subnet_ids": ["subnet-1123456789abcdef0"],
                    "cidr_blocks": "10.9.0.0/16",
                },
            },
            "route_table_ids": {"orders/a": TABLE, "users": "rtb-1123456789abcdef0"},
            "security_group_ids": {"orders": GROUP},
            "ports": [443],
        }
    )
    used = {
        key: each.provider.split("::")[-2] if each.provider else ""
        for key, each in made.items()
        if key not in KONGS_HALF
    }
    spoke = {("vpc", "vpc-orders"), ("back", "back-orders/a"), ("rule", "port-orders-tcp-443")}
    default = {("vpc", "vpc-users"), ("back", "back-users")}
    assert {key for key, provider in used.items() if provider == "spoke"} == spoke
    assert {key for key, provider in used.items() if provider == ""} == default
    assert {key for key, provider in used.items() if provider == "hub"} == set(used) - spoke - default
    assert ("accepter", "vpc-orders") in made
    assert set(OWN_TABLES) & set(made["vpc", "vpc-orders"].inputs) == set()
    assert {call.provider.split("::")[-2] for call in engine.asked} == {"hub"}


def test_only_what_takes_a_value_depends_on_what_it_is_of() -> None:
    """Otherwise a VPC or group that is replaced would have the whole path replaced with it."""

    def vpcs() -> dict[str, Any]:
        other = KonnectNetwork("elsewhere", network="other")
        return {"orders": {**VPC, "vpc_id": other.name.apply(lambda _: VPC["vpc_id"])}}

    made = children(vpcs=vpcs)
    depending = {
        key
        for key, each in made.items()
        if any(urn.endswith("::elsewhere") for urn in each.request.dependencies)
    }
    assert depending == {("vpc", "vpc-orders")}


def test_a_network_looked_up_elsewhere_is_taken_as_it_is() -> None:
    made = children(network=lambda: KonnectNetwork("kongs", network="production"))
    assert of_kind(made, "network") == {"kongs"}
    assert made["attachment", "attachment"].inputs["network_id"] == NETWORK_ID


def test_the_outputs_are_there_and_what_follows_waits_for_ready() -> None:
    seen: dict[str, Any] = {}

    def keep(path: AwsTransitGateway) -> None:
        outputs = {key: getattr(path, key) for key in AwsTransitGateway.__annotations__}
        pulumi.Output.all(**outputs, once=path.once_ready("orders")).apply(seen.update)

    children(then=keep)
    assert seen == {
        "transit_gateway_id": GATEWAY,
        "kong_route_table_id": "path-kong-id",
        "upstream_route_table_id": "path-upstream-id",
        "vpc_attachment_ids": {"orders": "path-vpc-orders-id"},
        "network_cidr_block": "10.0.0.0/16",
        "attachment_id": "0b3e7c52-1111-4bec-b246-62aa5d3f5695",
        "state": "ready",
        "once": "orders",
    }


def test_tags_reach_everything_that_takes_them_under_a_name_of_its_own() -> None:
    made = children(tags={"team": "orders"})
    tagged = {key: each.inputs["tags"] for key, each in made.items() if "tags" in each.inputs}
    assert {kind for kind, _ in tagged} == {"gateway", "share", "vpc", "accepter", "table"}
    assert all(tags == {"Name": f"path-{name}", "team": "orders"} for (_, name), tags in tagged.items())
