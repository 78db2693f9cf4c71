"""What leads from a network into a customer's cloud, at `/networks/{networkId}/transit-gateways`
(cloud-gateways: CreateTransitGatewayRequest and its kinds).

All kinds share the path, the name, the DNS mappings and the states; what differs is in `KINDS`, one entry a
kind. Their bodies, and what happens to one in time, live in a module for each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kong_secure.sandbox.konnect.bodies import Body, parse
from kong_secure.sandbox.konnect.cloud_gateways import aws_transit_gateway, azure_vnet_peering
from kong_secure.sandbox.konnect.cloud_gateways.attachment_fields import CONFIG
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

_INTERNAL = frozenset({"step", "due", "network_id"})


@dataclass(frozen=True)
class Kind:
    """One kind of attachment: the provider whose networks can have it, and its bodies; None: no PATCH."""

    provider: str
    create: type[Body]
    patch: type[Body] | None


KINDS = {
    aws_transit_gateway.KIND: Kind("aws", aws_transit_gateway.CreateBody, aws_transit_gateway.PatchBody),
    azure_vnet_peering.KIND: Kind("azure", azure_vnet_peering.CreateBody, None),
}
_OTHERS = (
    "aws-vpc-peering-attachment",
    "aws-resource-endpoint-attachment",
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
        raise InvalidError([Problem((CONFIG, "kind"), "invalid", reason)])
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
    return str(kept[CONFIG]["kind"])


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
    config = body.get(CONFIG)
    given = config.get("kind") if isinstance(config, dict) else None
    if given in _OTHERS:
        raise NotServedError(f"the sandbox's Konnect doesn't serve attachments of kind '{given}'")
    if config is None or (isinstance(config, dict) and given is None):
        location = (CONFIG,) if config is None else (CONFIG, "kind")
        raise InvalidError([Problem(location, "required", "required field missing")])
    if not isinstance(config, dict):
        raise InvalidError([Problem((CONFIG,), "type", "expected object", {"expected": "object"})])
    if not isinstance(given, str) or given not in KINDS:
        choices = [*KINDS, *_OTHERS]
        message = f"value must be one of {', '.join(choices)}"
        raise InvalidError([Problem((CONFIG, "kind"), "choice", message, {"choices": choices})])
    return KINDS[given]


def _refuse_repeated(blocks: list[str]) -> None:
    for index, block in enumerate(blocks):
        if block in blocks[:index]:
            raise InvalidError([Problem(("cidr_blocks", index), "invalid", f"'{block}' is given twice")])
