"""Ways to break a valid request, each in one place only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.sandbox.konnect.generated.entity_rules import NOWHERE, Body, Draw
from tests.sandbox.konnect.generated.requests import Ground, Request, valid_body
from tests.sandbox.konnect.generated.strategies import Site, branches, sites, types, values
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


def undeclared_field(schema: Schema) -> Iterator[tuple[Site, st.SearchStrategy[Any]]]:
    """One more field, in an object that declares all it may have."""
    for site in sites(schema):
        if site.schema.get("additionalProperties") is False:
            inner = Site((*site.path, "undeclared"), {}, site.at)
            yield inner, st.sampled_from([None, 1, "x", {}])


def wrong_type(schema: Schema) -> Iterator[tuple[Site, st.SearchStrategy[Any]]]:
    """A value of another type, and null where it isn't allowed."""
    for site in sites(schema):
        allowed = types(site.schema)
        if not site.path or "type" not in site.schema:
            continue
        if "null" not in allowed:
            yield site, st.none()
        wrong = [
            value
            for kind, examples in _OTHERS.items()
            for value in examples
            if kind not in (*allowed, "null") and not (kind == "integer" and "number" in allowed)
        ]
        yield site, st.sampled_from(wrong)


def out_of_bounds(schema: Schema) -> Iterator[tuple[Site, st.SearchStrategy[Any]]]:
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
            yield site, st.sampled_from(wrong)
        if "maxItems" in site.schema:
            most = site.schema["maxItems"]
            item = values(site.schema["items"], {})
            yield site, st.lists(item, min_size=most + 1, max_size=most + 1)


def not_one_of(schema: Schema) -> Iterator[tuple[Site, st.SearchStrategy[Any]]]:
    """A value of the right type that isn't among the choices."""
    for site in sites(schema):
        if "enum" in site.schema:
            wrong = (
                [0, 303]
                if "integer" in types(site.schema)
                else ["", "other", *map(str.swapcase, _texts(site))]
            )
            yield site, st.sampled_from(wrong)


def _texts(site: Site) -> list[str]:
    return [choice for choice in site.schema["enum"] if isinstance(choice, str)]


def not_matching(schema: Schema) -> Iterator[tuple[Site, st.SearchStrategy[Any]]]:
    """A text that doesn't match its pattern."""
    for site in sites(schema):
        # What a pattern of ours says more narrowly than Kong is no reason for a refusal.
        if "pattern" in site.schema and not site.at.startswith("config"):
            yield site, st.sampled_from(["", " ", "-", "a b", "é", "a\n", ".a"])


IN_SCHEMA: dict[str, Callable[[Schema], Iterator[tuple[Site, st.SearchStrategy[Any]]]]] = {
    "an undeclared field": undeclared_field,
    "a wrong type": wrong_type,
    "out of bounds": out_of_bounds,
    "not one of the choices": not_one_of,
    "not matching": not_matching,
}


Broken = list[tuple[str, Body]]
"""Where a body is broken, and the body."""


def broken_by_schema(covered: Covered, way: str) -> st.SearchStrategy[Broken]:
    """For each place in the schema that can be broken this way, a body that is broken there and only there."""
    rules = {
        **covered.entity.values,
        "name": st.just("request-transformer" if _is_plugin(covered) else "broken"),
    }

    @st.composite
    def made(draw: Draw) -> Broken:
        found: Broken = []
        for branch in branches(covered.schema or {}):
            body = covered.entity.whole(draw, draw(values(branch, rules)))
            for site, wrong in IN_SCHEMA[way](branch):
                value = draw(wrong)
                found.append((f"{site.at or 'body'}: {value!r}", _put(draw, body, branch, site.path, value)))
        return found

    return made()


def _is_plugin(covered: Covered) -> bool:
    return "config" in (covered.schema or {}).get("properties", {})


def _put(draw: Draw, container: Any, schema: Schema, path: tuple[str | int, ...], value: Any) -> Any:
    """The container with the value at the path; what is absent on the way there is made, valid."""
    key, *rest = path
    made = deepcopy(container)
    properties = schema.get("properties", {})
    part = (
        schema.get("items", {}) if key == 0 else properties.get(key, schema.get("additionalProperties") or {})
    )
    if rest:
        present = (made[0] if made else None) if key == 0 else made.get(key)
        kind = "array" if rest[0] == 0 else "object"
        if not isinstance(present, list if kind == "array" else dict):
            present = [] if kind == "array" else draw(values({**part, "type": "object"}, {}))
        value = _put(draw, present, part, tuple(rest), value)
    if key == 0:
        return [value, *made[1:]]
    return {**made, key: value}


def missing_required(covered: Covered, ground: Ground) -> st.SearchStrategy[Broken]:
    """For each field that the schema requires, a body without it."""
    names = [name for branch in branches(covered.schema or {}) for name in branch.get("required", ())]
    return valid_body(covered, ground).map(lambda body: [(name, _without(body, name)) for name in names])


def _without(body: Body, name: str) -> Body:
    # A url would stand for the host.
    return {key: value for key, value in body.items() if key not in (name, "url")}


# --- in the body, by the rules beside its schema ---


def broken_by_rule(covered: Covered) -> st.SearchStrategy[Broken]:
    """For each value that a rule refuses, a body that breaks that rule alone."""
    entity = covered.entity

    @st.composite
    def made(draw: Draw) -> Broken:
        found: Broken = []
        for branch in branches(covered.schema or {}):
            body = entity.whole(draw, draw(values(branch, entity.values)))
            places = {site.at: site for site in sites(branch)}
            for rule in entity.rules:
                for value in rule.broken if rule.at in places else ():
                    plain = _parted(body) if rule.at in ("host", "path") else body
                    path = places[rule.at].path
                    found.append((f"{rule.at} ({rule.source})", _put(draw, plain, branch, path, value)))
            found += [(name, _changed(body, change)) for name, change in entity.broken_whole.items()]
        return found

    return made()


def _parted(body: Body) -> Body:
    """A service's body without its url, which would go before its parts."""
    return {"host": "h", **{name: value for name, value in body.items() if name != "url"}}


def _changed(body: Body, change: Body) -> Body:
    kept = (_parted(body) if "url" in body and "url" not in change else body) | change
    return {name: value for name, value in kept.items() if name not in change or value is not None}


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
