"""Which request-transformer runs: the most specific one, instead of the others."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.sandbox.data_plane.servers import World, call, plugin

SCOPES: dict[str, dict[str, Any]] = {
    "both": {"route": {"id": "route-1"}, "service": {"id": "service-1"}},
    "route": {"route": {"id": "route-1"}},
    "service": {"service": {"id": "service-1"}},
    "global": {"route": None, "service": None},
}


def scoped(name: str, **fields: Any) -> dict[str, Any]:
    return plugin({"add": {"headers": [f"X-{name}:1", f"X-Ran:{name}"]}}, id=name, **SCOPES[name], **fields)


@pytest.mark.parametrize(("specific", "wide"), list(itertools.combinations(SCOPES, 2)))
def test_a_more_specific_plugin_runs_instead_of_a_wider_one(gate: World, specific: str, wide: str) -> None:
    for order in ([specific, wide], [wide, specific]):
        gate.declared.declare(plugins=[scoped(name) for name in order])
        came = call(gate.port).came
        assert came.values("x-ran") == [specific]
        assert came.values(f"x-{wide}") == []


def test_a_disabled_plugin_neither_runs_nor_shadows_a_wider_one(gate: World) -> None:
    gate.declared.declare(plugins=[scoped("route", enabled=False), scoped("service")])
    assert call(gate.port).came.values("x-ran") == ["service"]


@pytest.mark.parametrize(
    "fields",
    [
        {"enabled": False},
        {"service": {"id": "another"}},
        {"route": {"id": "another"}},
        {"consumer": {"id": "c"}},
        {"protocols": ["tcp"]},
    ],
)
def test_a_plugin_for_something_else_does_not_run(gate: World, fields: dict[str, Any]) -> None:
    gate.declared.declare(plugins=[plugin({"add": {"headers": ["X-Ran:1"]}}, **fields)])
    assert call(gate.port).came.values("x-ran") == []


def test_a_changed_plugin_takes_effect_at_once_and_an_unchanged_one_is_not_read_again(gate: World) -> None:
    gate.declared.declare(config={"add": {"headers": ["X-Ran:1"]}})
    assert call(gate.port).came.values("x-ran") == ["1"]
    reads = gate.declared.reads
    assert call(gate.port).came.values("x-ran") == ["1"]
    assert gate.declared.reads == reads
    gate.declared.declare(config={"add": {"headers": ["X-Ran:2"]}})
    assert call(gate.port).came.values("x-ran") == ["2"]


def test_a_conditional_plugin_is_answered_with_500_rather_than_guessed(gate: World) -> None:
    gate.declared.declare(plugins=[plugin({}, condition='http.method == "GET"')])
    answered = call(gate.port)
    assert answered.status == 500
    assert "condition" in answered.message
