"""What a reviewer wouldn't let pass, decided of one resource or of a whole stack: types and inputs as Pulumi's engine
has them in, sentences out. The policy pack hands them to Pulumi; nothing of Pulumi is known here.

Inputs that aren't known in a preview stand as `UNKNOWN`, and nothing is said of them. Any input may be a secret of
somebody's, and engines print what policies say: no sentence holds a value that isn't of a form that no secret has.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

from kong_secure.rules.exposure import UNKNOWN, openings
from kong_secure.rules.request_transformer import Rule, rules_of

HEADER = "pulumi-python:dynamic/kong-secure:SharedSecretHeader"
ATTACHMENT = "pulumi-python:dynamic/kong-secure:TransitGatewayAttachment"
PEERING = "pulumi-python:dynamic/kong-secure:VnetPeering"
GATEWAY = "aws:ec2transitgateway/transitGateway:TransitGateway"
TRANSIT_ROUTE = "aws:ec2transitgateway/route:Route"

_TRANSFORMER = re.compile(r"request-?transformer", re.IGNORECASE)
_SECURED = frozenset({HEADER, ATTACHMENT, PEERING})


@dataclass(frozen=True)
class Declared:
    """A resource of a stack: its URN, type token and inputs."""

    urn: str
    type: str
    inputs: Mapping[str, Any]


def secret_inputs(resource_type: str, inputs: Mapping[str, Any]) -> frozenset[str]:
    """The inputs that hold a header's secret in clear and must be marked secret; none for most types.

    inputs: what is marked already stands as `UNKNOWN`, as does what isn't known.
    """
    if resource_type == HEADER:
        return frozenset({"shared_secret"} - {key for key, value in inputs.items() if value == UNKNOWN})
    return frozenset(key for key, config in _transformers(resource_type, inputs) if _gives(config))


def add_only(resource_type: str, inputs: Mapping[str, Any]) -> Iterator[str]:
    """A header that is added and not removed first: a caller's own value takes its place."""
    if resource_type == HEADER and inputs.get("overwrite", True) not in (True, UNKNOWN):
        # Its name can have been made secret, and that isn't told.
        yield "the header is only added (overwrite is False): a caller that sends it keeps the secret from the backend"
    for key, config in _transformers(resource_type, inputs):
        if UNKNOWN in str(config.get("remove")):
            continue
        removed = {rule.name.lower() for rule in _headers(config, "remove")}
        for kind in ("add", "append"):
            for index, rule in enumerate(_headers(config, kind)):
                if UNKNOWN not in (rule.name, rule.value) and rule.name.lower() not in removed:
                    text = "is only added: Kong leaves a caller's own value there; remove the header first"
                    yield f"{key}.{kind}.headers[{index}] {text}"


def wider_than_allowed(
    resource_type: str, inputs: Mapping[str, Any], allowed: Collection[str]
) -> Iterator[str]:
    """Blocks of a path, or of a transit gateway's route, outside those a policy's configuration allows."""
    given: object = ()
    if resource_type == ATTACHMENT:
        given = inputs.get("cidr_blocks")
    elif resource_type == TRANSIT_ROUTE and inputs.get("blackhole") is not True:
        given = [inputs.get("destinationCidrBlock")]
    wrong = [each for each in allowed if _network(each) is None]
    if wrong:
        if given:
            yield f"the allowed blocks have {', '.join(map(repr, wrong))}, which is no block such as 10.8.0.0/16"
        return
    for block in _outside(given, allowed):
        yield f"{block} is wider than the allowed {', '.join(allowed)}"


def wider_than_routed(resources: Sequence[Declared]) -> Iterator[tuple[str, str]]:
    """By URN, blocks that Kong's network sends into a gateway and for which the stack declares no route there."""
    routes = [each.inputs.get("destinationCidrBlock") for each in resources if each.type == TRANSIT_ROUTE]
    known = [block for block in routes if isinstance(block, str) and _network(block) is not None]
    if not known or UNKNOWN in routes:
        return
    for each in resources:
        if each.type == ATTACHMENT:
            for block in _outside(each.inputs.get("cidr_blocks"), known):
                yield each.urn, f"cidr_blocks has {block}, and no route of this stack's leads there"


def accepting_gateway(resource_type: str, inputs: Mapping[str, Any]) -> Iterator[str]:
    """A transit gateway that lets in whoever it is shared with."""
    if resource_type == GATEWAY and inputs.get("autoAcceptSharedAttachments") == "enable":
        yield (
            "autoAcceptSharedAttachments is enabled: every account it is shared with attaches what it likes; "
            "leave it out, and accept what is Kong's"
        )


def open_beside_a_path(resources: Sequence[Declared]) -> Iterator[tuple[str, str]]:
    """By URN, what is open to the whole internet in a stack that secures a service: a way around the gateway."""
    if not any(each.type in _SECURED for each in resources):
        return
    for each in resources:
        for opening in openings(each.type, each.inputs):
            if opening.is_to_the_world:
                yield each.urn, f"{opening} goes around the gateway: let in Kong's network alone"


def _transformers(resource_type: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Configurations of Kong's request-transformer in resources of other packages, by the input that holds them."""
    if not (_TRANSFORMER.search(resource_type) or _TRANSFORMER.search(str(inputs.get("name", "")))):
        return
    for key in ("config", "configJson"):
        config = inputs.get(key)
        if isinstance(config, str) and config != UNKNOWN:
            try:
                config = json.loads(config)
            except ValueError:
                continue
        if isinstance(config, Mapping):
            yield key, config


def _gives(config: Mapping[str, Any]) -> bool:
    """Whether a header is given a value."""
    given = [rule for kind in ("add", "append", "replace") for rule in _headers(config, kind)]
    return any(UNKNOWN not in (rule.name, rule.value) for rule in given)


def _headers(config: Mapping[str, Any], kind: str) -> list[Rule]:
    return [rule for rule in rules_of(config) if (rule.kind, rule.part) == (kind, "headers")]


def _outside(blocks: object, allowed: Iterable[str]) -> list[str]:
    """What of the blocks is not within the allowed ones; what is no block is others' to complain of."""
    given = [each for each in blocks if isinstance(each, str)] if isinstance(blocks, list | tuple) else []
    networks = [network for network in map(_network, allowed) if network is not None]
    within: list[IPv4Network | IPv6Network] = [
        *collapse_addresses(each for each in networks if isinstance(each, IPv4Network)),
        *collapse_addresses(each for each in networks if isinstance(each, IPv6Network)),
    ]
    found = []
    for each in given:
        block = _network(each)
        if block is not None and not any(_is_within(block, other) for other in within):
            found.append(each)
    return found


def _is_within(block: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    if isinstance(block, IPv4Network):
        return isinstance(other, IPv4Network) and block.subnet_of(other)
    return isinstance(other, IPv6Network) and block.subnet_of(other)


def _network(text: object) -> IPv4Network | IPv6Network | None:
    """The block as a cloud reads it, bits behind its prefix left out; None for what is none."""
    try:
        return ip_network(text, strict=False) if isinstance(text, str) else None
    except ValueError:
        return None
