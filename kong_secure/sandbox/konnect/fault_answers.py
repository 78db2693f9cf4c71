"""What Konnect answers on a bad day, by status and path: its own refusals in the path's dialect, and those of
the gateway in front of it. When that happens is decided in `faults`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus

from starlette.responses import Response

from kong_secure.sandbox.konnect import errors
from kong_secure.sandbox.konnect.cloud_gateways.refusals import StateConflictError, cloud_gateways
from kong_secure.sandbox.konnect.refusals import (
    ConflictError,
    DeniedError,
    MethodNotAllowedError,
    NotFoundError,
    NotServedError,
    RefusalError,
    UnauthenticatedError,
)

_GATEWAY_WORDS = {
    408: "Request timeout",
    413: "Payload too large",
    414: "URI too long",
    502: "An invalid response was received from the upstream server",
    503: "The upstream server is currently unavailable",
    504: "The upstream server is timing out",
}
"""The gateway's own answers (Kong/kong, kong/error_handlers.lua)."""

_REFUSALS: Mapping[int, RefusalError] = {
    401: UnauthenticatedError("Unauthorized"),
    403: DeniedError("You do not have permission to perform this action"),
    404: NotFoundError("Not Found"),
    405: MethodNotAllowedError(),
    409: ConflictError("name", "name"),
    501: NotServedError("Not Implemented"),
}
_LIMIT_A_MINUTE = 3000
_UNKNOWN, _ALREADY_EXISTS = 2, 6


def usual_answer(status: int, path: str) -> Response:
    """What Konnect sends with this status at this path, region and query left out."""
    if status == 429:
        return errors.answer(429, {"message": "API rate limit exceeded"})
    if status in _GATEWAY_WORDS:
        return errors.gateway_answer(status, _GATEWAY_WORDS[status])
    in_core_entities = "/core-entities" in path
    refusal = _REFUSALS.get(status, RefusalError())
    if "/cloud-gateways/" in path:
        usual = cloud_gateways(StateConflictError("Conflict") if status == 409 else refusal)
    else:
        usual = (errors.core_entities if in_core_entities else errors.problem_json)(refusal)
    return usual if usual.status_code == status else _unusual(status, in_core_entities)


def retry_headers(retry_after: int | str, now: float | None = None) -> dict[str, str]:
    """The headers that ask to wait: seconds, `+seconds` as a date that far ahead, or any text as it is.

    Seconds come with what the limiter tells beside them (Kong/kong-operator#2856).
    """
    if isinstance(retry_after, int):
        return {
            "ratelimit-limit": str(_LIMIT_A_MINUTE),
            "ratelimit-remaining": "0",
            "ratelimit-reset": str(retry_after),
            "retry-after": str(retry_after),
            "x-ratelimit-limit-minute": str(_LIMIT_A_MINUTE),
            "x-ratelimit-remaining-minute": "0",
        }
    if retry_after.startswith("+") and retry_after[1:].isdecimal():
        moment = (time.time() if now is None else now) + int(retry_after[1:])
        return {"retry-after": formatdate(moment, usegmt=True)}
    return {"retry-after": retry_after}


def _unusual(status: int, in_core_entities: bool) -> Response:
    """A status that the dialect itself never sends; core entities mostly say conflicts with 400."""
    words = HTTPStatus(status).phrase if status in list(HTTPStatus) else "Error"
    if in_core_entities:
        code = _ALREADY_EXISTS if status == 409 else _UNKNOWN
        return errors.answer(status, {"code": code, "message": words, "details": []})
    body = {"status": status, "title": words, "instance": errors.trace(), "detail": words}
    return errors.answer(status, body, "application/problem+json")
