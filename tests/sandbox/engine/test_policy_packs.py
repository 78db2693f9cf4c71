"""Policy packs on every engine there is: what they refuse, change and say, and what of it is done."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from typing import Any

import pytest

from kong_secure.sandbox.engine import EmbeddedEngine, EngineError, Operation, PolicyPack, encryption
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli, find_pulumi
from tests.sandbox.engine.conftest import Outcome, Project

PULUMI = find_pulumi(os.environ.get("PATH"))
ENGINES = ["embedded", *(["pulumi"] if PULUMI is not None else [])]

PACK = """
from pulumi_policy import *

def no_red(args, report):
    if args.props.get("colour") == "red":
        report(f"{args.name} is red; secret is {args.props.get('hush')}")

def small(args, report):
    if args.props.get("size", 0) > args.get_config()["largest"]:
        inner = (args.props.get("more") or {}).get("inner")
        report(f"{args.props['size']} is too big beside {inner}")

def hush(args):
    given = args.props["__target"]
    if "hush" in given and not isinstance(given["hush"], Secret):
        return {**given, "hush": Secret(given["hush"])}

def on_earth(args, report):
    for each in args.resources:
        if each.props.get("place") == "moon":
            report("it is on the moon", each.urn)
    report(f"{sum('Thing' in each.resource_type for each in args.resources)} things")

LARGEST = PolicyConfigSchema({"largest": {"type": "number", "default": 3}})
ADVISORY, MANDATORY = EnforcementLevel.ADVISORY, EnforcementLevel.MANDATORY
PolicyPack("small-things", [
    ResourceValidationPolicy("no-red", "Nothing is red.", no_red, MANDATORY),
    ResourceValidationPolicy("small", "Things are small.", small, ADVISORY, LARGEST),
    ResourceValidationPolicy("hush", "What is hushed is secret.", None, EnforcementLevel.REMEDIATE, remediate=hush),
    StackValidationPolicy("on-earth", "Everything is on earth.", on_earth, STACK_LEVEL),
])
"""


ROUNDS = encryption._ROUNDS


@pytest.fixture(params=ENGINES)
def judged(request: pytest.FixtureRequest, project: Project, monkeypatch: pytest.MonkeyPatch) -> Judged:
    """A project whose operations are judged by a pack of the user's own."""
    if request.param == "pulumi":  # it reads what was encrypted here
        monkeypatch.setattr(encryption, "_ROUNDS", ROUNDS)
    return Judged(project, request.param)


class Judged:
    """A project, an engine, and the policy pack beside the program."""

    def __init__(self, project: Project, engine: str) -> None:
        self.project = project
        self.engine = engine
        self.folder = project.directory / "pack"
        self.folder.mkdir()
        (self.folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.3.0\n")
        self.pack(PACK)
        (project.directory / "Pulumi.yaml").write_text("name: little\nruntime: python\nmain: program\n")

    def pack(self, source: str, stack_level: str = "ADVISORY") -> None:
        (self.folder / "__main__.py").write_text(source.replace("STACK_LEVEL", stack_level))

    def run(self, operation: str, source: str, settings: Mapping[str, Any] | None = None) -> Outcome:
        file = None
        if settings is not None:
            file = self.project.directory / "settings.json"
            file.write_text(json.dumps(settings))
        stack = self.project.program(source).stack(policy_packs=(PolicyPack(self.folder, file),))
        out = io.StringIO()
        # A preview is told of as JSON too: its diagnostics are the same on every engine.
        preview = operation == "preview"
        result = self._engine().run(Operation(operation), stack, out, digest=preview)
        return Outcome(result, out.getvalue())

    def _engine(self) -> EmbeddedEngine | PulumiCli:
        if self.engine == "embedded" or PULUMI is None:
            return EmbeddedEngine()
        return PulumiCli(PULUMI, self.project.directory / "pulumi")


def told(outcome: Outcome) -> list[tuple[str, str, str]]:
    """What policies said in a preview: of which resource, how bad, in which words."""
    assert outcome.result.digest is not None
    said = outcome.result.digest.get("diagnostics", [])
    return sorted(
        (one["urn"].rsplit("::", 1)[-1], one["severity"], one["message"])
        for one in said
        if "small-things@" in one["message"]
    )


def test_a_preview_tells_of_every_violation_and_fails_for_a_mandatory_one(judged: Judged) -> None:
    outcome = judged.run(
        "preview",
        """
        a = Thing("a", size=5)
        Thing("b", colour="red", place="moon", hush="open-the-door")
        Thing("c", size=a.made.apply(len))
        """,
    )
    assert not outcome.result.succeeded
    assert [each[:2] for each in told(outcome)] == [
        ("a", "warning"),
        ("b", "error"),
        ("b", "info"),
        ("b", "warning"),
        ("c", "warning"),
        ("little-dev", "warning"),
    ]
    words = "".join(each[2] for each in told(outcome))
    assert (
        "error: small-things@v0.3.0 [mandatory] no-red: Nothing is red.\nb is red; secret is [secret]"
        in words
    )
    assert "5.0 is too big" in words
    assert "can't run policy 'small' from policy pack" in words
    assert "value at .size can't be known during preview" in words
    assert "it is on the moon" in words
    assert "3 things" in words
    assert "open-the-door" not in outcome.text + json.dumps(outcome.result.digest)


def test_what_only_advises_keeps_nothing_from_being_made_and_what_remediates_changes_what_is_recorded(
    judged: Judged,
) -> None:
    program = 'Thing("a", size=5, hush="open-the-door", more={"inner": Output.secret("deep-down")})'
    outcome = judged.run("up", program)
    assert outcome.result.succeeded, outcome.text
    assert "too big" in outcome.text
    state = judged.project.state_file.read_text()
    assert "open-the-door" not in state + outcome.text
    assert "deep-down" not in state
    assert "ciphertext" in json.dumps(judged.project.resources["a"]["inputs"]["hush"])
    again = judged.run("up", program)
    assert again.operations == {}
    assert "too big beside [secret]" in again.text
    assert "deep-down" not in again.text


def test_a_resource_that_a_mandatory_policy_refuses_is_not_made_nor_is_what_needs_it(judged: Judged) -> None:
    outcome = judged.run(
        "up",
        """
        a = Thing("a")
        b = Thing("b", colour="red", opts=ResourceOptions(depends_on=[a]))
        Thing("c", opts=ResourceOptions(depends_on=[b]))
        """,
    )
    assert not outcome.result.succeeded
    assert judged.project.log == ["create a"]
    assert "b is red" in outcome.text


def test_a_mandatory_policy_of_the_whole_stack_fails_an_update_that_is_done(judged: Judged) -> None:
    judged.pack(PACK, stack_level="MANDATORY")
    outcome = judged.run("up", 'Thing("a", place="moon")')
    assert not outcome.result.succeeded
    assert judged.project.log == ["create a"]
    assert "it is on the moon" in outcome.text


def test_a_file_sets_levels_and_properties(judged: Judged) -> None:
    settings = {
        "small": {"largest": 1, "enforcementLevel": "mandatory"},
        "no-red": "disabled",
        "all": "disabled",
    }
    outcome = judged.run("preview", 'Thing("a", size=2, colour="red")', settings)
    assert not outcome.result.succeeded
    assert [each[:2] for each in told(outcome)] == [("a", "error")]


def test_a_pack_that_cannot_run_fails_the_operation_before_it_begins(judged: Judged) -> None:
    judged.pack("raise RuntimeError('no policies today')")
    failed = False
    try:
        failed = not judged.run("up", 'Thing("a")').result.succeeded
    except EngineError:
        failed = True
    assert failed
    assert judged.project.log == []
