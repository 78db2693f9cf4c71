"""What a person reads: plans, changes as they happen, drift, messages and the summary.

Everything printed passes the masker. Deciding what happened is not done here.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Final, TextIO

from kong_secure.sandbox.engine import urns, wire
from kong_secure.sandbox.engine.digest import Digest
from kong_secure.sandbox.engine.masking import MASK, Masker
from kong_secure.sandbox.engine.operations import Change, Difference, Operation
from kong_secure.sandbox.engine.violations import Level, Violation
from kong_secure.sandbox.engine.wire import Properties, Reference, Secret, Unknown, Value

_SIGNS: Final = {"create": "+", "update": "~", "replace": "+-", "delete": "-", "same": " "}
_PAST: Final = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}
_PLANNED: Final = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
}
_FOUND: Final = {"update": "changed outside", "delete": "gone"}
_DIFFERENCE_SIGNS: Final = {"add": "+", "update": "~", "delete": "-"}
# What providers note for themselves, and no program wrote.
_INTERNAL: Final = "__"
_ORDER: Final = ("create", "update", "replace", "delete")
_LONGEST_VALUE: Final = 300


class Report:
    """Prints one run, line by line. Safe to share between threads."""

    def __init__(
        self, out: TextIO, operation: Operation, masker: Masker, digest: Digest | None = None
    ) -> None:
        """digest: where what is said is noted too."""
        self._out = out
        self._operation = operation
        self._masker = masker
        self.digest = digest
        self._lock = threading.Lock()
        self._errors: set[str] = set()
        self.failed = False

    def line(self, text: str = "") -> None:
        """Print a text, masked."""
        masked = self._masker(text)
        with self._lock:
            self._out.write(masked + "\n")
            self._out.flush()

    def info(self, text: str) -> None:
        """Something a program or provider said."""
        self.line(f"  {text}")
        self._note("info", text)

    def warning(self, text: str) -> None:
        """Something the user should look at."""
        self.line(f"warning: {text}")
        self._note("warning", f"warning: {text}")

    def error(self, text: str) -> None:
        """Something that makes the run fail; the same text is printed once."""
        self.failed = True
        with self._lock:
            known = text in self._errors
            self._errors.add(text)
        if not known:
            self.line(f"error: {text}")
            self._note("error", f"error: {text}")

    def violation(self, violation: Violation) -> None:
        """What a policy says of a resource; a mandatory one's makes the run fail."""
        self.failed |= violation.level is Level.MANDATORY
        first, *more = violation.message.strip().splitlines() or [""]
        prefix = "" if violation.severity == "info" else f"{violation.severity}: "
        lines = [f"{prefix}{violation.label} ({describe(violation.urn)}): {first}"]
        self.line("\n".join([*lines, *(f"      {line}" for line in more)]))
        self._note(violation.severity, f"{prefix}{violation.words}", violation.urn)

    def _note(self, severity: str, text: str, urn: str = "") -> None:
        if self.digest is not None:
            self.digest.diagnostic(severity, text, urn)

    def knows_error(self, text: str) -> bool:
        """Whether the text repeats an error that was printed."""
        with self._lock:
            return any(error in text for error in self._errors)

    def change(self, change: Change) -> None:
        """What happened to one resource, or would. An unchanged one isn't worth a line."""
        if urns.is_default_provider(change.urn):
            return
        if change.error is not None:
            self.failed = True
            text = f"{describe(change.urn)} {_failed_words(change)}: {change.error}"
            self.line(f" ! {text}")
            self._note("error", f"error: {text}", change.urn)
            return
        if change.operation == "same":
            return
        lines = [self._headline(change)]
        if self._operation in (Operation.PREVIEW, Operation.REFRESH):
            lines += [f"      {text}" for text in describe_differences(change)]
        self.line("\n".join(lines))

    def _headline(self, change: Change) -> str:
        sign = _SIGNS[change.operation]
        if self._operation is Operation.PREVIEW:
            words = _PLANNED[change.operation] if change.simulated else "not simulated"
        elif self._operation is Operation.REFRESH:
            words = _FOUND[change.operation]
        else:
            words = f"{_PAST[change.operation]} ({change.seconds:.1f}s)"
        if change.operation == "replace":
            because = ", ".join(key for key in change.replace_keys if not key.startswith(_INTERNAL))
            order = "deleted first" if change.delete_first else "created first"
            words += f" ({order}{': ' + because + ' changed' if because else ''})"
        note = f" ({change.note})" if change.note else ""
        return f"{sign if change.simulated else '?':>2} {describe(change.urn)} {words}{note}"

    def outputs(self, outputs: Mapping[str, Value], old: Mapping[str, Value]) -> None:
        """The stack's outputs; a preview shows only those that would change."""
        shown = {key: value for key, value in outputs.items() if not key.startswith(_INTERNAL)}
        if self._operation is Operation.PREVIEW:
            shown = {key: value for key, value in shown.items() if old.get(key) != value}
        if shown:
            self.line("Outputs:")
            width = max(len(key) for key in shown)
            for key, value in sorted(shown.items()):
                self.line(f"    {key:<{width}} : {show(value)}")

    def summary(self, changes: tuple[Change, ...], not_simulated: Mapping[str, int]) -> None:
        """How many of what, in one line; a run that changed nothing says so."""
        counted = [change for change in changes if not urns.is_default_provider(change.urn)]
        done = Counter(change.operation for change in counted if change.error is None and change.simulated)
        failed = sum(1 for change in counted if change.error is not None and change.attempted)
        skipped = sum(1 for change in counted if not change.attempted)
        words = [f"{_SIGNS[name]} {done[name]} {self._word(name)}" for name in _ORDER if done[name]]
        if failed:
            words.append(f"{failed} failed")
        if skipped:
            words.append(f"{skipped} not attempted")
        if not_simulated:
            words.append(f"{sum(not_simulated.values())} not simulated")
        if done["same"] and words:
            words.append(f"{done['same']} unchanged")
        if words:
            self.line("Resources: " + ", ".join(words))
        elif not self.failed:
            same = f"{_plural(done['same'], 'resource')} {self._unchanged()}"
            self.line(f"No changes: {same if done['same'] else 'the stack has no resources'}")
        for token, times in sorted(not_simulated.items()):
            self.line(f"    not simulated: {token} ({times} x); its package has no stand-in in the sandbox")

    def _word(self, operation: str) -> str:
        if self._operation is Operation.PREVIEW:
            return _PLANNED[operation]
        return _FOUND[operation] if self._operation is Operation.REFRESH else _PAST[operation]

    def _unchanged(self) -> str:
        return "as recorded" if self._operation is Operation.REFRESH else "unchanged"


def describe(urn: str) -> str:
    """A resource in a person's words: its type, without what all dynamic resources share, and its name."""
    type_ = urns.type_of(urn)
    return f"{type_.removeprefix('pulumi-python:dynamic/')} {urns.name_of(urn)}"


def describe_differences(change: Change) -> list[str]:
    """One line for each property that differs."""
    lines = []
    for difference in change.differences:
        if difference.path.startswith(_INTERNAL):
            continue
        lines.append(f"{_DIFFERENCE_SIGNS[difference.kind]} {difference.path}: {_values(difference)}")
    return lines


def _values(difference: Difference) -> str:
    if difference.kind == "add":
        return show(difference.new)
    if difference.kind == "delete":
        return show(difference.old)
    return f"{show(difference.old)} => {show(difference.new)}"


def show(value: Value) -> str:
    """A value as a person may see it: secrets masked, unknowns named, long texts cut."""
    text = json.dumps(_showable(value), ensure_ascii=False, default=str, sort_keys=True)
    for mark in (MASK, _UNKNOWN):
        text = text.replace(json.dumps(mark), mark)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}... ({len(text)} characters)"


_UNKNOWN: Final = "[not known yet]"


def _showable(value: Value) -> object:
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, Unknown):
        return _UNKNOWN
    if isinstance(value, Reference):
        return value.urn
    if isinstance(value, dict):
        return {key: _showable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_showable(item) for item in value]
    return value


def as_additions(properties: Properties) -> tuple[Difference, ...]:
    """All properties of a resource that is to be created, as differences."""
    return tuple(Difference(key, "add", None, value) for key, value in sorted(properties.items()))


def plain_outputs(outputs: Mapping[str, Value]) -> dict[str, object]:
    """Outputs as plain data for a caller, secrets in clear; what isn't known yet is left out."""
    return {key: wire.unwrap(value) for key, value in outputs.items() if not wire.contains_unknown(value)}


def _failed_words(change: Change) -> str:
    if not change.attempted:
        return "not attempted"
    return {"create": "could not be created", "same": "could not be read"}.get(
        change.operation, f"could not be {_PAST.get(change.operation, change.operation)}"
    )


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
