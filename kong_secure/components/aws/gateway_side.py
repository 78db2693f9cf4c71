"""The resources of your side up to Kong's attachment: gateway, RAM share, attachments of your VPCs. Routes, and
what Kong may reach, come after it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from kong_secure.components.aws.acceptance import existing, taken_in
from kong_secure.components.aws.arguments import SHARED, PathArguments, UpstreamVpc
from kong_secure.components.aws.lookups import AwsLookups
from kong_secure.components.private_path import Making
from kong_secure.resources.program import is_later, untied
from kong_secure.resources.waiting_process import WaitingProcess
from kong_secure.rules.aws_ids import TRANSIT_GATEWAY, id_findings, region_of_arn


@dataclass(frozen=True)
class AwsMaking(Making):
    """What every child of a path over a transit gateway is made with. aws: the package pulumi_aws.

    waits: the process of what waits. It stands for everything that is deleted last, too. An acceptance, whose
    deletion means no more than that it is forgotten, must not be forgotten before its attachment is gone: AWS accepts
    none twice, and an `up` after an interrupted destroy would have to. Engines delete in rounds, what depends on most
    first; so no acceptance is recorded to depend on its attachment, and every attachment that is accepted depends on
    the process, which depends on whatever an acceptance does.
    """

    aws: Any
    path: PathArguments
    waits: WaitingProcess

    def of_gateway(self, **more: Any) -> pulumi.ResourceOptions:
        """The options of a child in the gateway's account."""
        return self.options(self.path.gateway_provider, **more)

    def of_vpc(self, name: str | None, **more: Any) -> pulumi.ResourceOptions:
        """The options of a child in the account of a VPC: its own provider, or the component's."""
        vpc = self.path.vpc(name)
        return self.options(None if vpc is None else vpc.provider, **more)

    def tags(self, name: str) -> dict[str, Any]:
        """The tags of a child: those given, under a Name of its own unless one is given."""
        return {"Name": name, **self.path.tags}


@dataclass(frozen=True)
class Gateway:
    """The transit gateway of a path, made or given. associates, propagates: whether it has default tables, into which
    it puts what it takes in.
    """

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    associates: pulumi.Input[bool]
    propagates: pulumi.Input[bool]


@dataclass(frozen=True)
class Share:
    """The RAM share of a path. edges: what must be there before Kong can use it, which its ARN doesn't say."""

    arn: pulumi.Output[str]
    edges: list[pulumi.Resource]


@dataclass(frozen=True)
class VpcAttached:
    """The attachment of a VPC. edges: what must be there before routes lead into it; none for one that existed."""

    id: pulumi.Output[str]
    edges: list[pulumi.Resource]


_OPTIONS = frozenset({"gateway.accepts_by_itself", "gateway.associates", "gateway.propagates"})


def gateway_ends(path: PathArguments, lookups: AwsLookups) -> dict[str, pulumi.Output[Any]]:
    """What is learned of the gateway before anything is made. Its region alone where it is to be made."""
    if path.transit_gateway_id is None:
        region: pulumi.Output[Any] = lookups.learned(lookups.region())
        return {"gateway.region": region}

    async def asked(gateway_id: Any) -> Mapping[str, Any]:
        # Nothing is asked with what is no id: that is told by the gate, with everything else.
        return {} if any(id_findings("", TRANSIT_GATEWAY, gateway_id)) else await lookups.gateway(gateway_id)

    found: pulumi.Output[Any] = pulumi.Output.from_input(path.transit_gateway_id).apply(
        lambda each: lookups.learned(asked(each))
    )
    return {
        "gateway.arn": found.apply(lambda each: each.get("arn")),
        "gateway.owner": found.apply(lambda each: each.get("ownerId")),
        "gateway.region": found.apply(lambda each: region_of_arn(each.get("arn", ""))),
        "gateway.accepts_by_itself": found.apply(_enabled("autoAcceptSharedAttachments")),
        "gateway.associates": found.apply(_enabled("defaultRouteTableAssociation")),
        "gateway.propagates": found.apply(_enabled("defaultRouteTablePropagation")),
        "gateway.account": lookups.learned(lookups.account()),
    }


def settled_ends(
    path: PathArguments, ends: Mapping[str, pulumi.Output[Any]]
) -> dict[str, pulumi.Output[Any]]:
    """Those of the ends that a path is checked against: what may not be as it will be is left out. A preview looks at
    a gateway of its own program as it was before its changes.
    """
    changes = is_later(path.transit_gateway_id) and pulumi.runtime.is_dry_run()
    unsettled = _OPTIONS if changes else {"gateway.propagates"}
    return {key: value for key, value in ends.items() if key not in {"gateway.arn", *unsettled}}


def _enabled(option: str) -> Callable[[Mapping[str, Any]], bool | None]:
    return lambda each: each[option] == "enable" if each else None


def make_gateway(making: AwsMaking, ends: Mapping[str, pulumi.Output[Any]]) -> Gateway:
    """A gateway that accepts nothing by itself, or the one given."""
    given, shared = making.path.transit_gateway_id, making.path.isolation == SHARED
    if given is not None:
        return Gateway(
            making.gate(given),
            *(making.gate(ends[f"gateway.{key}"]) for key in ("arn", "associates", "propagates")),
        )
    by_default = "enable" if shared else "disable"
    name = making.child("gateway")
    made = making.aws.ec2transitgateway.TransitGateway(
        name,
        description=making.gate(f"Private path {making.name} from Kong"),
        auto_accept_shared_attachments="disable",
        default_route_table_association=by_default,
        default_route_table_propagation=by_default,
        tags=making.tags(name),
        opts=making.of_gateway(),
    )
    return Gateway(made.id, made.arn, shared, shared)


def make_share(making: AwsMaking, gateway: Gateway, account: pulumi.Input[str]) -> Share:
    """A share of its own for this network of Kong's, or the one given."""
    if making.path.ram_share_arn is not None:
        return Share(making.gate(making.path.ram_share_arn), [])
    name = making.child("share")
    ram = making.aws.ram
    share = ram.ResourceShare(
        name,
        name=making.gate(name),
        allow_external_principals=True,
        tags=making.tags(name),
        opts=making.of_gateway(),
    )
    held = ram.ResourceAssociation(
        making.child("share-gateway"),
        resource_arn=gateway.arn,
        resource_share_arn=share.arn,
        opts=making.of_gateway(),
    )
    allowed = ram.PrincipalAssociation(
        making.child("share-kong"),
        principal=account,
        resource_share_arn=share.arn,
        opts=making.of_gateway(),
    )
    return Share(share.arn, [held, allowed])


def attach_vpcs(making: AwsMaking, gateway: Gateway, lookups: AwsLookups) -> dict[str, VpcAttached]:
    """The attachment of each VPC by its name, made or given."""
    return {vpc.name: _attached(making, gateway, vpc, lookups) for vpc in making.path.vpcs}


def _attached(making: AwsMaking, gateway: Gateway, vpc: UpstreamVpc, lookups: AwsLookups) -> VpcAttached:
    label = f"vpcs[{vpc.name!r}].attachment_id"
    if vpc.attachment_id is not None:
        return VpcAttached(existing(lookups, label, making.gate(vpc.attachment_id), gateway.id), [])
    name = making.child(f"vpc-{vpc.name}")
    kinds = making.aws.ec2transitgateway
    # Which tables an attachment is in is the gateway's owner's to say.
    own = _default_tables(making, gateway) if vpc.account_id is None else {}
    waits_for_acceptance = vpc.account_id is not None and making.path.accepts
    made = kinds.VpcAttachment(
        name,
        transit_gateway_id=gateway.id,
        vpc_id=vpc.vpc_id,
        subnet_ids=[subnet.id for subnet in vpc.subnets],
        tags=making.tags(name),
        **own,
        opts=making.of_vpc(vpc.name, depends_on=[making.waits] if waits_for_acceptance else None),
    )
    if not waits_for_acceptance:
        # Whether it is in a default table is settled with the attachment, but for another account's.
        whose, own_account = f"{vpc.name}'s attachment", vpc.account_id is None
        id_ = made.id if own_account else taken_in(lookups, whose, made.id, gateway.associates)
        return VpcAttached(id_, [made])
    accepted = kinds.VpcAttachmentAccepter(
        name,
        transit_gateway_attachment_id=untied(made.id),
        tags=_untied(making.tags(name)),
        **_untied(_default_tables(making, gateway)),
        # The attachment is the other account's to delete.
        opts=making.of_gateway(retain_on_delete=True),
    )
    return VpcAttached(_both(accepted, made.id), [made, accepted])


def accept(making: AwsMaking, gateway: Gateway, attachment_id: pulumi.Output[str]) -> pulumi.Output[str]:
    """Kong's attachment accepted, and its id, which exists no earlier."""
    name = making.child("accepted")
    accepted = making.aws.ec2transitgateway.VpcAttachmentAccepter(
        name,
        transit_gateway_attachment_id=untied(attachment_id),
        tags=_untied(making.tags(name)),
        **_untied(_default_tables(making, gateway, own_table=making.path.kong_route_table_id is not None)),
        # Konnect takes down its own attachment; deleting it here would put Konnect's half in error.
        opts=making.of_gateway(retain_on_delete=True),
    )
    return _both(accepted, attachment_id)


def _both(accepted: Any, attachment_id: pulumi.Output[str]) -> pulumi.Output[str]:
    """The attachment's id as its acceptance says it; what takes it depends on both."""
    return pulumi.Output.all(accepted.id, attachment_id).apply(lambda pair: pair[0])


def _untied(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: untied(value) if isinstance(value, pulumi.Output) else value for key, value in inputs.items()
    }


def _default_tables(making: AwsMaking, gateway: Gateway, *, own_table: bool = False) -> dict[str, Any]:
    """Whether an attachment is to be in the gateway's default tables; never in those that the gateway hasn't got, which
    would show as a change for ever.
    """
    shared = making.path.isolation == SHARED
    return {
        "transit_gateway_default_route_table_association": shared and not own_table and gateway.associates,
        "transit_gateway_default_route_table_propagation": shared and gateway.propagates,
    }
