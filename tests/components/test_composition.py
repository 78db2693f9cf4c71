"""What a path gives its children of its own options, whatever cloud it is over, with Pulumi's mocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws
import pulumi_azure_native
import pytest
from pulumi.runtime import mocks

from kong_secure import AwsTransitGateway, AzureVnetPeering
from kong_secure.resources.base import InvalidArguments
from tests.components.aws import mocked_path as aws
from tests.components.azure import mocked_peering as azure
from tests.components.explicit_edges import requests
from tests.resources.mocked_program import Engine, later, run


@dataclass(frozen=True)
class Cloud:
    """A path over one: the component, what it needs, and who answers it."""

    component: Callable[..., pulumi.ComponentResource]
    given: Mapping[str, Any]
    engine: Callable[[], Engine]
    provider: Callable[[str], pulumi.ProviderResource]
    package: str


def of_aws(name: str) -> pulumi.ProviderResource:
    made: pulumi.ProviderResource = pulumi_aws.Provider(name, region="us-east-2")
    return made


def of_azure(name: str) -> pulumi.ProviderResource:
    made: pulumi.ProviderResource = pulumi_azure_native.Provider(name)
    return made


AWS = Cloud(AwsTransitGateway, aws.GIVEN, aws.TwoEnds, of_aws, "aws:")
AZURE = Cloud(AzureVnetPeering, azure.GIVEN, azure.TwoEnds, of_azure, "azure-native:")
CLOUDS = pytest.mark.parametrize("cloud", [AWS, AZURE], ids=["aws", "azure"])


class Platform(pulumi.ComponentResource):
    """A component of somebody else's."""

    def __init__(self, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("company:index:Platform", "platform", None, opts)


def children_of(made: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    """The requests of a path's children, by name."""
    return {name: each for (_, name), each in made.items() if each.parent.rpartition("::")[2] == "path"}


def made_with(cloud: Cloud, given: Mapping[str, Any], options: Callable[[], pulumi.ResourceOptions]) -> Any:
    return requests(lambda: cloud.component("path", **given, opts=options()), cloud.engine())


@CLOUDS
def test_a_path_takes_the_explicit_provider_of_its_options_for_everything_of_its_cloud(cloud: Cloud) -> None:
    made = children_of(
        made_with(cloud, cloud.given, lambda: pulumi.ResourceOptions(providers=[cloud.provider("explicit")]))
    )
    providers = {name: each.provider.split("::")[-2:-1] for name, each in made.items()}
    in_cloud = {name for name, each in made.items() if each.type.startswith(cloud.package)}
    assert in_cloud
    assert {name for name, provider in providers.items() if provider == ["explicit"]} == in_cloud


@CLOUDS
def test_a_path_below_another_component_hands_on_parents_providers_and_protection(cloud: Cloud) -> None:
    def options() -> pulumi.ResourceOptions:
        platform = Platform(pulumi.ResourceOptions(providers=[cloud.provider("inherited")], protect=True))
        return pulumi.ResourceOptions(parent=platform)

    made = made_with(cloud, cloud.given, options)
    [path] = [each for (_, name), each in made.items() if name == "path"]
    assert path.parent.rpartition("::")[2] == "platform"
    children = children_of(made)
    assert len(children) > 5
    assert {each.parent.rpartition("::")[2] for each in children.values()} == {"path"}
    # A provider of ours isn't a thing in a cloud: it only says where waits run.
    assert {name for name, each in children.items() if not each.protect} <= {"path-waits"}
    for each in children.values():
        if each.type.startswith(cloud.package):
            assert each.provider.split("::")[-2] == "inherited"


@CLOUDS
def test_a_path_under_a_new_name_says_its_former_one_and_its_children_are_named_after_it(
    cloud: Cloud,
) -> None:
    # Engines then know the children by themselves: what begins with the component's name had the former one's.
    made = made_with(
        cloud, cloud.given, lambda: pulumi.ResourceOptions(aliases=[pulumi.Alias(name="former")])
    )
    [path] = [each for (_, name), each in made.items() if name == "path"]
    assert [alias.spec.name for alias in path.aliases] == ["former"]
    assert all(name.startswith("path-") for name in children_of(made))


@CLOUDS
def test_a_transformation_sees_every_child(cloud: Cloud) -> None:
    seen: list[str] = []

    def note(args: pulumi.ResourceTransformationArgs) -> None:
        seen.append(args.name)

    made = made_with(cloud, cloud.given, lambda: pulumi.ResourceOptions(transformations=[note]))
    assert {*children_of(made), "path"} == {*seen}


@pytest.mark.parametrize(
    ("cloud", "key", "put", "sentence"),
    [
        (
            AWS,
            "transit_gateway_id",
            lambda each: each,
            "transit_gateway_id is a Provider, and no value of one: give",
        ),
        (
            AWS,
            "route_table_ids",
            lambda each: {"orders": each},
            "route_table_ids['orders'] is a Provider, and no",
        ),
        (
            AZURE,
            "vnet_name",
            lambda each: each,
            "vnet_name is a Provider, and no value of one: give one, as provider.name",
        ),
    ],
)
def test_a_resource_in_the_place_of_its_id_or_name_is_refused_with_what_to_give(
    cloud: Cloud, key: str, put: Callable[[object], object], sentence: str
) -> None:
    def program() -> None:
        cloud.component("path", **{**cloud.given, key: put(cloud.provider("some"))})

    with pytest.raises(InvalidArguments) as caught:
        run(program, engine=cloud.engine())
    assert sentence in str(caught.value)


class WithVpc(aws.TwoEnds):
    """An AWS that makes VPCs and subnets, too."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made_id, outputs = super().new_resource(args)
        ids = {"aws:ec2/vpc:Vpc": aws.VPC["vpc_id"], "aws:ec2/subnet:Subnet": aws.VPC["subnet_ids"][0]}
        return ids.get(args.typ, made_id), outputs


def test_what_the_same_program_makes_is_passed_straight_in() -> None:
    def on_aws() -> None:
        vpc = pulumi_aws.ec2.Vpc("apis", cidr_block="10.8.0.0/16")
        subnet = pulumi_aws.ec2.Subnet("apis", vpc_id=vpc.id, cidr_block="10.8.0.0/20")
        whole = {"vpc_id": vpc.id, "subnet_ids": [subnet], "cidr_blocks": vpc.cidr_block}
        AwsTransitGateway("path", network="production", vpcs={"apis": whole})

    made = {name: each for (_, name), each in requests(on_aws, WithVpc()).items()}
    assert {"path-vpc-apis", "path-kong-apis", "path-ready"} <= set(made)

    def on_azure() -> None:
        group = pulumi_azure_native.resources.ResourceGroup("apis")
        vnet = pulumi_azure_native.network.VirtualNetwork("apis-net", resource_group_name=group.name)
        rules = pulumi_azure_native.network.NetworkSecurityGroup("apis-nsg", resource_group_name=group.name)
        names = {
            "resource_group_name": group.name.apply(lambda _: "orders"),
            "vnet_name": later("orders-vnet"),
        }
        groups = {"apis": rules.id.apply(lambda _: azure.NSG)}
        pulumi.Output.all(vnet.id)
        AzureVnetPeering("path", **{**azure.GIVEN, **names, "network_security_groups": groups})

    made = {name: each for (_, name), each in requests(on_azure, azure.TwoEnds()).items()}
    assert {"path-assignment", "path-peering", "path-ready"} <= set(made)
