"""What a resource of a cloud lets in, read from its inputs as Pulumi's providers name them: rules of security groups
on AWS and Azure, of whatever program. What that means for a review or a policy is theirs to say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands for a value that is known after `up` (pulumi: sdk/go/common/resource/plugin)."""

_ANYWHERE = frozenset({"0.0.0.0", "::", "*", "any", "internet"})  # noqa: S104 - nothing is bound
_WIDEST = {4: 8, 6: 7}
"""By version of IP, the prefix length of the widest private range: 10.0.0.0/8, fc00::/7. What is wider is public."""
_VERSION = re.compile(r"^(azure-native:\w+)/v\w+:")
_EVERY_PORT = "every port"


@dataclass(frozen=True)
class Opening:
    """One source that is let in. ports: in words, as "port 443 (tcp)". source: a block, a tag, a group's id."""

    ports: str
    source: str

    @property
    def is_to_the_world(self) -> bool:
        """Whether anybody on the internet is such a source."""
        if self.source.lower() in _ANYWHERE:
            return True
        try:
            block = ip_network(self.source, strict=False)
        except ValueError:
            return False
        return block.prefixlen < _WIDEST[block.version]

    def __str__(self) -> str:
        return f"{self.ports} from {self.source}"


def openings(resource_type: str, inputs: Mapping[str, Any]) -> tuple[Opening, ...]:
    """Everything that a resource lets in; nothing for a type that lets nothing in, or that isn't known here."""
    kind = _VERSION.sub(r"\1:", resource_type)
    read = _READERS.get(kind)
    return tuple(dict.fromkeys(read(inputs))) if read is not None else ()


def _ingress_rule(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    ports = _aws_ports(inputs.get("ipProtocol"), inputs)
    for key in ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"):
        if inputs.get(key):
            yield Opening(ports, str(inputs[key]))


def _group_rule(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    if inputs.get("type", "ingress") != "ingress":
        return
    ports = _aws_ports(inputs.get("protocol"), inputs)
    for key in ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups", "sourceSecurityGroupId"):
        for source in _texts(inputs.get(key)):
            yield Opening(ports, source)


def _group(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    for rule in _mappings(inputs.get("ingress")):
        yield from _group_rule(rule)


def _azure_rule(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    # Azure itself takes them in any case.
    if [str(inputs.get(key)).lower() for key in ("access", "direction")] != ["allow", "inbound"]:
        return
    ranges = [*_texts(inputs.get("destinationPortRange")), *_texts(inputs.get("destinationPortRanges"))]
    protocol = str(inputs.get("protocol", "*"))
    sources = [*_texts(inputs.get("sourceAddressPrefix")), *_texts(inputs.get("sourceAddressPrefixes"))]
    if not sources and inputs.get("sourceApplicationSecurityGroups"):
        sources = ["application security groups"]
    for each in ranges or ["*"]:
        for source in sources or ["*"]:
            yield Opening(_ports(protocol, each), source)


def _azure_group(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    for rule in _mappings(inputs.get("securityRules")):
        yield from _azure_rule(rule)


_READERS = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ingress_rule,
    "aws:ec2/securityGroupRule:SecurityGroupRule": _group_rule,
    "aws:ec2/securityGroup:SecurityGroup": _group,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _group,
    "azure-native:network:SecurityRule": _azure_rule,
    "azure-native:network:NetworkSecurityGroup": _azure_group,
}


def _aws_ports(protocol: object, inputs: Mapping[str, Any]) -> str:
    first, last = inputs.get("fromPort"), inputs.get("toPort")
    if protocol in ("-1", -1, "all") or first in (None, -1):
        return _ports(str(protocol), "*")
    return _ports(str(protocol), _number(first) if first == last else f"{_number(first)}-{_number(last)}")


def _ports(protocol: str, ports: str) -> str:
    what = _EVERY_PORT if ports in ("*", "0-65535") else f"port {ports.replace(UNKNOWN, '(not known yet)')}"
    return what if protocol in ("-1", "*", "all", "None", UNKNOWN) else f"{what} ({protocol.lower()})"


def _number(value: object) -> str:
    # JSON and Pulumi's wire have one kind of number.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _texts(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return [] if value in (None, "") else [str(value)]


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list | tuple):
        yield from (each for each in value if isinstance(each, Mapping))
