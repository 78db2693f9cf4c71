"""An Azure for a test, and what most of them begin with. What is expected of it lives in the tests."""

from __future__ import annotations

from typing import Any

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.kong_side import ACTIONS, service_principal_id
from kong_secure.sandbox.azure.resource_manager import ResourceManager
from kong_secure.sandbox.azure.store import DEFAULT_SUBSCRIPTION, DEFAULT_TENANT, Store
from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.konnect.cloud_gateways.azure_side import VnetPeeringRequest
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import KongNetwork

SUBSCRIPTION = DEFAULT_SUBSCRIPTION
TENANT = DEFAULT_TENANT
GROUP = ids.group_id(SUBSCRIPTION, "network")
SCOPE = ids.subscription_id(SUBSCRIPTION)
IN_GROUP = f"{GROUP}/providers/Microsoft.Network"
NETWORK = f"{IN_GROUP}/virtualNetworks/orders"
SUBNET = f"{NETWORK}/subnets/apis"
SECURITY_GROUP = f"{IN_GROUP}/networkSecurityGroups/apis"
TABLE = f"{IN_GROUP}/routeTables/apis"
ROLE_GUID = "0c000000-0000-4000-8000-000000000001"
ROLE = ids.role_id(SUBSCRIPTION, ROLE_GUID)
ASSIGNMENT_GUID = "0d000000-0000-4000-8000-000000000001"
ASSIGNMENT = f"{NETWORK}/providers/Microsoft.Authorization/roleAssignments/{ASSIGNMENT_GUID}"
PRINCIPAL = service_principal_id(TENANT)
KONGS = KongNetwork("5a5a5a5a-0000-4000-8000-000000000001", "111111111111", "eastus", (), "10.0.0.0/16")
REQUEST = VnetPeeringRequest("att-1", TENANT, SUBSCRIPTION, "network", "orders")


def rule(**given: Any) -> dict[str, Any]:
    """A security rule's body: it allows everything from everywhere, unless said otherwise."""
    return {
        "access": "Allow",
        "direction": "Inbound",
        "priority": 100,
        "protocol": "*",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    } | given


def role(**given: Any) -> dict[str, Any]:
    """A role's body: what Kong needs, in the subscription."""
    return {
        "roleName": "Kong peering",
        "permissions": [{"actions": list(ACTIONS)}],
        "assignableScopes": [SCOPE],
    } | given


def assignment(**given: Any) -> dict[str, Any]:
    """A role assignment's body: the role to Kong's service principal."""
    return {
        "roleDefinitionId": ROLE,
        "principalId": PRINCIPAL,
        "principalType": "ServicePrincipal",
    } | given


class Landscape(ResourceManager):
    """A resource group with a network of one subnet, in a clock's time."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.freeze()
        super().__init__(Store(self.clock))
        self.put(GROUP, {"location": "eastus"})
        self.put(NETWORK, {"location": "eastus", "addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}})
        self.put(SUBNET, {"addressPrefix": "10.9.1.0/24"})

    def grant(self) -> None:
        """The role and its assignment to Kong's service principal."""
        self.put(ROLE, role())
        self.put(ASSIGNMENT, assignment())
