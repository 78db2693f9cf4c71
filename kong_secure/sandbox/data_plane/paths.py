"""What becomes of a request's path between client and backend. Which route it matches is decided elsewhere.

Text is the wire's, one character per byte. Source: Kong's `kong/tools/uri.lua` (normalize, escape) and, for
joining, the documentation of routes, "path handling algorithms".
"""

from __future__ import annotations

import re

_RESERVED = frozenset("!*'();:@&=+$,/?%#[]")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNSAFE = re.compile(r"[^!#$&'()*+,/:;=?@\[\]A-Za-z0-9\-_.~%]")


def escape(path: str) -> str:
    """Percent-encode what can't stand in a request line; what is reserved or encoded already stays."""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", path)


def normalize(path: str) -> str:
    """The path that routes are matched against: needless encoding undone, dot segments resolved, slashes
    merged.
    """
    if path in ("", "/"):
        return path
    path = _ENCODED.sub(_decoded, path)
    segments: list[str] = []
    pieces = re.sub(r"/+", "/", path).split("/")[1:]
    for piece in pieces:
        if piece == "..":
            del segments[-1:]
        elif piece != ".":
            segments.append(piece)
    if pieces[-1] in (".", ".."):
        segments.append("")
    return "/" + "/".join(segments)


def upstream_path(base: str, path: str, postfix: str, *, strip: bool, handling: str) -> str:
    """Join a service's path with what is left of the request's.

    base: the service's path (`/` when it has none).
    path: the whole normalized request path.
    postfix: what follows the part that the route matched; used when `strip` is true.
    handling: `v0` joins with exactly one slash; `v1` concatenates.
    """
    rest = _safe_postfix(postfix) if strip else path
    if handling == "v1":
        if not strip:
            return base + path[1:]
        return base[:-1] + rest if base.endswith("/") and rest.startswith("/") else base + rest
    if not strip:
        if base.endswith("/"):
            return base + path[1:]
        return base if path == "/" else base + path
    return _joined(base, rest, path)


def _joined(base: str, rest: str, path: str) -> str:
    trimmed = base.removesuffix("/")
    if rest:
        return f"{trimmed}/{rest.removeprefix('/')}"
    if base == "/":
        return "/"
    if base.endswith("/"):
        return base if path.endswith("/") else trimmed
    return f"{base}/" if len(path) > 1 and path.endswith("/") else base


def _safe_postfix(postfix: str) -> str:
    """A rest that begins with a dot segment must not climb out of the service's path."""
    if postfix in (".", ".."):
        return ""
    return postfix.removeprefix("./") if postfix.startswith("./") else postfix.removeprefix("../")


def _decoded(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return found[0].upper() if character in _RESERVED else character
