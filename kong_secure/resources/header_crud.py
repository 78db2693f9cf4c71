"""Create, read, update and delete of a header at Konnect as plain functions; nothing of Pulumi is known here.

Only create resolves names and derives an id. Afterwards the ids in the state count.
"""

from dataclasses import dataclass, field

from kong_secure.errors import Conflict, ForeignKeyRefused, KonnectError, NotFound, ScopeTaken
from kong_secure.konnect import (
    Konnect,
    Plugin,
    Route,
    Scope,
    Service,
    Session,
    delete_plugin,
    find_route,
    find_service,
    list_plugins,
    put_plugin,
    read_plugin,
    read_service,
)
from kong_secure.konnect.control_planes import ControlPlane
from kong_secure.konnect.core_entities import ScopeKind
from kong_secure.konnect.lookups import in_control_plane, scope_key, scope_of
from kong_secure.resources.crud import Holdings, Log
from kong_secure.rules.drift import Live, Secured, observe, place_of
from kong_secure.rules.header_value import Header
from kong_secure.rules.identity import plugin_id
from kong_secure.rules.request_transformer import (
    DEFAULT_PROTOCOLS,
    PLUGIN_NAME,
    configuration,
    rules_of,
)

_PLAIN_PROTOCOLS = frozenset({"http", "grpc", "ws"})


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

    What may sit at the id already isn't looked at, which would be a call more for each header: the id is
    derived from owner and place, so it is what an earlier create of the same owner left there.

    Raises UnknownName, AmbiguousName, ScopeTaken and every other KonnectError.
    """
    session = _session(konnect, wanted.region, wanted.header, log)

    def place(plane: ControlPlane) -> tuple[Service | Route, Placed]:
        awaited = f"{wanted.scope_kind} {wanted.scope_name!r}"
        return session.patiently(
            lambda: _place(session, plane, wanted, holdings), ForeignKeyRefused, awaited=awaited
        )

    found, placed = in_control_plane(session, wanted.control_plane, place)
    _warn_of_plain_hop(session, placed, found, log)
    return placed


def update(konnect: Konnect, placed: Placed, wanted: Wanted, log: Log, moved_to: str | None = None) -> None:
    """Replaces the whole plugin, so that changes by hand go too, once it is seen to be still ours.

    moved_to: where a refresh found it, so that the user was shown that it moves back. Konnect's PUT takes no
    condition: what somebody puts there between the look and the PUT is replaced.

    Raises Conflict when another kind of plugin has its id or when it was moved, ScopeTaken,
    ForeignKeyRefused, NotFound and others.
    """
    session = _session(konnect, placed.region, wanted.header, log)
    found = _found(session, placed)
    if found is not None and found.name != PLUGIN_NAME:
        raise _another_kind(found)
    if found is not None and _is_moved(placed, found, moved_to):
        raise Conflict(
            f"plugin {found.id} sits on {place_of(found)} now, and not on the {placed.scope.kind} it was made "
            "for: `pulumi refresh` notices that, and then `pulumi up` moves it back; if somebody moved it on "
            "purpose, take this resource out of the state with `pulumi state delete`"
        )
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
    plugin = _found(session, placed)
    if plugin is None:
        return None
    if plugin.name != PLUGIN_NAME:
        raise _another_kind(plugin)
    return observe(written, plugin)


def delete(konnect: Konnect, placed: Placed, header: Header, log: Log, moved_to: str | None = None) -> None:
    """Deletes the plugin. One that is gone is no error. Another kind of plugin that got its id is left alone,
    and so is one that was moved to another place without a refresh having found it there (`moved_to`).
    """
    session = _session(konnect, placed.region, header, log)
    plugin = _found(session, placed)
    if plugin is None:
        return
    if plugin.name != PLUGIN_NAME:
        log.warn(f"plugin {placed.plugin_id} is a {plugin.name} now and isn't ours: it was left alone")
        return
    if _is_moved(placed, plugin, moved_to):
        log.warn(
            f"plugin {placed.plugin_id} was moved to {place_of(plugin)} by hand, so it was left alone, "
            "shared secret included: delete it in Konnect if nobody needs it there"
        )
        return
    delete_plugin(session, placed.control_plane_id, placed.plugin_id)


def _found(session: Session, placed: Placed) -> Plugin | None:
    try:
        return read_plugin(session, placed.control_plane_id, placed.plugin_id)
    except NotFound:
        return None


def _another_kind(plugin: Plugin) -> Conflict:
    return Conflict(
        f"plugin {plugin.id} is a {plugin.name} now, not the {PLUGIN_NAME} that was made: if somebody put it "
        "there on purpose, take this resource out of the state with `pulumi state delete`"
    )


def _is_moved(placed: Placed, plugin: Plugin, moved_to: str | None) -> bool:
    expected = {"service": None, "route": None, placed.scope.kind: placed.scope.id}
    there = (plugin.service_id, plugin.route_id) == (expected["service"], expected["route"])
    return not there and place_of(plugin) != moved_to


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
            service = session.remembered(
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
