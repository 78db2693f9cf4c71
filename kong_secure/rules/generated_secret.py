"""What a generated secret looks like, and what may ask for another one; when it is made is decided elsewhere."""

import secrets
import string
from collections.abc import Iterator

from kong_secure.rules.findings import Finding

ALPHABET = string.ascii_letters + string.digits + "._~-"
"""RFC 3986's unreserved characters: they need no quoting in a header, a URL, a shell or a file."""

LENGTH = 43
"""Characters of a generated secret: 43 of these 66 are 259 bits."""


def generated_secret() -> str:
    """A secret from the operating system's source of randomness, of at least 256 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def rotation_findings(rotation: object) -> Iterator[Finding]:
    """What is wrong with the value whose change asks for another secret; None is none."""
    if rotation is None or (isinstance(rotation, str | int) and not isinstance(rotation, bool)):
        return
    yield Finding(
        f"rotation {rotation!r}", "is neither text nor a whole number", 'give one such as "2026-11" or 2'
    )
