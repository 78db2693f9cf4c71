"""Takes secrets out of texts that come back from outside, in whatever form they come; it decides nothing
about errors.

Konnect echoes what it refuses: the message of a failed pattern is `invalid value: <the whole entry>`
(Kong/kong, kong/db/schema/init.lua). Such a text can be cut, JSON-escaped or encoded.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import quote, quote_plus

MASK = "[secret]"

# A cut-off echo shows the beginning of a secret: this many characters of one are taken for it.
_TELLING_PREFIX = 8

# A text may hold halves of surrogate pairs, and hiding it must not fail.
_UNPAIRED = "surrogatepass"


def _base64_forms(raw: bytes) -> Iterator[str]:
    # Inside a longer text that was encoded as a whole, a secret starts at one of three bit positions.
    for offset, borrowed in ((0, 0), (1, 2), (2, 3)):
        padded = b"\0" * offset + raw
        certain = len(padded) * 8 // 6
        yield base64.b64encode(padded).decode("ascii")[borrowed:certain]
        yield base64.urlsafe_b64encode(padded).decode("ascii")[borrowed:certain]


def _forms(secret: str) -> Iterator[str]:
    yield secret
    for percent in (
        quote(secret, safe="", errors=_UNPAIRED),
        quote(secret, errors=_UNPAIRED),
        quote_plus(secret, errors=_UNPAIRED),
    ):
        yield percent
        yield re.sub("%[0-9A-F]{2}", lambda match: match.group().lower(), percent)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield from _base64_forms(secret.encode("utf-8", _UNPAIRED))


class Scrubber:
    """Replaces secrets by `[secret]`; empty ones are ignored.

    secrets: removed in each form, also where only their beginning (8 characters) is left.
    wholes: texts that contain a secret, such as `Bearer x`: removed as a whole, so that no scheme is left
    behind.
    """

    def __init__(self, secrets: Iterable[str] = (), wholes: Iterable[str] = ()) -> None:
        self._given = (tuple(secrets), tuple(wholes))

    # Each operation has its secrets, and few operations meet a text to take them out of: the forms, of which
    # there are dozens, are made for the first text.
    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        return _longest_first(self._given[0])

    @cached_property
    def _wholes(self) -> tuple[str, ...]:
        return _longest_first(self._given[1])

    @cached_property
    def _beginning(self) -> re.Pattern[str] | None:
        beginnings = sorted({form[:_TELLING_PREFIX] for form in self._secrets}, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, beginnings))) if beginnings else None

    def __call__(self, text: str) -> str:
        """`text` without any of the secrets."""
        # Whole forms go first: a beginning that several forms share must not be taken out of one of them, as
        # its end would stay.
        for form in (*self._wholes, *self._secrets):
            text = text.replace(form, MASK)
        return self._without_beginnings(text)

    def _without_beginnings(self, text: str) -> str:
        pieces, position = [], 0
        while self._beginning is not None and (match := self._beginning.search(text, position)):
            start = match.start()
            pieces += [text[position:start], MASK]
            position = start + max(_shared(text, start, form) for form in self._secrets)
        return "".join((*pieces, text[position:]))

    def __repr__(self) -> str:
        return f"Scrubber({len(self._secrets) + len(self._wholes)} forms)"


def _longest_first(secrets: Iterable[str]) -> tuple[str, ...]:
    forms = {form for secret in secrets if secret for form in _forms(secret) if form}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _shared(text: str, start: int, form: str) -> int:
    """How many characters of a form stand in the text from `start` on."""
    pairs = zip(form, text[start : start + len(form)], strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), len(form))
