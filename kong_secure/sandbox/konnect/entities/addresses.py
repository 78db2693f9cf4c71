"""Hosts, IP addresses and paths as services and routes name them. What an entity does with one lives in its own
module.

Konnect's own validation is only partly published (Kong/koko, internal/model/json/validation/typedefs); a data plane
refuses by Kong's (kong/db/schema/typedefs.lua, kong/tools/ip.lua, kong/tools/uri.lua). What either refuses is refused.
"""

from __future__ import annotations

import ipaddress
import re
import warnings
from typing import Annotated

from pydantic import AfterValidator, Field

from kong_secure.sandbox.konnect.bodies import matching, refuse

_LABEL = r"[a-zA-Z0-9](?:[-a-zA-Z0-9_]*[a-zA-Z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PORT = re.compile(r"(.*):([0-9]{1,5})", re.DOTALL)
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_RESERVED = frozenset("!*'();:@&=+$,/?%#[]")
_PATH = r"/[a-zA-Z0-9.\-_~/%:@!$&'()*+,;=]*"


def _is_name(text: str) -> bool:
    """Whether a text is a host's name; one of digits and dots alone would be an address."""
    return _NAME.fullmatch(text) is not None and re.fullmatch(r"[0-9.]+", text) is None


def _is_address(text: str) -> bool:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") and ":" in text else text
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return False
    return "%" not in text


def _hostname(text: str) -> str:
    if not _is_name(text) and not _is_address(text):
        raise refuse("must be a valid hostname")
    return text


def _without_wildcard(text: str) -> str:
    """The text without its one wildcard label, which is the first or the last."""
    if text.startswith("*."):
        return text[2:]
    return text.removesuffix(".*")


def _route_host(text: str) -> str:
    found = _PORT.fullmatch(text)
    host = found[1] if found is not None and int(found[2]) <= 65535 else text
    if not _is_name(_without_wildcard(host)) and not _is_address(host):
        raise refuse("must be a valid hostname with a wildcard prefix '*' or without")
    return text


def _server_name(text: str) -> str:
    if not _is_name(_without_wildcard(text)):
        raise refuse("must be a valid hostname, not an IP and without a port")
    return text


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        valid = False
    else:
        valid = "%" not in text and re.fullmatch(r"[^/]+(/[0-9]{1,3})?", text) is not None
    if not valid:
        raise refuse("must be a valid IP or CIDR")
    return text


def _encoded(text: str) -> str:
    """Every `%` begins two hexadecimal digits."""
    if "%" in _ENCODED.sub("", text):
        raise refuse(f"invalid url-encoded value in '{text}'")
    return text


def _router_path(text: str) -> str:
    if text.startswith("~"):
        return _pattern(text)
    normalized = _normalized(text)
    if normalized != text:
        raise refuse(f"non-normalized path, consider use '{normalized}' instead")
    return text


def _pattern(text: str) -> str:
    # PCRE's named groups; what Python can't compile the sandbox's data plane couldn't match either.
    wanted = text[1:].replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(wanted)
    except (re.error, RecursionError, OverflowError) as error:
        problem = str(error)
    else:
        return text
    raise refuse(f"invalid regex: '{text[1:]}' ({problem})")


def _normalized(path: str) -> str:
    """The path with needless encoding undone and dot segments resolved, as Kong's router reads it."""
    path = _ENCODED.sub(_decoded, path)
    segments: list[str] = []
    pieces = path.split("/")[1:]
    for piece in pieces:
        if piece == "..":
            del segments[-1:]
        elif piece != ".":
            segments.append(piece)
    return "/" + "/".join([*segments, ""] if pieces[-1] in (".", "..") else segments)


def _decoded(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    # A byte beyond ASCII is part of a character: decoded it differs from what was written in any case.
    return found[0].upper() if chr(number) in _RESERVED else chr(number)


Hostname = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_hostname)]
RouteHost = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_route_host)]
ServerName = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_server_name)]
Network = Annotated[str, AfterValidator(_network)]
ServicePath = Annotated[
    str,
    Field(max_length=1024),
    matching(r"(?!.*//)/.*", "must begin with `/` and must not contain `//`"),
    matching(_PATH, "characters outside of the reserved list of RFC 3986 found"),
    AfterValidator(_encoded),
]
RoutePath = Annotated[
    str,
    Field(max_length=1024),
    matching(r"~?/.*", "must begin with `/` (prefix path) or `~/` (regex path)"),
    matching(r"(?!.*//).*", "must not contain `//`"),
    AfterValidator(_encoded),
    AfterValidator(_router_path),
]
