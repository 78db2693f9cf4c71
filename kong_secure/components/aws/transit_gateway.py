"""A whole path over an AWS transit gateway as one component: its arguments as users see them, and how its parts
are put together. The parts themselves are in the modules beside it.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pulumi

from kong_secure.components.aws.acceptance import taken_in, verified_attachment
from kong_secure.components.aws.arguments import STRICT, PathArguments, parsed
from kong_secure.components.aws.gateway_side import (
    AwsMaking,
    Gateway,
    Share,
    accept,
    attach_vpcs,
    gateway_ends,
    make_gateway,
    make_share,
    settled_ends,
)
from kong_secure.components.aws.lookups import AwsLookups, pulumi_aws
from kong_secure.components.aws.preflight import findings_of, values_of
from kong_secure.components.aws.routes import make_routes, open_ports
from kong_secure.components.gate import Gate, refuse_plain
from kong_secure.components.private_path import PrivatePath, kongs_end
from kong_secure.resources.attachment_pending import AttachmentPending
from kong_secure.resources.attachment_provider import DEFAULT_TIMEOUT_SECONDS
from kong_secure.resources.attachment_ready import AttachmentReady
from kong_secure.resources.konnect_network import KonnectNetwork
from kong_secure.resources.transit_gateway_attachment import TransitGatewayAttachment
from kong_secure.resources.waiting_process import WaitingProcess
from kong_secure.rules.cidr_blocks import public_blocks

RESOURCE_TYPE = "kong-secure:index:AwsTransitGateway"

Ids = Mapping[str, pulumi.Input[str]]


class AwsTransitGateway(PrivatePath):
    """A private path from one Konnect network to your VPCs over an AWS transit gateway, both halves of it.

        path = AwsTransitGateway(
            "path", network="production", ports=[443],
            vpcs={"orders": {"vpc_id": vpc.id, "subnet_ids": [subnet.id], "cidr_blocks": "10.8.0.0/16"}},
            route_table_ids={"orders": table.id}, security_group_ids={"orders": group.id},
        )
        SecuredService("orders", service="orders", connectivity=path, ...)

    What exists is declared, never discovered. Names of mappings are plain and name the children; their values
    may be Outputs. Everything wrong in plain values is reported together, at once; values known later are
    checked before anything is made.

    A name in a mapping is its resource's identity: renamed on a live path, the new one meets the old one's attachment,
    route or rule in AWS, which refuses a second one (Duplicate…, …AlreadyExists). Let Pulumi know it for the same by a
    transform, and the path stays up; or take it out with one `up`, and give it its new name with the next:

        def kept(args):  # "people" was "orders"
            alias = pulumi.Alias(name=args.name.replace("people", "orders"))
            opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(aliases=[alias]))
            return pulumi.ResourceTransformResult(args.props, opts)

        AwsTransitGateway(..., opts=pulumi.ResourceOptions(transforms=[kept]))

    network: name or id of Konnect's network, or a `KonnectNetwork`. One component for each network.
    vpcs: what Kong reaches, by name. Each has `cidr_blocks` (one block, a list of plain ones, or names with
        blocks, where the VPC's own name stands for the only one), and either `vpc_id` with `subnet_ids` (one
        subnet for each zone; subnets themselves are taken too, and then two in one zone are noticed) or the
        `attachment_id` of one that exists. `provider` and `account_id`: where the VPC is another account's,
        to which the gateway is shared already.
    name: of the attachment at Konnect; the resource's name unless given. Where you give the component another name,
        give its former one here.
    cidr_blocks: where Kong's network sends into the gateway; every block of `vpcs` unless given.
    transit_gateway_id: of a gateway that exists; a new one unless given.
    accept_attachment: False for a gateway that accepts attachments by itself. Kong's attachment is then in its
        default table until its association is replaced. AWS accepts none twice: changed to True on a live path, it
        needs a new attachment, by `pulumi up --replace` of the one called NAME-attachment.
    ram_share_arn: a share that holds the gateway and is for Kong's account already; a new one unless given.
        One share for each network; a second use is noticed within one program alone.
    isolation: "strict", the default: Kong's attachment has a table of its own with the declared blocks alone,
        and the VPCs' table holds Kong's range alone. "shared": the gateway's default tables are used, and Kong
        reaches whatever is in them of `cidr_blocks`; a gateway of yours must have them. A gateway that was made here is
        replaced where a path becomes shared, and the path is down meanwhile.
    kong_route_table_id: the gateway's table for Kong's attachment, as another path's `kong_route_table_id`.
    upstream_route_table_ids: by name, the gateway's tables that get a route to Kong's range: those of
        attachments that exist.
    route_table_ids: by name, VPC route tables that get a route to Kong's range. With several VPCs a name is
        the VPC's, or `vpc/anything`. Leave out what is routed already.
    security_group_ids: by name, as above: they let Kong's range in on `ports` (TCP).
    ports: TCP ports that Kong may reach, plain numbers from 1 to 65535; needed with `security_group_ids`.
    dns_config: names that your DNS servers resolve for Kong, as `TransitGatewayAttachment` takes it; the
        servers are those of a Route 53 Resolver inbound endpoint. A change takes the path down for a while.
    dns_security_group_ids: by name, as above: they let Kong's range in on port 53.
    gateway_provider: for the account that owns the gateway; the component's own unless given.
    timeout_seconds: seconds that each wait lasts at most.
    tags: for everything at AWS that takes tags.

    Outputs: transit_gateway_id, kong_route_table_id and upstream_route_table_id (None where there is none of
    its own), vpc_attachment_ids (by name), network_cidr_block, attachment_id (Konnect's), state.

    What may only follow the path takes a value of `once_ready`. AWS charges each attachment by the hour.

    Raises InvalidArguments and PathRefused, both a `pulumi.RunError`.
    """

    transit_gateway_id: pulumi.Output[str]
    kong_route_table_id: pulumi.Output[str | None]
    upstream_route_table_id: pulumi.Output[str | None]
    vpc_attachment_ids: pulumi.Output[Mapping[str, str]]
    network_cidr_block: pulumi.Output[str]
    attachment_id: pulumi.Output[str]
    state: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        network: pulumi.Input[str] | KonnectNetwork,
        vpcs: Mapping[str, Mapping[str, Any]],
        name: pulumi.Input[str] | None = None,
        cidr_blocks: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        transit_gateway_id: pulumi.Input[str] | None = None,
        accept_attachment: bool = True,
        ram_share_arn: pulumi.Input[str] | None = None,
        isolation: str = STRICT,
        kong_route_table_id: pulumi.Input[str] | None = None,
        upstream_route_table_ids: Ids | None = None,
        route_table_ids: Ids | None = None,
        security_group_ids: Ids | None = None,
        ports: Sequence[int] | None = None,
        dns_config: pulumi.Input[Sequence[Mapping[str, Any]]] | None = None,
        dns_security_group_ids: Ids | None = None,
        gateway_provider: pulumi.ProviderResource | None = None,
        timeout_seconds: pulumi.Input[float] = DEFAULT_TIMEOUT_SECONDS,
        tags: Ids | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given = {key: value for key, value in locals().items() if key not in {"self", "opts", "__class__"}}
        label = f"AwsTransitGateway {resource_name!r}"
        path, shape = parsed({**given, "name": resource_name if name is None else name})
        refuse_plain(label, values_of(path), partial(findings_of, path), shape)
        aws = pulumi_aws()
        super().__init__(RESOURCE_TYPE, resource_name, None, opts)
        self._make(label, path, aws)
        self._warn_of_public_blocks(label, path)
        self.register_outputs({key: getattr(self, key) for key in _OUTPUTS})

    def _make(self, label: str, path: PathArguments, aws: Any) -> None:
        name = self._name
        network = self._network(path.network)
        lookups = AwsLookups(self, path.gateway_provider)
        ends = gateway_ends(path, lookups)
        learned = {**kongs_end(network), **settled_ends(path, ends)}
        gate = Gate(label, values_of(path), partial(findings_of, path), learned)
        opts = pulumi.ResourceOptions(parent=self, depends_on=path.gateway_provider)
        making = AwsMaking(name, self, gate, aws, path, WaitingProcess(f"{name}-waits", opts=opts))
        gateway = make_gateway(making, ends)
        account = making.gate(network.provider_account_id)
        share = make_share(making, gateway, account)
        attached = attach_vpcs(making, gateway, lookups)
        attachment, pending = self._kongs_half(making, network, gateway, share)
        verified = verified_attachment(lookups, pending.aws_attachment_id, gateway.id, account)
        accepted = (
            accept(making, gateway, verified)
            if path.accepts
            else taken_in(lookups, "Kong's attachment", verified, gateway.associates)
        )
        block = making.gate(network.cidr_block)
        routes = make_routes(making, gateway, attached, accepted, block)
        opened = open_ports(making, block)
        self._ready = AttachmentReady(
            making.child("ready"),
            attachments=[attachment],
            after=[accepted],
            timeout_seconds=path.timeout_seconds,
            opts=making.options(making.waits, depends_on=[*routes.made, *opened]),
        )
        self.transit_gateway_id = gateway.id
        self.kong_route_table_id = pulumi.Output.from_input(routes.kong_table)
        self.upstream_route_table_id = pulumi.Output.from_input(routes.upstream_table)
        self.vpc_attachment_ids = pulumi.Output.all(**{key: each.id for key, each in attached.items()})
        self.network_cidr_block = network.cidr_block
        self.attachment_id = attachment.id
        self.state = self._ready.states.apply(lambda states: states[0])

    def _warn_of_public_blocks(self, label: str, path: PathArguments) -> None:
        told: set[str] = set()

        def warn(given: Any) -> None:
            found = set(public_blocks([given] if isinstance(given, str) else given or ())) - told
            told.update(found)
            for block in sorted(found):
                text = "is in no private range: Kong's network reaches its addresses over this path alone, and nobody's"
                pulumi.log.warn(f"{label}: {block} {text} on the internet", self)

        for given in (*path.blocks, path.cidr_blocks):
            pulumi.Output.from_input(given).apply(warn)

    def _kongs_half(
        self, making: AwsMaking, network: KonnectNetwork, gateway: Gateway, share: Share
    ) -> tuple[TransitGatewayAttachment, AttachmentPending]:
        path, network_id = making.path, network.network_id
        attachment = TransitGatewayAttachment(
            making.child("attachment"),
            network_id=network_id,
            name=path.name,
            transit_gateway_id=gateway.id,
            ram_share_arn=share.arn,
            cidr_blocks=path.sent_blocks,
            dns_config=path.dns_config,
            timeout_seconds=path.timeout_seconds,
            opts=making.options(depends_on=[*share.edges, making.waits]),
        )
        pending = AttachmentPending(
            making.child("pending"),
            network_id=network_id,
            attachment_id=attachment.id,
            timeout_seconds=path.timeout_seconds,
            opts=making.options(making.waits),
        )
        return attachment, pending


_OUTPUTS = tuple(AwsTransitGateway.__annotations__)
