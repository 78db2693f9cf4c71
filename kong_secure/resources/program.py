"""What constructors of resources ask of the program they run in: its stack, its configuration, values known
later.
"""

import os
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator, Iterable, Mapping
from typing import Any, TypeVar, cast

import pulumi

from kong_secure.errors import SettingsError
from kong_secure.konnect import choose_region
from kong_secure.resources.base import InvalidArguments
from kong_secure.resources.values import holds_unknown
from kong_secure.rules.findings import Finding, described

_ROOT_TYPE = "pulumi:pulumi:Stack"
T = TypeVar("T")


def foreseen(value: object) -> Any:
    """Declares an output that has this value wherever the resource registers none of its name.

    Each Output costs the program time, also one that nobody looks at; this one is made when it is asked for.
    """
    # From the URN, so that it waits for the resource and depends on it as every other output does.
    return derived(lambda resource: resource.urn.apply(lambda _: value))


def derived(make: Callable[[Any], pulumi.Output[Any]]) -> Any:
    """Declares an output that `make` makes of the resource when it is first asked for."""
    return _OnFirstUse(make)


class _OnFirstUse:
    def __init__(self, make: Callable[[Any], pulumi.Output[Any]]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, resource: pulumi.Resource | None, owner: type) -> Any:
        if resource is None:
            return self
        output = vars(resource)[self._name] = self._make(resource)
        return output


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


def untied(value: pulumi.Output[T]) -> pulumi.Output[T]:
    """The same value, of no resource: what takes it isn't recorded to depend on those that it is of."""
    inside = cast(
        "Callable[[], Coroutine[Any, Any, T]]", value.future
    )  # None where a preview doesn't know it
    return pulumi.Output(set(), _OnDemand(inside), _OnDemand(value.is_known), _OnDemand(value.is_secret))


def still_unknown(values: object, names: Iterable[str]) -> set[str]:
    """Which of the named values an `apply` that runs with unknowns doesn't know yet."""
    if not isinstance(values, Mapping):
        return set(names)  # none of them is known, and then Pulumi gives one unknown for all
    if not holds_unknown(values):
        return set()
    # Beside unknowns, None may be an absent value or the SDK's value for another unknown.
    return {name for name in names if values[name] is None or holds_unknown(values[name])}


def secret_once_checked(
    secret: str | pulumi.Output[str],
    later: Mapping[str, pulumi.Output[Any]],
    check: Callable[[Mapping[str, Any], set[str]], None],
) -> pulumi.Output[str]:
    """The secret as a secret Output that isn't there before `check` returned; what it raises is its failure.

    later: everything known only later, by name. check: gets the values that are known, and the names of those
    that a preview doesn't know yet. It isn't called where nothing is known later.
    """

    async def checked() -> Any:
        seen = {name: await _seen(value) for name, value in later.items()}
        if later:
            known = {name: value for name, (is_known, value) in seen.items() if is_known}
            check(known, later.keys() - known.keys())
        return (await _seen(secret))[1] if isinstance(secret, pulumi.Output) else secret

    # Written out, because `all`, `apply` and `secret` would make nine Outputs of it, each at a price.
    if isinstance(secret, pulumi.Output):
        return pulumi.Output(
            _OnDemand(secret.resources), _OnDemand(checked), _OnDemand(secret.is_known), _OnDemand(_yes)
        )
    return pulumi.Output(set(), _OnDemand(checked), _OnDemand(_yes), _OnDemand(_yes))


class _OnDemand(Awaitable[T]):
    """Makes a coroutine when it is awaited: one that nobody awaits, because the program failed before, would
    be complained about.
    """

    def __init__(self, make: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._make = make

    def __await__(self) -> Generator[Any, Any, T]:
        return self._make().__await__()


async def _seen(value: pulumi.Output[Any]) -> tuple[bool, Any]:
    """Whether the value of an Output is known, and the value."""
    if not await value.is_known():
        return False, None
    inside = await value.future(with_unknowns=True)
    return await _seen(pulumi.Output.from_input(inside)) if is_later(inside) else (True, inside)


async def _yes() -> bool:
    return True


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
        return inputs[gate] if gate in awaited else {**plain, **known}.get(gate)

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


def settled_region(region: object) -> tuple[str, list[str]]:
    """The region of a resource: the argument, else `konnect:region`, else KONNECT_REGION, else `us`; and what
    is wrong with it, to be told with what is wrong with the other inputs.

    It is settled in the program and stored, because read, update and delete must go where the create went.
    """
    if is_later(region):
        problem = "region is known only later, and it decides where the resource lives: give it as plain text"
        return "", [problem]
    try:
        return choose_region(region, os.environ, pulumi.Config("konnect").get("region")), []
    except SettingsError as error:
        return "", [str(error)]


def named_in_stack(name: pulumi.Input[str]) -> pulumi.Input[str]:
    """A name that others of the same name in other stacks don't share, wherever below a parent its resource is."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    return pulumi.Output.concat(f"{stack}/", name) if is_later(name) else f"{stack}/{name}"


def owner_of(resource_name: str, opts: pulumi.ResourceOptions | None) -> pulumi.Input[str]:
    """Who a resource is, so that two of them never take over each other's objects: organization, project,
    stack, name.

    Below a parent it is the organization and what Pulumi itself tells resources of one type apart by: stack,
    project, the types of all parents, and the name.
    """
    organization, project, stack = pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack()
    alone = f"{organization}/{project}/{stack}/{resource_name}"
    parent = opts.parent if opts is not None else None
    if parent is None:
        return alone

    async def below() -> str:
        # urn:pulumi:<stack>::<project>::<types, joined by $>::<name of the parent>
        urn = await parent.urn.future()
        *place, types = str(urn).removeprefix("urn:pulumi:").split("::")[:3]
        if types == _ROOT_TYPE:
            return alone
        return f"{organization}/{'::'.join((*place, types))}::{resource_name}"

    # Not by `apply`: a component waits for its children, so no input of a child may depend on the component.
    return pulumi.Output.from_input(below())
