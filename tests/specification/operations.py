"""What Kong's files declare for a request: found by host, method and path."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Literal

from tests.specification.documents import NAMES, Document, Host, Schema, document
from tests.specification.schemas import Direction, Resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PLACEHOLDER = re.compile(r"\{[^{}]+\}")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a path or query. `is_deep`: an object whose fields are written `name[field]`."""

    name: str
    location: Literal["path", "query"]
    required: bool
    is_deep: bool
    may_be_empty: bool
    schema: Schema


@dataclass(frozen=True)
class Body:
    """What a request or an answer may carry: a schema for each content type; none at all for no body."""

    required: bool
    schemas: Mapping[str, Schema]


@dataclass(frozen=True)
class Operation:
    """A method at a path template, which begins with `/v2`. Its schemas are plain JSON Schema 2020-12, without
    references and with closed objects; they are made when first asked for, and shared."""

    document: str
    id: str
    host: Host
    method: str
    path: str
    _node: Mapping[str, Any] = field(repr=False, compare=False)
    _beside: tuple[Mapping[str, Any], ...] = field(repr=False, compare=False)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Of the path and of the query."""
        return tuple(_parameter(self._document, node) for node in self._beside)

    @cached_property
    def body(self) -> Body | None:
        """What the request carries; None for nothing."""
        node = self._node.get("requestBody")
        return None if node is None else self._made(node, "request")

    @cached_property
    def answers(self) -> Mapping[int, Body]:
        """What each declared status carries."""
        nodes = self._node["responses"].items()
        return {int(status): self._made(node, "answer") for status, node in nodes if status.isdecimal()}

    @property
    def _document(self) -> Document:
        return document(self.document)

    def _made(self, node: Mapping[str, Any], direction: Direction) -> Body:
        node = self._document.followed(dict(node))
        resolver = _resolver(self.document, direction)
        content = node.get("content", {}).items()
        schemas = {media_type: resolver.schema(part.get("schema", {})) for media_type, part in content}
        return Body(node.get("required", False), schemas)


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the three files."""
    return tuple(
        _operation(found, path, method, item)
        for found in map(document, NAMES)
        for path, item in found.content["paths"].items()
        for method in METHODS
        if method.lower() in item
    )


def operation(host: Host, method: str, path: str) -> Operation | None:
    """What is declared for a request: `path` is one that is asked for, such as `/v2/control-planes/1f…`, without
    query. None where nothing is."""
    return declared_at(host, path).get(method)


def declared_at(host: Host, path: str) -> Mapping[str, Operation]:
    """The operations of the path that a request asks for, by method; empty for an unknown path."""
    for pattern, found in _paths()[host, path.count("/")]:
        if pattern.fullmatch(path):
            return found
    return {}


@cache
def _paths() -> Mapping[tuple[Host, int], list[tuple[re.Pattern[str], dict[str, Operation]]]]:
    """Patterns of paths with the operations there, by host and number of parts; the more literal ones first."""
    by_path: dict[tuple[Host, str], dict[str, Operation]] = defaultdict(dict)
    for found in operations():
        by_path[found.host, found.path][found.method] = found
    ordered: dict[tuple[Host, int], list[tuple[re.Pattern[str], dict[str, Operation]]]] = defaultdict(list)
    for (host, path), methods in sorted(by_path.items(), key=lambda item: item[0][1].count("{")):
        literals = [re.escape(part) for part in _PLACEHOLDER.split(path)]
        ordered[host, path.count("/")].append((re.compile("[^/]+".join(literals)), methods))
    return ordered


def _operation(found: Document, path: str, method: str, item: Mapping[str, Any]) -> Operation:
    node = item[method.lower()]
    beside = {}
    # The path's own parameters hold for each of its operations, which may declare one of them anew.
    for parameter in (*item.get("parameters", ()), *node.get("parameters", ())):
        given = found.followed(parameter)
        beside[given["in"], given["name"]] = given
    return Operation(
        found.name, node["operationId"], found.host, method, found.base + path, node, tuple(beside.values())
    )


def _parameter(found: Document, node: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=node["name"],
        location=node["in"],
        required=node.get("required", False),
        is_deep=node.get("style") == "deepObject",
        may_be_empty=node.get("allowEmptyValue", False),
        schema=_resolver(found.name, "parameter").schema(node["schema"]),
    )


@cache
def _resolver(name: str, direction: Direction) -> Resolver:
    return Resolver(document(name), direction)
