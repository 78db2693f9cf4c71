"""The explicit edges of a component (`depends_on`, where no value flows): which there are, and whether the order that
each is there for is kept, with the edge and without it. For any component, against Pulumi's mocks.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi.runtime import mocks

from tests.resources.mocked_program import Engine, run

Key = tuple[str, str]
"""A resource: type token and name."""

_QUIET_SECONDS = 0.1
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, order=True)
class Edge:
    """Two resources of which the later one names the earlier one in `depends_on`, and takes no value of it."""

    later: Key
    earlier: Key


def explicit_edges(program: Callable[[], object], engine: Engine) -> frozenset[Edge]:
    """Every explicit edge that a program registers."""
    return edges_of(requests(program, engine))


def edges_of(registered: dict[Key, Any]) -> frozenset[Edge]:
    """The explicit edges among registrations: dependencies without those that values flow from."""
    found = set()
    for key, request in registered.items():
        flows = {urn for each in request.propertyDependencies.values() for urn in each.urns}
        found |= {Edge(key, _key(urn)) for urn in set(request.dependencies) - flows}
    return frozenset(found)


def requests(program: Callable[[], object], engine: Engine, *, preview: bool = False) -> dict[Key, Any]:
    """The registrations of a program as they reach an engine."""
    made: dict[Key, Any] = {}
    register = mocks.MockMonitor.RegisterResource

    def recorded(monitor: mocks.MockMonitor, request: Any) -> Any:
        made[request.type, request.name] = request
        return register(monitor, request)  # type: ignore[no-untyped-call]

    with patch.object(mocks.MockMonitor, "RegisterResource", recorded):
        run(program, engine=engine, preview=preview)
    return made


def begins_too_early(
    program: Callable[[], object], engine: Engine, edge: Edge, *, without_edge: bool = False
) -> bool:
    """Whether the later resource is begun while the earlier one, which is made to take long, is under way. That one
    ends when the later one has begun, or when nothing else moves any more: without the edge it is given far longer.
    """
    held = _Held(engine, edge, _PATIENCE_SECONDS if without_edge else _QUIET_SECONDS)
    if without_edge:
        with _removed(edge):
            run(program, engine=held)
    else:
        run(program, engine=held)
    assert held.ended.is_set(), f"nothing registered {edge.earlier}"
    assert held.begun.is_set(), f"nothing registered {edge.later}"
    return held.early


def is_recorded_after(
    program: Callable[[], object], engine: Engine, edge: Edge, *, without_edge: bool
) -> bool:
    """Whether the state says, at one remove or at several, that the later resource depends on the earlier one, so that
    it is deleted first.
    """
    if without_edge:
        with _removed(edge):
            registered = requests(program, engine)
    else:
        registered = requests(program, engine)
    reached, ahead = set[Key](), [edge.later]
    while ahead:
        request = registered.get(ahead.pop())
        if request is not None:
            provider = request.provider.rpartition("::")[0]  # without its id
            found = {_key(urn) for urn in (*request.dependencies, request.parent, provider) if urn}
            ahead += found - reached
            reached |= found
    return edge.earlier in reached


class _Held(Engine):
    """An engine in which one resource takes as long as anything else goes on."""

    def __init__(self, engine: Engine, edge: Edge, patience: float) -> None:
        super().__init__()
        self._engine, self._edge, self._patience = engine, edge, patience
        self._moved = threading.Condition()
        self._moves = 0
        self.begun, self.ended = threading.Event(), threading.Event()
        self.early = False

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        key = (args.typ, args.name)
        if key == self._edge.later:
            self.early = not self.ended.is_set()
            self.begun.set()
        self._move()
        made = self._engine.new_resource(args)
        if key == self._edge.earlier:
            self._wait()
            self.ended.set()
        self._move()
        return made

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        answer = self._engine.call(args)
        self._move()
        return answer

    def _move(self) -> None:
        with self._moved:
            self._moves += 1
            self._moved.notify_all()

    def _wait(self) -> None:
        with self._moved:
            while not self.begun.is_set():
                before = self._moves
                if not self._moved.wait_for(lambda: self._moves > before, self._patience):  # noqa: B023
                    return


@contextmanager
def _removed(edge: Edge) -> Iterator[None]:
    """A block in which the later resource doesn't name the earlier one."""
    whole = pulumi.Resource.__init__
    removed: list[pulumi.Resource] = []

    def without(self: pulumi.Resource, t: str, name: str, *args: Any, **kwargs: Any) -> None:
        if (t, name) == edge.later:
            args = tuple(map(lighter, args))
            kwargs = {key: lighter(value) for key, value in kwargs.items()}
        whole(self, t, name, *args, **kwargs)

    def lighter(value: Any) -> Any:
        if not isinstance(value, pulumi.ResourceOptions) or not isinstance(value.depends_on, list):
            return value
        named = {(each.pulumi_resource_type, each.pulumi_resource_name): each for each in value.depends_on}
        removed.extend(each for key, each in named.items() if key == edge.earlier)
        options = copy.copy(value)
        options.depends_on = [each for key, each in named.items() if key != edge.earlier]
        return options

    with patch.object(pulumi.Resource, "__init__", without):
        yield
    assert removed, f"{edge.later} doesn't name {edge.earlier} in depends_on"


def _key(urn: str) -> Key:
    *_, kinds, name = urn.split("::")
    return kinds.rpartition("$")[2], name
