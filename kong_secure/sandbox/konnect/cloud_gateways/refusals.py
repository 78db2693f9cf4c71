"""Why the cloud-gateways API refuses a request, and how it words that; what is common to all of Konnect's
APIs is in `konnect.refusals`.

Unlike the control planes' dialect its titles are "Invalid Request" and "Quota Exceeded", and a 401, 403 or
404 of the gateway in front carries `kong:trace:` (cloud-gateways: components/examples).
"""

from __future__ import annotations

import secrets
from typing import Any

from starlette.responses import Response

from kong_secure.sandbox.konnect import errors
from kong_secure.sandbox.konnect.refusals import (
    BadFormatError,
    BadQueryError,
    DeniedError,
    InvalidError,
    MethodNotAllowedError,
    NotFoundError,
    NotServedError,
    Problem,
    RefusalError,
    UnauthenticatedError,
)


class QuotaError(RefusalError):
    """A quota of the organization is used up (cloud-gateways: QuotaExceededExample)."""

    def __init__(self, quota: str, most: int) -> None:
        super().__init__(f"Maximum number of {quota} exceeded. Max allowed: {most}.")


class StateConflictError(RefusalError):
    """It conflicts with what there is, or with the state it is in; the text is Konnect's `detail`."""


def cloud_gateways(refusal: RefusalError) -> Response:
    """The dialect of the cloud-gateways API (cloud-gateways: BaseError, BadRequestError)."""
    parameters = _invalid_parameters(refusal)
    if parameters:
        return _problem(400, "Invalid Request", "Invalid Parameters", invalid_parameters=parameters)
    words, trace = str(refusal), "konnect"
    match refusal:
        case QuotaError():
            status, title = 403, "Quota Exceeded"
        case StateConflictError():
            status, title = 409, "Conflict"
        case NotServedError():
            status, title = 501, "Not Implemented"
        case UnauthenticatedError():
            status, title, words, trace = 401, "Unauthorized", "Unauthorized", "kong"
        case DeniedError():
            status, title, trace = 403, "Forbidden", "kong"
        case NotFoundError():
            status, title, words, trace = 404, "Not Found", "Not Found", "kong"
        case MethodNotAllowedError():
            status, title, trace = 405, "Method Not Allowed", "kong"
            words = "The method is not allowed for this path"
        case _:
            status, title, words = 500, "Internal Server Error", "Internal error"
    return _problem(status, title, words, trace)


def _invalid_parameters(refusal: RefusalError) -> list[dict[str, Any]]:
    """What is wrong with the request itself, each once; nothing where another reason is given."""
    match refusal:
        case InvalidError():
            found = [_invalid_parameter(problem) for problem in refusal.problems]
            return [each for index, each in enumerate(found) if each not in found[:index]]
        case BadQueryError():
            about = {"field": refusal.parameter, "rule": refusal.rule, "source": "query"}
            return [{**about, "reason": str(refusal)}]
        case BadFormatError():
            return [{"field": "body", "rule": "is_object", "reason": str(refusal), "source": "body"}]
    return []


def _problem(status: int, title: str, detail: str, trace: str = "konnect", **more: object) -> Response:
    instance = f"{trace}:trace:{secrets.randbelow(9 * 10**18) + 10**18}"
    body = {"status": status, "title": title, "instance": instance, "detail": detail, **more}
    return errors.answer(status, body, "application/problem+json")


def _invalid_parameter(problem: Problem) -> dict[str, Any]:
    parameter = errors.invalid_parameter(problem)
    if parameter.get("rule") == "max_length":
        most = parameter["maximum"]
        parameter["reason"] = f"{parameter['field']} must be shorter than or equal to {most} characters"
    return parameter
