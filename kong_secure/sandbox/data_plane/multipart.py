"""The request-transformer's operations on a multipart body: renamed before removed, and nothing is
appended.

Reading and writing parts is here too; deciding that a body is multipart is not. Source:
`transform_multipart_body` in Kong's `kong/plugins/request-transformer/access.lua`, and the behaviour of its
`multipart` library.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from kong_secure.sandbox.data_plane.arguments import wire
from kong_secure.sandbox.data_plane.rules import Operations

_BOUNDARY = re.compile(r";\s*boundary=(\S+)")
_NAME = re.compile(r"\s*name=([^=]*)", re.IGNORECASE)
_FIELD = re.compile(r"\S+:\s*\S+")


@dataclass(frozen=True)
class _Part:
    name: str
    headers: tuple[str, ...]
    value: str


def transform_multipart(operations: Operations, body: bytes, content_type: str) -> bytes | None:
    """Apply the operations to a multipart body; None when nothing changes it.

    `content_type` is the header's value, which holds the boundary.
    """
    boundary = _boundary(content_type)
    parts = _Parts(_read(body.decode("latin-1"), boundary) if boundary else [])
    changed = _change_present(operations, parts) if body else False
    for name, value in operations.add.names():
        if not parts.has(wire(name)):
            parts.put(wire(name), wire(value or ""))
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
            parts.put(wire(name), wire(value or ""))
            changed = True
    return changed


class _Parts:
    """Parts in order, of which a name finds the last one that has it."""

    def __init__(self, parts: list[_Part]) -> None:
        self._parts = parts

    def has(self, name: str) -> bool:
        return self._index(name) is not None

    def value(self, name: str) -> str:
        index = self._index(name)
        return "" if index is None else self._parts[index].value

    def put(self, name: str, value: str) -> None:
        part = _Part(name, (f'Content-Disposition: form-data; name="{name}"',), value)
        index = self._index(name)
        if index is None:
            self._parts.append(part)
        else:
            self._parts[index] = part

    def delete(self, name: str) -> None:
        index = self._index(name)
        if index is not None:
            del self._parts[index]

    def written(self, boundary: str) -> str:
        if not self._parts:
            return ""
        written = [
            "\r\n".join((f"--{boundary}", *part.headers, "", part.value)) + "\r\n" for part in self._parts
        ]
        return "".join(written) + f"--{boundary}--\r\n"

    def _index(self, name: str) -> int | None:
        return next((i for i in reversed(range(len(self._parts))) if self._parts[i].name == name), None)


def _boundary(content_type: str) -> str | None:
    found = _BOUNDARY.search(content_type)
    if found is None:
        return None
    boundary = found[1]
    if len(boundary) > 1 and boundary[0] == boundary[-1] and boundary[0] in "\"'":
        boundary = boundary[1:-1]
    return boundary or None


def _read(body: str, boundary: str) -> list[_Part]:
    lines = re.compile(rf"^--{re.escape(boundary)}[^\n]*(?:\n|\Z)", re.MULTILINE)
    delimiters = list(lines.finditer(body))
    ends = [delimiter.start() for delimiter in delimiters[1:]] + [len(body)]
    sections = [body[delimiter.end() : end] for delimiter, end in zip(delimiters, ends, strict=True)]
    return [part for section in sections if (part := _part(section)) is not None]


def _part(section: str) -> _Part | None:
    separator = re.search(r"\r?\n\r?\n", section)
    if separator is None:
        return None
    headers = tuple(re.split(r"\r?\n", section[: separator.start()]))
    names = [name for header in headers if (name := _name(header)) is not None]
    value = re.sub(r"\r?\n\Z", "", section[separator.end() :])
    return _Part(names[-1], headers, value) if names else None


def _name(header: str) -> str | None:
    if not header.lower().startswith("content-disposition"):
        return None
    name = None
    for segment in header.split(";"):
        found = _NAME.match(segment)
        if found and not _FIELD.search(segment):
            name = found[1].rstrip()[1:-1]
    return name
