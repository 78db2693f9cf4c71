"""What fails, what goes on nevertheless, and how it is told."""

from __future__ import annotations

import dataclasses
import subprocess
from typing import Any

import pytest

from kong_secure.sandbox.engine import EngineError, WrongPassphrase
from tests.sandbox.engine.conftest import Project


def test_one_failing_resource_does_not_take_the_others_along(project: Project) -> None:
    outcome = project.up("""
    for number in range(6):
        Thing(f"t{number}", fail="create" if number == 2 else None)
    """)
    assert not outcome.result.succeeded
    assert sorted(project.thing_names) == ["t0", "t1", "t3", "t4", "t5"]
    assert outcome.errors["t2"].startswith("ValueError: no room for t2")
    assert "1 failed" in outcome.text
    assert outcome.text.count("no room for t2") <= 2  # the sentence, and where in the provider it came from
    assert "pending_operations" not in project.deployment


def test_a_failing_create_is_made_up_for_by_the_next_up(project: Project) -> None:
    source = 'a = Thing("a", fail={!r})\nThing("b", colour=a.made)'
    project.up(source.format("create"))
    outcome = project.up(source.format(None))
    assert outcome.result.succeeded
    assert outcome.operations == {"a": "create", "b": "create"}


def test_what_needs_a_failed_resource_is_not_attempted(project: Project) -> None:
    outcome = project.up("""
    a = Thing("a", fail="create")
    b = Thing("b", colour=a.made)
    Thing("c", opts=ResourceOptions(depends_on=[b]))
    Thing("d", opts=ResourceOptions(parent=b))
    Thing("free")
    """)
    assert project.log == ["create free"]
    assert outcome.errors["b"] == "it needs things:Thing a, which failed"
    assert set(outcome.errors) == {"a", "b", "c", "d"}
    assert "1 failed, 3 not attempted" in outcome.text


def test_what_the_program_left_out_is_deleted_although_another_resource_failed(project: Project) -> None:
    """As pulumi does with --continue-on-error."""
    project.up('Thing("a")')
    project.clear_log()
    outcome = project.up('Thing("b", fail="create")')
    assert not outcome.result.succeeded
    assert project.log == ["delete a"]
    assert project.thing_names == []


@pytest.mark.parametrize(
    "program",
    ['Thing("b", refuse="it is bad")', 'Thing("b"); Thing("b")', 'raise pulumi.RunError("no")'],
)
def test_nothing_is_deleted_when_the_program_is_at_fault(project: Project, program: str) -> None:
    project.up('Thing("a")')
    outcome = project.up(program)
    assert not outcome.result.succeeded
    assert "delete a" not in project.log
    assert "a" in project.thing_names


def test_what_a_failed_update_still_needs_is_not_deleted(project: Project) -> None:
    project.up('a = Thing("a")\nThing("b", colour="red", opts=pulumi.ResourceOptions(depends_on=[a]))')
    project.clear_log()
    project.up('Thing("b", colour="blue", fail="update")')
    assert project.thing_names == ["a", "b"]
    project.up('Thing("b", colour="blue")')
    assert project.thing_names == ["b"]


def test_a_failed_update_keeps_what_was_recorded(project: Project) -> None:
    project.up('Thing("a", colour="red")')
    outcome = project.up('Thing("a", colour="blue", fail="update")')
    assert "could not be updated: ValueError: can not change a" in outcome.text
    assert project.resources["a"]["inputs"]["colour"] == "red"


def test_a_failed_delete_keeps_the_resource_and_what_it_needs(project: Project) -> None:
    project.up('a = Thing("a")\nThing("b", stubborn=True, colour=a.made)\nThing("c")')
    project.clear_log()
    outcome = project.run("destroy")
    assert not outcome.result.succeeded
    assert project.log == ["delete c"]
    assert project.thing_names == ["a", "b"]
    assert "could not be deleted: ValueError: will not go: b" in outcome.text


def test_a_failed_read_is_told_and_the_others_are_refreshed(project: Project) -> None:
    project.up('Thing("a", fail="read")\nThing("b", colour="red")')
    project.environment["THINGS_FOUND_b"] = "green"
    outcome = project.run("refresh")
    assert not outcome.result.succeeded
    assert outcome.operations == {"b": "update"}
    assert "can not be seen: a" in outcome.errors["a"]


def test_a_failed_delete_before_a_replacement_creates_nothing(project: Project) -> None:
    project.up('Thing("a", place=1, stubborn=True)')
    outcome = project.up('Thing("a", place=2, stubborn=True, delete_first=True)')
    assert project.log == ["create a"]
    assert "will not go" in outcome.errors["a"]
    assert "pendingReplacement" not in project.resources["a"]


def test_a_replacement_that_failed_after_its_delete_is_completed_by_the_next_up(project: Project) -> None:
    project.up('Thing("a", place=1)')
    failed = project.up('Thing("a", place=2, delete_first=True, fail="create")')
    assert not failed.result.succeeded
    assert project.resources["a"]["pendingReplacement"] is True
    project.clear_log()
    outcome = project.up('Thing("a", place=2, delete_first=True)')
    assert project.log == ["create a"]
    assert outcome.operations == {"a": "replace"}
    assert "pendingReplacement" not in project.resources["a"]


def test_a_replaced_resource_that_could_not_be_deleted_is_deleted_later(project: Project) -> None:
    project.up('Thing("a", label="old", place=1, stubborn=True)')
    outcome = project.up('Thing("a", label="new", place=2)')
    assert not outcome.result.succeeded
    assert [item.get("delete", False) for item in _things(project, "a")] == [False, True]
    again = project.run("preview")
    assert again.operations == {}


def _things(project: Project, name: str) -> list[dict[str, Any]]:
    return [item for item in project.deployment["resources"] if item["urn"].endswith(f"::{name}")]


def test_a_failed_check_is_one_sentence_with_the_property(project: Project) -> None:
    outcome = project.up('Thing("a", colour="red", refuse="too loud", refused_property="colour")\nThing("b")')
    assert outcome.errors["a"] == 'property colour ("red"): too loud'
    assert project.log == ["create b"]


def test_a_failed_check_without_a_property_says_its_reason_alone(project: Project) -> None:
    assert project.up('Thing("a", refuse="too loud")').errors["a"] == "too loud"


def test_a_failed_check_shows_in_a_preview_too(project: Project) -> None:
    outcome = project.program('Thing("a", refuse="too loud")').run("preview")
    assert not outcome.result.succeeded
    assert "too loud" in outcome.text


def test_a_run_error_is_printed_as_its_message_alone(project: Project) -> None:
    outcome = project.up('Thing("a")\nraise pulumi.RunError("colour must be given")')
    assert not outcome.result.succeeded
    assert "error: colour must be given\n" in outcome.text
    assert "Traceback" not in outcome.text
    assert "exit code" not in outcome.text


def test_a_run_error_in_an_apply_is_printed_as_its_message_alone(project: Project) -> None:
    outcome = project.up("""
    def refuse(made):
        raise pulumi.RunError("made of the wrong stuff: " + made)
    a = Thing("a")
    Thing("b", colour=a.made.apply(refuse))
    """)
    assert "error: made of the wrong stuff: made-a\n" in outcome.text
    assert "Traceback" not in outcome.text
    assert project.thing_names == ["a"]


def test_another_exception_is_a_traceback_of_the_users_own_lines(project: Project) -> None:
    outcome = project.up("""
    def inner():
        return {}["missing"]
    Thing("a").made.apply(lambda made: inner())
    """)
    assert not outcome.result.succeeded
    assert "error: the program failed with an unhandled exception:" in outcome.text
    assert "KeyError: 'missing'" in outcome.text
    assert 'return {}["missing"]' in outcome.text
    assert "site-packages/pulumi" not in outcome.text
    assert "program_host" not in outcome.text


def test_a_syntax_error_is_shown(project: Project) -> None:
    assert "SyntaxError" in project.up("this is no python").text


def test_a_program_that_just_exits_is_a_failure(project: Project) -> None:
    outcome = project.up("import os\nos._exit(7)")
    assert not outcome.result.succeeded
    assert "exit code 7" in outcome.text


def test_a_missing_program_is_one_sentence(project: Project) -> None:
    outcome = project.run("up")
    assert "there is no __main__.py" in outcome.text
    assert "Traceback" not in outcome.text


def test_two_resources_of_one_name_are_refused(project: Project) -> None:
    outcome = project.up('Thing("a")\nThing("a", label="other")')
    assert "same type and name" in outcome.errors["a"]
    assert len(project.log) == 1


def test_a_failed_run_takes_no_stack_outputs_away(project: Project) -> None:
    project.up('pulumi.export("kept", 1)\npulumi.export("made", Thing("a").made)')
    project.up('pulumi.export("made", Thing("b", fail="create").made)')
    assert project.resources["little-dev"]["outputs"] == {"kept": 1, "made": "made-a"}


def test_a_provider_that_dies_is_told_and_its_operation_stays_pending(project: Project) -> None:
    project.module("things", DYING)
    outcome = project.up('Thing("a")')
    assert not outcome.result.succeeded
    assert "went away during Create" in outcome.errors["a"]
    (pending,) = project.deployment["pending_operations"]
    assert (pending["type"], pending["resource"]["urn"].split("::")[-1]) == ("creating", "a")


DYING = """
import os
from pulumi.dynamic import *

class Dying(ResourceProvider):
    serialize_as_secret_always = False
    def create(self, props):
        os._exit(1)

class Thing(Resource, module="things", name="Thing"):
    def __init__(self, resource_name, opts=None, **props):
        super().__init__(Dying(), resource_name, {"label": resource_name, **props}, opts)
"""


def test_a_wrong_passphrase_is_refused_in_one_sentence(project: Project) -> None:
    project.up('Thing("a")')
    with pytest.raises(WrongPassphrase, match="not the one this stack's state was encrypted with"):
        project.run("up", passphrase="another")
    assert project.thing_names == ["a"]


@pytest.mark.parametrize("address", ["https://us.api.konghq.com", "http://10.0.0.1:80/{region}", "", None])
def test_anything_but_a_loopback_konnect_is_refused_before_anything_starts(
    project: Project, address: str | None
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    environment = project.children_environment()
    if address is None:
        del environment["KONNECT_SERVER_URL"]
    else:
        environment["KONNECT_SERVER_URL"] = address
    with pytest.raises(EngineError, match="only plays in the sandbox"):
        project.program("").run("up", environment=environment, recorder=started.append)
    assert started == []


def test_a_state_that_is_no_state_is_refused(project: Project) -> None:
    project.up("")
    project.state_file.write_text("{}")
    with pytest.raises(EngineError, match="not a Pulumi state"):
        project.run("up")


def test_children_are_ended_and_were_reported_right_after_their_start(project: Project) -> None:
    started: list[subprocess.Popen[bytes]] = []
    project.program('Thing("a")').run("up", recorder=started.append)
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_a_stack_never_shows_its_secrets_in_a_representation(project: Project) -> None:
    stack = project.stack(config={"a:b": "s3cret-value"}, passphrase="s3cret-phrase")
    assert "s3cret" not in repr(stack)
    assert dataclasses.is_dataclass(stack)
