"""The paths whose operations are killed: their programs, their worlds, and what there is of one, ids aside. Where they
are killed is in `path_kills`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.hosting import STORE
from kong_secure.sandbox.aws.provider.instances import DEFAULT_ACCOUNT
from kong_secure.sandbox.azure import identifiers as ids
from tests.documentation.pages import program_of
from tests.lifecycles import azure_world
from tests.lifecycles.playground import AWS_REGION, PROJECT
from tests.lifecycles.test_private_path_on_aws import DECLARED
from tests.world import World

_BEHIND_IT: Final = 'SecuredService("orders", control_plane="demo", service="orders", connectivity=path)'
_AZURES_NETWORK: Final = {
    "name": "demo-azure",
    "provider": "azure",
    "region": "eastus",
    "cidr_block": "10.1.0.0/16",
}


@dataclass(frozen=True)
class KilledPath:
    """package: of Pulumi's, of which the world has a stand-in. shape: what there is at Konnect and in the cloud."""

    package: str
    program: str
    config: Mapping[str, str]
    world: Callable[[Path], World]
    port: Callable[[World], int]
    shape: Callable[[World], dict[str, Any]]


def konnects(world: World) -> list[dict[str, Any]]:
    """Every attachment that Konnect has."""
    networks = world.by_hand("GET", "/v2/cloud-gateways/networks", region="global")["data"]
    paths = [f"/v2/cloud-gateways/networks/{each['id']}/transit-gateways" for each in networks]
    return [each for path in paths for each in world.by_hand("GET", path, region="global")["data"]]


def _live(world: World) -> list[dict[str, Any]]:
    return [each for each in konnects(world) if each["state"] != "terminated"]


def _shape_of_aws(world: World) -> dict[str, Any]:
    """What there is at Konnect and in AWS, ids aside."""
    cloud = Cloud.load(world.directory / STORE)
    records, ec2 = cloud.records, cloud.client("ec2", DEFAULT_ACCOUNT, AWS_REGION)
    live = {each.id: each for each in records.attachments.values() if each.live}
    owners = {id_: each.vpc_owner for id_, each in live.items()}
    groups = ec2.describe_security_group_rules()["SecurityGroupRules"]
    vpcs = [each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"]]
    return {
        "konnect": sorted((each["name"], each["state"], *each["cidr_blocks"]) for each in _live(world)),
        "gateways": len(records.gateways),
        "attachments": sorted((each.vpc_owner, each.state) for each in live.values()),
        "tables": sorted(
            (
                sorted(each.vpc_owner for each in live.values() if each.table_id == table.id),
                sorted((block, owners.get(str(to), "blackhole")) for block, to in table.static.items()),
            )
            for table in records.tables.values()
        ),
        "shares": sorted(
            (sorted(each.principals), len(each.resources))
            for each in records.shares.values()
            if each.status == "ACTIVE"
        ),
        "vpcs": len(vpcs),
        "back": sorted(
            route["DestinationCidrBlock"]
            for table in ec2.describe_route_tables()["RouteTables"]
            for route in table["Routes"]
            if "TransitGatewayId" in route
        ),
        "ports": sorted(
            (str(each.get("CidrIpv4")), each["FromPort"])
            for each in groups
            if not each["IsEgress"] and "CidrIpv4" in each
        ),
    }


def _shape_of_azure(world: World) -> dict[str, Any]:
    """What there is at Konnect and in Azure, ids aside."""
    kept = azure_world.store(world)
    theirs = azure_world.customers(world)
    return {
        "konnect": sorted((each["name"], each["state"]) for each in _live(world)),
        "peerings": sorted(each["peeringState"] for each in kept.of_type(ids.PEERINGS)),
        "roles": [len(each["permissions"][0]["actions"]) for each in theirs if each["type"] == ids.ROLES],
        "assignments": [
            (each["principalId"], ids.parsed(each["scope"]).type)
            for each in theirs
            if each["type"] == ids.ASSIGNMENTS
        ],
        "rules": sorted(
            (each["priority"], each["access"], each["sourceAddressPrefix"])
            for each in theirs
            if each["type"] == ids.SECURITY_RULES
        ),
        "networks": len([each for each in theirs if each["type"] == ids.NETWORKS]),
    }


def _world_with_aws(folder: Path) -> World:
    return World(folder, declared=DECLARED, aws=True)


def _world_with_azure(folder: Path) -> World:
    made = World(folder, declared={"networks": [_AZURES_NETWORK]}, azure=True)
    made.consent()
    return made


PATHS: Final = {
    "aws": KilledPath(
        package="aws",
        program=program_of("AwsTransitGateway").replace(_BEHIND_IT, ""),
        config={"aws:region": AWS_REGION},
        world=_world_with_aws,
        port=lambda world: world.aws_port,
        shape=_shape_of_aws,
    ),
    "azure": KilledPath(
        package="azure-native",
        program=program_of("AzureVnetPeering").replace(_BEHIND_IT, ""),
        config={f"{PROJECT}:kongsPrincipal": azure_world.PRINCIPAL},
        world=_world_with_azure,
        port=lambda world: world.azure_port,
        shape=_shape_of_azure,
    ),
}
