"""What a path asks of Azure while the program runs, through the provider that acts for the network's subscription;
what follows from the answers is decided elsewhere.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from kong_secure.components.lookups import Lookups, cloud_package
from kong_secure.rules.azure_ids import ROUTE_TABLES, parse_id
from kong_secure.rules.azure_path import Acting, Peered, Route, Subnet, VnetsEnd


def pulumi_azure_native(*, with_network: bool) -> Any:
    """The package of Azure's resources. Raises PathRefused where it is missing.

    with_network: its module of networks too, which takes long to load.
    """
    classes = {"authorization": "RoleAssignment", **({"network": "SecurityRule"} if with_network else {})}
    return cloud_package("AzureVnetPeering", "pulumi-azure-native", "azure", classes)


class AzureLookups(Lookups):
    """Azure's answers, for one component."""

    cloud, package = "Azure", "pulumi-azure-native"
    absence = ("Status=404", "ResourceNotFound", "ResourceGroupNotFound", "RoleDefinitionDoesNotExist")

    async def acting(self) -> Acting:
        """For whom the provider acts."""
        found = await self.ask("azure-native:authorization:getClientConfig")
        return Acting(str(found["tenantId"]), str(found["subscriptionId"]))

    async def vnet(self, resource_group_name: str, vnet_name: str) -> VnetsEnd:
        """A virtual network with its subnets' routes."""
        found = await self.unless_absent(
            "azure-native:network:getVirtualNetwork",
            resourceGroupName=resource_group_name,
            virtualNetworkName=vnet_name,
        )
        if found is None:
            return VnetsEnd(there=False)
        tables = dict.fromkeys(
            str(table["id"])
            for subnet in found.get("subnets") or ()
            if (table := subnet.get("routeTable")) and table.get("id")
        )
        routes = await asyncio.gather(*map(self._routes, tables))
        return VnetsEnd(
            region=found.get("location"),
            address_space=_prefixes(found.get("addressSpace")),
            routes=tuple(route for each in routes for route in each),
            peerings=tuple(map(_peered, found.get("virtualNetworkPeerings") or ())),
            subnets=tuple(map(_subnet, found.get("subnets") or ())),
        )

    async def role(self, subscription_id: str, guid: str) -> Mapping[str, Any] | None:
        """A role as the subscription sees it, with permissions and assignableScopes; None where it sees none."""
        return await self.unless_absent(
            "azure-native:authorization:getRoleDefinition",
            roleDefinitionId=guid,
            scope=f"/subscriptions/{subscription_id}",
        )

    async def _routes(self, table_id: str) -> list[Route]:
        table = parse_id(table_id, ROUTE_TABLES)
        if table is None:
            return []
        found = await self.unless_absent(
            "azure-native:network:getRouteTable",
            resourceGroupName=table.resource_group_name,
            routeTableName=table.name,
        )
        return [
            Route(table.name, str(each.get("name")), str(each.get("addressPrefix")), str(each["nextHopType"]))
            for each in (found or {}).get("routes") or ()
        ]


def _peered(peering: Mapping[str, Any]) -> Peered:
    remote = peering.get("remoteVirtualNetworkAddressSpace") or peering.get("remoteAddressSpace")
    return Peered(
        str(peering.get("name")),
        _prefixes(remote),
        peering.get("peeringState"),
        peering.get("peeringSyncLevel"),
    )


def _subnet(subnet: Mapping[str, Any]) -> Subnet:
    return Subnet(str(subnet.get("name")), (subnet.get("networkSecurityGroup") or {}).get("id"))


def _prefixes(space: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple(map(str, (space or {}).get("addressPrefixes") or ()))
