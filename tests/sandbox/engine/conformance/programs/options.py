"""Options of resources that bear on what is done, other than aliases and replacement."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step, ups

_OWNED: Final = 'a = Thing("a", place="{0}")\nThing("b", opts=ResourceOptions(deleted_with=a))'

CASES: Final = (
    ups("protected-removal", 'Thing("a", opts=ResourceOptions(protect=True))', ""),
    Case(
        "protection-lifted",
        (
            Step("up", 'a = Thing("a")\nThing("b", colour=a.made, opts=ResourceOptions(protect=True))'),
            Step("destroy"),
            Step("up", 'a = Thing("a")\nThing("b", colour=a.made)'),
            Step("destroy"),
        ),
    ),
    ups(
        "protection-of-a-parent",
        """
top = pulumi.ComponentResource("things:index:Top", "top", {}, ResourceOptions(protect=True))
Thing("a", opts=ResourceOptions(parent=top))
Thing("b", opts=ResourceOptions(parent=top, protect=False))
""",
        "",
    ),
    ups(
        "options-of-a-parent",
        """
owner = Thing("owner")
options = ResourceOptions(retain_on_delete=True, deleted_with=owner)
top = pulumi.ComponentResource("things:index:Top", "top", {}, options)
inner = pulumi.ComponentResource("things:index:Inner", "inner", {}, ResourceOptions(parent=top))
Thing("a", opts=ResourceOptions(parent=inner))
Thing("b", opts=ResourceOptions(parent=top, retain_on_delete=False))
""",
    ),
    ups("retained", 'Thing("a", opts=ResourceOptions(retain_on_delete=True))', ""),
    ups(
        "retained-and-replaced",
        *(
            f'Thing("a", label="{n}", place="{n}", opts=ResourceOptions(retain_on_delete=True))'
            for n in (1, 2)
        ),
    ),
    Case("deleted-with", (Step("up", _OWNED.format(1)), Step("destroy"))),
    Case("deleted-with-what-is-replaced", (Step("up", _OWNED.format(1)), Step("up", _OWNED.format(2)))),
    ups(
        "ignored-changes",
        'Thing("a", colour="red", nested={"x": 1, "y": 1})',
        'Thing("a", colour="blue", nested={"x": 2, "y": 1},'
        ' opts=ResourceOptions(ignore_changes=["colour", "nested.x"]))',
    ),
    ups(
        "ignored-changes-by-path",
        'Thing("a", place="1", items=[{"n": 1}, {"n": 2}], map={"x.y": 1, "z": 1}, gone=1)',
        'Thing("a", place="2", items=[{"n": 8}, {"n": 9}], map={"x.y": 2, "z": 2}, come=1, opts=ResourceOptions('
        """ignore_changes=["place", "items[*].n", 'map["x.y"]', "gone", "come"]))""",
        'Thing("a", place="3", items=[{"n": 0}], map={}, opts=ResourceOptions(ignore_changes=["*"]))',
    ),
    ups(
        "transformations",
        """
def paint(args):
    if args.type_.endswith("Thing"):
        return pulumi.ResourceTransformationResult({**args.props, "colour": "red"}, args.opts)
pulumi.runtime.register_stack_transformation(paint)
top = pulumi.ComponentResource("things:index:Top", "top", {}, ResourceOptions(transformations=[paint]))
Thing("a", opts=ResourceOptions(parent=top))
Thing("b", opts=ResourceOptions(transformations=[paint]))
""",
    ),
    ups(
        "timeouts",
        'Thing("a", opts=ResourceOptions(custom_timeouts='
        'pulumi.CustomTimeouts(create="1m30s", update="1h", delete="10s")))',
    ),
    ups(
        "options-that-change-alone",
        'Thing("a")',
        'Thing("a", opts=ResourceOptions(protect=True, retain_on_delete=True, additional_secret_outputs=["made"],'
        ' custom_timeouts=pulumi.CustomTimeouts(create="5m"), ignore_changes=["x"], replace_on_changes=["y"],'
        " delete_before_replace=True))",
        'b = Thing("b")\nThing("a", opts=ResourceOptions(depends_on=[b], deleted_with=b))',
    ),
)
