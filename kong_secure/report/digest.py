"""A preview as `pulumi preview --json` prints it, parsed into frozen values. It may come from anywhere, a fork's
pull request included: what isn't understood is refused, and nothing in it is believed to be well meant.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kong_secure.report.provider_code import is_foreign
from kong_secure.report.words import visible

LARGEST_BYTES = 50_000_000
"""Of a preview that is read; the largest stacks print a tenth of it."""

DEEPEST = 60
"""Levels of nesting within an input that are read."""

_HIDDEN = re.compile(r"__\w+")
_VIOLATION = re.compile(r"(?:error|warning): \S+ \[(mandatory|advisory)\] \S+: ")
_FAILED = frozenset({"preview failed", "update failed"})
"""What an engine says when something else, which it has said too, made it fail."""
_REPLACING = frozenset(
    {
        "replace",
        "create-replacement",
        "delete-replaced",
        "discard-replaced",
        "import-replacement",
        "read-replacement",
    }
)
_OPERATIONS = {
    "same": "same",
    "read": "same",
    "refresh": "refresh",
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
    sources: by input, the URNs of the resources that its value is made of: all that is known of one that isn't known.
    provider: the URN of what it is made by, without id; empty for a component, and for a default one its type alone.
    is_foreign: whether it is called one of this package's, and is made by other code.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    depends_on: tuple[str, ...] = ()
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    secret_outputs: tuple[str, ...] = ()
    is_foreign: bool = False


@dataclass(frozen=True)
class Step:
    """What the preview does with one resource: create, update, replace, delete or same; refresh where all it does is
    to look how it is by now.
    """

    urn: str
    operation: str
    old: State | None
    new: State | None

    @property
    def type(self) -> str:
        """The type token, without those of its parents."""
        return _type(self.urn)

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return _name(self.urn)


@dataclass(frozen=True)
class Violation:
    """What a policy says of a resource. is_mandatory: `up` would be refused; otherwise it is advice."""

    text: str
    is_mandatory: bool


@dataclass(frozen=True)
class Preview:
    """Every step, one for each URN in the order of the digest, what went wrong while it was made, and what policies
    said of it.
    """

    steps: tuple[Step, ...]
    errors: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()

    @property
    def stacks(self) -> frozenset[str]:
        """Whose it is, as project/stack; one of them in what an engine prints."""
        parts = [step.urn.split("::")[:2] for step in self.steps]
        return frozenset(f"{project}/{stack.rpartition(':')[2]}" for stack, project in parts)

    def planned(self) -> dict[str, Step]:
        """By URN, what there is once the preview was carried out."""
        return {step.urn: step for step in self.steps if step.new is not None and step.operation != "delete"}


def preview_of(text: str) -> Preview:
    """The preview in a text; what was printed before it, as warnings of a login, is passed over.

    Raises NotAPreviewError.
    """
    digest = _digest(text)
    if _is_deep(digest):
        raise NotAPreviewError(f"is nested more than {DEEPEST} levels deep, which no preview is")
    steps: dict[str, Step] = {}
    for index, entry in enumerate(_entries(digest, "steps")):
        step = _step(index, entry)
        earlier = steps.get(step.urn)
        steps[step.urn] = step if earlier is None else _merged(earlier, step)
    said = tuple(_said(digest))
    found = [(text, _VIOLATION.match(text)) for _, text in said]
    violations = [
        Violation(text.partition(": ")[2], match[1] == "mandatory") for text, match in found if match
    ]
    failed = [
        text.removeprefix("error: ")
        for severity, text in said
        if severity == "error" and not _VIOLATION.match(text)
    ]
    explained = any(each.is_mandatory for each in violations) or not _FAILED.issuperset(failed)
    errors = [text for text in failed if not (explained and text in _FAILED)]
    return Preview(tuple(steps.values()), tuple(errors), tuple(violations))


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
    if not isinstance(operation, str) or operation not in _OPERATIONS:
        what = visible(repr(operation), 40)
        raise NotAPreviewError(
            f"has a step with operation {what}, which this version doesn't know, number {index}"
        )
    old, new = _state(urn, entry.get("oldState")), _state(urn, entry.get("newState"))
    return Step(urn, _OPERATIONS[operation], old, new)


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _state(urn: str, entry: Any) -> State | None:
    if not isinstance(entry, dict):
        return None
    inputs, sources = entry.get("inputs"), entry.get("propertyDependencies")
    return State(
        _own(urn, inputs) if isinstance(inputs, dict) else {},
        _texts(entry.get("dependencies")),
        sources={key: _texts(urns) for key, urns in sources.items()} if isinstance(sources, dict) else {},
        provider=_provider(str(entry.get("provider") or "")),
        protect=entry.get("protect") is True,
        secret_outputs=_texts(entry.get("additionalSecretOutputs")),
        is_foreign=isinstance(inputs, dict) and is_foreign(_type(urn), inputs.get("__provider")),
    )


def _texts(entry: Any) -> tuple[str, ...]:
    """In one order: what a program depends on it keeps in sets."""
    return tuple(sorted({each for each in entry if isinstance(each, str)})) if isinstance(entry, list) else ()


def _provider(reference: str) -> str:
    """A reference is a URN and an id. A default provider has its version in its name."""
    urn = reference.rpartition("::")[0]
    kind, _, name = urn.partition("::pulumi:providers:")[2].partition("::")
    return kind if name.startswith("default") else urn


def _is_deep(value: Any) -> bool:
    """Asked level by level: what is nested deeply enough ends whatever walks through it by calling itself."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)


def _own(urn: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The program's own inputs. A provider's defaults are left out: a name that it makes up is another one in every
    preview.
    """
    kind = _type(urn)
    # In a dynamic resource the program itself would have written it, to hide what it likes.
    defaults = None if kind.startswith("pulumi-python:") else inputs.get("__defaults")
    hidden = set(map(str, defaults)) if isinstance(defaults, list) else set()
    # azure-native doesn't say which name it made up: the resource's own, with eight random digits.
    short = kind.rpartition(":")[2]
    its_name = f"{short[:1].lower()}{short[1:]}Name"
    if kind.startswith("azure-native:") and _is_made_up(inputs.get(its_name), _name(urn)):
        hidden.add(its_name)
    return {key: value for key, value in inputs.items() if key not in hidden and not _HIDDEN.fullmatch(key)}


def _is_made_up(name: Any, of: str) -> bool:
    return isinstance(name, str) and re.fullmatch(re.escape(of) + "[0-9a-f]{8}", name) is not None


def _merged(one: Step, other: Step) -> Step:
    """The steps of a replacement are one: the old state of the deletion, the new one of the creation. Where a resource
    was looked at first, what it was is what was seen.
    """
    operation = "replace" if "replace" in (one.operation, other.operation) else other.operation
    return Step(one.urn, operation, other.old or one.old, other.new or one.new)


def _said(digest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Severity and text of everything that was said, with the resource that a policy's violation is of."""
    for entry in _entries(digest, "diagnostics"):
        if isinstance(entry, dict):
            text = str(entry.get("message", "")).strip()
            urn = entry.get("urn")
            if _VIOLATION.match(text) and isinstance(urn, str) and urn:
                text = f"{text} ({urn.rpartition('::')[2]})"
            yield str(entry.get("severity", "")), text
