"""Requests of a covered operation, ready to be sent: where they go, with which query and body, and what has to be
true of a refusal."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.sandbox.konnect.generated.client import Answer, Client
from tests.sandbox.konnect.generated.entity_rules import Body, Draw
from tests.sandbox.konnect.generated.strategies import Rules, branches, values
from tests.sandbox.konnect.generated.table import Covered
from tests.specification.documents import Schema
from tests.specification.operations import Parameter

MORE = int(os.environ.get("GENERATED_EXAMPLES", "0"))
JSON = "application/json"


def generated(examples: int) -> settings:
    """So many examples, the same ones in every run; with GENERATED_EXAMPLES as many as it says, other ones each
    time."""
    return settings(
        max_examples=MORE or examples,
        derandomize=not MORE,
        database=None,
        deadline=None,
        # What fails is told by the request itself, and making it smaller takes minutes.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True)
class Request:
    """A request. `path` is relative to the host's `/v2`; `content` goes before `body`."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    content: bytes | None = None
    content_type: str | None = JSON

    def sent(self, client: Client) -> Answer:
        """The answer."""
        content = self.content
        if content is None and self.body is not None:
            content = json.dumps(self.body).encode()
        headers = {} if content is None or self.content_type is None else {"Content-Type": self.content_type}
        url = self.path + (f"?{urlencode(self.query)}" if self.query else "")
        return client.request(self.method, url, content, headers)

    def with_id(self, entity_id: str) -> Request:
        """The request about an entity of that id: its path's last part."""
        return replace(self, path=f"{self.path.rpartition('/')[0]}/{quote(entity_id, safe='')}")


@dataclass(eq=False)
class Ground:
    """Where the requests play: clients by host, and the entities that are there, by the names of the paths'
    parameters (`PluginId` below a parent: `ServiceId/PluginId`; of one provider: `azure/networkId`)."""

    clients: Mapping[str, Client]
    ids: dict[str, str] = field(default_factory=dict)

    def client(self, covered: Covered) -> Client:
        """The client for the operation's host."""
        return self.clients[covered.operation.host]

    def path(self, covered: Covered) -> str:
        """The operation's path with the ids of what is there."""
        path = covered.operation.path.removeprefix("/v2")
        names = covered.parameters
        for above, name in zip([None, *names], names, strict=False):
            own = self.ids.get(f"{covered.provider}/{name}")
            found = own or self.ids.get(f"{above}/{name}") or self.ids[name]
            path = path.replace(f"{{{name}}}", found)
        return path


# --- valid parts ---

QUERY: Rules = {
    "offset": st.just(""),
    "tags": st.from_regex("[a-z]{1,5}(,[a-z]{1,5}){0,2}|[a-z]{1,5}(/[a-z]{1,5}){0,2}", fullmatch=True),
    "sort": st.sampled_from(["created_at", "created_at desc", "created_at asc"]),
    "labels": st.from_regex("[a-z]{1,5}(:[a-z]{1,5})?(,[a-z]{1,5}){0,2}", fullmatch=True),
    "page[size]": st.integers(1, 1000),
    "page[number]": st.integers(1, 1000),
}
"""What may stand in query parameters of which the schema says too little."""


@cache
def valid_body(covered: Covered, ground: Ground) -> st.SearchStrategy[Body]:
    """Bodies that the operation accepts."""
    return st.one_of([bodies for _, bodies in valid_bodies(covered, ground)])


@cache
def valid_bodies(covered: Covered, ground: Ground) -> list[tuple[Schema, st.SearchStrategy[Body]]]:
    """Bodies that the operation accepts, for each of the schemas of which they fulfil one."""
    rules = {**covered.entity.values, **references(covered, ground)}

    def whole(schema: Schema) -> st.SearchStrategy[Body]:
        parts = values(schema, rules)

        @st.composite
        def made(draw: Draw) -> Body:
            return covered.entity.whole(draw, draw(parts))

        return made()

    return [(branch, whole(branch)) for branch in branches(covered.schema or {})]


def references(covered: Covered, ground: Ground) -> Rules:
    """References to what is there; below a parent only that one, and the schema adds null."""
    names = {"service": "ServiceId", "route": "RouteId"}
    found: dict[str, st.SearchStrategy[Any]] = {}
    for name, parameter in names.items():
        if name in (covered.schema or {}).get("properties", {}) and parameter in ground.ids:
            found[name] = st.just({"id": ground.ids[parameter]})
    found["cloud_gateway_provider_account_id"] = st.just(ground.ids["providerAccountId"])
    return found


@cache
def valid_query(covered: Covered) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """Queries that the operation accepts; every parameter may be left out."""
    parameters = [given for given in covered.operation.parameters if given.location == "query"]
    optional = {given.name: values(given.schema, QUERY, given.name) for given in parameters}
    chosen = st.fixed_dictionaries({}, optional=optional)
    return chosen.map(lambda found: tuple(_written(parameters, found)))


def _written(parameters: list[Parameter], found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        item for given in parameters if given.name in found for item in _flat(given.name, found[given.name])
    ]


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [item for key, inner in value.items() for item in _flat(f"{name}[{key}]", inner)]
    return [(name, value if isinstance(value, str) else json.dumps(value))]


# --- refusals ---


def assert_refused(answer: Answer, covered: Covered, *fields: str) -> None:
    """The answer is a 4xx in the shape of the operation's dialect; where fields are named, for them alone."""
    assert 400 <= answer.status_code < 500, f"{answer.status_code}: {answer.text}"
    named = _core_fields(answer) if covered.is_core_entity else _problem_fields(answer)
    assert not fields or {re.split(r"[.\[]", name)[0] for name in named} <= set(fields), answer.text


def _core_fields(answer: Answer) -> list[str]:
    body = answer.json()
    assert answer.content_type == JSON
    assert set(body) == {"code", "message", "details"}
    assert body["code"] == {400: 3, 404: 5, 405: 12}[answer.status_code]
    assert body["message"]
    for detail in body["details"]:
        assert detail["@type"] == "type.googleapis.com/kong.admin.model.v1.ErrorDetail"
        assert detail["type"] in ("ERROR_TYPE_FIELD", "ERROR_TYPE_ENTITY", "ERROR_TYPE_REFERENCE")
        assert detail["messages"]
        assert all(isinstance(message, str) and message for message in detail["messages"])
    return [detail.get("field", "") for detail in body["details"]]


def _problem_fields(answer: Answer) -> list[str]:
    body = answer.json()
    assert answer.content_type == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    assert re.fullmatch("(konnect|kong):trace:[0-9]+", body["instance"])
    assert (answer.status_code == 400) == bool(body.get("invalid_parameters"))
    for parameter in body.get("invalid_parameters", ()):
        assert parameter["field"]
        assert parameter["reason"]
    return [parameter["field"] for parameter in body.get("invalid_parameters", ())]
