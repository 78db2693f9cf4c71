"""Every case of the two files of request-transformer cases, from a caller's socket to a backend's."""

from __future__ import annotations

import email
import email.policy
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from tests.sandbox.data_plane.servers import Came, World, call

CASES: list[dict[str, Any]] = [
    case
    for name in ("request_transformer_cases.json", "own_request_transformer_cases.json")
    for case in json.loads(Path(__file__).with_name(name).read_text())
]


def _target(request: dict[str, Any]) -> str:
    pairs = [
        quote(name, safe="") if value is None else f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in request["query"]
    ]
    return str(request["path"]) + ("?" + "&".join(pairs) if pairs else "")


def _read_body(came: Came) -> Any:
    kind = came.values("content-type")[0].lower()
    if "application/json" in kind:
        return json.loads(came.body)
    if "multipart/form-data" in kind:
        head = f"Content-Type: {came.values('content-type')[0]}\r\n\r\n".encode()
        message = email.message_from_bytes(head + came.body, policy=email.policy.HTTP)
        return {
            part.get_param("name", header="content-disposition"): part.get_content().rstrip("\r\n")
            for part in message.iter_parts()
        }
    read = parse_qs(came.body.decode(), keep_blank_values=True)
    return {name: values[0] if len(values) == 1 else values for name, values in read.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_request_reaches_the_backend_as_kong_would_send_it(gate: World, case: dict[str, Any]) -> None:
    gate.declared.declare(route={"preserve_host": True}, config=case["config"])
    request, expected = case["request"], case["expect"]
    body = None if request["body"] is None else request["body"].encode()

    answered = call(
        gate.port,
        request["method"],
        _target(request),
        [(name, value) for name, value in request["headers"]],
        body,
    )

    if "status" in expected:
        assert answered.status == expected["status"]
        return
    came = answered.came
    if "method" in expected:
        assert came.method == expected["method"]
    if "path" in expected:
        assert came.path == expected["path"]
    for name, values in expected.get("headers", {}).items():
        assert came.values(name) == (values or [])
    query = parse_qs(came.query, keep_blank_values=True)
    for name, values in expected.get("query", {}).items():
        assert query.get(name) == values
    if "body" in expected:
        wanted = expected["body"]
        assert (came.body.decode() if isinstance(wanted, str) else _read_body(came)) == wanted
