"""Explicit and default providers: which serves what, and what their change means."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step, ups

_EXPLICIT: Final = 'provider = pulumi.ProviderResource("pulumi-python", "mine", {{"greeting:word": "{0}"}})\n'
_IN_COMPONENT: Final = (
    _EXPLICIT
    + """
top = pulumi.ComponentResource("things:index:Top", "top", {{}}, ResourceOptions({1}))
Thing("a", opts=ResourceOptions(parent=top))
"""
)

CASES: Final = (
    ups(
        "explicit-provider",
        _EXPLICIT.format("hello") + 'Thing("a", opts=ResourceOptions(provider=provider))',
        _EXPLICIT.format("bye") + 'Thing("a", opts=ResourceOptions(provider=provider))',
    ),
    Case(
        "from-the-default-provider-to-an-explicit-one",
        (
            Step("up", 'Thing("a")'),
            Step("up", _EXPLICIT.format("x") + 'Thing("a", opts=ResourceOptions(provider=provider))'),
            Step("up", 'Thing("a")'),
            Step("destroy"),
        ),
    ),
    ups(
        "a-component-hands-its-provider-down",
        _IN_COMPONENT.format("one", "provider=provider"),
        _IN_COMPONENT.format("one", "providers=[provider]"),
    ),
    ups(
        "providers-maps-reach-grandchildren",
        """
one = pulumi.ProviderResource("pulumi-python", "one", {"greeting:word": "1"})
two = pulumi.ProviderResource("pulumi-python", "two", {"greeting:word": "2"})
other = pulumi.ProviderResource("pulumi-python", "other", {})
top = pulumi.ComponentResource("things:index:Top", "top", {}, ResourceOptions(providers={"pulumi-python": one}))
inner = pulumi.ComponentResource("things:index:Inner", "inner", {}, ResourceOptions(parent=top))
second = pulumi.ComponentResource("things:index:Inner", "second", {}, ResourceOptions(parent=top, providers=[two]))
innermost = pulumi.ComponentResource("things:index:Inner", "innermost", {}, ResourceOptions(parent=second))
Thing("a", opts=ResourceOptions(parent=inner))
Thing("b", opts=ResourceOptions(parent=innermost))
Thing("c", opts=ResourceOptions(parent=innermost, provider=other))
b = Thing("d", opts=ResourceOptions(parent=innermost, providers=[one]))
Thing("e", opts=ResourceOptions(parent=b))
""",
    ),
    ups(
        "a-provider-that-depends-on-a-resource",
        """
a = Thing("a")
provider = pulumi.ProviderResource("pulumi-python", "mine", {"greeting:word": a.made})
Thing("b", opts=ResourceOptions(provider=provider))
""",
        "",
    ),
    Case(
        "configuration-of-the-default-provider",
        (Step("up", 'Thing("a")'), Step("up")),
        {"greeting:word": "good day", "little:list": '["x"]', "little:word": "hidden"},
        frozenset({"little:word"}),
    ),
)
