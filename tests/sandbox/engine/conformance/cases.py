"""The table of programs: what each declares and the operations it goes through. Nothing here runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Step:
    """One operation. program: what replaces the program before it, None for as it is."""

    operation: str
    program: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A name and its steps; `config` in plain text, with the keys of it that are secret."""

    name: str
    steps: tuple[Step, ...]
    config: Mapping[str, str] = field(default_factory=dict)
    secret_keys: frozenset[str] = frozenset()


def ups(name: str, *programs: str) -> Case:
    """A case that brings up one program after the other."""
    return Case(name, tuple(Step("up", program) for program in programs))


_PAIR: Final = """
class Pair(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("things:index:Pair", name, {{}}, opts)
        child = Thing(f"{{name}}-child", label="x", opts=ResourceOptions(parent=self))
        Thing(f"{{name}}-other", label="y", colour=child.made, opts=ResourceOptions(parent=self))
        self.register_outputs({{"made": child.made}})

{}
"""
_SECRETS: Final = """
word = Output.secret("hidden-word")
a = Thing("a", colour=word, nested={"plain": 1, "deep": word}, items=["x", word])
Thing("b", colour=a.colour, opts=ResourceOptions(additional_secret_outputs=["made"]))
Thing("c", colour=pulumi.Config().require_secret("word"))
pulumi.export("word", a.colour)
pulumi.export("made", a.made)
"""
_TWO: Final = 'a = Thing("a", colour="red")\nThing("b", colour=a.made)\n'
_DELETE_FIRST: Final = """
a = Thing("a", label="{0}", place="{0}", delete_first=True)
by_place = Thing("by-place", place=a.made)
Thing("by-colour", colour=a.made)
Thing("by-order", opts=ResourceOptions(depends_on=[a]))
Thing("further", place=by_place.made)
"""
_GRAPH: Final = """
before = None
for n in range(6):
    before = Thing(f"deep{n}", colour=before.made if before else "")
for n in range(8):
    Thing(f"wide{n}")
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
    Case(
        "secrets-everywhere",
        (Step("up", _SECRETS), Step("up")),
        {"little:word": "of-config"},
        frozenset({"little:word"}),
    ),
    ups(
        "component-renamed",
        _PAIR.format('Pair("old")'),
        _PAIR.format('Pair("new", ResourceOptions(aliases=[Alias(name="old")]))'),
    ),
    ups(
        "explicit-provider",
        """
provider = pulumi.ProviderResource("pulumi-python", "mine", {"greeting:word": "hello"})
Thing("a", opts=ResourceOptions(provider=provider))
""",
    ),
    ups("depends-on-and-removal", 'a = Thing("a")\nThing("b", opts=ResourceOptions(depends_on=[a]))', ""),
    ups(
        "create-first",
        *(f'a = Thing("a", label="{n}", place="{n}")\nThing("b", colour=a.made)' for n in ("old", "new")),
    ),
    ups("delete-first-with-dependents", _DELETE_FIRST.format("old"), _DELETE_FIRST.format("new")),
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
        "protected-replacement",
        'Thing("a", place="1", opts=ResourceOptions(protect=True))',
        'Thing("a", place="2", opts=ResourceOptions(protect=True))',
    ),
    ups("protected-removal", 'Thing("a", opts=ResourceOptions(protect=True))', ""),
    ups("retained", 'Thing("a", opts=ResourceOptions(retain_on_delete=True))', ""),
    Case(
        "deleted-with",
        (Step("up", 'a = Thing("a")\nThing("b", opts=ResourceOptions(deleted_with=a))'), Step("destroy")),
    ),
    ups(
        "ignored-changes",
        'Thing("a", colour="red", nested={"x": 1, "y": 1})',
        'Thing("a", colour="blue", nested={"x": 2, "y": 1},'
        ' opts=ResourceOptions(ignore_changes=["colour", "nested.x"]))',
    ),
    ups(
        "replace-on-changes",
        'Thing("a", colour="red")',
        'Thing("a", colour="blue", opts=ResourceOptions(replace_on_changes=["colour"]))',
    ),
    ups("check-fails", 'Thing("a", refuse="not so")', 'Thing("a")'),
    ups(
        "create-fails",
        'a = Thing("a", fail="create")\nThing("b", colour=a.made)',
        'a = Thing("a")\nThing("b", colour=a.made)',
    ),
    ups(
        "update-fails",
        'Thing("a", colour="red")',
        'Thing("a", colour="blue", fail="update")',
        'Thing("a", colour="blue")',
    ),
    ups("delete-fails", 'Thing("a", stubborn=True)', ""),
    Case("read-fails", (Step("up", 'Thing("a", fail="read")'), Step("refresh"))),
    ups("run-error", 'Thing("a")\nraise pulumi.RunError("enough")'),
    ups(
        "run-error-in-apply",
        """
def refuse(_):
    raise pulumi.RunError("enough")
Thing("a").made.apply(refuse)
""",
    ),
    ups("unhandled-exception", 'Thing("a")\nraise ValueError("surprise")'),
    ups("outputs-renamed", 'pulumi.export("old", Thing("a").made)', 'pulumi.export("new", Thing("a").made)'),
    Case("graph", (Step("up", _GRAPH), Step("destroy"))),
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
)
