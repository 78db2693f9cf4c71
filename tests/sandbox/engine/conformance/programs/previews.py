"""Previews: their digests are compared."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step

_BEFORE: Final = """
secret = pulumi.Config().require_secret("word")
a = Thing("a", place="1", colour="red", hush=Output.secret("hush"), nested={"x": [1, {"y": 2}], "s": secret})
Thing("b", colour=a.made)
top = pulumi.ComponentResource("things:index:Top", "top", {"p": 1})
Thing("c", opts=ResourceOptions(parent=top))
Thing("d", place="1", delete_first=True, opts=ResourceOptions(deleted_with=top))
Thing("gone")
own = pulumi.ProviderResource("pulumi-python", "own", {"key": secret, "one": "1"})
Thing("e", opts=ResourceOptions(provider=own))
pulumi.export("made", a.made)
pulumi.export("word", secret)
"""
_AFTER: Final = """
secret = pulumi.Config().require_secret("word")
a = Thing("a", place="2", colour="blue", hush=Output.secret("other"), nested={"x": [1, {"y": 3}, 5], "s": secret})
Thing("b", colour=a.made, **{"with.dot": 1})
top = pulumi.ComponentResource("things:index:Top", "top", {"p": a.made})
Thing("c", opts=ResourceOptions(parent=top))
Thing("d", place="2", delete_first=True, opts=ResourceOptions(
    retain_on_delete=True, additional_secret_outputs=["made"], ignore_changes=["other"],
    custom_timeouts=pulumi.CustomTimeouts(create="1m30s")))
Thing("new", resource=top, listed=[Output.secret(1), a.made], empty={}, opts=ResourceOptions(protect=True))
own = pulumi.ProviderResource("pulumi-python", "own", {"key": secret, "one": "2"})
Thing("e", colour=a.id, opts=ResourceOptions(provider=own))
pulumi.log.warn("look at this")
print("printed")
"""

CASES: Final = (
    Case(
        "previews",
        (
            Step("preview", _BEFORE),
            Step("up"),
            Step("preview"),
            Step("preview", _AFTER),
            Step("preview", 'Thing("a")\nraise pulumi.RunError("the port is missing")'),
        ),
        config={"little:word": "open-word", "little:plain": "text"},
        secret_keys=frozenset({"little:word"}),
    ),
    Case("previews-that-fail", (Step("up", ""), Step("preview", 'Thing("b", refuse="no room")'))),
)
