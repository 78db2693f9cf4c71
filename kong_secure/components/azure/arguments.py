"""The arguments of `AzureVnetPeering`, parsed once into frozen dataclasses: names are plain, values are Inputs.
What is wrong with the values is decided in `preflight`; here it is the shape alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from kong_secure.components.reading import Reader, comes_later, shown
from kong_secure.resources.konnect_network import KonnectNetwork
from kong_secure.rules.azure_access import KONG_CLIENT_ID
from kong_secure.rules.findings import Finding

ALLOW_PRIORITY, DENY_PRIORITY = 100, 101
DEFAULT_TIMEOUT_SECONDS = 3600
"""Kong's documentation gives a peering 30 to 40 minutes."""

_LOWEST, _HIGHEST = 100, 4096


@dataclass(frozen=True)
class SecurityGroup:
    """A network security group that gets rules, by the name that its rules have as resources."""

    name: str
    id: pulumi.Input[str]


@dataclass(frozen=True)
class PeeringArguments:
    """The arguments of a path, every collection with plain names. None is what wasn't given."""

    network: pulumi.Input[str] | KonnectNetwork
    name: pulumi.Input[str]
    tenant_id: pulumi.Input[str]
    subscription_id: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    vnet_name: pulumi.Input[str]
    service_principal_object_id: pulumi.Input[str] | None
    client_id: pulumi.Input[str] = KONG_CLIENT_ID
    role_definition_id: pulumi.Input[str] | None = None
    security_groups: tuple[SecurityGroup, ...] = ()
    ports: tuple[int, ...] = ()
    allow_priority: int = ALLOW_PRIORITY
    deny_priority: int = DENY_PRIORITY
    timeout_seconds: pulumi.Input[float] = DEFAULT_TIMEOUT_SECONDS
    azure_provider: pulumi.ProviderResource | None = None


_TAKEN_AS_THEY_ARE = (
    "network",
    "name",
    "tenant_id",
    "subscription_id",
    "resource_group_name",
    "vnet_name",
    "service_principal_object_id",
    "client_id",
    "role_definition_id",
    "timeout_seconds",
)


def parsed(given: Mapping[str, Any]) -> tuple[PeeringArguments, list[Finding]]:
    """The arguments, and what is wrong with their shape; what can't be read is left out."""
    reader = _Reader()
    named = reader.named("network_security_groups", given["network_security_groups"], '{"orders": group.id}')
    arguments = PeeringArguments(
        security_groups=tuple(SecurityGroup(name, each) for name, each in named),
        ports=reader.ports(given["ports"]),
        allow_priority=reader.priority("allow_priority", given["allow_priority"], ALLOW_PRIORITY),
        deny_priority=reader.priority("deny_priority", given["deny_priority"], DENY_PRIORITY),
        azure_provider=reader.provider("azure_provider", given["azure_provider"], "azure-native"),
        **{key: given[key] for key in _TAKEN_AS_THEY_ARE},
    )
    reader.together(arguments, groups_said=given["network_security_groups"] is not None)
    return arguments, reader.findings


class _Reader(Reader):
    """Reads the arguments that are Azure's."""

    def priority(self, key: str, value: Any, default: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not _LOWEST <= value <= _HIGHEST:
            later = " is an Output and" if comes_later(value) else ""
            self.refuse(
                key + shown(value), f"{later} is no plain priority".strip(), f"give {_LOWEST} to {_HIGHEST}"
            )
            return default
        return value

    def together(self, path: PeeringArguments, *, groups_said: bool) -> None:
        """What is wrong with arguments beside one another."""
        if not groups_said:
            self.refuse(
                "network_security_groups",
                "are missing, and Azure's default rules let a peered network reach every port",
                'give those of the subnets behind, as {"orders": group.id}, or {} where that is meant',
            )
        if path.security_groups and not path.ports and not self.wrong_ports:
            self.refuse("ports", "are missing", "give the ports that Kong may reach, as [443]")
        if path.ports and groups_said and not path.security_groups:
            self.refuse("network_security_groups", "are empty, and ports are given", "give both or neither")
        if path.deny_priority <= path.allow_priority:
            self.refuse(
                f"deny_priority {path.deny_priority}",
                f"is no higher number than allow_priority {path.allow_priority}, so that nothing would be let in",
                "give a higher one",
            )
