"""Values as Pulumi hands them to a dynamic provider, made ordinary: numbers, absent values, unknowns; no
resource is known here.
"""

from collections.abc import Mapping
from typing import TypeGuard

from pulumi.output import Unknown

PROVIDER_KEY = "__provider"


def plain(value: object) -> object:
    """The value with whole floats as ints, because every number arrives as a float; unknowns stay where
    they are.
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def plain_properties(properties: Mapping[str, object]) -> dict[str, object]:
    """Properties by name, made plain, without absent values and without the serialized provider."""
    return {
        key: plain(value) for key, value in properties.items() if value is not None and key != PROVIDER_KEY
    }


def is_unknown(value: object) -> TypeGuard[Unknown]:
    """Whether the value itself is unknown."""
    return isinstance(value, Unknown)


def holds_unknown(value: object) -> bool:
    """Whether the value, or anything in it, is unknown."""
    if isinstance(value, Mapping):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(holds_unknown(item) for item in value)
    return is_unknown(value)


def differs(old: object, new: object) -> bool:
    """Whether two plain values differ; an unknown one may be anything, so it does."""
    return holds_unknown(new) or holds_unknown(old) or old != new


def known_only(properties: Mapping[str, object]) -> dict[str, object]:
    """The properties in which nothing is unknown."""
    return {key: value for key, value in properties.items() if not holds_unknown(value)}
