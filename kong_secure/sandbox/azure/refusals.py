"""What Azure Resource Manager refuses, with its status and code, in the words in which azure-native prints them.

Codes and texts are those that people report of the real service. Where none was found, the code is the general
one of Azure's networks (InvalidRequestFormat) or roles (BadRequestFormat), and the text names the property.
"""

from __future__ import annotations

from collections.abc import Iterable


class ArmError(Exception):
    """A refused request."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f'Status={status} Code="{code}" Message="{message}"')
        self.status = status
        self.code = code
        self.message = message


def not_found(id_: str, type_: str, name: str, group: str) -> ArmError:
    """A resource that isn't there."""
    where = f"under resource group '{group}'" if group else f"at '{id_}'"
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{type_}/{name}' {where} was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def no_group(name: str) -> ArmError:
    """A resource group that isn't there."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def no_subscription(id_: str) -> ArmError:
    """A subscription that isn't there."""
    return ArmError(404, "SubscriptionNotFound", f"The subscription '{id_}' could not be found.")


def no_parent(name: str) -> ArmError:
    """A nested resource whose parent isn't there."""
    return ArmError(
        404,
        "ParentResourceNotFound",
        f"Failed to perform 'write' on resource(s) because the parent resource '{name}' could not be found.",
    )


def invalid(message: str, code: str = "InvalidRequestFormat") -> ArmError:
    """A body that says something that can't be."""
    return ArmError(400, code, message)


def bad_reference(id_: str, by: str) -> ArmError:
    """A reference to what isn't there, or isn't in the same region."""
    return ArmError(
        400,
        "InvalidResourceReference",
        f"Resource {id_} referenced by resource {by} was not found. Please make sure that the referenced "
        "resource exists, and that both resources are in the same region.",
    )


def group_in_use(id_: str, users: Iterable[str]) -> ArmError:
    """A network security group that subnets use."""
    return ArmError(
        400,
        "InUseNetworkSecurityGroupCannotBeDeleted",
        f"Network security group {id_} cannot be deleted because it is in use by the following resources: "
        f"{', '.join(users)}. In order to delete the Network security group, remove the association with the "
        "resource(s). To learn how to do this, see aka.ms/deletensg.",
    )


def table_in_use(id_: str) -> ArmError:
    """A route table that subnets use."""
    return ArmError(
        400, "InUseRouteTableCannotBeDeleted", f"Route table {id_} is in use and cannot be deleted."
    )


def overlapping(peering: str, first: str, second: str, prefixes: Iterable[str]) -> ArmError:
    """A peering of networks whose addresses overlap."""
    return ArmError(
        400,
        "VnetAddressSpacesOverlap",
        f"Cannot create or update peering {peering}. Virtual networks {first} and {second} cannot be peered "
        f"because their address spaces overlap. Overlapping address prefixes: {', '.join(prefixes)}. "
        "For more information please refer to https://aka.ms/VnetPeeringInfo",
    )


def overlapping_with_peer(peering: str, networks: tuple[str, str, str], prefixes: Iterable[str]) -> ArmError:
    """A peering whose remote network overlaps with one that is peered already. networks: the one that is to be
    peered, the one it is to be peered with, and the one that is peered with the latter already."""
    first, second, other = networks
    return ArmError(
        400,
        "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
        f"Cannot create or update peering {peering}. Virtual networks {first} and {second} cannot be peered "
        f"because address space of the first virtual network overlaps with address space of virtual network "
        f"{other} already peered with the second virtual network. Overlapping address prefixes: "
        f"{', '.join(prefixes)}. For more information please refer to https://aka.ms/VnetPeeringInfo",
    )


def no_principal(id_: str, tenant: str) -> ArmError:
    """A principal that isn't in the directory (yet)."""
    return ArmError(
        400,
        "PrincipalNotFound",
        f"Principal {id_.replace('-', '')} does not exist in the directory {tenant}. Check that you have the "
        "correct principal ID. If you are creating this principal and then immediately assigning a role, this "
        "error might be related to a replication delay. In this case, set the role assignment principalType "
        "property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
    )


def no_role(guid: str) -> ArmError:
    """A role that isn't there, or can't be assigned at the scope."""
    return ArmError(
        404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{guid}' does not exist."
    )
