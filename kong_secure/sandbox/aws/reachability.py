"""Whether a packet gets from an address in one VPC to a port in another and its answer back, and if not, what
stops it. Pure functions of a `Topology`, which `topology` reads from a cloud.

Asked in the order a packet meets things: the route table of the subnet it leaves, the attachment and its
transit gateway's route table, the VPC and zone it arrives in, the security groups there; then the same way
back, which security groups don't ask about again because they remember connections. Network ACLs are taken
to be the default ones, which let everything pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from kong_secure.sandbox.cloud_paths import Destination

LOCAL = "local"

_STRANGERS = (IPv4Address("203.0.113.10"), IPv4Address("9.9.9.9"))
"""Addresses on the internet, one in each half of it, in the place of all."""


@dataclass(frozen=True)
class VpcRoute:
    """A route of a VPC's table: to `local`, a transit gateway's id, something else's id; `active` or not."""

    destination: IPv4Network
    target: str
    active: bool = True


@dataclass(frozen=True)
class Subnet:
    """A subnet; `table_id` is None where the VPC's main table is used. public: what is launched in it gets a public
    address beside its private one.
    """

    id: str
    block: IPv4Network
    zone: str
    table_id: str | None = None
    public: bool = False


@dataclass(frozen=True)
class Vpc:
    """A VPC with its subnets and route tables. group_names: its security groups' names and Name tags, by id."""

    id: str
    blocks: tuple[IPv4Network, ...]
    subnets: tuple[Subnet, ...]
    tables: Mapping[str, tuple[VpcRoute, ...]]
    main_table: str
    default_group: str = ""
    group_names: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Attached:
    """A VPC's attachment: the zones it has an interface in, and the one table its packets are looked up in."""

    id: str
    gateway_id: str
    vpc_id: str
    zones: frozenset[str]
    available: bool = True
    table_id: str | None = None


@dataclass(frozen=True)
class Hop:
    """A route of a transit gateway's table, to an attachment's id; None is a blackhole."""

    destination: IPv4Network
    attachment_id: str | None


@dataclass(frozen=True)
class Rule:
    """An ingress rule: protocol (`-1` is every one), ports, and whom it is for: a block or a group's id."""

    protocol: str
    ports: tuple[int, int] | None
    block: IPv4Network | None = None
    group: str | None = None


@dataclass(frozen=True)
class Topology:
    """All there is between two addresses, by identifier."""

    vpcs: Mapping[str, Vpc]
    attachments: Mapping[str, Attached]
    tables: Mapping[str, tuple[Hop, ...]]
    groups: Mapping[str, tuple[Rule, ...]]


@dataclass(frozen=True)
class Source:
    """Where a packet starts. `groups` are its security groups, known within one VPC alone."""

    vpc_id: str
    address: IPv4Address
    groups: tuple[str, ...] = ()


_R = TypeVar("_R", VpcRoute, Hop)


class _BlockedError(Exception):
    """What stops the packet, in one sentence."""


def blocked(topology: Topology, source: Source, destination: Destination) -> str | None:
    """What stops a call from source to destination, in one sentence; None if it arrives and is answered."""
    start = topology.vpcs.get(source.vpc_id)
    if start is None:
        return f"there is no VPC {source.vpc_id} to start from"
    try:
        arrived = _travel(topology, start, source.address, destination.address)
        _admitted(topology, arrived, source, destination)
    except _BlockedError as error:
        return str(error)
    try:
        returned = _travel(topology, arrived, destination.address, source.address)
    except _BlockedError as error:
        return f"on the way back, {error}"
    if returned.id != start.id:
        return (
            f"on the way back, the answer for {source.address} arrives in {returned.id} instead of {start.id}"
        )
    return None


def blocked_inside(topology: Topology, destination: Destination) -> str | None:
    """What stops a call from a neighbour in the destination's own subnet, which stands behind the same security
    groups; None if it arrives.
    """

    def from_neighbour(vpc: Vpc) -> str | None:
        block = _subnet_with(vpc, destination.address).block
        # AWS keeps the first four addresses of a subnet and its last one
        free = block[-2] if block[-2] != destination.address else block[-3]
        source = Source(vpc.id, free, _group_ids(vpc, destination.groups) or (vpc.default_group,))
        return blocked(topology, source, destination)

    return _at_home(topology, destination, from_neighbour)


def blocked_from_outside(topology: Topology, destination: Destination) -> str | None:
    """What stops calls from the internet; None if somebody there reaches the destination."""

    def from_internet(vpc: Vpc) -> str | None:
        subnet = _subnet_with(vpc, destination.address)
        if not subnet.public:
            return f"{destination.address} is private, and {subnet.id} gives no public address"
        refusals = [_refused_stranger(topology, vpc, stranger, destination) for stranger in _STRANGERS]
        return None if None in refusals else refusals[0]

    return _at_home(topology, destination, from_internet)


def _refused_stranger(
    topology: Topology, vpc: Vpc, stranger: IPv4Address, destination: Destination
) -> str | None:
    table_id = _table_used(vpc, destination.address)
    route = _longest(vpc.tables.get(table_id, ()), stranger)
    if route is None or not route.active or not route.target.startswith("igw-"):
        return f"route table {table_id} of {vpc.id} has no route to an internet gateway"
    try:
        _admitted(topology, vpc, Source("the internet", stranger), destination)
    except _BlockedError as error:
        return str(error)
    return None


def _at_home(topology: Topology, destination: Destination, asked: Callable[[Vpc], str | None]) -> str | None:
    """What every VPC says in which the destination can stand; None if one of them says so."""
    address = destination.address
    homes = [vpc for vpc in topology.vpcs.values() if any(address in each.block for each in vpc.subnets)]
    sentences = []
    for vpc in homes:
        try:
            sentences.append(asked(vpc))
        except _BlockedError as error:
            sentences.append(str(error))
    if not homes:
        return f"there is no subnet with the address {address}"
    return None if None in sentences else sentences[0]


def _travel(topology: Topology, start: Vpc, origin: IPv4Address, to: IPv4Address) -> Vpc:
    """The VPC that a packet arrives in."""
    table_id = _table_used(start, origin)
    route = _longest(start.tables.get(table_id, ()), to)
    where = f"route table {table_id} of {start.id}"
    if route is None:
        raise _BlockedError(f"{where} has no route to {to}")
    if not route.active:
        raise _BlockedError(f"the route to {route.destination} in {where} is a blackhole")
    if route.target == LOCAL:
        _subnet_with(start, to)
        return start
    if not route.target.startswith("tgw-"):
        raise _BlockedError(f"{where} sends {to} to {route.target}, which is no transit gateway")
    return _cross(topology, start, origin, to, route.target)


def _cross(topology: Topology, start: Vpc, origin: IPv4Address, to: IPv4Address, gateway_id: str) -> Vpc:
    """Through a transit gateway, from one attachment to another."""
    entry = _attachment_of(topology, start.id, gateway_id)
    _interface_in_zone(start, entry, origin)
    if entry.table_id is None:
        raise _BlockedError(f"attachment {entry.id} is associated with no route table of {gateway_id}")
    hop = _longest(topology.tables.get(entry.table_id, ()), to)
    if hop is None:
        raise _BlockedError(
            f"route table {entry.table_id} of {gateway_id}, which attachment {entry.id} uses, has no route to {to}"
        )
    if hop.attachment_id is None:
        raise _BlockedError(
            f"the route to {hop.destination} in {entry.table_id} of {gateway_id} is a blackhole"
        )
    leaving = topology.attachments[hop.attachment_id]
    if not leaving.available:
        raise _BlockedError(f"attachment {leaving.id} of {leaving.vpc_id} isn't available")
    arrived = topology.vpcs.get(leaving.vpc_id)
    if arrived is None:
        raise _BlockedError(f"{leaving.vpc_id}, which attachment {leaving.id} leads to, is gone")
    if not any(to in block for block in arrived.blocks):
        raise _BlockedError(f"{entry.table_id} leads {to} to {arrived.id}, where that address isn't")
    _interface_in_zone(arrived, leaving, to)
    return arrived


def _attachment_of(topology: Topology, vpc_id: str, gateway_id: str) -> Attached:
    for attachment in topology.attachments.values():
        if (attachment.vpc_id, attachment.gateway_id) == (vpc_id, gateway_id):
            if attachment.available:
                return attachment
            raise _BlockedError(f"attachment {attachment.id} of {vpc_id} isn't available")
    raise _BlockedError(f"{vpc_id} isn't attached to {gateway_id}")


def _interface_in_zone(vpc: Vpc, attachment: Attached, address: IPv4Address) -> None:
    """What is in a zone without a subnet of the attachment can't use the gateway."""
    subnet = _subnet_with(vpc, address)
    if subnet.zone not in attachment.zones:
        raise _BlockedError(
            f"attachment {attachment.id} has no subnet in {subnet.zone}, the zone of {address} in {vpc.id}"
        )


def _subnet_with(vpc: Vpc, address: IPv4Address) -> Subnet:
    for subnet in vpc.subnets:
        if address in subnet.block:
            return subnet
    raise _BlockedError(f"no subnet of {vpc.id} has the address {address}")


def _table_used(vpc: Vpc, address: IPv4Address) -> str:
    return _subnet_with(vpc, address).table_id or vpc.main_table


def _longest(routes: Iterable[_R], address: IPv4Address) -> _R | None:
    covering = [route for route in routes if address in route.destination]
    return max(covering, key=lambda route: route.destination.prefixlen, default=None)


def _admitted(topology: Topology, vpc: Vpc, source: Source, destination: Destination) -> None:
    """Security groups: one rule of any of them is enough."""
    ids = _group_ids(vpc, destination.groups) or (vpc.default_group,)
    # a group in a rule stands for its members in the same VPC; across a transit gateway nobody is a member
    members = frozenset(source.groups) if vpc.id == source.vpc_id else frozenset()
    for id_ in ids:
        if any(_lets_in(rule, source.address, members, destination) for rule in topology.groups.get(id_, ())):
            return
    names = f"group {ids[0]} has" if len(ids) == 1 else f"groups {' and '.join(ids)} have"
    raise _BlockedError(
        f"security {names} no ingress rule for {destination.protocol} port {destination.port} "
        f"from {source.address}"
    )


def _group_ids(vpc: Vpc, wanted: Iterable[str]) -> tuple[str, ...]:
    """The ids of the groups wanted; AWS gives no group a name that begins like an id."""
    ids: list[str] = []
    for name in wanted:
        named = [id_ for id_, names in vpc.group_names.items() if name in names]
        if not named and not name.startswith("sg-"):
            raise _BlockedError(f"{vpc.id} has no security group whose name or Name tag is {name!r}")
        ids += named or [name]
    return tuple(ids)


def _lets_in(rule: Rule, address: IPv4Address, members: frozenset[str], destination: Destination) -> bool:
    if rule.protocol not in ("-1", destination.protocol):
        return False
    if rule.protocol != "-1" and rule.ports is not None:
        first, last = rule.ports
        if not first <= destination.port <= last:
            return False
    if rule.block is not None:
        return address in rule.block
    return rule.group in members
