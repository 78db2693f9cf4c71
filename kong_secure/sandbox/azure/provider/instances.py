"""What a provider resource of package azure-native is configured with: the subscription it acts in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kong_secure.sandbox.azure.identifiers import derived_guid, is_guid
from kong_secure.sandbox.azure.store import DEFAULT_SUBSCRIPTION, DEFAULT_TENANT
from kong_secure.sandbox.provider_stand_in.servicer import ConfigurationError


@dataclass(frozen=True)
class Instance:
    """One provider resource. client: the application that the deployer signs in with."""

    tenant: str
    subscription: str
    client: str
    location: str = ""

    @property
    def object_id(self) -> str:
        """The deployer's own object in its tenant's directory."""
        return derived_guid("sandbox", "deployer", self.tenant, self.client)


def instance(config: Mapping[str, Any], tenants: Mapping[str, str]) -> Instance:
    """The instance that a configuration describes. tenants: those of the subscriptions that are there.

    A subscription that nobody has used yet is the tenant's that the configuration names, else the default one's.
    Raises ConfigurationError.
    """
    subscription = _guid(config, "subscriptionId") or DEFAULT_SUBSCRIPTION
    owner = tenants.get(subscription)
    tenant = _guid(config, "tenantId") or owner or DEFAULT_TENANT
    if owner not in (None, tenant):
        raise ConfigurationError(f"subscription {subscription} is in tenant {owner}, not in tenant {tenant}")
    client = _guid(config, "clientId") or derived_guid("sandbox", "client")
    return Instance(tenant, subscription, client, str(config.get("location") or ""))


def _guid(config: Mapping[str, Any], name: str) -> str:
    value = str(config.get(name) or "").lower()
    if value and not is_guid(value):
        raise ConfigurationError(f"azure-native:{name} must be a GUID, got {value!r}")
    return value
