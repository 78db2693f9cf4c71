"""What the provider decides without Konnect, as plain Python."""

import socket

import pytest
from pulumi.dynamic import DiffResult
from pulumi.output import Unknown

from kong_secure.resources.process import PROCESS
from kong_secure.rules.drift import REMARKS
from tests.resources.header_at_konnect import PROVIDER, SECRET, UNKNOWN, Properties, checked, same


def test_check_fills_in_the_defaults() -> None:
    inputs = checked(
        {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET, "owner": "o"}
    )
    assert inputs["header_name"] == "Authorization"
    assert (inputs["scheme"], inputs["overwrite"], inputs["enabled"]) == ("Bearer", True, True)
    assert "tags" not in inputs
    assert "route" not in inputs


@pytest.mark.parametrize(
    ("given", "scheme"),
    [
        ({"header_name": "authorization"}, "Bearer"),
        ({"header_name": "X-A"}, ""),
        ({"scheme": ""}, ""),
        ({"scheme": "Token"}, "Token"),
    ],
)
def test_check_chooses_the_scheme_by_the_header_unless_it_is_given(given: Properties, scheme: str) -> None:
    news = {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET, "owner": "o"}
    assert checked({**news, **given})["scheme"] == scheme


def test_check_drops_empty_tags_and_the_serialized_provider() -> None:
    news = {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET, "owner": "o"}
    inputs = checked({**news, "tags": [], "route": None, "__provider": "a pickle"})
    assert not {"tags", "route", "__provider"} & inputs.keys()


def test_check_keeps_the_owner_of_the_first_time() -> None:
    news = {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET, "owner": "new"}
    assert checked(news, {"owner": "old"})["owner"] == "old"


def test_check_reports_every_problem_at_once_without_naming_the_property() -> None:
    news = {
        "region": "us",
        "control_plane": "c",
        "shared_secret": " :$(\n",
        "header_name": "X_Y",
        "owner": "o",
    }
    (failure,) = PROVIDER.check({}, news).failures
    assert failure.property == ""
    assert "service and route" in failure.reason
    assert "X_Y" in failure.reason
    assert "line break" in failure.reason
    assert ":$(" not in failure.reason


def test_check_lets_unknowns_pass_and_checks_the_rest() -> None:
    news = {
        "region": "us",
        "control_plane": UNKNOWN,
        "service": UNKNOWN,
        "shared_secret": UNKNOWN,
        "owner": "o",
    }
    result = PROVIDER.check({}, {**news, "header_name": UNKNOWN, "tags": ["a", UNKNOWN]})
    assert result.failures == []
    assert isinstance(result.inputs["scheme"], Unknown)
    assert isinstance(result.inputs["service"], Unknown)
    assert len(result.inputs["tags"]) == 2
    assert len(PROVIDER.check({}, {**news, "header_name": "X_Y"}).failures) == 1


def test_check_and_diff_need_neither_token_nor_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KONNECT_TOKEN", "KONNECT_SPAT", "KONNECT_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, None)
    PROCESS.reset()
    news = {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET, "owner": "o"}
    inputs = checked(news)
    PROVIDER.diff("id", {**inputs, "control_plane_id": "i"}, inputs)
    PROCESS.reset()


OUTS = {
    "region": "us",
    "control_plane": "c",
    "service": "s",
    "header_name": "Authorization",
    "shared_secret": SECRET,
    "scheme": "Bearer",
    "overwrite": True,
    "enabled": True,
    "owner": "o",
    "plugin_id": "p",
    "control_plane_id": "c-id",
    "service_id": "s-id",
    "__provider": "pickle of one Python",
}
NEWS = {key: value for key, value in OUTS.items() if not key.endswith("_id")}


def diff(olds: Properties | None = None, news: Properties | None = None) -> DiffResult:
    return PROVIDER.diff("p", {**OUTS, **(olds or {})}, same(NEWS, **(news or {})))


def test_no_difference_is_no_change() -> None:
    assert diff().changes is False


def test_another_pickle_of_the_same_provider_is_no_change() -> None:
    assert diff(news={"__provider": "pickle of another Python"}).changes is False


@pytest.mark.parametrize(
    "news",
    [
        {"shared_secret": "another-secret-value"},
        {"header_name": "X-A"},
        {"scheme": ""},
        {"overwrite": False},
        {"enabled": False},
        {"tags": ["a"]},
    ],
)
def test_value_header_scheme_overwrite_enabled_and_tags_change_in_place(news: Properties) -> None:
    result = diff(news=news)
    assert result.changes is None
    assert not result.replaces
    assert not result.delete_before_replace


@pytest.mark.parametrize(
    ("news", "replaced"),
    [
        ({"region": "eu"}, ["region"]),
        ({"control_plane": "d"}, ["control_plane"]),
        ({"service": "t"}, ["service"]),
        ({"service": None, "route": "r"}, ["service", "route"]),
        ({"service": UNKNOWN}, ["service"]),
        ({"control_plane": UNKNOWN}, ["control_plane"]),
    ],
)
def test_region_control_plane_service_and_route_replace_delete_first(
    news: Properties, replaced: list[str]
) -> None:
    result = diff(news=news)
    assert result.changes is None
    assert result.replaces == replaced
    assert result.delete_before_replace is True


@pytest.mark.parametrize(
    "news", [{"control_plane": "c-id"}, {"service": "s-id"}, {"control_plane": "c-id", "service": "s-id"}]
)
def test_giving_the_id_of_what_the_name_stood_for_changes_in_place(news: Properties) -> None:
    result = diff(news=news)
    assert result.changes is None
    assert not result.replaces


@pytest.mark.parametrize("name", ["shared_secret", "tags", "header_name"])
def test_an_unknown_value_changes_in_place(name: str) -> None:
    result = diff(news={name: UNKNOWN})
    assert result.changes is None
    assert not result.replaces


@pytest.mark.parametrize("name", REMARKS)
def test_drift_that_no_input_expresses_is_a_change_in_place(name: str) -> None:
    result = diff(olds={name: ["something"]})
    assert result.changes is None
    assert not result.replaces
