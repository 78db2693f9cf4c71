"""Secrets in every position in which our resources, components and examples have them."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step, ups

_SECRETS: Final = """
word = Output.secret("hidden-word")
a = Thing("a", colour=word, nested={"plain": 1, "deep": word}, items=["x", word])
Thing("b", colour=a.colour, opts=ResourceOptions(additional_secret_outputs=["made"]))
Thing("c", colour=pulumi.Config().require_secret("word"))
pulumi.export("word", a.colour)
pulumi.export("made", a.made)
"""
_POSITIONS: Final = """
word = Output.secret("{0}")
deep = Thing("deep", nested={{"a": {{"b": [{{"c": word}}, "plain"]}}}}, whole=Output.secret({{"x": [1, {{"y": 2}}]}}))
keyed = Thing("keyed", by_name={{"first": word, "second": "plain"}}, number=Output.secret(7), no=Output.secret(None))
joined = Thing("joined", url=Output.concat("https://", word, ".example"), upper=word.apply(str.upper))
of_outputs = Thing("of-outputs", colour=deep.nested, label2=keyed.made)
twice = Thing("twice", colour=Output.secret(Output.secret("{0}")))
pulumi.export("nested", {{"list": [word, {{"deep": keyed.by_name}}], "plain": 1}})
pulumi.export("made", Output.secret(deep.made))
pulumi.export("unsecret", Output.unsecret(word))
"""
_MARKED: Final = """
a = Thing("a", label="x", opts=ResourceOptions(additional_secret_outputs=[{0}]))
b = Thing("b", colour=a.made)
pulumi.export("made", a.made)
"""
_COMPONENT: Final = """
class Safe(pulumi.ComponentResource):
    def __init__(self, name, word, opts=None):
        super().__init__("things:index:Safe", name, {{"word": word, "deep": {{"word": word}}}}, opts)
        child = Thing(f"{{name}}-child", colour=word, opts=ResourceOptions(parent=self))
        self.word = child.colour
        self.register_outputs({{"word": child.colour, "made": child.made, "list": [word, "plain"]}})

safe = Safe("safe", Output.secret("{0}"))
Thing("after", colour=safe.word)
pulumi.export("word", safe.word)
"""
_PROVIDER: Final = """
provider = pulumi.ProviderResource("pulumi-python", "mine", {{
    "greeting:word": Output.secret("{0}"), "plain": "x", "list": ["a", Output.secret("b")],
    "map": {{"key": Output.secret("c")}}, "number": 3,
}})
Thing("a", opts=ResourceOptions(provider=provider))
"""

CASES: Final = (
    Case(
        "secrets-everywhere",
        (Step("up", _SECRETS), Step("up")),
        {"little:word": "of-config"},
        frozenset({"little:word"}),
    ),
    Case(
        "secrets-in-every-position",
        (Step("up", _POSITIONS.format("one")), Step("up"), Step("up", _POSITIONS.format("two"))),
    ),
    ups(
        "secret-then-plain-then-secret",
        'Thing("a", colour=Output.secret("x"), deep={"y": Output.secret(1)})',
        'Thing("a", colour="x", deep={"y": 1})',
        'Thing("a", colour=Output.secret("x"), deep={"y": Output.secret(1)})',
    ),
    ups(
        "outputs-marked-secret",
        _MARKED.format('"made", "greeting", "absent"'),
        _MARKED.format('"greeting"'),
    ),
    ups("secrets-of-a-component", _COMPONENT.format("one"), _COMPONENT.format("two")),
    ups("secrets-of-a-provider", _PROVIDER.format("one"), _PROVIDER.format("two")),
)
