"""Ways to break a valid request, each in one place only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.sandbox.konnect.generated.entity_rules import NOWHERE, REFERENCES, Body, Draw, changed
from tests.sandbox.konnect.generated.requests import Ground, Request, references, valid_bodies
from tests.sandbox.konnect.generated.strategies import Site, sites, types, values
from tests.sandbox.konnect.generated.table import Covered
from tests.specification.documents import Schema

_OTHERS: dict[str, tuple[Any, ...]] = {
    "null": (None,),
    "boolean": (True, False),
    "integer": (0, -7, 10**40),
    "number": (1.5, 1e300),
    "string": ("", "a text", "1", "true"),
    "array": ([], [None], [[]]),
    "object": ({}, {"a": None}),
}
"""Values of each type; those of another type than a place has are wrong there."""


# --- in the body, by its schema ---


Wrong = Sequence[Any] | st.SearchStrategy[Any]
"""Values that are wrong at a place."""


def undeclared_field(schema: Schema) -> Iterator[tuple[Site, Wrong]]:
    """One more field, in an object that declares all it may have."""
    for site in sites(schema):
        if site.schema.get("additionalProperties") is False:
            inner = Site((*site.path, "undeclared"), {}, site.at)
            yield inner, (None, 1, "x", {})


def wrong_type(schema: Schema) -> Iterator[tuple[Site, Wrong]]:
    """A value of another type, and null where it isn't allowed."""
    for site in sites(schema):
        allowed = types(site.schema)
        if not site.path or "type" not in site.schema:
            continue
        if "null" not in allowed:
            yield site, (None,)
        wrong: list[Any] = [
            value
            for kind, examples in _OTHERS.items()
            for value in examples
            if kind not in (*allowed, "null") and not (kind == "integer" and "number" in allowed)
        ]
        yield site, wrong


def out_of_bounds(schema: Schema) -> Iterator[tuple[Site, Wrong]]:
    """Below the least or above the most number, length, or number of items."""
    for site in sites(schema):
        wrong: list[Any] = []
        for keyword, bound in site.schema.items():
            match keyword:
                case "minimum":
                    wrong += [bound - 1, bound - 10**20]
                case "maximum":
                    wrong += [bound + 1, bound + 10**20]
                case "minLength":
                    wrong += ["x" * (bound - 1)] if bound else []
                case "maxLength":
                    wrong += ["x" * (bound + 1), "x" * (bound + 5000)]
        if wrong:
            yield site, wrong
        if "maxItems" in site.schema:
            most = site.schema["maxItems"]
            item = values(site.schema["items"], {})
            yield site, st.lists(item, min_size=most + 1, max_size=most + 1)


def not_one_of(schema: Schema) -> Iterator[tuple[Site, Wrong]]:
    """A value of the right type that isn't among the choices."""
    for site in sites(schema):
        if "enum" in site.schema:
            wrong: list[Any] = (
                [0, 303]
                if "integer" in types(site.schema)
                else ["", "other", *map(str.swapcase, _texts(site))]
            )
            yield site, wrong


def _texts(site: Site) -> list[str]:
    return [choice for choice in site.schema["enum"] if isinstance(choice, str)]


def not_matching(schema: Schema) -> Iterator[tuple[Site, Wrong]]:
    """A text that doesn't match its pattern."""
    for site in sites(schema):
        # What a pattern of ours says more narrowly than Kong is no reason for a refusal.
        if "pattern" in site.schema and not site.at.startswith("config"):
            yield site, ("", " ", "-", "a b", "é", "a\n", ".a")


IN_SCHEMA: dict[str, Callable[[Schema], Iterator[tuple[Site, Wrong]]]] = {
    "an undeclared field": undeclared_field,
    "a wrong type": wrong_type,
    "out of bounds": out_of_bounds,
    "not one of the choices": not_one_of,
    "not matching": not_matching,
}


@dataclass(frozen=True)
class Placed:
    """A body with a value at one place. fields: what a refusal may name; nothing for anything."""

    where: str
    body: Body
    fields: tuple[str, ...] = ()

    def _repr_pretty_(self, *_: object) -> None:
        """Nothing where hypothesis prints an example: it has hundreds, and the test tells which one failed."""


@st.composite
def choices(draw: Draw) -> Random:
    """Choices that are no example's simplest ones: with few examples these would be nearly all."""
    seed = draw(st.integers(0, 2**16))
    assume(seed)
    return Random(seed)  # noqa: S311 - of tests


def broken_by_schema(covered: Covered, ground: Ground, way: str) -> st.SearchStrategy[list[Placed]]:
    """For each place in the schema that can be broken this way, a body that is broken there and only there."""
    parts = [
        (branch, bodies, list(IN_SCHEMA[way](branch))) for branch, bodies in valid_bodies(covered, ground)
    ]

    @st.composite
    def made(draw: Draw) -> list[Placed]:
        chosen = draw(choices())
        found: list[Placed] = []
        for branch, bodies, places in parts:
            body = draw(bodies)
            for site, wrong in places:
                value = draw(wrong) if isinstance(wrong, st.SearchStrategy) else chosen.choice(wrong)
                found.append(_placed(covered, branch, body, site, value))
        return found

    return made()


def _placed(covered: Covered, branch: Schema, body: Body, site: Site, value: Any) -> Placed:
    """The body with the value at a place; what else its field needs there is valid."""
    where = f"{site.at or 'body'}: {value!r}"
    # A url is refused by the part that is wrong in it.
    fields = ("url", "protocol", "") if site.field == "url" else (site.field,)
    return Placed(where, _put(covered.entity.context(body, site.field), branch, site.path, value), fields)


def _put(container: Any, schema: Schema, path: tuple[str | int, ...], value: Any) -> Any:
    """The container with the value at the path, and with containers on the way there."""
    key, *rest = path
    part = schema.get("items", {}) if key == 0 else schema.get("properties", {}).get(key, {})
    if rest:
        present = (container[0] if container else None) if key == 0 else container.get(key)
        kind = list if rest[0] == 0 else dict
        value = _put(present if isinstance(present, kind) else kind(), part, tuple(rest), value)
    return [value, *container[1:]] if key == 0 else {**container, key: value}


def with_each_field(covered: Covered, ground: Ground) -> st.SearchStrategy[list[Placed]]:
    """For each place in the schema, a body with a valid value there, and one with null where it may be null."""
    rules = {**covered.entity.values, **references(covered, ground)}
    parts = [
        (branch, bodies, [(site, values(site.schema, rules, site.at)) for site in _freely_placed(branch)])
        for branch, bodies in valid_bodies(covered, ground)
    ]

    @st.composite
    def made(draw: Draw) -> list[Placed]:
        draw(choices())
        found: list[Placed] = []
        for branch, bodies, places in parts:
            body = draw(bodies)
            for site, valid in places:
                value = draw(valid)
                wanted = [] if value is None else [value]
                if "null" in types(site.schema) and site.field not in branch.get("required", ()):
                    wanted.append(None)
                found += [_placed(covered, branch, body, site, value) for value in wanted]
        return found

    return made()


def _freely_placed(schema: Schema) -> list[Site]:
    return [
        site for site in sites(schema) if site.path and (site.field not in REFERENCES or len(site.path) == 1)
    ]


def missing_required(covered: Covered, ground: Ground) -> st.SearchStrategy[list[Placed]]:
    """For each field that the schema requires, a body without it."""
    parts = valid_bodies(covered, ground)

    @st.composite
    def made(draw: Draw) -> list[Placed]:
        draw(choices())
        return [
            Placed(name, _without(draw(bodies), name))
            for branch, bodies in parts
            for name in branch.get("required", ())
        ]

    return made()


def _without(body: Body, name: str) -> Body:
    # A url would stand for the host.
    return {key: value for key, value in body.items() if key not in (name, "url")}


# --- in the body, by the rules beside its schema ---


def broken_by_rule(covered: Covered, ground: Ground) -> st.SearchStrategy[list[Placed]]:
    """For each value that a rule refuses, a body that breaks that rule alone."""
    entity = covered.entity
    parts = [
        (branch, bodies, {site.at: site for site in sites(branch)})
        for branch, bodies in valid_bodies(covered, ground)
    ]

    @st.composite
    def made(draw: Draw) -> list[Placed]:
        draw(choices())
        found: list[Placed] = []
        for branch, bodies, places in parts:
            body = draw(bodies)
            found += [
                _placed(covered, branch, body, places[rule.at], value)
                for rule in entity.rules
                if rule.at in places
                for value in rule.broken
            ]
            found += [
                Placed(f"{clash.fields} ({clash.source})", changed(body, clash.fields))
                for clash in entity.clashes
                if clash.of in places
            ]
        return found

    return made()


# --- around the body ---


def around_body(covered: Covered, request: Request) -> dict[str, Request]:
    """Requests whose body is right but for how it comes."""
    text = json.dumps(request.body).encode()
    return {
        "no body": replace(request, content=b""),
        "half a body": replace(request, content=text[: len(text) // 2]),
        "two bodies": replace(request, content=text * 2),
        "not JSON": replace(request, content=b"name=a"),
        "NaN": replace(request, content=b'{"name": NaN}'),
        "not UTF-8": replace(request, content=text[:-1] + b', "\xff": 1}'),
        "UTF-16": replace(request, content=text.decode().encode("utf-16")),
        "an array": replace(request, body=[request.body]),
        "a text": replace(request, body=text.decode()),
        "null": replace(request, content=b"null"),
        "a form": replace(request, content_type="application/x-www-form-urlencoded"),
        "plain text": replace(request, content_type="text/plain"),
        "no content type": replace(request, content=text, content_type=None),
    }


# --- in path and query ---


def elsewhere(covered: Covered, ground: Ground, request: Request) -> dict[str, Request]:
    """Requests for what isn't there, or can't be."""
    found: dict[str, Request] = {}
    names = covered.parameters
    for position, name in enumerate(names):
        ours = ground.path(covered).split("/")
        at = covered.operation.path.split("/")[1:].index(f"{{{name}}}")
        is_last = position == len(names) - 1 and covered.operation.path.endswith("}")
        for what, given in (("unknown", NOWHERE), ("malformed", "not an id")):
            if covered.is_core_entity and _is_fine_elsewhere(covered, name, what, is_last=is_last):
                continue
            path = [*ours[:at], given.replace(" ", "%20"), *ours[at + 1 :]]
            found[f"{what} {name}"] = replace(request, path="/".join(path))
    return found


def _is_fine_elsewhere(covered: Covered, name: str, what: str, *, is_last: bool) -> bool:
    """Whether Konnect accepts the request all the same: it creates what it is given by PUT, and what isn't there is
    deleted already (control-planes-config: the descriptions of PUT and DELETE)."""
    if name == "controlPlaneId" or (what == "malformed" and not is_last):
        return False
    if covered.operation.method == "DELETE":
        return what == "unknown" or name != "PluginId"
    return covered.operation.method == "PUT" and is_last and what == "unknown"


def wrong_query(covered: Covered, request: Request) -> dict[str, Request]:
    """Requests with a query that isn't declared, or with values that aren't allowed.

    Konnect's answer to an undeclared name isn't published; the sandbox refuses it, so that a typing error shows.
    """
    found = {"an undeclared name": replace(request, query=(("undeclared", "1"),))}
    for given in covered.operation.parameters:
        if given.location != "query":
            continue
        if "integer" in types(given.schema):
            for value in ("0", "-1", "1.5", "x", str(10**30), *_beyond(given.schema)):
                found[f"{given.name}={value}"] = replace(request, query=((given.name, value),))
            found[f"{given.name} twice"] = replace(request, query=((given.name, "1"), (given.name, "2")))
        if "boolean" in types(given.schema):
            found[f"{given.name}=maybe"] = replace(request, query=((given.name, "maybe"),))
        if given.is_deep:
            for name in ("", "[undeclared]", "[name][undeclared]", "[undeclared][eq]", "[name", "[]"):
                found[f"{given.name}{name}"] = replace(request, query=((f"{given.name}{name}", "x"),))
    return found


def _beyond(schema: Schema) -> list[str]:
    return [str(schema["maximum"] + 1)] if "maximum" in schema else []
