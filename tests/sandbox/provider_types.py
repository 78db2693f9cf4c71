"""The types of a stand-in held against the classes of the real provider's Python package: the names on the wire, and
what was made against what is declared. What each cloud's types may lack is said beside their tests.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from kong_secure.sandbox.engine.state import Resource


class Kind(Protocol):
    """What is looked at of a type."""

    @property
    def outputs(self) -> Any: ...


def camel(name: str) -> str:
    """A parameter's or property's name as it is on the wire."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def properties_of(class_: Any) -> set[str]:
    """A class's properties as they are called on the wire."""
    return {camel(name) for name, value in vars(class_).items() if isinstance(value, property)}


def assert_outputs_as_declared(
    kinds: Mapping[str, Kind], everything: Mapping[str, Resource], sometimes: Mapping[str, set[str]]
) -> None:
    """Every type was made, and each has the outputs that are declared, without those that it has only sometimes."""
    assert set(everything) == set(kinds)
    for token, resource in everything.items():
        declared = set(kinds[token].outputs)
        assert set(resource.outputs) == declared - sometimes.get(token, set()), token
