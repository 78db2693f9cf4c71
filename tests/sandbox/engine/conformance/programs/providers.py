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
