"""What a resource type is: its inputs as pulumi-aws documents them, and what is done to make, read, change and
delete one. Checking and comparing inputs follow from that and are decided here; nothing here calls AWS.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from kong_secure.sandbox.engine.wire import Unknown, contains_unknown

if TYPE_CHECKING:
    from kong_secure.sandbox.aws.provider.calls import Calls

Properties: TypeAlias = dict[str, Any]
Check: TypeAlias = Callable[[Any], str | None]

_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "list": list,
    "map": dict,
}


@dataclass(frozen=True)
class Input:
    """One input. `computed`: without it AWS decides, and what it decided stays. `replaces`: a change makes a new
    resource. `unordered`: a list whose order means nothing."""

    kind: str = "string"
    required: bool = False
    default: Any = None
    replaces: bool = False
    computed: bool = False
    unordered: bool = False
    check: Check | None = None


@dataclass(frozen=True)
class Kind:
    """A resource type. `title` is how AWS's own provider calls it in messages.

    create returns the id. read returns the outputs, None for what is gone. update is None where every change
    replaces. named: its `name` is made up from the resource's where it isn't given. always_replaces decides
    replacements that depend on old and new value.
    """

    token: str
    title: str
    inputs: Mapping[str, Input]
    outputs: tuple[str, ...]
    create: Callable[[Calls, Properties], str]
    read: Callable[[Calls, str, Properties], Properties | None]
    delete: Callable[[Calls, str, Properties], None]
    update: Callable[[Calls, str, Properties, Properties], None] | None = None
    named: bool = False
    replaces: Callable[[str, Any, Any], bool] = field(default=lambda _name, _old, _new: False)
    together: Check | None = None


@dataclass(frozen=True)
class Failure:
    """An input that is refused."""

    property: str
    reason: str


REGION: Final = Input(computed=True, replaces=True)
TAGS: Final = Input("map")


def enabled(default: str | None, **more: Any) -> Input:
    """An input that is `enable` or `disable`."""
    return Input(default=default, computed=default is None, check=one_of("enable", "disable"), **more)


def one_of(*allowed: str) -> Check:
    """Refuses every other text."""

    def check(value: Any) -> str | None:
        return None if value in allowed else f"expected it to be one of {list(allowed)}, got {value}"

    return check


def network_address(value: Any) -> str | None:
    """Refuses what isn't an IPv4 CIDR block without host bits."""
    try:
        block = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        return f'"{value}" is not a valid IPv4 CIDR block'
    return (
        None if str(block) == value else f'"{value}" is not a valid IPv4 CIDR block; did you mean "{block}"?'
    )


def account_or_arn(value: Any) -> str | None:
    """Refuses what is neither an account's twelve digits nor an ARN."""
    if (len(value) == 12 and value.isdigit()) or value.startswith("arn:"):
        return None
    return f'"{value}" doesn\'t look like AWS Account ID (exactly 12 digits), and is an invalid ARN'


def arn(value: Any) -> str | None:
    """Refuses what isn't an ARN."""
    return None if str(value).startswith("arn:") else f'"{value}" is an invalid ARN: arn: invalid prefix'


def checked(
    kind: Kind, given: Properties, old: Properties, name: str, suffix: str
) -> tuple[Properties, list[Failure]]:
    """The inputs with defaults filled in, and what is wrong with them.

    old: the inputs of the resource as it is, which keeps the name that was made up for it. suffix: makes a new
    one unique.
    """
    failures = [
        Failure(key, f"the sandbox's AWS doesn't know the property {key} of {kind.token}")
        for key in given
        if key not in kind.inputs and key not in ("__defaults", "id")
    ]
    inputs = {key: value for key, value in given.items() if key in kind.inputs and value is not None}
    own = set(inputs)
    for key, spec in kind.inputs.items():
        if key not in inputs:
            if spec.required:
                failures.append(Failure("", f"Missing required property '{key}'"))
            elif spec.default is not None:
                inputs[key] = spec.default
        elif not contains_unknown(inputs[key]):
            problem = _problem(spec, inputs[key])
            if problem is not None:
                failures.append(Failure(key, problem))
    if kind.named and "name" not in inputs and "namePrefix" not in inputs:
        inputs["name"] = old.get("name") or f"{name}-{suffix}"
    if kind.together is not None and not failures:
        problem = kind.together(inputs)
        failures += [Failure("", problem)] if problem else []
    inputs["__defaults"] = sorted(inputs.keys() - own)
    return inputs, failures


def _problem(spec: Input, value: Any) -> str | None:
    if spec.kind == "integer" and isinstance(value, str) and value.lstrip("-").isdigit():
        return None  # Pulumi's bridge takes numbers as text too
    expected = _KINDS[spec.kind]
    if not isinstance(value, expected) or (isinstance(value, bool) and spec.kind != "boolean"):
        return f"expected {spec.kind}, got {type(value).__name__}"
    return spec.check(value) if spec.check is not None else None


@dataclass(frozen=True)
class Changes:
    """The inputs that differ from what is recorded, and those of them that make a new resource."""

    changed: tuple[str, ...]
    replacing: tuple[str, ...]


def changes(kind: Kind, recorded: Properties, wanted: Properties, ignored: tuple[str, ...]) -> Changes:
    """What must change for a resource to be as wanted. Tags are compared by what was put on the resource."""
    changed, replacing = [], []
    for key, spec in kind.inputs.items():
        old, new = recorded.get(key), wanted.get(key)
        if key in ignored or _same(spec, old, new):
            continue
        changed.append(key)
        if spec.replaces or kind.update is None or kind.replaces(key, old, new):
            replacing.append(key)
    return Changes(tuple(changed), tuple(replacing))


def _same(spec: Input, old: Any, new: Any) -> bool:
    if isinstance(new, Unknown) or contains_unknown(new):
        return False
    if new is None:
        return spec.computed or old in (None, "", [], {}, False, spec.default)
    if spec.kind == "integer":
        return old is not None and int(old) == int(new)
    if spec.unordered and isinstance(old, list):
        return sorted(map(str, old)) == sorted(map(str, new))
    return bool(old == new)
