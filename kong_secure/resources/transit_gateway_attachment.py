"""Konnect's half of a path over an AWS transit gateway as a Pulumi resource: its arguments, and the adapter
between Pulumi and `attachment_crud`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi.dynamic import Resource

from kong_secure.errors import KongSecureError
from kong_secure.konnect import Attachment, DnsMapping
from kong_secure.konnect.cloud_gateways import AWS_TRANSIT_GATEWAY
from kong_secure.resources import attachment_crud
from kong_secure.resources.base import LOG, Properties, Provider
from kong_secure.resources.process import PROCESS
from kong_secure.resources.program import checked_inputs, owner_of, watched_as_one
from kong_secure.resources.values import known_only
from kong_secure.rules.attachments import LOST, WantedFields, attachment_findings, owned_name, same_dns
from kong_secure.rules.cidr_blocks import same_blocks
from kong_secure.rules.findings import Finding

DEFAULT_TIMEOUT_SECONDS = 1800

_COMPUTED = ("konnect_name", "state", "state_reason")
_REPLACED_WITH_REMARK = "kind"
_SERVERS, _DOMAINS = "remote_dns_server_ip_addresses", "domain_proxy_list"


class TransitGatewayAttachmentProvider(Provider):
    """Creates, reads, updates and deletes attachments. Its module path and name are in users' states."""

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

    def normalise(self, olds: Properties, news: Properties) -> tuple[Properties, Iterable[Finding]]:
        """The inputs with the time to wait filled in, the owner of the first time kept, and blocks and DNS
        mappings in their old order where they are the same.
        """
        inputs = {"timeout_seconds": DEFAULT_TIMEOUT_SECONDS, **news}
        known = known_only(inputs)
        findings = list(attachment_findings(known, inputs.keys() - known.keys()))
        if not findings:
            inputs |= _in_old_order(known_only(olds), known)
        if "owner" in olds:
            inputs["owner"] = olds["owner"]
        return inputs, findings

    def lost(self, outputs: Properties) -> list[str]:
        """From error, and from an interrupted or foreign deletion, no attachment recovers: it is replaced."""
        return ["state"] if outputs.get("state") in LOST else []

    def warn_of(self, replaced: list[str], inputs: Properties) -> None:
        """Every replacement takes the path down; those who change a DNS mapping may not expect it."""
        if replaced:
            LOG.warn(
                f"attachment {inputs.get('name')!r}: another {' and '.join(replaced)} replaces it, and the "
                "path is down from its deletion until the new one is accepted and ready"
            )

    def create_object(self, inputs: Properties) -> tuple[str, Properties]:
        """Asks Konnect for the attachment."""
        made = attachment_crud.create(PROCESS.konnect(), _wanted(inputs), LOG, PROCESS)
        return made.id, _outputs(made)

    def read_object(self, object_id: str, outputs: Properties) -> tuple[Properties, Properties] | None:
        """Looks at the attachment, and shows every field as it is there."""
        found = attachment_crud.read(PROCESS.konnect(), _placed(object_id, outputs), LOG)
        if found is None:
            return None
        kept = {key: outputs[key] for key in ("network_id", "timeout_seconds", "owner")}
        return {**kept, **_observed(found, outputs)}, _outputs(found)

    def update_object(self, object_id: str, olds: Properties, inputs: Properties) -> Properties:
        """Sends the blocks; what else can be changed in place is no matter of Konnect's."""
        placed = _placed(object_id, {**olds, "timeout_seconds": inputs["timeout_seconds"]})
        blocks = tuple(inputs["cidr_blocks"])
        return _outputs(attachment_crud.update(PROCESS.konnect(), placed, blocks, LOG))

    def delete_object(self, object_id: str, outputs: Properties) -> None:
        """Deletes the attachment and waits until it is gone."""
        attachment_crud.delete(PROCESS.konnect(), _placed(object_id, outputs), LOG)


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
    timeout_seconds: how long a change or a deletion waits for Konnect; 1800 unless given.

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
        label = f"TransitGatewayAttachment {resource_name!r}"
        inputs = checked_inputs(label, given, "name", attachment_findings)
        inputs["owner"] = owner_of(resource_name, opts)
        properties = cast("pulumi.Inputs", inputs | dict.fromkeys(_COMPUTED))
        # Delete first even where Pulumi decides on a replacement: the new one wants the old one's blocks.
        merged = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))
        super().__init__(TransitGatewayAttachmentProvider(), resource_name, properties, merged)
        watched_as_one(self)


def _fields(properties: Mapping[str, Any]) -> WantedFields:
    config = {
        "kind": AWS_TRANSIT_GATEWAY,
        "transit_gateway_id": str(properties["transit_gateway_id"]),
        "ram_share_arn": str(properties["ram_share_arn"]),
    }
    return WantedFields(config, tuple(properties["cidr_blocks"]), _dns(properties))


def _dns(properties: Mapping[str, Any]) -> tuple[DnsMapping, ...]:
    return tuple(
        DnsMapping(tuple(mapping[_SERVERS]), tuple(mapping[_DOMAINS]))
        for mapping in properties.get("dns_config") or ()
    )


def _wanted(inputs: Mapping[str, Any]) -> attachment_crud.Wanted:
    return attachment_crud.Wanted(
        network_id=str(inputs["network_id"]),
        name=str(inputs["name"]),
        owner=str(inputs["owner"]),
        fields=_fields(inputs),
        dns=_dns(inputs),
        seconds=float(inputs["timeout_seconds"]),
    )


def _placed(object_id: str, outputs: Mapping[str, Any]) -> attachment_crud.Placed:
    if "network_id" not in outputs:
        raise KongSecureError(
            "a TransitGatewayAttachment can't be read by its id alone: leave out `id` and `import_`, declare "
            "it, and run `pulumi up`"
        )
    seconds = float(outputs.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS))
    return attachment_crud.Placed(str(outputs["network_id"]), object_id, seconds)


def _in_old_order(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    kept = {}
    if same_blocks(old.get("cidr_blocks", ()), new.get("cidr_blocks", ())):
        kept["cidr_blocks"] = old.get("cidr_blocks")
    if old.get("dns_config") and same_dns(_dns(old), _dns(new)):
        kept["dns_config"] = old["dns_config"]
    return {key: value for key, value in kept.items() if value is not None}


def _observed(found: Attachment, written: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that would describe the attachment as it is; what is as written stays as written."""
    sent = owned_name(str(written["name"]), str(written["owner"]))
    blocks = list(written["cidr_blocks"])
    seen: dict[str, Any] = {
        "name": written["name"] if found.name == sent else found.name,
        "transit_gateway_id": found.config.get("transit_gateway_id", ""),
        "ram_share_arn": found.config.get("ram_share_arn", ""),
        "cidr_blocks": blocks if same_blocks(blocks, found.cidr_blocks) else list(found.cidr_blocks),
    }
    if same_dns(_dns(written), found.dns):
        seen |= {"dns_config": written["dns_config"]} if written.get("dns_config") else {}
    else:
        seen["dns_config"] = [
            {_SERVERS: list(each.servers), _DOMAINS: list(each.domains)} for each in found.dns
        ]
    kind = found.config.get("kind")
    return seen if kind == AWS_TRANSIT_GATEWAY else {**seen, "kind": kind}


def _outputs(found: Attachment) -> dict[str, Any]:
    reason = {"state_reason": found.reason} if found.reason else {}
    return {"konnect_name": found.name, "state": found.state, **reason}
