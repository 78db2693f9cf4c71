"""Text of somebody else's made fit to be read: one line, no longer than it may be, and nothing in it that can't be
seen. How it is written as Markdown or HTML is theirs.
"""

import unicodedata
from collections.abc import Mapping

from kong_secure.rules.exposure import UNKNOWN

SECRET = "[secret]"  # noqa: S105 - the words in the place of one
"""What a preview has in the place of a secret."""

LONGEST = 200
"""Characters of a name or a value; the rest is cut, and a mark stands for it."""

LONGEST_MESSAGE = 1000
"""Characters of what an engine or a policy said."""

_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f")
"""Letters and marks by their category, and seen by nobody."""


def visible(text: str, longest: int = LONGEST) -> str:
    """The text in one line. What can't be seen, or turns the line around, stands as its number."""
    # Much longer than it may be: nobody reads the rest, and it can have millions of characters.
    flat = " ".join(text[: longest * 4].split())
    cut = len(flat) > longest or len(text) > longest * 4
    return "".join(map(_seen, flat[:longest])) + ("…" if cut else "")


def shown(value: object) -> str:
    """A value for people: what isn't known yet in words, and a list by its items."""
    if value == UNKNOWN:
        return "(known after up)"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {shown(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # JSON and Pulumi's wire have one kind of number
    return "nothing" if value in (None, "") else str(value).replace(UNKNOWN, "(known after up)")


def holds_unknown(value: object) -> bool:
    """Whether any part of it is known after `up` alone."""
    return _holds(value, UNKNOWN)


def is_hidden(value: object) -> bool:
    """Whether any part of it isn't shown by a preview: known after `up` alone, or secret."""
    return _holds(value, UNKNOWN) or _holds(value, SECRET)


def _holds(value: object, mark: str) -> bool:
    if isinstance(value, Mapping):
        return any(_holds(item, mark) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_holds(item, mark) for item in value)
    return isinstance(value, str) and mark in value


def _seen(letter: str) -> str:
    if letter in _BLANK or unicodedata.category(letter) in _UNSEEN:
        return f"[U+{ord(letter):04X}]"
    return letter
