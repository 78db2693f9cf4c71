"""The sample backend: whom it lets in, and that it never repeats a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kong_secure.sandbox.backend import Demand, backend
from tests.sandbox.data_plane.servers import call, serve

SECRET = "correct-horse-battery"


@dataclass
class Backend:
    """The backend of a module: its port, and what it demands at the moment."""

    port: int = 0
    demand: Demand | None = None


@pytest.fixture(scope="module")
def served() -> Iterator[Backend]:
    made = Backend()
    with serve(backend(lambda: made.demand)) as made.port:
        yield made


@pytest.fixture
def sample(served: Backend) -> Backend:
    served.demand = Demand("Authorization", "Bearer", SECRET)
    return served


def test_without_a_demand_it_answers_503(sample: Backend) -> None:
    sample.demand = None
    answered = call(sample.port)
    assert answered.status == 503
    assert "no secret given" in answered.message


def test_the_demanded_header_lets_a_request_through_and_its_value_is_not_repeated(sample: Backend) -> None:
    sent = [("Authorization", f"Bearer {SECRET}"), ("X-Other", "other-value")]
    answered = call(sample.port, "PATCH", "/any/path?token=in-query", sent, b"{}")
    shown = json.loads(answered.content)
    assert answered.status == 200
    assert (shown["method"], shown["path"]) == ("PATCH", "/any/path")
    assert {"authorization", "x-other", "host"} <= set(shown["headers"])
    for hidden in (SECRET, "other-value", "in-query"):
        assert hidden not in answered.content.decode()
        assert hidden not in str(answered.headers)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([], "none came"),
        ([""], "a wrong one came"),
        ([SECRET], "a wrong one came"),
        ([f"bearer {SECRET}"], "a wrong one came"),
        ([f"Bearer  {SECRET}"], "a wrong one came"),
        ([f"Bearer {SECRET}x"], "a wrong one came"),
        ([f"Bearer {SECRET[:-1]}"], "a wrong one came"),
        (["Bearer \xe9"], "a wrong one came"),
        ([f"Bearer {SECRET}"] * 2, "2 came"),
        ([f"Bearer {SECRET}", "Bearer other"], "2 came"),
        ([f"Bearer {SECRET}, Bearer {SECRET}"], "a wrong one came"),
    ],
)
def test_anything_but_exactly_one_right_value_is_401(sample: Backend, values: list[str], what: str) -> None:
    answered = call(sample.port, headers=[("Authorization", value) for value in values])
    assert answered.status == 401
    assert what in answered.message
    assert answered.values("www-authenticate") == ['Bearer realm="sample backend", header="Authorization"']
    assert SECRET not in answered.content.decode()


def test_without_a_scheme_the_header_holds_the_secret_alone(sample: Backend) -> None:
    sample.demand = Demand("X-Api-Key", "", SECRET)
    assert call(sample.port, headers=[("x-api-key", SECRET)]).status == 200
    refused = call(sample.port, headers=[("x-api-key", f"Bearer {SECRET}")])
    assert refused.status == 401
    assert refused.values("www-authenticate") == ['SharedSecret realm="sample backend", header="X-Api-Key"']


def test_a_new_demand_counts_from_the_next_request(sample: Backend) -> None:
    sample.demand = Demand("Authorization", "Bearer", "another-secret")
    assert call(sample.port, headers=[("Authorization", f"Bearer {SECRET}")]).status == 401
    assert call(sample.port, headers=[("Authorization", "Bearer another-secret")]).status == 200


def test_a_refused_body_does_not_disturb_the_next_request(sample: Backend) -> None:
    assert call(sample.port, "POST", body=b"x" * 500_000).status == 401
    assert call(sample.port, headers=[("Authorization", f"Bearer {SECRET}")]).status == 200


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"secret": "s"}, ("Authorization", "Bearer")),
        ({"header": "authorization", "secret": "s"}, ("authorization", "Bearer")),
        ({"header": "X-Key", "secret": "s"}, ("X-Key", "")),
        ({"header": "X-Key", "scheme": None, "secret": "s"}, ("X-Key", "")),
        ({"header": "Authorization", "scheme": "", "secret": "s"}, ("Authorization", "")),
        ({"header": "X-Key", "scheme": "Token", "secret": "s"}, ("X-Key", "Token")),
    ],
)
def test_a_demand_left_out_in_part_has_defaults(payload: dict[str, str], expected: tuple[str, str]) -> None:
    demand = Demand.parse(payload)
    assert (demand.header, demand.scheme, demand.secret) == (*expected, "s")


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ("hush", "object"),
        ({}, "secret"),
        ({"secret": ""}, "secret"),
        ({"secret": " hush"}, "secret"),
        ({"secret": "hush\r\nX: y"}, "secret"),
        ({"secret": "hush\n"}, "secret"),
        ({"secret": "hüsh"}, "secret"),
        ({"secret": 5}, "secret"),
        ({"header": "X Key", "secret": "hush"}, "header"),
        ({"header": "", "secret": "hush"}, "header"),
        ({"header": 1, "secret": "hush"}, "header"),
        ({"scheme": "a b", "secret": "hush"}, "scheme"),
        ({"secret": "hush", "secrets": "hush"}, "secrets"),
    ],
)
def test_what_can_not_be_demanded_is_refused_by_field_and_without_the_secret(
    payload: object, word: str
) -> None:
    with pytest.raises(ValueError, match=word) as caught:
        Demand.parse(payload)
    assert "hush" not in str(caught.value)


def test_the_representation_of_a_demand_hides_the_secret() -> None:
    assert SECRET not in repr(Demand("Authorization", "Bearer", SECRET))
