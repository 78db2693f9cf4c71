"""The request-transformer's operations on a JSON body, with what Lua's JSON library makes of it. Form and
multipart bodies live elsewhere.

Numbers are doubles written with 14 digits, `false` counts as absent, and members given to an array are
lost. Source: `transform_json_body` in Kong's `kong/plugins/request-transformer/access.lua` and lua-cjson's
defaults.
"""

from __future__ import annotations

import json
import math
from typing import Any

from kong_secure.sandbox.data_plane.rules import Operations, TransformError


def transform_json(operations: Operations, body: bytes) -> bytes | None:
    """Apply the operations to a body; None when nothing changes it (it is then sent byte by byte as it came).

    Raises TransformError for a scalar body, as Kong's plugin does.
    """
    document: Any = {}
    if body:
        try:
            document = json.loads(body.decode("utf-8", "surrogateescape"), parse_int=float)
        except (ValueError, RecursionError):
            return None
    target = _Target(document)
    if body:
        _change_present(operations, target)
    for name, value in operations.add.names():
        if not target.truthy(name):
            target.set(name, value)
    for name, value in operations.append.names():
        target.append(name, value)
    if not target.changed:
        return None
    try:
        return _written(document).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return None


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
            target.set(name, value)


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
        if isinstance(self._document, (list, str)):  # neither has members, and asking is no error in Lua
            return None
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
            return new
        return {**current, **{str(_next_index(current)): one for one in new}}
    return [current, *new] if isinstance(current, str) else new


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
    return json.dumps(value, ensure_ascii=False).replace("/", "\\/")
