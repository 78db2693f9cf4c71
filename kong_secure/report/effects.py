"""What a changed resource does to security, in a reviewer's words: paths opened, closed and widened, headers
weakened, replaced and removed. Which types are judged stands here, and what is told of all of them alike; types that
don't stand here have no effect that this package knows of.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from kong_secure.report import access_effects, header_effects, path_effects
from kong_secure.report.changes import Changed
from kong_secure.report.levels import Effect, Flag, Level, granted, is_kept, moved
from kong_secure.report.words import holds_unknown, shown
from kong_secure.rules.exposure import unversioned
from kong_secure.rules.policies import ATTACHMENT, GATEWAY, HEADER, PEERING, TRANSIT_ROUTE

STACK_REFERENCE = "pulumi:pulumi:StackReference"

_PROVIDER = "pulumi:providers:"
_KONNECT = "pulumi-python:dynamic/kong-secure:"
_TRANSIT = "aws:ec2transitgateway/"
_NETWORK = "azure-native:network:"
_NAMED = 5
"""Resources that are named where a value is made of many."""

_SAID_OF_NOBODY = frozenset({"tags", "description", "owner", "timeout_seconds", "version", "after"})
"""Inputs that protect nothing, of whatever type."""

_ADDRESSES = re.compile(
    r"cidr_?(blocks?|ipv[46])|(source|destination)(addressprefix(es)?|(ipv6)?cidrblock)|scope|service|route|region"
    r"|control_plane|vnet_name|principal(id)?|overwrite|enabled|\w+_?(ids?|arns?|name)",
    re.IGNORECASE,
)
"""Inputs whose value may be shown: what else was readable in a preview can have been somebody's secret."""

Judge = Callable[[Changed], Iterator[Effect]]


def effects(changed: Changed) -> tuple[Effect, ...]:
    """What a change does to security, the gravest first; nothing for one that stays the same."""
    if changed.kind == "same":
        return ()
    judge = _judge(changed.type)
    found = [*_options(changed)]
    if judge is not None:
        found += [*judge(changed), *_not_known(changed)]
    return in_order(found)


def in_order(found: list[Effect]) -> tuple[Effect, ...]:
    """The gravest first, each once."""
    order = list(Level)
    return tuple(sorted(dict.fromkeys(found), key=lambda each: order.index(each.level)))


def is_judged(resource_type: str) -> bool:
    """Whether this report knows what a change of such a resource does to security."""
    return _judge(resource_type) is not None or resource_type.startswith(("pulumi:", "kong-secure:index:"))


def _judge(resource_type: str) -> Judge | None:
    if resource_type.startswith(_PROVIDER):
        return _provider
    return _JUDGES.get(unversioned(resource_type))


def _options(changed: Changed) -> Iterator[Effect]:
    """What the options of a resource do, and the code behind it, of whatever type."""
    if (
        changed.new is not None
        and changed.new.is_foreign
        and (changed.old is None or not changed.old.is_foreign)
    ):
        text = "is made by code that isn't this package's: whatever its inputs say, that code may do anything"
        yield Effect(Level.DANGER, text)
    if changed.old is None or changed.new is None:
        return
    if changed.old.protect and not changed.new.protect:
        yield Effect(Level.WEAKER, "is no longer protected from deletion (protect)")
    if changed.old.provider != changed.new.provider:
        was, now = (state.provider.rpartition("::")[2] for state in (changed.old, changed.new))
        text = f"is made by provider {now or 'none'}, no longer by {was or 'none'}: perhaps in another account or place"
        yield Effect(Level.UNKNOWN, text)
    lost = set(changed.old.secret_outputs) - set(changed.new.secret_outputs)
    if lost:
        yield Effect(Level.DANGER, f"no longer secret in the state: {', '.join(sorted(lost))}")


def _not_known(changed: Changed) -> Iterator[Effect]:
    """Inputs that a preview can't tell: they may be what they were, or anything else."""
    if not is_kept(changed):
        return
    for key in changed.keys:
        before, after = changed.before.get(key), changed.after.get(key)
        if key in _SAID_OF_NOBODY or not holds_unknown(after):
            continue
        if holds_unknown(before):
            was, now = (_made_of(state, key) for state in (changed.old, changed.new))
            text = f"{key} is known after up alone, and is made of other resources: {now} rather than {was}"
        else:
            was = f" was {shown(before)}, and" if _ADDRESSES.fullmatch(key) else " was known, and"
            text = f"{key}{was} is known after up alone"
        yield Effect(Level.UNKNOWN, text)


def _made_of(state: object, key: str) -> str:
    names = [urn.rpartition("::")[2] for urn in getattr(state, "sources", {}).get(key, ())]
    return ", ".join(names[:_NAMED]) + (" and more" if len(names) > _NAMED else "") or "none"


def _provider(changed: Changed) -> Iterator[Effect]:
    where = "pluginDownloadURL"
    if changed.after.get(where) and where in changed.keys:
        yield Effect(Level.DANGER, f"its plugin is taken from a place of the program's ({where})")
    keys = [key for key in changed.keys if key not in _SAID_OF_NOBODY]
    if is_kept(changed) and keys:
        text = f"what it makes is made otherwise, perhaps in another account or place: {', '.join(keys)}"
        yield Effect(Level.UNKNOWN, text)


def _stack_reference(changed: Changed) -> Iterator[Effect]:
    was, now = shown(changed.before.get("name")), shown(changed.after.get("name"))
    if changed.new is None:
        yield Effect(Level.CHANGED, f"no longer reads the outputs of stack {was}")
    elif changed.old is None:
        yield Effect(Level.UNKNOWN, f"reads the outputs of stack {now}, which aren't known here")
    elif "name" in changed.keys:
        yield Effect(Level.UNKNOWN, f"reads the outputs of stack {now}, no longer those of {was}")


def _judged(*flags: Flag, by: Judge | None = None, placed: tuple[str, ...] = ()) -> Judge:
    def judge(changed: Changed) -> Iterator[Effect]:
        if by is not None:
            yield from by(changed)
        for flag in flags:
            yield from flag.effects(changed)
        yield from moved(changed, *placed)

    return judge


def _granting(what: str, *keys: str) -> Judge:
    return partial(_granted, what, keys)


def _granted(what: str, keys: tuple[str, ...], changed: Changed) -> Iterator[Effect]:
    return granted(changed, what, *keys)


def _behind(*keys: str, flags: tuple[Flag, ...] = ()) -> Judge:
    def judge(changed: Changed) -> Iterator[Effect]:
        for key in keys:
            yield from access_effects.guarded(changed, key)
        for flag in flags:
            yield from flag.effects(changed)

    return judge


_TABLES = ("transitGatewayAttachmentId", "transitGatewayRouteTableId")
_PUBLIC_ADDRESS = "gives a public address"

_JUDGES: Mapping[str, Judge] = {
    HEADER: header_effects.header,
    f"{_KONNECT}SharedSecret": header_effects.secret,
    ATTACHMENT: path_effects.attachment,
    PEERING: path_effects.peering,
    f"{_KONNECT}KonnectNetwork": _judged(placed=("network",)),
    f"{_KONNECT}AttachmentReady": _judged(placed=("attachments",)),
    f"{_KONNECT}AttachmentPending": _judged(),
    STACK_REFERENCE: _stack_reference,
    GATEWAY: _judged(*path_effects.GATEWAY_FLAGS),
    TRANSIT_ROUTE: path_effects.route,
    f"{_TRANSIT}vpcAttachment:VpcAttachment": _judged(
        *path_effects.ATTACHED_FLAGS, placed=("transitGatewayId", "vpcId", "subnetIds")
    ),
    f"{_TRANSIT}vpcAttachmentAccepter:VpcAttachmentAccepter": _judged(
        *path_effects.ATTACHED_FLAGS, placed=("transitGatewayAttachmentId",)
    ),
    f"{_TRANSIT}routeTable:RouteTable": _judged(placed=("transitGatewayId",)),
    f"{_TRANSIT}routeTableAssociation:RouteTableAssociation": _granting(
        "lets an attachment go by the routes of a table", *_TABLES
    ),
    f"{_TRANSIT}routeTablePropagation:RouteTablePropagation": _granting(
        "lets a route table learn the blocks of an attachment", *_TABLES
    ),
    "aws:ram/resourceShare:ResourceShare": _judged(
        *path_effects.SHARE_FLAGS, placed=("permissionArns", "principals", "resourceArns")
    ),
    "aws:ram/resourceAssociation:ResourceAssociation": _granting("shares", "resourceArn", "resourceShareArn"),
    "aws:ram/principalAssociation:PrincipalAssociation": path_effects.principal,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _judged(
        by=access_effects.let_in, placed=("securityGroupId",)
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": _judged(
        by=access_effects.let_in, placed=("securityGroupId",)
    ),
    "aws:ec2/securityGroup:SecurityGroup": _judged(by=access_effects.let_in, placed=("vpcId",)),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _judged(by=access_effects.let_in, placed=("vpcId",)),
    "aws:ec2/vpc:Vpc": _judged(),
    "aws:ec2/route:Route": path_effects.route,
    "aws:ec2/internetGateway:InternetGateway": _granting(
        "gives the network a gateway to the internet", "vpcId"
    ),
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": _granting(
        "gives the network a gateway to the internet", "vpcId"
    ),
    "aws:ec2/eip:Eip": _granting(_PUBLIC_ADDRESS, "instance", "networkInterface"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": _granting(
        "connects the network with another", "peerVpcId", "peerOwnerId"
    ),
    "aws:ec2/subnet:Subnet": _judged(
        Flag(
            "mapPublicIpOnLaunch",
            False,
            False,
            "what runs there gets a public address",
            "no public addresses there",
        ),
        placed=("vpcId",),
    ),
    "aws:ec2/instance:Instance": _behind(
        "vpcSecurityGroupIds",
        "securityGroups",
        flags=(
            Flag("associatePublicIpAddress", False, False, _PUBLIC_ADDRESS, "no public address any more"),
        ),
    ),
    "aws:lb/loadBalancer:LoadBalancer": _behind(
        "securityGroups",
        flags=(Flag("internal", True, False, "can be called from the internet", "is internal"),),
    ),
    "azure-native:resources:ResourceGroup": _judged(),
    f"{_NETWORK}SecurityRule": access_effects.azure_rule,
    f"{_NETWORK}NetworkSecurityGroup": access_effects.azure_group,
    f"{_NETWORK}Subnet": access_effects.subnet,
    f"{_NETWORK}NetworkInterface": _behind("networkSecurityGroup"),
    f"{_NETWORK}PublicIPAddress": _granting(_PUBLIC_ADDRESS),
    f"{_NETWORK}Route": path_effects.route,
    f"{_NETWORK}VirtualNetworkPeering": _granting(
        "connects the network with another", "remoteVirtualNetwork"
    ),
    "azure-native:authorization:RoleDefinition": access_effects.role,
    "azure-native:authorization:RoleAssignment": access_effects.assignment,
}
