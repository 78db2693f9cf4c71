"""Why Konnect refuses a request, before it is worded. How each family of its API words it lives in
`errors`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

ConflictShape = Literal["constraint", "named", "exists", "status"]
"""How core entities word a conflict (kong-operator, controller/konnect/ops/ops_errors.go): 400 with code 3 and
"data constraint error"; the same with the constraint as its message; 400 with code 6; 409."""

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a request.

    `location` leads to the value at fault, empty for the body as a whole; `rule` names what it breaks
    ("required", "unknown", "type", "length", "range", "choice", "invalid"); `message` is the sentence
    Konnect's core entities answer; `facts` holds what a rule needs to be worded in full (expected, limit,
    choices, bound).
    """

    location: Location
    rule: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    source: str = "body"

    @property
    def path(self) -> str:
        """The location as Konnect writes it: `config.add.headers[0]`."""
        text = ""
        for part in self.location:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


class RefusalError(Exception):
    """A request that Konnect refuses."""


class InvalidError(RefusalError):
    """The request breaks rules; every one found is listed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.path or 'body'}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)


class BadFormatError(RefusalError):
    """The body isn't a JSON object, or isn't declared as JSON."""


class BadQueryError(RefusalError):
    """A query parameter, or an id in the path, that isn't one."""

    def __init__(self, parameter: str, reason: str, rule: str = "invalid") -> None:
        super().__init__(reason)
        self.parameter = parameter
        self.reason = reason
        self.rule = rule


class ConflictError(RefusalError):
    """Another entity has a value that must be unique. `shape`: in which of its ways Konnect says so."""

    shape: ConflictShape = "constraint"

    def __init__(self, field: str, constraint: str) -> None:
        super().__init__(f"{constraint} (type: unique) constraint failed")
        self.field = field


class DanglingReferenceError(RefusalError):
    """The entity refers to one that doesn't exist."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} (type: foreign) constraint failed")
        self.field = field


class DeniedError(RefusalError):
    """The token is right, and the operation isn't allowed."""


class NotFoundError(RefusalError):
    """There is no such thing."""


class UnauthenticatedError(RefusalError):
    """No token, the wrong one, or two."""


class NotServedError(RefusalError):
    """A part of Konnect's API that the sandbox doesn't have."""


class MethodNotAllowedError(RefusalError):
    """The path exists, this method on it doesn't."""
