"""Services, routes and plugins of a control plane as typed calls; looking names up with patience is in
`lookups`.

Core entities live at `/control-planes/{controlPlaneId}/core-entities` (control-planes-config). There is no
PATCH for
plugins: a PUT replaces the whole plugin, and what it leaves out is lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kong_secure.errors import NotFound
from kong_secure.konnect.answers import optional_text, reference, segment, text, texts
from kong_secure.konnect.paging import offset_pages
from kong_secure.konnect.session import Session

ScopeKind = Literal["service", "route"]

_CONDITIONS = ("condition", "ordering", "partials", "consumer", "consumer_group")


@dataclass(frozen=True)
class Scope:
    """Where a plugin sits: one service or one route."""

    kind: ScopeKind
    id: str


@dataclass(frozen=True)
class Service:
    """A service; protocol is how the gateway reaches it (control-planes-config: Service)."""

    id: str
    name: str
    protocol: str


@dataclass(frozen=True)
class Route:
    """A route; service_id is None for a route without a service (control-planes-config: RouteJson)."""

    id: str
    name: str
    service_id: str | None


@dataclass(frozen=True)
class Plugin:
    """A plugin as Konnect has it (control-planes-config: Plugin).

    config can hold secrets, ours and other people's. protocols is empty where Konnect names none.
    restrictions: which of condition, ordering, partials, consumer and consumer_group are set.
    """

    id: str
    name: str
    enabled: bool
    config: Mapping[str, object] = field(repr=False)
    protocols: tuple[str, ...]
    tags: tuple[str, ...]
    service_id: str | None
    route_id: str | None
    restrictions: tuple[str, ...]


def read_service(session: Session, control_plane_id: str, name_or_id: str) -> Service:
    """One service by id or name (GET /services/{ServiceId}: "using ID or name"). Raises NotFound."""
    path = f"{_entities(control_plane_id)}/services/{segment(name_or_id)}"
    return _service(session, path, session.get(path))


def list_services(session: Session, control_plane_id: str) -> Iterator[Service]:
    """All services of the control plane (GET /services)."""
    path = f"{_entities(control_plane_id)}/services"
    return (_service(session, path, item) for item in offset_pages(session, path))


def read_route(session: Session, control_plane_id: str, name_or_id: str) -> Route:
    """One route by id or name (GET /routes/{RouteId}: "using ID or name"). Raises NotFound."""
    path = f"{_entities(control_plane_id)}/routes/{segment(name_or_id)}"
    return _route(session, path, session.get(path))


def list_routes(session: Session, control_plane_id: str) -> Iterator[Route]:
    """All routes of the control plane (GET /routes)."""
    path = f"{_entities(control_plane_id)}/routes"
    return (_route(session, path, item) for item in offset_pages(session, path))


def read_plugin(session: Session, control_plane_id: str, plugin_id: str) -> Plugin:
    """One plugin (GET /plugins/{PluginId}). Raises NotFound."""
    path = f"{_entities(control_plane_id)}/plugins/{segment(plugin_id)}"
    return _plugin(session, path, session.get(path))


def list_plugins(session: Session, control_plane_id: str, scope: Scope) -> Iterator[Plugin]:
    """The plugins of a scope (GET /services/{ServiceId}/plugins, GET /routes/{RouteId}/plugins)."""
    path = f"{_entities(control_plane_id)}/{scope.kind}s/{segment(scope.id)}/plugins"
    return (_plugin(session, path, item) for item in offset_pages(session, path))


def put_plugin(
    session: Session,
    control_plane_id: str,
    plugin_id: str,
    *,
    name: str,
    scope: Scope,
    config: Mapping[str, object],
    enabled: bool,
    protocols: Sequence[str],
    tags: Sequence[str],
) -> Plugin:
    """Creates the plugin or replaces all of it (PUT /plugins/{PluginId}); the same call twice has the
    effect of one.

    Raises Conflict when the scope has another plugin of this name, ForeignKeyRefused when there is no such
    scope.
    """
    path = f"{_entities(control_plane_id)}/plugins/{segment(plugin_id)}"
    body: dict[str, object] = {
        "name": name,
        scope.kind: {"id": scope.id},
        "config": config,
        "enabled": enabled,
        "protocols": list(protocols),
        "tags": list(tags),
    }
    return _plugin(session, path, session.put(path, body))


def delete_plugin(session: Session, control_plane_id: str, plugin_id: str) -> None:
    """Deletes the plugin (DELETE /plugins/{PluginId}); one that is already gone is no error."""
    try:
        session.delete(f"{_entities(control_plane_id)}/plugins/{segment(plugin_id)}")
    except NotFound:
        # The specification promises 204; a control plane that is gone took its plugins along.
        return


def _entities(control_plane_id: str) -> str:
    return f"/v2/control-planes/{segment(control_plane_id)}/core-entities"


def _service(session: Session, path: str, item: Mapping[str, object]) -> Service:
    identity = text(session, path, item, "id")
    # Absent protocol means http (control-planes-config: Service.protocol).
    return Service(
        identity, optional_text(item, "name") or identity, optional_text(item, "protocol") or "http"
    )


def _route(session: Session, path: str, item: Mapping[str, object]) -> Route:
    identity = text(session, path, item, "id")
    return Route(identity, optional_text(item, "name") or identity, reference(item, "service"))


def _plugin(session: Session, path: str, item: Mapping[str, object]) -> Plugin:
    config = item.get("config")
    return Plugin(
        id=text(session, path, item, "id"),
        name=text(session, path, item, "name"),
        # Absent means enabled (control-planes-config: Plugin.enabled).
        enabled=item.get("enabled") is not False,
        config=config if isinstance(config, Mapping) else {},
        protocols=texts(item, "protocols"),
        tags=texts(item, "tags"),
        service_id=reference(item, "service"),
        route_id=reference(item, "route"),
        restrictions=tuple(key for key in _CONDITIONS if item.get(key)),
    )
