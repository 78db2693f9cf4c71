"""The stand-in for azure-native on an Azure of its own, and the drivers that talk to it."""

from typing import Any

from kong_secure.sandbox.azure.provider.server import AzureProvider
from kong_secure.sandbox.azure.resource_manager import ResourceManager
from kong_secure.sandbox.azure.store import Store
from kong_secure.sandbox.provider_stand_in.listening import ProviderServer
from tests.sandbox.provider_driver import ProviderDriver

GROUP = "azure-native:resources:ResourceGroup"
NETWORK = "azure-native:network:VirtualNetwork"
SUBNET = "azure-native:network:Subnet"
SECURITY_GROUP = "azure-native:network:NetworkSecurityGroup"
SECURITY_RULE = "azure-native:network:SecurityRule"
ROUTE_TABLE = "azure-native:network:RouteTable"
ROUTE = "azure-native:network:Route"
ROLE = "azure-native:authorization:RoleDefinition"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"

PRINCIPAL = "0b000000-0000-4000-8000-000000000001"
ROLE_GUID = "0c000000-0000-4000-8000-000000000001"
ASSIGNMENT_GUID = "0d000000-0000-4000-8000-000000000001"


class StandIn:
    """A server, and the drivers that talk to it."""

    def __init__(self) -> None:
        self.manager = ResourceManager(Store())
        self._server = ProviderServer(AzureProvider(self.manager))
        self._drivers: list[ProviderDriver] = []

    def driver(self, **config: Any) -> ProviderDriver:
        self._drivers.append(ProviderDriver("azure-native", self._server.port, config))
        return self._drivers[-1]

    def close(self) -> None:
        for driver in self._drivers:
            driver.close()
        self._server.close()
