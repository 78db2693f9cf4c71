"""The request-transformer's operations on a multipart body: renamed before removed, and nothing is
appended.

Reading and writing parts is here too; deciding that a body is multipart is not. Source:
`transform_multipart_body` in Kong's `kong/plugins/request-transformer/access.lua`, and the behaviour of its
`multipart` library (0.5.9), which reads line by line and is surprised by many things.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from kong_secure.sandbox.data_plane.arguments import wire
from kong_secure.sandbox.data_plane.rules import Operations

_BOUNDARY = re.compile(r";\s*boundary=(\S+)", re.ASCII)
_NAME = re.compile(r"\s*name=\s*([^=]*)", re.IGNORECASE | re.ASCII)
_FIELD = re.compile(r"\S:\s*\S", re.ASCII)
_LINE = re.compile(r"([^\r\n]*)([\r\n]?)")
_BLANK = "\r\n\r\n"


@dataclass(frozen=True)
class _Part:
    headers: tuple[str, ...]
    value: str | None


def transform_multipart(operations: Operations, body: bytes, content_type: str) -> bytes | None:
    """Apply the operations to a multipart body; None when nothing changes it.

    `content_type` is the header's value, which holds the boundary.
    """
    boundary = _boundary(content_type)
    parts = _Reader(boundary).read(body.decode("latin-1")) if boundary else _Parts()
    changed = _change_present(operations, parts) if body else False
    for name, value in operations.add.names():
        if not parts.has(wire(name)):
            parts.put(wire(name), None if value is None else wire(value))
            changed = True
    if not changed:
        return None
    return parts.written(boundary or secrets.token_hex(8)).encode("latin-1")


def _change_present(operations: Operations, parts: _Parts) -> bool:
    changed = False
    for old, new in operations.rename.pairs():
        if old != new and parts.has(wire(old)):
            parts.put(wire(new), parts.value(wire(old)))
            parts.delete(wire(old))
            changed = True
    for name, _ in operations.remove.names():
        parts.delete(wire(name))
        changed = True
    for name, value in operations.replace.names():
        if parts.has(wire(name)):
            parts.delete(wire(name))
            parts.put(wire(name), None if value is None else wire(value))
            changed = True
    return changed


class _Parts:
    """Parts in order and where each name has its own; a name is looked up at the first of them.

    Deleting a name that is repeated misses: each place is counted after the one before it is gone.
    """

    def __init__(self) -> None:
        self._parts: list[_Part | None] = []
        self._places: dict[str, list[int]] = {}

    def has(self, name: str) -> bool:
        return self._first(name) is not None

    def value(self, name: str) -> str | None:
        part = self._first(name)
        return None if part is None else part.value

    def read(self, name: str, part: _Part, *, last: bool) -> None:
        """Take a part as read; one that nothing ends makes its name forget the others."""
        self._parts.append(part)
        if last:
            self._places[name] = []
        self._places.setdefault(name, []).append(len(self._parts) - 1)

    def put(self, name: str, value: str | None) -> None:
        taken = max((place for places in self._places.values() for place in places), default=-1)
        place = self._places.setdefault(name, [taken + 1])[0]
        self._parts.extend([None] * (place + 1 - len(self._parts)))
        self._parts[place] = _Part((f'Content-Disposition: form-data; name="{name}"',), value)

    def delete(self, name: str) -> None:
        gone = self._places.pop(name, [])
        for place in gone:
            del self._parts[place : place + 1]
        for other, places in self._places.items():
            self._places[other] = [place - sum(one < place for one in gone) for place in places]

    def written(self, boundary: str) -> str:
        written = ""
        for part in self._parts:
            if part is None:
                break
            if part.value is not None:
                written += "\r\n".join((f"--{boundary}", *part.headers, "", part.value)) + "\r\n"
        return f"{written}--{boundary}--\r\n" if written else ""

    def _first(self, name: str) -> _Part | None:
        places = self._places.get(name)
        return self._parts[places[0]] if places and places[0] < len(self._parts) else None


def _boundary(content_type: str) -> str | None:
    found = _BOUNDARY.search(content_type)
    if found is None:
        return None
    boundary = found[1]
    if boundary[0] == boundary[-1] and boundary[0] in "\"'":
        boundary = boundary[1:-1]
    return boundary or None


@dataclass
class _Reader:
    """Reads a body line by line, where CR and LF each end one; what comes before the first part becomes a
    part of it.
    """

    boundary: str
    parts: _Parts = field(default_factory=_Parts)
    name: str | None = None
    headers: list[str] = field(default_factory=list)
    value: list[str] = field(default_factory=list)
    inside: bool = False

    def read(self, body: str) -> _Parts:
        position = 0
        while True:
            found = _LINE.match(body, position)
            assert found is not None  # noqa: S101 - the pattern matches anything
            line, end = found[1], found[2]
            position = found.end()
            if not line:
                self.value += [end] if self.inside and end else []
            elif line.startswith(f"--{self.boundary}"):
                self._delimited()
            elif self.inside or not self._header(line):
                self.inside = True
                self.value += [line, end] if end else [line]
            elif body.startswith(_BLANK, found.end(1)):
                self.inside = True
                position = found.end(1) + len(_BLANK)
            if not end:
                break
        if self.name is not None:
            self._finish(self.name, last=True)
        return self.parts

    def _header(self, line: str) -> bool:
        """Take a line that is a header; False when it isn't one."""
        disposition = line[:19].lower() == "content-disposition"
        if disposition:
            for segment in line.split(";"):
                found = _NAME.match(segment)
                if found and not _FIELD.search(segment):
                    self.name = found[1].rstrip(" \t\v\f")[1:-1]
        if disposition or _FIELD.search(line):
            self.headers.append(line)
            return True
        return False

    def _delimited(self) -> None:
        self.inside = False
        if self.name is None:
            return
        if self.value[-1:] == ["\n"]:
            self.value.pop()
            if self.value[-1:] == ["\r"]:
                self.value.pop()
        self._finish(self.name, last=False)
        self.name, self.headers, self.value = None, [], []

    def _finish(self, name: str, *, last: bool) -> None:
        self.parts.read(name, _Part(tuple(self.headers), "".join(self.value)), last=last)
