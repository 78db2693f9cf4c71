"""The request-transformer's operations on a JSON body, with what Lua's JSON library makes of it. Form and
multipart bodies live elsewhere.

Numbers are doubles written with 14 digits, `false` counts as absent, members given to an array are lost,
and what is nested in more than 1,000 levels isn't read. Source: `transform_json_body` in Kong's
`kong/plugins/request-transformer/access.lua` and lua-cjson's defaults.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kong_secure.sandbox.data_plane.rules import Operations, TransformError


def transform_json(operations: Operations, body: bytes) -> bytes | None:
    """Apply the operations to a body; None when nothing changes it (it is then sent byte by byte as it came).

    Raises TransformError for a scalar body, as Kong's plugin does.
    """
    document: Any = {}
    if body:
        try:
            document = _read(body.decode("utf-8", "surrogateescape"))
        except ValueError:
            return None
    target = _Target(document)
    if body:
        _change_present(operations, target)
    for name, value in operations.add.names():
        if not target.truthy(name):
            target.assign(name, value)
    for name, value in operations.append.names():
        target.append(name, value)
    if not target.changed:
        return None
    with _deep_recursion():
        return _written(document).encode("utf-8", "surrogateescape")


_MAX_DEPTH = 1000
_FRAMES_A_LEVEL = 4
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}]', re.DOTALL)
_NUMBER = re.compile(
    r'"(?:[^"\\]|\\.)*"|([-+]?(?:0x[0-9a-f]+|inf(?:inity)?|nan|[0-9]+\.?[0-9]*(?:e[-+]?[0-9]+)?))',
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_LONE_SURROGATE = re.compile(
    r"\\(?:ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(ud[89a-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL
)


def _read(text: str) -> Any:
    """Read a document as lua-cjson does: any number that C reads (`01`, `0x10`, `inf`), line breaks in
    strings.

    Raises ValueError, also for a document nested deeper than lua-cjson reads.
    """
    if _depth(text) > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    if any(found[1] for found in _LONE_SURROGATE.finditer(text)):
        raise ValueError("half a surrogate pair")
    with _deep_recursion():
        return json.loads(_NUMBER.sub(_as_json, text), parse_int=float, strict=False)


def _depth(text: str) -> int:
    depth = deepest = 0
    for found in _BRACKET.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """A block in which recursion by the document's depth isn't cut off by Python."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(usual + _FRAMES_A_LEVEL * _MAX_DEPTH)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


def _as_json(found: re.Match[str]) -> str:
    number = found[1]
    if number is None:
        return found[0]
    return json.dumps(float(int(number, 16)) if "x" in number.lower() else float(number))


def _change_present(operations: Operations, target: _Target) -> None:
    for name, _ in operations.remove.names():
        target.remove(name)
    for old, new in operations.rename.pairs():
        if old != new and target.truthy(old):
            value = target.get(old)
            target.remove(old)
            target.set(new, value)
    for name, value in operations.replace.names():
        if target.truthy(name):
            target.assign(name, value)


_STRING_FUNCTIONS = frozenset(
    {
        *("byte", "char", "dump", "find", "format", "gmatch", "gsub"),
        *("len", "lower", "match", "rep", "reverse", "sub", "upper"),
    }
)


class _Target:
    """A decoded document as the plugin sees it: something with members, or an error as soon as it is
    touched.
    """

    def __init__(self, document: Any) -> None:
        self._document = document
        self.changed = False

    def get(self, name: str) -> Any:
        if isinstance(self._document, dict):
            return self._document.get(name)
        if isinstance(self._document, list):  # it has no members, and asking is no error in Lua
            return None
        if isinstance(self._document, str):  # asked for a member, Lua finds its functions for strings
            return True if name in _STRING_FUNCTIONS else None
        raise TransformError("the JSON body is a scalar, which body rules can't change")

    def truthy(self, name: str) -> bool:
        """Whether the member counts as present: all but an absent one and `false` do, `null` included."""
        if isinstance(self._document, dict):
            return name in self._document and self._document[name] is not False
        return self.get(name) is not None

    def set(self, name: str, value: Any) -> None:
        self._writable()
        self.changed = True
        if isinstance(self._document, dict):  # an array keeps its elements only
            self._document[name] = value

    def assign(self, name: str, value: str | None) -> None:
        """Set a rule's value; without one the member goes."""
        if value is None:
            self.remove(name)
        else:
            self.set(name, value)

    def remove(self, name: str) -> None:
        self._writable()
        self.changed = True
        if isinstance(self._document, dict):
            self._document.pop(name, None)

    def append(self, name: str, value: str | None) -> None:
        self.set(name, _appended(self.get(name), value))

    def _writable(self) -> None:
        if not isinstance(self._document, (dict, list)):
            raise TransformError("the JSON body is a scalar, which body rules can't change")


def _appended(current: Any, value: str | None) -> Any:
    new = [] if value is None else [value]
    if isinstance(current, list):
        return [*current, *new]
    if isinstance(current, dict):  # Lua appends at the next whole number, which an object writes as a name
        if not current:
            return new or {}
        return {**current, **{str(_next_index(current)): one for one in new}}
    if isinstance(current, str):
        return [current, *new]
    return new or {}  # an empty list made by a rule is written as an object


def _next_index(members: dict[str, Any]) -> int:
    index = 1
    while str(index) in members:
        index += 1
    return index


def _written(value: Any) -> str:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise TransformError("the JSON body holds a number that JSON can't write")
        return f"{value:.14g}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(name)}:{_written(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("/", "\\/").replace("\x7f", "\\u007f")
