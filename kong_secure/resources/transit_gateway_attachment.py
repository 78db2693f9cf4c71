"""Konnect's half of a path over an AWS transit gateway as a Pulumi resource: its arguments, and what this kind of
attachment has for itself.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from kong_secure.konnect import Attachment
from kong_secure.konnect.cloud_gateways import AWS_TRANSIT_GATEWAY
from kong_secure.resources.attachment_provider import (
    DEFAULT_TIMEOUT_SECONDS,
    AttachmentProvider,
    dns_of,
    registration,
)
from kong_secure.resources.program import watched_as_one
from kong_secure.rules.attachments import attachment_findings, same_dns
from kong_secure.rules.cidr_blocks import same_blocks
from kong_secure.rules.findings import Finding


class TransitGatewayAttachmentProvider(AttachmentProvider):
    """Creates, reads, updates and deletes attachments. Its module path and name are in users' states."""

    resource = "TransitGatewayAttachment"
    kind = AWS_TRANSIT_GATEWAY
    config_inputs = ("transit_gateway_id", "ram_share_arn")
    usable = "accepted and ready"
    inputs = (
        "network_id",
        "name",
        "transit_gateway_id",
        "ram_share_arn",
        "cidr_blocks",
        "dns_config",
        "timeout_seconds",
        "owner",
    )
    replaced_by = ("network_id", "name", "transit_gateway_id", "ram_share_arn", "dns_config", "kind")
    remarks = ("kind",)

    def findings(self, given: Mapping[str, object], later: Collection[str] = ()) -> Iterator[Finding]:
        """What is wrong with the inputs."""
        return attachment_findings(given, later)

    def in_old_form(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
        """Blocks and DNS mappings too: their order doesn't count."""
        kept = super().in_old_form(old, new)
        if old.get("cidr_blocks") and same_blocks(old["cidr_blocks"], new.get("cidr_blocks", ())):
            kept["cidr_blocks"] = old["cidr_blocks"]
        if old.get("dns_config") and same_dns(dns_of(old), dns_of(new)):
            kept["dns_config"] = old["dns_config"]
        return kept

    def blocks(self, inputs: Mapping[str, Any]) -> tuple[str, ...]:
        """Where Kong's network sends into the gateway."""
        return tuple(inputs["cidr_blocks"])

    def observed_blocks(self, found: Attachment, written: Mapping[str, Any]) -> dict[str, Any]:
        """The blocks, in the order they were written in where they are the same."""
        blocks = list(written["cidr_blocks"])
        return {"cidr_blocks": blocks if same_blocks(blocks, found.cidr_blocks) else list(found.cidr_blocks)}


class TransitGatewayAttachment(Resource, module="kong-secure", name="TransitGatewayAttachment"):
    """Konnect's half of a private path: a network of Kong's asks to be attached to your AWS transit gateway.

        attachment = TransitGatewayAttachment(
            "orders", network_id=network.id, name="orders", transit_gateway_id=gateway.id,
            ram_share_arn=share.arn, cidr_blocks=["10.8.0.0/16"],
            opts=ResourceOptions(depends_on=[resource_association, principal_association]),
        )

    It is created as soon as Konnect has taken the request on. Accepting it in AWS, and waiting until it is
    ready, are resources of their own (`AttachmentPending`, `AttachmentReady`): a program that waited here
    would wait for what it does itself later. Before it, the RAM share must hold the gateway and be for Kong's
    account, which `depends_on` both associations says and the ARN alone doesn't.

    At Konnect the attachment is called by its name and eight hex digits of its owner (organization, project,
    stack, resource), so that a run that was killed finds what it made, and no other stack takes it over. A
    rename needs `opts=ResourceOptions(aliases=[...])`.

    Only cidr_blocks change in place. Any other change replaces the attachment, the old one going first: the
    path is down until the new one is accepted and ready, and a warning says so. One that Konnect reports in
    error, or that somebody deleted, is replaced by `pulumi up --refresh`.

    network_id: Konnect's id of the network, as `KonnectNetwork(...).id`.
    name: up to 111 characters.
    transit_gateway_id: tgw-..., not its ARN.
    ram_share_arn: of the share that holds the gateway; one share for each network.
    cidr_blocks: where Kong's network sends into the gateway: your side's IPv4 blocks, none wider than /8.
    dns_config: domains that your own DNS servers resolve, as
        [{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]
    timeout_seconds: seconds that a change or a deletion waits for Konnect at most.

    Outputs: id (Konnect's), every input, konnect_name, state and state_reason as of the last create, change or
    refresh.

    Raises InvalidArguments, a `pulumi.RunError`, naming every problem; for Outputs, when their values are
    known.

    Source: cloud-gateways: /cloud-gateways/networks/{networkId}/transit-gateways.
    """

    network_id: pulumi.Output[str]
    name: pulumi.Output[str]
    transit_gateway_id: pulumi.Output[str]
    ram_share_arn: pulumi.Output[str]
    cidr_blocks: pulumi.Output[Sequence[str]]
    dns_config: pulumi.Output[Sequence[Mapping[str, Sequence[str]]] | None]
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
        transit_gateway_id: pulumi.Input[str],
        ram_share_arn: pulumi.Input[str],
        cidr_blocks: pulumi.Input[Sequence[pulumi.Input[str]]],
        dns_config: pulumi.Input[Sequence[Mapping[str, Any]]] | None = None,
        timeout_seconds: pulumi.Input[float] = DEFAULT_TIMEOUT_SECONDS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given = {
            "network_id": network_id,
            "name": name,
            "transit_gateway_id": transit_gateway_id,
            "ram_share_arn": ram_share_arn,
            "cidr_blocks": cidr_blocks,
            "dns_config": dns_config,
            "timeout_seconds": timeout_seconds,
        }
        inputs, merged = registration(
            "TransitGatewayAttachment", resource_name, given, attachment_findings, opts
        )
        super().__init__(TransitGatewayAttachmentProvider(), resource_name, inputs, merged)
        watched_as_one(self)
