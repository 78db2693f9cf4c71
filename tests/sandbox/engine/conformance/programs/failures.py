"""What fails: checks, providers in each of their acts, and programs; and how the next run goes on."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case, Step, ups

_SIBLINGS: Final = """
a = Thing("a"{0})
Thing("b", colour=a.made)
Thing("c", opts=ResourceOptions(depends_on=[a]))
Thing("d")
"""
_IN_THE_WAY: Final = """
a = Thing("a", label="{0}", place="{0}", delete_first=True, stubborn=True)
Thing("b", colour=a.made)
Thing("c", colour="{0}")
"""
_STUBBORN: Final = """
a = Thing("a")
b = Thing("b", colour=a.made, stubborn=True)
Thing("c", colour=b.made)
Thing("d")
"""

CASES: Final = (
    ups("check-fails", 'Thing("a", refuse="not so")', 'Thing("a")'),
    ups(
        "check-of-an-update-fails",
        'Thing("a")',
        'Thing("a", colour="x", refuse="not so")',
        'Thing("a", colour="x")',
    ),
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
    ups(
        "update-fails-with-dependents",
        _SIBLINGS.format(', colour="1"'),
        _SIBLINGS.format(', colour="2", fail="update"'),
        _SIBLINGS.format(', colour="3"'),
    ),
    ups(
        "removals-beside-a-failure",
        'Thing("a", colour="1")\nb = Thing("b")\nThing("c", colour=b.made)',
        'Thing("a", colour="2", fail="update")',
        'Thing("a", colour="2")',
    ),
    ups("delete-fails", 'Thing("a", stubborn=True)', ""),
    Case(
        "destroy-fails-in-the-middle",
        (Step("up", _STUBBORN), Step("destroy"), Step("destroy", None, {"THINGS_GIVE_IN": "1"})),
    ),
    Case("read-fails", (Step("up", 'Thing("a", fail="read")'), Step("refresh"))),
    ups(
        "replacement-fails-create-first",
        'Thing("a", label="1", place="1")',
        'Thing("a", label="2", place="2", fail="create")',
        'Thing("a", label="3", place="3")',
    ),
    ups(
        "replacement-fails-half-way",
        'a = Thing("a", label="1", place="1", delete_first=True)\nThing("b", place=a.made)',
        'a = Thing("a", label="2", place="2", delete_first=True, fail="create")\nThing("b", place=a.made)',
    ),
    ups(
        "replacement-fails-after-the-delete",
        'a = Thing("a", label="1", place="1", delete_first=True)\nThing("b", place=a.made)',
        'a = Thing("a", label="2", place="2", delete_first=True, fail="create")\nThing("b", place=a.made)',
        'a = Thing("a", label="3", place="3", delete_first=True)\nThing("b", place=a.made)',
    ),
    Case(
        # With --continue-on-error pulumi has to be ended here; what it did until then is compared.
        "delete-ahead-of-a-replacement-fails",
        (
            Step("up", _IN_THE_WAY.format(1)),
            Step("up", _IN_THE_WAY.format(2)),
            Step("up", None, {"THINGS_GIVE_IN": "1"}),
        ),
    ),
    Case(
        "what-was-replaced-stays",
        (
            Step("up", 'Thing("a", label="1", place="1", stubborn=True)'),
            Step("up", 'Thing("a", label="2", place="2")'),
            Step("up", 'Thing("a", label="2", place="2")'),
            Step("up", None, {"THINGS_GIVE_IN": "1"}),
        ),
    ),
    Case(
        "destroy-of-what-was-replaced",
        (
            Step("up", 'Thing("a", label="1", place="1", stubborn=True)'),
            Step("up", 'Thing("a", label="2", place="2")'),
            Step("destroy", None, {"THINGS_GIVE_IN": "1"}),
        ),
    ),
    ups(
        "two-of-one-name",
        'a = Thing("a", label="1")\nThing("a", label="2", opts=ResourceOptions(depends_on=[a]))',
    ),
    ups("run-error", 'Thing("a")\nraise pulumi.RunError("enough")'),
    ups(
        "run-error-in-apply",
        """
def refuse(_):
    raise pulumi.RunError("enough")
Thing("a").made.apply(refuse)
""",
    ),
    ups(
        "run-error-keeps-what-was-there",
        'Thing("a")\nThing("b")\npulumi.export("word", "x")',
        'Thing("a")\npulumi.export("word", "y")\nraise pulumi.RunError("enough")',
    ),
    ups("unhandled-exception", 'Thing("a")\nraise ValueError("surprise")'),
)
