"""What a resource of a cloud lets in, read from its inputs as Pulumi's providers name them: rules of security groups
on AWS and Azure, of whatever program. What that means for a review or a policy is theirs to say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands for a value that is known after `up` (pulumi: sdk/go/common/resource/plugin)."""

_ANYWHERE = frozenset({"0.0.0.0", "::", "*", "any", "internet"})  # noqa: S104 - nothing is bound
_WIDEST = {4: 8, 6: 7}
"""By version of IP, the prefix length of the widest private range: 10.0.0.0/8, fc00::/7. What is wider is public."""
_VERSION = re.compile(r"^(azure-native:\w+)/v\w+:")
_EVERY_PORT = "every port"
_PORTS = re.compile(r"\d{1,5}(-\d{1,5})?")
_PROTOCOLS = frozenset({"tcp", "udp", "icmp", "icmpv6", "esp", "ah", "6", "17", "1", "58"})


@dataclass(frozen=True)
class Opening:
    """One source that is let in. protocol: as "tcp"; empty for every one. port: as "443" or "80-90"; "*" for every one.
    source: a block, a tag, a group's id. destination: a block; "*" for all that the rule is on.
    """

    protocol: str
    port: str
    source: str
    destination: str = "*"

    @property
    def ports(self) -> str:
        """In words, as "port 443 (tcp)". What is neither port nor protocol isn't shown."""
        if UNKNOWN in self.port:
            what = "a port not known yet"
        else:
            shown = self.port if _PORTS.fullmatch(self.port) else "(not shown)"
            what = _EVERY_PORT if self.port == "*" else f"port {shown}"
        return f"{what} ({self.protocol})" if self.protocol in _PROTOCOLS else what

    @property
    def is_to_the_world(self) -> bool:
        """Whether anybody on the internet is such a source."""
        if self.source.lower() in _ANYWHERE:
            return True
        block = _network(self.source)
        return block is not None and block.prefixlen < _WIDEST[block.version]

    def covers(self, other: "Opening") -> bool:
        """Whether it lets in everything that the other one does, as far as is known."""
        return (
            self.protocol in ("", other.protocol)
            and _covers_ports(self.port, other.port)
            and _covers_source(self.source, other.source)
            and _covers_source(self.destination, other.destination)
        )

    def may_be(self, other: "Opening") -> bool:
        """Whether it can turn out to be the other one, where something of it isn't known yet."""
        return all(mine in (UNKNOWN, its) for mine, its in zip(astuple(self), astuple(other), strict=True))

    def __str__(self) -> str:
        return f"{self.ports} from {self.source}"


def unversioned(resource_type: str) -> str:
    """The type token without the version of an API that azure-native can have in it."""
    return _VERSION.sub(r"\1:", resource_type)


def openings(resource_type: str, inputs: Mapping[str, Any]) -> tuple[Opening, ...]:
    """Everything that a resource lets in; nothing for a type that lets nothing in, or that isn't known here."""
    read = _READERS.get(unversioned(resource_type))
    return tuple(dict.fromkeys(read(inputs))) if read is not None else ()


def _ingress_rule(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    protocol, port = _aws_ports(inputs.get("ipProtocol"), inputs)
    for key in ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"):
        if inputs.get(key):
            yield Opening(protocol, port, str(inputs[key]))


def _group_rule(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    if inputs.get("type", "ingress") not in ("ingress", UNKNOWN):
        return
    protocol, port = _aws_ports(inputs.get("protocol"), inputs)
    for key in ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups", "sourceSecurityGroupId"):
        for source in _texts(inputs.get(key)):
            yield Opening(protocol, port, source)
    if inputs.get("self") not in (None, False):
        yield Opening(protocol, port, "its own group")


def _group(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    for rule in _rules(inputs.get("ingress")):
        yield from _UNKNOWN_OPENING if rule == UNKNOWN else _group_rule(rule)


def _azure_rule(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    # Azure itself takes them in any case.
    access, direction = (str(inputs.get(key)).lower() for key in ("access", "direction"))
    if access not in ("allow", UNKNOWN) or direction not in ("inbound", UNKNOWN):
        return
    ranges = [*_texts(inputs.get("destinationPortRange")), *_texts(inputs.get("destinationPortRanges"))]
    protocol = str(inputs.get("protocol", "*"))
    if UNKNOWN in (access, direction):
        # Whether it lets in is known after `up`, and so is whom.
        yield from _UNKNOWN_OPENING
        return
    for each in ranges or ["*"]:
        for source in addresses(inputs, "source"):
            for destination in addresses(inputs, "destination"):
                yield Opening(_protocol(protocol), _port(each), source, destination)


def addresses(inputs: Mapping[str, Any], side: str) -> list[str]:
    """The sources, or destinations, of one of Azure's rules; "*" where it names none."""
    named = [*_texts(inputs.get(f"{side}AddressPrefix")), *_texts(inputs.get(f"{side}AddressPrefixes"))]
    if not named and inputs.get(f"{side}ApplicationSecurityGroups"):
        return ["application security groups"]
    return named or ["*"]


def _azure_group(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    for rule in _rules(inputs.get("securityRules")):
        yield from _UNKNOWN_OPENING if rule == UNKNOWN else _azure_rule(rule)


_UNKNOWN_OPENING = (Opening(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),)
_READERS = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ingress_rule,
    "aws:ec2/securityGroupRule:SecurityGroupRule": _group_rule,
    "aws:ec2/securityGroup:SecurityGroup": _group,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _group,
    "azure-native:network:SecurityRule": _azure_rule,
    "azure-native:network:NetworkSecurityGroup": _azure_group,
}


def _aws_ports(protocol: object, inputs: Mapping[str, Any]) -> tuple[str, str]:
    first, last = inputs.get("fromPort"), inputs.get("toPort")
    named = _protocol(str(protocol))
    if protocol in ("-1", -1, "all") or first in (None, -1):
        return named, "*"
    return named, _port(_number(first) if first == last else f"{_number(first)}-{_number(last)}")


def _protocol(protocol: str) -> str:
    return "" if protocol in ("-1", "-1.0", "*", "all", "None", UNKNOWN) else protocol.lower()


def _port(port: str) -> str:
    return "*" if port in ("*", "0-65535") else port


def _number(value: object) -> str:
    # JSON and Pulumi's wire have one kind of number.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _texts(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return [] if value in (None, "") else [str(value)]


def _rules(value: object) -> Iterator[Any]:
    """Each rule; UNKNOWN for what isn't known, be it one rule or the list of them."""
    if value == UNKNOWN:
        yield UNKNOWN
    if isinstance(value, list | tuple):
        yield from (each for each in value if isinstance(each, Mapping) or each == UNKNOWN)


def _covers_ports(wide: str, narrow: str) -> bool:
    if wide in ("*", narrow):
        return True
    ranges = [each.partition("-") for each in (wide, narrow)]
    if not all(first.isdigit() and (last or first).isdigit() for first, _, last in ranges):
        return False
    (low, high), (first, last) = ((int(first), int(last or first)) for first, _, last in ranges)
    return low <= first and last <= high


def _covers_source(wide: str, narrow: str) -> bool:
    if wide in ("*", narrow):
        return True
    one, other = _network(wide), _network(narrow)
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return other.subnet_of(one)
    return isinstance(one, IPv6Network) and isinstance(other, IPv6Network) and other.subnet_of(one)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
