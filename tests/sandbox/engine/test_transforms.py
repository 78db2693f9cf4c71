"""Transforms that fail. What the others do is in `conformance`; those of functions are in `test_not_simulated`."""

from __future__ import annotations

from tests.sandbox.engine.conftest import Project

RAISES = """
def check(args):
    args.props["hush"].apply(lambda word: None)
    if args.name == "a":
        raise ValueError("nothing here may be called a, not with open-the-door")
pulumi.runtime.register_resource_transform(check)
Thing("a", hush=Output.secret("open-the-door"))
Thing("b", hush=Output.secret("x"))
"""


def test_a_transform_that_raises_fails_its_resource_in_its_own_words(project: Project) -> None:
    project.up('Thing("gone")')
    project.clear_log()
    outcome = project.up(RAISES)
    assert not outcome.result.succeeded
    assert "nothing here may be called a, not with [secret]" in outcome.errors["a"]
    assert "in check" in outcome.errors["a"]  # where in the program
    assert "Traceback" not in outcome.text
    assert "Invoke callback" not in outcome.text
    # the program is wrong: what it no longer declares may be a mistake as well
    assert project.log == ["create b"]


def test_an_option_that_a_transform_adds_is_refused_as_any_other(project: Project) -> None:
    outcome = project.up("""
    def take(args):
        return pulumi.ResourceTransformResult(args.props, ResourceOptions(import_="x"))
    Thing("a", opts=ResourceOptions(transforms=[take]))
    """)
    assert "doesn't implement import_" in outcome.errors["a"]
    assert project.log == []
