"""Valid requests are accepted, and what they ask for is what is answered and kept."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.konnect.generated.breaking import Placed, with_each_field
from tests.sandbox.konnect.generated.client import Client
from tests.sandbox.konnect.generated.conftest import LONG
from tests.sandbox.konnect.generated.requests import Ground, Request, generated, valid_body, valid_query
from tests.sandbox.konnect.generated.table import COVERED, WITH_BODY, Covered
from tests.world import World

READS = [covered for covered in COVERED if covered.operation.method == "GET"]
AT_ONCE = [covered for covered in WITH_BODY if not covered.takes_time]
IN_TIME = [covered for covered in WITH_BODY if covered.takes_time]
DELETES = [covered for covered in COVERED if covered.operation.method == "DELETE" and not covered.takes_time]
PUTS = [covered for covered in COVERED if covered.operation.method == "PUT"]
EXAMPLES = 15


@pytest.mark.parametrize("covered", READS, ids=str)
def test_a_valid_read_is_answered(ground: Ground, covered: Covered) -> None:
    @generated(10)
    @given(valid_query(covered))
    def check(query: tuple[tuple[str, str], ...]) -> None:
        answer = Request("GET", ground.path(covered), query).sent(ground.client(covered))
        assert answer.status_code == 200, answer.text
        if covered.is_list:
            assert isinstance(answer.json()["data"], list)

    check()


@pytest.mark.parametrize("covered", AT_ONCE, ids=str)
def test_a_valid_body_is_accepted_and_answered(ground: Ground, covered: Covered) -> None:
    client = ground.client(covered)

    @generated(EXAMPLES)
    @given(valid_body(covered, ground), st.uuids().map(str))
    def check(body: dict[str, Any], wanted: str) -> None:
        request = Request(covered.operation.method, ground.path(covered), body=body)
        if request.method == "PATCH":
            _patched(client, request, covered)
            return
        if request.method == "PUT":
            request = request.with_id(wanted)
        answer = request.sent(client)
        assert answer.status_code == (201 if request.method == "POST" else 200), answer.text
        kept = answer.json()
        single = request if request.method == "PUT" else replace(request, path=f"{request.path}/{kept['id']}")
        try:
            _assert_echoed(body if request.method == "POST" else {**body, "id": wanted}, kept, covered)
            assert replace(single, method="GET", body=None).sent(client).json() == kept
            if request.method == "PUT":
                again = request.sent(client).json()
                assert {**again, "updated_at": 0} == {**kept, "updated_at": 0}
        finally:
            _deleted(client, single, covered)

    check()


@pytest.mark.parametrize("covered", PUTS, ids=str)
def test_every_field_is_accepted_where_it_may_stand(ground: Ground, covered: Covered) -> None:
    """What is broken elsewhere in one place only would be accepted without that."""
    client = ground.client(covered)

    @generated(1)
    @given(with_each_field(covered, ground), st.uuids().map(str))
    def check(bodies: list[Placed], wanted: str) -> None:
        request = Request("PUT", ground.path(covered)).with_id(wanted)
        for each in bodies:
            answer = replace(request, body=each.body).sent(client)
            assert answer.status_code == 200, f"{each.where}: {answer.text}, for {each.body}"
            _assert_echoed({**each.body, "id": wanted}, answer.json(), covered)
        _deleted(client, request, covered)

    check()


@pytest.mark.parametrize("covered", DELETES, ids=str)
def test_what_was_made_is_deleted(ground: Ground, covered: Covered) -> None:
    client = ground.client(covered)
    collection = covered.operation.path.rpartition("/")[0]
    (creates,) = [
        found for found in COVERED if found.operation.method == "POST" and found.operation.path == collection
    ]

    @generated(5)
    @given(valid_body(creates, ground))
    def check(body: dict[str, Any]) -> None:
        made = Request("POST", ground.path(creates), body=body).sent(client)
        assert made.status_code == 201, made.text
        single = Request("DELETE", f"{ground.path(creates)}/{made.json()['id']}")
        _deleted(client, single, covered)
        assert replace(single, method="GET").sent(client).status_code == 404

    check()


@pytest.mark.parametrize("covered", IN_TIME, ids=str)
def test_a_valid_body_of_what_takes_time_is_accepted_and_answered(
    world: World, ground: Ground, covered: Covered
) -> None:
    client, method = ground.client(covered), covered.operation.method

    @generated(EXAMPLES)
    @given(valid_body(covered, ground))
    def check(body: dict[str, Any]) -> None:
        request = Request(method, ground.path(covered), body=body)
        answer = request.sent(client)
        assert answer.status_code == (201 if method == "POST" else 200), answer.text
        kept = answer.json()
        _assert_echoed(body, kept, covered)
        single = request.path if method == "PATCH" else f"{request.path}/{kept['id']}"
        assert Request("GET", single).sent(client).json()["id"] == kept["id"]
        world.turn_clock(LONG)
        world.turn_clock(LONG)  # one step may begin another
        if method == "POST":
            assert Request("DELETE", single).sent(client).status_code == 204
            world.turn_clock(LONG)

    check()


def _deleted(client: Client, single: Request, covered: Covered) -> None:
    """Deletes what a test made. A core entity is deleted twice, a control plane once."""
    delete = replace(single, method="DELETE", body=None)
    assert delete.sent(client).status_code == 204
    assert delete.sent(client).status_code == (204 if covered.is_core_entity else 404)


def _patched(client: Client, request: Request, covered: Covered) -> None:
    read = replace(request, method="GET", body=None)
    before = read.sent(client).json()
    answer = request.sent(client)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert read.sent(client).json() == after
    _assert_echoed(request.body, after, covered)
    for name, value in before.items():
        if name not in request.body and name not in ("config", "updated_at", "entity_version"):
            assert after[name] == value
    # Back to what it was: a name is unique.
    changed = {name: before[name] for name in request.body if name in before}
    assert replace(request, body=changed).sent(client).status_code == 200


def _assert_echoed(sent: dict[str, Any], kept: dict[str, Any], covered: Covered) -> None:
    """Everything that was sent is in the answer; null asked for the default."""
    uuid.UUID(kept["id"])
    if sent.get("url"):
        parts = urlsplit(sent["url"])
        assert (kept["protocol"], kept["host"], kept["path"]) == (
            parts.scheme,
            parts.hostname,
            parts.path or None,
        )
        assert parts.port in (None, kept["port"])
    for name, value in sent.items():
        if value is None or name in covered.entity.write_only:
            continue
        # A control plane answers some of what it was given in an object of its own.
        found = kept[name] if name in kept else kept["config"][name]
        assert _is_within(value, found), f"{name}: sent {value!r}, answered {found!r}"


def _is_within(sent: Any, kept: Any) -> bool:
    if isinstance(sent, dict) and isinstance(kept, dict):
        return all(value is None or _is_within(value, kept.get(name)) for name, value in sent.items())
    return bool(sent == kept)
