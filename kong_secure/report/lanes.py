"""The diagram of a change as data: for each header, and for each path that has none, the way of a request from
client to backend, each part marked as new, changed, gone or as it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kong_secure.report.changes import Changed
from kong_secure.report.digest import State
from kong_secure.report.effects import STACK_REFERENCE
from kong_secure.report.levels import Effect, Level
from kong_secure.report.words import shown
from kong_secure.rules.exposure import UNKNOWN
from kong_secure.rules.policies import ATTACHMENT, HEADER, PEERING

PUBLIC_INTERNET = "public internet"

_PATHS = {ATTACHMENT: "AWS transit gateway", PEERING: "Azure VNet peering"}
_MARKS = {"create": "new", "update": "changed", "replace": "replaced", "delete": "removed", "same": ""}


@dataclass(frozen=True)
class Part:
    """One box of a way. mark: new, changed, replaced or removed; empty: as it was."""

    label: str
    mark: str = ""

    def __str__(self) -> str:
        return f"{self.label} ({self.mark})" if self.mark else self.label


@dataclass(frozen=True)
class Lane:
    """The way of a request. header: what the gateway adds; None: nothing, and the backend can't tell."""

    gateway: Part
    path: Part
    header: Part | None
    backend: Part


def lanes(changes: Sequence[Changed]) -> tuple[Lane, ...]:
    """Every way there is before or after the change, in the order of the program, those that change first."""
    by_urn = {each.urn: each for each in changes}
    headers = [each for each in changes if each.type == HEADER]
    behind = {each.urn: _paths_before(each, by_urn) for each in headers}
    with_header = [lane for each in headers for lane in _lanes(each, behind[each.urn])]
    taken = {path.urn for paths in behind.values() for path in paths}
    paths = [each for each in changes if each.type in _PATHS and each.urn not in taken]
    return tuple(sorted(with_header + [_without_header(each) for each in paths], key=_is_as_it_was))


def _is_as_it_was(lane: Lane) -> bool:
    return not any(
        part.mark for part in (lane.gateway, lane.path, lane.header, lane.backend) if part is not None
    )


def ways_changed(changes: Sequence[Changed]) -> dict[str, Effect]:
    """By URN, headers whose requests go another way than before, be the header itself as it was."""
    by_urn = {each.urn: each for each in changes}
    found = {}
    for each in changes:
        if each.type == HEADER and each.old is not None and each.new is not None:
            was, now = _ways(each, by_urn, _old), _ways(each, by_urn, _new)
            if was != now:
                found[each.urn] = _other_way(was, now)
    return found


def _other_way(was: Sequence[str], now: Sequence[str]) -> Effect:
    text = f"its requests go over {shown(now) or PUBLIC_INTERNET}, no longer over {shown(was) or PUBLIC_INTERNET}"
    if not now:
        return Effect(Level.DANGER, f"{text}: the header waits for no private path")
    return Effect(Level.WEAKER if set(was) - set(now) else Level.STRONGER, text)


def _ways(header: Changed, by_urn: Mapping[str, Changed], at: Callable[[Changed], State | None]) -> list[str]:
    return [_path(each).label for each in _paths_before(header, by_urn, at) if at(each) is not None]


def _old(changed: Changed) -> State | None:
    return changed.old


def _new(changed: Changed) -> State | None:
    return changed.new


def _latest(changed: Changed) -> State | None:
    return changed.new or changed.old


def _paths_before(
    header: Changed, by_urn: Mapping[str, Changed], at: Callable[[Changed], State | None] = _latest
) -> list[Changed]:
    """The paths that a header waits for."""
    found = [by_urn[urn] for urn in _upstream(header, by_urn, at)]
    return [each for each in found if each.type in _PATHS or each.type == STACK_REFERENCE]


def _upstream(
    changed: Changed, by_urn: Mapping[str, Changed], at: Callable[[Changed], State | None]
) -> Iterator[str]:
    """Everything that a resource depends on, near or far; each once, also where a digest goes round in a ring."""
    seen: set[str] = set()
    waiting = [changed.urn]
    while waiting:
        state = at(by_urn[waiting.pop()])
        for urn in () if state is None else state.depends_on:
            if urn in by_urn and urn not in seen:
                seen.add(urn)
                waiting.append(urn)
    yield from (urn for urn in by_urn if urn in seen)


def _lanes(header: Changed, paths: Sequence[Changed]) -> list[Lane]:
    return [_lane(header, path) for path in paths] or [_lane(header, None)]


def _lane(header: Changed, path: Changed | None) -> Lane:
    inputs = header.after or header.before
    where = "route" if inputs.get("route") else "service"
    name = inputs.get(where)
    mark = _MARKS[header.kind]
    name_of_header = shown(inputs.get("header_name", "Authorization"))
    return Lane(
        gateway=Part(f"gateway of {shown(inputs.get('control_plane'))}"),
        path=Part(PUBLIC_INTERNET) if path is None else _path(path),
        header=None if inputs.get("enabled", True) is False else Part(f"{name_of_header}: ***", mark),
        backend=Part(f"{where} {header.name if name == UNKNOWN else shown(name)}", mark),
    )


def _path(path: Changed) -> Part:
    if path.type == STACK_REFERENCE:
        return Part(f"path of stack {path.name}")
    return Part(f"{_PATHS[path.type]} {path.name}", _MARKS[path.kind])


def _without_header(path: Changed) -> Lane:
    mark = _MARKS[path.kind]
    inputs = path.after or path.before
    reached = inputs.get("cidr_blocks") or f"virtual network {shown(inputs.get('vnet_name'))}"
    return Lane(Part("gateways of the network"), _path(path), None, Part(shown(reached), mark))
