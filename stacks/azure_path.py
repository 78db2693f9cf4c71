"""The path over an Azure VNet peering: to a virtual network that exists, or to one that is made here."""

from typing import Any

import pulumi
from pulumi_azure_native import network, resources
from settings import AzureSettings

from kong_secure import AzureVnetPeering


def azure_path(settings: AzureSettings) -> AzureVnetPeering:
    """Both halves of the path, to the virtual network of the settings."""
    vnet = _existing(settings) if settings.vnet_name else _made(settings)
    path = AzureVnetPeering(
        "path",
        network=settings.network,
        tenant_id=settings.tenant_id,
        subscription_id=settings.subscription_id,
        service_principal_object_id=settings.service_principal_object_id,
        ports=[settings.port],
        **vnet,
    )
    # Where an administrator of the tenant approves Kong's application, once.
    pulumi.export("admin_consent_url", path.admin_consent_url)
    return path


def _existing(settings: AzureSettings) -> dict[str, Any]:
    group = settings.network_security_group_id
    return {
        "resource_group_name": settings.resource_group_name,
        "vnet_name": settings.vnet_name,
        "network_security_groups": {"orders": group} if group else {},
    }


def _made(settings: AzureSettings) -> dict[str, Any]:
    place = resources.ResourceGroup("orders", location=settings.location)
    group = network.NetworkSecurityGroup("orders", resource_group_name=place.name, location=place.location)
    vnet = network.VirtualNetwork(
        "orders",
        resource_group_name=place.name,
        location=place.location,
        address_space={"address_prefixes": [settings.cidr_block]},
    )
    network.Subnet(
        "orders",
        resource_group_name=place.name,
        virtual_network_name=vnet.name,
        address_prefix=settings.cidr_block,
        network_security_group={"id": group.id},
    )
    return {
        "resource_group_name": place.name,
        "vnet_name": vnet.name,
        "network_security_groups": {"orders": group.id},
    }
