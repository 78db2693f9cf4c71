"""What changes by hand look like."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kong_secure.rules.drift import REMARKS, Secured, observe
from kong_secure.rules.header_value import Header, header_findings
from kong_secure.rules.request_transformer import DEFAULT_PROTOCOLS, KINDS, configuration

HEADER = Header("Authorization", "Bearer", "the-secret-value")
WRITTEN = Secured(HEADER, overwrite=True, tags=("a", "b"), service_id="s")


@dataclass(frozen=True)
class Plugin:
    config: Mapping[str, object] = field(default_factory=lambda: configuration(HEADER, overwrite=True))
    enabled: bool = True
    protocols: tuple[str, ...] = DEFAULT_PROTOCOLS
    tags: tuple[str, ...] = ("a", "b")
    service_id: str | None = "s"
    route_id: str | None = None
    restrictions: tuple[str, ...] = ()


def with_rules(**kinds: list[str]) -> Plugin:
    config: dict[str, Any] = configuration(HEADER, overwrite=True)
    for kind, entries in kinds.items():
        config[kind] = {"headers": [*config.get(kind, {}).get("headers", []), *entries]}
    return Plugin(config)


def test_an_untouched_plugin_shows_no_drift() -> None:
    live = observe(WRITTEN, Plugin())
    assert (live.header, live.overwrite, live.enabled, live.tags, live.remarks) == (
        HEADER,
        True,
        True,
        ("a", "b"),
        {},
    )


@pytest.mark.parametrize("protocols", [(), tuple(reversed(DEFAULT_PROTOCOLS))])
def test_protocols_left_out_or_in_another_order_are_no_drift(protocols: tuple[str, ...]) -> None:
    assert observe(WRITTEN, replace(Plugin(), protocols=protocols)).remarks == {}


def test_tags_in_another_order_are_no_drift() -> None:
    assert observe(WRITTEN, replace(Plugin(), tags=("b", "a"))).tags == ("a", "b")


def test_the_name_in_another_case_is_no_drift() -> None:
    plugin = Plugin(
        {
            "remove": {"headers": ["AUTHORIZATION"]},
            "add": {"headers": ["authorization:Bearer the-secret-value"]},
        }
    )
    live = observe(WRITTEN, plugin)
    assert (live.header, live.overwrite, live.remarks) == (HEADER, True, {})


def test_a_disabled_plugin_shows() -> None:
    assert observe(WRITTEN, replace(Plugin(), enabled=False)).enabled is False


def test_changed_tags_show() -> None:
    assert observe(WRITTEN, replace(Plugin(), tags=("c",))).tags == ("c",)


def test_a_changed_value_shows_as_the_secret() -> None:
    plugin = Plugin(
        {"remove": {"headers": ["Authorization"]}, "add": {"headers": ["Authorization:Bearer another"]}}
    )
    assert observe(WRITTEN, plugin).header == Header("Authorization", "Bearer", "another")


def test_a_changed_scheme_shows() -> None:
    plugin = Plugin(
        {"remove": {"headers": ["Authorization"]}, "add": {"headers": ["Authorization:Basic abc"]}}
    )
    assert observe(WRITTEN, plugin).header == Header("Authorization", "", "Basic abc")


def test_a_renamed_header_shows_its_new_name() -> None:
    plugin = Plugin({"remove": {"headers": ["X-New"]}, "add": {"headers": ["X-New:Bearer the-secret-value"]}})
    live = observe(WRITTEN, plugin)
    assert (live.header, live.overwrite, live.remarks) == (
        Header("X-New", "Bearer", "the-secret-value"),
        True,
        {},
    )


def test_a_removal_that_is_gone_shows_as_overwrite() -> None:
    assert observe(WRITTEN, Plugin(configuration(HEADER, overwrite=False))).overwrite is False


def test_a_removal_that_was_added_shows_as_overwrite() -> None:
    assert observe(replace(WRITTEN, overwrite=False), Plugin()).overwrite is True


@pytest.mark.parametrize(
    ("rules", "shown"),
    [
        ({"add": ["X-Other:their-secret"]}, ["add X-Other"]),
        ({"append": ["Authorization:their-secret"]}, ["append Authorization"]),
        ({"replace": ["authorization:their-secret"]}, ["replace authorization"]),
        ({"rename": ["X-Mine:Authorization"]}, ["rename X-Mine"]),
        ({"remove": ["X-Gone"], "add": ["X-B:x", "X-A:y"]}, ["add X-A", "add X-B", "remove X-Gone"]),
        ({"add": ["Authorization:their-secret"]}, ["add Authorization"]),
        ({"remove": ["Authorization"]}, ["remove Authorization"]),
    ],
)
def test_added_rules_show_by_kind_and_header_name(rules: dict[str, list[str]], shown: list[str]) -> None:
    live = observe(WRITTEN, with_rules(**rules))
    assert live.remarks == {"foreign_rules": shown}
    assert live.header == HEADER
    assert "their-secret" not in repr(live)


def test_a_rule_that_kong_lets_win_shows_as_the_value() -> None:
    plugin = Plugin({"add": {"headers": ["Authorization:theirs", "Authorization:Bearer the-secret-value"]}})
    live = observe(WRITTEN, plugin)
    assert live.header.secret == "theirs"
    assert live.remarks == {"foreign_rules": ["add Authorization"]}


def test_a_plugin_without_our_rule_shows_it_as_missing() -> None:
    live = observe(WRITTEN, Plugin({"add": {"headers": ["X-Other:theirs"]}}))
    assert live.header == HEADER
    assert live.remarks == {"foreign_rules": ["add X-Other"], "missing_rules": ["add Authorization"]}


def test_our_value_in_another_part_of_the_request_is_not_our_rule() -> None:
    live = observe(WRITTEN, Plugin({"add": {"querystring": ["token:Bearer the-secret-value"]}}))
    assert live.remarks == {
        "foreign_rules": ["add querystring token"],
        "missing_rules": ["add Authorization"],
    }


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1),
    st.sampled_from(["Authorization", "X-Gateway-Secret"]),
    st.sampled_from(["", "Bearer", "Token"]),
    st.booleans(),
    st.booleans(),
)
def test_what_is_written_is_read_back_without_drift(
    secret: str, name: str, scheme: str, overwrite: bool, enabled: bool
) -> None:
    assume(not list(header_findings(name, scheme, secret)))
    header = Header(name, scheme, secret)
    plugin = Plugin(configuration(header, overwrite=overwrite), enabled=enabled)
    live = observe(Secured(header, overwrite, tags=("a", "b"), service_id="s"), plugin)
    assert (live.header, live.overwrite, live.enabled, live.remarks) == (header, overwrite, enabled, {})


@given(st.dictionaries(st.sampled_from(KINDS), st.lists(st.from_regex(r"X-[A-C]:[a-z]{20}", fullmatch=True))))
def test_no_value_of_a_foreign_rule_is_in_what_drift_shows(kinds: dict[str, list[str]]) -> None:
    live = observe(WRITTEN, with_rules(**kinds))
    shown = f"{live!r} {live.header.secret}"
    assert not [entry for entries in kinds.values() for entry in entries if entry[4:] in shown]


@pytest.mark.parametrize("name", ["condition", "ordering", "partials", "consumer", "consumer_group"])
def test_restrictions_show_as_set_without_their_text(name: str) -> None:
    assert observe(WRITTEN, replace(Plugin(), restrictions=(name,))).remarks == {name: "set by hand"}


def test_narrowed_protocols_show() -> None:
    assert observe(WRITTEN, replace(Plugin(), protocols=("https",))).remarks == {"protocols": ["https"]}


@pytest.mark.parametrize(
    ("service", "route", "shown"),
    [
        ("other", None, "service other"),
        (None, "r", "route r"),
        ("s", "r", "service s and route r"),
        (None, None, "all services"),
    ],
)
def test_a_plugin_that_was_moved_shows_where_it_is(
    service: str | None, route: str | None, shown: str
) -> None:
    assert observe(WRITTEN, replace(Plugin(), service_id=service, route_id=route)).remarks == {
        "moved_to": shown
    }


def test_every_remark_has_a_declared_name() -> None:
    everything = replace(
        with_rules(append=["X-A:x"]),
        protocols=("https",),
        service_id=None,
        restrictions=("condition", "ordering", "partials", "consumer", "consumer_group"),
    )
    without = Plugin({})
    shown = {*observe(WRITTEN, everything).remarks, *observe(WRITTEN, without).remarks}
    assert shown == set(REMARKS)
