"""What a state says that this package registered, in a form that is the same for every run of the same program: what
another version registers otherwise would be a change, or a replacement, in its users' stacks. Nothing is asserted here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Ids, and what clouds append to names that they make up.
_MADE_UP = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=-)[0-9a-f]{17}\b|(?<=[a-z])[0-9a-f]{8}\b|(?<=-)[0-9a-f]{7}\b"
)
_SECRET = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi's states mark a secret."""


def registered(state: Path) -> list[dict[str, Any]]:
    """Of each component and resource of this package's in a state what it was given: URN, parent, provider and inputs.
    Ids are numbered in the order in which they first appear; secrets, and what providers note for themselves, are left
    out.
    """
    latest = json.loads(state.read_text())["checkpoint"]["latest"]
    numbers: dict[str, str] = {}
    found = sorted(latest["resources"], key=lambda resource: str(resource["urn"]))
    return [
        {
            key: _told(resource.get(key), numbers)
            for key in ("urn", "parent", "provider", "inputs")
            if resource.get(key)
        }
        for resource in found
        if "kong-secure:" in resource["urn"]
    ]


def _told(value: Any, numbers: dict[str, str]) -> Any:
    if isinstance(value, Mapping):
        if _SECRET in value:
            return "[secret]"
        return {key: _told(value[key], numbers) for key in sorted(value) if not key.startswith("__")}
    if isinstance(value, list):
        return [_told(item, numbers) for item in value]
    if isinstance(value, str):
        return _MADE_UP.sub(lambda met: numbers.setdefault(met[0], f"#{len(numbers) + 1}"), value)
    return value
