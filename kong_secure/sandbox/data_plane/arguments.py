"""Query strings and form bodies as OpenResty reads and writes them. Which of them change is no matter of
this module.

Text here is the wire's: one character per byte (latin-1). Source: OpenResty, `ngx.req.get_uri_args`,
`ngx.encode_args`; Kong's `kong.service.request.set_query` for the order of a query string.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

MAX_ARGUMENTS = 100
"""Arguments read at most; later ones are lost where a rule rewrites them (kong.conf: lua_max_uri_args,
lua_max_post_args).
"""

Value = str | Literal[True] | list[str | Literal[True]]
"""A value, `True` for a name without `=`, or a list of these for a repeated name."""

Arguments = dict[str, Value]


def wire(text: str) -> str:
    """A configured text as the wire has it: one character per byte of its UTF-8."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def decode(text: str) -> Arguments:
    """Read a form body `a=1&b&a=2` into `{"a": ["1", "2"], "b": True}`; pairs without a name are dropped."""
    arguments: Arguments = {}
    for name, value in _pairs(text.split("&")[:MAX_ARGUMENTS]):
        _collect(arguments, name, value)
    return arguments


def decode_query(text: str) -> Arguments:
    """Read a query string like a form body, except that dropped pairs don't count towards the limit."""
    arguments: Arguments = {}
    for name, value in islice(_pairs(text.split("&")), MAX_ARGUMENTS):
        _collect(arguments, name, value)
    return arguments


def encode(arguments: Arguments) -> str:
    """Write the arguments in their own order, as a form body is written."""
    return "&".join(piece for name, value in arguments.items() if (piece := _encode_one(name, value)))


def encode_sorted(arguments: Arguments) -> str:
    """Write the arguments in the order of their encoded text, as Kong writes a query string: one without
    values leaves its separator.
    """
    return "&".join(sorted(_encode_one(name, value) for name, value in arguments.items()))


def appended(current: Value | None, value: str | None) -> Value:
    """What `append` makes of a current value: a list with the new one last; a bare name is dropped."""
    new: list[str | Literal[True]] = [] if value is None else [value]
    if isinstance(current, list):
        return [*current, *new]
    return [current, *new] if isinstance(current, str) else new


def _pairs(pieces: Iterable[str]) -> Iterator[tuple[str, str | Literal[True]]]:
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if name := _unquote(name):
            yield name, _unquote(value) if equals else True


def _collect(arguments: Arguments, name: str, value: str | Literal[True]) -> None:
    current = arguments.get(name)
    if current is None:
        arguments[name] = value
    elif isinstance(current, list):
        current.append(value)
    else:
        arguments[name] = [current, value]


def _encode_one(name: str, value: Value) -> str:
    values = value if isinstance(value, list) else [value]
    return "&".join(_quote(name) if one is True else f"{_quote(name)}={_quote(one)}" for one in values)


def _unquote(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("latin-1")


def _quote(text: str) -> str:
    return quote_from_bytes(text.encode("latin-1"), safe="!'()*")
