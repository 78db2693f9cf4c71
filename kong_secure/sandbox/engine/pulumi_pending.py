"""What a killed run left under way, in a state that the user's own `pulumi` reads: told, taken over or forgotten before
it runs. What is told, and what may go on, is said in `pending`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from kong_secure.sandbox.engine import pending, state
from kong_secure.sandbox.engine.journal import write_atomically
from kong_secure.sandbox.engine.operations import NO_REPAIR, EngineError, Operation, Repair, Stack
from kong_secure.sandbox.engine.pending import Pending

_QUIETLY = ("--yes", "--skip-preview", "--generate-code=false")


def see_to(
    operation: Operation, stack: Stack, out: TextIO, repair: Repair, imported: Callable[[Sequence[str]], bool]
) -> None:
    """Tell of it, and do what a refresh is to do about it. Raises EngineError where the operation can't go on.

    imported: runs `pulumi` with arguments, and says whether that succeeded. Its `refresh --import-pending-creates`
    isn't used: in v3.260.0 it forgets the create and imports nothing.
    """
    left = _recorded(stack)
    if operation is Operation.REFRESH and repair != NO_REPAIR:
        for urn, create in pending.to_import(left, repair).items():
            id_ = repair.imports[urn]
            if not imported([*pending.import_arguments(create, id_)[1:], *_QUIETLY]):
                raise EngineError(f"{urn} can't be taken over as {id_!r}: see above")
        left = [each for each in left if not pending.is_settled(each, repair)]
    for each in left:
        out.write(f"warning: {pending.told(each)}\n")
    # Of what the next run looks for by itself pulumi would warn for ever.
    _keep(stack, {each.urn for each in left if each.is_unknown_to_the_state})
    pending.refuse_before_settled(operation, left)


def _path(stack: Stack) -> Path:
    return state.state_path(stack.state_directory, stack.project, stack.name)


def _latest(document: dict[str, Any] | None) -> dict[str, Any]:
    return ((document or {}).get("checkpoint") or {}).get("latest") or {}


def _recorded(stack: Stack) -> list[Pending]:
    found = []
    latest = _latest(state.read_checkpoint(_path(stack)))
    for operation in latest.get("pending_operations") or ():
        resource = operation["resource"]
        found.append(
            pending.of_resource(
                operation["type"],
                resource["urn"],
                resource.get("inputs") or {},
                parent=resource.get("parent", ""),
                provider=resource.get("provider", ""),
                recorded=[
                    str(each.get("id"))
                    for each in latest.get("resources") or ()
                    if each["urn"] == resource["urn"]
                ],
                stack=stack,
            )
        )
    return found


def _keep(stack: Stack, urns: set[str]) -> None:
    """Forget everything but the creates of these URNs."""
    document = state.read_checkpoint(_path(stack))
    latest = _latest(document)
    under_way = latest.get("pending_operations") or []
    kept = [
        each for each in under_way if each["type"] == pending.CREATING and each["resource"]["urn"] in urns
    ]
    if document is not None and kept != under_way:
        latest.pop("pending_operations")
        if kept:
            latest["pending_operations"] = kept
        write_atomically(_path(stack), document)
