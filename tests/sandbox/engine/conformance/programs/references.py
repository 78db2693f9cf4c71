"""References to stacks. A stack reads its own last outputs here: there is one stack in a case."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step

_EXPORTS: Final = """
pulumi.export("plain", {"a": [1]})
pulumi.export("hush", Output.secret({"word": "hush-hush"}))
"""
_READS: Final = (
    _EXPORTS
    + """
other = pulumi.StackReference("organization/little/dev")
pulumi.export("read", other.get_output("plain"))
pulumi.export("hidden", other.require_output("hush"))
pulumi.export("nothing", other.get_output("nothing"))
Thing("a", colour=other.get_output("hush"))
"""
)

CASES: Final = (
    Case(
        "stack-references",
        (Step("up", _EXPORTS), Step("up", _READS), Step("destroy")),
    ),
    Case(
        "stack-references-in-the-state",
        (Step("up", _EXPORTS), Step("up", 'pulumi.StackReference("dev")' + _EXPORTS)),
    ),
)
