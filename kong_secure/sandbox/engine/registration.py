"""What a program asks for when it registers a resource: the request read once.

Which options are refused is in `unimplemented`, what is done about a registration is `deployment`'s matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kong_secure.sandbox.engine import wire
from kong_secure.sandbox.engine.urns import Alias
from kong_secure.sandbox.engine.wire import Properties

_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Registration:
    """One resource as the program wants it. Options left out by the program are None where that differs."""

    type: str
    name: str
    custom: bool
    inputs: Properties
    parent: str = ""
    provider: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] | None = None
    protect: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    retain_on_delete: bool | None = None
    deleted_with: str = ""
    custom_timeouts: Mapping[str, float] | None = None
    version: str = ""
    plugin_download_url: str = ""


def parse(request: Any) -> Registration:
    """The registration in a RegisterResourceRequest.

    Raises UnsupportedValueError for values that this engine doesn't carry, ValueError for a malformed
    timeout.
    """
    return Registration(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=wire.from_struct(request.object),
        parent=request.parent,
        provider=request.provider,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies=_property_dependencies(request),
        protect=request.protect if request.HasField("protect") else None,
        delete_before_replace=_delete_before_replace(request),
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=(
            *(Alias(urn=urn) for urn in request.aliasURNs),
            *(_alias(alias) for alias in request.aliases),
        ),
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        deleted_with=request.deletedWith,
        custom_timeouts=_timeouts(request.customTimeouts) if request.HasField("customTimeouts") else None,
        version=request.version,
        plugin_download_url=request.pluginDownloadURL,
    )


def _property_dependencies(request: Any) -> dict[str, tuple[str, ...]] | None:
    found = {key: tuple(sorted(urns.urns)) for key, urns in request.propertyDependencies.items()}
    return found or None


def _delete_before_replace(request: Any) -> bool | None:
    if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
        return bool(request.deleteBeforeReplace)
    return None


def _alias(alias: Any) -> Alias:
    if alias.WhichOneof("alias") == "urn":
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )


def _timeouts(timeouts: Any) -> dict[str, float]:
    given = {name: getattr(timeouts, name) for name in ("create", "update", "delete", "read")}
    return {name: seconds(text) for name, text in given.items() if text}


def seconds(text: str) -> float:
    """A duration such as `5m` or `1h30m` in seconds. Raises ValueError for anything else."""
    pieces = _DURATION.findall(text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        raise ValueError(f"custom timeout {text!r} is not a duration; write it like 30s, 5m or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in pieces)
