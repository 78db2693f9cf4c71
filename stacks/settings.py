"""What the stack's configuration says, read once: everything wrong with it is told in one message."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from importlib.util import find_spec
from typing import Any, ClassVar

import pulumi

PUBLIC_INTERNET, AWS, AZURE = "public-internet", "aws-transit-gateway", "azure-vnet-peering"
CONNECTIVITY = (PUBLIC_INTERNET, AWS, AZURE)


@dataclass(frozen=True)
class AwsSettings:
    """What stands under the key aws-transit-gateway. Without vpc_id a VPC is made, with cidr_block as its block.

    network: of Konnect's. cidr_block, port: what Kong may reach. vpc_id, subnet_ids: of a VPC that exists.
    route_table_id, security_group_id: the table and the group there that let Kong in; left alone unless given.
    """

    package: ClassVar = ("pulumi_aws", "kong-secure[aws]")
    existing: ClassVar = ("vpc_id", "subnet_ids")
    inside: ClassVar = ("route_table_id", "security_group_id")

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
    config, problems = pulumi.Config(), []
    given = {key: config.get(key) or "" for key in ("connectivity", "control_plane", "service")}
    chosen = given["connectivity"]
    if chosen not in CONNECTIVITY:
        shown = f"is {chosen!r}" if chosen else "is missing"
        problems.append(f"connectivity {shown}: one of {', '.join(CONNECTIVITY)} is expected")
    problems += [
        f"{key} is missing: pulumi config set {key} ..." for key in list(given)[1:] if not given[key]
    ]
    if chosen == AWS and not pulumi.Config("aws").get("region") and not os.environ.get("AWS_REGION"):
        problems.append("aws:region is missing: that of Konnect's network, pulumi config set aws:region ...")
    kind = _PATHS.get(chosen)
    told = _told(chosen, kind, config.get_object(chosen), problems) if kind else {}
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise pulumi.RunError(f"the configuration of stack {pulumi.get_stack()} can't be used:{listed}")
    return Settings(**given, path=kind(**told) if kind else None)


def _told(name: str, kind: Any, given: Any, problems: list[str]) -> dict[str, Any]:
    """What stands under the key of a path; what is missing, unknown or contradictory there is a problem."""
    module, extra = kind.package
    if find_spec(module) is None:
        problems.append(f"connectivity {name} needs {module.replace('_', '-')}: pip install '{extra}'")
    if given is not None and not isinstance(given, Mapping):
        problems.append(f"{name} is {given!r}: a mapping is expected, as in Pulumi.yaml")
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
    there = [key for key in (*kind.existing, *kind.inside) if key in told]
    if there and not set(kind.existing) <= set(there):
        both = " and ".join(kind.existing)
        problems.append(
            f"{name} has {' and '.join(there)}, and not both {both}: give these of a network that exists, or none "
            "of them, and one is made"
        )
    return told
