"""What Konnect demands of the bodies of cloud gateways beside its schemas, each with its source, as `entity_rules` has
it for core entities.

Sources: "spec" is Kong's OpenAPI file itself, in words or by its examples; "documentation" is
Kong/developer.konghq.com; "ours" is where Kong publishes nothing and the sandbox is rather strict.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.sandbox.konnect.generated.entity_rules import NOWHERE, Body, Entity, Rule

_NAME = Rule(
    "name", "ours: 1 to 120 characters, unique", st.uuids().map("generated {}".format), ("", "x" * 121)
)

NETWORK = Entity(
    (
        _NAME,
        Rule(
            "cloud_gateway_provider_account_id",
            "spec: it exists",
            st.nothing(),
            (NOWHERE, "x", ""),
        ),
        Rule("region", "spec: a provider's region", st.just("us-east-2"), ("",)),
        Rule("availability_zones", "spec: zones of the region", st.just(["use2-az1", "use2-az2"]), ([],)),
        Rule(
            "cidr_block",
            "documentation: cidr-minimum-requirements",
            st.integers(0, 99).map("10.{}.0.0/16".format),
            (
                "",
                "x",
                "10.0.0.0",
                "10.0.0.1/16",
                "10.0.0.0/24",
                "10.0.0.0/8",
                "8.8.0.0/16",
                "10.100.0.0/16",
                "fd00::/16",
            ),
        ),
    )
)
RENAMED_NETWORK = Entity((_NAME,))

_BLOCKS = Rule(
    "cidr_blocks",
    "spec: blocks in the customer's cloud; Kong's operator: they don't overlap",
    st.lists(st.integers(0, 255).map("10.64.{}.0/24".format), min_size=1, max_size=3, unique=True),
    ([], ["10.64.0.0/24"] * 2, ["10.0.0.0/16"]),
)
_BLOCK = Rule(
    "cidr_blocks[]",
    "spec: a CIDR block",
    st.just("10.65.0.0/24"),
    ("", "x", "10.64.0.0", "10.64.0.1/24", "fd00::/64"),
)


def _context(body: Body, name: str) -> Body:
    """A mapping of domains needs both of its lists."""
    mapping = {"remote_dns_server_ip_addresses": ["10.64.0.2"], "domain_proxy_list": ["a.example"]}
    return {**body, "dns_config": [mapping]} if name == "dns_config" else body


_CONFIG = "transit_gateway_attachment_config"
_DNS = (
    Rule(
        "dns_config[].remote_dns_server_ip_addresses[]",
        "spec: an address",
        st.ip_addresses(v=4).map(str),
        ("", "x", "10.0.0.256"),
    ),
    Rule("dns_config[].remote_dns_server_ip_addresses", "ours: at least one", st.just(["10.64.0.2"]), ([],)),
    Rule("dns_config[].domain_proxy_list", "ours: at least one", st.just(["a.example"]), ([],)),
    Rule("dns_config[].domain_proxy_list[]", "spec: a domain", st.just("a.example"), ("",)),
)
ATTACHMENT = Entity(
    (
        _NAME,
        _BLOCKS,
        _BLOCK,
        *_DNS,
        Rule(
            f"{_CONFIG}.transit_gateway_id",
            "spec: the id of a transit gateway",
            st.from_regex("tgw-[0-9a-f]{17}", fullmatch=True),
            ("", "tgw-", "vpc-0a", "tgw-XY"),
        ),
        Rule(
            f"{_CONFIG}.ram_share_arn",
            "spec: the ARN of a resource share",
            st.uuids().map("arn:aws:ram:us-east-2:222222222222:resource-share/{}".format),
            ("", "x", "arn:aws:s3:::bucket"),
        ),
    ),
    context=_context,
)
PEERING = Entity(
    (
        _NAME,
        *_DNS,
        *(
            Rule(f"{_CONFIG}.{name}", "ours: Azure's ids are GUIDs", st.uuids().map(str), ("", "x"))
            for name in ("tenant_id", "subscription_id")
        ),
        *(
            Rule(f"{_CONFIG}.{name}", "ours: not empty", st.uuids().map(str), ("",))
            for name in ("resource_group_name", "vnet_name")
        ),
    ),
    context=_context,
)
CHANGED_ATTACHMENT = Entity((_BLOCKS, _BLOCK))
