"""What ids and names of Azure's look like, and what is wrong with one as people write it; nothing is looked up here.

Source: Azure Resource Manager's naming rules for virtualNetworks, resourceGroups and networkSecurityGroups.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kong_secure.rules.findings import Finding

EXAMPLE_GUID = "5b9a1c3e-0d2f-4e6a-8b7c-9d0e1f2a3b4c"

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?")
_VNET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}[A-Za-z0-9_]")
_RESOURCE = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.Network/(?P<kind>[^/]+)/(?P<name>[^/]+)",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?P<scope>(?:/subscriptions/[^/]+|/providers/Microsoft\.Management/managementGroups/[^/]+)?)"
    r"/providers/Microsoft\.Authorization/roleDefinitions/(?P<name>[^/]+)",
    re.IGNORECASE,
)

SECURITY_GROUPS, ROUTE_TABLES, VNETS = "networkSecurityGroups", "routeTables", "virtualNetworks"


@dataclass(frozen=True)
class NetworkId:
    """What the id of a resource of Azure's networks says."""

    subscription_id: str
    resource_group_name: str
    name: str


def is_guid(value: object) -> bool:
    """Whether the value is a GUID as Azure writes them."""
    return isinstance(value, str) and _GUID.fullmatch(value) is not None


def parse_id(text: str, kind: str) -> NetworkId | None:
    """What an id of that kind says, as SECURITY_GROUPS; None for what is no such id."""
    found = _RESOURCE.fullmatch(text)
    if found is None or found["kind"].lower() != kind.lower() or not is_guid(found["subscription"]):
        return None
    return NetworkId(found["subscription"], found["group"], found["name"])


def vnet_id(subscription_id: str, resource_group_name: str, vnet_name: str) -> str:
    """The id of a virtual network."""
    return (
        f"/subscriptions/{subscription_id}/resourceGroups/{resource_group_name}"
        f"/providers/Microsoft.Network/{VNETS}/{vnet_name}"
    )


def role_guid(role_definition_id: object) -> str | None:
    """The GUID of a role, which is the same through whichever scope its id shows it; None for what is no id."""
    found = _ROLE.fullmatch(role_definition_id) if isinstance(role_definition_id, str) else None
    return found["name"] if found is not None and is_guid(found["name"]) else None


def guid_findings(subject: str, value: object, what: str) -> Iterator[Finding]:
    """What is wrong with a GUID. what: whose it is, as in "a subscription's id"."""
    if is_guid(value):
        return
    last = value.rstrip("/").rpartition("/")[2] if isinstance(value, str) else ""
    if is_guid(last):
        yield Finding(f"{subject} {value!r}", "is an id where its GUID belongs", f"give {last}")
    else:
        yield Finding(f"{subject} {value!r}", f"is no GUID, and {what} is one", f"give one as {EXAMPLE_GUID}")


def group_findings(subject: str, value: object) -> Iterator[Finding]:
    """What is wrong with the name of a resource group."""
    inside = re.fullmatch(r"/subscriptions/[^/]+/resourceGroups/([^/]+)(?:/.*)?", str(value), re.IGNORECASE)
    if inside is not None:
        yield _name_wanted(subject, value, inside[1])
    elif not isinstance(value, str) or not _GROUP.fullmatch(value):
        fix = "give 1 to 90 letters, digits, '.', '_', '-' and parentheses, with no '.' at the end"
        yield Finding(f"{subject} {value!r}", "is no name of a resource group", fix)


def vnet_findings(subject: str, value: object) -> Iterator[Finding]:
    """What is wrong with the name of a virtual network."""
    inside = parse_id(str(value), VNETS)
    if inside is not None:
        yield _name_wanted(subject, value, inside.name)
    elif not isinstance(value, str) or not _VNET.fullmatch(value):
        fix = "give 2 to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit"
        yield Finding(f"{subject} {value!r}", "is no name of a virtual network", fix)


def security_group_findings(subject: str, value: object) -> Iterator[Finding]:
    """What is wrong with the id of a network security group."""
    if isinstance(value, str) and parse_id(value, SECURITY_GROUPS) is not None:
        return
    problem = "is no id of a network security group"
    if isinstance(value, str) and _NAME.fullmatch(value):
        problem = "is a name where an id belongs"
    fix = (
        "give security_group.id, as "
        f"/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.Network/{SECURITY_GROUPS}/NAME"
    )
    yield Finding(f"{subject} {value!r}", problem, fix)


def role_id_findings(subject: str, value: object) -> Iterator[Finding]:
    """What is wrong with the id of a role definition."""
    if isinstance(value, str) and role_guid(value) is not None:
        return
    example = "/subscriptions/SUBSCRIPTION/providers/Microsoft.Authorization/roleDefinitions/GUID"
    if is_guid(value):
        problem = "is a GUID where a whole id belongs"
        fix = f"give {example.replace('GUID', str(value))}"
    else:
        problem, fix = (
            "is no id of a role definition",
            f"give one such as {example}; a role's name isn't unique",
        )
    yield Finding(f"{subject} {value!r}", problem, fix)


def _name_wanted(subject: str, value: object, name: str) -> Finding:
    return Finding(f"{subject} {value!r}", "is an id where a name belongs", f"give {name}")
