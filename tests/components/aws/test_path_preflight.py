"""What a path refuses before anything of it is made: plain values at once and together, the others when they
are known, and what AWS says of Kong's attachment.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from pulumi.runtime import mocks

from kong_secure import AwsTransitGateway
from kong_secure.components.aws import lookups
from kong_secure.components.lookups import PathRefused
from kong_secure.resources.base import InvalidArguments
from tests.components.aws.mocked_path import (
    GATEWAY,
    GIVEN,
    KONGS_ATTACHMENT,
    NETWORK_ID,
    OTHER,
    SHARE,
    VPC,
    TwoEnds,
    children,
)
from tests.components.mocked_children import Children
from tests.resources.mocked_program import later, run, unknown

VPCS = {"orders": VPC}
TWO = {**VPCS, "users": {**VPC, "cidr_blocks": "10.9.0.0/16"}}
EXISTING = {"orders": {"attachment_id": "tgw-attach-0123456789abcdef0", "cidr_blocks": "10.8.0.0/16"}}
DNS = [{"remote_dns_server_ip_addresses": ["10.8.0.2"], "domain_proxy_list": ["orders.internal"]}]


def refusal(**given: Any) -> str:
    with pytest.raises(InvalidArguments) as caught:
        AwsTransitGateway("path", **{**GIVEN, **given})
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"network": ""}, "network '' is empty: give a name or an id"),
        ({"transit_gateway_id": "tgw-1"}, "transit_gateway_id 'tgw-1' is no id of a transit gateway"),
        (
            {"vpcs": {"orders": {**VPC, "vpc_id": "orders"}}},
            "vpcs['orders'].vpc_id 'orders' is no id of a VPC",
        ),
        ({"vpcs": {"orders": {**VPC, "subnet_ids": ["s"]}}}, "vpcs['orders'].subnet_ids[0] 's' is no id"),
        ({"vpcs": {"orders": {**VPC, "subnet_ids": []}}}, "vpcs['orders'].subnet_ids [] is no list with"),
        ({"vpcs": {"orders": {**VPC, "cidr_blocks": "10.8.0.1/16"}}}, "write 10.8.0.0/16"),
        ({"vpcs": {"orders": {**VPC, "cidr_blocks": "fd00::/8"}}}, "is IPv6"),
        ({"vpcs": {"orders": {**VPC, "cidr_blocks": None}}}, "names no block that Kong is to reach"),
        ({"vpcs": {"orders": {**VPC, "cidr_block": "x"}}}, "vpcs['orders'] has 'cidr_block': its keys are"),
        ({"vpcs": {"orders": {"cidr_blocks": "10.8.0.0/16"}}}, "has neither VPC nor attachment"),
        ({"vpcs": {"orders": {**VPC, "attachment_id": "x"}}}, "has both an attachment and what makes one"),
        ({"vpcs": {"orders": {**VPC, "account_id": "1"}}}, "vpcs['orders'].account_id '1' is no account"),
        (
            {"vpcs": {"orders": {**VPC, "account_id": OTHER}}},
            "vpcs['orders'].account_id is of another account, to which a gateway that is yet to be made isn't",
        ),
        ({"vpcs": {"my orders": VPC}}, "vpcs name 'my orders' can't name a resource"),
        ({"vpcs": {}}, "vpcs are missing"),
        ({"vpcs": [VPC]}, "is no mapping: give one such as"),
        ({"cidr_blocks": ["10.0.0.0/7"]}, "is wider than /8"),
        ({"cidr_blocks": ["10.9.0.0/16"]}, "is covered by none of cidr_blocks"),
        ({"transit_gateway_id": GATEWAY, "vpcs": EXISTING}, "upstream_route_table_ids is missing"),
        ({"ram_share_arn": SHARE}, "ram_share_arn is of a gateway that exists"),
        ({"accept_attachment": False}, "accept_attachment False is for a gateway that exists"),
        ({"accept_attachment": "no"}, "accept_attachment 'no' is neither True nor False"),
        ({"isolation": "none"}, "isolation 'none' is none there is"),
        ({"security_group_ids": {"orders": "sg-0123456789abcdef0"}}, "ports are missing"),
        ({"ports": [443]}, "security_group_ids are missing"),
        ({"ports": [0], "security_group_ids": {"orders": "sg-0123456789abcdef0"}}, "port 0 is no plain port"),
        ({"vpcs": TWO, "route_table_ids": {"main": "rtb-0123456789abcdef0"}}, "says not which of the VPCs"),
        ({"dns_config": DNS}, "give the addresses of a Route 53 Resolver inbound endpoint"),
        ({"name": "x" * 112}, "is no name: give 1 to 111 characters"),
        ({"timeout_seconds": 0}, "timeout_seconds 0 is no time to wait"),
        ({"vpcs": {"orders": {**VPC, "cidr_blocks": [10]}}}, "cidr_blocks [10] names no block that Kong is"),
        ({"tags": {"aws:name": "x"}}, "tags key 'aws:name' is none that AWS takes"),
        (
            {"gateway_provider": "aws"},
            "gateway_provider 'aws' is no provider of aws: give one, as pulumi_aws.",
        ),
        ({"vpcs": {"orders": {**VPC, "provider": 5}}}, "vpcs['orders'].provider 5 is no provider of aws"),
        (
            {
                "vpcs": {
                    "a": {**VPC, "cidr_blocks": {"b-c": "10.8.0.0/16"}},
                    "a-b": {**VPC, "cidr_blocks": {"c": "10.9.0.0/16"}},
                }
            },
            "vpcs['a-b'].cidr_blocks['c'] and vpcs['a'].cidr_blocks['b-c'] would both name their route a-b-c: give one",
        ),
        (
            {
                "vpcs": {
                    "a": {**VPC, "cidr_blocks": {"b": "10.8.0.0/16"}},
                    "a-b": {**VPC, "cidr_blocks": "10.9.0.0/16"},
                }
            },
            "vpcs['a-b'].cidr_blocks and vpcs['a'].cidr_blocks['b'] would both name their route a-b",
        ),
        (
            {"dns_config": [{**DNS[0], "domain_proxy_list": [5]}]},
            "dns_config[0].domain_proxy_list 5 is no domain: give one such as orders.internal",
        ),
    ],
)
def test_what_is_wrong_in_plain_values_is_told_with_its_fix(given: dict[str, Any], sentence: str) -> None:
    text = refusal(**given)
    assert text.startswith("AwsTransitGateway 'path': ")
    assert sentence in text


@pytest.mark.parametrize("ports", [[0], [65536], [True], ["443"], 443, "443"])
def test_wrong_ports_are_told_once_and_not_as_missing(ports: Any) -> None:
    text = refusal(ports=ports, security_group_ids={"orders": "sg-0123456789abcdef0"})
    assert repr(ports[0] if isinstance(ports, list) else ports) in text
    assert "missing" not in text


GROUP, TABLE = "sg-0123456789abcdef0", "rtb-0123456789abcdef0"
RESOLVED = [{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"security_group_ids": {"a": GROUP, "b": GROUP}, "ports": [443]},
            f"security_group_ids['b'] {GROUP!r} is security_group_ids['a'] too",
        ),
        ({"route_table_ids": {"a": TABLE, "b": TABLE}}, "is route_table_ids['a'] too: leave out one"),
        (
            {
                "security_group_ids": {"a": GROUP},
                "ports": [53],
                "dns_config": RESOLVED,
                "dns_security_group_ids": {"b": GROUP},
            },
            "dns_security_group_ids['b'] 'sg-0123456789abcdef0' is security_group_ids['a'] too",
        ),
        (
            {"vpcs": {"a": VPC, "b": {**VPC, "cidr_blocks": "10.9.0.0/16"}}},
            "vpcs['b'].vpc_id 'vpc-0123456789abcdef0' is vpcs['a'].vpc_id too",
        ),
        (
            {"vpcs": {"a": {**VPC, "subnet_ids": VPC["subnet_ids"] * 2}}},
            "is vpcs['a'].subnet_ids[0] too",
        ),
    ],
)
def test_what_aws_would_take_once_alone_is_refused_under_a_second_name(
    given: dict[str, Any], sentence: str
) -> None:
    assert sentence in refusal(**given)


def test_port_53_of_two_groups_is_opened_in_both() -> None:
    made = children(
        security_group_ids={"a": GROUP},
        ports=[53],
        dns_config=RESOLVED,
        dns_security_group_ids={"a": "sg-0123456789abcdef1"},
    )
    rules = {name for kind, name in made if kind == "rule"}
    assert rules == {"port-a-tcp-53", "dns-a-tcp-53", "dns-a-udp-53"}


def test_a_rule_is_described_in_the_characters_that_aws_takes() -> None:
    engine = TwoEnds()
    given = {**GIVEN, "security_group_ids": {"a": GROUP}, "ports": [443]}
    run(lambda: AwsTransitGateway("Aufträge '1'", **given), engine=engine)
    found = [each.inputs["description"] for each in engine.registered if "description" in each.inputs]
    assert "Kong, over private path Auftr-ge -1-" in found


def test_tags_have_whatever_keys_aws_takes() -> None:
    made = children(tags={"Cost Center": "1", "kubernetes.io/cluster/orders": "shared"})
    assert made["gateway", "gateway"].inputs["tags"]["kubernetes.io/cluster/orders"] == "shared"


def test_everything_wrong_in_plain_values_is_told_together() -> None:
    text = refusal(
        transit_gateway_id=f"arn:aws:ec2:us-east-2:222222222222:transit-gateway/{GATEWAY}",
        vpcs={"orders": {**VPC, "cidr_blocks": "10.8.0.1/16"}, "users": {**VPC, "vpc_id": "v"}},
        cidr_blocks=["10.8.0.0/16", "10.9.0.0/16"],
        isolation="none",
    )
    assert "AwsTransitGateway 'path': 4 problems with its inputs\n  - " in text
    assert f"give {GATEWAY}" in text


@pytest.mark.parametrize("key", ["vpcs", "route_table_ids", "security_group_ids", "upstream_route_table_ids"])
def test_an_output_where_a_mapping_belongs_is_refused_with_an_example(key: str) -> None:
    async def made() -> str:
        return refusal(**{key: later({"orders": "x"})})

    text = asyncio.run(made())
    assert f"{key} is an Output, and its names decide which resources there are" in text
    assert 'as {"orders": ' in text


def test_outputs_in_a_list_of_blocks_are_refused_because_names_are_plain() -> None:
    async def made() -> str:
        return refusal(vpcs={"orders": {**VPC, "cidr_blocks": [later("10.8.0.0/16")]}})

    assert 'names with blocks, as {"apps": vpc.cidr_block}' in asyncio.run(made())


def test_without_pulumi_aws_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "pulumi_aws"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(PathRefused, match=r"pip install 'kong-secure\[aws\]'"):
        AwsTransitGateway("path", **GIVEN)


# --- what is known later ---

KONGS = {"network", "waits"}


class Unanswering(TwoEnds):
    """Answers nothing, as a provider that isn't configured yet."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {}, []


def refused_later(engine: TwoEnds, **given: Any) -> str:
    with pytest.raises((InvalidArguments, PathRefused)) as caught:
        children(engine, **given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"transit_gateway_id": lambda: later(None)},
            "transit_gateway_id None is no id of a transit gateway",
        ),
        ({"transit_gateway_id": lambda: later("tgw-1")}, "transit_gateway_id 'tgw-1' is no id of a transit"),
        ({"vpcs": lambda: {"orders": {**VPC, "vpc_id": later(None)}}}, "vpc_id None is no id of a VPC"),
        ({"cidr_blocks": lambda: later(None)}, "cidr_blocks None is no list"),
        ({"route_table_ids": lambda: {"a": later(None)}}, "route_table_ids['a'] None is no id of a VPC's"),
    ],
)
def test_an_output_that_turns_out_to_be_nothing_is_refused_and_aws_isnt_asked_of_it(
    given: dict[str, Any], sentence: str
) -> None:
    engine = TwoEnds()
    assert sentence in refused_later(engine, **given)
    assert {each.typ.rpartition(":")[2] for each in engine.registered} <= {
        "KonnectNetwork",
        "pulumi-python",
        "AwsTransitGateway",
    }
    assert not [each for each in engine.asked if each.token.endswith("getTransitGateway")]


@pytest.mark.parametrize("given", [{}, {"transit_gateway_id": GATEWAY}])
def test_a_preview_that_cant_ask_aws_shows_the_path_all_the_same(given: dict[str, Any]) -> None:
    made = children(Unanswering(), preview=True, **given)
    assert ("attachment", "attachment") in made
    assert ("rule", "port-orders-tcp-443") not in made


def test_an_up_that_gets_no_answer_from_aws_is_refused() -> None:
    assert "AWS was asked in vain" in refused_later(Unanswering())


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ({"state": "initializing"}, "network is 'initializing' and not ready"),
        ({"provider": "azure"}, "network is on azure"),
        ({"cidr_block": "10.8.0.0/20"}, "overlaps with Kong's network, 10.8.0.0/20"),
        ({"region": "eu-west-1"}, "is in us-east-2, and Kong's network is in eu-west-1"),
        (
            {"cidr_block": "10.99.98.0/21"},
            "the block '10.99.98.0/21' at Konnect, which has bits set behind its",
        ),
    ],
)
def test_what_the_network_turns_out_to_be_is_checked_before_anything_is_made(
    network: dict[str, Any], sentence: str
) -> None:
    engine = TwoEnds(network=network)
    assert sentence in refused_later(engine)
    assert {each.name.removeprefix("path-") for each in engine.registered} - {"path"} <= KONGS


def test_values_known_later_are_checked_with_the_others_before_anything_is_made() -> None:
    engine = TwoEnds(network={"state": "offline"})
    text = refused_later(engine, vpcs=lambda: {"orders": {**VPC, "cidr_blocks": later("10.8.0.1/16")}})
    assert "2 problems" in text
    assert "write 10.8.0.0/16" in text
    assert {each.name.removeprefix("path-") for each in engine.registered} - {"path"} <= KONGS


def test_a_gateway_of_another_account_is_refused_before_anything_is_made() -> None:
    engine = TwoEnds(gateway_owner=OTHER)
    text = refused_later(engine, transit_gateway_id=GATEWAY)
    assert f"belongs to account {OTHER}, and its provider acts for 222222222222" in text
    assert {each.name.removeprefix("path-") for each in engine.registered} - {"path"} <= KONGS


def test_a_gateway_that_accepts_otherwise_than_declared_is_refused() -> None:
    assert "give accept_attachment=False" in refused_later(TwoEnds(auto="enable"), transit_gateway_id=GATEWAY)


def test_a_preview_doesnt_refuse_a_gateway_that_its_own_program_may_change() -> None:
    def made(gateway: Any, *, preview: bool) -> Children:
        return children(TwoEnds(auto="enable"), preview=preview, transit_gateway_id=gateway)

    for gateway, preview in ((GATEWAY, True), (lambda: later(GATEWAY), False)):
        with pytest.raises(InvalidArguments, match="give accept_attachment=False"):
            made(gateway, preview=preview)
    assert ("accepter", "accepted") in made(lambda: later(GATEWAY), preview=True)


def test_what_a_preview_does_not_know_passes_and_what_it_knows_is_checked() -> None:
    def vpcs(block: str) -> Any:
        return lambda: {
            "orders": {"vpc_id": unknown(), "subnet_ids": [unknown()], "cidr_blocks": later(block)}
        }

    assert ("vpc", "vpc-orders") in children(preview=True, vpcs=vpcs("10.8.0.0/16"))
    with pytest.raises(InvalidArguments, match=r"write 10\.8\.0\.0/16"):
        children(preview=True, vpcs=vpcs("10.8.0.1/16"))


def test_a_share_used_for_a_second_network_is_refused() -> None:
    def twice(second: str) -> None:
        class Engine(TwoEnds):
            def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
                made_id, made = super().new_resource(args)
                return made_id, {**made, "network_id": second} if args.name == "other-network" else made

        def program() -> None:
            given = {**GIVEN, "transit_gateway_id": GATEWAY, "ram_share_arn": SHARE}
            AwsTransitGateway("one", **given)
            AwsTransitGateway("other", **given)

        run(program, engine=Engine())

    twice(NETWORK_ID)
    with pytest.raises(InvalidArguments, match=r"is used for another network, .* one share for each"):
        twice("0b3e7c52-2222-4bec-b246-62aa5d3f5695")


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, "Kong's attachment and the attachment of orders"),
        ({"kong_route_table_id": "tgw-rtb-0123456789abcdef0"}, "the attachment of orders"),
        ({"vpcs": EXISTING}, "Kong's attachment"),
    ],
)
def test_shared_tables_of_a_gateway_without_a_default_one_are_refused(
    given: dict[str, Any], left: str
) -> None:
    text = refused_later(
        TwoEnds(associates="disable"), transit_gateway_id=GATEWAY, isolation="shared", **given
    )
    assert f'isolation "shared" leaves {left} to the default route table, and the gateway has none' in text


def test_a_block_in_no_private_range_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, *_: told.append(text))
    children(vpcs={"orders": {**VPC, "cidr_blocks": "11.8.0.0/16"}}, cidr_blocks=["11.8.0.0/16"])
    [text] = told
    assert text.startswith("AwsTransitGateway 'path': 11.8.0.0/16 is in no private range: ")
    children()
    assert len(told) == 1


# --- Kong's attachment ---


def test_an_attachment_of_another_account_is_not_accepted_and_nothing_routes_to_it() -> None:
    engine = TwoEnds(owner=OTHER)
    text = refused_later(engine)
    assert f"attachment {KONGS_ATTACHMENT} isn't accepted: its VPC belongs to account {OTHER}" in text
    names = {each.name for each in engine.registered}
    assert names & {"path-accepted", "path-kong-association", "path-upstream", "path-ready"} <= {
        "path-upstream"
    }
    assert [each for each in engine.registered if each.typ.endswith(("Accepter", ":AttachmentReady"))] == []


def test_what_follows_the_path_gets_nothing_where_it_is_refused() -> None:
    seen: list[str] = []
    with pytest.raises(PathRefused):
        children(TwoEnds(owner=OTHER), then=lambda path: path.once_ready("orders").apply(seen.append))
    assert seen == []
    children(then=lambda path: path.once_ready("orders").apply(seen.append))
    assert seen == ["orders"]


def test_an_attachment_of_another_gateway_is_not_accepted() -> None:
    engine = TwoEnds(over="tgw-00000000000000002")
    assert f"it is of gateway tgw-00000000000000002, and this path is over {GATEWAY}" in refused_later(engine)
    assert [each for each in engine.registered if each.typ.endswith(("Accepter", ":AttachmentReady"))] == []


def test_an_attachment_that_aws_shows_late_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "_PAUSE_SECONDS", 0.0)
    assert ("accepter", "accepted") in children(TwoEnds(absent=3))


def test_an_attachment_that_is_gone_is_told_apart_from_other_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookups, "_PAUSE_SECONDS", 0.0)
    assert "is gone from AWS: run `pulumi up --refresh`" in refused_later(TwoEnds(absent=1000))
    text = refused_later(TwoEnds(refusal="UnauthorizedOperation: you are not"))
    assert "AWS was asked in vain" in text
    assert "UnauthorizedOperation: you are not" in text
