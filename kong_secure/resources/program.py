"""What constructors of resources ask of the program they run in: its stack, its configuration, values known
later.
"""

import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any

import pulumi

from kong_secure.errors import SettingsError
from kong_secure.konnect import choose_region
from kong_secure.resources.base import InvalidArguments
from kong_secure.resources.values import holds_unknown
from kong_secure.rules.findings import Finding, described


def is_later(value: object) -> bool:
    """Whether the value, or an item of it, is known only later: an Output or something to await."""
    if isinstance(value, Mapping):
        return any(is_later(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(is_later(item) for item in value)
    return isinstance(value, pulumi.Output | Awaitable)


def as_outputs(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The values, with the named ones as Outputs, because an awaitable can be awaited only once."""
    return {**values, **{name: _as_output(values[name]) for name in names}}


def _as_output(value: Any) -> pulumi.Output[Any]:
    # Each Output costs the program time, so none is wrapped in another.
    return value if isinstance(value, pulumi.Output) else pulumi.Output.from_input(value)


def still_unknown(values: object, names: Iterable[str]) -> set[str]:
    """Which of the named values an `apply` that runs with unknowns doesn't know yet."""
    if not isinstance(values, Mapping):
        return set(names)  # none of them is known, and then Pulumi gives one unknown for all
    if not holds_unknown(values):
        return set()
    # Beside unknowns, None may be an absent value or the SDK's value for another unknown.
    return {name for name in names if values[name] is None or holds_unknown(values[name])}


def checked_inputs(
    label: str,
    given: Mapping[str, Any],
    gate: str,
    findings: Callable[[Mapping[str, object], Collection[str]], Iterable[Finding]],
) -> dict[str, Any]:
    """The inputs, checked: what is plain now, the rest when it is known. Raises InvalidArguments.

    findings: what is wrong with the known inputs, given the names of the others. gate: the input, never a
    secret one, that passes only when every input is right, so that otherwise nothing is registered at all.
    """
    later = {name for name, value in given.items() if is_later(value)}
    plain = {name: value for name, value in given.items() if name not in later and value is not None}
    problems = list(findings(plain, later))
    if problems:
        raise InvalidArguments(f"{label}: {described(problems)}")
    if not later:
        return dict(given)
    inputs = as_outputs(given, later)

    def passed(values: Mapping[str, Any]) -> Any:
        awaited = still_unknown(values, later)
        known = {
            name: value for name, value in (values or {}).items() if value is not None and name not in awaited
        }
        problems = list(findings({**plain, **known}, awaited))
        if problems:
            raise InvalidArguments(f"{label}: {described(problems)}")
        return inputs[gate] if gate in awaited else {**plain, **known}[gate]

    gated = pulumi.Output.all(**{name: inputs[name] for name in sorted(later)})
    return {**inputs, gate: gated.apply(passed, run_with_unknowns=True)}


def watched_as_one(resource: pulumi.Resource) -> None:
    """Let the program wait for the resource by its id and URN alone, not for each of its properties.

    Each time anything gets known, the SDK goes through everything that isn't: with ten properties for each
    of 1,000 resources that takes longer than all the rest. Properties are settled together with the id, and
    what is derived from them is still waited for. The method is the SDK's own and private: without it
    nothing is lost but time.
    """
    for name, value in vars(resource).items():
        untrack = getattr(value, "_untrack", None) if isinstance(value, pulumi.Output) else None
        if untrack is not None and name not in {"id", "urn"}:
            untrack()


def settled_region(label: str, region: object) -> str:
    """The region of a resource: the argument, else `konnect:region`, else KONNECT_REGION, else `us`.

    It is settled in the program and stored, because read, update and delete must go where the create went.
    Raises InvalidArguments.
    """
    if is_later(region):
        raise InvalidArguments(
            f"{label}: region is known only later, and it decides where the resource lives: give it as "
            "plain text"
        )
    try:
        return choose_region(region, os.environ, pulumi.Config("konnect").get("region"))
    except SettingsError as error:
        problem = str(error)
    raise InvalidArguments(f"{label}: {problem}")


def owner_of(resource_name: str, opts: pulumi.ResourceOptions | None) -> str:
    """Who a resource is, so that two of them never take over each other's objects: organization, project,
    stack, name.

    Below a parent the name is preceded by the parent's type and name, as names are unique only there.
    """
    parent = opts.parent if opts is not None else None
    above = () if parent is None else (f"{parent.pulumi_resource_type}::{parent.pulumi_resource_name}",)
    stack = (pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack())
    return "/".join((*stack, *above, resource_name))
