"""A path over a VNet peering against Pulumi's mocks, with what Azure and Konnect would answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pulumi.runtime import mocks

from kong_secure import AzureVnetPeering
from tests.components.mocked_children import Children, Words
from tests.resources.mocked_program import Engine

NETWORK_ID = "36ae63d3-efd1-4bec-b246-62aa5d3f5695"
ATTACHMENT_ID = "0b3e7c52-1111-4bec-b246-62aa5d3f5695"
TENANT = "8e1b2a34-5c6d-4e7f-8091-a2b3c4d5e6f7"
SUBSCRIPTION = "11112222-3333-4444-5555-666677778888"
OTHER = "99998888-7777-6666-5555-444433332222"
PRINCIPAL = "5b9a1c3e-0d2f-4e6a-8b7c-9d0e1f2a3b4c"
ROLE = "0f9e8d7c-6b5a-4938-8271-605f4e3d2c1b"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/orders"
VNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/orders-vnet"
NSG = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/orders-nsg"
TABLE = f"{GROUP}/providers/Microsoft.Network/routeTables/spoke"
REGION = "eastus"
ACTIONS = [
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write",
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/delete",
    "Microsoft.Network/virtualNetworks/peer/action",
]
NETWORK: dict[str, Any] = {
    "network_id": NETWORK_ID,
    "name": "production",
    "cidr_block": "10.1.0.0/16",
    "region": REGION,
    "availability_zones": ["1"],
    "state": "ready",
    "provider": "azure",
    "provider_account_id": "konnect",
}
GIVEN: dict[str, Any] = {
    "network": "production",
    "tenant_id": TENANT,
    "subscription_id": SUBSCRIPTION,
    "resource_group_name": "orders",
    "vnet_name": "orders-vnet",
    "service_principal_object_id": PRINCIPAL,
    "network_security_groups": {"orders": NSG},
    "ports": [443],
}
TOKENS = {
    "network": "pulumi-python:dynamic/kong-secure:KonnectNetwork",
    "peering": "pulumi-python:dynamic/kong-secure:VnetPeering",
    "ready": "pulumi-python:dynamic/kong-secure:AttachmentReady",
    "waits": "pulumi:providers:pulumi-python",
    "role": "azure-native:authorization:RoleDefinition",
    "assignment": "azure-native:authorization:RoleAssignment",
    "rule": "azure-native:network:SecurityRule",
}
KINDS = {token: kind for kind, token in TOKENS.items()}
WORDS = Words(KINDS)


class TwoEnds(Engine):
    """Answers as Azure and Konnect do. network, vnet: what differs of them; routes: of the route table; absent: the
    functions that find nothing; role: what the role is that was given.
    """

    def __init__(
        self,
        *,
        network: Mapping[str, Any] | None = None,
        vnet: Mapping[str, Any] | None = None,
        **answers: Any,
    ) -> None:
        super().__init__()
        self.network = {**NETWORK, **(network or {})}
        self.vnet = {
            "location": REGION,
            "addressSpace": {"addressPrefixes": ["10.9.0.0/16"]},
            "subnets": [{"name": "a", "routeTable": {"id": TABLE}, "networkSecurityGroup": {"id": NSG}}],
            "virtualNetworkPeerings": [],
            **(vnet or {}),
        }
        self.answers = {
            "acting": {"tenantId": TENANT, "subscriptionId": SUBSCRIPTION},
            "routes": [],
            "role": {
                "assignableScopes": [f"/subscriptions/{SUBSCRIPTION}"],
                "permissions": [{"actions": ACTIONS}],
            },
            "absent": (),
            **answers,
        }
        self.asked: list[mocks.MockCallArgs] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        made: dict[str, Any] = dict(args.inputs)
        kind = KINDS.get(args.typ, "")
        if kind == "role":
            return (
                f"{made['scope']}/providers/Microsoft.Authorization/roleDefinitions/{made['roleDefinitionId']}",
                made,
            )
        ids = {
            "network": (NETWORK_ID, self.network),
            "peering": (ATTACHMENT_ID, {"konnect_name": "x", "state": "created"}),
            "ready": ("ready", {"states": ["ready"]}),
        }
        made_id, more = ids.get(kind, (f"{args.name}-id", {}))
        return made_id, {**made, **more}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        self.asked.append(args)
        function = args.token.rpartition(":")[2]
        if function in self.answers["absent"]:
            return {}, [("", 'Status=404 Code="ResourceNotFound" Message="The Resource was not found."')]
        if "refusal" in self.answers:
            return {}, [("", self.answers["refusal"])]
        answers: dict[str, Any] = {
            "getClientConfig": self.answers["acting"],
            "getVirtualNetwork": self.vnet,
            "getRouteTable": {"routes": self.answers["routes"]},
            "getRoleDefinition": self.answers["role"],
        }
        return answers[function], []


def children(
    engine: TwoEnds | None = None,
    *,
    preview: bool = False,
    then: Callable[[AzureVnetPeering], object] = lambda _path: None,
    **given: Any,
) -> Children:
    """What a path registers, by kind and name without the path's own."""
    engine = engine or TwoEnds()

    def program() -> None:
        made = {key: value() if callable(value) else value for key, value in given.items()}
        then(AzureVnetPeering("path", **{**GIVEN, **made}))

    return WORDS.children(program, engine, preview=preview)
