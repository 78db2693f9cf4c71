"""A preview as one JSON document, in the format of `pulumi preview --json`: what would be done with which resource,
and what was said meanwhile. It is for programs; what a person reads is made in `display`.

Secrets are never in it: where one stands the document says `[secret]`, and a known one inside another text is masked.
Source of the format: Pulumi's `display.PreviewDigest`, with states as `apitype.ResourceV3`.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from kong_secure.sandbox.engine import state, urns
from kong_secure.sandbox.engine.masking import MASK, Masker
from kong_secure.sandbox.engine.operations import Change, Stack
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.wire import UNKNOWN_TEXT, Reference, Secret, Unknown, Value

_NANOSECONDS: Final = 1_000_000_000


class Digest:
    """The digest of one preview, told step by step. Threads may share it."""

    def __init__(self, stack: Stack, masker: Masker) -> None:
        self._config = {
            key: MASK if key in stack.secret_keys else text for key, text in sorted(stack.config.items())
        }
        self._masker = masker
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._steps: list[dict[str, Any]] = []
        self._diagnostics: list[dict[str, str]] = []
        self._counts: Counter[str] = Counter()

    def step(self, change: Change, old: Resource | None, new: Resource | None) -> None:
        """Note what would be done with a resource: what stays is counted, and what failed is said elsewhere.

        old: as recorded, None where there is none. new: as it would be, None where it would be deleted.
        """
        if change.error is not None or urns.is_default_provider(change.urn):
            return
        step = None
        if urns.type_of(change.urn) == urns.STACK_REFERENCE_TYPE and new is not None:
            with self._lock:
                read = _step(change, old, new)
                self._steps.append({**read, "op": "read", "newState": {**read["newState"], "id": new.id}})
            return
        if change.operation != "same" or urns.type_of(change.urn) == urns.STACK_TYPE:
            step = _step(change, old, new)
        with self._lock:
            self._counts[change.operation] += 1
            if step is not None:
                self._steps.append(step)

    def diagnostic(self, severity: str, message: str, urn: str = "") -> None:
        """Note something that was said; severity: info, warning or error. urn: of the resource it is about."""
        about = {"urn": urn} if urn else {}
        with self._lock:
            self._diagnostics.append({**about, "message": f"{message}\n", "severity": severity})

    def document(self) -> dict[str, Any]:
        """The digest so far, as plain JSON data without secrets."""
        with self._lock:
            found: dict[str, Any] = {"config": self._config} if self._config else {}
            if self._steps:
                found["steps"] = self._steps
            if self._diagnostics:
                found["diagnostics"] = self._diagnostics
            found["duration"] = int((time.monotonic() - self._started) * _NANOSECONDS)
            found["changeSummary"] = dict(sorted(self._counts.items()))
            return masked(found, self._masker)


def masked(digest: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """The digest with every known secret masked where a text of the user's may stand. The format's own words and the
    names of properties stay, even where a short secret is the same word.
    """
    found = dict(digest)
    if digest.get("config"):
        found["config"] = _masked_properties(digest["config"], masker)
    if digest.get("steps"):
        found["steps"] = [_masked_step(step, masker) for step in digest["steps"]]
    if digest.get("diagnostics"):
        said = digest["diagnostics"]
        found["diagnostics"] = [{**one, "message": masker(one["message"])} for one in said]
    return found


def _masked_step(step: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    found = dict(step)
    for name in ("oldState", "newState"):
        if found.get(name):
            found[name] = {
                key: _masked_properties(value, masker) if key in ("inputs", "outputs") else value
                for key, value in found[name].items()
            }
    if found.get("detailedDiff"):
        found["detailedDiff"] = {
            masker(path) if {".", "["} & set(path) else path: kind
            for path, kind in found["detailedDiff"].items()
        }
    return found


def _masked_properties(properties: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    return {key: _masked_value(value, masker) for key, value in properties.items()}


def _masked_value(value: Any, masker: Masker) -> Any:
    if isinstance(value, str):
        return masker(value)
    if isinstance(value, dict):
        return {masker(key): _masked_value(item, masker) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked_value(item, masker) for item in value]
    return value


def _step(change: Change, old: Resource | None, new: Resource | None) -> dict[str, Any]:
    step: dict[str, Any] = {"op": change.operation, "urn": change.urn}
    provider = (new or old or Resource("", "", custom=False)).provider
    if provider:
        step["provider"] = provider
    if old is not None:
        step["oldState"] = _state(_before(change, old))
    if new is not None:
        step["newState"] = _state(_after(change, old, new))
    if change.diff_keys:
        step["diffReasons"] = list(change.diff_keys)
    if change.replace_keys and not change.along:
        step["replaceReasons"] = list(change.replace_keys)
    detailed = {detail.path: {"kind": detail.kind, "inputDiff": detail.inputs} for detail in change.detailed}
    step["detailedDiff"] = dict(sorted(detailed.items())) or None
    return step


def _before(change: Change, old: Resource) -> Resource:
    if change.operation != "replace":
        return old
    return replace(old, pending_replacement=True) if change.delete_first else replace(old, delete=True)


def _after(change: Change, old: Resource | None, new: Resource) -> Resource:
    """The new state as it is when the step begins: without an id, and without outputs unless it was created
    before the one that it replaces is deleted.
    """
    created = new.created or (old.created if old else "")
    modified = new.modified or (old.modified if old else "")
    outputs: Mapping[str, Value] = {}
    if change.operation == "replace" and not change.delete_first:
        created = modified = state.timestamp()
        outputs = new.outputs
    return replace(new, id="", outputs=dict(outputs), created=created, modified=modified, aliases=())


def _state(resource: Resource) -> dict[str, Any]:
    hidden = replace(resource, inputs=_shown(resource.inputs), outputs=_shown(resource.outputs))
    return state.resource_to_json(hidden, _never_encrypted)


def _shown(properties: Mapping[str, Value]) -> dict[str, Value]:
    return {key: _value(value) for key, value in properties.items()}


def _value(value: Value) -> Value:
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, Reference):
        return _value(value.urn if value.id is None else value.id)
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return UNKNOWN_TEXT if isinstance(value, Unknown) else value


def _never_encrypted(_text: str) -> str:
    raise AssertionError("a secret was left in a digest")


def read_digest(printed: str, masker: Masker) -> tuple[dict[str, Any] | None, str]:
    """The digest in what `pulumi preview --json` printed, secrets masked in texts too, and all that it printed
    besides; None where it printed no digest.
    """
    start = 0 if printed.startswith("{") else printed.find("\n{") + 1
    try:
        found, end = json.JSONDecoder().raw_decode(printed, start)
    except ValueError:
        found, end = None, start
    if not isinstance(found, dict):
        return None, masker(printed)
    return masked(found, masker), masker(printed[:start] + printed[end:].removeprefix("\n"))


def complaints(document: Mapping[str, Any]) -> str:
    """The errors and warnings of a digest, as lines for a person."""
    said = document.get("diagnostics") or ()
    return "".join(one["message"] for one in said if one["severity"] in ("error", "warning"))
