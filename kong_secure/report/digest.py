"""A preview as `pulumi preview --json` prints it, parsed into frozen values. It may come from anywhere, a fork's
pull request included: what isn't understood is refused, and nothing in it is believed to be well meant.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LARGEST_BYTES = 50_000_000
"""Of a preview that is read; the largest stacks print a tenth of it."""

SECRET = "[secret]"  # noqa: S105 - the words in the place of one
"""What the digest has in the place of a secret."""

_HIDDEN = re.compile(r"__\w+")
_VIOLATION = re.compile(r"(?:error|warning): \S+ \[(?:mandatory|advisory)\] \S+: ")
_REPLACING = frozenset(
    {"replace", "create-replacement", "delete-replaced", "discard-replaced", "import-replacement"}
)
_OPERATIONS = {
    "same": "same",
    "read": "same",
    "refresh": "same",
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": "delete",
    "discard": "delete",
    "remove-pending-replace": "delete",
    **dict.fromkeys(_REPLACING, "replace"),
}


class NotAPreviewError(Exception):
    """The text is no preview that can be read; the message says what was found and what to give."""


@dataclass(frozen=True)
class State:
    """A resource as it was or will be: its inputs without Pulumi's own, and the URNs it depends on.

    inputs: the program's own, as in the digest, with `UNKNOWN` and `SECRET` where they aren't shown.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """What the preview does with one resource: create, update, replace, delete or same."""

    urn: str
    operation: str
    old: State | None
    new: State | None

    @property
    def type(self) -> str:
        """The type token, without those of its parents."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]


@dataclass(frozen=True)
class Preview:
    """Every step, one for each URN in the order of the digest, what went wrong while it was made, and what policies
    said of it.
    """

    steps: tuple[Step, ...]
    errors: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()

    def planned(self) -> dict[str, Step]:
        """By URN, what there is once the preview was carried out."""
        return {step.urn: step for step in self.steps if step.new is not None and step.operation != "delete"}


def preview_of(text: str) -> Preview:
    """The preview in a text; what was printed before it, as warnings of a login, is passed over.

    Raises NotAPreviewError.
    """
    digest = _digest(text)
    steps: dict[str, Step] = {}
    for index, entry in enumerate(_entries(digest, "steps")):
        step = _step(index, entry)
        earlier = steps.get(step.urn)
        steps[step.urn] = step if earlier is None else _merged(earlier, step)
    said = tuple(_said(digest))
    return Preview(
        tuple(steps.values()),
        errors=tuple(text for severity, text in said if severity == "error" and not _VIOLATION.match(text)),
        violations=tuple(text.partition(": ")[2] for _, text in said if _VIOLATION.match(text)),
    )


def _digest(text: str) -> Mapping[str, Any]:
    start = 0 if text.startswith("{") else text.find("\n{") + 1
    decoder = json.JSONDecoder()
    try:
        found, _ = decoder.raw_decode(text, start)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not ({"steps", "changeSummary", "diagnostics"} & found.keys()):
        raise NotAPreviewError(
            "is no preview in JSON: give what `pulumi preview --json` or `kong-secure sandbox preview --json` prints"
        )
    return found


def _entries(digest: Mapping[str, Any], key: str) -> list[Any]:
    entries = digest.get(key)
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise NotAPreviewError(f"has {key} that are no list: give what `pulumi preview --json` prints")
    return entries


def _step(index: int, entry: Any) -> Step:
    urn = entry.get("urn") if isinstance(entry, dict) else None
    if not isinstance(urn, str) or urn.count("::") < 3:
        raise NotAPreviewError(
            f"has a step without a URN, number {index}: give what `pulumi preview --json` prints"
        )
    operation = entry.get("op")
    if operation not in _OPERATIONS:
        raise NotAPreviewError(
            f"has a step with operation {operation!r}, which this version doesn't know, number {index}"
        )
    return Step(urn, _OPERATIONS[operation], _state(entry.get("oldState")), _state(entry.get("newState")))


def _state(entry: Any) -> State | None:
    if not isinstance(entry, dict):
        return None
    inputs = entry.get("inputs")
    depends = entry.get("dependencies")
    return State(
        _own(inputs) if isinstance(inputs, dict) else {},
        tuple(each for each in depends if isinstance(each, str)) if isinstance(depends, list) else (),
    )


def _own(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The program's own inputs. A provider's defaults are left out: a name that it makes up is another one in every
    preview.
    """
    defaults = inputs.get("__defaults")
    hidden = set(map(str, defaults)) if isinstance(defaults, list) else set()
    return {key: value for key, value in inputs.items() if key not in hidden and not _HIDDEN.fullmatch(key)}


def _merged(one: Step, other: Step) -> Step:
    """The steps of a replacement are one: the old state of the deletion, the new one of the creation."""
    operation = "replace" if "replace" in (one.operation, other.operation) else other.operation
    return Step(one.urn, operation, one.old or other.old, one.new or other.new)


def _said(digest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Severity and text of everything that was said, with the resource that a policy's violation is of."""
    for entry in _entries(digest, "diagnostics"):
        if isinstance(entry, dict):
            text = str(entry.get("message", "")).strip()
            urn = entry.get("urn")
            if _VIOLATION.match(text) and isinstance(urn, str) and urn:
                text = f"{text} ({urn.rpartition('::')[2]})"
            yield str(entry.get("severity", "")), text
