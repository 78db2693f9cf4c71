"""Creating headers, as plain Python against the sandbox's Konnect."""

import threading

import pytest

from kong_secure import errors
from kong_secure.resources.process import PROCESS
from tests.resources.header_at_konnect import (
    PROVIDER,
    SECRET,
    Headers,
    checked,
    outputs_of,
    same,
)
from tests.world import World


def test_a_created_header_is_konnects_documented_plugin(header: Headers) -> None:
    made = header(tags=["team-a"]).create()
    live = made.live()
    assert live["name"] == "request-transformer"
    assert live["service"] == {"id": made.outs["service_id"]}
    assert live["config"]["add"]["headers"] == [f"Authorization:Bearer {SECRET}"]
    assert live["config"]["remove"]["headers"] == ["Authorization"]
    assert (live["enabled"], live["tags"]) == (True, ["team-a"])
    assert made.outs["plugin_id"] == made.id


def test_a_header_can_sit_on_a_route(header: Headers, world: World) -> None:
    made = header()
    made.inputs = checked({**same(made.inputs, service=None), "route": made.route})
    made.create()
    assert made.live()["route"] == {"id": made.outs["route_id"]}
    assert "service_id" not in made.outs


def test_outputs_hold_every_input(header: Headers) -> None:
    made = header(tags=["a"]).create()
    assert same(made.outs, plugin_id=None, control_plane_id=None, service_id=None) == made.inputs


def test_a_created_header_shows_no_difference_afterwards(header: Headers) -> None:
    made = header(tags=["b", "a"]).create()
    assert PROVIDER.diff(made.id, made.outs, made.inputs).changes is False


def test_creating_costs_two_calls_and_one_more_per_process(header: Headers, world: World) -> None:
    made = header()
    world.forget_calls()
    made.create()
    assert [call["method"] for call in world.calls()] == ["GET", "GET", "PUT"]


def test_a_header_on_a_route_costs_one_call_more_for_its_service(header: Headers, world: World) -> None:
    made = header()
    made.inputs = checked({**same(made.inputs, service=None), "route": made.route})
    world.forget_calls()
    made.create()
    assert [call["method"] for call in world.calls()] == ["GET", "GET", "PUT", "GET"]


def test_a_second_header_of_one_control_plane_costs_two_calls(header: Headers, world: World) -> None:
    made = header().create()
    plane = made.outs["control_plane_id"]
    path = f"/v2/control-planes/{plane}/core-entities/services"
    world.by_hand("POST", path, {"name": "second", "url": "https://second.internal"})
    world.forget_calls()
    PROVIDER.create({**made.inputs, "service": "second"})
    assert [call["method"] for call in world.calls()] == ["GET", "PUT"]


def test_a_create_killed_after_the_put_and_run_again_leaves_one_plugin(header: Headers) -> None:
    first = header().create()
    PROCESS.reset()  # the process that was killed noted nothing
    again = PROVIDER.create(dict(first.inputs))
    assert again.id == first.id
    assert [plugin["id"] for plugin in first.plugins()] == [first.id]


@pytest.mark.parametrize("owner", ["org/project/stack/renamed", "org/project/other-stack/name"])
def test_a_second_owner_on_one_service_is_refused_and_changes_nothing(header: Headers, owner: str) -> None:
    made = header().create()
    before = made.live()
    with pytest.raises(errors.ScopeTaken) as refusal:
        PROVIDER.create({**made.inputs, "owner": owner, "shared_secret": "their-very-own-secret"})
    assert made.live() == before
    text = str(refusal.value)
    assert made.id in text
    assert "add Authorization, remove Authorization" in text
    assert "aliases" in text
    assert SECRET not in text
    assert "their-very-own-secret" not in text


def test_a_refusal_names_somebody_elses_rules_without_their_values(header: Headers, world: World) -> None:
    made = header()
    plane = world.by_hand("GET", f"/v2/control-planes?filter[name][eq]={made.plane}")["data"][0]["id"]
    entities = f"/v2/control-planes/{plane}/core-entities"
    service = world.by_hand("GET", f"{entities}/services/{made.service}")["id"]
    config = {"append": {"headers": ["X-Theirs:their-secret"]}, "rename": {"querystring": ["old:new"]}}
    body = {"name": "request-transformer", "service": {"id": service}, "config": config}
    theirs = world.by_hand("POST", f"{entities}/plugins", body)["id"]
    with pytest.raises(
        errors.ScopeTaken, match=f"{theirs} with append X-Theirs, rename querystring old"
    ) as refusal:
        made.create()
    assert "their-secret" not in str(refusal.value)


def test_another_plugin_on_the_service_is_no_obstacle(header: Headers, world: World) -> None:
    made = header()
    plane = world.by_hand("GET", f"/v2/control-planes?filter[name][eq]={made.plane}")["data"][0]["id"]
    entities = f"/v2/control-planes/{plane}/core-entities"
    route = world.by_hand("GET", f"{entities}/routes/{made.route}")["id"]
    body = {"name": "request-transformer", "route": {"id": route}, "config": {}}
    world.by_hand("POST", f"{entities}/plugins", body)
    assert made.create().id


def test_a_name_that_belongs_to_a_renamed_resource_is_refused(header: Headers) -> None:
    renamed = header().create()
    PROCESS.reset()
    PROVIDER.diff(renamed.id, renamed.outs, renamed.inputs)  # an alias took it over, with its owner
    with pytest.raises(errors.ScopeTaken, match="once had this one's name"):
        PROVIDER.create({**renamed.inputs, "shared_secret": "another-secret-value"})
    assert SECRET in renamed.live()["config"]["add"]["headers"][0]


def test_a_replacement_may_take_the_id_of_what_it_deleted(header: Headers) -> None:
    made = header().create()
    PROVIDER.diff(made.id, made.outs, same(made.inputs, control_plane=made.outs["control_plane_id"]))
    PROVIDER.delete(made.id, made.outs)
    assert PROVIDER.create(dict(made.inputs)).id == made.id


def test_a_service_that_appears_a_little_later_is_found(header: Headers, world: World) -> None:
    made = header()
    plane = world.by_hand("GET", f"/v2/control-planes?filter[name][eq]={made.plane}")["data"][0]["id"]
    body = {"name": "late", "url": "https://late.internal"}
    path = f"/v2/control-planes/{plane}/core-entities/services"
    timer = threading.Timer(0.6, world.by_hand, ["POST", path, body])
    timer.start()
    made.inputs["service"] = "late"
    assert made.create().id
    timer.join()


def test_a_service_made_anew_under_its_name_is_looked_up_again(header: Headers, world: World) -> None:
    made = header().create()
    entities = f"/v2/control-planes/{made.outs['control_plane_id']}/core-entities"
    world.by_hand("POST", f"{entities}/services", {"name": "again", "url": "https://again.internal"})
    inputs = {**made.inputs, "service": "again"}
    first = outputs_of(inputs)
    world.by_hand("DELETE", f"{entities}/services/{first['service_id']}")
    world.by_hand("POST", f"{entities}/services", {"name": "again", "url": "https://again.internal"})
    second = outputs_of({**inputs, "owner": "org/project/stack/second"})
    assert second["service_id"] != first["service_id"]


def test_a_control_plane_made_anew_under_its_name_is_looked_up_again(header: Headers, world: World) -> None:
    made = header().create()
    world.by_hand("DELETE", f"/v2/control-planes/{made.outs['control_plane_id']}")
    plane = world.by_hand("POST", "/v2/control-planes", {"name": made.plane})["id"]
    service = {"name": made.service, "url": "https://again.internal"}
    world.by_hand("POST", f"/v2/control-planes/{plane}/core-entities/services", service)
    again = outputs_of({**made.inputs, "owner": "org/project/stack/again"})
    assert again["control_plane_id"] == plane
    assert again["service_id"] != made.outs["service_id"]


def test_a_service_over_plain_http_is_a_warning_that_explains_the_sandbox(
    header: Headers, told: list[str]
) -> None:
    made = header(url="http://backend.internal").create()
    (line,) = told
    assert made.service in line
    assert "plain HTTP" in line
    assert "in the sandbox this hop stays on this machine" in line


def test_a_route_to_a_service_over_plain_http_is_a_warning_too(header: Headers, told: list[str]) -> None:
    made = header(url="http://backend.internal")
    made.inputs = checked({**same(made.inputs, service=None), "route": made.route})
    made.create()
    assert len(told) == 1


def test_a_service_over_https_is_no_warning(header: Headers, told: list[str]) -> None:
    header().create()
    assert told == []
