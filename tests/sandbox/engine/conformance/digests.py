"""What of a preview's digest must be the same on every engine: all but times, ids of providers, the order of steps
that don't depend on one another, where in the program a resource is registered, and the words in which failures of
single resources are told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_TIMES: Final = frozenset({"created", "modified"})
# The second is how a dynamic provider travels, which depends on Python's version.
_LEFT_OUT: Final = frozenset({"sourcePosition", "stackTrace", "__provider"})
_EXIT: Final = "error: an unhandled error occurred: program exited with non-zero exit code: 1"
_RANDOM_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PROVIDER: Final = "provider"


def comparable(digest: Mapping[str, Any]) -> dict[str, Any]:
    """The digest without what differs from run to run."""
    assert isinstance(digest["duration"], int)
    assert digest["duration"] > 0
    steps = [_without_chance(step) for step in digest.get("steps", [])]
    return {
        **{key: value for key, value in digest.items() if key not in ("duration", "steps", "diagnostics")},
        "steps": sorted(steps, key=lambda step: (str(step["urn"]), str(step["op"]))),
        "diagnostics": _said(digest.get("diagnostics", [])),
    }


def _without_chance(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _entry(key, item) for key, item in value.items() if key not in _LEFT_OUT}
    return [_without_chance(item) for item in value] if isinstance(value, list) else value


def _entry(key: str, value: Any) -> Any:
    if key in _TIMES:
        return "a time"
    if key == "id" and _RANDOM_ID.fullmatch(value):
        return "an id"
    if key == _PROVIDER and isinstance(value, str):
        return value.rsplit("::", 1)[0]
    if key in ("diffReasons", "replaceReasons", "dependencies"):
        return sorted(item for item in value if item != "__provider")
    return _without_chance(value)


def _said(diagnostics: list[dict[str, str]]) -> list[dict[str, str]]:
    """Errors of the program and warnings word for word; of a resource's failure, that there is one."""
    found = []
    for one in diagnostics:
        message = one["message"].strip()
        if one["severity"].startswith("info") or message == _EXIT:
            continue
        found.append({**one, "message": "a failure" if "urn" in one else message})
    return sorted(found, key=str)
