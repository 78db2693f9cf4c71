"""Whether a packet gets from an address in one virtual network to a port in another and its answer back, and if
not, what stops it. Pure functions of a `Topology`, which `topology` reads from the store.

Asked in the order a packet meets things: the routes of the subnet it leaves, where a user's route wins over one of
Azure's for the same block; the network security group there; the one of the subnet it arrives in; then the way
back, which network security groups don't ask about again because they remember connections. A subnet without a
group is open. Application security groups and private endpoints, which may ignore groups, aren't here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

_LOCAL: Final = "VnetLocal"
_INTERNET: Final = "Internet"
_PEERING: Final = "VNetPeering"
_NONE: Final = "None"
_EVERYWHERE: Final = IPv4Network("0.0.0.0/0")
# Azure drops what goes to these and to nothing more specific.
_PRIVATE: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_LOAD_BALANCER: Final = IPv4Address("168.63.129.16")


@dataclass(frozen=True)
class Rule:
    """A rule of a network security group. Addresses are prefixes, service tags or `*`; ports are those of the
    destination, from and to."""

    name: str
    priority: int
    inbound: bool
    allows: bool
    protocol: str
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Group:
    """A network security group, Azure's own rules among its rules."""

    name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Route:
    """A user's route. address: the appliance it leads to, if it does."""

    name: str
    destination: IPv4Network
    hop: str
    address: str = ""


@dataclass(frozen=True)
class Table:
    """A route table."""

    name: str
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class Subnet:
    """A subnet with what is put on it."""

    name: str
    blocks: tuple[IPv4Network, ...]
    group: Group | None = None
    table: Table | None = None


@dataclass(frozen=True)
class Peering:
    """The half of a peering that lies in a network. space: the remote addresses that it knows. admits: whether
    they belong to the tag VirtualNetwork."""

    name: str
    remote_id: str
    space: tuple[IPv4Network, ...]
    state: str = "Connected"
    admits: bool = True


@dataclass(frozen=True)
class Network:
    """A virtual network."""

    id: str
    name: str
    space: tuple[IPv4Network, ...]
    subnets: tuple[Subnet, ...]
    peerings: tuple[Peering, ...] = ()


@dataclass(frozen=True)
class Topology:
    """Every virtual network, by its id in lower case."""

    networks: Mapping[str, Network]


@dataclass(frozen=True)
class Call:
    """Where a packet comes from and goes to."""

    source: IPv4Address
    destination: IPv4Address
    port: int
    protocol: str = "tcp"


@dataclass(frozen=True)
class _Hop:
    """A route that is in effect. user: the route of a user's that it is."""

    destination: IPv4Network
    kind: str
    peering: Peering | None = None
    user: Route | None = None


class _BlockedError(Exception):
    """What stops the packet, in one sentence."""


def blocked(topology: Topology, network_id: str, call: Call) -> str | None:
    """What stops a call from a network, in one sentence; None if it arrives and is answered."""
    start = topology.networks.get(network_id.lower())
    if start is None:
        return f"there is no virtual network {network_id} to start from"
    try:
        arrived = _travel(topology, start, call.source, call.destination)
        _admit(start, _subnet_with(start, call.source), call, inbound=False)
        _admit(arrived, _subnet_with(arrived, call.destination), call, inbound=True)
    except _BlockedError as error:
        return str(error)
    try:
        returned = _travel(topology, arrived, call.destination, call.source)
    except _BlockedError as error:
        return f"on the way back, {error}"
    if returned.id != start.id:
        return f"on the way back, the answer for {call.source} arrives in {returned.name} instead of {start.name}"
    return None


# --- routes ---


def _travel(topology: Topology, start: Network, origin: IPv4Address, to: IPv4Address) -> Network:
    """The network that a packet arrives in."""
    subnet = _subnet_with(start, origin)
    covering = [hop for hop in _routes(start, subnet) if to in hop.destination]
    hop = max(covering, key=lambda hop: (hop.destination.prefixlen, hop.user is not None))
    if hop.kind == _LOCAL:
        _subnet_with(start, to)
        return start
    if hop.peering is not None:
        arrived = topology.networks.get(hop.peering.remote_id.lower())
        if arrived is None:
            raise _BlockedError(
                f"the network that peering {hop.peering.name} of {start.name} leads to is gone"
            )
        _subnet_with(arrived, to)
        return arrived
    if hop.user is not None:
        raise _BlockedError(_by_user(hop.user, start, subnet, to))
    raise _BlockedError(_no_peering(start, to))


def _routes(network: Network, subnet: Subnet) -> Iterator[_Hop]:
    yield _Hop(_EVERYWHERE, _INTERNET)
    yield from (_Hop(block, _NONE) for block in _PRIVATE)
    yield from (_Hop(block, _LOCAL) for block in network.space)
    for peering in network.peerings:
        if peering.state == "Connected":
            yield from (_Hop(block, _PEERING, peering) for block in peering.space)
    for route in subnet.table.routes if subnet.table is not None else ():
        yield _Hop(route.destination, route.hop, user=route)


def _by_user(route: Route, network: Network, subnet: Subnet, to: IPv4Address) -> str:
    table = subnet.table.name if subnet.table is not None else ""
    where = f"route {route.name} ({route.destination}) of route table {table} on subnet {subnet.name} of {network.name}"
    if route.hop == _NONE:
        return f"{where} drops what goes to {to}"
    if route.hop == _INTERNET:
        return f"{where} sends {to} to the internet, where it is no address"
    to_what = f"the appliance {route.address}" if route.address else "a gateway of Azure's"
    return f"{where} sends {to} to {to_what}, which isn't there"


def _no_peering(network: Network, to: IPv4Address) -> str:
    for peering in network.peerings:
        if any(to in block for block in peering.space):
            return f"peering {peering.name} of {network.name} is {peering.state}, not Connected"
    return f"no peering of {network.name} leads to {to}"


def _subnet_with(network: Network, address: IPv4Address) -> Subnet:
    for subnet in network.subnets:
        if any(address in block for block in subnet.blocks):
            return subnet
    raise _BlockedError(f"no subnet of {network.name} has the address {address}")


# --- network security groups ---


def _admit(network: Network, subnet: Subnet, call: Call, *, inbound: bool) -> None:
    """The first rule that fits decides."""
    if subnet.group is None:
        return
    inside = _virtual_network(network, subnet)
    rules = sorted(
        (rule for rule in subnet.group.rules if rule.inbound is inbound), key=lambda rule: rule.priority
    )
    for rule in rules:
        if not _fits(rule, call, inside):
            continue
        if rule.allows:
            return
        way = "from" if inbound else "to"
        other = call.source if inbound else call.destination
        raise _BlockedError(
            f"rule {rule.name} (priority {rule.priority}) of network security group {subnet.group.name} on subnet "
            f"{subnet.name} of {network.name} denies {call.protocol} port {call.port} {way} {other}"
        )


def _virtual_network(network: Network, subnet: Subnet) -> tuple[IPv4Network, ...]:
    """What the service tag VirtualNetwork stands for in a subnet: the network, what is peered with it, and the
    prefixes of users' routes."""
    peered = (
        block
        for peering in network.peerings
        if peering.state == "Connected" and peering.admits
        for block in peering.space
    )
    routed = (route.destination for route in (subnet.table.routes if subnet.table is not None else ()))
    return (*network.space, *peered, *routed)


def _fits(rule: Rule, call: Call, inside: tuple[IPv4Network, ...]) -> bool:
    return (
        rule.protocol.lower() in ("*", call.protocol)
        and any(first <= call.port <= last for first, last in rule.ports)
        and any(_means(text, call.source, inside) for text in rule.sources)
        and any(_means(text, call.destination, inside) for text in rule.destinations)
    )


def _means(text: str, address: IPv4Address, inside: tuple[IPv4Network, ...]) -> bool:
    """Whether an address is among those that a rule names. Services of Azure's have none here."""
    if text == "*":
        return True
    if text == "VirtualNetwork":
        return any(address in block for block in inside)
    if text == "Internet":
        return not any(address in block for block in inside) and not address.is_private
    if text == "AzureLoadBalancer":
        return address == _LOAD_BALANCER
    return text[0].isdigit() and address in IPv4Network(text)
