"""Create, read, update and delete of a header at Konnect as plain functions; nothing of Pulumi is known here.

Only create resolves names and derives an id. Afterwards the ids in the state count.
"""

from dataclasses import dataclass, field
from typing import Protocol

from kong_secure.errors import Conflict, ForeignKeyRefused, KonnectError, NotFound, ScopeTaken
from kong_secure.konnect import (
    Konnect,
    Plugin,
    Route,
    Scope,
    Service,
    Session,
    delete_plugin,
    find_control_plane,
    find_route,
    find_service,
    list_plugins,
    put_plugin,
    read_plugin,
    read_service,
)
from kong_secure.konnect.control_planes import ControlPlane
from kong_secure.konnect.core_entities import ScopeKind
from kong_secure.konnect.lookups import scope_key, scope_of
from kong_secure.rules.drift import Live, Secured, observe
from kong_secure.rules.header_value import Header
from kong_secure.rules.identity import plugin_id
from kong_secure.rules.request_transformer import (
    DEFAULT_PROTOCOLS,
    PLUGIN_NAME,
    configuration,
    rules_of,
)

_PLAIN_PROTOCOLS = frozenset({"http", "grpc", "ws"})


class Log(Protocol):
    """Whom to tell, besides raising."""

    def warn(self, message: str) -> None: ...
    def progress(self, message: str) -> None: ...


class Holdings(Protocol):
    """Which plugins this stack is known to have."""

    def claim(self, object_id: str) -> bool: ...
    def release(self, object_id: str) -> None: ...


@dataclass(frozen=True)
class Wanted:
    """A header as a program asks for it; control_plane and scope_name are names or ids."""

    region: str
    control_plane: str
    scope_kind: ScopeKind
    scope_name: str
    header: Header
    overwrite: bool
    enabled: bool
    owner: str
    tags: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Placed:
    """Where a header is: what the state knows after its creation."""

    region: str
    control_plane_id: str
    scope: Scope
    plugin_id: str


def create(konnect: Konnect, wanted: Wanted, log: Log, holdings: Holdings) -> Placed:
    """Puts the header on its service or route and says where it is. Doing it again changes nothing.

    Raises UnknownName, AmbiguousName, ScopeTaken and every other KonnectError.
    """
    session = _session(konnect, wanted.region, wanted.header, log)
    plane = find_control_plane(session, wanted.control_plane)
    found, placed = session.patiently(lambda: _place(session, plane, wanted, holdings), ForeignKeyRefused)
    _warn_of_plain_hop(session, placed, found, log)
    return placed


def update(konnect: Konnect, placed: Placed, wanted: Wanted, log: Log) -> None:
    """Replaces the whole plugin, so that changes by hand go too. Raises ScopeTaken, ForeignKeyRefused,
    NotFound and others.
    """
    session = _session(konnect, placed.region, wanted.header, log)
    try:
        _put(session, placed, wanted)
    except (ForeignKeyRefused, NotFound) as error:
        gone: KonnectError = error
    else:
        return
    what = (
        f"control plane {placed.control_plane_id}"
        if isinstance(gone, NotFound)
        else f"{placed.scope.kind} {placed.scope.id}"
    )
    raise gone.rephrased(
        f"{what} is gone from Konnect; `pulumi refresh` notices that, "
        "and the next `pulumi up` looks the name up anew"
    )


def read(konnect: Konnect, placed: Placed, written: Secured, log: Log) -> Live | None:
    """The header as Konnect has it, None when it is gone. Raises Conflict when another kind of plugin has
    its id.
    """
    session = _session(konnect, placed.region, written.header, log)
    try:
        plugin = read_plugin(session, placed.control_plane_id, placed.plugin_id)
    except NotFound:
        return None
    if plugin.name != PLUGIN_NAME:
        raise Conflict(
            f"plugin {placed.plugin_id} is a {plugin.name} now, not the {PLUGIN_NAME} that was made: if "
            "somebody put it "
            "there on purpose, take this resource out of the state with `pulumi state delete`"
        )
    return observe(written, plugin)


def delete(konnect: Konnect, placed: Placed, header: Header, log: Log) -> None:
    """Deletes the plugin. One that is gone is no error, and another kind of plugin that got its id is left
    alone.
    """
    session = _session(konnect, placed.region, header, log)
    try:
        plugin = read_plugin(session, placed.control_plane_id, placed.plugin_id)
    except NotFound:
        return
    if plugin.name != PLUGIN_NAME:
        log.warn(f"plugin {placed.plugin_id} is a {plugin.name} now and isn't ours: it was left alone")
        return
    delete_plugin(session, placed.control_plane_id, placed.plugin_id)


def _session(konnect: Konnect, region: str, header: Header, log: Log) -> Session:
    wholes = (header.value, header.entry) if header.secret else ()
    return konnect.session(region, secrets=(header.secret,), wholes=wholes, tell=log.progress)


def _place(
    session: Session, plane: ControlPlane, wanted: Wanted, holdings: Holdings
) -> tuple[Service | Route, Placed]:
    find = find_service if wanted.scope_kind == "service" else find_route
    found = find(session, plane, wanted.scope_name)
    scope = scope_of(found)
    identity = plugin_id(plane.id, scope.kind, scope.id, wanted.owner)
    placed = Placed(wanted.region, plane.id, scope, identity)
    # Claimed before the PUT: two threads must not take one id for two resources.
    if not holdings.claim(identity):
        raise ScopeTaken(
            f"the header on {scope.kind} {wanted.scope_name!r} belongs to another resource of this "
            "stack, which once had "
            "this one's name: give this one a name that was never used, or another service or route"
        )
    try:
        _put(session, placed, wanted)
    except KonnectError as error:
        holdings.release(identity)
        if isinstance(error, ForeignKeyRefused):
            session.names.forget(scope_key(session, plane, wanted.scope_kind, wanted.scope_name))
        raise
    return found, placed


def _put(session: Session, placed: Placed, wanted: Wanted) -> None:
    try:
        put_plugin(
            session,
            placed.control_plane_id,
            placed.plugin_id,
            name=PLUGIN_NAME,
            scope=placed.scope,
            config=configuration(wanted.header, overwrite=wanted.overwrite),
            enabled=wanted.enabled,
            protocols=DEFAULT_PROTOCOLS,
            tags=wanted.tags,
        )
    except Conflict as error:
        conflict = error
    else:
        return
    raise _scope_taken(session, placed, wanted, conflict)


def _scope_taken(session: Session, placed: Placed, wanted: Wanted, conflict: Conflict) -> KonnectError:
    occupant = _occupant(session, placed)
    if occupant is None:
        return conflict
    rules = ", ".join(sorted(str(rule) for rule in rules_of(occupant.config))) or "no rules"
    return ScopeTaken(
        f"{placed.scope.kind} {wanted.scope_name!r} already has a {PLUGIN_NAME}, and Konnect allows one: "
        f"plugin {occupant.id} with {rules}\n"
        "  - if this resource was renamed, tell Pulumi: "
        'opts=ResourceOptions(aliases=[Alias(name="the old name")])\n'
        "  - if another stack or person made it, use that header, or put yours on another service or route\n"
        "  - if nobody needs it, delete that plugin in Konnect and run this again",
        method=conflict.method,
        path=conflict.path,
        status=conflict.status,
        trace_id=conflict.trace_id,
    )


def _occupant(session: Session, placed: Placed) -> Plugin | None:
    try:
        plugins = list(list_plugins(session, placed.control_plane_id, placed.scope))
    except KonnectError:
        # The conflict at hand matters more than a list the token may not read.
        return None
    others = [plugin for plugin in plugins if plugin.name == PLUGIN_NAME and plugin.id != placed.plugin_id]
    # Plugins for one consumer, or for a route besides the service, sit in a scope of their own.
    exact = [plugin for plugin in others if not {"consumer", "consumer_group"} & set(plugin.restrictions)]
    exact = [plugin for plugin in exact if not (placed.scope.kind == "service" and plugin.route_id)] or others
    return exact[0] if exact else None


def _warn_of_plain_hop(session: Session, placed: Placed, found: Service | Route, log: Log) -> None:
    # The header is in place: whatever fails from here on must not make Pulumi forget it.
    service = found if isinstance(found, Service) else None
    if isinstance(found, Route) and found.service_id is not None:
        key = ("service", placed.region, placed.control_plane_id, found.service_id)
        service_id = found.service_id
        try:
            service = session.names.get(
                key, lambda: read_service(session, placed.control_plane_id, service_id)
            )
        except KonnectError:
            return
    if service is None or service.protocol not in _PLAIN_PROTOCOLS:
        return
    sandboxed = "; in the sandbox this hop stays on this machine" if session.settings.sandboxed else ""
    log.warn(
        f"service {service.name!r} is reached over plain {service.protocol.upper()}: whoever can read "
        "the network between "
        f"the gateway and the backend can read the shared secret; use https where you can{sandboxed}"
    )
