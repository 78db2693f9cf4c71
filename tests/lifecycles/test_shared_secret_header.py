"""What a user lives through with `SharedSecretHeader`, on every engine there is. Rules and provider methods by
themselves are tested in tests/rules and tests/resources."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.lifecycles.playground import HEADER, Playground, header_program

SECRET = "first-Secret_of-this.lifecycle~0123456789"
OTHER_SECRET = "second-Secret_of-this.lifecycle~9876543210"


@pytest.fixture
def up(playground: Playground) -> Playground:
    """A playground whose program has been brought up once."""
    playground.program(HEADER)
    playground.secret = SECRET
    playground.run("up").must_succeed()
    return playground


def test_up_makes_the_gateway_add_the_header(up: Playground) -> None:
    [plugin] = up.konnect.plugins()
    assert plugin["name"] == "request-transformer"
    assert plugin["config"]["remove"]["headers"] == ["Authorization"]
    assert plugin["config"]["add"]["headers"] == [f"Authorization:Bearer {SECRET}"]
    assert plugin["service"] == {"id": up.konnect.service_id("orders")}


def test_a_second_up_changes_nothing_and_calls_nobody(up: Playground) -> None:
    up.konnect.forget_calls()
    run = up.run("up").must_succeed()
    assert run.operations == {"orders-header": "same"}
    assert up.konnect.calls() == []


def test_a_preview_after_up_shows_no_change_and_needs_neither_token_nor_konnect(up: Playground) -> None:
    up.world.end()
    del up.environment["KONNECT_TOKEN"]
    run = up.run("preview").must_succeed()
    assert run.operations == {"orders-header": "same"}


def test_a_first_preview_plans_the_header_without_token_or_konnect(playground: Playground) -> None:
    playground.program(HEADER)
    playground.secret = SECRET
    playground.world.end()
    del playground.environment["KONNECT_TOKEN"]
    run = playground.run("preview").must_succeed()
    assert run.operations == {"orders-header": "create"}


def test_a_changed_secret_is_updated_in_place(up: Playground) -> None:
    [before] = up.konnect.plugins()
    up.secret = OTHER_SECRET
    run = up.run("up").must_succeed()
    [after] = up.konnect.plugins()
    assert run.operations == {"orders-header": "update"}
    assert after["id"] == before["id"]
    assert after["config"]["add"]["headers"] == [f"Authorization:Bearer {OTHER_SECRET}"]


def test_a_preview_of_a_changed_secret_names_the_property_and_neither_value(up: Playground) -> None:
    up.secret = OTHER_SECRET
    run = up.run("preview").must_succeed()
    assert run.operations == {"orders-header": "update"}
    assert "shared_secret" in run.text
    assert "[secret]" in run.text


def test_a_changed_service_moves_the_header_deleting_first(up: Playground) -> None:
    up.konnect.forget_calls()
    up.program(header_program(service="payments"))
    run = up.run("up").must_succeed()
    [plugin] = up.konnect.plugins()
    assert run.operations == {"orders-header": "replace"}
    assert plugin["service"] == {"id": up.konnect.service_id("payments")}
    writes = [call["method"] for call in up.konnect.calls() if call["method"] in {"PUT", "DELETE"}]
    assert writes == ["DELETE", "PUT"]


def test_a_rename_without_an_alias_is_refused_and_takes_nothing_over(up: Playground) -> None:
    [before] = up.konnect.plugins()
    up.program(header_program(name="renamed"))
    run = up.run("up").must_fail()
    assert before["id"] in run.text
    assert "Authorization" in run.text
    assert "aliases" in run.text
    # The program no longer has the old one, and engines go on after a failure here.
    assert run.operations == {"renamed": "create", "orders-header": "delete"}
    assert up.konnect.plugins() == []
    up.run("up").must_succeed()
    [after] = up.konnect.plugins()
    assert after["config"] == before["config"]


def below(*kinds: str) -> tuple[str, ...]:
    """A header below components of these types, all of one name; the first type is the outermost."""
    above = "None"
    for kind in kinds:
        above = f"pulumi.ComponentResource('test:index:{kind}', 'same', None, pulumi.ResourceOptions(parent={above}))"
    return (f"parent = {above}\n", header_program(opts="parent=parent"))


def test_a_header_below_other_grandparents_is_another_one_and_takes_nothing_over(
    playground: Playground,
) -> None:
    playground.secret = SECRET
    playground.program(*below("Api", "Edge"))
    playground.run("up").must_succeed()
    playground.run("preview").must_succeed()
    [before] = playground.konnect.plugins()
    playground.program(*below("Portal", "Edge"))
    run = playground.run("up").must_fail()
    assert f"already has a request-transformer, and Konnect allows one: plugin {before['id']}" in run.text


def test_a_rename_with_an_alias_changes_nothing_at_konnect(up: Playground) -> None:
    [before] = up.konnect.plugins()
    up.konnect.forget_calls()
    up.program(header_program(name="renamed", opts="aliases=[pulumi.Alias(name='orders-header')]"))
    up.run("up").must_succeed()
    assert up.konnect.calls() == []
    up.secret = OTHER_SECRET
    up.run("up").must_succeed()
    [after] = up.konnect.plugins()
    assert after["id"] == before["id"]


def test_a_second_stack_on_the_same_service_is_refused_and_takes_nothing_down(up: Playground) -> None:
    [before] = up.konnect.plugins()
    other = up.another_stack("second")
    other.secret = OTHER_SECRET
    run = other.run("up").must_fail()
    assert before["id"] in run.text
    other.run("destroy").must_succeed()
    assert up.konnect.plugins() == [before]


def test_a_changed_region_moves_the_header_to_the_other_region(up: Playground) -> None:
    up.program(header_program(region="eu"))
    run = up.run("up").must_succeed()
    assert run.operations == {"orders-header": "replace"}
    assert up.konnect.plugins(region="us") == []
    assert len(up.konnect.plugins(region="eu")) == 1


def test_the_configured_region_at_destroy_does_not_lead_astray(up: Playground) -> None:
    up.environment["KONNECT_REGION"] = "eu"
    up.run("refresh").must_succeed()
    up.run("destroy").must_succeed()
    assert up.konnect.plugins(region="us") == []


# One thing at a time is changed in tests/resources/test_read_update_delete.py; here as many at once as show at once: an
# `up` of every engine shows and heals what the provider's functions do there.
HAND = {
    "shared_secret": lambda plugin: plugin["config"]["add"].update(
        headers=["Authorization:Bearer by-hand-0123456789"]
    ),
    "enabled": lambda plugin: plugin.update(enabled=False),
    "condition": lambda plugin: plugin.update(condition='http.method == "GET"'),
    "protocols": lambda plugin: plugin.update(protocols=["https"]),
    "overwrite": lambda plugin: plugin["config"]["remove"].update(headers=[]),
    "X-Foreign": lambda plugin: plugin["config"]["append"].update(headers=["X-Foreign:not-to-be-shown"]),
    "tags": lambda plugin: plugin.update(tags=["by-hand"]),
}
NAME = {
    "header_name": lambda plugin: plugin["config"]["add"].update(headers=[f"X-By-Hand:Bearer {SECRET}"]),
}


@pytest.mark.parametrize("changes", [HAND, NAME], ids=["its settings", "the header's name"])
def test_a_change_by_hand_is_found_by_refresh_shown_by_preview_and_healed_by_up(
    up: Playground, changes: dict[str, Callable[[dict[str, Any]], None]]
) -> None:
    [before] = up.konnect.plugins()
    for change in changes.values():
        up.konnect.change(before["id"], change)

    up.run("refresh").must_succeed()
    preview = up.run("preview").must_succeed()
    assert preview.operations == {"orders-header": "update"}
    assert [name for name in changes if name not in preview.text] == []
    for hidden in ("not-to-be-shown", "by-hand-0123456789"):
        assert hidden not in preview.text
        assert hidden not in up.state_text()

    up.run("up").must_succeed()
    [healed] = up.konnect.plugins()
    assert {**healed, "updated_at": 0} == {**before, "updated_at": 0}
    assert up.run("preview").must_succeed().operations == {"orders-header": "same"}


def test_a_header_deleted_by_hand_is_found_by_refresh_and_made_again(up: Playground) -> None:
    [before] = up.konnect.plugins()
    up.konnect.delete(before["id"])
    up.run("refresh").must_succeed()
    assert up.run("preview").must_succeed().operations == {"orders-header": "create"}
    up.run("up").must_succeed()
    assert len(up.konnect.plugins()) == 1


def test_destroy_removes_the_header_and_only_it(up: Playground) -> None:
    foreign = up.konnect.add_plugin("key-auth", service="orders")
    up.run("destroy").must_succeed()
    assert [plugin["id"] for plugin in up.konnect.plugins()] == [foreign["id"]]
    assert up.resources() == []


def test_destroying_a_header_that_is_already_gone_succeeds(up: Playground) -> None:
    [plugin] = up.konnect.plugins()
    up.konnect.delete(plugin["id"])
    up.run("destroy").must_succeed()
    assert up.resources() == []


def test_a_refused_create_says_why_and_succeeds_when_tried_again(playground: Playground) -> None:
    playground.program(HEADER)
    playground.secret = SECRET
    playground.konnect.fault(kind="answer", method="PUT", status=403, count=None)
    run = playground.run("up").must_fail()
    assert "403" in run.text
    assert "Traceback" not in run.text
    assert playground.konnect.plugins() == []
    playground.konnect.heal()
    playground.run("up").must_succeed()
    assert len(playground.konnect.plugins()) == 1


def test_of_two_headers_the_failing_one_does_not_take_the_other_along(playground: Playground) -> None:
    playground.program(header_program(), header_program(name="bad-header", service="no-such-service"))
    playground.secret = SECRET
    run = playground.run("up").must_fail()
    assert "no-such-service" in run.text
    assert "orders" in run.text, "the names there are should be listed"
    assert [plugin["service"]["id"] for plugin in playground.konnect.plugins()] == [
        playground.konnect.service_id("orders")
    ]
    assert [r["urn"].rsplit("::", 1)[-1] for r in playground.resources()] == ["orders-header"]


def test_a_rotated_token_in_the_environment_serves_refresh_and_destroy(up: Playground) -> None:
    up.rotate_token()
    run = up.run("refresh").must_fail()
    assert "KONNECT_TOKEN" in run.text
    up.environment["KONNECT_TOKEN"] = up.world.token
    up.run("refresh").must_succeed()
    up.run("destroy").must_succeed()
    assert up.konnect.plugins() == []


def test_a_token_kept_in_the_state_may_be_old_and_the_refusal_says_how_to_give_a_new_one(
    playground: Playground,
) -> None:
    token = playground.environment.pop("KONNECT_TOKEN")
    playground.secret_config("konnect:token", token)
    playground.program(HEADER)
    playground.secret = SECRET
    playground.run("up").must_succeed()
    playground.rotate_token()
    run = playground.run("destroy").must_fail()
    assert "old" in run.text
    assert "KONNECT_TOKEN" in run.text
    assert len(playground.konnect.plugins()) == 1
    playground.environment["KONNECT_TOKEN"] = playground.world.token
    playground.run("destroy").must_succeed()
    assert playground.konnect.plugins() == []


def test_a_create_killed_after_its_put_is_adopted_by_the_next_up(playground: Playground) -> None:
    playground.program(HEADER)
    playground.secret = SECRET
    playground.konnect.fault(kind="slow", method="PUT", seconds=600)
    playground.kill_during("up", when=lambda: len(playground.konnect.plugins()) == 1)
    [orphan] = playground.konnect.plugins()
    playground.konnect.heal()
    run = playground.run("up").must_succeed()
    assert re.search(r"while creating .*orders-header", run.text), "what was under way should be told"
    assert run.operations == {"orders-header": "create"}
    [plugin] = playground.konnect.plugins()
    assert plugin["id"] == orphan["id"]
    assert "pending_operations" not in playground.state_text()
    assert playground.run("preview").must_succeed().operations == {"orders-header": "same"}
    playground.run("destroy").must_succeed()
    assert playground.konnect.plugins() == []


def test_a_bad_value_is_one_sentence_and_makes_nothing(playground: Playground) -> None:
    playground.program(HEADER)
    playground.secret = "$(os.execute('x'))-evaluated-by-kong"
    run = playground.run("up").must_fail()
    assert "$(" in run.text
    assert "Traceback" not in run.text
    assert playground.konnect.plugins() == []


def test_the_state_holds_a_short_reference_to_the_provider(up: Playground) -> None:
    [header] = up.resources()
    assert len(header["inputs"]["__provider"]) < 200
    assert header["inputs"]["__provider"] == header["outputs"]["__provider"]


def test_a_reference_pickled_by_another_python_shows_no_change(up: Playground) -> None:
    up.rewrite_state(up.pickle_provider_differently)
    assert up.run("preview").must_succeed().operations == {"orders-header": "same"}


def test_what_a_program_derives_from_a_header_is_waited_for(playground: Playground) -> None:
    playground.program(
        f"header = {HEADER}",
        "header.plugin_id.apply(lambda plugin_id: pulumi.log.warn(f'derived from {plugin_id}'))\n",
    )
    playground.secret = SECRET
    run = playground.run("up").must_succeed()
    [plugin] = playground.konnect.plugins()
    assert f"derived from {plugin['id']}" in run.text


def test_what_fails_in_deriving_from_a_header_fails_the_run(playground: Playground) -> None:
    playground.program(
        "def refuse(plugin_id):\n    raise pulumi.RunError('not with this one')\n",
        f"header = {HEADER}",
        "header.plugin_id.apply(refuse)\n",
    )
    playground.secret = SECRET
    run = playground.run("up").must_fail()
    assert "not with this one" in run.text
    assert len(playground.resources()) == 1
