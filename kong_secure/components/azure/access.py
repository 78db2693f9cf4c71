"""What a path makes in your Azure before Kong's half: the role and its assignment, and the rules of your security
groups. Kong's half comes after all of them.
"""

from dataclasses import dataclass
from typing import Any

import pulumi

from kong_secure.components.azure.arguments import PeeringArguments, SecurityGroup
from kong_secure.components.private_path import Making
from kong_secure.rules import azure_access
from kong_secure.rules.azure_ids import SECURITY_GROUPS, parse_id, role_guid, vnet_id


@dataclass(frozen=True)
class AzureMaking(Making):
    """What every child of a path over a VNet peering is made with. azure: the package pulumi_azure_native."""

    azure: Any
    path: PeeringArguments
    owner: pulumi.Input[str]
    """After which role, assignment and rules are named."""

    def of_subscription(self, **more: Any) -> pulumi.ResourceOptions:
        """The options of a child in the network's subscription.

        One that is replaced goes last, whatever the provider would do: until Kong's old half is gone, Kong needs the
        grants to delete your half of it, and the rules have to stand. Names of grants allow for both at once.
        """
        return self.options(self.path.azure_provider, delete_before_replace=False, **more)


@dataclass(frozen=True)
class Grants:
    """The names of a path's grants, known before anything is made. role_name: None for a role that was given."""

    vnet_id: pulumi.Output[str]
    role_name: pulumi.Output[str] | None
    role_id: pulumi.Output[str]
    assignment_name: pulumi.Output[str]
    assignment_id: pulumi.Output[str]


def grants_of(path: PeeringArguments, owner: pulumi.Input[str]) -> Grants:
    """The names of the grants, from what was given alone: they wait for no check and no resource."""
    subscription, given = path.subscription_id, path.role_definition_id
    scope = pulumi.Output.all(subscription, path.resource_group_name, path.vnet_name).apply(
        lambda parts: vnet_id(*parts)
    )
    own = pulumi.Output.all(owner, subscription).apply(lambda parts: azure_access.role_name(*parts))
    # The role of another subscription has the same GUID here, and Azure shows it as this one's.
    guid = (
        own if given is None else pulumi.Output.from_input(given).apply(lambda role: role_guid(role) or role)
    )
    # Of a role that was given Azure takes one assignment to a principal on a network, whatever its name.
    whose = owner if given is None else ""
    name = pulumi.Output.all(whose, scope, guid, path.service_principal_object_id).apply(
        lambda parts: azure_access.assignment_name(*map(str, parts))
    )
    return Grants(
        vnet_id=scope,
        role_name=own if given is None else None,
        role_id=pulumi.Output.all(subscription, guid).apply(lambda parts: azure_access.role_id(*parts)),
        assignment_name=name,
        assignment_id=pulumi.Output.all(scope, name).apply(lambda parts: azure_access.assignment_id(*parts)),
    )


def grant_peering(making: AzureMaking, grants: Grants) -> pulumi.Resource:
    """The assignment, on the network alone, of the role given or of one of its own."""
    role = making.gate(grants.role_id) if grants.role_name is None else _role(making, grants.role_name)
    made: pulumi.Resource = making.azure.authorization.RoleAssignment(
        making.child("assignment"),
        scope=making.gate(grants.vnet_id),
        role_assignment_name=grants.assignment_name,
        role_definition_id=role,
        principal_id=making.gate(making.path.service_principal_object_id),
        # Unless it is told, Azure looks the principal up, and doesn't find one that was approved just now.
        principal_type="ServicePrincipal",
        opts=making.of_subscription(),
    )
    return made


def _role(making: AzureMaking, guid: pulumi.Output[str]) -> pulumi.Output[str]:
    subscription = making.gate(making.path.subscription_id)
    here = subscription.apply(lambda each: f"/subscriptions/{each}")
    display_name = pulumi.Output.all(subscription, making.path.name, making.owner).apply(
        lambda known: azure_access.role_display_name(
            known[0], pulumi.get_project(), pulumi.get_stack(), known[1], known[2]
        )
    )
    role = making.azure.authorization.RoleDefinition(
        making.child("role"),
        scope=here,
        role_definition_id=guid,
        role_name=display_name,
        role_type="CustomRole",
        description="Perform cross-tenant network peering.",
        permissions=[
            {
                "actions": list(azure_access.PEERING_ACTIONS),
                "not_actions": [],
                "data_actions": [],
                "not_data_actions": [],
            }
        ],
        assignable_scopes=[here],
        opts=making.of_subscription(),
    )
    made: pulumi.Output[str] = role.id
    return made


def guard(making: AzureMaking, kongs_block: pulumi.Output[str]) -> list[pulumi.Resource]:
    """On every security group a rule that lets Kong's range in on the ports, and one that lets it in nowhere else:
    Azure's own last rule lets in every peered network.
    """
    return [
        rule
        for group in making.path.security_groups
        for rule in (
            _rule(making, group, "allow", kongs_block),
            _rule(making, group, "deny", kongs_block),
        )
    ]


def _rule(
    making: AzureMaking, group: SecurityGroup, action: str, block: pulumi.Output[str]
) -> pulumi.Resource:
    path, allows = making.path, action == "allow"
    where: pulumi.Output[Any] = making.gate(group.id).apply(lambda each: parse_id(each, SECURITY_GROUPS))
    made: pulumi.Resource = making.azure.network.SecurityRule(
        making.child(f"{action}-{group.name}"),
        resource_group_name=where.apply(lambda each: each.resource_group_name),
        network_security_group_name=where.apply(lambda each: each.name),
        security_rule_name=pulumi.Output.from_input(making.owner).apply(
            lambda owner: azure_access.rule_name(action, owner)
        ),
        description=pulumi.Output.from_input(path.name).apply(
            lambda name: f"Kong, over private path {name}"[:140]
        ),
        access="Allow" if allows else "Deny",
        direction="Inbound",
        priority=path.allow_priority if allows else path.deny_priority,
        protocol="Tcp" if allows else "*",
        source_address_prefix=block,
        source_port_range="*",
        destination_address_prefix="*",
        **(
            {"destination_port_ranges": list(map(str, path.ports))}
            if allows
            else {"destination_port_range": "*"}
        ),
        # Under another name it would meet the priority of the one that it is to replace.
        opts=making.of_subscription(ignore_changes=["securityRuleName"]),
    )
    return made
