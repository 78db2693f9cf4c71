from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.specification.exceptions import EXCEPTIONS, Excepted
from tests.specification.suite import judged
from tests.specification.traffic import Exchange

UNKNOWN = Exchange("GET", "/us/v2/nothing", agent="kong-secure/1")
NOTHING = Excepted("nothing", "A reason.", kind="unknown path", path="/*/v2/nothing")


def test_what_is_excepted_is_no_violation_and_tells_the_exception_that_was_needed() -> None:
    assert judged([UNKNOWN], [NOTHING]) == ([], {"nothing"})


def test_an_exception_holds_for_nothing_else() -> None:
    others = [
        replace(NOTHING, kind="undeclared method"),
        replace(NOTHING, path="/*/v2/something"),
        replace(NOTHING, method="PUT"),
        replace(NOTHING, statuses=(404,)),
        replace(NOTHING, where="/v1/*"),
        replace(NOTHING, message="*reason*"),
        replace(NOTHING, content="*x*"),
    ]
    violations, used = judged([UNKNOWN], others)
    assert len(violations) == 1
    assert violations[0].startswith("GET /us/v2/nothing (no answer)\n    unknown path, /v2/nothing: ")
    assert used == set()


def test_every_exception_has_a_name_of_its_own_and_a_reason() -> None:
    assert len({known.name for known in EXCEPTIONS}) == len(EXCEPTIONS)
    assert all(known.reason.endswith(".") for known in EXCEPTIONS)


def test_only_an_undeclared_method_may_be_answered_with_405() -> None:
    body = {"code": 12, "message": "Method Not Allowed", "details": []}
    path = "/us/v2/control-planes/9524ec7d-36d9-465d-a8c5-83a3c9390458/core-entities/services"
    answered: dict[str, Any] = {
        "status": 405,
        "answer_type": "application/json",
        "answer": json.dumps(body).encode(),
    }
    assert judged([Exchange("PATCH", path, **answered)]) == ([], {"method not allowed"})
    violations, used = judged([Exchange("GET", path, **answered)])
    assert len(violations) == 1
    assert used == set()
