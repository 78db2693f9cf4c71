"""Keeping secrets out of everything that is printed.

Every text on its way out passes a Masker that knows the secrets seen so far. Which values are secret is said
by their markers (`wire`); a text that merely looks like a secret isn't masked.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

MASK: Final = "[secret]"
# stands for the mask until all is masked: a short secret may be part of the word "secret"
_MASKED: Final = "\ue000"
_SHORTEST: Final = 4  # masking shorter texts would garble everything and hide nothing
_SHORTEST_LINE: Final = 8


class Masker:
    """Replaces known secrets in texts, in the forms in which they usually appear. Threads may share it."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._secrets: set[str] = set()
        self._forms: tuple[str, ...] = ()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Learn more secrets. Texts under 4 characters are ignored."""
        fresh = {text for text in secrets if len(text) >= _SHORTEST} - self._secrets
        if not fresh:
            return
        with self._lock:
            self._secrets |= fresh
            forms = set(self._forms)
            for text in fresh:
                forms.update(_forms(text))
            self._forms = tuple(sorted(forms, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """The text without any known secret."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, _MASKED)
        return text.replace(_MASKED, MASK)


def _forms(text: str) -> Iterable[str]:
    data = text.encode("utf-8", "surrogatepass")
    yield text
    for encoded in (base64.b64encode(data), base64.urlsafe_b64encode(data)):
        yield encoded.decode("ascii")
        yield encoded.decode("ascii").rstrip("=")
    yield data.hex()
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield repr(text)[1:-1]
    yield quote(text, safe="", errors="replace")
    # children's output is read by the line
    lines = text.splitlines()
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= _SHORTEST_LINE)
