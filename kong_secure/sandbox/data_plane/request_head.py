"""Whether the head of a request (its line and headers, as bytes off the socket) may be proxied: a pure
function.

Ambiguous framing is refused rather than repaired, because two parsers that repair it differently can be
made to see different requests. Limits and refusals are nginx's (`large_client_header_buffers 4 8k`, "client
sent duplicate header line", and so on); a bare LF, which nginx takes for a line end, is refused too.
Reading sockets is `protocol`'s part.
"""

from __future__ import annotations

import re
from dataclasses import replace

from kong_secure.sandbox.data_plane import answers
from kong_secure.sandbox.data_plane.answers import Answer

MAX_LINE = 8 * 1024
MAX_HEAD = 4 * MAX_LINE

_BARE = re.compile(rb"(?<!\r)\n|\r(?=[^\n])")
_REQUEST_LINE = re.compile(rb"([A-Z_-]+) (\S+) HTTP/(\d)\.(\d)")
_TARGET = re.compile(
    rb"(https?://(?P<host>[A-Z0-9.-]+|\[[0-9A-F:.]+\])(:[0-9]*)?(?=[/?]|$)|(?=/))(?P<path>[^?#]*)",
    re.IGNORECASE,
)
_ENCODED = re.compile(rb"%([0-9A-Fa-f]{2})")
_INVALID_HOST = re.compile(rb"[\x00-\x20/\x7f]|\.\.|^$")
_ONCE = frozenset(
    b"authorization content-length content-range expect host if-match if-modified-since if-none-match "
    b"if-range if-unmodified-since transfer-encoding".split()
)


def refusal(received: bytes) -> Answer | None:
    """Why a request that begins with these bytes is refused; None as long as nothing speaks against it.

    received: what has come of the head so far, and possibly of the body after it.
    """
    end = received.find(b"\r\n\r\n")
    complete = end >= 0
    head = received[: end + 4] if complete else received
    if _BARE.search(head):
        return _bad("a line that doesn't end in CR LF")
    lines = head.split(b"\r\n")
    if len(lines[0]) + 2 > MAX_LINE:
        return answers.URI_TOO_LONG
    if len(head) > MAX_HEAD or any(len(line) + 2 > MAX_LINE for line in lines[1:]):
        return answers.HEADER_TOO_LARGE
    if not complete:
        return None
    return (
        _refused_line(lines[0])
        or _refused_fields(lines[1:-2], http_10=lines[0].endswith(b"1.0"))
        or (answers.METHOD_NOT_ALLOWED if lines[0].startswith((b"TRACE ", b"CONNECT ")) else None)
    )


def _refused_line(line: bytes) -> Answer | None:
    found = _REQUEST_LINE.fullmatch(line)
    target = found and _TARGET.match(found[2])
    if not found or not target or b".." in (target["host"] or b""):
        return _bad("an invalid request line")
    if _is_impossible(target["path"]):
        return _bad("a path that ends above its root, or is encoded wrongly")
    return None if found[3] == b"1" else answers.UNKNOWN_VERSION


def _is_impossible(path: bytes) -> bool:
    """Whether nginx can't make out a path (ngx_http_parse_complex_uri): a NUL or half an encoding is in it, or it
    climbs above its root.
    """
    plain = _ENCODED.sub(lambda found: bytes((int(found[1], 16),)), path)
    if b"\x00" in plain or path.count(b"%") != len(_ENCODED.findall(path)):
        return True
    depth = 0
    for segment in plain.split(b"/")[1:]:
        depth += {b"..": -1, b".": 0}.get(segment, 1)
        if depth < 0:
            return True
    return False


def _refused_fields(lines: list[bytes], *, http_10: bool) -> Answer | None:
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or name != name.strip():
            return _bad("an invalid or folded header line")
        if name.lower() in _ONCE and name.lower() in fields:
            return _bad(f"a duplicate {name.decode('latin-1')} header")
        fields[name.lower()] = value.strip(b" \t")
    if _INVALID_HOST.search(fields.get(b"host", b"-")):
        return _bad("an invalid Host")
    return _refused_framing(fields.get(b"content-length"), fields.get(b"transfer-encoding"), http_10=http_10)


def _refused_framing(length: bytes | None, coding: bytes | None, *, http_10: bool) -> Answer | None:
    if coding is None:
        valid = length is None or re.fullmatch(rb"[0-9]{1,18}", length)
        return None if valid else _bad("an invalid Content-Length")
    if length is not None:
        return _bad("both Content-Length and Transfer-Encoding")
    if http_10:
        return _bad("Transfer-Encoding in an HTTP/1.0 request")
    return None if coding.lower() == b"chunked" else answers.UNKNOWN_CODING


def _bad(reason: str) -> Answer:
    return replace(answers.BAD_REQUEST, reason=f"client sent {reason}")
