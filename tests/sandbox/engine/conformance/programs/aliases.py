"""Aliases: the old names by which a resource is found again."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import ups

_PAIR: Final = """
class Pair(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("things:index:Pair", name, {{}}, opts)
        child = Thing(f"{{name}}-child", label="x", opts=ResourceOptions(parent=self))
        Thing(f"{{name}}-other", label="y", colour=child.made, opts=ResourceOptions(parent=self))
        self.register_outputs({{"made": child.made}})

{}
"""
_TYPE: Final = "pulumi-python:dynamic/things:Thing"
_URN: Final = f"urn:pulumi:dev::little::{_TYPE}::"
_TOPS: Final = """
one = pulumi.ComponentResource("things:index:Top", "one")
two = pulumi.ComponentResource("things:index:Top", "two")
"""
_RETYPED: Final = """
from things import Other

class Top(pulumi.ComponentResource):
    def __init__(self, type_, name, opts=None):
        super().__init__(type_, name, {{}}, opts)
        Thing(f"{{name}}-a", label="a", opts=ResourceOptions(parent=self))
        Other(f"{{name}}-b", label="b", opts=ResourceOptions(parent=self{0}))

Top({1})
"""

CASES: Final = (
    ups(
        "component-renamed",
        _PAIR.format('Pair("old")'),
        _PAIR.format('Pair("new", ResourceOptions(aliases=[Alias(name="old")]))'),
    ),
    ups(
        "alias-of-name",
        'Thing("old", label="x")',
        'Thing("new", label="x", opts=ResourceOptions(aliases=[Alias(name="old")]))',
    ),
    ups(
        "alias-of-parent",
        'Thing("a")',
        """
top = pulumi.ComponentResource("things:index:Top", "top")
Thing("a", opts=ResourceOptions(parent=top, aliases=[Alias(parent=None)]))
""",
    ),
    ups(
        "aliases-by-every-part",
        'for name in ("type", "urn", "parts", "second", "bare"):\n    Thing(name, label=name)',
        f"""
from things import Other

Other("type", label="type", opts=ResourceOptions(aliases=[Alias(type_="{_TYPE}")]))
Thing("urn2", label="urn", opts=ResourceOptions(aliases=["{_URN}urn"]))
Other("parts2", label="parts", opts=ResourceOptions(
    aliases=[Alias(name="parts", type_="{_TYPE}", parent=None, stack="dev", project="little")]))
Thing("second2", label="second", opts=ResourceOptions(aliases=[Alias(name="never"), Alias(name="second")]))
Thing("bare2", label="bare", opts=ResourceOptions(aliases=[Alias(stack="elsewhere", name="bare")]))
""",
    ),
    ups(
        "aliases-between-parents",
        _TOPS + 'Thing("a", opts=ResourceOptions(parent=one))\nThing("b", opts=ResourceOptions(parent=one))',
        _TOPS
        + """
Thing("a", opts=ResourceOptions(parent=two, aliases=[Alias(parent=one)]))
Thing("b", opts=ResourceOptions(aliases=[Alias(parent="urn:pulumi:dev::little::things:index:Top::one")]))
""",
        'Thing("a")\nThing("b")',
    ),
    ups(
        "a-component-changes-type-and-name",
        _RETYPED.format("", '"things:index:Top", "old"'),
        _RETYPED.format(
            ', aliases=[Alias(name="old-b")]',
            '"things:index:Summit", "new", ResourceOptions(aliases=[Alias(type_="things:index:Top", name="old")])',
        ),
    ),
    ups(
        "an-alias-and-a-replacement",
        'a = Thing("old", label="x", place="1")\nThing("b", colour=a.made)',
        'a = Thing("new", label="y", place="2", opts=ResourceOptions(aliases=[Alias(name="old")]))\n'
        'Thing("b", colour=a.made)',
    ),
    ups(
        "two-claim-one-alias",
        'Thing("old", label="x")',
        """
first = Thing("first", label="x", opts=ResourceOptions(aliases=[Alias(name="old")]))
Thing("second", label="y", opts=ResourceOptions(aliases=[Alias(name="old")], depends_on=[first]))
""",
    ),
    ups(
        "an-alias-of-a-resource-that-is-still-there",
        'Thing("old", label="x")',
        """
old = Thing("old", label="x")
Thing("new", label="y", opts=ResourceOptions(aliases=[Alias(name="old")], depends_on=[old]))
""",
    ),
)
