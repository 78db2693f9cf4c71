"""Query parameters: pages, filters, sorting, in each of the styles of Konnect's APIs. Which list takes
which of them is decided by the handlers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from kong_secure.sandbox.konnect.refusals import BadQueryError
from kong_secure.sandbox.konnect.store import Record

Keep = Callable[[Record], bool]
Parameters = Sequence[tuple[str, str]]

_FILTER = re.compile(r"filter\[(\w+)\](?:\[(\w+)\])?")


def known(parameters: Parameters, names: Iterable[str]) -> dict[str, str]:
    """The parameters by name. Raises `BadQueryError` for an unknown one, or one given twice."""
    found: dict[str, str] = {}
    for name, value in parameters:
        if name not in names:
            raise BadQueryError(name, f"unknown query parameter '{name}'", "unknown_property")
        if name in found:
            raise BadQueryError(name, f"query parameter '{name}' is given twice")
        found[name] = value
    return found


def integer(
    found: dict[str, str], name: str, default: int, smallest: int, largest: int, *, may_be_empty: bool = True
) -> int:
    """A whole number within bounds; absent is the default, and so is empty where it may be (the
    specification's `allowEmptyValue`). Raises `BadQueryError`."""
    text = found.get(name)
    if text is None or (not text and may_be_empty):
        return default
    number = int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
    if number is None or not smallest <= number <= largest:
        raise BadQueryError(name, f"invalid {name} '{text}', must be within range [{smallest} - {largest}]")
    return number


def boolean(found: dict[str, str], name: str) -> None:
    """Raises `BadQueryError` unless the parameter is absent, true or false."""
    if found.get(name, "true") not in ("true", "false"):
        raise BadQueryError(name, f"invalid {name} '{found[name]}', must be true or false", "is_boolean")


# --- filters of the control planes' style ---


@dataclass(frozen=True)
class Filterable:
    """A field that can be filtered: how its value is found in a record, and with which operators.

    The operator "" is a bare `filter[field]=value`.
    """

    value: Callable[[Record], Any]
    operators: tuple[str, ...]


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "": lambda value, wanted: value == wanted,
    "eq": lambda value, wanted: value == wanted,
    "neq": lambda value, wanted: value != wanted,
    "contains": lambda value, wanted: wanted in value,
    "oeq": lambda value, wanted: value in wanted.split(","),
    "ocontains": lambda value, wanted: any(part in value for part in wanted.split(",")),
}


def is_filter(name: str) -> bool:
    """Whether a parameter's name begins a filter."""
    return name == "filter" or name.startswith("filter[")


def filters(parameters: Parameters, fields: dict[str, Filterable]) -> Keep:
    """Which records pass all filters among the parameters. Raises `BadQueryError` for an unknown field or
    operator, or for a filter given twice."""
    tests: list[Keep] = []
    for name, wanted in known(parameters, {name for name, _ in parameters}).items():
        if not is_filter(name):
            continue
        found = _FILTER.fullmatch(name)
        filterable = fields.get(found[1]) if found else None
        operator = (found[2] or "") if found else ""
        if filterable is None or operator not in filterable.operators:
            raise BadQueryError(name, f"'{name}' is not a filter of this list", "unknown_property")
        if isinstance(filterable.value({}), bool) and wanted not in ("true", "false"):
            raise BadQueryError(name, f"invalid {name} '{wanted}', must be true or false", "is_boolean")
        tests.append(_test(filterable.value, _OPERATORS[operator], wanted))
    return lambda record: all(test(record) for test in tests)


def _test(value: Callable[[Record], Any], operator: Callable[[str, str], bool], wanted: str) -> Keep:
    def test(record: Record) -> bool:
        found = value(record)
        return operator(str(found).lower() if isinstance(found, bool) else str(found), wanted)

    return test


def labels(text: str) -> Keep:
    """Which records carry every label of `key:value,existCheck`."""
    wanted = [part.split(":", 1) for part in text.split(",") if part]

    def keep(record: Record) -> bool:
        found = record["labels"]
        return all(part[0] in found and (len(part) == 1 or found[part[0]] == part[1]) for part in wanted)

    return keep


def in_order(records: list[Record], text: str, sortable: tuple[str, ...]) -> list[Record]:
    """The records sorted as `attribute [asc|desc],…` says. Raises `BadQueryError` for another attribute or
    direction."""
    for part in reversed([part.strip() for part in text.split(",") if part.strip()]):
        attribute, _, direction = part.partition(" ")
        if attribute not in sortable or direction.strip() not in ("", "asc", "desc"):
            raise BadQueryError("sort", f"can't sort by '{part}': supported are {', '.join(sortable)}")
        records = sorted(records, key=itemgetter(attribute), reverse=direction.strip() == "desc")
    return records


# --- filters of the core entities' style ---


def tags(text: str) -> Keep:
    """Which records carry all the tags of `a,b`, or one of `a/b`; an empty text keeps everything. Raises
    `BadQueryError` for both at once, or for an empty tag."""
    if not text:
        return lambda _: True
    wanted = set(re.split("[,/]", text))
    if ("," in text and "/" in text) or "" in wanted:
        raise BadQueryError("tags", "invalid filter syntax: separate tags with either ',' or '/'")

    def keep(record: Record) -> bool:
        found = set(record["tags"] or ())
        return wanted <= found if "/" not in text else bool(wanted & found)

    return keep


def names(found: dict[str, str]) -> Keep:
    """Which records pass `filter[name][eq]` and `filter[name][contains]`; one without a name passes neither."""
    exact, part = found.get("filter[name][eq]"), found.get("filter[name][contains]")
    if exact is None and part is None:
        return lambda _: True

    def keep(record: Record) -> bool:
        name = record["name"]
        return name is not None and exact in (None, name) and (part or "") in name

    return keep
