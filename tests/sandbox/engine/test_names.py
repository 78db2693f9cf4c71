"""URNs, aliases, and references that follow renames or are dropped."""

from __future__ import annotations

from typing import Any

import pytest

from kong_secure.sandbox.engine import references, replacement, urns
from kong_secure.sandbox.engine.deletion import dependents
from kong_secure.sandbox.engine.state import Record, Resource
from kong_secure.sandbox.engine.urns import Alias, Identity
from kong_secure.sandbox.engine.wire import UNKNOWN

STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
PAIR = "urn:pulumi:dev::p::my:m:Pair::pair"


@pytest.mark.parametrize(
    ("parent", "urn"),
    [
        ("", "urn:pulumi:dev::p::a:b:C::n"),
        (STACK, "urn:pulumi:dev::p::a:b:C::n"),
        (PAIR, "urn:pulumi:dev::p::my:m:Pair$a:b:C::n"),
        ("urn:pulumi:dev::p::x:y:Z$my:m:Pair::pair", "urn:pulumi:dev::p::x:y:Z$my:m:Pair$a:b:C::n"),
    ],
)
def test_a_urn_carries_the_types_of_its_parents_but_not_the_stacks(parent: str, urn: str) -> None:
    assert Identity("dev", "p", parent, "a:b:C", "n").urn == urn


def test_the_parts_of_a_urn_are_found_even_in_strange_names() -> None:
    urn = Identity("dev", "p", PAIR, "a:b:C", "x::y$z").urn
    assert (urns.type_of(urn), urns.name_of(urn)) == ("a:b:C", "x::y$z")


@pytest.mark.parametrize(
    ("alias", "urn"),
    [
        (Alias(name="old"), "urn:pulumi:dev::p::my:m:Pair$a:b:C::old"),
        (Alias(type="x:y:Z"), "urn:pulumi:dev::p::my:m:Pair$x:y:Z::n"),
        (Alias(no_parent=True), "urn:pulumi:dev::p::a:b:C::n"),
        (Alias(parent=STACK), "urn:pulumi:dev::p::a:b:C::n"),
        (Alias(stack="test", project="q"), "urn:pulumi:test::q::my:m:Pair$a:b:C::n"),
        (Alias(urn="urn:whole"), "urn:whole"),
    ],
)
def test_an_alias_is_what_it_says_and_otherwise_as_today(alias: Any, urn: str) -> None:
    assert urns.aliases(Identity("dev", "p", PAIR, "a:b:C", "n"), (alias,), {}) == (urn,)


def test_a_child_inherits_its_parents_alias_and_the_prefix_of_its_name() -> None:
    used = {PAIR: "urn:pulumi:dev::p::my:m:Pair::old"}
    found = urns.aliases(Identity("dev", "p", PAIR, "a:b:C", "pair-child"), (Alias(name="other"),), used)
    assert found == (
        "urn:pulumi:dev::p::my:m:Pair$a:b:C::other",
        "urn:pulumi:dev::p::my:m:Pair$a:b:C::old-child",
    )


def test_everything_follows_a_rename() -> None:
    old, new = "urn:pulumi:dev::p::t:t:Old::x", "urn:pulumi:dev::p::t:t:New::x"
    child = "urn:pulumi:dev::p::t:t:Old$t:t:C::child"
    renamed_child = "urn:pulumi:dev::p::t:t:New$t:t:C::child"
    documents: list[dict[str, Any]] = [
        {"urn": new, "aliases": [old]},
        {"urn": child, "parent": old},
        {
            "urn": "urn:pulumi:dev::p::t:t:D::d",
            "dependencies": [old, child],
            "propertyDependencies": {"a": [child], "b": []},
            "provider": f"{old}::id",
            "deletedWith": old,
        },
    ]
    assert references.follow_aliases(documents) == [
        {"urn": new},
        {"urn": renamed_child, "parent": new},
        {
            "urn": "urn:pulumi:dev::p::t:t:D::d",
            "dependencies": [new, renamed_child],
            "propertyDependencies": {"a": [renamed_child], "b": []},
            "provider": f"{new}::id",
            "deletedWith": new,
        },
    ]


def record(key: int, name: str, **fields: Any) -> Record:
    return Record(key, Resource(name, "t", custom=True, id=name, **fields))


def test_references_to_what_is_gone_are_dropped_and_children_move_up() -> None:
    records = [
        record(2, "c", parent="b", dependencies=("a", "gone"), deleted_with="gone"),
        record(3, "d", property_dependencies={"x": ("gone", "a")}),
        record(4, "e", dependencies=("a",)),
    ]
    changed = references.without_dangling(records, {"b", "gone"}, {"b": "gone", "gone": "top"})
    assert set(changed) == {2, 3}
    assert (changed[2].parent, changed[2].dependencies, changed[2].deleted_with) == ("top", ("a",), "")
    assert changed[3].property_dependencies == {"x": ("a",)}


def test_a_resource_is_needed_by_its_children_dependents_and_those_it_provides() -> None:
    records = [
        record(0, "a"),
        record(1, "b", parent="a"),
        record(2, "c", dependencies=("a",)),
        record(3, "d", provider="a::id"),
        record(4, "e", property_dependencies={"x": ("b",)}),
        record(5, "f", deleted_with="c"),
    ]
    assert dependents(records) == {0: {1, 2, 3}, 1: {4}, 2: {5}, 3: set(), 4: set(), 5: set()}


def test_only_what_stands_earlier_in_the_state_is_needed() -> None:
    # a replaced resource and its successor share a URN; the successor never waits for the old one
    records = [record(0, "a", dependencies=("b",)), record(1, "b"), record(2, "a", delete=True)]
    assert dependents(records) == {0: set(), 1: set(), 2: set()}


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({"property_dependencies": {"place": ("root",)}, "inputs": {"place": 1}}, True),
        ({"property_dependencies": {"colour": ("root",)}, "inputs": {"colour": 1}}, False),
        ({"dependencies": ("root",)}, False),
        ({"deleted_with": "root"}, True),
        ({"provider": "root::id"}, True),
        ({"parent": "root"}, False),
    ],
)
def test_delete_first_takes_along_whom_the_change_would_replace(fields: Any, taken: Any) -> None:
    def replace_keys(_resource: Resource, inputs: Any) -> tuple[str, ...]:
        return tuple(key for key, value in inputs.items() if key == "place" and value is UNKNOWN)

    root, other = record(0, "root"), record(1, "other", **fields)
    found = replacement.dependents_to_replace(root, [root, other], set(), replace_keys)
    assert [dependent.record for dependent in found] == ([other] if taken else [])
    assert replacement.dependents_to_replace(root, [root, other], {"other"}, replace_keys) == []
