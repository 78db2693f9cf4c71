"""Networks and the provider accounts they are in (cloud-gateways: components/schemas Network, ProviderAccount).
What happens to a network in time lives in `lifecycle`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field

from kong_secure.sandbox.konnect.bodies import Body, one_of, parse
from kong_secure.sandbox.konnect.cloud_gateways import cidr
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import KongNetwork
from kong_secure.sandbox.konnect.entities.fields import Uuid
from kong_secure.sandbox.konnect.refusals import InvalidError, Problem
from kong_secure.sandbox.konnect.store import Record, Unique

KIND = "network"
ACCOUNT_KIND = "provider_account"
SCOPE = "global"

STATES = ("created", "initializing", "offline", "ready", "terminating", "terminated")
PROVIDERS = ("aws", "azure", "gcp")
_INTERNAL = frozenset({"due"})
_COMPASS = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c"}

Name = Annotated[str, Field(min_length=1, max_length=120)]


class CreateBody(Body):
    """The body of POST /cloud-gateways/networks (cloud-gateways: CreateNetworkRequest)."""

    name: Name
    cloud_gateway_provider_account_id: Uuid
    region: Annotated[str, Field(min_length=1)]
    availability_zones: Annotated[list[str], Field(min_length=1)]
    cidr_block: str
    state: Annotated[str, one_of("initializing", "offline")] = "initializing"


class PatchBody(Body):
    """The body of PATCH /cloud-gateways/networks/{networkId} (cloud-gateways: PatchNetworkRequest)."""

    name: Name = ""


def created(body: dict[str, Any]) -> Record:
    """The network a body asks for, without id and times. Raises `InvalidError`."""
    return {
        **parse(CreateBody, body).model_dump(),
        "default": False,
        "provider_metadata": {},
        "configuration_reference_count": 0,
        "entity_version": 1,
        "due": None,
    }


def require_block(kept: Record, provider: str) -> None:
    """Raises `InvalidError` for a block that a network of that provider can't have."""
    if not cidr.is_network_block(kept["cidr_block"], provider):
        rule = "is_supported_network_cidr_block"
        reason = f"cidr_block must be a CIDR block that is supported for {provider}"
        raise InvalidError([Problem(("cidr_block",), "invalid", reason, {"rule": rule})])


def shown(kept: Record, attachments: int) -> Record:
    """The network as Konnect answers it."""
    public = {name: value for name, value in kept.items() if name not in _INTERNAL}
    return {**public, "transit_gateway_count": attachments}


def in_cloud(kept: Record, account: Record) -> KongNetwork:
    """The network as its cloud knows it."""
    zones = tuple(kept["availability_zones"])
    return KongNetwork(kept["id"], account["provider_account_id"], kept["region"], zones, kept["cidr_block"])


def zones_of(region: str, provider: str) -> list[str]:
    """Two zone ids of a region as the provider writes them: use2-az1 of us-east-2, eastus2-az1 of eastus2
    (cloud-gateways: CreateAzureNetworkExample)."""
    if provider == "azure":
        return [f"{region}-az1", f"{region}-az2"]
    found = re.fullmatch(r"([a-z]{2})-([a-z]+)-(\d)", region)
    if provider != "aws" or found is None:
        return ["1", "2"]
    directions = re.findall("north|south|east|west|central", found[2])
    place = found[1] + "".join(_COMPASS[direction] for direction in directions) + found[3]
    return [f"{place}-az1", f"{place}-az2"]


def uniques(kept: Record) -> list[Unique]:
    """A network's name; only 409 of POST says so (cloud-gateways: POST /cloud-gateways/networks)."""
    return [Unique("name", "name", kept["name"])]
