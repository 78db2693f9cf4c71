"""Reads fields of Konnect's answers and builds the segments of its paths; which fields there are is each
entity's matter.
"""

import uuid
from collections.abc import Mapping
from urllib.parse import quote

from kong_secure.konnect.session import Session


def text(session: Session, path: str, answer: Mapping[str, object], key: str) -> str:
    """A field that must be a text; raises Unavailable, naming the field, when it isn't."""
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise session.malformed(path, f"{key!r} is missing or no text")
    return value


def optional_text(answer: Mapping[str, object], key: str) -> str | None:
    """A field that may be null or absent."""
    value = answer.get(key)
    return value if isinstance(value, str) else None


def texts(answer: Mapping[str, object], key: str) -> tuple[str, ...]:
    """A list of texts; null and absent are the empty list."""
    value = answer.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def reference(answer: Mapping[str, object], key: str) -> str | None:
    """The id in a foreign reference such as `"service": {"id": ...}`; None when it is null or absent."""
    value = answer.get(key)
    return optional_text(value, "id") if isinstance(value, Mapping) else None


def segment(given: str) -> str:
    """A name or id as one segment of a path."""
    quoted = quote(given, safe="")
    # Dots alone would be taken for "this folder" and "the folder above".
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")


def is_id(given: str) -> bool:
    """Whether a text is a UUID, which is how Konnect's ids look."""
    try:
        return str(uuid.UUID(given)) == given.lower()
    except ValueError:
        return False
