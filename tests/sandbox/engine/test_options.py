"""Resource options: aliases, protect, retain_on_delete, ignore_changes and others. Refusals: `test_unimplemented`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.engine.conftest import Project


def test_a_renamed_resource_with_an_alias_is_kept(project: Project) -> None:
    project.up('Thing("old", label="x")')
    outcome = project.up('Thing("new", label="x", opts=ResourceOptions(aliases=[Alias(name="old")]))')
    assert outcome.operations == {}
    assert project.log == ["create x"]
    assert project.thing_names == ["new"]
    assert "aliases" not in project.resources["new"]
    assert "No changes" in project.up('Thing("new", label="x")').text


def test_a_renamed_resource_without_an_alias_is_made_anew(project: Project) -> None:
    project.up('Thing("old", label="x")')
    assert project.up('Thing("new", label="y")').operations == {"new": "create", "old": "delete"}


def test_an_alias_by_type_or_by_whole_urn_finds_the_old_resource(project: Project) -> None:
    project.module("others", OTHER_TYPE)
    project.up('Thing("a", label="x")')
    old_type = "pulumi-python:dynamic/things:Thing"
    outcome = project.up(f"""
    from others import Other
    Other("a", label="x", opts=ResourceOptions(aliases=[Alias(type_="{old_type}")]))
    """)
    assert outcome.operations == {}
    urn = project.resources["a"]["urn"]
    project.up(f'Thing("b", label="x", opts=ResourceOptions(aliases=["{urn}"]))')
    assert project.log == ["create x"]
    assert project.thing_names == ["b"]


OTHER_TYPE = """
import things

class Other(things.Resource, module="others", name="Other"):
    def __init__(self, resource_name, opts=None, **props):
        props = {**props, "made": None, "greeting": None}
        super().__init__(things.ThingProvider(), resource_name, props, opts)
"""

PAIR = """
class Pair(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("things:index:Pair", name, {{}}, opts)
        self.child = Thing(f"{{name}}-child", label="x", opts=ResourceOptions(parent=self))
        Thing(f"{{name}}-other", label="y", colour=self.child.made, opts=ResourceOptions(parent=self))
        self.register_outputs({{}})

{}
"""


def test_children_of_a_renamed_component_inherit_its_alias(project: Project) -> None:
    project.up(PAIR.format('Pair("old")'))
    outcome = project.up(PAIR.format('Pair("new", ResourceOptions(aliases=[Alias(name="old")]))'))
    assert outcome.operations == {}
    assert project.thing_names == ["new-child", "new-other"]
    child, other = project.resources["new-child"], project.resources["new-other"]
    assert child["parent"] == project.resources["new"]["urn"]
    assert other["dependencies"] == [child["urn"]]
    assert "No changes" in project.up(PAIR.format('Pair("new")')).text


def test_a_resource_moved_under_a_parent_is_kept_with_an_alias(project: Project) -> None:
    project.up('Thing("a", label="x")')
    outcome = project.up("""
    top = pulumi.ComponentResource("things:index:Top", "top")
    Thing("a", label="x", opts=ResourceOptions(parent=top, aliases=[Alias(parent=None)]))
    """)
    assert outcome.operations == {"top": "create"}
    assert "Top$" in project.resources["a"]["urn"]


def test_two_resources_can_not_claim_one_alias(project: Project) -> None:
    project.up('Thing("old", label="x")')
    outcome = project.up("""
    Thing("new", label="x", opts=ResourceOptions(aliases=[Alias(name="old")]))
    Thing("newer", label="x", opts=ResourceOptions(aliases=[Alias(name="old")]))
    """)
    assert not outcome.result.succeeded
    assert len(outcome.errors) == 1
    assert "belongs to another resource" in next(iter(outcome.errors.values()))


def test_a_protected_resource_is_neither_deleted_nor_replaced(project: Project) -> None:
    project.up('Thing("a", place=1, opts=ResourceOptions(protect=True))')
    project.clear_log()
    replaced = project.up('Thing("a", place=2, opts=ResourceOptions(protect=True))')
    assert "protected" in replaced.errors["a"]
    deleted = project.up("")
    assert "protected" in deleted.errors["a"]
    destroyed = project.run("destroy")
    assert "protected" in destroyed.errors["a"]
    assert project.log == []
    assert project.thing_names == ["a"]
    assert project.up('Thing("a", place=2)').operations == {"a": "replace"}


def test_children_inherit_protection(project: Project) -> None:
    project.up("""
    top = pulumi.ComponentResource("things:index:Top", "top", opts=ResourceOptions(protect=True))
    Thing("a", opts=ResourceOptions(parent=top))
    """)
    assert project.resources["a"]["protect"] is True


def test_retain_on_delete_forgets_without_deleting(project: Project) -> None:
    project.up('Thing("a", opts=ResourceOptions(retain_on_delete=True))')
    outcome = project.up("")
    assert outcome.operations == {"a": "delete"}
    assert "retain_on_delete" in outcome.text
    assert project.log == ["create a"]
    assert project.thing_names == []


def test_ignored_changes_change_nothing(project: Project) -> None:
    project.up('Thing("a", colour="red", nested={"x": 1, "y": 1})')
    source = 'Thing("a", colour="blue", nested={"x": 2, "y": 1}, opts=ResourceOptions(ignore_changes=%s))'
    assert project.up(source % ["colour", "nested.x"]).operations == {}
    assert project.resources["a"]["inputs"]["nested"] == {"x": 1, "y": 1}
    assert project.up(source % ["colour"]).operations == {"a": "update"}
    assert project.resources["a"]["inputs"]["colour"] == "red"


@pytest.mark.parametrize(("path", "operation"), [("colour", "replace"), ("*", "replace"), ("size", "update")])
def test_replace_on_changes_replaces_for_the_named_properties(
    project: Project, path: Path, operation: str
) -> None:
    project.up('Thing("a", colour="red")')
    outcome = project.up(f'Thing("a", colour="blue", opts=ResourceOptions(replace_on_changes=["{path}"]))')
    assert outcome.operations == {"a": operation}


@pytest.mark.parametrize(
    ("option", "order"),
    [(True, ["delete old", "create new"]), (False, ["create new", "delete old"])],
)
def test_delete_before_replace_wins_over_the_provider(
    project: Project, option: str, order: list[str]
) -> None:
    project.up('Thing("a", label="old", place=1)')
    project.clear_log()
    wish = not option
    project.up(f"""
    opts = ResourceOptions(delete_before_replace={option})
    Thing("a", label="new", place=2, delete_first={wish}, opts=opts)
    """)
    assert project.log == order


def test_deleted_with_spares_the_call_when_both_go(project: Project) -> None:
    project.up('a = Thing("a")\nThing("b", opts=ResourceOptions(deleted_with=a))')
    project.clear_log()
    assert project.run("destroy").result.succeeded
    assert project.log == ["delete a"]


def test_custom_timeouts_are_recorded_in_seconds(project: Project) -> None:
    timeouts = 'pulumi.CustomTimeouts(create="1m30s", delete="10s")'
    project.up(f'Thing("a", opts=ResourceOptions(custom_timeouts={timeouts}))')
    assert project.resources["a"]["customTimeouts"] == {"create": 90.0, "delete": 10.0}


def test_a_malformed_timeout_is_a_clear_failure(project: Project) -> None:
    outcome = project.up(
        'Thing("a", opts=ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="soon")))'
    )
    assert "'soon' is not a duration" in outcome.errors["a"]
