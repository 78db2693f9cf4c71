"""The stand-in as engines see it: configuration, previews, defaults, and one server for every provider resource."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kong_secure.sandbox.aws.provider.instances import DEFAULT_ACCOUNT, instance
from kong_secure.sandbox.aws.provider.server import KINDS, schema
from kong_secure.sandbox.engine.plugins import Plugin, ProviderError
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.wire import UNKNOWN
from kong_secure.sandbox.provider_stand_in.servicer import ConfigurationError
from tests.sandbox.aws.accounts import REGION, Account
from tests.sandbox.aws.provider import driver as d
from tests.sandbox.aws.provider.driver import Driver, StandIn

ROLE = json.dumps([{"roleArn": "arn:aws:iam::222233334444:role/deploy"}])


@pytest.mark.parametrize(
    ("config", "account"),
    [
        ({}, DEFAULT_ACCOUNT),
        ({"assumeRoles": ROLE}, "222233334444"),
        ({"assumeRoles": json.loads(ROLE)}, "222233334444"),
        ({"assumeRole": {"roleArn": "arn:aws:iam::333344445555:role/deploy"}}, "333344445555"),
        ({"allowedAccountIds": ["444455556666"]}, "444455556666"),
        ({"assumeRoles": ROLE, "allowedAccountIds": ["222233334444", "1"]}, "222233334444"),
    ],
)
def test_an_instance_acts_in_the_account_of_its_configuration(config: dict[str, Any], account: str) -> None:
    assert instance({"region": REGION, **config}).account == account


def test_a_profile_and_an_access_key_stand_for_an_account_of_their_own() -> None:
    accounts = [
        instance({"region": REGION, key: value}).account
        for key, value in (
            ("profile", "network"),
            ("profile", "network"),
            ("profile", "x"),
            ("accessKey", "y"),
        )
    ]
    assert accounts[0] == accounts[1]
    assert len(set(accounts)) == 3
    assert all(len(account) == 12 and account.isdigit() for account in accounts)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({}, "Missing region configuration"),
        ({"region": "middle-earth"}, "invalid AWS Region: middle-earth"),
        ({"region": REGION, "allowedAccountIds": ["1", "2"]}, f"not allowed: {DEFAULT_ACCOUNT}"),
        ({"region": REGION, "forbiddenAccountIds": [DEFAULT_ACCOUNT]}, f"not allowed: {DEFAULT_ACCOUNT}"),
        ({"region": REGION, "assumeRoles": [{"roleArn": "deploy"}]}, "deploy is not the ARN of a role"),
        ({"region": REGION, "assumeRoles": [{"role_arn": "x"}]}, "role_arn without roleArn; give aws"),
    ],
)
def test_a_configuration_that_pulumi_aws_refuses_is_refused(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        instance(config)


def test_a_refused_configuration_is_an_error_of_the_provider(stand_in: StandIn) -> None:
    with pytest.raises(ProviderError, match="invalid AWS Region: middle-earth"):
        stand_in.driver(region="middle-earth")


def test_provider_resources_on_one_server_are_different_accounts(stand_in: StandIn, aws: Driver) -> None:
    other = stand_in.driver(assumeRoles=ROLE)
    token = "aws:index/getCallerIdentity:getCallerIdentity"
    assert aws.invoke(token)["accountId"] == DEFAULT_ACCOUNT
    assert other.invoke(token)["accountId"] == "222233334444"
    gateway = aws.create(d.GATEWAY, {})
    assert other.read(gateway) is None
    assert aws.read(gateway) is not None


def test_a_resource_can_be_in_another_region_than_its_provider(stand_in: StandIn, aws: Driver) -> None:
    gateway = aws.create(d.GATEWAY, {"region": "eu-central-1"})
    assert str(gateway.outputs["arn"]).startswith("arn:aws:ec2:eu-central-1:")
    there = Account(stand_in.cloud, DEFAULT_ACCOUNT, "eu-central-1")
    assert len(there.ec2.describe_transit_gateways()["TransitGateways"]) == 1
    aws.delete(gateway)
    assert there.ec2.describe_transit_gateways()["TransitGateways"] == []


def test_default_tags_are_on_everything_and_the_resources_own_come_first(stand_in: StandIn) -> None:
    aws = stand_in.driver(defaultTags=json.dumps({"tags": {"team": "a", "stage": "test"}}))
    vpc = aws.create(d.VPC, {"cidrBlock": "10.1.0.0/16", "tags": {"team": "b"}})
    assert vpc.outputs["tagsAll"] == {"team": "b", "stage": "test"}
    assert vpc.outputs["tags"] == {"team": "b"}
    changed = stand_in.driver(defaultTags=json.dumps({"tags": {"stage": "live"}}))
    given = {"cidrBlock": "10.1.0.0/16", "tags": {"team": "b"}}
    assert changed.diff(vpc, given).diffs == ("tagsAll",)
    assert changed.update(vpc, given).outputs["tagsAll"] == {"team": "b", "stage": "live"}


def test_a_preview_makes_nothing_and_leaves_what_aws_decides_unknown(stand_in: StandIn, aws: Driver) -> None:
    wanted = aws.checked(d.GATEWAY, {"description": "hub", "tags": {"a": "b"}})
    id_, outputs = aws.plugin.create(wanted, preview=True)
    assert id_ == ""
    assert outputs["description"] == "hub"
    assert outputs["tagsAll"] == {"a": "b"}
    assert outputs["region"] == REGION
    assert "arn" not in outputs
    assert stand_in.cloud.records.gateways == {}


def test_the_preview_of_an_update_keeps_what_stays(aws: Driver, stand_in: StandIn) -> None:
    gateway = aws.create(d.GATEWAY, {})
    wanted = aws.checked(d.GATEWAY, {"description": "new"})
    outputs = aws.plugin.update(gateway, replace(gateway, inputs=wanted.inputs), preview=True)
    assert outputs["arn"] == gateway.outputs["arn"]
    assert outputs["description"] == "new"
    assert stand_in.cloud.records.gateways[gateway.id].description == ""


def test_unknown_inputs_pass_the_check_and_differ(aws: Driver) -> None:
    wanted = aws.checked(d.TABLE, {"transitGatewayId": UNKNOWN})
    assert wanted.inputs["transitGatewayId"] is UNKNOWN
    recorded = aws.checked(d.TABLE, {"transitGatewayId": "tgw-1"})
    assert aws.diff(recorded, {"transitGatewayId": UNKNOWN}).replaces == ("transitGatewayId",)


def test_names_are_made_up_once_and_kept(aws: Driver) -> None:
    share = aws.create(d.SHARE, {}, "for-kong")
    name = share.inputs["name"]
    assert isinstance(name, str)
    assert name.startswith("for-kong-")
    assert len(name) == len("for-kong-") + 7
    assert aws.checked(d.SHARE, {}, "for-kong", share.inputs).inputs["name"] == name


def test_what_has_a_given_name_is_deleted_before_it_is_replaced(aws: Driver) -> None:
    given = {"name": "orders", "vpcId": "vpc-1"}
    named, unnamed = aws.checked(d.GROUP, given), aws.checked(d.GROUP, {"vpcId": "vpc-1"})
    assert aws.diff(named, given | {"description": "x"}).delete_before_replace is True
    assert aws.diff(unnamed, {"vpcId": "vpc-1", "description": "x"}).delete_before_replace is False


def test_changes_that_are_to_be_ignored_are_none(aws: Driver) -> None:
    recorded = aws.checked(d.GATEWAY, {"description": "old"})
    wanted = aws.checked(d.GATEWAY, {"description": "new"})
    answer = aws.plugin.diff(
        recorded, replace(recorded, inputs=wanted.inputs, ignore_changes=("description",))
    )
    assert answer.changes is False


def test_the_world_is_saved_after_everything_that_acts(stand_in: StandIn, aws: Driver) -> None:
    before = stand_in.saves
    gateway = aws.create(d.GATEWAY, {})
    aws.delete(gateway)
    assert stand_in.saves == before + 2


def test_an_instance_that_was_not_configured_is_refused(stand_in: StandIn) -> None:
    plugin = Plugin("aws", f"127.0.0.1:{stand_in.port}")
    urn = f"urn:pulumi:test::test::{d.GATEWAY}::one"
    with pytest.raises(ProviderError, match="was not configured"):
        plugin.read(Resource(urn, d.GATEWAY, custom=True, id="tgw-00000000"))
    plugin.close()


def test_the_schema_names_every_type() -> None:
    described = schema()
    assert set(described["resources"]) == set(KINDS)
    table = described["resources"][d.TABLE]
    assert table["requiredInputs"] == ["transitGatewayId"]
    assert table["inputProperties"]["tags"] == {"type": "object"}
