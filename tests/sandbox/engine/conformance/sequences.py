"""Plays a case on an engine, and says of it what must be the same on every engine."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Final, Protocol, TextIO

from kong_secure.sandbox.engine import Operation, Result, Stack
from tests.sandbox.engine.conformance.case import Case
from tests.sandbox.engine.conformance.digests import comparable
from tests.sandbox.engine.conftest import Project

EXPECTED: Final = Path(__file__).parent / "expected"

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
# How a dynamic provider travels depends on Python's version; ids of providers are random.
_PICKLED: Final = "__provider"
_KEPT: Final = (
    *("parent", "dependencies", "propertyDependencies", "additionalSecretOutputs", "deletedWith", "aliases"),
    *("customTimeouts", "ignoreChanges", "replaceOnChanges", "initErrors"),
)
_FLAGS: Final = ("protect", "retainOnDelete", "delete", "external", "pendingReplacement", "taint")


class Engine(Protocol):
    """What plays a case."""

    def run(self, operation: Operation, stack: Stack, out: TextIO, *, digest: bool = False) -> Result: ...


def play(case: Case, engine: Engine, directory: Path) -> dict[str, Any]:
    """Go through the steps in an empty folder: operations by URN of each, and the state at the end."""
    project = Project(directory, config=dict(case.config), secret_keys=case.secret_keys)
    (directory / "Pulumi.yaml").write_text("name: little\nruntime: python\nmain: program\n")
    project.program("")
    steps = []
    for step in case.steps:
        if step.program is not None:
            project.program(step.program)
        project.environment = dict(step.environment)
        preview = step.operation == "preview"
        result = engine.run(Operation(step.operation), project.stack(), io.StringIO(), digest=preview)
        steps.append({"operation": step.operation, "succeeded": result.succeeded, **_operations(result)})
        if preview:
            assert result.digest is not None
            steps[-1]["digest"] = comparable(result.digest)
    return {"steps": steps, "state": _state(project)}


def _operations(result: Result) -> dict[str, Any]:
    """Unchanged resources are left out: whether the stack itself or a default provider is told of as
    unchanged differs between operations of one pulumi. Order is that of the URNs: siblings run in parallel. What
    was replaced, but whose old self couldn't be deleted, has failed.
    """
    failed = {c.urn for c in result.changes if c.error is not None and c.attempted}
    done = {c.urn: c.operation for c in result.changes if c.operation != "same" and c.urn not in failed}
    for change in result.changes:
        if not change.attempted:
            done.pop(change.urn, None)
    return {
        "done": {urn: done[urn] for urn in sorted(done) if not _implied(urn)},
        "failed": sorted(urn for urn in failed if not _implied(urn)),
    }


def _implied(urn: str) -> bool:
    """The stack and default providers: made on the way, told of or not as an engine likes."""
    return "::pulumi:pulumi:Stack::" in urn or ("::pulumi:providers:" in urn and urn.endswith("::default"))


def _state(project: Project) -> list[dict[str, Any]]:
    """Recorded resources by URN: each comes after what it needs, but independent ones in any order."""
    resources = project.deployment.get("resources") or []
    return sorted((_resource(item) for item in resources), key=lambda item: json.dumps(item, sort_keys=True))


def _resource(item: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"urn": item["urn"], "type": item["type"], "custom": item.get("custom", False)}
    if item.get("id") and not item["type"].startswith("pulumi:providers:"):
        kept["id"] = item["id"]
    if item.get("provider"):
        kept["provider"] = item["provider"].rsplit("::", 1)[0]
    # No dependencies at all are written in either of two ways, and pulumi's refresh changes one for the other.
    kept.update({key: value for key in _KEPT if (value := _sorted(item.get(key)))})
    kept.update({key: True for key in _FLAGS if item.get(key)})
    for key in ("inputs", "outputs"):
        kept[key] = _value(item.get(key) or {})
    return kept


def _sorted(value: Any) -> Any:
    """Dependencies are a set: their order is that in which values arrived."""
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items() if item and key != _PICKLED}
    return sorted(value) if isinstance(value, list) else value


def _value(value: Any) -> Any:
    """A value with its secrets marked: their ciphertext is another each time."""
    if isinstance(value, dict):
        if _SIGNATURE in value:
            return "[secret]"
        return {key: _value(item) for key, item in value.items() if key != _PICKLED}
    return [_value(item) for item in value] if isinstance(value, list) else value
