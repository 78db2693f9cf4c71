"""What the stack's configuration says, read once: everything wrong with it is told in one message."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from importlib.util import find_spec
from ipaddress import IPv4Network
from typing import Any, ClassVar

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret

PUBLIC_INTERNET, AWS, AZURE = "public-internet", "aws-transit-gateway", "azure-vnet-peering"
CONNECTIVITY = (PUBLIC_INTERNET, AWS, AZURE)
KEYS = ("connectivity", "control_plane", "service", "shared_secret", AWS, AZURE)


@dataclass(frozen=True)
class AwsSettings:
    """What stands under the key aws-transit-gateway. Without vpc_id a VPC is made, with cidr_block as its block.

    network: of Konnect's. cidr_block, port: what Kong may reach. vpc_id, subnet_ids: of a VPC that exists.
    route_table_id, security_group_id: the table and the group there that let Kong in; left alone unless given.
    """

    package: ClassVar = ("pulumi_aws", "kong-secure[aws]")
    existing: ClassVar = ("vpc_id", "subnet_ids")
    inside: ClassVar = ("route_table_id", "security_group_id")
    made: ClassVar = ()

    network: str
    cidr_block: str
    port: int = 443
    vpc_id: str | None = None
    subnet_ids: list[str] | None = None
    route_table_id: str | None = None
    security_group_id: str | None = None


@dataclass(frozen=True)
class AzureSettings:
    """What stands under the key azure-vnet-peering. Without vnet_name a virtual network is made, with cidr_block as
    its address space.

    network: of Konnect's. tenant_id, subscription_id: yours. service_principal_object_id: of Kong's application in
    that tenant; a first preview goes without and says where it is approved. port: what Kong may reach.
    resource_group_name, vnet_name: of a virtual network that exists. network_security_group_id: of its subnet; left
    alone unless given.
    """

    package: ClassVar = ("pulumi_azure_native", "kong-secure[azure]")
    existing: ClassVar = ("resource_group_name", "vnet_name")
    inside: ClassVar = ("network_security_group_id",)
    made: ClassVar = ("cidr_block", "location")

    network: str
    tenant_id: str
    subscription_id: str
    service_principal_object_id: str | None = None
    port: int = 443
    cidr_block: str = "10.9.0.0/16"
    location: str = "eastus"
    resource_group_name: str | None = None
    vnet_name: str | None = None
    network_security_group_id: str | None = None


@dataclass(frozen=True)
class Settings:
    """connectivity: one of CONNECTIVITY. control_plane, service: names or ids at Konnect. path: of connectivity."""

    connectivity: str
    control_plane: str
    service: str
    path: AwsSettings | AzureSettings | None = None


_PATHS: Mapping[str, Any] = {AWS: AwsSettings, AZURE: AzureSettings}


def read_settings() -> Settings:
    """The configuration of this stack. Raises RunError."""
    config, problems = pulumi.Config(), [*_unknown()]
    given = {key: (config.get(key) or "").strip() for key in ("connectivity", "control_plane", "service")}
    chosen = given["connectivity"]
    problems += _of_connectivity(chosen)
    problems += [
        f"{key} is missing: pulumi config set {key} ..." for key in list(given)[1:] if not given[key]
    ]
    if chosen == AWS and not pulumi.Config("aws").get("region") and not os.environ.get("AWS_REGION"):
        problems.append("aws:region is missing: that of Konnect's network, pulumi config set aws:region ...")
    kind = _PATHS.get(chosen)
    told = _told(chosen, kind, problems) if kind else {}
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise pulumi.RunError(f"the configuration of stack {pulumi.get_stack()} can't be used:{listed}")
    return Settings(**given, path=kind(**told) if kind else None)


def _unknown() -> Iterator[str]:
    """Keys of this project that nothing here reads. `pulumi.Config` tells only what it is asked for."""
    for key in sorted({**get_config_env(), **CONFIG.get()}):
        project, _, name = key.partition(":")
        if project == pulumi.get_project() and name not in KEYS:
            yield f"{name} is unknown: allowed are {', '.join(KEYS)}"


def _of_connectivity(chosen: str) -> Iterator[str]:
    letters = re.sub("[^a-z]", "", chosen.lower())
    if "privatelink" in letters or "endpoint" in letters:
        yield (
            f"connectivity {chosen!r} isn't offered, because PrivateLink is one-way: what is behind it is reached and "
            f"can call nothing back: choose {AWS} or {AZURE} for a private path, or {PUBLIC_INTERNET}"
        )
    elif chosen not in CONNECTIVITY:
        shown = f"is {chosen!r}" if chosen else "is missing"
        yield f"connectivity {shown}: one of {', '.join(CONNECTIVITY)} is expected"


def _told(name: str, kind: Any, problems: list[str]) -> dict[str, Any]:
    """What stands under the key of a path; what is missing, unknown or contradictory there is a problem."""
    module, extra = kind.package
    if find_spec(module) is None:
        problems.append(f"connectivity {name} needs {module.replace('_', '-')}: pip install '{extra}'")
    given = _group(name)
    if given is not None and not isinstance(given, Mapping):
        problems.append(f"{name} is {_shown(name, given)}: a mapping is expected, as in Pulumi.yaml")
        return {}
    told = {key: value for key, value in (given or {}).items() if value not in (None, "", [])}
    needed = {field.name: field.default is MISSING for field in fields(kind)}
    problems += [
        f"{name}.{key} is missing: pulumi config set --path {name}.{key} ..."
        for key in needed
        if needed[key] and key not in told
    ]
    problems += [
        f"{name}.{key} is unknown: allowed are {', '.join(needed)}" for key in told if key not in needed
    ]
    problems += [
        f"{name}.{key} is {_shown(name, value)}: {wanted} is expected"
        for key, value in told.items()
        if key in needed and (wanted := _wanted(name, key, value))
    ]
    problems += _contradictions(name, kind, told)
    return told


def _group(name: str) -> Any:
    """What stands under a key: a mapping, as it should be, or whatever else."""
    try:
        return pulumi.Config().get_object(name)
    except pulumi.ConfigTypeError:
        return pulumi.Config().get(name)


def _shown(name: str, value: Any) -> str:
    return "secret" if is_config_secret(f"{pulumi.get_project()}:{name}") else repr(value)


def _wanted(name: str, key: str, value: Any) -> str | None:
    """What should stand there, where something else does."""
    if key == "port":
        right = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535
        return None if right else "a number from 1 to 65535"
    if key == "subnet_ids":
        right = isinstance(value, list) and all(isinstance(each, str) and each for each in value)
        return None if right else f"a list (pulumi config set --path '{name}.subnet_ids[0]' ...)"
    if not isinstance(value, str) or not value.strip():
        return "a text"
    return None if key != "cidr_block" or _is_block(value) else "a block such as 10.8.0.0/16"


def _is_block(text: str) -> bool:
    try:
        return str(IPv4Network(text)) == text
    except ValueError:
        return False


def _contradictions(name: str, kind: Any, told: Mapping[str, Any]) -> Iterator[str]:
    there = [key for key in (*kind.existing, *kind.inside) if key in told]
    exists = set(kind.existing) <= set(there)
    if there and not exists:
        both = " and ".join(kind.existing)
        yield (
            f"{name} has {' and '.join(there)}, and not both {both}: give these of a network that exists, or none "
            "of them, and one is made"
        )
    for key in kind.made:
        if exists and key in told:
            yield f"{name}.{key} is for a network that is made, and {kind.existing[-1]} is given: leave out one of them"
