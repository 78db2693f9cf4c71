"""Konnect's half of a path over an Azure VNet peering as a Pulumi resource: its arguments, and what this kind of
attachment has for itself.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from kong_secure.konnect.cloud_gateways import AZURE_VNET_PEERING
from kong_secure.resources.attachment_provider import (
    DEFAULT_TIMEOUT_SECONDS,
    AttachmentProvider,
    registration,
)
from kong_secure.resources.program import watched_as_one
from kong_secure.rules.attachments import peering_findings
from kong_secure.rules.findings import Finding

_CONFIG = ("tenant_id", "subscription_id", "resource_group_name", "vnet_name")


class VnetPeeringProvider(AttachmentProvider):
    """Creates, reads and deletes peerings. Its module path and name are in users' states."""

    resource = "VnetPeering"
    kind = AZURE_VNET_PEERING
    config_inputs = _CONFIG
    grants_spread = True
    inputs = ("network_id", "name", *_CONFIG, "timeout_seconds", "owner")
    replaced_by = ("network_id", "name", *_CONFIG, "kind", "dns_config")
    remarks = ("kind", "dns_config")

    def findings(self, given: Mapping[str, object], later: Collection[str] = ()) -> Iterator[Finding]:
        """What is wrong with the inputs."""
        return peering_findings(given, later)


class VnetPeering(Resource, module="kong-secure", name="VnetPeering"):
    """Konnect's half of a private path: Kong's application writes a peering between a network of Kong's and your
    Azure VNet, on both sides.

        peering = VnetPeering(
            "orders", network_id=network.id, name="orders", tenant_id=tenant, subscription_id=subscription,
            resource_group_name="orders", vnet_name="orders", opts=ResourceOptions(depends_on=[assignment]),
        )

    It is created as soon as Konnect has taken the request on; `AttachmentReady` waits until the peering is
    there. Before it, an administrator of the tenant must have approved Kong's application (consent), and the role
    with Kong's five actions must be assigned to its service principal on the VNet. Grants take minutes to take
    effect in Azure, so a request that Konnect refuses for want of permission is repeated.

    At Konnect the attachment is called by its name and eight hex digits of its owner (organization, project,
    stack, resource), so that a run that was killed finds what it made, and no other stack takes it over. A
    rename needs `opts=ResourceOptions(aliases=[...])`.

    Every change but one of timeout_seconds replaces the attachment, the old one going first: the path is down
    until the new one is ready, and a warning says so. One that Konnect reports in error, or that somebody
    deleted, is replaced by `pulumi up --refresh`.

    network_id: Konnect's id of the network, as `KonnectNetwork(...).id`.
    name: up to 111 characters.
    tenant_id, subscription_id: GUIDs of your side.
    resource_group_name, vnet_name: names, not ids; upper and lower case count the same, as in Azure.
    timeout_seconds: seconds for which a create goes on asking, and a deletion waits for Konnect, at most.

    Outputs: id (Konnect's), every input, konnect_name, state and state_reason as of the last create or refresh.

    Raises InvalidArguments, a `pulumi.RunError`, naming every problem; for Outputs, when their values are
    known.

    Source: cloud-gateways: /cloud-gateways/networks/{networkId}/transit-gateways, CreateAzureTransitGateway.
    """

    network_id: pulumi.Output[str]
    name: pulumi.Output[str]
    tenant_id: pulumi.Output[str]
    subscription_id: pulumi.Output[str]
    resource_group_name: pulumi.Output[str]
    vnet_name: pulumi.Output[str]
    timeout_seconds: pulumi.Output[float]
    konnect_name: pulumi.Output[str]
    state: pulumi.Output[str]
    state_reason: pulumi.Output[str | None]

    def __init__(
        self,
        resource_name: str,
        *,
        network_id: pulumi.Input[str],
        name: pulumi.Input[str],
        tenant_id: pulumi.Input[str],
        subscription_id: pulumi.Input[str],
        resource_group_name: pulumi.Input[str],
        vnet_name: pulumi.Input[str],
        timeout_seconds: pulumi.Input[float] = DEFAULT_TIMEOUT_SECONDS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given: Mapping[str, Any] = {
            "network_id": network_id,
            "name": name,
            "tenant_id": tenant_id,
            "subscription_id": subscription_id,
            "resource_group_name": resource_group_name,
            "vnet_name": vnet_name,
            "timeout_seconds": timeout_seconds,
        }
        inputs, merged = registration("VnetPeering", resource_name, given, peering_findings, opts)
        super().__init__(VnetPeeringProvider(), resource_name, inputs, merged)
        watched_as_one(self)
