"""What is checked of a path over a VNet peering before anything of it is made: its values, each by itself and all
together, and what other paths of the program do with the same network. What is wrong is decided by `rules`.
"""

from collections.abc import Iterator

from kong_secure.components.azure.arguments import PeeringArguments
from kong_secure.components.gate import CLAIMS, Check, Known, Value, wrong_alone
from kong_secure.components.private_path import KONGS_END
from kong_secure.resources.konnect_network import KonnectNetwork
from kong_secure.rules import azure_ids
from kong_secure.rules.attachments import peering_findings
from kong_secure.rules.azure_access import approval_steps, role_findings, scope_findings
from kong_secure.rules.azure_path import AzureFacts, VnetsEnd, azure_findings
from kong_secure.rules.cidr_blocks import overlapping
from kong_secure.rules.findings import Finding, twice_findings
from kong_secure.rules.kongs_network import KongsEnd


def values_of(path: PeeringArguments) -> Iterator[Value]:
    """Every value of the arguments that can be wrong by itself."""
    if not isinstance(path.network, KonnectNetwork):
        yield Value("network", path.network, _network_findings)
    for key in _OF_PEERING[1:]:
        yield Value(key, getattr(path, key), _of_peering(key))
    yield Value("client_id", path.client_id, _guid("an application's id"))
    if path.service_principal_object_id is not None:
        yield Value(_PRINCIPAL, path.service_principal_object_id, _given_principal)
    if path.role_definition_id is not None:
        yield Value("role_definition_id", path.role_definition_id, azure_ids.role_id_findings)
    for group in path.security_groups:
        yield Value(_group_label(group.name), group.id, azure_ids.security_group_findings)


def _group_label(name: str) -> str:
    return f"network_security_groups[{name!r}]"


def _network_findings(label: str, value: object) -> Iterator[Finding]:
    if not isinstance(value, str) or not value.strip():
        yield Finding(label, "is missing, empty or no text", "give a name or an id, or a KonnectNetwork")


def _guid(what: str) -> Check:
    return lambda label, value: azure_ids.guid_findings(label, value, what)


def _given_principal(label: str, value: object) -> Iterator[Finding]:
    # One that turns out to be None is missing, which isn't told of the value alone.
    if value is not None:
        yield from azure_ids.guid_findings(label, value, "the object id of an enterprise application")


_PRINCIPAL = "service_principal_object_id"
_OF_PEERING = (
    "network_id",
    "name",
    "tenant_id",
    "subscription_id",
    "resource_group_name",
    "vnet_name",
    "timeout_seconds",
)


def _of_peering(key: str) -> Check:
    others = set(_OF_PEERING) - {key}
    return lambda _label, value: peering_findings({key: value}, others)


# --- the whole ---


def findings_of(label: str, path: PeeringArguments, known: Known) -> Iterator[Finding]:
    """Everything that is wrong with what is known; labels are those of `values_of`, and those of the ends. label: of
    the path.
    """
    alone, right = wrong_alone(values_of(path), known)
    yield from alone
    groups = [_group_label(group.name) for group in path.security_groups]
    yield from twice_findings({label: right[label] for label in groups if label in right})
    given = path.service_principal_object_id is not None and known.get(_PRINCIPAL, True) is not None
    yield from _principal_findings(right, given=given)
    yield from azure_findings(_facts(path, right))
    yield from _role_findings(right)
    yield from _claim_findings(label, path, right)


def _principal_findings(known: Known, *, given: bool) -> Iterator[Finding]:
    principal, client, tenant = (known.get(key) for key in (_PRINCIPAL, "client_id", "tenant_id"))
    if not given:
        # The address to go to is for one tenant: a tenant that is known later is waited for.
        if tenant is not None and client is not None:
            yield Finding(_PRINCIPAL, "is missing", approval_steps(tenant, client))
    elif principal is not None and client is not None and principal.lower() == client.lower():
        problem = (
            "is the id of Kong's application, and a role is assigned to what stands for it in your tenant"
        )
        fix = "give the object id of the enterprise application"
        yield Finding(f"{_PRINCIPAL} {principal!r}", problem, fix)


def _facts(path: PeeringArguments, known: Known) -> AzureFacts:
    subscriptions = {}
    for group in path.security_groups:
        group_id = known.get(_group_label(group.name))
        parts = azure_ids.parse_id(str(group_id), azure_ids.SECURITY_GROUPS)
        if parts is not None:
            subscriptions[f"{_group_label(group.name)} {group_id!r}"] = parts.subscription_id
    return AzureFacts(
        kong=KongsEnd(**{key: known.get(f"kong.{key}") for key in KONGS_END}),
        vnet=known.get("vnet", VnetsEnd()),
        acting=known.get("acting"),
        security_groups=subscriptions,
        **{
            key: known.get(key)
            for key in ("tenant_id", "subscription_id", "resource_group_name", "vnet_name")
        },
    )


def _role_findings(known: Known) -> Iterator[Finding]:
    vnet, role = _vnet_id(known), known.get("role_definition_id")
    if "role" not in known or vnet is None or role is None:
        return
    scopes = known["role"].get("assignableScopes") or ()
    yield from scope_findings(role, vnet, scopes)
    if scopes:
        yield from role_findings(role, known["role"].get("permissions") or ())


def _vnet_id(known: Known) -> str | None:
    where = ("subscription_id", "resource_group_name", "vnet_name")
    return azure_ids.vnet_id(*(known[key] for key in where)) if all(key in known for key in where) else None


def _claim_findings(label: str, path: PeeringArguments, known: Known) -> Iterator[Finding]:
    """What is in the way of other paths of the program."""
    block, vnet = known.get("kong.cidr_block"), (_vnet_id(known) or "").lower()
    if block is None or not vnet:
        return
    for other, theirs in CLAIMS.others(f"VNet {vnet}", label, block, of=path).items():
        if overlapping(block, [theirs]):
            problem = f"is peered by {other} with {theirs} of Kong's, which overlaps with {block}"
            yield Finding(
                f"vnet_name {known['vnet_name']!r}", problem, "give networks whose blocks lie apart"
            )
    named = f"names {known['name']!r} in {known['subscription_id']}".lower() if "name" in known else None
    for other in CLAIMS.others(named, label, of=path) if named else ():
        problem = f"is that of {other} too, and role, assignment and rules are named after it"
        yield Finding(f"name {known['name']!r}", problem, "give one of them another name")
    priorities = {path.allow_priority, path.deny_priority}
    for group in _known_groups(path, known):
        group_id = str(known[group]).lower()
        for other, theirs in CLAIMS.others(f"NSG {group_id}", label, priorities, of=path).items():
            if taken := sorted(priorities & theirs):
                problem = f"gets rules of {other} with priority {', '.join(map(str, taken))} too"
                yield Finding(group, problem, "give one of them another allow_priority and deny_priority")
    role, principal = known.get("role_definition_id"), known.get(_PRINCIPAL)
    if role is not None and principal is not None:
        granted = f"assignment {vnet} {azure_ids.role_guid(role)} {principal.lower()}"
        for other in CLAIMS.others(granted, label, of=path):
            problem = f"is assigned on this network by {other} already"
            yield Finding(f"role_definition_id {role!r}", problem, "leave it out, for a role of its own")


def _known_groups(path: PeeringArguments, known: Known) -> list[str]:
    """The labels of the security groups whose ids are known: those that a preview doesn't know are nobody's."""
    labels = [_group_label(group.name) for group in path.security_groups]
    return [label for label in labels if known.get(label) is not None]
