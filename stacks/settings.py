"""What the stack's configuration says, read once: everything wrong with it is told in one message."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

import pulumi

PUBLIC_INTERNET, AWS, AZURE = "public-internet", "aws-transit-gateway", "azure-vnet-peering"
CONNECTIVITY = (PUBLIC_INTERNET, AWS, AZURE)


@dataclass(frozen=True)
class AwsSettings:
    """Under the key aws-transit-gateway. Without vpc_id a VPC is made, with cidr_block as its block.

    network: of Konnect's. cidr_block, port: what Kong may reach.
    vpc_id, subnet_ids: of a VPC that exists; route_table_id: the table that its subnets use; security_group_id:
    the group of the backend. The last two are left alone where they aren't given.
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
    """connectivity: one of CONNECTIVITY. control_plane, service: names or ids at Konnect."""

    connectivity: str
    control_plane: str
    service: str
    aws: AwsSettings | None


def read_settings() -> Settings:
    """The configuration of this stack. Raises RunError."""
    config = pulumi.Config()
    problems: list[str] = []
    given = {key: config.get(key) for key in ("connectivity", "control_plane", "service")}
    for key, value in given.items():
        if not value:
            allowed = f": one of {', '.join(CONNECTIVITY)}" if key == "connectivity" else ""
            problems.append(f"{key} is missing{allowed}; pulumi config set {key} ...")
    chosen = given["connectivity"]
    if chosen and chosen not in CONNECTIVITY:
        problems.append(f"connectivity is {chosen!r}, and allowed are {', '.join(CONNECTIVITY)}")
    aws = _aws(config.get_object(AWS), problems) if chosen == AWS else None
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise pulumi.RunError(f"the configuration of stack {pulumi.get_stack()} can't be used:{listed}")
    return Settings(**{key: str(value) for key, value in given.items()}, aws=aws)


def _aws(given: Any, problems: list[str]) -> AwsSettings | None:
    if not pulumi.Config("aws").get("region") and not os.environ.get("AWS_REGION"):
        problems.append("aws:region is missing: the region of Konnect's network, as us-east-2")
    before = len(problems)
    group = _group(AWS, AwsSettings, given, problems)
    existing = ("vpc_id", "subnet_ids", "route_table_id", "security_group_id")
    told = [key for key in existing if group.get(key)]
    untold = [key for key in existing[:2] if key not in told]
    if told and untold:
        problems.append(
            f"{AWS} has {', '.join(told)} and no {' and no '.join(untold)}: give vpc_id and subnet_ids of a VPC "
            "that exists, or none of these, and a VPC is made"
        )
    return AwsSettings(**group) if len(problems) == before else None


def _group(name: str, kind: Any, given: Any, problems: list[str]) -> dict[str, Any]:
    """The settings under one key, as far as they are known ones; what is missing or unknown is a problem."""
    if not isinstance(given, Mapping):
        shown = "is missing" if given is None else f"is {given!r}, no mapping"
        problems.append(f"{name} {shown}: see the comments in Pulumi.yaml")
        return {}
    allowed = [field.name for field in fields(kind)]
    needed = [field.name for field in fields(kind) if field.default is MISSING]
    problems += [f"{name}.{key} is missing" for key in needed if not given.get(key)]
    problems += [
        f"{name}.{key} is unknown; allowed are {', '.join(allowed)}" for key in given if key not in allowed
    ]
    return {key: value for key, value in given.items() if key in allowed}
