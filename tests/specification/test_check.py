from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.specification.check import findings
from tests.specification.traffic import Exchange

PLANE = "/us/v2/control-planes/9524ec7d-36d9-465d-a8c5-83a3c9390458"
PLUGINS = f"{PLANE}/core-entities/plugins"
ID = "3473c251-5b6c-4f45-b1ff-7ede735a366d"
LISTS: dict[str, Any] = {"body": [], "headers": [], "querystring": []}
CONFIG: dict[str, Any] = {
    "http_method": None,
    "remove": LISTS,
    "rename": LISTS,
    "replace": {**LISTS, "uri": None},
    "add": {**LISTS, "headers": ["Authorization:Bearer a:b"]},
    "append": LISTS,
}
ASKED: dict[str, Any] = {"name": "request-transformer", "config": {"add": {"headers": ["Authorization:x"]}}}
ANSWERED: dict[str, Any] = {"id": ID, "name": "request-transformer", "config": CONFIG, "service": None}
DETAIL = {
    "@type": "type.googleapis.com/kong.admin.model.v1.ErrorDetail",
    "type": "ERROR_TYPE_REFERENCE",
    "field": "name",
    "messages": ["name (type: unique) constraint failed"],
}
CONFLICT = {"code": 3, "message": "data constraint error", "details": [DETAIL]}
PROBLEM = {"status": 404, "title": "Not Found", "instance": "konnect:trace:1", "detail": "Not Found"}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _put(**changes: Any) -> Exchange:
    """A plugin put by this project's client, as it should be but for the changes."""
    exchange = Exchange(
        method="PUT",
        path=f"{PLUGINS}/{ID}",
        agent="kong-secure/1",
        content_type="application/json",
        content=_json(ASKED),
        status=200,
        answer_type="application/json",
        answer=_json(ANSWERED),
    )
    return replace(exchange, **changes)


def _error(status: int, body: object, media_type: str = "application/json", **changes: Any) -> Exchange:
    return _put(status=status, answer=_json(body), answer_type=media_type, **changes)


def _get(path: str, **changes: Any) -> Exchange:
    return Exchange("GET", path, agent="kong-secure/1", **changes)


def _configured(**config: Any) -> bytes:
    return _json({**ASKED, "config": config})


def _kinds(exchange: Exchange) -> list[tuple[str, str]]:
    return [(finding.kind, finding.where) for finding in findings(exchange)]


@pytest.mark.parametrize(
    "exchange",
    [
        _put(),
        _put(answer_type="application/json; charset=utf-8"),
        _put(content=_configured(add=None, http_method="GET")),
        _put(content=_json({"name": "cors", "config": {"any": 1}})),
        _get("/us/v2/control-planes", query="filter[name][eq]=a%20b&page[size]=10&page[number]="),
        _get("/us/v2/control-planes", query="filter[cloud_gateway]=true"),
        _get("/global/v2/cloud-gateways/networks", query="filter[state][eq]=ready"),
        _get(f"{PLUGINS}/{ID}", query="expand_partials=true"),
        _error(400, CONFLICT),
        _error(400, {**CONFLICT, "code": 6}),
        _error(409, {**CONFLICT, "code": 6}),
        _error(429, {"message": "API rate limit exceeded"}),
        _error(401, {"message": "Unauthorized", "status": 401}),
        _put(method="DELETE", content=b"", content_type=None, status=204, answer=b"", answer_type=None),
    ],
)
def test_what_is_declared_is_no_finding(exchange: Exchange) -> None:
    assert findings(exchange) == []


@pytest.mark.parametrize(
    ("exchange", "kind", "where"),
    [
        (_get("/us/v2/control-plane"), "unknown path", "/v2/control-plane"),
        (_get("/global/v2/control-planes"), "unknown path", "/v2/control-planes"),
        (_get("/moon/v2/control-planes"), "unknown path", "/v2/control-planes"),
        (_put(method="PATCH", status=None), "undeclared method", "PATCH"),
        (_get(PLUGINS, query="page[size]=1"), "undeclared query name", "page[size]"),
        (_get(PLUGINS, query="filter[id][eq]=1"), "undeclared query name", "filter[id][eq]"),
        (_get("/us/v2/control-planes", query="filter=1"), "undeclared query name", "filter"),
        (_get("/us/v2/control-planes", query="filter[name][starts]=1"), "query parameter", "filter"),
        (_get(PLUGINS, query="size=1001"), "query parameter", "size"),
        (_get(PLUGINS, query="size=ten"), "query parameter", "size"),
        (_get(PLUGINS, query="size="), "query parameter", "size"),
        (_get(PLUGINS, query="size=1&size=2"), "query parameter", "size"),
        (_get(f"{PLUGINS}/{ID}", query="expand_partials=yes"), "query parameter", "expand_partials"),
        (_get("/us/v2/control-planes/demo"), "path parameter", "{controlPlaneId}"),
        (_put(content=b""), "request body", "$"),
        (_put(content=b"{"), "request body", "$"),
        (_put(content=_json({**ASKED, "colour": "red"})), "request body", "$"),
        (_put(content=_json({"config": {}})), "request body", "$"),
        (_put(content=_json({**ASKED, "enabled": "yes"})), "request body", "$.enabled"),
        (_put(content=_json({**ASKED, "service": {"name": "x"}})), "request body", "$.service"),
        (_put(content=_configured(adds={})), "request body", "$.config"),
        (_put(content=_configured(add={"header": []})), "request body", "$.config.add"),
        (_put(content=_configured(add={"uri": "/"})), "request body", "$.config.add"),
        (_put(content=_configured(add={"headers": ["nocolon"]})), "request body", "$.config.add.headers[0]"),
        (_put(content_type="text/plain"), "request content type", "text/plain"),
        (_put(method="DELETE", status=None), "request body", "$"),
        (_put(status=201), "undeclared status", "201"),
        (_put(answer_type="text/html"), "answer content type", "text/html"),
        (_put(answer=b"<not json>"), "answer body", "$"),
        (_put(answer=_json({**ANSWERED, "colour": "red"})), "answer body", "$"),
        (_put(answer=_json({**ANSWERED, "tags": "a"})), "answer body", "$.tags"),
        (_put(answer=_json({**ANSWERED, "name": None})), "answer body", "$.name"),
        (_put(answer=_json({"name": "request-transformer"})), "answer body", "$"),
        (_put(answer=_json({**ANSWERED, "config": {**CONFIG, "add": {}}})), "answer body", "$.config.add"),
        (_put(answer=_json({**ANSWERED, "config": {"add": LISTS}})), "answer body", "$.config"),
        (_error(409, {**CONFLICT, "code": 3}), "answer body", "$.code"),
        (_error(400, {**CONFLICT, "details": [{"field": "x"}]}), "answer body", "$.details[0]"),
        (_error(400, PROBLEM, "application/problem+json"), "answer content type", "application/problem+json"),
        (_error(429, CONFLICT), "undeclared status", "429"),
    ],
)
def test_what_is_not_declared_is_found_where_it_is(exchange: Exchange, kind: str, where: str) -> None:
    assert (kind, where) in _kinds(exchange)


@pytest.mark.parametrize(
    ("change", "where"),
    [({"status": 400}, "$.status"), ({"instance": "1"}, "$.instance"), ({"detail": None}, "$.detail")],
)
def test_a_problem_repeats_its_status_and_carries_a_trace_id(change: dict[str, Any], where: str) -> None:
    answer = {"status": 404, "answer_type": "application/problem+json"}
    assert findings(_get(PLANE, answer=_json(PROBLEM), **answer)) == []
    assert ("answer body", where) in _kinds(_get(PLANE, answer=_json({**PROBLEM, **change}), **answer))


def test_what_a_test_sends_by_hand_may_be_broken_where_it_is_refused() -> None:
    broken = _json({**ASKED, "colour": "red"})
    assert findings(_error(400, CONFLICT, agent="python", content=broken)) == []
    assert _kinds(_error(400, CONFLICT, content=broken)) == [("request body", "$")]
    assert _kinds(_put(agent="python", content=broken)) == [("request body", "$")]


def test_of_a_path_that_is_unknown_only_the_gateway_says_anything() -> None:
    said = {"message": "no Route matched with those values", "request_id": "0" * 32}
    unknown = replace(_error(404, said), path="/us/v2/nothing", agent="python")
    assert findings(unknown) == []
    assert ("undeclared status", "404") in _kinds(replace(unknown, answer=_json(CONFLICT)))
    assert ("undeclared status", "200") in _kinds(replace(unknown, status=200))


def test_where_there_is_an_operation_the_gateway_in_front_says_no_more_than_that_it_is_too_much() -> None:
    said = {"message": "no Route matched with those values", "request_id": "0" * 32}
    assert _kinds(_error(404, said)) == [("answer of the gateway in front", "404")]
    assert _kinds(_error(414, {**said, "message": "URI too long"})) == [
        ("answer of the gateway in front", "414")
    ]


def test_at_a_server_with_a_script_what_is_no_path_of_konnects_is_nothing_to_check() -> None:
    assert findings(_get("/us/v2/nothing", fault="script")) == []
    assert _kinds(_get(f"{PLANE}/core-entity/plugins", fault="script")) == [
        ("unknown path", PLANE.removeprefix("/us") + "/core-entity/plugins")
    ]
    assert _kinds(_get(f"{PLUGINS}/{ID}", query="size=1", fault="script")) == [
        ("undeclared query name", "size")
    ]


def test_a_fault_on_demand_exempts_the_answer_and_not_the_request() -> None:
    assert findings(_error(418, "<broken>", fault="answer")) == []
    assert findings(_error(418, "<broken>"))
    assert _kinds(_error(418, "<broken>", fault="answer", content=b"{")) == [("request body", "$")]
