"""The stand-in as engines see it: configuration, previews, names, and one server for every subscription."""

from dataclasses import replace
from typing import Any

import pytest

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.provider import kinds
from kong_secure.sandbox.azure.provider.instances import instance
from kong_secure.sandbox.azure.provider.server import schema
from kong_secure.sandbox.azure.provider.types import KINDS
from kong_secure.sandbox.azure.store import DEFAULT_SUBSCRIPTION, DEFAULT_TENANT
from kong_secure.sandbox.engine.plugins import ProviderError
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.wire import UNKNOWN
from kong_secure.sandbox.provider_stand_in.servicer import ConfigurationError
from tests.sandbox.azure.provider import driver as d
from tests.sandbox.azure.provider.driver import StandIn
from tests.sandbox.provider_driver import ProviderDriver, RefusedInputsError

OTHER = "0e000000-0000-4000-8000-000000000001"
EAST = {"location": "eastus"}
SPACE = {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}
CONFIG = "azure-native:authorization:getClientConfig"


@pytest.mark.parametrize(
    ("config", "known", "expected"),
    [
        ({}, {}, (DEFAULT_TENANT, DEFAULT_SUBSCRIPTION)),
        ({"subscriptionId": OTHER.upper()}, {}, (DEFAULT_TENANT, OTHER)),
        ({"subscriptionId": OTHER, "tenantId": d.PRINCIPAL}, {}, (d.PRINCIPAL, OTHER)),
        ({"subscriptionId": OTHER}, {OTHER: d.PRINCIPAL}, (d.PRINCIPAL, OTHER)),
    ],
)
def test_an_instance_acts_in_the_subscription_of_its_configuration(
    config: dict[str, Any], known: dict[str, str], expected: tuple[str, str]
) -> None:
    made = instance(config, known)
    assert (made.tenant, made.subscription) == expected


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"subscriptionId": "orders"}, "azure-native:subscriptionId must be a GUID, got 'orders'"),
        ({"tenantId": "contoso.com"}, "azure-native:tenantId must be a GUID, got 'contoso.com'"),
        ({"tenantId": OTHER}, f"subscription {DEFAULT_SUBSCRIPTION} is in tenant {DEFAULT_TENANT}"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(
    stand_in: StandIn, config: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        instance(config, {DEFAULT_SUBSCRIPTION: DEFAULT_TENANT})
    with pytest.raises(ProviderError, match=problem):
        stand_in.driver(**config)


def test_provider_resources_on_one_server_are_different_subscriptions(
    stand_in: StandIn, native: ProviderDriver
) -> None:
    other = stand_in.driver(subscriptionId=OTHER)
    assert native.invoke(CONFIG)["subscriptionId"] == DEFAULT_SUBSCRIPTION
    assert other.invoke(CONFIG)["subscriptionId"] == OTHER
    made = [each.create(d.GROUP, EAST | {"resourceGroupName": "network"}) for each in (native, other)]
    assert [group.id for group in made] == [
        ids.group_id(DEFAULT_SUBSCRIPTION, "network"),
        ids.group_id(OTHER, "network"),
    ]


@pytest.mark.parametrize(
    ("token", "inputs", "problem"),
    [
        (
            d.NETWORK,
            {"resourceGroupName": "network", "virtualNetworkPeerings": []},
            "the sandbox's Azure doesn't know the property virtualNetworkPeerings of azure-native:network:Virt",
        ),
        (
            d.NETWORK,
            {"resourceGroupName": "network", "subnets": [{"name": "a", "natGateway": {"id": "x"}}]},
            "the sandbox's Azure doesn't know natGateway in subnets",
        ),
        (d.NETWORK, {}, "missing required property 'resourceGroupName'"),
        (d.GROUP, {}, "missing required property 'location'. Either set it explicitly"),
        (d.GROUP, {"location": 1}, "'location' should be of type 'string' but got a int"),
        (
            d.SECURITY_RULE,
            {"priority": "100"},
            "priority: 'priority' should be of type 'integer' but got a str; : missing required property 'access'",
        ),
    ],
)
def test_inputs_that_cannot_be_are_refused_by_name(
    native: ProviderDriver, token: str, inputs: dict[str, Any], problem: str
) -> None:
    with pytest.raises(RefusedInputsError) as refused:
        native.checked(token, inputs)
    assert problem in str(refused.value)


def test_a_type_and_a_function_that_are_not_there_are_refused_by_name(native: ProviderDriver) -> None:
    with pytest.raises(ProviderError, match=r"has no type azure-native:storage:StorageAccount; it has Net"):
        native.checked("azure-native:storage:StorageAccount", {})
    with pytest.raises(ProviderError, match=r"has no function azure-native:storage:getBlob; it has getClie"):
        native.invoke("azure-native:storage:getBlob")
    with pytest.raises(ProviderError, match=r"doesn't know expand of azure-native:network:getSubnet"):
        native.invoke("azure-native:network:getSubnet", expand="x")


# --- names ---


def test_names_are_made_up_as_azure_native_does(native: ProviderDriver) -> None:
    group = native.checked(d.GROUP, EAST, "network").inputs
    assert str(group["resourceGroupName"]).startswith("network")
    assert len(str(group["resourceGroupName"])) == len("network") + 8
    subnet = native.checked(d.SUBNET, {"resourceGroupName": "a", "virtualNetworkName": "b"}, "apis").inputs
    assert subnet["subnetName"] == "apis"
    role = native.checked(d.ROLE, {"scope": "/subscriptions/x"}).inputs
    assert ids.is_guid(str(role["roleDefinitionId"]))
    again = native.checked(d.GROUP, EAST, "network", group).inputs
    assert again == group


def test_a_replacement_deletes_first_unless_the_name_was_made_up(native: ProviderDriver) -> None:
    made_up = native.create(d.GROUP, EAST)
    named = native.create(d.GROUP, EAST | {"resourceGroupName": "network"})
    west = {"location": "westus"}
    assert native.diff(made_up, west).delete_before_replace is False
    assert native.diff(named, west | {"resourceGroupName": "network"}).delete_before_replace is True


def test_a_resource_without_a_location_goes_where_its_group_is(
    stand_in: StandIn, native: ProviderDriver
) -> None:
    native.create(d.GROUP, {"location": "West Europe", "resourceGroupName": "network"})
    inside = {"resourceGroupName": "network", **SPACE}
    made = native.create(d.NETWORK, inside)
    assert made.inputs["location"] == made.outputs["location"] == "westeurope"
    assert native.diff(made, inside).changes is False
    elsewhere = stand_in.driver(location="westus")
    assert elsewhere.checked(d.NETWORK, inside, "two").inputs["location"] == "westus"
    unknown = native.checked(d.NETWORK, {"resourceGroupName": UNKNOWN, **SPACE}, "three")
    assert unknown.inputs["location"] is UNKNOWN


def test_to_say_what_is_already_so_replaces_nothing() -> None:
    """As a location that was left out before."""
    kind, where = KINDS[d.NETWORK], {"location": "eastus"}
    assert kinds.changes(kind, {}, where, where, ()) == kinds.Changes(("location",), ())
    assert kinds.changes(kind, {}, {"location": "westus"}, where, ()).replacing == ("location",)


# --- previews ---


def test_a_preview_makes_nothing_and_leaves_what_azure_decides_unknown(
    stand_in: StandIn, native: ProviderDriver
) -> None:
    wanted = native.checked(
        d.NETWORK, {"resourceGroupName": UNKNOWN, "virtualNetworkName": "orders", **SPACE}
    )
    id_, outputs = native.plugin.create(wanted, preview=True)
    assert (id_, outputs) == ("", {**SPACE, "location": UNKNOWN})
    assert stand_in.manager.store.resources == {}


def test_the_preview_of_an_update_keeps_name_and_location(native: ProviderDriver) -> None:
    group = native.create(d.GROUP, EAST | {"resourceGroupName": "network"})
    wanted = native.checked(d.GROUP, EAST | {"resourceGroupName": "network", "tags": {"a": "b"}})
    outputs = native.plugin.update(group, replace(group, inputs=wanted.inputs), preview=True)
    assert outputs == {"location": "eastus", "name": "network", "tags": {"a": "b"}}


def test_what_azure_refuses_is_the_error_of_the_call(
    native: ProviderDriver, everything: dict[str, Resource]
) -> None:
    inputs = everything[d.ROLE].inputs | {"roleDefinitionId": OTHER}
    with pytest.raises(
        ProviderError, match=r'^Status=409 Code="RoleDefinitionWithSameNameExists" Message="A custom role'
    ):
        native.create(d.ROLE, inputs)
    assignment = everything[d.ASSIGNMENT]
    changed = assignment.inputs | {"roleDefinitionId": f"{everything[d.ROLE].id[:-1]}2"}
    with pytest.raises(ProviderError, match=r'^Status=404 Code="RoleDefinitionDoesNotExist"'):
        native.update(assignment, changed)


def test_the_schema_names_what_is_there() -> None:
    shown = schema()
    assert set(shown["resources"]) == set(KINDS)
    assert shown["resources"][d.ROLE]["requiredInputs"] == ["scope"]
