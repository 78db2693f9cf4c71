"""What the user's own `pulumi` says about its steps, in the terms all engines of the sandbox share: its
event log becomes changes, its stored outputs become plain data. How it is run is in `pulumi_cli`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kong_secure.sandbox.engine import state, wire
from kong_secure.sandbox.engine.operations import Change

STACK_TYPE: Final = "pulumi:pulumi:Stack"

_OPERATIONS: Final = {
    "same": "same",
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "discard-replaced": "replace",
    "read-replacement": "replace",
    "read": "same",
    "discard": "same",
    "refresh": "same",
}


@dataclass
class _Seen:
    """What was said so far about one resource. halved: it was deleted so that it can be made anew."""

    operation: str = "same"
    done: bool = False
    failed: bool = False
    halved: bool = False
    messages: list[str] = field(default_factory=list)


def changes(log: Path) -> tuple[Change, ...]:
    """The changes that an event log tells of, one for each resource, in the order of their first mention.

    A log that was cut off tells of what it held.
    """
    told = [
        (kind, content)
        for event in events(log)
        for kind, content in event.items()
        if isinstance(content, dict)
    ]
    renamed = _renamed(told)
    seen: dict[str, _Seen] = {}
    for kind, content in told:
        _note(seen, kind, content, renamed)
    return tuple(
        _change(urn, about) for urn, about in seen.items() if about.done or about.failed or about.halved
    )


def _change(urn: str, about: _Seen) -> Change:
    if about.failed:
        return Change(urn, about.operation, error="\n".join(about.messages) or "it failed")
    if about.halved and not about.done:
        reason = "it was deleted to be replaced, and not created again"
        return Change(urn, about.operation, error=reason, attempted=False)
    return Change(urn, about.operation)


def plain_outputs(
    stored: Mapping[str, Any], decrypt: Callable[[str], str]
) -> tuple[dict[str, Any], frozenset[str]]:
    """Stored outputs as plain data, secrets in clear, and the names of the secret ones."""
    values = {name: state.value_from_json(value, decrypt) for name, value in stored.items()}
    secret = frozenset(name for name, value in values.items() if wire.contains_secret(value))
    return {name: wire.unwrap(value) for name, value in values.items()}, secret


def events(log: Path) -> Iterator[dict[str, Any]]:
    """What an event log holds so far; a line that is half written is left out."""
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _renamed(told: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """Today's URN of each resource that was found under an old one: its old self is deleted under that."""
    found = {}
    for kind, content in told:
        if kind == "resourcePreEvent":
            metadata = content["metadata"]
            old, new = metadata.get("old") or {}, metadata.get("new") or {}
            if old.get("urn") and new.get("urn") and old["urn"] != new["urn"]:
                found[old["urn"]] = new["urn"]
    return found


def _note(seen: dict[str, _Seen], kind: str, content: Mapping[str, Any], renamed: Mapping[str, str]) -> None:
    if kind == "diagnosticEvent":
        urn = content.get("urn")
        if urn and content.get("severity") == "error":
            # Of a resource whose inputs were refused nothing else is heard.
            about = seen.setdefault(urn, _Seen(operation="create"))
            about.messages.append(str(content["message"]).strip())
            about.failed = True
        return
    if kind not in {"resourcePreEvent", "resOutputsEvent", "resOpFailedEvent"}:
        return
    metadata = content["metadata"]
    about = seen.setdefault(renamed.get(metadata["urn"], metadata["urn"]), _Seen())
    operation = _OPERATIONS.get(metadata["op"], str(metadata["op"]))
    # What was replaced and is still there may be deleted along with its successor.
    if operation == "delete" or about.operation not in {"replace", "delete"}:
        about.operation = operation
    about.failed |= kind == "resOpFailedEvent"
    if kind == "resOutputsEvent" and is_deleted_first(metadata):
        about.halved = True
    else:
        about.done |= kind == "resOutputsEvent" or _is_component(metadata)


def is_deleted_first(metadata: Mapping[str, Any]) -> bool:
    """Whether this is the first half of a replacement. When it is created first, its old self is marked."""
    return metadata["op"] == "delete-replaced" and not (metadata.get("old") or {}).get("delete", False)


def _is_component(metadata: Mapping[str, Any]) -> bool:
    """Whether the step makes or keeps a component: no provider is asked, so what was begun is done. Of its
    end an update tells only where the program registers outputs for it, which it needn't.
    """
    new = metadata.get("new")
    return isinstance(new, dict) and not new.get("custom", False)
