"""What the stack's configuration says, read once: everything wrong with it is told in one message."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from importlib.util import find_spec
from typing import Any

import pulumi

PUBLIC_INTERNET, AWS, AZURE = "public-internet", "aws-transit-gateway", "azure-vnet-peering"
CONNECTIVITY = (PUBLIC_INTERNET, AWS, AZURE)


@dataclass(frozen=True)
class AwsSettings:
    """What stands under the key aws-transit-gateway. Without vpc_id a VPC is made, with cidr_block as its block.

    network: of Konnect's. cidr_block, port: what Kong may reach. vpc_id, subnet_ids: of a VPC that exists.
    route_table_id, security_group_id: the table and the group there that let Kong in; left alone unless given.
    """

    network: str
    cidr_block: str
    port: int = 443
    vpc_id: str | None = None
    subnet_ids: list[str] | None = None
    route_table_id: str | None = None
    security_group_id: str | None = None


@dataclass(frozen=True)
class Settings:
    """connectivity: one of CONNECTIVITY. control_plane, service: names or ids at Konnect. aws: for that alone."""

    connectivity: str
    control_plane: str
    service: str
    aws: AwsSettings | None = None


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
    aws = _aws(config, problems) if chosen == AWS else None
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise pulumi.RunError(f"the configuration of stack {pulumi.get_stack()} can't be used:{listed}")
    return Settings(**given, aws=aws)


def _aws(config: pulumi.Config, problems: list[str]) -> AwsSettings | None:
    if find_spec("pulumi_aws") is None:
        problems.append(f"connectivity {AWS} needs pulumi-aws: pip install 'kong-secure[aws]'")
    if not pulumi.Config("aws").get("region") and not os.environ.get("AWS_REGION"):
        problems.append(
            "aws:region is missing: that of Konnect's network, pulumi config set aws:region us-east-2"
        )
    group = _group(AWS, AwsSettings, config, problems)
    vpc = [key for key in ("vpc_id", "subnet_ids") if key in group]
    inside = [key for key in ("route_table_id", "security_group_id") if key in group]
    if len(vpc) == 1 or (inside and not vpc):
        problems.append(
            f"{AWS} has {' and '.join(vpc + inside)}, and not both vpc_id and subnet_ids: give these of a VPC "
            "that exists, or none of them, and a VPC is made"
        )
    return None if problems else AwsSettings(**group)


def _group(name: str, kind: Any, config: pulumi.Config, problems: list[str]) -> dict[str, Any]:
    """What stands under a key, without what isn't known there; what is missing or unknown is a problem."""
    given = config.get_object(name)
    if given is not None and not isinstance(given, Mapping):
        problems.append(f"{name} is {given!r}: a mapping is expected, as in Pulumi.yaml")
        return {}
    told = {key: value for key, value in (given or {}).items() if value not in (None, "", [])}
    allowed = {field.name: field.default is MISSING for field in fields(kind)}
    problems += [
        f"{name}.{key} is missing: pulumi config set --path {name}.{key} ..."
        for key, needed in allowed.items()
        if needed and key not in told
    ]
    problems += [
        f"{name}.{key} is unknown: allowed are {', '.join(allowed)}" for key in told if key not in allowed
    ]
    return {key: value for key, value in told.items() if key in allowed}
