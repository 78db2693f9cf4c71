"""Policy packs on the user's own `pulumi`: how it is asked to run them, and what it says of them. The embedded engine's
way is in `policy_packs`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from kong_secure.sandbox.engine import wire
from kong_secure.sandbox.engine.digest import complaints, masked
from kong_secure.sandbox.engine.masking import Masker
from kong_secure.sandbox.engine.operations import Operation, PolicyPack
from kong_secure.sandbox.engine.pulumi_events import events
from kong_secure.sandbox.engine.violations import Level, Violation, diagnostic

_JUDGED: Final = (Operation.PREVIEW, Operation.UP)
_REMEDIATED: Final = re.compile(r"    \s*\S+@\S+ \[remediate\]  \S+  \(.*\)\s*")


def arguments(operation: Operation, packs: Sequence[PolicyPack]) -> Iterator[str]:
    """What makes pulumi run the packs."""
    if operation not in _JUDGED:
        return
    configured = any(pack.configuration is not None for pack in packs)
    for pack in packs:
        yield from ("--policy-pack", str(pack.folder))
        if configured:  # one for each pack, or none at all
            yield from ("--policy-pack-config", str(pack.configuration or os.devnull))


def without_remediated_values(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a preview without the values of what a policy changed: before it became a secret it is shown in
    clear.
    """
    hidden = False
    for line in lines:
        if _REMEDIATED.fullmatch(line):
            yield line
            hidden = True
        elif not hidden:
            yield line
        elif not line.strip():
            hidden = False


def judged(document: dict[str, Any] | None, log: Path, masker: Masker, out: TextIO) -> dict[str, Any] | None:
    """The digest, where there is one, with what policies said, which pulumi leaves out of it; `out` gets their
    complaints.
    """
    found = [] if document is None else [diagnostic(violation) for violation in violations(log)]
    if document is None or not found:
        return document
    masker.add(_made_secret(log))
    told = masked({"diagnostics": found}, masker)["diagnostics"]
    out.write(complaints({"diagnostics": told}))
    return {**document, "diagnostics": [*(document.get("diagnostics") or ()), *told]}


def violations(log: Path) -> tuple[Violation, ...]:
    """What an event log tells of policies, in its order; of what they changed without the values."""
    return tuple(
        _violation(kind, content)
        for event in events(log)
        for kind, content in event.items()
        if kind in ("policyEvent", "policyRemediationEvent")
    )


def _made_secret(log: Path) -> Iterator[str]:
    """What a policy made secret, in clear: another policy may have said it."""
    for event in events(log):
        content = event.get("policyRemediationEvent") or {}
        after = content.get("after") or {}
        for name, value in (content.get("before") or {}).items():
            now = after.get(name)
            if isinstance(now, dict) and now.get(wire.SIGNATURE) == wire.SECRET_SIGNATURE:
                yield from wire.secret_leaves(wire.secret(value))


def _violation(kind: str, content: Mapping[str, Any]) -> Violation:
    remediated = kind == "policyRemediationEvent"
    return Violation(
        policy=content["policyName"],
        pack=content["policyPackName"],
        version=content.get("policyPackVersion", ""),
        level=Level.REMEDIATE if remediated else Level(content["enforcementLevel"]),
        message="it was changed" if remediated else content["message"],
        urn=content.get("resourceUrn", ""),
    )
