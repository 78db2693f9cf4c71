"""What Azure refuses, with its codes; and what it lets happen beside that."""

from typing import Any

import pytest

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.refusals import ArmError
from tests.sandbox.azure import landscape as at
from tests.sandbox.azure.landscape import Landscape, assignment, role, rule

OTHER_GUID = "0e000000-0000-4000-8000-000000000001"
NOWHERE = "0f000000-0000-4000-8000-000000000001"
EAST = {"location": "eastus"}
OTHER_ROLE = ids.role_id(at.SUBSCRIPTION, OTHER_GUID)


def space(*prefixes: str) -> dict[str, Any]:
    return EAST | {"addressSpace": {"addressPrefixes": list(prefixes)}}


@pytest.mark.parametrize(
    ("id_", "body", "code"),
    [
        # resource groups and what lies in them
        (ids.group_id(NOWHERE, "x"), EAST, "SubscriptionNotFound"),
        (at.GROUP, {"location": "westus"}, "InvalidResourceGroupLocation"),
        (ids.group_id(at.SUBSCRIPTION, "x"), {}, "LocationRequired"),
        (ids.network_id(at.SUBSCRIPTION, "none", "x"), space("10.0.0.0/16"), "ResourceGroupNotFound"),
        (at.NETWORK, space("10.9.0.0/16") | {"location": "westus"}, "InvalidResourceLocation"),
        (f"{at.GROUP}/providers/Microsoft.Compute/virtualMachines/x", EAST, "InvalidResourceType"),
        # addresses
        (at.NETWORK, space(), "InvalidRequestFormat"),
        (at.NETWORK, space("10.9.0.0/16", "10.9.8.0/24"), "InvalidRequestFormat"),
        (at.NETWORK, space("10.9.0.1/16"), "InvalidCIDRNotation"),
        (at.NETWORK, space("ten"), "InvalidAddressPrefixFormat"),
        (at.NETWORK, space("10.9.0.0"), "InvalidAddressPrefixFormat"),
        (at.NETWORK, space("10.8.0.0/16"), "NetcfgSubnetRangeOutsideVnet"),
        (f"{at.NETWORK}x/subnets/a", {"addressPrefix": "10.9.2.0/24"}, "ParentResourceNotFound"),
        (f"{at.NETWORK}/subnets/a", {"addressPrefix": "10.8.2.0/24"}, "NetcfgSubnetRangeOutsideVnet"),
        (f"{at.NETWORK}/subnets/a", {"addressPrefix": "10.9.1.128/25"}, "NetcfgSubnetRangesOverlap"),
        (f"{at.NETWORK}/subnets/a", {"addressPrefix": "10.9.2.0/30"}, "NetcfgInvalidSubnet"),
        (f"{at.NETWORK}/subnets/a", {}, "InvalidRequestFormat"),
        (
            at.SUBNET,
            {"addressPrefix": "10.9.1.0/24", "networkSecurityGroup": {"id": at.SECURITY_GROUP + "x"}},
            "InvalidResourceReference",
        ),
        (
            at.SUBNET,
            {"addressPrefix": "10.9.1.0/24", "routeTable": {"id": at.SECURITY_GROUP}},
            "InvalidResourceReference",
        ),
        (
            at.SUBNET,
            {"addressPrefix": "10.9.1.0/24", "networkSecurityGroup": {"id": at.SECURITY_GROUP + "-west"}},
            "InvalidResourceReference",
        ),
        # security rules
        (f"{at.SECURITY_GROUP}/securityRules/a", rule(), "SecurityRuleConflict"),
        (f"{at.SECURITY_GROUP}/securityRules/a", rule(priority=99), "SecurityRuleInvalidPriority"),
        (f"{at.SECURITY_GROUP}/securityRules/a", rule(priority=4097), "SecurityRuleInvalidPriority"),
        (f"{at.SECURITY_GROUP}/securityRules/a", rule(access="allow"), "InvalidRequestFormat"),
        (f"{at.SECURITY_GROUP}/securityRules/a", rule(protocol="TCP"), "InvalidRequestFormat"),
        (
            f"{at.SECURITY_GROUP}/securityRules/a",
            rule(priority=101, sourceAddressPrefixes=["10.0.0.0/16"]),
            "InvalidRequestFormat",
        ),
        (
            f"{at.SECURITY_GROUP}/securityRules/a",
            rule(priority=101, destinationPortRange=None),
            "InvalidRequestFormat",
        ),
        (
            f"{at.SECURITY_GROUP}/securityRules/a",
            rule(priority=101, destinationPortRange="90-80"),
            "SecurityRuleInvalidPortRange",
        ),
        (
            f"{at.SECURITY_GROUP}/securityRules/a",
            rule(priority=101, sourceAddressPrefix="10.0.0.1/16"),
            "SecurityRuleInvalidAddressPrefix",
        ),
        (
            f"{at.SECURITY_GROUP}/securityRules/a",
            rule(priority=101, sourceAddressPrefix=None, sourceAddressPrefixes=["VirtualNetwork"]),
            "SecurityRuleParameterContainsUnsupportedValue",
        ),
        (f"{at.SECURITY_GROUP}x/securityRules/a", rule(), "ParentResourceNotFound"),
        # routes
        (f"{at.TABLE}/routes/a", {"addressPrefix": "10.0.0.0/8", "nextHopType": "None"}, "RouteConflict"),
        (f"{at.TABLE}/routes/a", {"addressPrefix": "10.0.0.0/9", "nextHopType": "x"}, "InvalidRequestFormat"),
        (
            f"{at.TABLE}/routes/a",
            {"addressPrefix": "10.0.0.0/9", "nextHopType": "VirtualAppliance"},
            "InvalidRequestFormat",
        ),
        (
            f"{at.TABLE}/routes/a",
            {"addressPrefix": "10.0.0.0/9", "nextHopType": "None", "nextHopIpAddress": "10.0.0.1"},
            "InvalidRequestFormat",
        ),
        # roles
        (ids.role_id(at.SUBSCRIPTION, "kong"), role(), "InvalidRoleDefinitionId"),
        (ids.role_id(NOWHERE, OTHER_GUID), role(), "SubscriptionNotFound"),
        (OTHER_ROLE, role(), "RoleDefinitionWithSameNameExists"),
        (OTHER_ROLE, role(roleName="kong PEERING"), "RoleDefinitionWithSameNameExists"),
        (OTHER_ROLE, role(roleName="Network Contributor"), "RoleDefinitionWithSameNameExists"),
        (OTHER_ROLE, role(roleName="x", assignableScopes=[at.NETWORK]), "BadRequestFormat"),
        (OTHER_ROLE, role(roleName="x", assignableScopes=[]), "BadRequestFormat"),
        (
            OTHER_ROLE,
            role(roleName="x", assignableScopes=[ids.subscription_id(NOWHERE)]),
            "SubscriptionNotFound",
        ),
        # assignments
        (f"{at.NETWORK}/providers/{ids.ASSIGNMENTS}/kong", assignment(), "InvalidRoleAssignmentId"),
        (f"{at.NETWORK}x/providers/{ids.ASSIGNMENTS}/{OTHER_GUID}", assignment(), "ResourceNotFound"),
        (f"{at.NETWORK}/providers/{ids.ASSIGNMENTS}/{OTHER_GUID}", assignment(), "RoleAssignmentExists"),
        (at.ASSIGNMENT, assignment(principalId=OTHER_GUID), "RoleAssignmentUpdateNotPermitted"),
        (at.ASSIGNMENT, assignment(principalId="kong"), "InvalidPrincipalId"),
        (
            at.ASSIGNMENT,
            assignment(principalId=OTHER_GUID, principalType=None),
            "PrincipalNotFound",
        ),
        (at.ASSIGNMENT, assignment(principalType="Robot"), "BadRequestFormat"),
        (at.ASSIGNMENT, assignment(roleDefinitionId=at.ROLE_GUID), "BadRequestFormat"),
        (at.ASSIGNMENT, assignment(roleDefinitionId=at.NETWORK), "BadRequestFormat"),
        (
            at.ASSIGNMENT,
            assignment(roleDefinitionId=ids.role_id(at.SUBSCRIPTION, "kong")),
            "InvalidRoleDefinitionId",
        ),
        (at.ASSIGNMENT, assignment(roleDefinitionId=OTHER_ROLE), "RoleDefinitionDoesNotExist"),
    ],
)
def test_what_azure_refuses_is_refused_with_its_code(
    azure: Landscape, id_: str, body: dict[str, Any], code: str
) -> None:
    azure.grant()
    azure.put(at.SECURITY_GROUP, EAST)
    azure.put(at.SECURITY_GROUP + "-west", {"location": "westus"})
    azure.put(f"{at.SECURITY_GROUP}/securityRules/first", rule())
    azure.put(at.TABLE, EAST)
    azure.put(f"{at.TABLE}/routes/first", {"addressPrefix": "10.0.0.0/8", "nextHopType": "None"})
    before = {key: dict(record) for key, record in azure.store.resources.items()}
    with pytest.raises(ArmError) as refused:
        azure.put(id_, body)
    assert refused.value.code == code
    assert f'Code="{code}" Message="' in str(refused.value)
    assert azure.store.resources == before


def test_a_role_can_be_assigned_only_where_it_says_so(azure: Landscape) -> None:
    """In another subscription it isn't even seen."""
    azure.store.subscribe(NOWHERE, at.TENANT)
    elsewhere = ids.group_id(NOWHERE, "network")
    azure.put(elsewhere, EAST)
    azure.put(at.ROLE, role())
    there = f"{elsewhere}/providers/{ids.ASSIGNMENTS}/{OTHER_GUID}"
    with pytest.raises(ArmError, match="RoleDefinitionDoesNotExist"):
        azure.put(there, assignment(roleDefinitionId=ids.role_id(NOWHERE, at.ROLE_GUID)))
    with pytest.raises(ArmError, match="RoleDefinitionDoesNotExist"):
        azure.put(there, assignment())
    azure.put(at.ROLE, role(assignableScopes=[at.SCOPE, ids.subscription_id(NOWHERE)]))
    made = azure.put(there, assignment(roleDefinitionId=ids.role_id(NOWHERE, at.ROLE_GUID)))
    assert made["roleDefinitionId"] == ids.role_id(NOWHERE, at.ROLE_GUID)


def test_what_is_put_on_a_subnet_is_of_its_subscription(azure: Landscape) -> None:
    azure.store.subscribe(NOWHERE, at.TENANT)
    group = f"{ids.group_id(NOWHERE, 'network')}/providers/{ids.SECURITY_GROUPS}/apis"
    azure.put(ids.group_id(NOWHERE, "network"), EAST)
    azure.put(group, EAST)
    with pytest.raises(ArmError, match="InvalidResourceReference"):
        azure.put(at.SUBNET, {"addressPrefix": "10.9.1.0/24", "networkSecurityGroup": {"id": group}})


def test_a_roles_name_is_free_again_in_another_tenant(azure: Landscape) -> None:
    azure.store.subscribe(NOWHERE, OTHER_GUID)
    azure.put(at.ROLE, role())
    azure.put(ids.role_id(NOWHERE, OTHER_GUID), role(assignableScopes=[ids.subscription_id(NOWHERE)]))


def test_a_role_that_is_assigned_is_not_deleted(azure: Landscape) -> None:
    azure.grant()
    with pytest.raises(ArmError, match=r'Status=400 Code="RoleDefinitionHasAssignments"'):
        azure.delete(at.ROLE)
    azure.delete(at.ASSIGNMENT)
    azure.delete(at.ROLE)
    assert azure.find(at.ROLE) is None


def test_a_principal_is_looked_for_unless_its_type_is_given(azure: Landscape) -> None:
    azure.put(at.ROLE, role())
    with pytest.raises(ArmError, match=r"PrincipalNotFound.*replication delay"):
        azure.put(at.ASSIGNMENT, assignment(principalType=None))
    azure.store.add_principal(at.TENANT, at.PRINCIPAL, type="ServicePrincipal")
    with pytest.raises(ArmError, match="UnmatchedPrincipalType"):
        azure.put(at.ASSIGNMENT, assignment(principalType="User"))
    made = azure.put(at.ASSIGNMENT, assignment(principalType=None))
    assert made["principalType"] == "ServicePrincipal"


@pytest.mark.parametrize(
    ("id_", "used", "code"),
    [
        (at.SECURITY_GROUP, "networkSecurityGroup", "InUseNetworkSecurityGroupCannotBeDeleted"),
        (at.TABLE, "routeTable", "InUseRouteTableCannotBeDeleted"),
    ],
)
def test_what_a_subnet_uses_is_not_deleted(azure: Landscape, id_: str, used: str, code: str) -> None:
    azure.put(id_, EAST)
    azure.put(at.SUBNET, {"addressPrefix": "10.9.1.0/24", used: {"id": id_}})
    assert azure.get(id_)["subnets"] == [{"id": at.SUBNET}]
    with pytest.raises(ArmError, match=code):
        azure.delete(id_)
    azure.put(at.SUBNET, {"addressPrefix": "10.9.1.0/24"})
    azure.delete(id_)
    assert azure.find(id_) is None


def test_a_resource_group_takes_all_that_is_in_it_along(azure: Landscape) -> None:
    azure.grant()
    azure.put(at.SECURITY_GROUP, EAST)
    azure.put(at.SUBNET, {"addressPrefix": "10.9.1.0/24", "networkSecurityGroup": {"id": at.SECURITY_GROUP}})
    azure.delete(at.GROUP)
    assert [record["id"] for record in azure.store.resources.values()] == [at.ROLE]


def test_a_resource_group_that_others_use_stays(azure: Landscape) -> None:
    shared = ids.group_id(at.SUBSCRIPTION, "shared")
    group = f"{shared}/providers/{ids.SECURITY_GROUPS}/apis"
    azure.put(shared, EAST)
    azure.put(group, EAST)
    azure.put(at.SUBNET, {"addressPrefix": "10.9.1.0/24", "networkSecurityGroup": {"id": group}})
    with pytest.raises(ArmError, match="ResourceGroupDeletionBlocked"):
        azure.delete(shared)
    assert azure.find(group) is not None


def test_children_that_are_not_given_with_their_parent_stay(azure: Landscape) -> None:
    azure.put(at.NETWORK, space("10.9.0.0/16", "10.10.0.0/16"))
    assert [subnet["name"] for subnet in azure.get(at.NETWORK)["subnets"]] == ["apis"]
    azure.put(
        at.NETWORK, space("10.9.0.0/16") | {"subnets": [{"name": "new", "addressPrefix": "10.9.1.0/25"}]}
    )
    assert [subnet["name"] for subnet in azure.get(at.NETWORK)["subnets"]] == ["new"]


def test_ids_are_the_same_in_any_case(azure: Landscape) -> None:
    found = azure.get(at.SUBNET.upper())
    assert found["id"] == at.SUBNET
    azure.delete(at.SUBNET.lower())
    assert azure.find(at.SUBNET) is None


def test_priorities_are_of_one_direction(azure: Landscape) -> None:
    azure.put(at.SECURITY_GROUP, EAST | {"securityRules": [rule(name="in")]})
    azure.put(f"{at.SECURITY_GROUP}/securityRules/out", rule(direction="Outbound"))
    shown = azure.get(at.SECURITY_GROUP)
    assert [one["name"] for one in shown["securityRules"]] == ["in", "out"]
    assert [one["priority"] for one in shown["defaultSecurityRules"]] == [65000, 65001, 65500] * 2
