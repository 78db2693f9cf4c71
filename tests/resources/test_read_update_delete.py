"""What becomes of a header that is there, as plain Python against the sandbox's Konnect."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from kong_secure import errors
from tests.resources.header_at_konnect import (
    PROVIDER,
    SECRET,
    Header,
    Headers,
    Properties,
    checked,
    read_back,
    same,
)
from tests.world import World


def test_reading_an_untouched_header_gives_inputs_and_outputs_back(header: Headers, world: World) -> None:
    made = header(tags=["b", "a"]).create()
    world.forget_calls()
    result = read_back(made)
    assert (result.id, result.inputs, result.outs) == (made.id, made.inputs, made.outs)
    assert len(world.calls()) == 1


def test_a_plugin_that_is_gone_reads_as_gone(header: Headers, world: World) -> None:
    made = header().create()
    world.by_hand("DELETE", made.path())
    result = read_back(made)
    assert (result.id, result.outs) == ("", {})


def changed_config(live: Properties, **kinds: Any) -> dict[str, Any]:
    config = {key: dict(value) if isinstance(value, dict) else value for key, value in live["config"].items()}
    for kind, entries in kinds.items():
        config[kind]["headers"] = entries
    return config


OURS = f"Authorization:Bearer {SECRET}"


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda _: {"enabled": False}, {"enabled": False}),
        (lambda _: {"tags": ["by-hand"]}, {"tags": ["by-hand"]}),
        (lambda _: {"protocols": ["https"]}, {"protocols": ["https"]}),
        (lambda _: {"condition": "http.path == '/x'"}, {"condition": "set by hand"}),
        (
            lambda live: {"config": changed_config(live, add=["Authorization:Bearer by-hand-value"])},
            {"shared_secret": "by-hand-value"},
        ),
        (
            lambda live: {"config": changed_config(live, add=[f"X-New:Bearer {SECRET}"], remove=["X-New"])},
            {"header_name": "X-New"},
        ),
        (
            lambda live: {"config": changed_config(live, add=[OURS, "X-Theirs:their-secret"])},
            {"foreign_rules": ["add X-Theirs"]},
        ),
        (lambda live: {"config": changed_config(live, add=[])}, {"missing_rules": ["add Authorization"]}),
        (lambda live: {"config": changed_config(live, remove=[])}, {"overwrite": False}),
    ],
)
def test_a_change_by_hand_shows_after_refresh_and_up_heals_it(
    header: Headers, change: Callable[[Properties], Properties], shown: Properties
) -> None:
    made = header(tags=["a"]).create()
    program, written = dict(made.inputs), made.live()
    made.by_hand(**change(written))
    result = read_back(made)
    assert {key: value for key, value in result.inputs.items() if program.get(key) != value} == shown
    assert program.keys() - result.inputs.keys() == set()
    assert "their-secret" not in repr((result.inputs, result.outs))
    difference = PROVIDER.diff(made.id, result.outs, checked(program, result.inputs))
    assert (difference.changes, difference.replaces) == (None, [])
    healed = PROVIDER.update(made.id, result.outs, program)
    assert healed.outs == made.outs
    after = made.live()
    assert {key: after.get(key) for key in written if key != "updated_at"} == {
        key: written[key] for key in written if key != "updated_at"
    }
    assert PROVIDER.diff(made.id, healed.outs, program).changes is False


def test_tags_removed_by_hand_show(header: Headers) -> None:
    made = header(tags=["a"]).create()
    made.by_hand(tags=[])
    result = read_back(made)
    assert "tags" not in result.inputs
    assert PROVIDER.diff(made.id, result.outs, made.inputs).changes is None


def moved_by_hand(made: Header) -> str:
    """The id of another service, to which a person moved the plugin."""
    entities = f"/v2/control-planes/{made.outs['control_plane_id']}/core-entities"
    service = {"name": "other", "url": "https://o.internal"}
    other = str(made.world.by_hand("POST", f"{entities}/services", service)["id"])
    made.by_hand(service={"id": other})
    return other


def test_a_plugin_moved_by_hand_shows_and_is_moved_back(header: Headers) -> None:
    made = header().create()
    other = moved_by_hand(made)
    result = read_back(made)
    assert result.inputs["moved_to"] == f"service {other}"
    assert PROVIDER.diff(made.id, result.outs, made.inputs).replaces == []
    PROVIDER.update(made.id, result.outs, made.inputs)
    assert made.live()["service"] == {"id": made.outs["service_id"]}


def test_a_plugin_moved_by_hand_is_not_moved_back_before_the_user_was_shown(header: Headers) -> None:
    made = header().create()
    other = moved_by_hand(made)
    before = made.live()
    with pytest.raises(errors.Conflict, match=f"sits on service {other} now.*`pulumi refresh`"):
        PROVIDER.update(made.id, made.outs, {**made.inputs, "shared_secret": "another-secret-value"})
    assert made.live() == before


def test_a_plugin_moved_by_hand_is_deleted_only_where_a_refresh_found_it(
    header: Headers, told: list[str]
) -> None:
    made = header().create()
    other = moved_by_hand(made)
    PROVIDER.delete(made.id, made.outs)
    (line,) = told
    assert f"moved to service {other} by hand, so it was left alone" in line
    refreshed = read_back(made).outs
    PROVIDER.delete(made.id, refreshed)
    assert read_back(made).id == ""


def test_an_update_puts_a_plugin_that_is_gone_back(header: Headers, world: World) -> None:
    made = header().create()
    world.by_hand("DELETE", made.path())
    PROVIDER.update(made.id, made.outs, made.inputs)
    assert made.live()["name"] == "request-transformer"


def test_another_kind_of_plugin_under_the_id_is_an_error_and_is_never_replaced_or_deleted(
    header: Headers, world: World, told: list[str]
) -> None:
    made = header().create()
    world.by_hand("DELETE", made.path())
    body = {"name": "key-auth", "service": {"id": made.outs["service_id"]}, "config": {}}
    world.by_hand("PUT", made.path(), body)
    with pytest.raises(errors.Conflict, match="is a key-auth now"):
        PROVIDER.read(made.id, made.outs)
    with pytest.raises(errors.Conflict, match="is a key-auth now"):
        PROVIDER.update(made.id, made.outs, made.inputs)
    PROVIDER.delete(made.id, made.outs)
    assert made.live()["name"] == "key-auth"
    assert len(told) == 1


def test_reading_by_id_alone_is_refused_with_what_to_do_instead(environment: dict[str, str]) -> None:
    inputs = {"region": "us", "control_plane": "c", "service": "s", "shared_secret": SECRET}
    with pytest.raises(errors.KongSecureError, match="declare it"):
        PROVIDER.read("some-id", inputs)


def test_an_update_replaces_the_whole_plugin_in_place_and_returns_every_output(
    header: Headers, world: World
) -> None:
    made = header(tags=["a"]).create()
    changes = {
        "header_name": "X-Key",
        "shared_secret": "another-secret-value",
        "overwrite": False,
        "enabled": False,
    }
    news = checked({**same(made.inputs, tags=None, scheme=None), **changes}, made.inputs)
    world.forget_calls()
    outs = PROVIDER.update(made.id, made.outs, news).outs
    assert [call["method"] for call in world.calls()] == ["GET", "PUT"]
    live = made.live()
    assert live["config"]["add"]["headers"] == ["X-Key:another-secret-value"]
    assert live["config"]["remove"]["headers"] == []
    assert (live["enabled"], live["tags"] or []) == (False, [])
    assert outs == {
        **news,
        **{key: made.outs[key] for key in ("plugin_id", "control_plane_id", "service_id")},
    }


def test_update_read_and_delete_go_by_the_state_not_by_names(header: Headers, world: World) -> None:
    made = header().create()
    news = {**made.inputs, "control_plane": made.outs["control_plane_id"], "service": made.outs["service_id"]}
    world.forget_calls()
    PROVIDER.update(made.id, made.outs, news)
    PROVIDER.read(made.id, made.outs)
    PROVIDER.delete(made.id, made.outs)
    assert {call["path"].rsplit("/", 1)[1] for call in world.calls()} == {made.id}


def test_an_update_of_a_header_whose_service_is_gone_says_so(header: Headers, world: World) -> None:
    made = header().create()
    entities = f"/v2/control-planes/{made.outs['control_plane_id']}/core-entities"
    world.by_hand("DELETE", f"{entities}/services/{made.outs['service_id']}")
    started = time.monotonic()
    with pytest.raises(errors.ForeignKeyRefused, match="is gone from Konnect; `pulumi refresh`"):
        PROVIDER.update(made.id, made.outs, made.inputs)
    assert time.monotonic() - started < 5


def test_an_update_of_a_header_whose_control_plane_is_gone_says_so(header: Headers, world: World) -> None:
    made = header().create()
    world.by_hand("DELETE", f"/v2/control-planes/{made.outs['control_plane_id']}")
    with pytest.raises(errors.NotFound, match=r"^control plane .* is gone from Konnect; `pulumi refresh`"):
        PROVIDER.update(made.id, made.outs, made.inputs)
    assert PROVIDER.read(made.id, made.outs).id == ""
    PROVIDER.delete(made.id, made.outs)


def test_deleting_removes_the_plugin_and_deleting_again_succeeds(header: Headers) -> None:
    made = header().create()
    PROVIDER.delete(made.id, made.outs)
    PROVIDER.delete(made.id, made.outs)
    assert made.plugins() == []


def test_deleting_leaves_somebody_elses_plugin_on_the_service(header: Headers, world: World) -> None:
    made = header().create()
    world.by_hand("DELETE", made.path())
    entities = f"/v2/control-planes/{made.outs['control_plane_id']}/core-entities"
    body = {"name": "request-transformer", "service": {"id": made.outs["service_id"]}, "config": {}}
    theirs = world.by_hand("POST", f"{entities}/plugins", body)["id"]
    PROVIDER.delete(made.id, made.outs)
    assert [plugin["id"] for plugin in made.plugins()] == [theirs]
