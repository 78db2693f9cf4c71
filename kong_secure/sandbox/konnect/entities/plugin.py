"""Plugins (control-planes-config: components/schemas/Plugin). What each plugin's configuration may hold
lives in `plugin_schemas`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from kong_secure.sandbox.konnect.bodies import Body, parse
from kong_secure.sandbox.konnect.entities.fields import (
    Name,
    Protocol,
    Reference,
    Tags,
    Timestamp,
    Uuid,
    with_defaults,
)
from kong_secure.sandbox.konnect.plugin_schemas import SCHEMAS
from kong_secure.sandbox.konnect.plugin_schemas.schema import checked
from kong_secure.sandbox.konnect.refusals import InvalidError, Problem
from kong_secure.sandbox.konnect.store import Record, Unique

KIND = "plugin"

SCOPES = ("service", "route", "consumer", "consumer_group")
DEFAULTS: dict[str, Any] = {"enabled": True, "protocols": ["grpc", "grpcs", "http", "https"]}


class Phase(Body):
    """Plugins by the phase in which they run."""

    access: list[str] = Field(default_factory=list)


class Ordering(Body):
    """Which plugins this one runs before and after."""

    before: Phase = Phase()
    after: Phase = Phase()


class PartialLink(Body):
    """A partial used by the plugin."""

    id: Uuid = ""
    name: str = ""
    path: str = ""


class PluginBody(Body):
    """The body of POST and PUT."""

    id: Uuid | None = None
    name: Annotated[str, Field(min_length=1, max_length=128)]
    instance_name: Name | None = None
    enabled: bool | None = None
    config: dict[str, Any] | None = None
    protocols: Annotated[list[Protocol], Field(min_length=1)] | None = None
    condition: Annotated[str, Field(max_length=1024)] | None = None
    ordering: Ordering | None = None
    partials: list[PartialLink] | None = None
    service: Reference | None = None
    route: Reference | None = None
    consumer: Reference | None = None
    consumer_group: Reference | None = None
    tags: Tags | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


def record(body: dict[str, Any]) -> Record:
    """The plugin a body asks for, its configuration checked and filled in, without times. Raises
    `InvalidError`."""
    kept = with_defaults(parse(PluginBody, body), DEFAULTS)
    schema = SCHEMAS.get(kept["name"])
    if schema is None:
        raise InvalidError([Problem(("name",), "invalid", f"plugin({kept['name']}) does not exist")])
    problems: list[Problem] = [
        Problem(("protocols", index), "invalid", f"expected one of: {', '.join(schema.protocols)}")
        for index, protocol in enumerate(kept["protocols"])
        if protocol not in schema.protocols
    ]
    kept["config"], found = checked(schema.config, kept["config"] or {}, ("config",))
    if problems or found:
        raise InvalidError(problems + found)
    return kept


def uniques(kept: Record) -> list[Unique]:
    """One plugin per name and scope (Kong: kong/db/schema/entities/plugins.lua, cache_key), and instance
    names."""
    scope = ".".join((kept[name] or {}).get("id", "") for name in SCOPES)
    found = [Unique("unique-plugin-per-entity", "", f"{kept['name']}.{scope}")]
    if kept["instance_name"] is not None:
        found.append(Unique("instance_name", "instance_name", kept["instance_name"]))
    return found


def references(kept: Record) -> list[tuple[str, str, str]]:
    """What must exist: (field, kind, id)."""
    found = [(f"{name}.id", name, kept[name]["id"]) for name in SCOPES if kept[name] is not None]
    found += [
        (f"partials[{index}].id", "partial", link.get("id") or link.get("name") or "")
        for index, link in enumerate(kept["partials"] or [])
    ]
    return found
