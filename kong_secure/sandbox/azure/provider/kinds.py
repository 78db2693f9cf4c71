"""What a resource type of azure-native is: the path of its id, its inputs and outputs. Checking, comparing and
reading inputs follow from that and are decided here; nothing here calls Resource Manager.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kong_secure.sandbox.engine.wire import contains_unknown

Properties: TypeAlias = dict[str, Any]

CREATE_BEFORE_DELETE: Final = "__createBeforeDelete"
"""Among the inputs of a resource whose name was made up, so that two of it can be there at once."""

_KINDS: Final[Mapping[str, type]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "array": list,
    "object": dict,
}


@dataclass(frozen=True)
class Input:
    """One input. replaces: a change makes a new resource. shape: what objects in it may hold; None: anything."""

    kind: str = "string"
    required: bool = False
    replaces: bool = False
    shape: frozenset[str] | None = None


@dataclass(frozen=True)
class Kind:
    """A resource type.

    path: its id, with the names of inputs in braces. named: the input that its own name is. naming: how a name is
    made up: `random`, `copy` or `guid`. children: properties that hold resources which may also stand alone; where
    they aren't given, what there is of them stays. located: its resource group's location is its own where it
    names none.
    """

    token: str
    path: str
    named: str
    naming: str
    inputs: Mapping[str, Input]
    outputs: tuple[str, ...]
    children: tuple[str, ...] = ()
    located: bool = False

    @property
    def in_path(self) -> tuple[str, ...]:
        """The inputs that are part of the id."""
        return tuple(name for name in re.findall(r"{(\w+)}", self.path) if name != "subscriptionId")

    def id_of(self, inputs: Properties, subscription: str) -> str:
        """The id that inputs make."""
        id_ = self.path.replace("{subscriptionId}", subscription)
        for name in self.in_path:
            id_ = id_.replace(
                f"{{{name}}}", str(inputs[name]).strip("/") if name == "scope" else inputs[name]
            )
        return id_

    def body_of(self, inputs: Properties) -> Properties:
        """What of inputs isn't part of the id."""
        return {key: value for key, value in inputs.items() if key in self.inputs and key not in self.in_path}


@dataclass(frozen=True)
class Failure:
    """An input that is refused."""

    property: str
    reason: str


def checked(
    kind: Kind, given: Properties, old: Properties, name: str, seed: bytes
) -> tuple[Properties, list[Failure]]:
    """The inputs with a name made up where there is none, and what is wrong with them.

    old: the inputs of the resource as it is, which keeps its name. seed: makes a new name unique.
    """
    own = {key: value for key, value in given.items() if not key.startswith("__") and value is not None}
    failures = [
        Failure(key, f"the sandbox's Azure doesn't know the property {key} of {kind.token}")
        for key in own
        if key not in kind.inputs
    ]
    inputs = {key: value for key, value in own.items() if key in kind.inputs}
    for key, value in inputs.items():
        if problem := _problem(kind.inputs[key], key, value):
            failures.append(Failure(key, problem))
    if kind.named not in inputs:
        inputs |= _name(kind, old, name, seed)
    return inputs, failures


def missing(kind: Kind, inputs: Properties) -> list[Failure]:
    """The inputs that have to be given and aren't."""
    failures = []
    for key, spec in kind.inputs.items():
        if spec.required and key not in inputs:
            hint = (
                ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'."
                if key == "location"
                else ""
            )
            failures.append(Failure("", f"missing required property '{key}'{hint}"))
    return failures


def _name(kind: Kind, old: Properties, name: str, seed: bytes) -> Properties:
    if old.get(kind.named):
        return {key: old[key] for key in (kind.named, CREATE_BEFORE_DELETE) if key in old}
    if kind.naming == "copy":
        return {kind.named: name}
    random = seed or uuid.uuid4().bytes
    made = (
        str(uuid.UUID(bytes=random[:16].ljust(16, b"\0")))
        if kind.naming == "guid"
        else f"{name}{random.hex()[:8]}"
    )
    return {kind.named: made, CREATE_BEFORE_DELETE: True}


def _problem(spec: Input, key: str, value: Any) -> str | None:
    if contains_unknown(value):
        return None
    expected = _KINDS[spec.kind]
    if not isinstance(value, expected) or (isinstance(value, bool) and spec.kind != "boolean"):
        return f"'{key}' should be of type '{spec.kind}' but got a {type(value).__name__}"
    if spec.shape is None:
        return None
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            return f"'{key}' should hold objects but got a {type(item).__name__}"
        unknown = sorted(name for name in item.keys() - spec.shape if item[name] is not None)
        if unknown:
            return f"the sandbox's Azure doesn't know {', '.join(unknown)} in {key}"
    return None


@dataclass(frozen=True)
class Changes:
    """The inputs that differ from what is recorded, and those of them that make a new resource."""

    changed: tuple[str, ...]
    replacing: tuple[str, ...]


def changes(
    kind: Kind, old: Properties, outputs: Properties, new: Properties, ignored: tuple[str, ...]
) -> Changes:
    """What must change for a resource to be as wanted: inputs are compared with inputs."""
    changed, replacing = [], []
    for key, spec in kind.inputs.items():
        before, after = old.get(key), new.get(key)
        if key in ignored or _same(key, before, after):
            continue
        changed.append(key)
        said_what_is = before is None and after is not None and outputs.get(key) == after
        if (spec.replaces or key in kind.in_path) and not said_what_is:
            replacing.append(key)
    return Changes(tuple(changed), tuple(replacing))


def _same(key: str, before: Any, after: Any) -> bool:
    if contains_unknown(after):
        return False
    if key == "location" and isinstance(before, str) and isinstance(after, str):
        return spelt(before) == spelt(after)
    return bool(_bare(before) == _bare(after))


def _bare(value: Any) -> Any:
    """A value without the nulls in its objects."""
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if item is not None}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def spelt(location: str) -> str:
    """A location in Azure's own spelling."""
    return location.replace(" ", "").lower()


# --- reading ---


def inputs_of(kind: Kind, id_: str, outputs: Properties) -> Properties:
    """The inputs of a resource that is imported: all that it has."""
    parts = re.fullmatch(
        re.sub(
            r"{(\w+)}", lambda found: f"(?P<{found[1]}>{'.+' if found[1] == 'scope' else '[^/]+'})", kind.path
        ),
        id_,
        re.IGNORECASE,
    )
    found = {} if parts is None else parts.groupdict()
    in_path = {
        name: f"/{found[name]}" if name == "scope" else found[name] for name in kind.in_path if name in found
    }
    body = {
        key: projected(spec, outputs[key])
        for key, spec in kind.inputs.items()
        if key not in kind.in_path and outputs.get(key) is not None
    }
    return in_path | body


def refreshed(kind: Kind, inputs: Properties, before: Properties, now: Properties) -> Properties:
    """The inputs after what changed in Azure since the outputs were `before`."""
    found = dict(inputs)
    for key, spec in kind.inputs.items():
        if key in kind.in_path:
            continue
        old, new = projected(spec, before.get(key)), projected(spec, now.get(key))
        if old == new:
            continue
        if new is None:
            found.pop(key, None)
        else:
            found[key] = new
    return found


def projected(spec: Input, value: Any) -> Any:
    """An output as its input would be given."""
    if isinstance(value, list) and spec.shape is not None:
        return [projected(spec, item) for item in value]
    if isinstance(value, dict) and spec.shape is not None:
        return {key: item for key, item in value.items() if key in spec.shape and item is not None}
    return value
