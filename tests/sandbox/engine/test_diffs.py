"""Comparing properties, and paths into them."""

from __future__ import annotations

from typing import Any

import pytest

from kong_secure.sandbox.engine import diffs
from kong_secure.sandbox.engine.wire import UNKNOWN, Properties, Secret


def found(old: Any, new: Any) -> dict[str, tuple[str, Any, Any]]:
    return {d.path: (d.kind, d.old, d.new) for d in diffs.differences(old, new)}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 1.0}, {}),
        ({"a": 1}, {"a": 2}, {"a": ("update", 1, 2)}),
        ({"a": 1}, {"a": True}, {"a": ("update", 1, True)}),
        ({}, {"a": None}, {"a": ("add", None, None)}),
        ({"a": 1}, {}, {"a": ("delete", 1, None)}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, {"a.c": ("update", 2, 3)}),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, {"a[1]": ("update", 2, 3), "a[2]": ("add", None, 4)}),
        ({"a": [1]}, {"a": {"b": 1}}, {"a": ("update", [1], {"b": 1})}),
        ({"a": {"b.c": 1}}, {"a": {"b.c": 2}}, {'a["b.c"]': ("update", 1, 2)}),
        ({"a": Secret("x")}, {"a": Secret("x")}, {}),
        ({"a": Secret("x")}, {"a": "x"}, {}),
        ({"a": Secret("x")}, {"a": "y"}, {"a": ("update", Secret("x"), Secret("y"))}),
        ({"a": Secret({"b": 1})}, {"a": {"b": 2}}, {"a": ("update", Secret({"b": 1}), Secret({"b": 2}))}),
        ({"a": [Secret(1)]}, {"a": [Secret(2)]}, {"a[0]": ("update", Secret(1), Secret(2))}),
        ({}, {"a": Secret(1)}, {"a": ("add", None, Secret(1))}),
        ({"a": 1}, {"a": UNKNOWN}, {"a": ("update", 1, UNKNOWN)}),
        ({"a": UNKNOWN}, {"a": UNKNOWN}, {"a": ("update", UNKNOWN, UNKNOWN)}),
        ({"a": [1]}, {"a": [UNKNOWN]}, {"a[0]": ("update", 1, UNKNOWN)}),
    ],
)
def test_what_differs_is_named_as_deep_as_possible(old: Any, new: Any, expected: Any) -> None:
    assert found(old, new) == expected


def test_top_level_names_are_listed_once() -> None:
    differences = diffs.differences({"a": {"b": 1, "c": 1}, "d.e": 1}, {"a": {"b": 2, "c": 2}, "d.e": 2})
    assert diffs.changed_keys(differences) == ("a", "d.e")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a[0].b", ("a", 0, "b")),
        ('a["b.c"]', ("a", "b.c")),
        ('a["say \\"hi\\""]', ("a", 'say "hi"')),
        ('["x.y"].z', ("x.y", "z")),
        ("a[*].b", ("a", "*", "b")),
        ("*", ("*",)),
    ],
)
def test_paths_are_read_as_pulumi_writes_them(text: str, path: tuple[str | int, ...]) -> None:
    assert diffs.parse_path(text) == path


@pytest.mark.parametrize(
    ("outer", "inner", "contains"),
    [
        ("a", "a", True),
        ("a", "a.b", True),
        ("a.b", "a", False),
        ("*", "anything[3]", True),
        ("a[*].b", "a[2].b", True),
        ("a[1]", "a[2]", False),
    ],
)
def test_a_path_contains_what_it_leads_to(outer: str, inner: str, contains: bool) -> None:
    assert diffs.contains_path(outer, inner) is contains


@pytest.mark.parametrize(
    ("path", "old", "new", "result"),
    [
        ("a", {"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        ("a", {}, {"a": 2}, {}),
        ("a", {"a": 1}, {}, {"a": 1}),
        ("a.b", {"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, {"a": {"b": 1, "c": 2}}),
        ("a.b", {}, {"a": {"b": 2, "c": 2}}, {"a": {"c": 2}}),
        ("a[1]", {"a": [1, 1]}, {"a": [2, 2]}, {"a": [2, 1]}),
        (
            "a[*].x",
            {"a": [{"x": 1}]},
            {"a": [{"x": 2, "y": 2}, {"x": 3}]},
            {"a": [{"x": 1, "y": 2}, {"x": 3}]},
        ),
        ("*", {"a": 1, "b": 1}, {"a": 2, "c": 2}, {"a": 1, "b": 1}),
        ("a", {"a": Secret("x")}, {"a": Secret("y")}, {"a": Secret("x")}),
        ("a.b", {"a": Secret({"b": 1})}, {"a": Secret({"b": 2, "c": 2})}, {"a": Secret({"b": 1, "c": 2})}),
    ],
)
def test_ignored_changes_are_put_back(
    path: str, old: Properties, new: Properties, result: Properties
) -> None:
    assert diffs.put_back([path], old, new) == result
