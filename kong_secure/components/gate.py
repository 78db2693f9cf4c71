"""What holds a path back until everything that was given for it is checked: plain values at once, the others in
one `apply` that everything else waits for. What is wrong is decided by those who know the cloud.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.settings import get_monitor

from kong_secure.resources.base import InvalidArguments
from kong_secure.resources.program import as_outputs, is_later, still_unknown, untied
from kong_secure.rules.findings import Finding, described

Known = Mapping[str, Any]
"""What is known, by the labels of values and of what is learned of the ends."""

Check = Callable[[str, object], Iterator[Finding]]
FindingsOf = Callable[[Known], Iterable[Finding]]


@dataclass(frozen=True)
class Value:
    """A value that was given, by the name it has for the user, and what checks it by itself."""

    label: str
    given: Any
    check: Check


def wrong_alone(values: Iterable[Value], known: Known) -> tuple[list[Finding], dict[str, Any]]:
    """What is wrong with each known value by itself, and what is known without those."""
    findings: list[Finding] = []
    right = dict(known)
    for value in values:
        if value.label in known:
            found = list(_resource_findings(value.label, known[value.label])) or list(
                value.check(value.label, known[value.label])
            )
            findings += found
            if found or known[value.label] is None:
                right.pop(value.label, None)
    return findings, right


def _resource_findings(label: str, value: object) -> Iterator[Finding]:
    """What is wrong with a resource in the place of a value of its own."""
    if isinstance(value, pulumi.Resource):
        kind = type(value).__name__
        example = re.sub(r"(?<!^)(?=[A-Z][a-z])", "_", kind).lower()
        output = "name" if label.endswith("name") else "id"
        yield Finding(label, f"is a {kind}, and no value of one", f"give one, as {example}.{output}")


def refuse_plain(
    label: str, values: Iterable[Value], findings: FindingsOf, shape: Collection[Finding]
) -> None:
    """Raises InvalidArguments with everything that is wrong with the shape and with plain values."""
    plain = {value.label: value.given for value in values if not is_later(value.given)}
    problems = [*shape, *findings(plain)]
    if problems:
        raise InvalidArguments(f"{label}: {described(problems)}")


class Gate:
    """Lets values through once everything is checked, and none where something is wrong."""

    def __init__(
        self,
        label: str,
        values: Iterable[Value],
        findings: FindingsOf,
        ends: Mapping[str, pulumi.Output[Any]],
    ) -> None:
        """ends: what is learned of both ends, as `kong.region` or `gateway.owner`."""
        given = {value.label: value.given for value in values}
        later = {name for name, value in given.items() if is_later(value)}
        plain = {name: value for name, value in given.items() if name not in later}
        awaited = {**as_outputs({name: given[name] for name in later}, later), **ends}

        def check(seen: Mapping[str, Any]) -> bool:
            unknown = still_unknown(seen, awaited)
            known = {} if not isinstance(seen, Mapping) else seen
            # An end may have nothing to tell. A value that turns out to be None is as wrong as any other.
            told = {k: v for k, v in known.items() if v is not None or k in given}
            learned = {k: v for k, v in told.items() if k not in unknown}
            problems = list(findings({**plain, **learned}))
            if problems:
                raise InvalidArguments(f"{label}: {described(problems)}")
            return True

        checked = pulumi.Output.all(**awaited).apply(check, run_with_unknowns=True)
        # Without the resources that the values are of: nothing of the path has to be replaced with those.
        self._passed: pulumi.Output[Any] = untied(checked)

    def __call__(self, value: Any) -> pulumi.Output[Any]:
        """The value, once everything is checked."""
        return pulumi.Output.all(self._passed, value).apply(lambda pair: pair[1])


class Claims:
    """What the paths of one run of a program each use, where two of them would be in each other's way."""

    def __init__(self) -> None:
        self._used: WeakKeyDictionary[object, dict[str, dict[tuple[str, int], Any]]] = WeakKeyDictionary()

    def others(self, thing: str, claimant: str, use: Any = None, *, of: object = None) -> dict[str, Any]:
        """How others use the thing, by who they are; the claimant's own use is remembered. of: what tells two apart
        that are called the same.
        """
        used = self._used.setdefault(get_monitor(), {}).setdefault(thing, {})
        used[claimant, id(of)] = use
        return {other: theirs for (other, its), theirs in used.items() if (other, its) != (claimant, id(of))}


CLAIMS = Claims()
