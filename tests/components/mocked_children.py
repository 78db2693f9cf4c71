"""What a component registers below itself with Pulumi's mocks, by the words that the tests have for it. Which children
those are, and what clouds answer meanwhile, is said beside each component.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.components.explicit_edges import Edge, Key, requests
from tests.resources.mocked_program import Engine


@dataclass(frozen=True)
class Child:
    """A registered child."""

    inputs: Mapping[str, Any]
    parent: str
    provider: str
    request: Any


Children = dict[tuple[str, str], Child]


@dataclass(frozen=True)
class Words:
    """The words for the children of a component called `path`: a kind, and a name where it isn't the kind's own; as
    "rule allow-orders".

    kinds: by type token.
    """

    kinds: Mapping[str, str]

    def children(self, program: Callable[[], object], engine: Engine, *, preview: bool) -> Children:
        """What a program registers of these kinds, by kind and name without the component's own."""
        registered = requests(program, engine, preview=preview)
        found: Children = {}
        for each in engine.registered:
            if each.typ in self.kinds:
                request = registered[each.typ, each.name]
                parent = request.parent.rpartition("::")[2]
                key = self.kinds[each.typ], each.name.removeprefix("path-")
                found[key] = Child(each.inputs, parent, request.provider, request)
        return found

    def of(self, key: Key) -> str:
        """The words for a resource."""
        kind, name = self.kinds[key[0]], key[1].removeprefix("path-")
        return kind if kind == name else f"{kind} {name}"

    def key(self, words: str) -> Key:
        """The resource that words are for."""
        kind, _, name = words.partition(" ")
        [token] = [token for token, known in self.kinds.items() if known == kind]
        return token, f"path-{name or kind}"

    def edges(self, table: Mapping[str, Iterable[str]]) -> list[Edge]:
        """The edges of a table: what comes later, and what it comes after."""
        return [
            Edge(self.key(later), self.key(earlier))
            for later, each in table.items()
            for earlier in sorted(each)
        ]

    def table(self, edges: Iterable[Edge]) -> dict[str, set[str]]:
        """Edges as such a table."""
        found: dict[str, set[str]] = {}
        for edge in edges:
            found.setdefault(self.of(edge.later), set()).add(self.of(edge.earlier))
        return found

    def name(self, edge: Edge) -> str:
        """What an edge is called among the names of tests."""
        return f"{self.of(edge.later)} after {self.of(edge.earlier)}"
