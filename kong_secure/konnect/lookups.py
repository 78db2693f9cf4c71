"""From the names people write to the ids Konnect wants, with patience for what was made a moment ago and a
list of what there is.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from kong_secure.errors import AmbiguousName, ForeignKeyRefused, KonnectError, NotFound, UnknownName
from kong_secure.konnect.answers import is_id
from kong_secure.konnect.cloud_gateways import Network, list_networks, read_network
from kong_secure.konnect.control_planes import ControlPlane, list_control_planes, read_control_plane
from kong_secure.konnect.core_entities import (
    Route,
    Scope,
    ScopeKind,
    Service,
    list_routes,
    list_services,
    read_route,
    read_service,
)
from kong_secure.konnect.session import Session

Found = TypeVar("Found")

_MOST_LISTED = 25


def find_control_plane(session: Session, name_or_id: str) -> ControlPlane:
    """The control plane of this name or id, asked for once per process.

    Raises UnknownName after 10 s, AmbiguousName at once.
    """
    key = _plane_key(session, name_or_id)
    try:
        return _patiently(session, key, lambda: _ask_control_plane(session, name_or_id))
    except NotFound as error:
        if not session.patient:
            raise
        refusal = error
    there_are = _listed(plane.name for plane in list_control_planes(session))
    sentence = f"there is no control plane {name_or_id!r} in region {session.region}; {there_are}"
    raise _unknown(refusal, sentence, _declaration(session, name_or_id, ()))


def in_control_plane(session: Session, name_or_id: str, work: Callable[[ControlPlane], Found]) -> Found:
    """The result of `work` with the control plane of this name or id.

    One that is only remembered may have been deleted since, and made anew under its name: when something
    isn't there, it is forgotten and looked up once more before `work` is tried again, with patience this
    time. Raises what `find_control_plane` and `work` raise.
    """
    key = _plane_key(session, name_or_id)
    if session.names.knows(key):
        try:
            with session.impatient():
                return work(find_control_plane(session, name_or_id))
        except (NotFound, ForeignKeyRefused):
            session.names.forget(key)
    return work(find_control_plane(session, name_or_id))


def find_service(session: Session, control_plane: ControlPlane, name_or_id: str) -> Service:
    """The service of this name or id, asked for once per process. Raises UnknownName after 10 s."""
    key = scope_key(session, control_plane, "service", name_or_id)
    try:
        return _patiently(session, key, lambda: read_service(session, control_plane.id, name_or_id))
    except NotFound as error:
        if not session.patient:
            raise
        refusal = error
    it_has = _listed(service.name for service in list_services(session, control_plane.id))
    lines = ("    services:", f"      - {{name: {name_or_id}, url: http://backend.internal}}")
    raise _unknown(
        refusal,
        f"control plane {control_plane.name!r} (region {session.region}) has no service {name_or_id!r}; "
        f"{it_has}",
        _declaration(session, control_plane.name, lines),
    )


def find_route(session: Session, control_plane: ControlPlane, name_or_id: str) -> Route:
    """The route of this name or id, asked for once per process. Raises UnknownName after 10 s."""
    key = scope_key(session, control_plane, "route", name_or_id)
    try:
        return _patiently(session, key, lambda: read_route(session, control_plane.id, name_or_id))
    except NotFound as error:
        if not session.patient:
            raise
        refusal = error
    it_has = _listed(route.name for route in list_routes(session, control_plane.id))
    lines = (
        "    services:",
        "      - name: backend",
        "        url: http://backend.internal",
        f"        routes: [{{name: {name_or_id}, paths: [/]}}]",
    )
    raise _unknown(
        refusal,
        f"control plane {control_plane.name!r} (region {session.region}) has no route {name_or_id!r}; "
        f"{it_has}",
        _declaration(session, control_plane.name, lines),
    )


def find_network(session: Session, name_or_id: str) -> Network:
    """The network of this name or id, on a session of the global host. What is remembered is nothing: its
    state changes.

    Raises UnknownName after 10 s, AmbiguousName at once.
    """
    try:
        ask = partial(_ask_network, session, name_or_id)
        return session.patiently(ask, NotFound, awaited=f"network {name_or_id!r}")
    except NotFound as error:
        refusal = error
    there_are = _listed(network.name for network in list_networks(session))
    lines: tuple[str, ...] = ()
    if session.settings.sandboxed:
        lines = (
            "in the sandbox it exists once sandbox.yaml, beside Pulumi.yaml, declares it:",
            "  networks:",
            f"    - name: {name_or_id}",
        )
    raise _unknown(refusal, f"there is no network {name_or_id!r}; {there_are}", lines)


def scope_key(
    session: Session, control_plane: ControlPlane, kind: ScopeKind, name_or_id: str
) -> tuple[str, ...]:
    """Under which a service or route is remembered, to forget it when it turns out to be gone."""
    return (kind, session.region, control_plane.id, name_or_id)


def scope_of(found: Service | Route) -> Scope:
    """Where a plugin for this service or route sits."""
    return Scope("service" if isinstance(found, Service) else "route", found.id)


def _plane_key(session: Session, name_or_id: str) -> tuple[str, ...]:
    return ("control plane", session.region, name_or_id)


def _ask_control_plane(session: Session, name_or_id: str) -> ControlPlane:
    if is_id(name_or_id):
        return read_control_plane(session, name_or_id)
    found = list(list_control_planes(session, name_or_id))
    if len(found) > 1:
        ids = ", ".join(plane.id for plane in found)
        raise AmbiguousName(
            f"{len(found)} control planes are named {name_or_id!r} in region {session.region}; give one "
            f"of their ids: {ids}",
            method="GET",
            path="/v2/control-planes",
        )
    if not found:
        raise NotFound(
            f"no control plane {name_or_id!r} yet", method="GET", path="/v2/control-planes", status=200
        )
    return found[0]


def _ask_network(session: Session, name_or_id: str) -> Network:
    path = "/v2/cloud-gateways/networks"
    if is_id(name_or_id):
        return read_network(session, name_or_id)
    found = [network for network in list_networks(session, name_or_id) if network.state != "terminated"]
    if len(found) > 1:
        ids = ", ".join(network.id for network in found)
        raise AmbiguousName(
            f"{len(found)} networks are named {name_or_id!r}; give one of their ids: {ids}",
            method="GET",
            path=path,
        )
    if not found:
        raise NotFound(f"no network {name_or_id!r} yet", method="GET", path=path, status=200)
    return found[0]


def _patiently(session: Session, key: tuple[str, ...], ask: Callable[[], Found]) -> Found:
    # The patience is around the cache, not inside: another thread's wait must not add to ours.
    kind, *_, name = key
    return session.patiently(lambda: session.remembered(key, ask), NotFound, awaited=f"{kind} {name!r}")


def _listed(names: Iterable[str]) -> str:
    try:
        known = sorted(names)
    except KonnectError:
        # The refusal at hand matters more than a list the token may not read.
        return "what there is can't be listed"
    if not known:
        return "there is none at all"
    more = f" and {len(known) - _MOST_LISTED} more" if len(known) > _MOST_LISTED else ""
    return f"there is: {', '.join(known[:_MOST_LISTED])}{more}"


def _declaration(session: Session, control_plane: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    if not session.settings.sandboxed:
        return ()
    return (
        "in the sandbox it exists once sandbox.yaml, beside Pulumi.yaml, declares it:",
        "  control_planes:",
        f"    - name: {control_plane}",
        f"      region: {session.region}",
        *(f"  {line}" for line in lines),
    )


def _unknown(refusal: NotFound, sentence: str, lines: tuple[str, ...]) -> UnknownName:
    return UnknownName(
        "\n".join((sentence, *lines)),
        method=refusal.method,
        path=refusal.path,
        status=refusal.status,
        trace_id=refusal.trace_id,
    )
