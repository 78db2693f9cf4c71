"""The program that everyone copies: what its configuration chooses, and what it says of one that can't be used."""

from __future__ import annotations

import importlib
import json
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import mocks

import kong_secure
from kong_secure.components.aws.lookups import pulumi_aws
from kong_secure.sandbox.project import read_project
from kong_secure.sandbox.stack_file import read_stack_file, resolve
from tests.components.azure import mocked_peering as azure
from tests.components.test_secured_service import MADE, Konnect
from tests.resources.mocked_program import Engine, run

ROOT = Path(kong_secure.__file__).parents[1]
PROJECT = read_project(ROOT / "Pulumi.yaml")
AWS, AZURE = "aws-transit-gateway", "azure-vnet-peering"
GIVEN = {"network": "n", "cidr_block": "10.8.0.0/16"}
AZURE_NEEDS = ("network", "tenant_id", "subscription_id", "service_principal_object_id")
EXISTING = {**GIVEN, "vpc_id": "vpc-1", "subnet_ids": ["subnet-1"]}


@contextmanager
def program_folder() -> Iterator[None]:
    """The folder stacks/ on the search path, as Pulumi has it there, and nothing of it loaded afterwards."""
    folder, before = str(ROOT / "stacks"), set(sys.modules)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
                del sys.modules[name]


@pytest.fixture
def settings() -> Iterator[ModuleType]:
    """The module in stacks/ that reads the configuration."""
    with program_folder():
        yield importlib.import_module("settings")


Read = Callable[..., Any]


def configuration(values: Mapping[str, object]) -> dict[str, str]:
    """A configuration as Pulumi hands it on: texts, of whatever is more the JSON; keys are the project's by default."""
    texts = {
        key if ":" in key else f"project:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
        if value is not None
    }
    return {"aws:region": "us-east-2", **texts}


@pytest.fixture
def read(settings: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Read:
    """What is read of a configuration; by default of one that is complete. None leaves a key out."""
    monkeypatch.delenv("AWS_REGION", raising=False)

    def read(**given: object) -> Any:
        values = {"connectivity": AWS, "control_plane": "demo", "service": "orders", AWS: GIVEN, **given}
        config = configuration(values)
        found: list[Any] = []
        run(lambda: found.append(settings.read_settings()), config=config)
        return found[0]

    return read


def refusal(read: Read, **given: object) -> list[str]:
    """The problems that are told of a configuration, in one message."""
    with pytest.raises(pulumi.RunError) as caught:
        read(**given)
    first, *problems = str(caught.value).splitlines()
    assert first == "the configuration of stack stack can't be used:"
    return [problem.removeprefix("  - ") for problem in problems]


def test_there_is_a_stack_file_for_each_method_that_says_no_more_than_it_and_the_service() -> None:
    for name in PROJECT.stacks():
        path = PROJECT.stack_file(name)
        assert path is not None
        config = yaml.safe_load(path.read_text())["config"]
        assert config.pop("kong-secure-demo:connectivity") == name
        assert set(config) == {"kong-secure-demo:service"}


def test_choosing_a_method_is_changing_one_line(read: Read) -> None:
    for name in PROJECT.stacks():
        path = PROJECT.stack_file(name)
        for chosen in PROJECT.stacks():
            values = resolve(read_stack_file(path), PROJECT.defaults, {}, lambda _: "").values
            changed = {**values, "kong-secure-demo:connectivity": chosen}
            given = {key.removeprefix("kong-secure-demo:"): value for key, value in changed.items()}
            assert read(**given).connectivity == chosen


def test_what_another_method_would_need_isnt_asked_for(read: Read) -> None:
    assert read(connectivity="public-internet", **{AWS: None}).path is None


def test_a_vpc_is_made_or_one_that_exists_is_given(read: Read) -> None:
    made = read().path
    assert (made.vpc_id, made.port) == (None, 443)
    existing = read(**{AWS: {**EXISTING, "port": 80, "security_group_id": "sg-1"}}).path
    assert (existing.vpc_id, existing.subnet_ids, existing.port) == ("vpc-1", ["subnet-1"], 80)
    assert (existing.route_table_id, existing.security_group_id) == (None, "sg-1")


def test_everything_that_is_missing_is_told_at_once(read: Read) -> None:
    assert refusal(read, connectivity=None, control_plane=None, service=None) == [
        "connectivity is missing: one of public-internet, aws-transit-gateway, azure-vnet-peering is expected",
        "control_plane is missing: pulumi config set control_plane ...",
        "service is missing: pulumi config set service ...",
    ]
    assert refusal(read, **{AWS: None, "aws:region": ""}) == [
        "aws:region is missing: that of Konnect's network, pulumi config set aws:region ...",
        "aws-transit-gateway.network is missing: pulumi config set --path aws-transit-gateway.network ...",
        "aws-transit-gateway.cidr_block is missing: pulumi config set --path aws-transit-gateway.cidr_block ...",
    ]


def test_what_is_unknown_is_told_with_its_value_and_what_is_allowed(read: Read) -> None:
    [unknown] = refusal(read, connectivity="aws-transit-gatway")
    assert unknown.startswith("connectivity is 'aws-transit-gatway': one of public-internet, aws-transit-")
    [key] = refusal(read, **{AWS: {**GIVEN, "vpcid": "vpc-1"}})
    assert key.startswith(
        "aws-transit-gateway.vpcid is unknown: allowed are network, cidr_block, port, vpc_id"
    )
    [mapping] = [text for text in refusal(read, **{AWS: ["a"]}) if "mapping" in text]
    assert mapping.startswith("aws-transit-gateway is ['a']: a mapping is expected")


def test_a_key_that_nobody_reads_is_told_because_another_one_then_has_its_default(read: Read) -> None:
    allowed = "connectivity, control_plane, service, shared_secret, aws-transit-gateway, azure-vnet-peering"
    assert refusal(read, contorl_plane="x", **{"aws-transit-gateway.port": "1"}) == [
        f"aws-transit-gateway.port is unknown: allowed are {allowed}",
        f"contorl_plane is unknown: allowed are {allowed}",
    ]


@pytest.mark.parametrize("spelling", ["privatelink", "AWS PrivateLink", "vpc-endpoint", "azure_private_link"])
def test_private_link_is_answered_with_the_reason_and_what_to_choose(read: Read, spelling: str) -> None:
    [problem] = refusal(read, connectivity=spelling)
    assert problem.startswith(f"connectivity {spelling!r} isn't offered, because PrivateLink is one-way")
    assert problem.endswith(
        "choose aws-transit-gateway or azure-vnet-peering for a private path, or public-internet"
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("hello", " is 'hello': a mapping is expected"),
        ({**GIVEN, "port": "443"}, ".port is '443': a number from 1 to 65535"),
        ({**GIVEN, "port": True}, ".port is True: a number from 1 to 65535"),
        ({**GIVEN, "port": 0}, ".port is 0: a number from 1 to 65535"),
        ({**GIVEN, "cidr_block": "10.8.0.0"}, ".cidr_block is '10.8.0.0': a block such as 10.8.0.0/16"),
        ({**GIVEN, "cidr_block": 10}, ".cidr_block is 10: a text is expected"),
        ({**GIVEN, "network": {"a": "b"}}, ".network is {'a': 'b'}: a text is expected"),
        ({**EXISTING, "subnet_ids": "s"}, ".subnet_ids is 's': a list (pulumi config set --path 'aws-"),
    ],
)
def test_a_value_of_another_kind_is_told_with_what_is_expected(read: Read, given: object, told: str) -> None:
    problems = refusal(read, **{AWS: given})
    assert problems[0].startswith(AWS + told)
    assert len(problems) == 1 or given == "hello"


def test_the_value_of_an_encrypted_key_isnt_told(settings: ModuleType, read: Read) -> None:
    pulumi.runtime.config._SECRET_KEYS.set({f"project:{AWS}"})
    try:
        assert refusal(read, **{AWS: {**GIVEN, "port": "hunter2"}})[0].startswith(f"{AWS}.port is secret: a")
    finally:
        pulumi.runtime.config._SECRET_KEYS.set(set())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"vpc_id": "vpc-1"}, "vpc_id"),
        ({"subnet_ids": ["subnet-1"], "route_table_id": "rtb-1"}, "subnet_ids and route_table_id"),
        ({"security_group_id": "sg-1"}, "security_group_id"),
    ],
)
def test_what_contradicts_itself_is_told(read: Read, given: dict[str, object], told: str) -> None:
    [problem] = refusal(read, **{AWS: {**GIVEN, **given}})
    assert problem.startswith(f"aws-transit-gateway has {told}, and not both vpc_id and subnet_ids: give")


def test_azures_settings_are_read_as_awss_are(read: Read) -> None:
    kept = {key: azure.GIVEN[key] for key in AZURE_NEEDS}
    problems = refusal(read, connectivity=AZURE, **{AZURE: {**kept, "tenant_id": "", "vnet_name": "v"}})
    assert problems[0].startswith("azure-vnet-peering.tenant_id is missing: pulumi config set --path azure-")
    assert problems[1].startswith(
        "azure-vnet-peering has vnet_name, and not both resource_group_name and vnet"
    )
    both = {**kept, "resource_group_name": "g", "vnet_name": "v", "cidr_block": "10.9.0.0/16"}
    [problem] = refusal(read, connectivity=AZURE, **{AZURE: both})
    assert problem.startswith("azure-vnet-peering.cidr_block is for a network that is made, and vnet_name is")
    read_back = read(connectivity=AZURE, **{AZURE: kept}).path
    assert {key: getattr(read_back, key) for key in kept} == kept
    del kept["service_principal_object_id"]
    assert read(connectivity=AZURE, **{AZURE: kept}).path.service_principal_object_id is None


def test_a_missing_package_is_told_with_its_extra(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pulumi_aws", None)
    [problem] = refusal(read)
    assert problem == "connectivity aws-transit-gateway needs pulumi-aws: pip install 'kong-secure[aws]'"


class Answering(Konnect):
    """Gives what the program makes in AWS ids of their kinds."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made_id, outputs = super().new_resource(args)
        kinds = {"Vpc": "vpc", "Subnet": "subnet", "SecurityGroup": "sg"}
        kind = kinds.get(args.typ.rpartition(":")[2])
        more = {"mainRouteTableId": f"rtb-{'0' * 17}"} if kind == "vpc" else {}
        return made_id if kind is None else f"{kind}-{'0' * 17}", {**outputs, **more}


class AnsweringInAzure(azure.TwoEnds):
    """Gives what the program makes in Azure names and ids of their kinds, and makes the secret."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made_id, outputs = super().new_resource(args)
        kind = args.typ.rpartition(":")[2]
        ids = {"VirtualNetwork": azure.VNET, "NetworkSecurityGroup": azure.NSG, "ResourceGroup": azure.GROUP}
        if kind in ids:
            return ids[kind], {**outputs, "name": ids[kind].rpartition("/")[2]}
        computed = {"SharedSecret": {"value": MADE}, "SharedSecretHeader": {"control_plane_id": "the-plane"}}
        return made_id, {**outputs, **computed.get(kind, {})}


def registered(chosen: str, engine: Engine, **group: object) -> dict[tuple[str, str], Any]:
    """The inputs of what the program makes, by type and name, as the cloud and Konnect would answer."""
    given = {"connectivity": chosen, "control_plane": "demo", "service": "orders", chosen: group or None}
    pulumi_aws()  # a part of it that is loaded later may not warn
    with program_folder():
        main = str(ROOT / "stacks")
        run(lambda: runpy.run_path(main, run_name="__main__"), config=configuration(given), engine=engine)
    return {(each.typ.rpartition(":")[2], each.name): each.inputs for each in engine.registered}


def test_over_the_public_internet_the_program_makes_the_secret_and_the_header_alone() -> None:
    made = registered("public-internet", Konnect())
    assert set(made) == {
        ("SecuredService", "orders"),
        ("SharedSecret", "orders-secret"),
        ("SharedSecretHeader", "orders-header"),
    }


def test_over_a_transit_gateway_it_makes_a_vpc_whose_backend_gateways_and_neighbours_reach() -> None:
    made = registered(AWS, Answering(), **GIVEN, port=80)
    assert made["Vpc", "orders"]["cidrBlock"] == made["Subnet", "orders"]["cidrBlock"] == "10.8.0.0/16"
    rules = {
        name: each["cidrIpv4"] for (kind, name), each in made.items() if kind == "SecurityGroupIngressRule"
    }
    assert rules == {"orders": "10.8.0.0/16", "path-port-orders-tcp-80": "10.0.0.0/16"}
    assert ("Route", "path-back-orders") in made


def test_of_a_vpc_that_exists_it_makes_nothing() -> None:
    existing = {
        "vpc_id": "vpc-0123456789abcdef0",
        "subnet_ids": ["subnet-0123456789abcdef0"],
        "route_table_id": "rtb-0123456789abcdef0",
    }
    made = registered(AWS, Answering(), **GIVEN, **existing)
    assert {kind for kind, _ in made} & {
        "Vpc",
        "Subnet",
        "SecurityGroup",
        "SecurityGroupIngressRule",
    } == set()
    assert made["VpcAttachment", "path-vpc-orders"]["vpcId"] == existing["vpc_id"]
    assert made["Route", "path-back-orders"]["routeTableId"] == existing["route_table_id"]


def test_over_a_peering_it_makes_a_virtual_network_with_a_group_at_its_subnet() -> None:
    made = registered(AZURE, AnsweringInAzure(), **{key: azure.GIVEN[key] for key in AZURE_NEEDS})
    assert made["VirtualNetwork", "orders"]["addressSpace"] == {"addressPrefixes": ["10.9.0.0/16"]}
    assert made["Subnet", "orders"]["networkSecurityGroup"] == {"id": azure.NSG}
    assert made["VnetPeering", "path-peering"]["vnet_name"] == "orders-vnet"
    assert made["SecurityRule", "path-allow-orders"]["destinationPortRanges"] == ["443"]
    assert ("SharedSecretHeader", "orders-header") in made
