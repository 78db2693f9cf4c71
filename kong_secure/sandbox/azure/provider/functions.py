"""The functions of azure-native that look things up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from kong_secure.sandbox.azure.provider import types
from kong_secure.sandbox.azure.provider.instances import Instance
from kong_secure.sandbox.azure.provider.kinds import Kind, Properties
from kong_secure.sandbox.azure.resource_manager import ResourceManager

Function: TypeAlias = Callable[[ResourceManager, Instance, Properties], Properties]


def _of(kind: Kind) -> tuple[frozenset[str], Function]:
    """The function that finds a resource of a type. Raises ArmError."""

    def get(manager: ResourceManager, instance: Instance, given: Properties) -> Properties:
        found = manager.get(kind.id_of(given, instance.subscription))
        return {**found, "azureApiVersion": types.api_version(kind.token)}

    return frozenset(kind.in_path), get


def _client_config(_manager: ResourceManager, instance: Instance, _given: Properties) -> dict[str, Any]:
    return {
        "clientId": instance.client,
        "objectId": instance.object_id,
        "subscriptionId": instance.subscription,
        "tenantId": instance.tenant,
    }


FUNCTIONS: Final[Mapping[str, tuple[frozenset[str], Function]]] = {
    "azure-native:authorization:getClientConfig": (frozenset(), _client_config),
    **{"{}:get{}".format(*kind.token.rsplit(":", 1)): _of(kind) for kind in types.KINDS.values()},
}
"""What each function takes, and what it does."""
