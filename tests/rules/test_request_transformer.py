"""The plugin's configuration: made, and read back rule by rule."""

import pytest

from kong_secure.rules.header_value import Header
from kong_secure.rules.request_transformer import configuration, rules_of

HEADER = Header("Authorization", "Bearer", "the-secret-value")


def empty() -> dict[str, object]:
    lists: dict[str, list[str]] = {part: [] for part in ("body", "headers", "querystring")}
    kinds = {kind: dict(lists) for kind in ("remove", "rename", "add", "append")}
    return {"http_method": None, **kinds, "replace": {**lists, "uri": None}}


def test_a_header_that_overwrites_is_removed_first_and_then_added() -> None:
    assert configuration(HEADER, overwrite=True) == {
        "remove": {"headers": ["Authorization"]},
        "add": {"headers": ["Authorization:Bearer the-secret-value"]},
    }


def test_a_header_that_only_adds_removes_nothing() -> None:
    assert configuration(HEADER, overwrite=False) == {
        "add": {"headers": ["Authorization:Bearer the-secret-value"]}
    }


def test_the_defaults_that_konnect_fills_in_are_no_rules() -> None:
    assert list(rules_of(empty())) == []


def test_what_was_made_is_read_back() -> None:
    rules = list(rules_of(empty() | configuration(HEADER, overwrite=True)))
    assert [str(rule) for rule in rules] == ["remove Authorization", "add Authorization"]
    assert rules[1].value == "Bearer the-secret-value"


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"add": {"headers": ["X-A:b:c"]}}, "add X-A"),
        ({"add": {"headers": ["X-A:::b"]}}, "add X-A"),
        ({"append": {"headers": ["X-A:b"]}}, "append X-A"),
        ({"rename": {"headers": ["X-Old:X-New"]}}, "rename X-Old"),
        ({"remove": {"querystring": ["page"]}}, "remove querystring page"),
        ({"replace": {"body": ["user.name:x"]}}, "replace body user.name"),
        ({"replace": {"uri": "/secret/path"}}, "replace uri path"),
        ({"http_method": "POST"}, "replace http_method method"),
        ({"add": {"headers": ["no colon at all!"]}}, "add (a name that can't be shown)"),
        ({"add": {"headers": [":value"]}}, "add (a name that can't be shown)"),
        ({"add": {"headers": [5]}}, "add 5"),
    ],
)
def test_rules_are_shown_by_kind_and_name(change: dict[str, object], shown: str) -> None:
    assert [str(rule) for rule in rules_of(change)] == [shown]


def test_a_rule_never_shows_its_value() -> None:
    (rule,) = rules_of({"add": {"headers": ["X-Other:their-secret"]}})
    assert "their-secret" not in f"{rule!r} {rule}"


@pytest.mark.parametrize(
    "config", [{}, {"add": None}, {"add": []}, {"add": {"headers": None}}, {"new_key": {"headers": ["a:b"]}}]
)
def test_unusual_shapes_are_read_without_failing(config: dict[str, object]) -> None:
    assert list(rules_of(config)) == []


def test_names_are_compared_without_case_and_among_headers_only() -> None:
    header, query = rules_of({"remove": {"headers": ["aUTHORIZATION"], "querystring": ["Authorization"]}})
    assert header.concerns("Authorization")
    assert not query.concerns("Authorization")
