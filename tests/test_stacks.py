"""The program that everyone copies: what its configuration chooses, and what it says of one that can't be used."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi
import pytest
import yaml

import kong_secure
from kong_secure.sandbox.project import read_project
from kong_secure.sandbox.stack_file import read_stack_file, resolve
from tests.resources.mocked_program import run

ROOT = Path(kong_secure.__file__).parents[1]
PROJECT = read_project(ROOT / "Pulumi.yaml")
AWS = "aws-transit-gateway"
GIVEN = {"network": "n", "cidr_block": "10.8.0.0/16"}
EXISTING = {**GIVEN, "vpc_id": "vpc-1", "subnet_ids": ["subnet-1"]}


@pytest.fixture(scope="module")
def settings() -> Iterator[ModuleType]:
    """The module in stacks/ that reads the configuration."""
    spec = importlib.util.spec_from_file_location("settings", ROOT / "stacks" / "settings.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["settings"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["settings"]


Read = Callable[..., Any]


@pytest.fixture
def read(settings: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Read:
    """What is read of a configuration; by default of one that is complete. None leaves a key out."""
    monkeypatch.delenv("AWS_REGION", raising=False)

    def read(**given: object) -> Any:
        values = {"connectivity": AWS, "control_plane": "demo", "service": "orders", AWS: GIVEN, **given}
        texts = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in values.items()
            if value is not None
        }
        config = {f"project:{key}": text for key, text in texts.items() if ":" not in key}
        config |= {"aws:region": "us-east-2", **{key: text for key, text in texts.items() if ":" in key}}
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
    assert read(connectivity="public-internet", **{AWS: None}).aws is None


def test_a_vpc_is_made_or_one_that_exists_is_given(read: Read) -> None:
    made = read().aws
    assert (made.vpc_id, made.port) == (None, 443)
    existing = read(**{AWS: {**EXISTING, "port": 80, "security_group_id": "sg-1"}}).aws
    assert (existing.vpc_id, existing.subnet_ids, existing.port) == ("vpc-1", ["subnet-1"], 80)
    assert (existing.route_table_id, existing.security_group_id) == (None, "sg-1")


def test_everything_that_is_missing_is_told_at_once(read: Read) -> None:
    assert refusal(read, connectivity=None, control_plane=None, service=None) == [
        "connectivity is missing: one of public-internet, aws-transit-gateway, azure-vnet-peering is expected",
        "control_plane is missing: pulumi config set control_plane ...",
        "service is missing: pulumi config set service ...",
    ]
    assert refusal(read, **{AWS: None, "aws:region": ""}) == [
        "aws:region is missing: that of Konnect's network, pulumi config set aws:region us-east-2",
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


def test_a_missing_package_is_told_with_its_extra(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pulumi_aws", None)
    [problem] = refusal(read)
    assert problem == "connectivity aws-transit-gateway needs pulumi-aws: pip install 'kong-secure[aws]'"
