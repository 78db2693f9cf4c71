"""What a live plugin says about a header that was put there earlier, so that changes by hand show; nothing
is repaired here.

Other people's rules appear by kind and header name. Their values stay out: they may be secrets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kong_secure.rules.header_value import Header
from kong_secure.rules.request_transformer import DEFAULT_PROTOCOLS, Rule, rules_of


class LivePlugin(Protocol):
    """What is read of a plugin."""

    @property
    def enabled(self) -> bool: ...
    @property
    def config(self) -> Mapping[str, object]: ...
    @property
    def protocols(self) -> Sequence[str]: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def service_id(self) -> str | None: ...
    @property
    def route_id(self) -> str | None: ...
    @property
    def restrictions(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Secured:
    """A header on a service or route, as last written. Exactly one of service_id and route_id is set."""

    header: Header
    overwrite: bool
    tags: tuple[str, ...] = ()
    service_id: str | None = None
    route_id: str | None = None


@dataclass(frozen=True)
class Live:
    """A header as Konnect has it now.

    header: with the name, scheme and value found there.
    remarks: by name of the input that shows it, what no input of a program can express; empty without drift.
    """

    header: Header
    overwrite: bool
    enabled: bool
    tags: tuple[str, ...]
    remarks: Mapping[str, object] = field(default_factory=dict)


REMARKS = (
    "foreign_rules",
    "missing_rules",
    "protocols",
    "moved_to",
    "condition",
    "ordering",
    "partials",
    "consumer",
    "consumer_group",
)
"""Every name under which a remark can appear; part of the state format."""

_SET_BY_HAND = "set by hand"


def observe(written: Secured, plugin: LivePlugin) -> Live:
    """Compares a live plugin with what was written."""
    rules = list(rules_of(plugin.config))
    own = _own_rule(rules, written.header)
    name = own.name if own is not None else written.header.name
    removal = next((rule for rule in rules if rule.kind == "remove" and rule.concerns(name)), None)
    foreign = [str(rule) for rule in rules if rule is not own and rule is not removal]
    remarks: dict[str, object] = {}
    if foreign:
        remarks["foreign_rules"] = sorted(foreign)
    if own is None:
        remarks["missing_rules"] = [f"add {name}"]
    if plugin.protocols and set(plugin.protocols) != set(DEFAULT_PROTOCOLS):
        remarks["protocols"] = sorted(plugin.protocols)
    if (plugin.service_id, plugin.route_id) != (written.service_id, written.route_id):
        remarks["moved_to"] = place_of(plugin)
    remarks.update(dict.fromkeys(plugin.restrictions, _SET_BY_HAND))
    return Live(
        header=_live_header(written.header, own),
        overwrite=removal is not None,
        enabled=plugin.enabled,
        # Konnect keeps tags as a set.
        tags=written.tags if set(plugin.tags) == set(written.tags) else tuple(plugin.tags),
        remarks=remarks,
    )


def place_of(plugin: LivePlugin) -> str:
    """Where a plugin sits, as people and remarks are told."""
    places = [("service", plugin.service_id), ("route", plugin.route_id)]
    return " and ".join(f"{kind} {identity}" for kind, identity in places if identity) or "all services"


def _own_rule(rules: Sequence[Rule], header: Header) -> Rule | None:
    added = [rule for rule in rules if rule.kind == "add" and rule.part == "headers"]
    # The first of a name is the one that Kong adds: the others find it present.
    same_name = next((rule for rule in added if rule.concerns(header.name)), None)
    return same_name or next((rule for rule in added if rule.value == header.value), None)


def _live_header(written: Header, own: Rule | None) -> Header:
    if own is None:
        return written
    name = written.name if own.concerns(written.name) else own.name
    prefix = f"{written.scheme} " if written.scheme else ""
    if own.value.startswith(prefix):
        return Header(name, written.scheme, own.value.removeprefix(prefix))
    return Header(name, "", own.value)
