"""Whole little programs: create, keep, update, replace, delete, refresh, destroy, and what is recorded."""

from __future__ import annotations

import pytest

from tests.sandbox.engine.conftest import Project

TWO_THINGS = """
a = Thing("a", colour="red")
b = Thing("b", colour=a.made)
pulumi.export("made", b.made)
"""


def test_up_creates_what_the_program_declares_in_dependency_order(project: Project) -> None:
    outcome = project.up(TWO_THINGS)
    assert outcome.result.succeeded
    assert project.log == ["create a", "create b"]
    assert outcome.operations == {"a": "create", "b": "create"}
    assert outcome.result.outputs == {"made": "made-b"}
    assert "+ things:Thing a created (" in outcome.text
    assert "Resources: + 3 created" in outcome.text


def test_a_second_up_changes_nothing_and_says_so_in_one_line(project: Project) -> None:
    project.up(TWO_THINGS)
    before = project.state_file.read_bytes()
    project.clear_log()
    outcome = project.up()
    assert project.log == []
    assert outcome.operations == {}
    assert "No changes: 3 resources unchanged" in outcome.text
    assert project.state_file.read_bytes() == before


def test_a_preview_does_nothing_and_shows_unknowns(project: Project) -> None:
    outcome = project.program(TWO_THINGS).run("preview")
    assert outcome.operations == {"a": "create", "b": "create"}
    assert "+ things:Thing b to create" in outcome.text
    assert "colour: [not known yet]" in outcome.text
    assert project.log == []
    assert not project.state_file.exists()


def test_a_changed_input_updates_in_place_and_shows_the_property(project: Project) -> None:
    project.up('Thing("a", colour="red", size=1)')
    project.program('Thing("a", colour="blue", size=1)')
    planned = project.run("preview")
    assert planned.operations == {"a": "update"}
    assert '~ colour: "red" => "blue"' in planned.text
    assert "size" not in planned.text
    assert project.log == ["create a"]
    done = project.up()
    assert done.operations == {"a": "update"}
    assert project.log == ["create a", "update a"]
    assert project.resources["a"]["inputs"]["colour"] == "blue"


def test_what_the_program_no_longer_declares_is_deleted_dependents_first(project: Project) -> None:
    project.up(
        'a = Thing("a")\nb = Thing("b", colour=a.made)\nThing("c", opts=ResourceOptions(depends_on=[b]))'
    )
    project.clear_log()
    outcome = project.up("")
    assert project.log == ["delete c", "delete b", "delete a"]
    assert set(outcome.operations.values()) == {"delete"}
    assert project.thing_names == []


def test_a_replacement_creates_first_by_default_and_deletes_the_old_one_at_the_end(project: Project) -> None:
    project.up('a = Thing("a", label="old", place=1)\nThing("b", colour=a.made)')
    project.clear_log()
    outcome = project.up('a = Thing("a", label="new", place=2)\nThing("b", colour=a.made)')
    assert project.log == ["create new", "update b", "delete old"]
    assert outcome.operations == {"a": "replace", "b": "update"}
    assert project.resources["a"]["id"] == "id-new"
    assert project.thing_names == ["a", "b"]


def test_a_replacement_deletes_first_where_the_provider_says_so(project: Project) -> None:
    project.up('Thing("a", label="old", place=1)')
    project.clear_log()
    outcome = project.up('Thing("a", label="new", place=2, delete_first=True)')
    assert project.log == ["delete old", "create new"]
    assert outcome.result.changes[-1].delete_first


def test_delete_first_takes_dependents_along_that_must_be_replaced_and_no_others(project: Project) -> None:
    source = """
    a = Thing("a", label="{label}", place={place}, delete_first=True)
    by_place = Thing("by-place", place=a.made)
    by_colour = Thing("by-colour", colour=a.made)
    by_order = Thing("by-order", opts=ResourceOptions(depends_on=[a]))
    further = Thing("further", place=by_place.made)
    """
    project.up(source.format(label="old", place=1))
    project.clear_log()
    planned = project.program(source.format(label="new", place=2)).run("preview")
    assert planned.operations.get("further") == "replace", planned.text
    assert planned.operations["by-place"] == "replace"
    assert "by-order" not in planned.operations
    assert project.log == []
    outcome = project.up()
    assert project.log[:3] == ["delete further", "delete by-place", "delete old"]
    assert project.log[3] == "create new"
    assert sorted(project.log[4:]) == ["create by-place", "create further", "update by-colour"]
    assert outcome.operations == {
        "a": "replace",
        "by-place": "replace",
        "further": "replace",
        "by-colour": "update",
    }
    assert not any("pendingReplacement" in item for item in project.deployment["resources"])


def test_destroy_deletes_everything_dependents_first_and_keeps_an_empty_state(project: Project) -> None:
    project.up(TWO_THINGS)
    project.clear_log()
    outcome = project.run("destroy")
    assert outcome.result.succeeded
    assert project.log == ["delete b", "delete a"]
    assert project.deployment.get("resources", []) == []
    again = project.run("destroy")
    assert again.result.succeeded
    assert "No changes" in again.text


def test_refresh_shows_drift_by_property_and_the_next_up_heals_it(project: Project) -> None:
    project.up('Thing("a", colour="red")')
    project.environment["THINGS_FOUND_a"] = "green"
    outcome = project.run("refresh")
    assert outcome.operations == {"a": "update"}
    assert '~ colour: "red" => "green"' in outcome.text
    assert project.resources["a"]["inputs"]["colour"] == "green"
    assert '~ colour: "green" => "red"' in project.run("preview").text
    assert project.up().operations == {"a": "update"}


def test_refresh_forgets_what_is_gone_and_references_to_it_and_the_next_up_makes_it_again(
    project: Project,
) -> None:
    project.up('a = Thing("a")\nThing("b", colour=a.made)')
    project.environment["THINGS_FOUND_a"] = "gone"
    outcome = project.run("refresh")
    assert outcome.operations == {"a": "delete"}
    assert project.thing_names == ["b"]
    assert "dependencies" not in project.resources["b"]
    assert project.resources["b"]["propertyDependencies"]["colour"] == []
    del project.environment["THINGS_FOUND_a"]
    assert project.up().operations == {"a": "create"}
    assert project.resources["b"]["dependencies"] == [project.resources["a"]["urn"]]


def test_an_unchanged_refresh_says_so(project: Project) -> None:
    project.up(TWO_THINGS)
    assert "No changes: 3 resources as recorded" in project.run("refresh").text


def test_a_component_is_recorded_with_its_children_and_outputs(project: Project) -> None:
    outcome = project.up("""
    class Pair(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("things:index:Pair", name, {"size": 2})
            self.one = Thing("one", opts=ResourceOptions(parent=self))
            self.register_outputs({"made": self.one.made, "one": self.one})

    Pair("pair")
    """)
    assert outcome.result.succeeded
    pair, one = project.resources["pair"], project.resources["one"]
    assert (pair["custom"], pair["inputs"], pair["outputs"]["made"]) == (False, {"size": 2}, "made-one")
    assert pair["outputs"]["one"]["urn"] == one["urn"]
    assert one["parent"] == pair["urn"]
    assert "$things" not in one["urn"]
    assert "::things:index:Pair$pulumi-python:dynamic/things:Thing::one" in one["urn"]
    assert "No changes" in project.up().text


def test_the_default_provider_is_recorded_with_the_whole_configuration(project: Project) -> None:
    project.config = {"little:colour": "red", "other:token": "a-secret-token"}
    project.secret_keys = frozenset({"other:token"})
    project.up('Thing("a")')
    provider = project.resources["default"]
    assert provider["urn"] == "urn:pulumi:dev::little::pulumi:providers:pulumi-python::default"
    assert provider["inputs"]["little:colour"] == "red"
    assert "ciphertext" in provider["inputs"]["other:token"]
    assert project.resources["a"]["provider"] == f"{provider['urn']}::{provider['id']}"


def test_changed_configuration_reaches_the_provider_and_keeps_its_identity(project: Project) -> None:
    project.config = {"greeting:word": "hello"}
    project.up('Thing("a")')
    before = project.resources["default"]["id"]
    project.config = {"greeting:word": "welcome"}
    project.up('Thing("a", colour="new")')
    assert project.resources["default"]["id"] == before
    assert project.resources["a"]["outputs"]["greeting"] == "welcome"


def test_an_explicit_provider_has_a_process_and_a_configuration_of_its_own(project: Project) -> None:
    project.config = {"greeting:word": "hello"}
    source = """
    polite = pulumi.ProviderResource("pulumi-python", "polite", {"greeting:word": "good evening"})
    a = Thing("a")
    b = Thing("b", opts=ResourceOptions(provider=polite))
    pulumi.export("a", a.greeting)
    pulumi.export("b", b.greeting)
    """
    outcome = project.up(source)
    assert outcome.result.outputs == {"a": "hello", "b": "good evening"}
    assert project.resources["b"]["provider"].startswith(project.resources["polite"]["urn"])
    assert "No changes" in project.up().text
    project.clear_log()
    assert project.run("destroy").result.succeeded
    assert sorted(project.log) == ["delete a", "delete b"]


def test_independent_resources_are_made_at_the_same_time(project: Project) -> None:
    # each waits until all four are being made: one after the other they would never end
    outcome = project.up('for number in range(4):\n    Thing(f"t{number}", meet=4)')
    assert outcome.result.succeeded, outcome.text


def test_no_more_operations_than_allowed_are_under_way_at_once(project: Project) -> None:
    project.parallel = 1
    project.module("things", THINGS_ONE_AT_A_TIME)
    outcome = project.up('for number in range(6):\n    Thing(f"t{number}")')
    assert outcome.result.succeeded, outcome.text


THINGS_ONE_AT_A_TIME = """
import threading, time
from pulumi.dynamic import *
_busy = threading.Lock()

class OneAtATime(ResourceProvider):
    serialize_as_secret_always = False
    def create(self, props):
        if not _busy.acquire(blocking=False):
            raise ValueError("two at once")
        time.sleep(0.01)
        _busy.release()
        return CreateResult("id", props)

class Thing(Resource, module="things", name="Thing"):
    def __init__(self, resource_name, opts=None, **props):
        super().__init__(OneAtATime(), resource_name, {"label": resource_name, **props}, opts)
"""


def test_deleting_goes_in_rounds_as_pulumis_does_the_deepest_first(project: Project) -> None:
    """Seen in v3.260.0: what needs nothing goes last, also where nothing is in its way."""
    chain = 'a = Thing("a", colour="red")\nb = Thing("b", colour=a.made)\nThing("c", colour=b.made)\n'
    project.up(chain + 'Thing("alone", colour="red")\n')
    project.clear_log()
    assert project.run("destroy").result.succeeded
    assert project.log[:2] == ["delete c", "delete b"]
    assert set(project.log[2:]) == {"delete a", "delete alone"}


def test_a_deep_chain_of_dependencies_is_made_in_order(project: Project) -> None:
    outcome = project.up("""
    last = None
    for number in range(25):
        last = Thing(f"t{number:02}", colour=last.made if last else "start")
    """)
    assert outcome.result.succeeded
    assert project.log == [f"create t{number:02}" for number in range(25)]
    project.clear_log()
    project.run("destroy")
    assert project.log == [f"delete t{number:02}" for number in reversed(range(25))]


def test_stack_outputs_are_recorded_and_removed_ones_forgotten(project: Project) -> None:
    project.up('pulumi.export("one", 1)\npulumi.export("two", [1.5, None, True])')
    assert project.resources["little-dev"]["outputs"] == {"one": 1, "two": [1.5, None, True]}
    project.up('pulumi.export("one", 2)')
    assert project.resources["little-dev"]["outputs"] == {"one": 2}


def test_what_a_program_and_its_providers_print_is_shown(project: Project) -> None:
    project.module(
        "things",
        THINGS_ONE_AT_A_TIME.replace("time.sleep(0.01)", 'print("provider speaking", flush=True)'),
    )
    outcome = project.up('print("program speaking")\nThing("a")\npulumi.log.warn("careful")')
    assert "program speaking" in outcome.text
    assert "provider speaking" in outcome.text
    assert "warning: careful" in outcome.text


def test_the_program_sees_its_stack_project_and_configuration(project: Project) -> None:
    project.config = {"little:colour": "red"}
    outcome = project.up("""
    import os, sys
    pulumi.export("names", [pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack()])
    pulumi.export("colour", pulumi.Config().require("colour"))
    pulumi.export("root", pulumi.get_root_directory())
    pulumi.export("folder", os.path.basename(os.getcwd()))
    pulumi.export("dry", pulumi.runtime.is_dry_run())
    pulumi.export("stdin", sys.stdin.read())
    pulumi.export("engine_modules", [path for path in sys.path if path.endswith("engine")])
    """)
    assert outcome.result.outputs == {
        "names": ["organization", "little", "dev"],
        "colour": "red",
        "root": str(project.directory),
        "folder": "program",
        "dry": False,
        "stdin": "",
        "engine_modules": [],
    }


@pytest.mark.parametrize("operation", ["preview", "up", "refresh", "destroy"])
def test_every_operation_on_an_empty_stack_succeeds(project: Project, operation: str) -> None:
    assert project.program("").run(operation).result.succeeded
