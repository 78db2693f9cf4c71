"""The inputs of a header as a whole."""

from collections.abc import Collection
from typing import Any

import pytest

from kong_secure.rules.findings import Finding, described
from kong_secure.rules.header_inputs import canonical_tags, input_findings
from kong_secure.rules.identity import plugin_id

GIVEN = {"control_plane": "demo", "service": "orders", "shared_secret": "a-fine-secret-of-some-length"}


def problems(later: Collection[str] = (), **changes: object) -> list[str]:
    given = {key: value for key, value in {**GIVEN, **changes}.items() if value is not None}
    return [str(finding) for finding in input_findings(given, later)]


def test_the_least_that_is_needed_is_right() -> None:
    assert problems() == []
    assert problems(service=None, route="r") == []


@pytest.mark.parametrize("changes", [{"service": None}, {"route": "r"}])
def test_exactly_one_of_service_and_route_is_needed(changes: dict[str, Any]) -> None:
    (problem,) = problems(**changes)
    assert "service and route" in problem


@pytest.mark.parametrize("name", ["control_plane", "service"])
@pytest.mark.parametrize(("value", "what"), [("", "is empty"), ("  ", "is empty"), (5, "is no text")])
def test_names_must_be_texts_and_the_value_got_is_told(name: str, value: Any, what: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem == f"{name} {value!r} {what}: give a name or an id"


def test_a_missing_control_plane_is_a_problem() -> None:
    assert problems(control_plane=None) == ["control_plane is missing: give a name or an id"]


@pytest.mark.parametrize("name", ["overwrite", "enabled"])
@pytest.mark.parametrize("value", ["true", 1, 0, []])
def test_switches_must_be_bools(name: str, value: Any) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(name)


@pytest.mark.parametrize("tags", ["team", {"a": 1}, [1], [""], ["a,b"], ["a/b"], ["x" * 129]])
def test_tags_that_konnect_cannot_filter_are_refused(tags: object) -> None:
    assert len(problems(tags=tags)) == 1


def test_ordinary_tags_are_right() -> None:
    assert problems(tags=["team-a", "ünï code", "x" * 128]) == []
    assert problems(tags=[]) == []


def test_what_is_known_later_is_no_problem_now() -> None:
    later = {
        "control_plane",
        "service",
        "header_name",
        "shared_secret",
        "scheme",
        "overwrite",
        "enabled",
        "tags",
    }
    assert list(input_findings({}, later)) == []


def test_what_is_known_is_checked_while_other_values_are_awaited() -> None:
    found = problems(later={"shared_secret"}, shared_secret=None, header_name="X_Y", scheme="a b")
    assert len(found) == 2
    assert len(problems(later={"header_name"}, header_name=None, shared_secret=":x")) == 1


def test_the_scheme_of_an_awaited_name_is_not_guessed() -> None:
    assert problems(later={"header_name"}, header_name=None, shared_secret="Bearer abcdefghijkl") == []
    assert (
        len(problems(later={"header_name"}, header_name=None, scheme="Bearer", shared_secret="Bearer abc"))
        == 1
    )
    assert problems(later={"scheme"}, shared_secret="Bearer abcdefghijkl") == []


def test_several_problems_become_one_message_that_names_each() -> None:
    text = described([Finding("a", "is wrong", "fix a"), Finding("b", "is wrong", "fix b")])
    assert text.splitlines() == [
        "2 problems with its inputs",
        "  - a is wrong: fix a",
        "  - b is wrong: fix b",
    ]


def test_one_problem_is_one_line() -> None:
    assert described([Finding("a", "is wrong", "fix a")]) == "a is wrong: fix a"


@pytest.mark.parametrize(
    ("tags", "stored"), [(None, None), ([], None), (["b", "a", "b"], ["b", "a"]), (("a",), ["a"])]
)
def test_tags_are_stored_once_each_and_not_at_all_when_empty(tags: object, stored: list[str] | None) -> None:
    assert canonical_tags(tags) == stored


def test_the_recipe_of_plugin_ids_is_frozen() -> None:
    assert plugin_id("cp", "service", "s", "org/project/stack/name") == "8d055289-2622-5ad3-92e6-c9426b081dab"


def test_every_part_of_the_owner_and_the_place_changes_the_id() -> None:
    base = ("cp", "service", "s", "owner")
    others = [
        ("x", *base[1:]),
        ("cp", "route", "s", "owner"),
        ("cp", "service", "x", "owner"),
        (*base[:3], "x"),
    ]
    assert len({plugin_id(*parts) for parts in [base, *others]}) == 5
