"""Values of every kind, outputs, and the plain course of a stack: up, update, refresh, destroy."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step, ups

_TWO: Final = 'a = Thing("a", colour="red")\nThing("b", colour=a.made)\n'
_VALUES: Final = """
a = Thing("a", number={0}, half=0.5, large=12345678901, truth=True, lie=False, text="", nothing=None,
    empty={{}}, none_of=[], words=["x", "é", "{0}"], deep={{"list": [{{"n": {0}}}, None], "nothing": None}})
pulumi.export("number", a.number)
pulumi.export("deep", {{"of": [a.deep, a.words[1], None, True]}})
"""

CASES: Final = (
    Case(
        "properties-and-destroy",
        (
            Step("preview", _TWO),
            Step("up"),
            Step("up"),
            Step("preview", _TWO.replace("red", "blue")),
            Step("up"),
            Step("destroy"),
        ),
    ),
    Case("values-of-every-kind", (Step("up", _VALUES.format(1)), Step("up"), Step("up", _VALUES.format(2)))),
    ups(
        "properties-come-and-go",
        'Thing("a", colour="red", shape={"x": 1, "y": None}, items=[1, 2])',
        'Thing("a", shape={"y": 2}, items=[2], size=1)',
    ),
    ups("outputs-renamed", 'pulumi.export("old", Thing("a").made)', 'pulumi.export("new", Thing("a").made)'),
    ups("a-resource-as-output", 'pulumi.export("a", Thing("a"))'),
    Case(
        "refresh",
        (
            Step("up", _TWO),
            Step("refresh"),
            Step("refresh", None, {"THINGS_FOUND_a": "green"}),
            Step("refresh", None, {"THINGS_FOUND_b": "gone"}),
            Step("up"),
        ),
    ),
    Case(
        "refresh-finds-other-outputs",
        (
            Step(
                "up", 'Thing("a", colour="red")\nThing("b", opts=ResourceOptions(ignore_changes=["colour"]))'
            ),
            Step("refresh", None, {"THINGS_MADE_a": "elsewhere"}),
            Step("refresh", None, {"THINGS_FOUND_b": "green"}),
            Step("up"),
        ),
    ),
    Case(
        "refresh-finds-what-others-need-gone",
        (
            Step("up", _TWO + 'Thing("c", opts=ResourceOptions(depends_on=[a], deleted_with=a))'),
            Step("refresh", None, {"THINGS_FOUND_a": "gone"}),
            Step("up"),
        ),
    ),
)
