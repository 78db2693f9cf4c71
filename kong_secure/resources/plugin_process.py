"""What is special about the process in which Pulumi runs dynamic providers; clients and resources are
elsewhere.

pulumi/dynamic/__main__.py answers every exception with `traceback.format_exc()`, so users would read a
traceback of this package instead of a sentence. That is a private detail of the SDK: it is only touched in
that process.
"""

import sys
import traceback
from collections.abc import Callable
from typing import Any

from kong_secure.errors import KongSecureError

_HOST = "pulumi.dynamic.__main__"


def in_plugin_process() -> bool:
    """Whether this is the process in which Pulumi runs dynamic providers."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", None) == _HOST


def answer_with_sentences() -> None:
    """From now on this package's errors leave the process as their sentence, all others as before."""
    if in_plugin_process() and not hasattr(traceback.format_exc, "answers_with_sentences"):
        traceback.format_exc = with_sentences(traceback.format_exc)


def with_sentences(format_exc: Callable[..., str]) -> Callable[..., str]:
    """A `traceback.format_exc` that gives the message alone of an error of this package."""

    def formatted(*args: Any, **kwargs: Any) -> str:
        error = sys.exception()
        return str(error) if isinstance(error, KongSecureError) else format_exc(*args, **kwargs)

    formatted.answers_with_sentences = True  # type: ignore[attr-defined]  # marks that it was done
    return formatted
