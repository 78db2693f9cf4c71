"""Dependencies, components and graphs: what waits for what, and what of it is recorded."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step, ups

_GRAPH: Final = """
before = None
for n in range(6):
    before = Thing(f"deep{n}", colour=before.made if before else "")
for n in range(8):
    Thing(f"wide{n}")
"""
_LATTICE: Final = """
rows = [[Thing(f"r0c{{c}}", colour="{0}") for c in range(5)]]
for r in range(1, 5):
    above = rows[-1]
    rows.append([Thing(f"r{{r}}c{{c}}", left=above[c - 1].colour, colour=above[c].colour,
        opts=ResourceOptions(depends_on=[above[(c + 1) % 5]])) for c in range(5)])
pulumi.export("all", [thing.made for thing in rows[-1]])
"""
_BY_PROPERTY: Final = """
a, b, c = Thing("a"), Thing("b"), Thing("c")
Thing("d", one=a.made, two=Output.concat(a.made, b.made), three={"x": [b.made, "plain"]}, four="plain",
    opts=ResourceOptions(depends_on=[c]))
Thing("e", five=Output.all(a.made, b.id).apply(lambda both: both[0]), six=c.id)
"""
_COMPONENTS: Final = """
class Pair(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("things:index:Pair", name, {"size": 2}, opts)
        inner = pulumi.ComponentResource("things:index:Inner", f"{name}-inner", {}, ResourceOptions(parent=self))
        one = Thing(f"{name}-one", opts=ResourceOptions(parent=inner))
        Thing(f"{name}-two", colour=one.made, opts=ResourceOptions(parent=self))
        self.register_outputs({"made": one.made})

pair = Pair("pair")
Thing("after", opts=ResourceOptions(depends_on=[pair]))
Pair("other", ResourceOptions(depends_on=[pair]))
"""

CASES: Final = (
    Case("graph", (Step("up", _GRAPH), Step("destroy"))),
    Case(
        "lattice", (Step("up", _LATTICE.format("red")), Step("up", _LATTICE.format("blue")), Step("destroy"))
    ),
    ups("dependencies-by-property", _BY_PROPERTY),
    ups("depends-on-and-removal", 'a = Thing("a")\nThing("b", opts=ResourceOptions(depends_on=[a]))', ""),
    Case("components", (Step("preview", _COMPONENTS), Step("up"), Step("up"), Step("destroy"))),
    ups("a-component-is-removed", _COMPONENTS, 'Thing("after")'),
)
