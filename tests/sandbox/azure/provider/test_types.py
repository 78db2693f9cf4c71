"""Every type, held against the classes of pulumi_azure_native: names of inputs and outputs, and a whole life."""

import importlib
import inspect
import re
from typing import Any

import pytest

from kong_secure.sandbox.azure.provider.functions import FUNCTIONS
from kong_secure.sandbox.azure.provider.types import KINDS
from kong_secure.sandbox.azure.store import DEFAULT_SUBSCRIPTION, DEFAULT_TENANT
from kong_secure.sandbox.engine.plugins import ProviderError
from kong_secure.sandbox.engine.state import Resource
from tests.sandbox.azure.provider import driver as d
from tests.sandbox.azure.provider.driver import StandIn
from tests.sandbox.provider_driver import ProviderDriver
from tests.sandbox.provider_types import assert_outputs_as_declared, camel, properties_of

# Outputs of azure-native that come with what the stand-in refuses, or that Azure shows of what isn't here.
NEVER_SET = {
    d.NETWORK: {
        "bgpCommunities",
        "ddosProtectionPlan",
        "encryption",
        "extendedLocation",
        "flowLogs",
        "flowTimeoutInMinutes",
        "ipAllocations",
    },
    d.SUBNET: {
        "applicationGatewayIpConfigurations",
        "ipAllocations",
        "ipConfigurationProfiles",
        "ipConfigurations",
        "ipamPoolPrefixAllocations",
        "natGateway",
        "privateEndpoints",
        "purpose",
        "resourceNavigationLinks",
        "serviceAssociationLinks",
        "serviceEndpointPolicies",
        "serviceEndpoints",
        "sharingScope",
    },
    d.SECURITY_GROUP: {"flowLogs", "networkInterfaces"},
    d.SECURITY_RULE: {"destinationApplicationSecurityGroups", "sourceApplicationSecurityGroups"},
    d.ROLE: {"createdBy", "systemData", "updatedBy"},
    d.ASSIGNMENT: {"createdBy", "delegatedManagedIdentityResourceId", "systemData", "updatedBy"},
}
# Outputs of the stand-in that aren't there where nothing was given, or nobody uses it.
SOMETIMES = {
    d.GROUP: {"managedBy"},
    d.SUBNET: {"addressPrefixes"},
    d.SECURITY_GROUP: {"subnets"},
    d.ROUTE_TABLE: {"subnets"},
    d.SECURITY_RULE: {
        "destinationAddressPrefixes",
        "destinationPortRange",
        "sourceAddressPrefixes",
        "sourcePortRanges",
    },
    d.ASSIGNMENT: {"condition", "conditionVersion"},
}
LATER = {d.SECURITY_GROUP, d.ROUTE_TABLE}  # their users come later


def of_azure_native(token: str, name: str) -> Any:
    """A class of pulumi_azure_native, of the module of a token."""
    return getattr(getattr(importlib.import_module("pulumi_azure_native"), token.split(":")[1]), name)


@pytest.mark.parametrize("token", sorted(KINDS))
def test_inputs_are_those_of_the_class(token: str) -> None:
    made = of_azure_native(token, token.rpartition(":")[2])._internal_init
    required = re.findall(r"Missing required property '(\w+)'", inspect.getsource(made))
    inputs = KINDS[token].inputs
    assert set(inputs) <= {camel(name) for name in inspect.signature(made).parameters}
    # a group's location may be the provider's
    assert {key for key, spec in inputs.items() if spec.required} - {"location"} == set(map(camel, required))


@pytest.mark.parametrize("token", sorted(KINDS))
def test_outputs_are_those_of_the_class(token: str) -> None:
    declared = properties_of(of_azure_native(token, token.rpartition(":")[2]))
    assert set(KINDS[token].outputs) | NEVER_SET.get(token, set()) == declared
    assert not set(KINDS[token].outputs) & NEVER_SET.get(token, set())


def test_what_is_made_has_exactly_the_outputs_that_are_declared(everything: dict[str, Resource]) -> None:
    assert_outputs_as_declared(KINDS, everything, SOMETIMES)


def test_everything_is_read_as_it_was_made_and_needs_no_change(
    native: ProviderDriver, everything: dict[str, Resource]
) -> None:
    for token, made in everything.items():
        read = native.read(made)
        assert read is not None
        if token not in LATER:
            assert read.outputs == made.outputs, token
        assert read.inputs == made.inputs, token
        assert native.diff(read, made.inputs).changes is False, token


def test_everything_can_be_deleted_in_reverse_and_nothing_is_left(
    stand_in: StandIn, native: ProviderDriver, everything: dict[str, Resource]
) -> None:
    for resource in reversed(everything.values()):
        native.delete(resource)
        assert native.read(resource) is None, resource.type
        native.delete(resource)  # what is gone is no failure
    assert stand_in.manager.store.resources == {}


def test_nothing_is_created_that_is_there(native: ProviderDriver, everything: dict[str, Resource]) -> None:
    for made in everything.values():
        with pytest.raises(ProviderError, match=r"^cannot create already existing resource '") as refused:
            native.plugin.create(made, preview=False)
        assert str(refused.value).endswith(f"'{made.id}'")


def test_ids_are_azures(everything: dict[str, Resource]) -> None:
    group = f"/subscriptions/{DEFAULT_SUBSCRIPTION}/resourceGroups/{everything[d.GROUP].outputs['name']}"
    network = f"{group}/providers/Microsoft.Network/virtualNetworks/{everything[d.NETWORK].outputs['name']}"
    rules = everything[d.SECURITY_GROUP].id
    authorization = "providers/Microsoft.Authorization"
    assert everything[d.GROUP].id == group
    assert everything[d.NETWORK].id == network
    assert everything[d.SUBNET].id == f"{network}/subnets/one"
    assert everything[d.SECURITY_RULE].id == f"{rules}/securityRules/one"
    assert everything[d.ROLE].id == (
        f"/subscriptions/{DEFAULT_SUBSCRIPTION}/{authorization}/roleDefinitions/{d.ROLE_GUID}"
    )
    assert everything[d.ASSIGNMENT].id == f"{network}/{authorization}/roleAssignments/{d.ASSIGNMENT_GUID}"


def test_a_resource_that_is_imported_needs_no_change(
    native: ProviderDriver, everything: dict[str, Resource]
) -> None:
    """But what azure-native also finds: every list of a role's permissions, and children in their parents."""
    for token, made in everything.items():
        imported = native.read(Resource(made.urn, token, custom=True, id=made.id))
        assert imported is not None
        diff = native.diff(imported, made.inputs)
        assert diff.replaces == (), token
        assert set(diff.diffs) <= {"permissions", *KINDS[token].children}, token


# Which change replaces: what is part of an id, and what azure-native marks as forcing a new resource.


@pytest.mark.parametrize(
    ("token", "change", "replaces"),
    [
        (d.GROUP, {"tags": {"team": "b"}}, ()),
        (d.GROUP, {"location": "westus"}, ("location",)),
        (d.GROUP, {"location": "eastus"}, None),
        (d.GROUP, {"resourceGroupName": "other"}, ("resourceGroupName",)),
        (d.NETWORK, {"addressSpace": {"addressPrefixes": ["10.9.0.0/16", "10.10.0.0/16"]}}, ()),
        (d.NETWORK, {"location": "westus"}, ("location",)),
        (d.NETWORK, {"resourceGroupName": "other"}, ("resourceGroupName",)),
        (d.SUBNET, {"addressPrefix": "10.9.2.0/24"}, ()),
        (d.SUBNET, {"virtualNetworkName": "other"}, ("virtualNetworkName",)),
        (d.SECURITY_RULE, {"priority": 101}, ()),
        (d.SECURITY_RULE, {"securityRuleName": "other"}, ("securityRuleName",)),
        (d.ROUTE, {"nextHopIpAddress": "10.9.0.5"}, ()),
        (d.ROLE, {"roleName": "other"}, ()),
        (d.ROLE, {"scope": "/subscriptions/other"}, ("scope",)),
        (d.ROLE, {"roleDefinitionId": d.PRINCIPAL}, ("roleDefinitionId",)),
        (d.ASSIGNMENT, {"principalId": d.ROLE_GUID}, ("principalId",)),
        (d.ASSIGNMENT, {"roleDefinitionId": "/subscriptions/other"}, ()),
        (d.ASSIGNMENT, {"scope": "/subscriptions/other"}, ("scope",)),
    ],
)
def test_a_change_replaces_where_azure_native_says_so(
    native: ProviderDriver,
    everything: dict[str, Resource],
    token: str,
    change: dict[str, Any],
    replaces: tuple[str, ...] | None,
) -> None:
    answer = native.diff(everything[token], everything[token].inputs | change)
    assert (answer.changes, answer.replaces) == (replaces is not None, replaces or ())


def test_what_is_changed_in_place_is_changed_in_azure(
    native: ProviderDriver, everything: dict[str, Resource]
) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        (d.GROUP, {"tags": {"team": "b"}}),
        (d.NETWORK, {"addressSpace": {"addressPrefixes": ["10.9.0.0/16", "10.10.0.0/16"]}}),
        (d.SUBNET, {"addressPrefix": "10.9.2.0/24"}),
        (d.SECURITY_RULE, {"priority": 101, "access": "Deny"}),
        (d.ROUTE, {"nextHopIpAddress": "10.9.0.5"}),
        (d.ROLE, {"roleName": "other"}),
        (d.ASSIGNMENT, {"description": "other"}),
    ]
    for token, change in cases:
        updated = native.update(everything[token], everything[token].inputs | change)
        read = native.read(everything[token])
        assert read is not None
        for found in (updated.outputs, read.outputs):
            assert {key: found[key] for key in change} == change, token


def test_drift_is_shown_after_a_refresh_and_not_before(
    stand_in: StandIn, native: ProviderDriver, everything: dict[str, Resource]
) -> None:
    rule = everything[d.SECURITY_RULE]
    body = {key: value for key, value in rule.inputs.items() if not key.endswith("Name")}
    stand_in.manager.put(rule.id, body | {"priority": 200})
    assert native.diff(rule, rule.inputs).changes is False
    read = native.read(rule)
    assert read is not None
    assert native.diff(read, rule.inputs).diffs == ("priority",)
    assert native.update(read, rule.inputs).outputs["priority"] == 100


def test_functions_answer_with_what_their_classes_hold(
    native: ProviderDriver, everything: dict[str, Resource]
) -> None:
    for token in FUNCTIONS:
        short = token.rpartition(":")[2]
        made = everything.get(token.replace(":get", ":"))
        args = {} if made is None else {key: made.inputs[key] for key in FUNCTIONS[token][0]}
        declared = properties_of(of_azure_native(token, f"{short[0].upper()}{short[1:]}Result"))
        answer = set(native.invoke(token, **args))
        assert answer <= declared, token
        assert answer or made is None


def test_a_function_shows_what_stands_alone_in_its_parent(
    native: ProviderDriver, everything: dict[str, Resource]
) -> None:
    where = {key: everything[d.NETWORK].inputs[key] for key in ("resourceGroupName", "virtualNetworkName")}
    network = native.invoke("azure-native:network:getVirtualNetwork", **where)
    assert [subnet["id"] for subnet in network["subnets"]] == [everything[d.SUBNET].id]
    assert network["subnets"][0]["networkSecurityGroup"] == {"id": everything[d.SECURITY_GROUP].id}
    assert network["addressSpace"] == {"addressPrefixes": ["10.9.0.0/16"]}
    assert network["virtualNetworkPeerings"] == []


def test_the_client_is_known_by_its_subscription_and_tenant(native: ProviderDriver) -> None:
    known = native.invoke("azure-native:authorization:getClientConfig")
    assert (known["subscriptionId"], known["tenantId"]) == (DEFAULT_SUBSCRIPTION, DEFAULT_TENANT)


@pytest.mark.parametrize(
    ("token", "args", "problem"),
    [
        ("network:getVirtualNetwork", {"virtualNetworkName": "x"}, 'Status=404 Code="ResourceNotFound"'),
        (
            "network:getRouteTable",
            {"resourceGroupName": "none", "routeTableName": "x"},
            'Status=404 Code="ResourceGroupNotFound"',
        ),
        (
            "authorization:getRoleDefinition",
            {"roleDefinitionId": d.PRINCIPAL, "scope": f"/subscriptions/{DEFAULT_SUBSCRIPTION}"},
            'Status=404 Code="RoleDefinitionDoesNotExist"',
        ),
    ],
)
def test_what_is_not_there_is_refused_as_azure_does(
    native: ProviderDriver, everything: dict[str, Resource], token: str, args: dict[str, str], problem: str
) -> None:
    if "network" in token:
        args = {"resourceGroupName": str(everything[d.GROUP].outputs["name"])} | args
    with pytest.raises(ProviderError, match=f"^{problem}"):
        native.invoke(f"azure-native:{token}", **args)
