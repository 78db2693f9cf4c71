"""What is checked of a path over a transit gateway before anything of it is made: its values, each by itself and all
together. What is wrong is decided by `rules`.
"""

from collections.abc import Collection, Iterator
from typing import Any

from kong_secure.components.aws.arguments import SHARED, PathArguments
from kong_secure.components.gate import CLAIMS, Check, Known, Value, wrong_alone
from kong_secure.components.private_path import KONGS_END
from kong_secure.resources.konnect_network import KonnectNetwork
from kong_secure.rules import aws_ids
from kong_secure.rules.attachments import attachment_findings
from kong_secure.rules.aws_path import GatewaysEnd, PathFacts, path_findings
from kong_secure.rules.cidr_blocks import block_findings, blocks_findings
from kong_secure.rules.findings import Finding, text_findings, twice_findings
from kong_secure.rules.kongs_network import KongsEnd

_GATEWAYS_END = ("region", "owner", "account", "accepts_by_itself", "associates")
_PLACED = {
    "upstream_route_table_ids": aws_ids.TRANSIT_ROUTE_TABLE,
    "route_table_ids": aws_ids.ROUTE_TABLE,
    "security_group_ids": aws_ids.SECURITY_GROUP,
    "dns_security_group_ids": aws_ids.SECURITY_GROUP,
}
_DNS_PORT = 53


def values_of(path: PathArguments) -> Iterator[Value]:
    """Every value of the arguments that can be wrong by itself."""
    if not isinstance(path.network, KonnectNetwork):
        yield Value("network", path.network, _network_findings)
    single = (
        ("transit_gateway_id", path.transit_gateway_id, _id(aws_ids.TRANSIT_GATEWAY)),
        ("kong_route_table_id", path.kong_route_table_id, _id(aws_ids.TRANSIT_ROUTE_TABLE)),
        ("ram_share_arn", path.ram_share_arn, _of_attachment("ram_share_arn")),
        ("name", path.name, _of_attachment("name")),
        ("cidr_blocks", path.cidr_blocks, blocks_findings),
        ("dns_config", path.dns_config, _of_attachment("dns_config")),
        ("timeout_seconds", path.timeout_seconds, _of_attachment("timeout_seconds")),
    )
    yield from (Value(label, given, check) for label, given, check in single if given is not None)
    for key, kind in _PLACED.items():
        yield from (Value(label, given, _id(kind)) for label, given in _placed(path, key).items())
    yield from _values_of_vpcs(path)


def _placed(path: PathArguments, key: str) -> dict[str, Any]:
    return {f"{key}[{each.name!r}]": each.id for each in getattr(path, key)}


def _values_of_vpcs(path: PathArguments) -> Iterator[Value]:
    for vpc in path.vpcs:
        where = f"vpcs[{vpc.name!r}]"
        if vpc.vpc_id is not None:
            yield Value(f"{where}.vpc_id", vpc.vpc_id, _id(aws_ids.VPC))
        if vpc.attachment_id is not None:
            yield Value(f"{where}.attachment_id", vpc.attachment_id, _id(aws_ids.ATTACHMENT))
        if vpc.account_id is not None:
            yield Value(f"{where}.account_id", vpc.account_id, aws_ids.account_findings)
        for index, subnet in enumerate(vpc.subnets):
            yield Value(f"{where}.subnet_ids[{index}]", subnet.id, _id(aws_ids.SUBNET))
            if subnet.zone is not None:
                yield Value(f"{where}.subnet_ids zone {index}", subnet.zone, _anything)
        for name, block in vpc.blocks.items():
            yield Value(_block_label(vpc.name, name), block, block_findings)


def _block_label(vpc: str, name: str) -> str:
    return f"vpcs[{vpc!r}].cidr_blocks" + (f"[{name!r}]" if name != vpc else "")


def _anything(_label: str, _value: object) -> Iterator[Finding]:
    return iter(())


def _network_findings(label: str, value: object) -> Iterator[Finding]:
    yield from text_findings(label, value, "give a name or an id, or a KonnectNetwork")


def _id(kind: aws_ids.IdKind) -> Check:
    return lambda label, value: aws_ids.id_findings(label, kind, value)


_OF_ATTACHMENT = (
    "network_id",
    "name",
    "transit_gateway_id",
    "ram_share_arn",
    "cidr_blocks",
    "dns_config",
    "timeout_seconds",
)


def _of_attachment(key: str) -> Check:
    others = set(_OF_ATTACHMENT) - {key}
    return lambda _label, value: attachment_findings({key: value}, others)


# --- the whole ---


def findings_of(path: PathArguments, known: Known) -> Iterator[Finding]:
    """Everything that is wrong with what is known; labels are those of `values_of`, and those of the ends."""
    alone, right = wrong_alone(values_of(path), known)
    yield from alone
    yield from path_findings(_facts(path, right))
    for labels in _each_once(path):
        yield from twice_findings({label: right[label] for label in labels if label in right})
    if "ram_share_arn" in right and "kong.network_id" in right:
        yield from _share_findings(right["ram_share_arn"], right["kong.network_id"])


def _each_once(path: PathArguments) -> Iterator[Collection[str]]:
    """The labels of values that must differ: AWS refuses the second of what is made for two that are the same."""
    yield from (_placed(path, key) for key in _PLACED)
    if _DNS_PORT in path.ports:
        yield [*_placed(path, "security_group_ids"), *_placed(path, "dns_security_group_ids")]
    yield [f"vpcs[{vpc.name!r}].vpc_id" for vpc in path.vpcs]
    for vpc in path.vpcs:
        yield [f"vpcs[{vpc.name!r}].subnet_ids[{index}]" for index, _ in enumerate(vpc.subnets)]


def _share_findings(share_arn: str, network_id: str) -> Iterator[Finding]:
    # Kong takes a share for one network.
    for other in CLAIMS.others(f"RAM share {share_arn}", network_id):
        problem = f"is used for another network, {other}, and Kong takes one share for each"
        yield Finding(f"ram_share_arn {share_arn!r}", problem, "give a share of its own, or leave it out")


def _left_to_default_tables(path: PathArguments) -> Iterator[str]:
    if path.isolation == SHARED:
        if path.kong_route_table_id is None:
            yield "Kong's attachment"
        yield from (f"the attachment of {vpc.name}" for vpc in path.vpcs if vpc.attachment_id is None)


def _facts(path: PathArguments, known: Known) -> PathFacts:
    labels = [_block_label(vpc.name, name) for vpc in path.vpcs for name in vpc.blocks]
    share = known.get("ram_share_arn")
    blocks = known.get("cidr_blocks")
    gateway_id = known.get("transit_gateway_id")
    return PathFacts(
        kong=KongsEnd(**{key: known.get(f"kong.{key}") for key in KONGS_END}),
        gateway=GatewaysEnd(
            id=gateway_id,
            share_region=aws_ids.region_of_arn(share) if share else None,
            **{key: known.get(f"gateway.{key}") for key in _GATEWAYS_END},
        ),
        vpc_blocks={label: known[label] for label in labels if label in known},
        complete=all(label in known for label in labels),
        cidr_blocks=None if blocks is None else tuple(blocks),
        accepts=path.accepts,
        left_to_default_tables=tuple(_left_to_default_tables(path)),
        dns_servers=tuple(
            server
            for mapping in known.get("dns_config") or ()
            for server in mapping["remote_dns_server_ip_addresses"]
        ),
        zones={
            f"vpcs[{vpc.name!r}].subnet_ids": [
                known[label]
                for index, _ in enumerate(vpc.subnets)
                if (label := f"vpcs[{vpc.name!r}].subnet_ids zone {index}") in known
            ]
            for vpc in path.vpcs
        },
    )
