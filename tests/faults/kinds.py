"""The ways in which a call can go wrong, for the tests of this folder. What must follow is said in the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from kong_secure import errors
from kong_secure.konnect import transport

SLOWER_SECONDS = 2.0
"""How late the answer of a slow call comes; see `impatient`."""


@dataclass(frozen=True)
class Kind:
    """One kind of fault: how it is set, the error of who gives up on it, and what the first wait must be.

    waits: least and most seconds; without a Retry-After those of the first back-off.
    """

    name: str
    fault: dict[str, Any]
    error: type[errors.KonnectError]
    waits: tuple[float, float] = (0.5, 0.5)


def _answer(status: int, **more: Any) -> dict[str, Any]:
    return {"kind": "answer", "status": status, **more}


PASSING = (
    Kind("429", _answer(429), errors.RateLimited),
    Kind("429-in-seconds", _answer(429, retry_after=7), errors.RateLimited, (7, 7)),
    Kind("429-at-a-date", _answer(429, retry_after="+7"), errors.RateLimited, (5, 7)),
    Kind("500", _answer(500), errors.Unavailable),
    Kind("502", _answer(502), errors.Unavailable),
    Kind("503-in-seconds", _answer(503, retry_after=3), errors.Unavailable, (3, 3)),
    Kind("504", _answer(504), errors.Unavailable),
    Kind("cut-before", {"kind": "cut_before"}, errors.Unavailable),
    Kind("cut-after", {"kind": "cut_after"}, errors.Unavailable),
    Kind("slow", {"kind": "slow", "seconds": SLOWER_SECONDS}, errors.TimedOut),
    Kind("malformed", {"kind": "malformed"}, errors.Unavailable),
    Kind("truncated", {"kind": "truncated"}, errors.Unavailable),
)
"""Worth another try."""

REFUSALS = (
    Kind("401", _answer(401), errors.Unauthorized),
    Kind("403", _answer(403), errors.Denied),
    Kind(
        "403-quota",
        _answer(403, body={"status": 403, "title": "Quota Exceeded", "detail": "Maximum number exceeded."}),
        errors.QuotaExceeded,
    ),
    Kind("400", _answer(400), errors.Invalid),
)
"""Final: never asked again."""

MISSHAPEN = (
    Kind("list", {"kind": "misshapen"}, errors.Unavailable),
    Kind("text", {"kind": "misshapen", "body": "moved"}, errors.Unavailable),
    Kind("empty", {"kind": "misshapen", "body": {}}, errors.Unavailable),
    Kind("no-list", {"kind": "misshapen", "body": {"data": {"id": 1}}}, errors.Unavailable),
    Kind("members", {"kind": "misshapen", "body": {"data": [7], "id": 5, "config": []}}, errors.Unavailable),
)
"""JSON that isn't what the specification says: final too, as asking again hardly makes it so."""


@contextmanager
def impatient(kind: Kind, seconds: float) -> Iterator[None]:
    """Where answers are slow the client waits for each only this long, in real seconds. Elsewhere it has its
    usual patience, so that a busy machine makes no difference.
    """
    with pytest.MonkeyPatch.context() as patch:
        if kind.name == "slow":
            patch.setattr(transport, "_ANSWER_SECONDS", seconds)
        yield


@dataclass(frozen=True)
class Point:
    """One call of one operation: where a fault can strike."""

    operation: str
    method: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.operation}-{self.method}-{self.path.strip('*/').rpartition('/')[2]}"


POINTS = (
    Point("create", "GET", "/v2/control-planes"),
    Point("create", "GET", "*/core-entities/services/*"),
    Point("create", "PUT", "*/core-entities/plugins/*"),
    Point("update", "PUT", "*/core-entities/plugins/*"),
    Point("read", "GET", "*/core-entities/plugins/*"),
    Point("delete", "GET", "*/core-entities/plugins/*"),
    Point("delete", "DELETE", "*/core-entities/plugins/*"),
)
