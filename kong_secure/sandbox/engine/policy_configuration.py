"""How the policies of a pack are configured: what the pack says by default, what its author gave it, and the user's
file over both. Pure, but for reading that file; handing it to the pack is `policy_pack_process`'s matter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from kong_secure.sandbox.engine.operations import EngineError
from kong_secure.sandbox.engine.violations import Level

_LEVEL: Final = "enforcementLevel"
_ALL: Final = "all"
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


@dataclass(frozen=True)
class Policy:
    """A policy as its pack describes it. schema: its properties' JSON schemas, by name."""

    name: str
    level: Level
    schema: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """Of one policy. level: None leaves what there is."""

    level: Level | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


def read_configuration(file: Path) -> dict[str, Settings]:
    """What a file for `--policy-pack-config` says, by policy. Raises EngineError."""
    problem = ""
    try:
        found = json.loads(file.read_text(encoding="utf-8") or "{}")
    except (OSError, ValueError) as error:
        problem, found = str(error), {}
    if not problem and not isinstance(found, dict):
        problem = "it must be an object with the names of policies"
    if problem:
        raise EngineError(f"the policies' configuration {file} can't be read: {problem}")
    return {name: _settings(file, name, given) for name, given in found.items()}


def _settings(file: Path, name: str, given: object) -> Settings:
    properties: dict[str, Any] = dict(given) if isinstance(given, dict) else {_LEVEL: given}
    level = properties.pop(_LEVEL, None)
    if level is not None and level not in list(Level):
        raise EngineError(
            f"the policies' configuration {file} gives {name} the level {level!r}; "
            f"it must be one of {', '.join(Level)}"
        )
    return Settings(None if level is None else Level(level), properties)


def reconciled(
    policies: Sequence[Policy], initial: Mapping[str, Settings], given: Mapping[str, Settings]
) -> dict[str, Settings]:
    """The settings of every policy: its own defaults, the pack's initial ones over them, the given over both; `all`
    stands for every policy that isn't named. Raises ValueError for what a policy's schema refuses.
    """
    found = {}
    for policy in policies:
        defaults = {name: one["default"] for name, one in policy.schema.items() if "default" in one}
        settings = Settings(policy.level, defaults)
        for layer in (initial, given):
            if _ALL in layer:
                settings = replace(settings, level=layer[_ALL].level or settings.level)
            over = layer.get(policy.name, Settings())
            properties = {**settings.properties, **over.properties}
            settings = Settings(over.level or settings.level, properties)
        _refuse_unlike(policy, settings.properties)
        found[policy.name] = settings
    return found


def _refuse_unlike(policy: Policy, properties: Mapping[str, Any]) -> None:
    """As far as a property's type and its being there go; whatever else a schema says is the policy's to see."""
    for name in policy.required:
        if name not in properties:
            raise ValueError(f"{policy.name}: {name} is required")
    for name, value in properties.items():
        kind = policy.schema.get(name, {}).get("type")
        wanted = _TYPES.get(kind, ()) if isinstance(kind, str) else ()
        if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
            raise ValueError(f"{policy.name}: {name} must be of type {kind}")
