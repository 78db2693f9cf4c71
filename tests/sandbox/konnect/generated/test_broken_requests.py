"""Requests broken in one way are refused with a 4xx in Konnect's shape, and change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.sandbox.konnect.generated.breaking import (
    IN_SCHEMA,
    Placed,
    around_body,
    broken_by_rule,
    broken_by_schema,
    elsewhere,
    missing_required,
    wrong_query,
)
from tests.sandbox.konnect.generated.conftest import CONTENT
from tests.sandbox.konnect.generated.requests import Ground, Request, assert_refused, generated, valid_body
from tests.sandbox.konnect.generated.table import COVERED, WITH_BODY, Covered
from tests.world import World

EXAMPLES = 1
"""Of each, as every example breaks a body in each of its places."""


@pytest.fixture(scope="module", autouse=True)
def _unchanged(world: World, ground: Ground) -> Iterator[None]:
    """Nothing that is refused leaves a trace."""
    before = _everything(ground)
    yield
    assert _everything(ground) == before


def _everything(ground: Ground) -> list[Any]:
    regional = ground.clients["regional"]
    base = f"/control-planes/{ground.ids['controlPlaneId']}/core-entities"
    paths = ["/control-planes", *(base + path for path in CONTENT)]
    found = [Request("GET", path).sent(regional).json()["data"] for path in paths]
    networks = "/cloud-gateways/networks"
    for path in (networks, f"{networks}/{ground.ids['networkId']}/transit-gateways"):
        found.append(Request("GET", path).sent(ground.clients["global"]).json()["data"])
    return found


def _all_refused(ground: Ground, covered: Covered, broken: list[Placed]) -> None:
    for each in broken:
        request = Request(covered.operation.method, ground.path(covered), body=each.body)
        answer = request.sent(ground.client(covered))
        try:
            assert_refused(answer, covered, *each.fields)
        except AssertionError as failed:
            failed.add_note(f"{each.where}, in {each.body}")
            raise


@pytest.mark.parametrize("way", IN_SCHEMA)
@pytest.mark.parametrize("covered", WITH_BODY, ids=str)
def test_a_value_that_the_schema_does_not_allow_is_refused(
    ground: Ground, covered: Covered, way: str
) -> None:
    @generated(EXAMPLES)
    @given(broken_by_schema(covered, ground, way))
    def check(broken: list[Placed]) -> None:
        _all_refused(ground, covered, broken)

    check()


@pytest.mark.parametrize("covered", WITH_BODY, ids=str)
def test_a_body_without_a_required_field_is_refused(ground: Ground, covered: Covered) -> None:
    @generated(EXAMPLES)
    @given(missing_required(covered, ground))
    def check(broken: list[Placed]) -> None:
        _all_refused(ground, covered, broken)

    check()


@pytest.mark.parametrize("covered", WITH_BODY, ids=str)
def test_a_body_that_breaks_a_rule_beside_the_schema_is_refused(ground: Ground, covered: Covered) -> None:
    @generated(EXAMPLES)
    @given(broken_by_rule(covered, ground))
    def check(broken: list[Placed]) -> None:
        _all_refused(ground, covered, broken)

    check()


@pytest.mark.parametrize("covered", WITH_BODY, ids=str)
def test_a_body_that_comes_in_another_way_is_refused(ground: Ground, covered: Covered) -> None:
    @generated(2)
    @given(valid_body(covered, ground))
    def check(body: dict[str, Any]) -> None:
        if not body:
            body = {"name": "not empty"}
        request = Request(covered.operation.method, ground.path(covered), body=body)
        for name, broken in around_body(covered, request).items():
            note(name)
            assert_refused(broken.sent(ground.client(covered)), covered)

    check()


@pytest.mark.parametrize("covered", COVERED, ids=str)
def test_what_is_not_there_and_what_cannot_be_asked_is_refused(ground: Ground, covered: Covered) -> None:
    bodies = st.none() if covered.schema is None else valid_body(covered, ground)

    @generated(1)
    @given(bodies)
    def check(body: dict[str, Any] | None) -> None:
        request = Request(covered.operation.method, ground.path(covered), body=body)
        broken = {**elsewhere(covered, ground, request), **wrong_query(covered, request)}
        for name, each in broken.items():
            note(name)
            assert_refused(each.sent(ground.client(covered)), covered)

    check()
