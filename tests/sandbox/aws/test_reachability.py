"""Where packets go, and the sentence that says what stops them: one working path, and each way to break it."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from kong_secure.sandbox.aws.reachability import (
    LOCAL,
    Attached,
    Hop,
    Rule,
    Source,
    Subnet,
    Topology,
    Vpc,
    VpcRoute,
    blocked,
    blocked_from_outside,
    blocked_inside,
)
from kong_secure.sandbox.cloud_paths import Destination

KONG, ORDERS = IPv4Network("10.0.0.0/16"), IPv4Network("10.1.0.0/16")
FROM = Source("vpc-kong", IPv4Address("10.0.1.10"))
TO = Destination(IPv4Address("10.1.1.20"), 443, groups=("sg-orders",))
EVERYTHING = IPv4Network("0.0.0.0/0")


def block(text: str) -> IPv4Network:
    return IPv4Network(text)


def https_from(allowed: IPv4Network) -> Rule:
    return Rule("tcp", (443, 443), block=allowed)


def working() -> Topology:
    """Kong's VPC and the one of the orders, a table for each, ingress for Kong's range."""
    kong = Vpc(
        "vpc-kong",
        (KONG,),
        (Subnet("subnet-kong", block("10.0.1.0/24"), "az1"),),
        {"rtb-kong": (VpcRoute(KONG, LOCAL), VpcRoute(ORDERS, "tgw-1"))},
        "rtb-kong",
        "sg-kong-default",
    )
    orders = Vpc(
        "vpc-orders",
        (ORDERS,),
        (
            Subnet("subnet-orders", block("10.1.1.0/24"), "az1", "rtb-orders"),
            Subnet("subnet-other", block("10.1.2.0/24"), "az2"),
        ),
        {
            "rtb-main": (VpcRoute(ORDERS, LOCAL),),
            "rtb-orders": (VpcRoute(ORDERS, LOCAL), VpcRoute(KONG, "tgw-1")),
        },
        "rtb-main",
        "sg-default",
    )
    return Topology(
        {"vpc-kong": kong, "vpc-orders": orders},
        {
            "tgw-attach-kong": Attached(
                "tgw-attach-kong", "tgw-1", "vpc-kong", frozenset({"az1"}), table_id="tgw-rtb-kong"
            ),
            "tgw-attach-orders": Attached(
                "tgw-attach-orders", "tgw-1", "vpc-orders", frozenset({"az1"}), table_id="tgw-rtb-upstream"
            ),
        },
        {
            "tgw-rtb-kong": (Hop(ORDERS, "tgw-attach-orders"),),
            "tgw-rtb-upstream": (Hop(KONG, "tgw-attach-kong"),),
        },
        {"sg-orders": (https_from(KONG),), "sg-default": (Rule("-1", None, group="sg-default"),)},
    )


# Ways to change a topology, each a function from the working one.

Change = Callable[[Topology], Topology]


def vpc(id_: str, **changed: object) -> Change:
    return lambda t: replace(t, vpcs={**t.vpcs, id_: replace(t.vpcs[id_], **changed)})  # type: ignore[arg-type]


def vpc_table(vpc_id: str, table_id: str, *routes: VpcRoute) -> Change:
    return lambda t: vpc(vpc_id, tables={**t.vpcs[vpc_id].tables, table_id: routes})(t)


def attachment(id_: str, **changed: object) -> Change:
    def change(t: Topology) -> Topology:
        changed_one = replace(t.attachments[id_], **changed)  # type: ignore[arg-type]
        return replace(t, attachments={**t.attachments, id_: changed_one})

    return change


def transit_table(id_: str, *hops: Hop) -> Change:
    return lambda t: replace(t, tables={**t.tables, id_: hops})


def group(id_: str, *rules: Rule) -> Change:
    return lambda t: replace(t, groups={**t.groups, id_: rules})


def without_attachment(id_: str) -> Change:
    return lambda t: replace(t, attachments={k: v for k, v in t.attachments.items() if k != id_})


def test_a_group_is_found_by_the_names_it_has_in_the_vpc_where_the_packet_arrives() -> None:
    by_name = replace(TO, groups=("orders",))
    missing = "vpc-orders has no security group whose name or Name tag is 'orders'"
    elsewhere = {"sg-kong": frozenset({"orders"})}
    assert blocked(vpc("vpc-kong", group_names=elsewhere)(working()), FROM, by_name) == missing
    here = {"sg-default": frozenset({"default"}), "sg-orders": frozenset({"orders-1a2b3c4", "orders"})}
    named = vpc("vpc-orders", group_names=here)(working())
    assert blocked(named, FROM, by_name) is None
    shut = group("sg-orders")(named)
    assert blocked(shut, FROM, by_name) == (
        "security group sg-orders has no ingress rule for tcp port 443 from 10.0.1.10"
    )


def test_the_working_path_works() -> None:
    assert blocked(working(), FROM, TO) is None


KONG_LOCAL, ORDERS_LOCAL = VpcRoute(KONG, LOCAL), VpcRoute(ORDERS, LOCAL)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            vpc_table("vpc-kong", "rtb-kong", KONG_LOCAL),
            "route table rtb-kong of vpc-kong has no route to 10.1.1.20",
        ),
        (
            vpc_table("vpc-kong", "rtb-kong", KONG_LOCAL, VpcRoute(ORDERS, "tgw-1", active=False)),
            "the route to 10.1.0.0/16 in route table rtb-kong of vpc-kong is a blackhole",
        ),
        (
            vpc_table(
                "vpc-kong", "rtb-kong", VpcRoute(ORDERS, "tgw-1"), VpcRoute(block("10.1.1.0/24"), "igw-1")
            ),
            "route table rtb-kong of vpc-kong sends 10.1.1.20 to igw-1, which is no transit gateway",
        ),
        (
            vpc_table("vpc-kong", "rtb-kong", VpcRoute(ORDERS, LOCAL)),
            "no subnet of vpc-kong has the address 10.1.1.20",
        ),
        (without_attachment("tgw-attach-kong"), "vpc-kong isn't attached to tgw-1"),
        (
            attachment("tgw-attach-kong", available=False),
            "attachment tgw-attach-kong of vpc-kong isn't available",
        ),
        (
            attachment("tgw-attach-kong", zones=frozenset({"az2"})),
            "attachment tgw-attach-kong has no subnet in az1, the zone of 10.0.1.10 in vpc-kong",
        ),
        (
            attachment("tgw-attach-kong", table_id=None),
            "attachment tgw-attach-kong is associated with no route table of tgw-1",
        ),
        (
            transit_table("tgw-rtb-kong"),
            "route table tgw-rtb-kong of tgw-1, which attachment tgw-attach-kong uses, has no route to 10.1.1.20",
        ),
        (
            transit_table("tgw-rtb-kong", Hop(ORDERS, "tgw-attach-orders"), Hop(block("10.1.1.0/24"), None)),
            "the route to 10.1.1.0/24 in tgw-rtb-kong of tgw-1 is a blackhole",
        ),
        (
            transit_table("tgw-rtb-kong", Hop(EVERYTHING, "tgw-attach-kong")),
            "tgw-rtb-kong leads 10.1.1.20 to vpc-kong, where that address isn't",
        ),
        (
            attachment("tgw-attach-orders", available=False),
            "attachment tgw-attach-orders of vpc-orders isn't available",
        ),
        (
            attachment("tgw-attach-orders", zones=frozenset({"az2"})),
            "attachment tgw-attach-orders has no subnet in az1, the zone of 10.1.1.20 in vpc-orders",
        ),
        (vpc("vpc-orders", subnets=()), "no subnet of vpc-orders has the address 10.1.1.20"),
        (
            group("sg-orders"),
            "security group sg-orders has no ingress rule for tcp port 443 from 10.0.1.10",
        ),
        (
            vpc_table("vpc-orders", "rtb-orders", ORDERS_LOCAL),
            "on the way back, route table rtb-orders of vpc-orders has no route to 10.0.1.10",
        ),
        (
            vpc_table("vpc-orders", "rtb-orders", ORDERS_LOCAL, VpcRoute(KONG, "tgw-1", active=False)),
            "on the way back, the route to 10.0.0.0/16 in route table rtb-orders of vpc-orders is a blackhole",
        ),
        (
            vpc_table("vpc-orders", "rtb-orders", ORDERS_LOCAL, VpcRoute(KONG, "tgw-2")),
            "on the way back, vpc-orders isn't attached to tgw-2",
        ),
        (
            attachment("tgw-attach-orders", table_id=None),
            "on the way back, attachment tgw-attach-orders is associated with no route table of tgw-1",
        ),
        (
            transit_table("tgw-rtb-upstream"),
            (
                "on the way back, route table tgw-rtb-upstream of tgw-1, which attachment tgw-attach-orders "
                "uses, has no route to 10.0.1.10"
            ),
        ),
        (
            transit_table("tgw-rtb-upstream", Hop(KONG, None)),
            "on the way back, the route to 10.0.0.0/16 in tgw-rtb-upstream of tgw-1 is a blackhole",
        ),
    ],
)
def test_what_stops_a_packet_is_named(change: Change, sentence: str) -> None:
    assert blocked(change(working()), FROM, TO) == sentence


def test_a_subnet_without_a_table_of_its_own_uses_the_main_one() -> None:
    bare = vpc("vpc-orders", subnets=(Subnet("subnet-orders", block("10.1.1.0/24"), "az1"),))(working())
    assert blocked(bare, FROM, TO) == (
        "on the way back, route table rtb-main of vpc-orders has no route to 10.0.1.10"
    )
    routed = vpc_table("vpc-orders", "rtb-main", ORDERS_LOCAL, VpcRoute(KONG, "tgw-1"))(bare)
    assert blocked(routed, FROM, TO) is None


def test_the_longest_prefix_wins_over_a_blackhole_that_is_wider() -> None:
    hops = (Hop(EVERYTHING, None), Hop(block("10.1.1.0/24"), "tgw-attach-orders"), Hop(ORDERS, None))
    assert blocked(transit_table("tgw-rtb-kong", *hops)(working()), FROM, TO) is None


def test_an_answer_that_arrives_elsewhere_is_no_answer() -> None:
    """Two VPCs with the same range: the upstream table leads to the other one."""
    twin = replace(working().vpcs["vpc-kong"], id="vpc-twin")
    change = transit_table("tgw-rtb-upstream", Hop(KONG, "tgw-attach-twin"))
    topology = change(working())
    topology = replace(
        topology,
        vpcs={**topology.vpcs, "vpc-twin": twin},
        attachments={
            **topology.attachments,
            "tgw-attach-twin": Attached("tgw-attach-twin", "tgw-1", "vpc-twin", frozenset({"az1"})),
        },
    )
    assert blocked(topology, FROM, TO) == (
        "on the way back, the answer for 10.0.1.10 arrives in vpc-twin instead of vpc-kong"
    )


@pytest.mark.parametrize(
    ("rule", "admitted"),
    [
        (https_from(KONG), True),
        (https_from(block("10.0.1.10/32")), True),
        (https_from(block("10.0.1.11/32")), False),
        (https_from(EVERYTHING), True),
        (Rule("tcp", (1, 442), block=KONG), False),
        (Rule("tcp", (444, 65535), block=KONG), False),
        (Rule("tcp", (400, 500), block=KONG), True),
        (Rule("udp", (443, 443), block=KONG), False),
        (Rule("-1", None, block=KONG), True),
        (Rule("-1", None, block=ORDERS), False),
        (Rule("tcp", (443, 443), group="sg-kong-default"), False),
    ],
)
def test_a_security_group_lets_in_what_its_rules_say(rule: Rule, admitted: bool) -> None:
    source = replace(FROM, groups=("sg-kong-default",))
    assert (blocked(group("sg-orders", rule)(working()), source, TO) is None) is admitted


def test_one_group_that_lets_in_is_enough() -> None:
    several = replace(TO, groups=("sg-default", "sg-orders"))
    assert blocked(working(), FROM, several) is None
    neither = group("sg-orders")(working())
    assert blocked(neither, FROM, several) == (
        "security groups sg-default and sg-orders have no ingress rule for tcp port 443 from 10.0.1.10"
    )


def test_without_groups_it_has_the_default_one_of_its_vpc() -> None:
    assert blocked(working(), FROM, replace(TO, groups=())) == (
        "security group sg-default has no ingress rule for tcp port 443 from 10.0.1.10"
    )


def test_a_group_in_a_rule_stands_for_its_members_in_the_same_vpc() -> None:
    neighbour = Source("vpc-orders", IPv4Address("10.1.2.5"), groups=("sg-callers",))
    change = group("sg-orders", Rule("tcp", (443, 443), group="sg-callers"))
    assert blocked(change(working()), neighbour, TO) is None
    assert blocked(change(working()), replace(neighbour, groups=("sg-others",)), TO) is not None


def test_a_start_that_is_not_there_is_named() -> None:
    assert blocked(working(), replace(FROM, vpc_id="vpc-0"), TO) == "there is no VPC vpc-0 to start from"
    assert blocked(working(), replace(FROM, address=IPv4Address("10.0.9.1")), TO) == (
        "no subnet of vpc-kong has the address 10.0.9.1"
    )


# --- from the internet, and from a neighbour ---

OPEN = group("sg-orders", https_from(EVERYTHING))
TO_THE_INTERNET = vpc_table(
    "vpc-orders", "rtb-orders", VpcRoute(ORDERS, LOCAL), VpcRoute(EVERYTHING, "igw-1")
)


def public_subnet(t: Topology) -> Topology:
    [first, *rest] = t.vpcs["vpc-orders"].subnets
    return vpc("vpc-orders", subnets=(replace(first, public=True), *rest))(t)


def exposed() -> Topology:
    return public_subnet(TO_THE_INTERNET(OPEN(working())))


def test_a_public_address_a_way_to_the_internet_and_an_open_group_make_it_reachable_from_outside() -> None:
    assert blocked_from_outside(exposed(), TO) is None
    half = group("sg-orders", https_from(block("0.0.0.0/1")))
    assert blocked_from_outside(half(exposed()), TO) is None


@pytest.mark.parametrize(
    ("topology", "sentence"),
    [
        (working(), "10.1.1.20 is private, and subnet-orders gives no public address"),
        (TO_THE_INTERNET(OPEN(working())), "10.1.1.20 is private, and subnet-orders gives no public address"),
        (
            public_subnet(OPEN(working())),
            "route table rtb-orders of vpc-orders has no route to an internet gateway",
        ),
        (
            vpc_table("vpc-orders", "rtb-orders", VpcRoute(EVERYTHING, "igw-1", active=False))(exposed()),
            "route table rtb-orders of vpc-orders has no route to an internet gateway",
        ),
        (
            vpc_table("vpc-orders", "rtb-orders", VpcRoute(EVERYTHING, "nat-1"))(exposed()),
            "route table rtb-orders of vpc-orders has no route to an internet gateway",
        ),
        (
            group("sg-orders", https_from(KONG))(exposed()),
            "security group sg-orders has no ingress rule for tcp port 443 from 203.0.113.10",
        ),
        (vpc("vpc-orders", subnets=())(exposed()), "there is no subnet with the address 10.1.1.20"),
    ],
)
def test_each_of_them_missing_keeps_the_internet_out(topology: Topology, sentence: str) -> None:
    assert blocked_from_outside(topology, TO) == sentence


def test_a_neighbour_arrives_where_a_group_admits_the_vpc_or_its_own_members() -> None:
    refused = "security group sg-orders has no ingress rule for tcp port 443 from 10.1.1.254"
    assert blocked_inside(working(), TO) == refused
    assert blocked_inside(group("sg-orders", https_from(ORDERS))(working()), TO) is None
    assert blocked_inside(group("sg-orders", Rule("-1", None, group="sg-orders"))(working()), TO) is None
    assert blocked_inside(group("sg-orders", https_from(block("10.1.2.0/24")))(working()), TO) == refused
    assert blocked_inside(working(), replace(TO, groups=())) is None  # the default group admits its members
    last = replace(TO, address=IPv4Address("10.1.1.254"), groups=("sg-orders",))
    assert str(blocked_inside(working(), last)).endswith("from 10.1.1.253")


def test_a_name_of_a_group_that_the_vpc_lacks_is_told_to_both() -> None:
    unknown = replace(TO, groups=("orders",))
    missing = "vpc-orders has no security group whose name or Name tag is 'orders'"
    assert blocked_inside(exposed(), unknown) == blocked_from_outside(exposed(), unknown) == missing


def test_of_two_vpcs_with_the_address_the_one_that_lets_in_decides() -> None:
    twin = replace(working().vpcs["vpc-orders"], id="vpc-twin")
    both = replace(exposed(), vpcs={"vpc-twin": twin, **exposed().vpcs})
    assert blocked_from_outside(both, TO) is None
