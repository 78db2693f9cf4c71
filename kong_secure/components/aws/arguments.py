"""The arguments of `AwsTransitGateway`, parsed once into frozen dataclasses: names are plain, values are Inputs.
What is wrong with the values is decided in `preflight`; here it is the shape alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from kong_secure.components.reading import Reader, comes_later, shown
from kong_secure.resources.attachment_provider import DEFAULT_TIMEOUT_SECONDS
from kong_secure.resources.konnect_network import KonnectNetwork
from kong_secure.rules.findings import Finding

STRICT, SHARED = "strict", "shared"

_TAG = re.compile(r"(?!aws:)[\w .:/=+@-]{1,128}")

_VPC_KEYS = frozenset({"vpc_id", "subnet_ids", "cidr_blocks", "attachment_id", "account_id", "provider"})
_VPCS_EXAMPLE = (
    'give names with what is behind them, as {"orders": {"vpc_id": vpc.id, "subnet_ids": [subnet.id], '
    '"cidr_blocks": "10.8.0.0/16"}}'
)
_BLOCKS_EXAMPLE = 'give one block, a list of plain ones, or names with blocks, as {"apps": vpc.cidr_block}'


@dataclass(frozen=True)
class Subnet:
    """A subnet that the attachment of a VPC uses, and its zone where that is told by what was given."""

    id: pulumi.Input[str]
    zone: pulumi.Input[str] | None = None


@dataclass(frozen=True)
class UpstreamVpc:
    """A VPC that Kong reaches. Either attachment_id, or vpc_id and subnets, is given.

    blocks: by a plain name, which is the VPC's for the only one. account_id: of a VPC in another account than the
    gateway's.
    """

    name: str
    blocks: Mapping[str, pulumi.Input[str]]
    vpc_id: pulumi.Input[str] | None = None
    subnets: tuple[Subnet, ...] = ()
    attachment_id: pulumi.Input[str] | None = None
    account_id: pulumi.Input[str] | None = None
    provider: pulumi.ProviderResource | None = None

    def routed(self, block: str) -> str:
        """What the route to a block, by its name, is called among those to all VPCs."""
        return self.name if block == self.name else f"{self.name}-{block}"


@dataclass(frozen=True)
class Placed:
    """Something with an id in a VPC, named `vpc` or `vpc/anything`. vpc: None where only the id matters."""

    name: str
    id: pulumi.Input[str]
    vpc: str | None


@dataclass(frozen=True)
class PathArguments:
    """The arguments of a path, every collection with plain names. None is what wasn't given."""

    network: pulumi.Input[str] | KonnectNetwork
    name: pulumi.Input[str]
    vpcs: tuple[UpstreamVpc, ...] = ()
    cidr_blocks: Any = None
    transit_gateway_id: pulumi.Input[str] | None = None
    accepts: bool = True
    ram_share_arn: pulumi.Input[str] | None = None
    isolation: str = STRICT
    kong_route_table_id: pulumi.Input[str] | None = None
    upstream_route_table_ids: tuple[Placed, ...] = ()
    route_table_ids: tuple[Placed, ...] = ()
    security_group_ids: tuple[Placed, ...] = ()
    ports: tuple[int, ...] = ()
    dns_config: Any = None
    dns_security_group_ids: tuple[Placed, ...] = ()
    timeout_seconds: pulumi.Input[float] = DEFAULT_TIMEOUT_SECONDS
    gateway_provider: pulumi.ProviderResource | None = None
    tags: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)

    def vpc(self, name: str | None) -> UpstreamVpc | None:
        """The VPC of that name."""
        return next((vpc for vpc in self.vpcs if vpc.name == name), None)

    @property
    def blocks(self) -> list[pulumi.Input[str]]:
        """Every VPC's blocks, in the order given."""
        return [block for vpc in self.vpcs for block in vpc.blocks.values()]

    @property
    def sent_blocks(self) -> Any:
        """What Konnect gets as cidr_blocks."""
        return self.blocks if self.cidr_blocks is None else self.cidr_blocks


def parsed(given: Mapping[str, Any]) -> tuple[PathArguments, list[Finding]]:
    """The arguments, and what is wrong with their shape; what can't be read is left out."""
    reader = _Reader()
    vpcs = tuple(reader.vpcs(given["vpcs"]))
    names = [vpc.name for vpc in vpcs]
    placed: dict[str, Any] = {
        key: tuple(reader.placed(key, given[key], names))
        for key in ("route_table_ids", "security_group_ids", "dns_security_group_ids")
    }
    upstream = tuple(reader.placed("upstream_route_table_ids", given["upstream_route_table_ids"], []))
    arguments = PathArguments(
        vpcs=vpcs,
        upstream_route_table_ids=upstream,
        ports=reader.ports(given["ports"]),
        accepts=reader.boolean("accept_attachment", given["accept_attachment"]),
        isolation=reader.isolation(given["isolation"]),
        gateway_provider=reader.provider("gateway_provider", given["gateway_provider"], "aws"),
        tags=reader.tags(given["tags"]),
        **placed,
        **{key: given[key] for key in _TAKEN_AS_THEY_ARE},
    )
    reader.together(arguments, tables_said=given["upstream_route_table_ids"] is not None)
    return arguments, reader.findings


_TAKEN_AS_THEY_ARE = (
    "network",
    "name",
    "cidr_blocks",
    "transit_gateway_id",
    "ram_share_arn",
    "kong_route_table_id",
    "dns_config",
    "timeout_seconds",
)


class _Reader(Reader):
    """Reads the arguments that are AWS's."""

    def vpcs(self, value: Any) -> Iterator[UpstreamVpc]:
        example = _VPCS_EXAMPLE.removeprefix("give names with what is behind them, as ")
        for name, entry in self.named("vpcs", value, example):
            where = f"vpcs[{name!r}]"
            if "/" in name:
                self.refuse(where, "has a '/' in its name", "leave it out")
            elif not isinstance(entry, Mapping):
                self.refuse(where + shown(entry), "is no plain mapping", _VPCS_EXAMPLE)
            elif unknown := sorted(set(entry) - _VPC_KEYS):
                allowed = ", ".join(sorted(_VPC_KEYS))
                self.refuse(where, f"has {', '.join(map(repr, unknown))}", f"its keys are {allowed}")
            else:
                yield self.vpc(name, where, entry)

    def vpc(self, name: str, where: str, entry: Mapping[str, Any]) -> UpstreamVpc:
        own = entry.get("vpc_id") is not None or entry.get("subnet_ids") is not None
        if own == (entry.get("attachment_id") is not None):
            problem = "has both an attachment and what makes one" if own else "has neither VPC nor attachment"
            self.refuse(
                where, problem, "give vpc_id with subnet_ids, or the attachment_id of one that exists"
            )
        elif own and (entry.get("vpc_id") is None or entry.get("subnet_ids") is None):
            missing = "vpc_id" if entry.get("vpc_id") is None else "subnet_ids"
            self.refuse(where, f"has no {missing}", "give vpc_id and subnet_ids")
        return UpstreamVpc(
            name=name,
            blocks=self.blocks(name, f"{where}.cidr_blocks", entry.get("cidr_blocks")),
            vpc_id=entry.get("vpc_id"),
            subnets=self.subnets(f"{where}.subnet_ids", entry.get("subnet_ids")),
            attachment_id=entry.get("attachment_id"),
            account_id=entry.get("account_id"),
            provider=self.provider(f"{where}.provider", entry.get("provider"), "aws"),
        )

    def blocks(self, vpc: str, where: str, value: Any) -> dict[str, Any]:
        if isinstance(value, str) or comes_later(value):
            return {vpc: value}
        if isinstance(value, list | tuple) and value and all(isinstance(item, str) for item in value):
            return {item.replace("/", "-"): item for item in value}
        if isinstance(value, Mapping) and value:
            return dict(self.named(where, value, '{"apps": vpc.cidr_block}'))
        if isinstance(value, list | tuple) and any(map(comes_later, value)):
            self.refuse(where, "is a list with Outputs, and names must be plain", _BLOCKS_EXAMPLE)
        else:
            self.refuse(f"{where} {value!r}", "names no block that Kong is to reach", _BLOCKS_EXAMPLE)
        return {}

    def subnets(self, where: str, value: Any) -> tuple[Subnet, ...]:
        if value is None:
            return ()
        if comes_later(value) or isinstance(value, str) or not isinstance(value, list | tuple) or not value:
            self.refuse(
                where + shown(value), "is no list with something in it", "give one such as [subnet.id]"
            )
            return ()
        return tuple(
            Subnet(item.id, getattr(item, "availability_zone", None))
            if isinstance(item, pulumi.CustomResource)
            else Subnet(item)
            for item in value
        )

    def placed(self, key: str, value: Any, vpcs: list[str]) -> Iterator[Placed]:
        for name, item in self.named(key, value, '{"orders": an_id}'):
            vpc = name.split("/", 1)[0]
            if len(vpcs) > 1 and vpc not in vpcs:
                fix = f"begin it with one of {', '.join(vpcs)}, as {vpcs[0]}/{name}"
                self.refuse(f"{key} name {name!r}", "says not which of the VPCs it is in", fix)
            yield Placed(name, item, vpc if vpc in vpcs else next(iter(vpcs), None))

    def tags(self, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            fix = 'give one whose keys are plain and whose values may be Outputs, as {"team": "orders"}'
            self.refuse("tags" + shown(value), "is no plain mapping", fix)
            return {}
        for key in value:
            if not isinstance(key, str) or not _TAG.fullmatch(key):
                fix = "give up to 128 letters, digits, spaces and '_.:/=+-@', not beginning with 'aws:'"
                self.refuse(f"tags key {key!r}", "is none that AWS takes", fix)
        return dict(value)

    def isolation(self, value: Any) -> str:
        if value in (STRICT, SHARED) and isinstance(value, str):
            return value
        self.refuse("isolation" + shown(value), "is none there is", f'give "{STRICT}" or "{SHARED}"')
        return STRICT

    def together(self, path: PathArguments, *, tables_said: bool) -> None:
        """What is wrong with arguments beside one another."""
        existing = [vpc.name for vpc in path.vpcs if vpc.attachment_id is not None]
        if existing and path.isolation == STRICT and not tables_said:
            fix = 'give their tables, as {"hub": "tgw-rtb-..."}, or {} where Kong\'s range is routed already'
            self.refuse(
                "upstream_route_table_ids",
                f"is missing, and the attachments of {', '.join(existing)} keep the table they have",
                fix,
            )
        self._one_name_each(path)
        if path.transit_gateway_id is None:
            self._with_a_new_gateway(path)
        if path.security_group_ids and not path.ports and not self.wrong_ports:
            self.refuse("ports", "are missing", "give the ports that Kong may reach, as [443]")
        if path.ports and not path.security_group_ids:
            self.refuse("security_group_ids", "are missing, and ports are given", "give both or neither")
        if path.dns_security_group_ids and path.dns_config is None:
            self.refuse("dns_config", "is missing, and dns_security_group_ids are given", "give both")
        if not path.vpcs and path.cidr_blocks is None and not self.findings:
            self.refuse("vpcs", "are missing", _VPCS_EXAMPLE)

    def _one_name_each(self, path: PathArguments) -> None:
        named: dict[str, str] = {}
        for vpc in path.vpcs:
            for block in vpc.blocks:
                subject = f"vpcs[{vpc.name!r}].cidr_blocks" + (f"[{block!r}]" if block != vpc.name else "")
                first = named.setdefault(vpc.routed(block), subject)
                if first != subject:
                    problem = f"and {first} would both name their route {vpc.routed(block)}"
                    self.refuse(subject, problem, "give one of them another name")

    def _with_a_new_gateway(self, path: PathArguments) -> None:
        for key in ("ram_share_arn", "kong_route_table_id"):
            if getattr(path, key) is not None:
                self.refuse(key, "is of a gateway that exists", "give its transit_gateway_id too")
        for vpc in path.vpcs:
            if vpc.account_id is not None:
                problem = "is of another account, to which a gateway that is yet to be made isn't shared"
                fix = "give the transit_gateway_id of one that is"
                self.refuse(f"vpcs[{vpc.name!r}].account_id", problem, fix)
        if not path.accepts:
            self.refuse("accept_attachment False", "is for a gateway that exists", "leave it out")
