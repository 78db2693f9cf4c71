"""What is checked of a path before anything of it is made: plain values at once, the others in one `apply` that
everything else waits for. What is wrong is decided by `rules`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.settings import get_monitor

from kong_secure.components.aws.arguments import PathArguments
from kong_secure.resources.base import InvalidArguments
from kong_secure.resources.konnect_network import KonnectNetwork
from kong_secure.resources.program import as_outputs, is_later, still_unknown
from kong_secure.rules import aws_ids
from kong_secure.rules.attachments import attachment_findings
from kong_secure.rules.aws_path import GatewaysEnd, KongsEnd, PathFacts, path_findings
from kong_secure.rules.cidr_blocks import block_findings, blocks_findings
from kong_secure.rules.findings import Finding, described

KONGS_END = ("cidr_block", "region", "state", "provider")
_GATEWAYS_END = ("region", "owner", "account", "accepts_by_itself")

_Check = Callable[[str, object], Iterator[Finding]]


@dataclass(frozen=True)
class Value:
    """A value that was given, by the name it has for the user, and what checks it by itself."""

    label: str
    given: Any
    check: _Check


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
    kinds = {
        "upstream_route_table_ids": aws_ids.TRANSIT_ROUTE_TABLE,
        "route_table_ids": aws_ids.ROUTE_TABLE,
        "security_group_ids": aws_ids.SECURITY_GROUP,
        "dns_security_group_ids": aws_ids.SECURITY_GROUP,
    }
    for key, kind in kinds.items():
        yield from (Value(f"{key}[{each.name!r}]", each.id, _id(kind)) for each in getattr(path, key))
    yield from _values_of_vpcs(path)


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
    if not isinstance(value, str) or not value.strip():
        yield Finding(label, "is missing, empty or no text", "give a name or an id, or a KonnectNetwork")


def _id(kind: aws_ids.IdKind) -> _Check:
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


def _of_attachment(key: str) -> _Check:
    others = set(_OF_ATTACHMENT) - {key}
    return lambda _label, value: attachment_findings({key: value}, others)


# --- the whole ---

Known = Mapping[str, Any]


def findings_of(path: PathArguments, known: Known) -> Iterator[Finding]:
    """Everything that is wrong with what is known; labels are those of `values_of`, and those of the ends."""
    wrong: set[str] = set()
    for value in values_of(path):
        if value.label in known:
            found = list(value.check(value.label, known[value.label]))
            wrong |= {value.label} if found else set()
            yield from found
    yield from path_findings(_facts(path, {key: known[key] for key in known if key not in wrong}))


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


def refuse_plain(label: str, path: PathArguments, shape: Collection[Finding]) -> None:
    """Raises InvalidArguments with everything that is wrong with the shape and with plain values."""
    plain = {value.label: value.given for value in values_of(path) if not is_later(value.given)}
    problems = [*shape, *findings_of(path, plain)]
    if problems:
        raise InvalidArguments(f"{label}: {described(problems)}")


class Shares:
    """Which network of Kong's each RAM share is used for, in one run of a program: Kong takes a share once."""

    def __init__(self) -> None:
        self._networks: WeakKeyDictionary[object, dict[str, str]] = WeakKeyDictionary()

    def findings(self, share_arn: str, network_id: str) -> Iterator[Finding]:
        """What is wrong with using a share for a network, which is remembered."""
        used = self._networks.setdefault(get_monitor(), {})
        other = used.setdefault(share_arn, network_id)
        if other != network_id:
            problem = f"is used for another network, {other}, and Kong takes one share for each"
            yield Finding(f"ram_share_arn {share_arn!r}", problem, "give a share of its own, or leave it out")


SHARES = Shares()


class Gate:
    """Lets values through once everything is checked, and none where something is wrong."""

    def __init__(self, label: str, path: PathArguments, ends: Mapping[str, pulumi.Output[Any]]) -> None:
        """ends: what is learned of both ends, as `kong.region` or `gateway.owner`."""
        given = {value.label: value.given for value in values_of(path)}
        later = {name for name, value in given.items() if is_later(value)}
        plain = {name: value for name, value in given.items() if name not in later}
        awaited = {**as_outputs({name: given[name] for name in later}, later), **ends}

        def check(values: Mapping[str, Any]) -> bool:
            unknown = still_unknown(values, awaited)
            known = {} if not isinstance(values, Mapping) else values
            learned = {k: v for k, v in known.items() if k not in unknown and v is not None}
            seen = {**plain, **learned}
            problems = list(findings_of(path, seen))
            if "ram_share_arn" in seen and "kong.network_id" in seen:
                problems += SHARES.findings(seen["ram_share_arn"], seen["kong.network_id"])
            if problems:
                raise InvalidArguments(f"{label}: {described(problems)}")
            return True

        checked = pulumi.Output.all(**awaited).apply(check, run_with_unknowns=True)
        # Without the resources that the values are of: nothing of the path has to be replaced with those.
        self._passed: pulumi.Output[Any] = pulumi.Output.from_input(checked.future())

    def __call__(self, value: Any) -> pulumi.Output[Any]:
        """The value, once everything is checked."""
        return pulumi.Output.all(self._passed, value).apply(lambda pair: pair[1])
