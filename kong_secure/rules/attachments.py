"""Attachments of a Konnect network: their names there, what is wrong with their inputs, and where a live one
differs from what is wanted. Nothing is asked or changed here.

Sources: cloud-gateways: CreateAwsTransitGateway, CreateAzureTransitGateway, TransitGatewayState.
"""

import hashlib
import ipaddress
import re
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from kong_secure.rules.azure_ids import group_findings, guid_findings, vnet_findings
from kong_secure.rules.cidr_blocks import blocks_findings, same_blocks
from kong_secure.rules.findings import Finding

TRANSITIONAL = frozenset({"created", "initializing", "terminating"})
"""States that an attachment leaves by itself; Konnect neither deletes nor changes it meanwhile."""

LOST = frozenset({"error", "terminating", "terminated"})
"""States from which no attachment gets ready."""

_OWNER_DIGITS = 8
_LONGEST_NAME = 120
LONGEST_NAME = _LONGEST_NAME - _OWNER_DIGITS - 1
"""Characters that a name may have before the owner's digits are added (cloud-gateways:
TransitGatewayNameLengthCheckBadRequestExample)."""

_GATEWAY = re.compile(r"tgw-[0-9a-f]{8,17}")
_SHARE = re.compile(r"arn:aws[a-z-]*:ram:[a-z0-9-]+:\d{12}:resource-share/[0-9a-fA-F-]+")
_LONGEST_WAIT_SECONDS = 24 * 3600


class Mapped(Protocol):
    """Domains, and who resolves them."""

    @property
    def servers(self) -> Sequence[str]: ...
    @property
    def domains(self) -> Sequence[str]: ...


class LiveAttachment(Protocol):
    """What is read of an attachment."""

    @property
    def cidr_blocks(self) -> Sequence[str]: ...
    @property
    def dns(self) -> Sequence[Mapped]: ...
    @property
    def config(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class WantedFields:
    """The fields of an attachment besides its name, as they were sent. config: with the kind."""

    config: Mapping[str, str]
    cidr_blocks: tuple[str, ...]
    dns: Sequence[Mapped]


def owned_name(name: str, owner: str) -> str:
    """The name that an attachment gets at Konnect: the given one and eight hex digits of its owner.

    It is the same for the same owner, so that an interrupted create finds what it made, and another one for
    every other stack, whose destroy would close the path. The recipe is state format.
    """
    return f"{name}-{hashlib.sha256(owner.encode()).hexdigest()[:_OWNER_DIGITS]}"


def differing_fields(wanted: WantedFields, live: LiveAttachment) -> tuple[str, ...]:
    """The names of the fields in which a live attachment isn't what was wanted; order counts nowhere."""
    found = [key for key, value in wanted.config.items() if not same_text(live.config.get(key), value)]
    if not same_blocks(wanted.cidr_blocks, live.cidr_blocks):
        found.append("cidr_blocks")
    if not same_dns(wanted.dns, live.dns):
        found.append("dns_config")
    return tuple(found)


def same_text(one: object, other: object) -> bool:
    """Whether two ids or names of a cloud are the same: no cloud tells them apart by case alone."""
    return isinstance(one, str) and isinstance(other, str) and one.casefold() == other.casefold()


def same_dns(some: Sequence[Mapped], others: Sequence[Mapped]) -> bool:
    """Whether two lists of DNS mappings say the same."""
    return _dns_as_set(some) == _dns_as_set(others)


def _dns_as_set(mappings: Sequence[Mapped]) -> set[tuple[str, frozenset[str]]]:
    merged: dict[str, set[str]] = {}
    for mapping in mappings:
        for domain in mapping.domains:
            merged.setdefault(domain.lower(), set()).update(mapping.servers)
    return {(domain, frozenset(servers)) for domain, servers in merged.items()}


def attachment_findings(given: Mapping[str, object], later: Collection[str] = ()) -> Iterator[Finding]:
    """What is wrong with the inputs of an attachment to an AWS transit gateway, absent and None being left out.
    later: names of those whose values aren't known yet.
    """
    checks = {
        "network_id": _id_findings,
        "name": _name_findings,
        "transit_gateway_id": _gateway_findings,
        "ram_share_arn": _share_findings,
        "cidr_blocks": blocks_findings,
        "dns_config": _dns_findings,
        "timeout_seconds": timeout_findings,
    }
    for name, findings in checks.items():
        if name not in later and (name != "dns_config" or given.get(name) is not None):
            yield from findings(name, given.get(name))


def peering_findings(given: Mapping[str, object], later: Collection[str] = ()) -> Iterator[Finding]:
    """What is wrong with the inputs of a peering with an Azure VNet, as `attachment_findings` says it."""
    checks: Mapping[str, Callable[[str, object], Iterator[Finding]]] = {
        "network_id": _id_findings,
        "name": _name_findings,
        "tenant_id": partial(guid_findings, what="a tenant's id"),
        "subscription_id": partial(guid_findings, what="a subscription's id"),
        "resource_group_name": group_findings,
        "vnet_name": vnet_findings,
        "timeout_seconds": timeout_findings,
    }
    for name, findings in checks.items():
        if name not in later:
            yield from findings(name, given.get(name))


def wait_findings(given: Mapping[str, object], later: Collection[str] = ()) -> Iterator[Finding]:
    """What is wrong with the inputs of a wait for one attachment."""
    for name in ("network_id", "attachment_id"):
        if name not in later:
            yield from _id_findings(name, given.get(name))
    if "timeout_seconds" not in later:
        yield from timeout_findings("timeout_seconds", given.get("timeout_seconds"))


def timeout_findings(name: str, value: object) -> Iterator[Finding]:
    """What is wrong with a number of seconds to wait at most."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 1 <= float(str(value)) <= _LONGEST_WAIT_SECONDS:
        yield Finding(f"{name} {value!r}", "is no time to wait", f"give 1 to {_LONGEST_WAIT_SECONDS} seconds")


def _id_findings(name: str, value: object) -> Iterator[Finding]:
    try:
        uuid.UUID(str(value))
    except ValueError:
        fix = "give a UUID, as in KonnectNetwork(...).id" if name == "network_id" else "give a UUID"
        yield Finding(f"{name} {value!r}", "is no id of Konnect's", fix)


def _name_findings(name: str, value: object) -> Iterator[Finding]:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
        yield Finding(f"{name} {value!r}", "is no name", f"give 1 to {LONGEST_NAME} characters")


def _gateway_findings(name: str, value: object) -> Iterator[Finding]:
    if isinstance(value, str) and _GATEWAY.fullmatch(value):
        return
    inside = _GATEWAY.search(value) if isinstance(value, str) and value.startswith("arn:") else None
    problem, fix = "is no id of a transit gateway", "give one such as tgw-0123456789abcdef0"
    if inside is not None:
        problem, fix = "is an ARN, and Konnect wants the id", f"give {inside[0]}"
    yield Finding(f"{name} {value!r}", problem, fix)


def _share_findings(name: str, value: object) -> Iterator[Finding]:
    if not isinstance(value, str) or not _SHARE.fullmatch(value):
        fix = "give one such as arn:aws:ram:us-east-2:123456789012:resource-share/4b7e2c8a-..."
        yield Finding(f"{name} {value!r}", "is no ARN of a RAM resource share", fix)


_DNS_EXAMPLE = (
    'give a list such as [{"remote_dns_server_ip_addresses": ["10.8.0.10"], '
    '"domain_proxy_list": ["orders.internal"]}]'
)
_DOMAIN = re.compile(r"(?=.{1,254}$)(\*\.)?[\w-]{1,63}(\.[\w-]{1,63})*\.?", re.ASCII)
_DNS_KEYS = {"remote_dns_server_ip_addresses", "domain_proxy_list"}


def _dns_findings(name: str, value: object) -> Iterator[Finding]:
    if isinstance(value, str) or not isinstance(value, list | tuple):
        yield Finding(f"{name} {value!r}", "is no list", _DNS_EXAMPLE)
        return
    for index, mapping in enumerate(value):
        where = f"{name}[{index}]"
        if not isinstance(mapping, Mapping) or set(mapping) != _DNS_KEYS:
            yield Finding(f"{where} {mapping!r}", "is no DNS mapping", _DNS_EXAMPLE)
            continue
        for key in sorted(_DNS_KEYS):
            texts = mapping[key]
            if isinstance(texts, str) or not isinstance(texts, list | tuple) or not texts:
                yield Finding(f"{where}.{key} {texts!r}", "is no list with something in it", _DNS_EXAMPLE)
            elif key == "remote_dns_server_ip_addresses":
                yield from _address_findings(f"{where}.{key}", texts)
            else:
                yield from _domain_findings(f"{where}.{key}", texts)


def _address_findings(where: str, addresses: Sequence[object]) -> Iterator[Finding]:
    for address in addresses:
        try:
            ipaddress.IPv4Address(str(address))
        except ValueError:
            yield Finding(f"{where} {address!r}", "is no IPv4 address", "give one such as 10.8.0.10")


def _domain_findings(where: str, domains: Sequence[object]) -> Iterator[Finding]:
    for domain in domains:
        if not isinstance(domain, str) or not _DOMAIN.fullmatch(domain):
            yield Finding(f"{where} {domain!r}", "is no domain", "give one such as orders.internal")
