"""Replacement: created or deleted first, who goes along, and by what it is asked for."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step, ups

_DELETE_FIRST: Final = """
a = Thing("a", label="{0}", place="{0}", delete_first=True)
by_place = Thing("by-place", place=a.made)
Thing("by-colour", colour=a.made)
Thing("by-order", opts=ResourceOptions(depends_on=[a]))
Thing("further", place=by_place.made)
"""
_BY_OPTION: Final = """
first = ResourceOptions(delete_before_replace=True)
a = Thing("a", label="{0}", place="{0}", opts=first)
b = Thing("b", place=a.made, opts=first)
Thing("c", place=b.made)
Thing("d", place=b.made, opts=ResourceOptions(delete_before_replace=False))
top = pulumi.ComponentResource("things:index:Top", "top", {{}}, ResourceOptions(depends_on=[a]))
Thing("e", place=a.made, opts=ResourceOptions(parent=top))
Thing("f", label="{0}", place="{0}", delete_first=True, opts=ResourceOptions(delete_before_replace=False))
"""
_CHAIN: Final = """
a = Thing("a", label="a{0}", place="{0}")
b = Thing("b", label="b{0}", place=a.made)
Thing("c", label="c{0}", place=b.made)
Thing("d", colour=a.made)
"""

CASES: Final = (
    ups(
        "create-first",
        *(f'a = Thing("a", label="{n}", place="{n}")\nThing("b", colour=a.made)' for n in ("old", "new")),
    ),
    Case(
        "create-first-in-a-chain",
        (Step("up", _CHAIN.format(1)), Step("preview", _CHAIN.format(2)), Step("up")),
    ),
    ups("delete-first-with-dependents", _DELETE_FIRST.format("old"), _DELETE_FIRST.format("new")),
    Case(
        "delete-first-by-option",
        (
            Step("up", _BY_OPTION.format("old")),
            Step("preview", _BY_OPTION.format("new")),
            Step("up"),
            Step("up"),
        ),
    ),
    ups(
        "delete-first-past-a-protected-dependent",
        *(
            f'a = Thing("a", place="{n}", delete_first=True)\n'
            'Thing("b", place=a.made, opts=ResourceOptions(protect=True))'
            for n in (1, 2)
        ),
    ),
    ups(
        "replace-on-changes",
        'Thing("a", colour="red")',
        'Thing("a", colour="blue", opts=ResourceOptions(replace_on_changes=["colour"]))',
    ),
    ups(
        "replace-on-changes-by-path",
        'Thing("a", deep={"x": 1, "y": 1})\nThing("b", items=[1, 2])\nThing("c", colour="1")\nThing("d", colour="1")',
        """
Thing("a", deep={"x": 1, "y": 2}, opts=ResourceOptions(replace_on_changes=["deep.x"]))
Thing("b", items=[1, 3], opts=ResourceOptions(replace_on_changes=["items[1]"]))
Thing("c", colour="2", opts=ResourceOptions(replace_on_changes=["*"], delete_before_replace=True))
Thing("d", colour="2", opts=ResourceOptions(replace_on_changes=["colour"], ignore_changes=["colour"]))
""",
    ),
    ups(
        "protected-replacement",
        'Thing("a", place="1", opts=ResourceOptions(protect=True))',
        'Thing("a", place="2", opts=ResourceOptions(protect=True))',
    ),
    ups(
        "protection-lifted-with-the-replacement",
        'Thing("a", place="1", opts=ResourceOptions(protect=True))',
        'Thing("a", place="2")',
    ),
)
