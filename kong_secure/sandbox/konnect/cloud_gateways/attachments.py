"""What leads from a network into a customer's cloud, at `/networks/{networkId}/transit-gateways`
(cloud-gateways: CreateTransitGatewayRequest and its kinds). What happens to one in time lives in `lifecycle`.

All kinds share the path, the name, the DNS mappings and the states; what differs is in `KINDS`, one entry a
kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from kong_secure.sandbox.konnect.bodies import Body, matching, parse
from kong_secure.sandbox.konnect.cloud_gateways import cidr
from kong_secure.sandbox.konnect.refusals import InvalidError, NotServedError, Problem
from kong_secure.sandbox.konnect.store import Record, Unique

KIND = "transit_gateway"

STATES = (
    "created",
    "initializing",
    "pending-acceptance",
    "pending-user-action",
    "ready",
    "terminating",
    "terminated",
    "error",
)
TRANSITIONAL = frozenset({"created", "initializing", "terminating"})
"""States in which a DELETE is refused (cloud-gateways: DELETE …/transit-gateways/{transitGatewayId}: "must be
in a non-transitional state"). The specification doesn't say which they are."""

AWS_TRANSIT_GATEWAY = "aws-transit-gateway-attachment"
_CONFIG = "transit_gateway_attachment_config"
_INTERNAL = frozenset({"step", "due", "network_id"})
_ARN = r"arn:aws[a-z-]*:ram:[a-z0-9-]+:\d{12}:resource-share/[0-9a-f-]+"

Block = Annotated[str, cidr.CIDR_BLOCK]
Blocks = Annotated[list[Block], Field(min_length=1)]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class DnsMapping(Body):
    """Domains, and who resolves them (cloud-gateways: TransitGatewayDnsConfig)."""

    remote_dns_server_ip_addresses: Annotated[list[Annotated[str, cidr.IP_ADDRESS]], Field(min_length=1)]
    domain_proxy_list: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class AwsTransitGatewayConfig(Body):
    """cloud-gateways: AwsTransitGatewayAttachmentConfig."""

    kind: str
    transit_gateway_id: Annotated[
        str,
        matching(
            "tgw-[0-9a-f]+", "transit_gateway_id must be the ID of a transit gateway", rule="matches_regex"
        ),
    ]
    ram_share_arn: Annotated[
        str, matching(_ARN, "ram_share_arn must be the ARN of a resource share", rule="is_arn")
    ]


class CreateAwsTransitGateway(Body):
    """cloud-gateways: CreateAwsTransitGateway."""

    name: Name
    dns_config: list[DnsMapping] = Field(default_factory=list)
    cidr_blocks: Blocks
    transit_gateway_attachment_config: AwsTransitGatewayConfig


class PatchAwsTransitGateway(Body):
    """cloud-gateways: PatchAwsTransitGateway."""

    cidr_blocks: Blocks


@dataclass(frozen=True)
class Kind:
    """One kind of attachment: the provider whose networks can have it, and its bodies; None: no PATCH."""

    provider: str
    create: type[Body]
    patch: type[Body] | None


KINDS = {AWS_TRANSIT_GATEWAY: Kind("aws", CreateAwsTransitGateway, PatchAwsTransitGateway)}
_OTHERS = (
    "aws-vpc-peering-attachment",
    "aws-resource-endpoint-attachment",
    "azure-vnet-peering-attachment",
    "azure-vhub-peering-attachment",
    "gcp-vpc-peering-attachment",
)


def created(body: dict[str, Any], provider: str) -> Record:
    """The attachment a body asks for, on a network of that provider, without id and times.

    Raises `InvalidError`, and `NotServedError` for a kind that the sandbox doesn't have.
    """
    kind = _kind_of(body)
    kept = parse(kind.create, body).model_dump()
    if kind.provider != provider:
        reason = f"a network of {provider} can't have an attachment of this kind"
        raise InvalidError([Problem((_CONFIG, "kind"), "invalid", reason)])
    _refuse_repeated(kept.get("cidr_blocks", []))
    return {**kept, "state": "initializing", "entity_version": 1, "step": "attach", "due": None}


def patched(kept: Record, body: dict[str, Any]) -> Record:
    """The attachment after a PATCH, without its new state. Raises `InvalidError`."""
    patch = KINDS[kind_of(kept)].patch
    if patch is None:
        raise InvalidError([Problem((), "invalid", "an attachment of this kind can't be changed")])
    changes = parse(patch, body).model_dump()
    _refuse_repeated(changes.get("cidr_blocks", []))
    return {**kept, **changes}


def kind_of(kept: Record) -> str:
    """An attachment's kind."""
    return str(kept[_CONFIG]["kind"])


def shown(kept: Record) -> Record:
    """The attachment as Konnect answers it."""
    return {name: value for name, value in kept.items() if name not in _INTERNAL}


def blocks_of(kept: Record) -> list[str]:
    """Where the attachment leads; nowhere once it is gone."""
    return [] if kept["state"] == "terminated" else list(kept.get("cidr_blocks", []))


def uniques(kept: Record) -> list[Unique]:
    """A name in its network: Kong's operator meets a conflict there (Kong/kong-operator,
    ops_konnecttransitgateway.go)."""
    return [] if kept["state"] == "terminated" else [Unique("name", "name", kept["name"])]


def _kind_of(body: dict[str, Any]) -> Kind:
    config = body.get(_CONFIG)
    given = config.get("kind") if isinstance(config, dict) else None
    if given in _OTHERS:
        raise NotServedError(f"the sandbox's Konnect doesn't serve attachments of kind '{given}'")
    if config is None or (isinstance(config, dict) and given is None):
        location = (_CONFIG,) if config is None else (_CONFIG, "kind")
        raise InvalidError([Problem(location, "required", "required field missing")])
    if not isinstance(config, dict):
        raise InvalidError([Problem((_CONFIG,), "type", "expected object", {"expected": "object"})])
    if not isinstance(given, str) or given not in KINDS:
        choices = [*KINDS, *_OTHERS]
        message = f"value must be one of {', '.join(choices)}"
        raise InvalidError([Problem((_CONFIG, "kind"), "choice", message, {"choices": choices})])
    return KINDS[given]


def _refuse_repeated(blocks: list[str]) -> None:
    for index, block in enumerate(blocks):
        if block in blocks[:index]:
            raise InvalidError([Problem(("cidr_blocks", index), "invalid", f"'{block}' is given twice")])
