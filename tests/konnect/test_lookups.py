"""Names and typed calls, against the sandbox's Konnect."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kong_secure import errors
from kong_secure import konnect as api
from kong_secure.konnect import ControlPlane, Konnect, Plugin, Session
from kong_secure.konnect.core_entities import Scope
from tests.konnect.conftest import FakeTime
from tests.konnect.scripted_server import Reply, ScriptedServer
from tests.world import World

Client = Callable[..., Konnect]

PLANE = "9524ec7d-36d9-465d-a8c5-83a3c9390458"

CONFIG = {"add": {"headers": ["X-A:value"]}, "remove": {"headers": ["X-A"]}}


def put(
    session: Session, plane: ControlPlane, scope: Scope, plugin_id: str | None = None, **more: Any
) -> Plugin:
    arguments: dict[str, Any] = {
        "name": "request-transformer",
        "config": CONFIG,
        "enabled": True,
        "tags": ["t"],
    }
    protocols = ["grpc", "grpcs", "http", "https"]
    return api.put_plugin(
        session,
        plane.id,
        plugin_id or str(uuid.uuid4()),
        scope=scope,
        protocols=protocols,
        **{**arguments, **more},
    )


def test_control_plane_service_and_route_are_found_by_name_and_by_id(world: World, konnect: Konnect) -> None:
    plane_name, service_name, route_name = world.declare()
    session = konnect.session("us")
    plane = api.find_control_plane(session, plane_name)
    assert api.find_control_plane(session, plane.id) == plane
    service = api.find_service(session, plane, service_name)
    assert (service.name, service.protocol) == (service_name, "https")
    assert api.find_service(session, plane, service.id) == service
    route = api.find_route(session, plane, route_name)
    assert route.service_id == service.id


def test_each_name_costs_one_call_per_process(world: World, konnect: Konnect) -> None:
    plane_name, service_name, _ = world.declare()
    world.forget_calls()
    for _ in range(3):
        session = konnect.session("us")
        api.find_service(session, api.find_control_plane(session, plane_name), service_name)
    assert len(world.calls()) == 2


def test_a_control_plane_is_looked_for_in_its_region_only(world: World, konnect: Konnect) -> None:
    plane_name, _, _ = world.declare(region="eu")
    assert api.find_control_plane(konnect.session("eu"), plane_name).name == plane_name
    with pytest.raises(errors.UnknownName, match="region us"):
        api.find_control_plane(konnect.session("us"), plane_name)


def test_an_unknown_service_is_an_error_that_lists_those_there_are(
    world: World, konnect: Konnect, time: FakeTime
) -> None:
    plane_name, service_name, _ = world.declare()
    session = konnect.session("us")
    plane, started = api.find_control_plane(session, plane_name), time.seconds
    with pytest.raises(errors.UnknownName, match=f"no service 'nope'; there is: {service_name}"):
        api.find_service(session, plane, "nope")
    assert time.seconds - started == pytest.approx(10)


def test_an_unknown_control_plane_is_an_error_that_lists_those_there_are(
    world: World, konnect: Konnect
) -> None:
    plane_name, _, _ = world.declare()
    for given in ("nope", str(uuid.uuid4())):
        with pytest.raises(errors.UnknownName, match=f"no control plane '{given}' .*{plane_name}"):
            api.find_control_plane(konnect.session("us"), given)


def test_an_unknown_route_in_the_sandbox_shows_the_lines_to_declare_it(
    world: World, konnect: Konnect
) -> None:
    plane_name, _, _ = world.declare()
    session = konnect.session("us")
    with pytest.raises(errors.UnknownName) as refusal:
        api.find_route(session, api.find_control_plane(session, plane_name), "nope")
    assert "sandbox.yaml" in str(refusal.value)
    assert "routes: [{name: nope, paths: [/]}]" in str(refusal.value)


def test_outside_the_sandbox_nothing_is_said_about_it(server: ScriptedServer, client: Client) -> None:
    server.replies = [Reply(200, {"data": [], "meta": {"page": {"total": 0}}})]
    with pytest.raises(errors.UnknownName) as refusal:
        api.find_control_plane(client().session("us"), "demo")
    assert "sandbox" not in str(refusal.value)
    assert "there is none at all" in str(refusal.value)


def test_a_long_list_of_names_is_cut(server: ScriptedServer, client: Client) -> None:
    items = [{"id": str(n), "name": f"plane-{n:03}"} for n in range(40)]
    listed = Reply(200, {"data": items, "meta": {"page": {"total": 40}}})
    # Patience asks nine times in its ten seconds; the tenth call is the list.
    server.replies = [*[Reply(200, {"data": []})] * 9, listed]
    with pytest.raises(errors.UnknownName, match="plane-024 and 15 more"):
        api.find_control_plane(client().session("us"), "demo")


def test_an_ambiguous_name_is_an_error_that_lists_the_ids(
    server: ScriptedServer, client: Client, time: FakeTime
) -> None:
    items = [{"id": "id-1", "name": "demo"}, {"id": "id-2", "name": "demo"}]
    server.replies = [Reply(200, {"data": items, "meta": {"page": {"total": 2}}})]
    with pytest.raises(errors.AmbiguousName, match="id-1, id-2"):
        api.find_control_plane(client().session("us"), "demo")
    assert time.slept == []


def test_a_name_that_appears_a_little_later_is_found(server: ScriptedServer, client: Client) -> None:
    empty = Reply(200, {"data": [], "meta": {"page": {"total": 0}}})
    found = Reply(200, {"data": [{"id": "i", "name": "demo"}], "meta": {"page": {"total": 1}}})
    server.replies = [empty, empty, found]
    assert api.find_control_plane(client().session("us"), "demo").id == "i"


def test_a_list_that_may_not_be_read_does_not_hide_the_refusal(
    server: ScriptedServer, client: Client
) -> None:
    server.replies = [*[Reply(404, {})] * 9, Reply(403, {})]
    session = client(deadline_seconds=300.0).session("us")
    with pytest.raises(errors.UnknownName, match="can't be listed"):
        api.find_control_plane(session, "93dbf76f-fd5a-482b-83ab-42dd28c78815")


def test_the_wrong_region_of_a_plugin_is_not_found(world: World, konnect: Konnect) -> None:
    plane_name, service_name, _ = world.declare()
    session = konnect.session("us")
    plane = api.find_control_plane(session, plane_name)
    plugin = put(session, plane, Scope("service", api.find_service(session, plane, service_name).id))
    with pytest.raises(errors.NotFound):
        api.read_plugin(konnect.session("eu"), plane.id, plugin.id)


def test_a_put_creates_then_replaces_one_plugin(world: World, konnect: Konnect) -> None:
    plane_name, service_name, _ = world.declare()
    session = konnect.session("us")
    plane = api.find_control_plane(session, plane_name)
    scope = Scope("service", api.find_service(session, plane, service_name).id)
    first = put(session, plane, scope)
    assert first.tags == ("t",)
    second = put(session, plane, scope, first.id, enabled=False, tags=[])
    assert (second.enabled, second.tags) == (False, ())
    assert [plugin.id for plugin in api.list_plugins(session, plane.id, scope)] == [first.id]
    assert api.read_plugin(session, plane.id, first.id) == second


def test_a_second_plugin_of_one_scope_is_a_conflict(world: World, konnect: Konnect) -> None:
    plane_name, service_name, _ = world.declare()
    session = konnect.session("us")
    plane = api.find_control_plane(session, plane_name)
    scope = Scope("service", api.find_service(session, plane, service_name).id)
    put(session, plane, scope)
    with pytest.raises(errors.Conflict):
        put(session, plane, scope)


def test_a_scope_that_is_not_there_is_a_refused_foreign_key(world: World, konnect: Konnect) -> None:
    plane_name, _, _ = world.declare()
    session = konnect.session("us")
    plane = api.find_control_plane(session, plane_name)
    with pytest.raises(errors.ForeignKeyRefused):
        put(session, plane, Scope("service", str(uuid.uuid4())))


def test_deleting_twice_is_no_error(world: World, konnect: Konnect) -> None:
    plane_name, _, route_name = world.declare()
    session = konnect.session("us")
    plane = api.find_control_plane(session, plane_name)
    plugin = put(session, plane, Scope("route", api.find_route(session, plane, route_name).id))
    api.delete_plugin(session, plane.id, plugin.id)
    api.delete_plugin(session, plane.id, plugin.id)
    api.delete_plugin(session, str(uuid.uuid4()), plugin.id)
    with pytest.raises(errors.NotFound):
        api.read_plugin(session, plane.id, plugin.id)


def test_a_wrong_token_is_unauthorized(world: World, time: FakeTime, tmp_path: Path) -> None:
    settings = api.parse_settings({**world.environment(tmp_path), "KONNECT_TOKEN": "wrong"}, {})
    konnect = api.Konnect(settings, time.timing())
    with pytest.raises(errors.Unauthorized):
        api.find_control_plane(konnect.session("us"), "demo")
    konnect.close()


def test_plugins_do_not_show_their_configuration(world: World, konnect: Konnect) -> None:
    plane_name, service_name, _ = world.declare()
    session = konnect.session("us")
    plane = api.find_control_plane(session, plane_name)
    scope = Scope("service", api.find_service(session, plane, service_name).id)
    assert "X-A:value" not in repr(put(session, plane, scope))


@pytest.mark.parametrize("answer", [{}, {"id": 5, "name": "x"}, {"id": "", "name": "x"}, {"id": "x"}])
def test_an_entity_without_its_required_fields_is_unavailable(
    server: ScriptedServer, client: Client, answer: object
) -> None:
    server.replies = [Reply(200, answer)]
    with pytest.raises(errors.Unavailable, match="specification"):
        api.read_plugin(client().session("us"), PLANE, "p")


def test_fields_of_a_plugin_that_are_null_are_as_if_absent(server: ScriptedServer, client: Client) -> None:
    nulls = dict.fromkeys(
        ("enabled", "config", "protocols", "tags", "service", "condition", "partials", "consumer")
    )
    server.replies = [Reply(200, {"id": "p", "name": "n", **nulls})]
    plugin = api.read_plugin(client().session("us"), PLANE, "p")
    assert plugin.enabled
    assert (plugin.config, plugin.protocols, plugin.tags, plugin.service_id, plugin.restrictions) == (
        {},
        (),
        (),
        None,
        (),
    )


def test_a_service_without_a_protocol_is_reached_over_http(server: ScriptedServer, client: Client) -> None:
    server.replies = [Reply(200, {"id": "s", "name": "orders"})]
    assert api.read_service(client().session("us"), PLANE, "orders").protocol == "http"
