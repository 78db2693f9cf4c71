"""What policies say of resources, in the terms that all engines of the sandbox share: levels, violations, and their
words. Who asks the policies is in `policy_packs`; what the user's own `pulumi` was told is in `pulumi_events`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """What becomes of a violation. REMEDIATE: the policy changes the resource itself. DISABLED: it isn't asked."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    DISABLED = "disabled"
    REMEDIATE = "remediate"


@dataclass(frozen=True)
class Violation:
    """What one policy says of one resource. version: of the pack, may be empty. urn: of the resource. level: mandatory
    or advisory, or remediate where the policy has changed the resource's inputs.
    """

    policy: str
    pack: str
    version: str
    level: Level
    message: str
    urn: str

    @property
    def label(self) -> str:
        """The policy and its pack, as in `kong-secure@v0.1.0 [mandatory] header-overwritten`."""
        version = f"@v{self.version}" if self.version else ""
        return f"{self.pack}{version} [{self.level}] {self.policy}"

    @property
    def words(self) -> str:
        """What a person reads of it, beside which resource it is about."""
        return f"{self.label}: {self.message.strip()}"

    @property
    def severity(self) -> str:
        """How a digest calls it: info, warning or error."""
        return {Level.MANDATORY: "error", Level.ADVISORY: "warning"}.get(self.level, "info")


def diagnostic(violation: Violation) -> dict[str, Any]:
    """The violation as one of a digest's diagnostics."""
    prefix = "" if violation.severity == "info" else f"{violation.severity}: "
    return {
        "urn": violation.urn,
        "message": f"{prefix}{violation.words}\n",
        "severity": violation.severity,
    }
