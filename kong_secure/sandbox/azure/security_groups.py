"""Network security groups with the rules that every one of them has, and the rules that people put into them."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Any, Final

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.groups import etag, kept, put_with_parts, subnets_using, tracked
from kong_secure.sandbox.azure.identifiers import ResourceId, parsed
from kong_secure.sandbox.azure.refusals import group_in_use, invalid, no_parent
from kong_secure.sandbox.azure.store import Record, Store

PRIORITIES: Final = range(100, 4097)
_ALLOWED: Final = {
    "access": ("Allow", "Deny"),
    "direction": ("Inbound", "Outbound"),
    "protocol": ("*", "Tcp", "Udp", "Icmp", "Esp", "Ah"),
}
_SIDES: Final = (
    ("sourceAddressPrefix", "sourceAddressPrefixes"),
    ("destinationAddressPrefix", "destinationAddressPrefixes"),
    ("sourcePortRange", "sourcePortRanges"),
    ("destinationPortRange", "destinationPortRanges"),
)
_TAG: Final = re.compile(r"\*|[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)?")
_PORTS: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
# name, priority, direction, access, source, destination
_DEFAULTS: Final = (
    ("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"),
    ("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
    ("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"),
    ("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"),
)


def default_rules(group: str) -> list[Record]:
    """The rules that every group has, after all of its own."""
    return [
        {
            "id": f"{group}/defaultSecurityRules/{name}",
            "name": name,
            "type": "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
            "priority": priority,
            "direction": direction,
            "access": access,
            "protocol": "*",
            "sourceAddressPrefix": source,
            "destinationAddressPrefix": destination,
            "sourcePortRange": "*",
            "destinationPortRange": "*",
            "provisioningState": "Succeeded",
        }
        for name, priority, direction, access, source, destination in _DEFAULTS
    ]


def put_group(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make or change a group; rules only where the body has them."""
    record = tracked(store, id_, body) | kept(body, "flushConnection")
    return put_with_parts(
        store,
        record,
        ids.SECURITY_RULES,
        body.get("securityRules"),
        lambda name, rule, made: _rule(f"{record['id']}/securityRules/{name}", name, rule, made),
    )


def view_group(store: Store, record: Record) -> Record:
    """A group as it is shown, with rules and users."""
    users = subnets_using(store, record["id"])
    return {
        **record,
        "securityRules": store.of_type(ids.SECURITY_RULES, record["id"]),
        "defaultSecurityRules": default_rules(record["id"]),
        **({"subnets": [{"id": subnet["id"]} for subnet in users]} if users else {}),
    }


def delete_group(store: Store, id_: ResourceId) -> None:
    """Take a group away. Refused while a subnet uses it."""
    users = subnets_using(store, id_.text)
    if users:
        raise group_in_use(id_.text, [subnet["id"] for subnet in users])
    store.remove(id_.text)


def put_rule(store: Store, id_: ResourceId, body: Record) -> Record:
    """Make or change a rule."""
    group = store.find(id_.parent)
    if group is None:
        raise no_parent(parsed(id_.parent).name)
    others = [rule for rule in store.of_type(ids.SECURITY_RULES, id_.parent) if rule["id"].lower() != id_.key]
    record = _rule(f"{group['id']}/securityRules/{id_.name}", id_.name, body, others)
    store.put(record)
    return record


def _rule(id_: str, name: str, body: Record, others: list[Record]) -> Record:
    for key, allowed in _ALLOWED.items():
        if body.get(key) not in allowed:
            raise invalid(
                f"Security rule {name} has invalid {key} {body.get(key)}. Valid values are {', '.join(allowed)}."
            )
    priority = body.get("priority")
    if not isinstance(priority, int) or priority not in PRIORITIES:
        raise invalid(
            f"Security rule has invalid Priority. Value provided: {priority} Allowed range {PRIORITIES[0]}-"
            f"{PRIORITIES[-1]}.",
            "SecurityRuleInvalidPriority",
        )
    for other in others:
        if (other["priority"], other["direction"]) == (priority, body["direction"]):
            raise invalid(
                f"Security rule {other['name']} conflicts with rule {name}. Rules cannot have the same Priority "
                "and Direction. To learn more, see aka.ms/nsgrules.",
                "SecurityRuleConflict",
            )
    sides: Record = {}
    for one, many in _SIDES:
        sides |= _side(name, body, one, many)
    return {
        "id": id_,
        "name": name,
        "type": ids.SECURITY_RULES,
        "etag": etag(),
        "provisioningState": "Succeeded",
        **{key: body[key] for key in (*_ALLOWED, "priority")},
        **kept(body, "description"),
        **sides,
    }


def _side(name: str, body: Record, one: str, many: str) -> Record:
    """One side of a rule, which is said either in the singular or in the plural."""
    single, several = body.get(one), body.get(many) or []
    if bool(single) == bool(several):
        raise invalid(
            f"Security rule {name} must specify a non empty value for exactly one of: {many}, {one}."
        )
    for value in several or [single]:
        if "Address" in one:
            _require_address(name, many if several else one, str(value))
        elif not _is_ports(value):
            raise invalid(
                f"Security rule has invalid Port range. Value provided: {value}. Value should be an integer OR "
                "integer range with '-' delimiter. Valid range 0-65535.",
                "SecurityRuleInvalidPortRange",
            )
    return {many: list(several)} if several else {one: single}


def _require_address(name: str, key: str, value: str) -> None:
    """A service tag, `*` among them, can be given in the singular alone."""
    if _TAG.fullmatch(value) and key.endswith("Prefixes"):
        raise invalid(
            f"Security rule parameter {key} for rule {name} cannot specify existing VIRTUALNETWORK, INTERNET, "
            f"AZURELOADBALANCER, '*' or system tags. Unsupported value used: {value}.",
            "SecurityRuleParameterContainsUnsupportedValue",
        )
    if not _is_address(value):
        raise invalid(
            f"Security rule has invalid Address prefix. Value provided: {value}",
            "SecurityRuleInvalidAddressPrefix",
        )


def _is_address(value: Any) -> bool:
    if _TAG.fullmatch(str(value)):
        return True
    try:
        IPv4Network(value)
    except (AddressValueError, NetmaskValueError, ValueError):
        return False
    return True


def _is_ports(value: Any) -> bool:
    found = _PORTS.fullmatch(str(value))
    if found is None:
        return bool(value == "*")
    first = int(found[1])
    return first <= int(found[2] or first) <= 65535
