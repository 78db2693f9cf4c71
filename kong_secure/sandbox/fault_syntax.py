"""What `--fault` takes: `KIND` or `KIND:NAME=VALUE,...`, read into one frozen value. What the faults do lives in
`konnect.faults`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from kong_secure.sandbox.konnect.refusals import ConflictShape
from kong_secure.sandbox.konnect.rules import REGIONS

ALWAYS = "always"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "*")
KINDS = ("cut-before", "cut-after", "slow", "malformed", "misshapen", "truncated", "conflict")
SHAPES = get_args(ConflictShape)
_LONGEST_SECONDS = 3600.0
# A date in a value holds a comma; only one that a name follows separates.
_SEPARATOR = re.compile(r",(?=[^,=]*=)")


class FaultSyntaxError(Exception):
    """A text that isn't a fault; the message names the part at fault and what is allowed."""


@dataclass(frozen=True)
class FaultSpec:
    """A fault as the user wrote it (`text`), and what that means (see `konnect.faults.Fault`).

    status, retry_after: of kind `answer` only; seconds: of kind `slow` only; shape: of kind `conflict`
    only; count: None for every call.
    """

    text: str
    kind: str
    status: int | None = None
    method: str = "*"
    path: str = "*"
    region: str = "*"
    skip: int = 0
    count: int | None = 1
    retry_after: int | str | None = None
    seconds: float | None = None
    shape: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The fault as the world's own API takes it."""
        every: dict[str, Any] = {
            "kind": self.kind,
            "method": self.method,
            "path": self.path,
            "region": self.region,
            "skip": self.skip,
            "count": self.count,
        }
        some = {
            "status": self.status,
            "retry_after": self.retry_after,
            "seconds": self.seconds,
            "shape": self.shape,
        }
        return every | {name: value for name, value in some.items() if value is not None}


def parse_fault(text: str) -> FaultSpec:
    """Read one value of `--fault`. Raises FaultSyntaxError."""
    word, _, rest = text.partition(":")
    kind, status = _kind(text, word.strip())
    readers = {**_EVERY_KIND, **_OF_KIND.get(kind, {})}
    values: dict[str, Any] = {} if status is None else {"status": status}
    for part in _SEPARATOR.split(rest) if rest.strip() else ():
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or name not in readers:
            raise FaultSyntaxError(
                f"--fault {text!r}: {part.strip()!r} isn't NAME=VALUE with a NAME that "
                f"{word.strip()} takes: {', '.join(readers)}"
            )
        if name in values:
            raise FaultSyntaxError(f"--fault {text!r}: {name} is given twice")
        try:
            values[name] = readers[name](value)
        except ValueError as error:
            problem = str(error)
        else:
            continue
        raise FaultSyntaxError(f"--fault {text!r}: {name} must be {problem}, not {value!r}")
    return FaultSpec(text=text, kind=kind, **values)


def _kind(text: str, word: str) -> tuple[str, int | None]:
    if word in KINDS:
        return word.replace("-", "_"), None
    if re.fullmatch("[45][0-9]{2}", word):
        return "answer", int(word)
    raise FaultSyntaxError(
        f"--fault {text!r}: it begins with a status from 400 to 599 or one of {', '.join(KINDS)}, not {word!r}"
    )


def _method(value: str) -> str:
    if value.upper() not in METHODS:
        raise ValueError(f"one of {', '.join(METHODS)}")
    return value.upper()


def _path(value: str) -> str:
    if not value.startswith(("/", "*")):
        raise ValueError("a path that begins with / or *, such as */plugins/*")
    return value


def _region(value: str) -> str:
    allowed = (*REGIONS, "global", "*")
    if value not in allowed:
        raise ValueError(f"one of {', '.join(allowed)}")
    return value


def _whole(value: str, least: int, words: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", value) or int(value) < least:
        raise ValueError(words)
    return int(value)


def _count(value: str) -> int | None:
    return None if value == ALWAYS else _whole(value, 1, f"a whole number from 1 on, or {ALWAYS}")


def _retry_after(value: str) -> int | str:
    if re.fullmatch("[0-9]{1,9}", value):
        return int(value)
    if not re.fullmatch("[+][0-9]{1,9}|[A-Z][ -~]+ GMT", value):
        raise ValueError("seconds, +seconds, or a date such as Wed, 21 Oct 2015 07:28:00 GMT")
    return value


def _seconds(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", value) or float(value) > _LONGEST_SECONDS:
        raise ValueError(f"a number of seconds from 0 to {_LONGEST_SECONDS:g}")
    return float(value)


def _shape(value: str) -> str:
    if value not in SHAPES:
        raise ValueError(f"one of {', '.join(SHAPES)}")
    return value


_Readers = Mapping[str, Callable[[str], Any]]
_EVERY_KIND: _Readers = {
    "method": _method,
    "path": _path,
    "region": _region,
    "skip": lambda value: _whole(value, 0, "a whole number from 0 on"),
    "count": _count,
}
_OF_KIND: Mapping[str, _Readers] = {
    "answer": {"retry_after": _retry_after},
    "slow": {"seconds": _seconds},
    "conflict": {"shape": _shape},
}
