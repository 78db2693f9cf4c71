"""Schemas of Kong's files, made ready to be checked: one dialect (OpenAPI 3.1, which is JSON Schema 2020-12), every
reference replaced by what it refers to, `nullable` by a union with null, and every object closed, so that an
undeclared field is refused.

A schema made here is shared: nobody may change it.
"""

from __future__ import annotations

from typing import Literal

from tests.specification import additions
from tests.specification.documents import Document, Schema

Direction = Literal["parameter", "request", "answer"]

_IN_MAPS = ("properties", "patternProperties")
_IN_LISTS = ("allOf", "oneOf", "anyOf")
_SINGLE = ("items", "additionalProperties", "not")
_ANNOTATIONS = frozenset(
    {"description", "title", "example", "examples", "externalDocs", "deprecated", "xml", "discriminator"}
    | {"nullable", "readOnly", "writeOnly"}
)
_HIDDEN = {"parameter": "", "request": "readOnly", "answer": "writeOnly"}


class Resolver:
    """Makes the schemas of one document, for one direction: a request's body has no fields that are
    read-only, an answer none that are write-only."""

    def __init__(self, document: Document, direction: Direction) -> None:
        self._document = document
        self._direction = direction
        self._hidden = _HIDDEN[direction]
        self._targets: dict[str, Schema] = {}

    def schema(self, node: Schema) -> Schema:
        """The schema of a node, closed."""
        return closed(self.resolved(node))

    def resolved(self, node: Schema) -> Schema:
        """The schema of a node, its objects as open as the file leaves them. Raises RecursionError for one that
        contains itself."""
        if "$ref" in node:
            return self._referred(node)
        made: Schema = {}
        for keyword, value in node.items():
            if keyword in _IN_MAPS:
                made[keyword] = {name: self.resolved(part) for name, part in self._shown(value).items()}
            elif keyword in _IN_LISTS:
                made[keyword] = [self.resolved(part) for part in value]
            elif keyword in _SINGLE and isinstance(value, dict):
                made[keyword] = self.resolved(value)
            elif keyword == "required":
                hidden = set(node.get("properties", {})) - set(self._shown(node.get("properties", {})))
                made[keyword] = [name for name in value if name not in hidden]
            elif keyword not in _ANNOTATIONS and not keyword.startswith("x-"):
                made[keyword] = value
        return _nullable(made) if node.get("nullable") else made

    def _shown(self, properties: Schema) -> Schema:
        return {
            name: part
            for name, part in properties.items()
            if not (part.get(self._hidden) or self._document.followed(part).get(self._hidden))
        }

    def _referred(self, node: Schema) -> Schema:
        reference = node["$ref"]
        if reference not in self._targets:
            target = self.resolved(self._document.at(reference))
            self._targets[reference] = target | self._added(reference)
        target = self._targets[reference]
        # Beside a reference 3.0 ignores everything.
        beside = {key: value for key, value in node.items() if key != "$ref"} if self._document.is_3_1 else {}
        nullable = beside.pop("nullable", False)
        added = self.resolved(beside)
        made = {"allOf": [target, added]} if added else target
        return _nullable(made) if nullable else made

    def _added(self, reference: str) -> Schema:
        if self._document.name == "control-planes-config" and reference in additions.PLUGIN_COMPONENTS:
            return additions.plugin_configuration(complete=self._direction == "answer")
        return {}


def _nullable(schema: Schema) -> Schema:
    """The schema, or null."""
    if "type" not in schema or any(keyword in schema for keyword in _IN_LISTS):
        return {"anyOf": [schema, {"type": "null"}]} if schema else schema
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    made = {**schema, "type": list(dict.fromkeys([*types, "null"]))}
    if "enum" in schema:
        made["enum"] = list(dict.fromkeys([*schema["enum"], None]))
    return made


def closed(schema: Schema, around: frozenset[str] = frozenset()) -> Schema:
    """The schema with every object in it closed that says which properties it has and doesn't say itself whether
    it may have others.

    around: properties which schemas around this one declare for the same object. Where alternatives (`oneOf`,
    `anyOf`) declare properties, each alternative has its own and those around it, not those of the others.
    """
    own = frozenset(schema.get("properties", {}))
    parts = schema.get("allOf", [])
    alternatives = [*schema.get("oneOf", []), *schema.get("anyOf", [])]
    made = dict(schema)
    for keyword in _IN_MAPS:
        if keyword in schema:
            made[keyword] = {name: closed(part) for name, part in schema[keyword].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            made[keyword] = closed(schema[keyword])
    if parts:
        made["allOf"] = [
            closed(part, around | own | _declared(*parts[:i], *parts[i + 1 :], *alternatives))
            for i, part in enumerate(parts)
        ]
    here = around | own | _declared(*parts)
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            made[keyword] = [closed(part, here) for part in schema[keyword]]
    if here and not parts and not alternatives and _says_nothing_of_others(schema):
        made["properties"] = {**{name: {} for name in sorted(around)}, **made.get("properties", {})}
        made["additionalProperties"] = False
    return made


def _says_nothing_of_others(schema: Schema) -> bool:
    types = schema.get("type", "object")
    return "additionalProperties" not in schema and ("object" in types)


def _declared(*schemas: Schema) -> frozenset[str]:
    """The properties that schemas for the same object declare between them."""
    names: frozenset[str] = frozenset()
    for schema in schemas:
        inner = [part for keyword in _IN_LISTS for part in schema.get(keyword, [])]
        names |= frozenset(schema.get("properties", {})) | _declared(*inner)
    return names
