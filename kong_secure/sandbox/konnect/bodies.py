"""Request bodies: from bytes to a JSON object, and from a JSON object to an entity's model. What the
fields mean lives with the entities."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from kong_secure.sandbox.konnect.refusals import BadFormatError, InvalidError, Problem


class Body(BaseModel):
    """A request body: unknown and mistyped fields are refused, nothing is converted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)

_TYPES = {
    "string_type": "string",
    "int_type": "integer",
    "int_from_float": "integer",
    "float_type": "number",
    "bool_type": "boolean",
    "list_type": "array",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
}

# pydantic's error type: our rule, which bound, where pydantic keeps the limit, Konnect's wording.
_BOUNDS = {
    "string_too_long": ("length", "max", "max_length", "length must be <= {limit}, but got {got}"),
    "string_too_short": ("length", "min", "min_length", "length must be >= {limit}, but got {got}"),
    "too_long": ("items", "max", "max_length", "maximum {limit} items required, but found {got} items"),
    "too_short": ("items", "min", "min_length", "minimum {limit} items required, but found {got} items"),
    "greater_than_equal": ("range", "min", "ge", "must be >= {limit} but found {got}"),
    "less_than_equal": ("range", "max", "le", "must be <= {limit} but found {got}"),
}


def json_object(raw: bytes, content_type: str | None) -> dict[str, Any]:
    """The JSON object in a body. Raises `BadFormatError` for another media type, malformed JSON, or another
    JSON value."""
    media_type = (content_type or "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise BadFormatError(f"content type '{media_type}' is not supported: send application/json")
    try:
        text = raw.decode()
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadFormatError("the request body is not a JSON object")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number is too large")
    return number


def parse(model: type[Model], body: Mapping[str, Any]) -> Model:
    """The body as a model. Raises `InvalidError` listing every field at fault."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        problems = [_problem(details) for details in error.errors(include_url=False)]
    raise InvalidError(problems)


def _problem(details: ErrorDetails) -> Problem:
    location, kind, got = details["loc"], details["type"], details["input"]
    if location[-1:] == ("[key]",):  # pydantic's mark of a key that is wrong itself
        location = location[:-1]
    context: Mapping[str, Any] = details.get("ctx", {})
    if kind == "missing":
        return Problem(location, "required", "required field missing")
    if kind == "extra_forbidden":
        return Problem(location, "unknown", "unknown field")
    if kind in _TYPES:
        expected = _TYPES[kind]
        return Problem(
            location, "type", f"expected {expected}, but got {_type_name(got)}", {"expected": expected}
        )
    if kind in _BOUNDS:
        rule, bound, limit_key, wording = _BOUNDS[kind]
        limit = context[limit_key]
        size = len(got) if isinstance(got, (str, list)) else got
        return Problem(
            location, rule, wording.format(limit=limit, got=size), {"bound": bound, "limit": limit}
        )
    rule = kind if kind in ("choice", "invalid") else "invalid"
    return Problem(location, rule, details["msg"], context)


def refuse(message: str, **facts: Any) -> PydanticCustomError:
    """What a validator of a field raises: the sentence Konnect answers. With `choices` it is about a
    choice."""
    # Braces in a template are placeholders; a caller's value may hold some.
    return PydanticCustomError(
        "choice" if "choices" in facts else "invalid", "{message}", {"message": message, **facts}
    )


def one_of(*choices: str | int) -> AfterValidator:
    """The value is one of `choices`."""
    listed = ", ".join(json.dumps(choice) for choice in choices)

    def check(value: Any) -> Any:
        if value not in choices:
            raise refuse(f"value must be one of {listed}", choices=list(choices))
        return value

    return AfterValidator(check)


def matching(pattern: str, message: str, **facts: Any) -> AfterValidator:
    """The whole text matches `pattern`; `{got}` in `message` stands for the text."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise refuse(message.replace("{got}", value), **facts)
        return value

    return AfterValidator(check)


def _type_name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "array"
    return "object"
