"""The resource types that are here, as azure-native 3 documents them.

https://www.pulumi.com/registry/packages/azure-native/api-docs/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kong_secure.sandbox.azure.provider.kinds import Input, Kind

_TEXTS: Final = Input("array")
_GROUP: Final = Input(required=True)
_IN_GROUP: Final = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_NETWORK: Final = f"{_IN_GROUP}/providers/Microsoft.Network"
_REFERENCE: Final = Input("object", shape=frozenset({"id"}))
_MADE: Final = ("azureApiVersion", "etag", "name", "provisioningState", "type")
_TRACKED: Final = (*_MADE, "location", "resourceGuid", "tags")

_SUBNET: Final[Mapping[str, Input]] = {
    "addressPrefix": Input(),
    "addressPrefixes": _TEXTS,
    "defaultOutboundAccess": Input("boolean"),
    "networkSecurityGroup": _REFERENCE,
    "privateEndpointNetworkPolicies": Input(),
    "privateLinkServiceNetworkPolicies": Input(),
    "routeTable": _REFERENCE,
}
_RULE: Final[Mapping[str, Input]] = {
    "access": Input(required=True),
    "description": Input(),
    "destinationAddressPrefix": Input(),
    "destinationAddressPrefixes": _TEXTS,
    "destinationPortRange": Input(),
    "destinationPortRanges": _TEXTS,
    "direction": Input(required=True),
    "priority": Input("integer", required=True),
    "protocol": Input(required=True),
    "sourceAddressPrefix": Input(),
    "sourceAddressPrefixes": _TEXTS,
    "sourcePortRange": Input(),
    "sourcePortRanges": _TEXTS,
}
_ROUTE: Final[Mapping[str, Input]] = {
    "addressPrefix": Input(),
    "nextHopIpAddress": Input(),
    "nextHopType": Input(required=True),
}


def _inline(inputs: Mapping[str, Input]) -> Input:
    """The same resources given inside their parent."""
    return Input("array", shape=frozenset({*inputs, "name"}))


GROUP: Final = Kind(
    "azure-native:resources:ResourceGroup",
    _IN_GROUP,
    "resourceGroupName",
    "random",
    {
        "location": Input(required=True, replaces=True),
        "managedBy": Input(),
        "resourceGroupName": Input(),
        "tags": Input("object"),
    },
    ("azureApiVersion", "location", "managedBy", "name", "properties", "tags", "type"),
)

NETWORK: Final = Kind(
    "azure-native:network:VirtualNetwork",
    f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}",
    "virtualNetworkName",
    "random",
    {
        "addressSpace": Input("object", shape=frozenset({"addressPrefixes"})),
        "dhcpOptions": Input("object", shape=frozenset({"dnsServers"})),
        "enableDdosProtection": Input("boolean"),
        "enableVmProtection": Input("boolean"),
        "location": Input(replaces=True),
        "resourceGroupName": _GROUP,
        "subnets": _inline(_SUBNET),
        "tags": Input("object"),
        "virtualNetworkName": Input(),
    },
    (
        *_TRACKED,
        "addressSpace",
        "dhcpOptions",
        "enableDdosProtection",
        "enableVmProtection",
        "privateEndpointVNetPolicies",
        "subnets",
        "virtualNetworkPeerings",
    ),
    ("subnets", "virtualNetworkPeerings"),
    located=True,
)

SUBNET: Final = Kind(
    "azure-native:network:Subnet",
    f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}/subnets/{{subnetName}}",
    "subnetName",
    "copy",
    {
        **_SUBNET,
        "resourceGroupName": _GROUP,
        "subnetName": Input(),
        "virtualNetworkName": Input(required=True),
    },
    (*_MADE, *_SUBNET, "delegations"),
)

SECURITY_GROUP: Final = Kind(
    "azure-native:network:NetworkSecurityGroup",
    f"{_NETWORK}/networkSecurityGroups/{{networkSecurityGroupName}}",
    "networkSecurityGroupName",
    "random",
    {
        "flushConnection": Input("boolean"),
        "location": Input(),
        "networkSecurityGroupName": Input(),
        "resourceGroupName": _GROUP,
        "securityRules": _inline(_RULE),
        "tags": Input("object"),
    },
    (*_TRACKED, "defaultSecurityRules", "flushConnection", "securityRules", "subnets"),
    ("securityRules",),
    located=True,
)

SECURITY_RULE: Final = Kind(
    "azure-native:network:SecurityRule",
    f"{_NETWORK}/networkSecurityGroups/{{networkSecurityGroupName}}/securityRules/{{securityRuleName}}",
    "securityRuleName",
    "copy",
    {
        **_RULE,
        "networkSecurityGroupName": Input(required=True),
        "resourceGroupName": _GROUP,
        "securityRuleName": Input(),
    },
    (*_MADE, *_RULE),
)

ROUTE_TABLE: Final = Kind(
    "azure-native:network:RouteTable",
    f"{_NETWORK}/routeTables/{{routeTableName}}",
    "routeTableName",
    "random",
    {
        "disableBgpRoutePropagation": Input("boolean"),
        "location": Input(),
        "resourceGroupName": _GROUP,
        "routeTableName": Input(),
        "routes": _inline(_ROUTE),
        "tags": Input("object"),
    },
    (*_TRACKED, "disableBgpRoutePropagation", "routes", "subnets"),
    ("routes",),
    located=True,
)

ROUTE: Final = Kind(
    "azure-native:network:Route",
    f"{_NETWORK}/routeTables/{{routeTableName}}/routes/{{routeName}}",
    "routeName",
    "copy",
    {**_ROUTE, "resourceGroupName": _GROUP, "routeName": Input(), "routeTableName": Input(required=True)},
    (*_MADE, *_ROUTE, "hasBgpOverride"),
)

ROLE: Final = Kind(
    "azure-native:authorization:RoleDefinition",
    "/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
    "roleDefinitionId",
    "guid",
    {
        "assignableScopes": _TEXTS,
        "description": Input(),
        "permissions": Input(
            "array", shape=frozenset({"actions", "dataActions", "notActions", "notDataActions"})
        ),
        "roleDefinitionId": Input(),
        "roleName": Input(),
        "roleType": Input(),
        "scope": Input(required=True),
    },
    (
        "assignableScopes",
        "azureApiVersion",
        "createdOn",
        "description",
        "name",
        "permissions",
        "roleName",
        "roleType",
        "type",
        "updatedOn",
    ),
)

ASSIGNMENT: Final = Kind(
    "azure-native:authorization:RoleAssignment",
    "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    "roleAssignmentName",
    "guid",
    {
        "condition": Input(),
        "conditionVersion": Input(),
        "description": Input(),
        "principalId": Input(required=True, replaces=True),
        "principalType": Input(),
        "roleAssignmentName": Input(),
        "roleDefinitionId": Input(required=True),
        "scope": Input(required=True),
    },
    (
        "azureApiVersion",
        "condition",
        "conditionVersion",
        "createdOn",
        "description",
        "name",
        "principalId",
        "principalType",
        "roleDefinitionId",
        "scope",
        "type",
        "updatedOn",
    ),
)

KINDS: Final[Mapping[str, Kind]] = {
    kind.token: kind
    for kind in (
        GROUP,
        NETWORK,
        SUBNET,
        SECURITY_GROUP,
        SECURITY_RULE,
        ROUTE_TABLE,
        ROUTE,
        ROLE,
        ASSIGNMENT,
    )
}
"""The resource types that the sandbox's Azure has, by token."""

API_VERSIONS: Final[Mapping[str, str]] = {
    "authorization:RoleAssignment": "2022-04-01",
    "authorization:RoleDefinition": "2022-05-01-preview",
    "network": "2024-05-01",
    "resources": "2024-03-01",
}


def api_version(token: str) -> str:
    """The version of Azure's interface that azure-native uses for a type."""
    _, module, name = token.split(":")
    return API_VERSIONS.get(f"{module}:{name}") or API_VERSIONS[module]
