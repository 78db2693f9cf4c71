"""How Konnect words a refusal: one dialect for core entities, one (problem+json) for everything else.

Why a request is refused lives in `refusals`. The core entities' 400, 403, 404 and 409 bodies are
undeclared in Kong's specification; their shape is the one Kong's own operator parses (kong-operator,
controller/konnect/ops/ops_errors.go).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any, Protocol

from starlette.responses import Response

from kong_secure.sandbox.konnect.refusals import (
    BadFormatError,
    BadQueryError,
    ConflictError,
    DanglingReferenceError,
    DeniedError,
    InvalidError,
    MethodNotAllowedError,
    NotFoundError,
    NotServedError,
    Problem,
    RefusalError,
    UnauthenticatedError,
)

ERROR_DETAIL = "type.googleapis.com/kong.admin.model.v1.ErrorDetail"
INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, UNIMPLEMENTED, INTERNAL = 3, 5, 6, 7, 12, 13


class Dialect(Protocol):
    """Turns a refusal into Konnect's answer."""

    def __call__(self, refusal: RefusalError) -> Response: ...


def answer(status: int, body: object, media_type: str = "application/json") -> Response:
    """A JSON answer."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text.encode(), status_code=status, media_type=media_type)


def gateway_answer(status: int, message: str) -> Response:
    """What the gateway in front of Konnect answers itself (Kong/kong, kong/error_handlers.lua)."""
    return answer(status, {"message": message, "request_id": secrets.token_hex(16)})


def no_route() -> Response:
    """The gateway's answer for a host and path it has no API for."""
    return gateway_answer(404, "no Route matched with those values")


# --- core entities ---


def core_entities(refusal: RefusalError) -> Response:
    """The core entities' dialect: a gRPC status as JSON, and a body of its own for 401."""
    if isinstance(refusal, UnauthenticatedError):
        return answer(401, {"message": str(refusal), "status": 401})
    status, code, message, details = 500, INTERNAL, "", []
    match refusal:
        case InvalidError():
            status, code, message = 400, INVALID_ARGUMENT, "validation error"
            details = [_field_detail(problem) for problem in refusal.problems]
        case ConflictError():
            status, code, message = _conflict(refusal)
            details = [_detail("ERROR_TYPE_REFERENCE", refusal.field, str(refusal))]
        case DanglingReferenceError():
            status, code, message = 400, INVALID_ARGUMENT, "data constraint error"
            details = [_detail("ERROR_TYPE_REFERENCE", refusal.field, str(refusal))]
        case DeniedError():
            status, code, message = 403, PERMISSION_DENIED, "usage constraint error"
            details = [_detail("ERROR_TYPE_ENTITY", "", str(refusal))]
        case NotFoundError():
            status, code, message = 404, NOT_FOUND, str(refusal)
        case MethodNotAllowedError():
            status, code, message = 405, UNIMPLEMENTED, "Method Not Allowed"
        case NotServedError():
            status, code, message = 501, UNIMPLEMENTED, str(refusal)
        case BadFormatError() | BadQueryError():
            status, code, message = 400, INVALID_ARGUMENT, str(refusal)
    return answer(status, {"code": code, "message": message, "details": details})


def _conflict(refusal: ConflictError) -> tuple[int, int, str]:
    match refusal.shape:
        case "named":
            return 400, INVALID_ARGUMENT, str(refusal)
        case "exists":
            return 400, ALREADY_EXISTS, "already exists"
        case "status":
            return 409, ALREADY_EXISTS, "already exists"
    return 400, INVALID_ARGUMENT, "data constraint error"


def _detail(kind: str, field: str, *messages: str) -> dict[str, Any]:
    detail: dict[str, Any] = {"@type": ERROR_DETAIL, "type": kind}
    if field:
        detail["field"] = field
    return detail | {"messages": list(messages)}


def _field_detail(problem: Problem) -> dict[str, Any]:
    if problem.rule == "required":
        # Worded for the object that lacks the field.
        holder = Problem(problem.location[:-1], "required", f"missing properties: '{problem.location[-1]}'")
        return _located(holder)
    return _located(problem)


def _located(problem: Problem) -> dict[str, Any]:
    kind = "ERROR_TYPE_FIELD" if problem.location else "ERROR_TYPE_ENTITY"
    return _detail(kind, problem.path, problem.message)


# --- everything else ---


_PROBLEMS: dict[type[RefusalError], tuple[int, str, str]] = {
    UnauthenticatedError: (401, "Unauthenticated", "A valid token is required"),
    BadFormatError: (400, "Bad Request", "Invalid request format"),
    BadQueryError: (400, "Bad Request", "Invalid request parameter"),
    ConflictError: (409, "Conflict", "Control Plane with provided name already exists."),
    DeniedError: (403, "Permission denied", "{refusal}"),
    NotFoundError: (404, "Not Found", "{refusal}"),
    MethodNotAllowedError: (405, "Method Not Allowed", "The method is not allowed for this path"),
    NotServedError: (501, "Not Implemented", "{refusal}"),
    RefusalError: (500, "Internal Server Error", "Internal error"),
}


def problem_json(refusal: RefusalError) -> Response:
    """The dialect of control planes (control-planes: components/schemas BaseError and its relatives)."""
    if isinstance(refusal, InvalidError):
        parameters = [invalid_parameter(problem) for problem in refusal.problems]
        return _problem(400, "Bad Request", _detail_of(refusal.problems), parameters)
    status, title, detail = _PROBLEMS.get(type(refusal), _PROBLEMS[RefusalError])
    parameters = []
    if isinstance(refusal, BadFormatError):
        parameters = [{"field": "body", "reason": "request format is invalid"}]
    if isinstance(refusal, BadQueryError):
        about = {"field": refusal.parameter, "rule": refusal.rule, "source": "query"}
        parameters = [{**about, "reason": str(refusal)}]
    return _problem(status, title, detail.replace("{refusal}", str(refusal)), parameters)


def _detail_of(problems: Sequence[Problem]) -> str:
    """The sentence over the list (control-planes: components/examples, 400…Example)."""
    if any(problem.rule == "unknown" for problem in problems):
        return "Request contains unknown property"
    if any(problem.source == "path" for problem in problems):
        return "Request contains invalid ID format"
    return "Invalid Parameters"


def _problem(status: int, title: str, detail: str, parameters: list[dict[str, Any]]) -> Response:
    body: dict[str, Any] = {"status": status, "title": title, "instance": trace(), "detail": detail}
    if parameters:
        body["invalid_parameters"] = parameters
    return answer(status, body, "application/problem+json")


def trace() -> str:
    """A correlation id as Konnect writes it in `instance`."""
    return f"konnect:trace:{secrets.randbelow(9 * 10**18) + 10**18}"


def invalid_parameter(problem: Problem) -> dict[str, Any]:
    """One entry of `invalid_parameters` (control-planes and cloud-gateways: InvalidParameters)."""
    parameter: dict[str, Any] = {"field": problem.path or "body", "source": problem.source}
    facts = problem.facts
    match problem.rule:
        case "required":
            return parameter | {"rule": "required", "reason": "is a required field"}
        case "unknown":
            reason = f"property {problem.location[-1]} should not exist"
            return parameter | {"rule": "unknown_property", "reason": reason}
        case "type":
            return parameter | {"rule": f"is_{facts['expected']}", "reason": problem.message}
        case "choice":
            return parameter | {"rule": "enum", "reason": problem.message, "choices": list(facts["choices"])}
        case "length" | "items" | "range":
            suffix = {"length": "_length", "items": "_items", "range": ""}[problem.rule]
            bound = {"min": "minimum", "max": "maximum"}[facts["bound"]]
            rule = facts["bound"] + suffix
            return parameter | {"rule": rule, "reason": problem.message, bound: facts["limit"]}
    return parameter | {"rule": facts.get("rule", "invalid"), "reason": problem.message}
