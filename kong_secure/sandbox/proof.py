"""The proof that a backend is secured: the same call made directly, which must be refused, and through the
gateway, which must pass. What the backend demands and how the gateway meets it live in the world.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from kong_secure.sandbox.loopback_client import loopback_client

_TIMEOUT_SECONDS = 30.0
_REFUSED = 401
_PASSED = 200
_BLOCKED = "X-Sandbox-Blocked"  # written again here, because loading the data plane would take a command long


@dataclass(frozen=True)
class Seen:
    """What a call met: an HTTP status, or in words why there was none; and what blocked it on a private path."""

    status: int | None
    trouble: str = ""
    blocked: str | None = None

    def __str__(self) -> str:
        met = self.trouble if self.status is None else str(self.status)
        return met if self.blocked is None else f"{met}: {self.blocked}"


@dataclass(frozen=True)
class Proof:
    """What both calls met."""

    direct: Seen
    through_gateway: Seen

    @property
    def held(self) -> bool:
        """Whether the direct call was refused and the other one passed."""
        return self.direct.status == _REFUSED and self.through_gateway.status == _PASSED

    def lines(self) -> tuple[str, str]:
        """The proof for people, one line a call."""
        refused = "refused" if self.direct.status == _REFUSED else "NOT refused"
        passed = "passed" if self.through_gateway.status == _PASSED else "NOT passed"
        return (
            f"direct call: {refused} ({self.direct})",
            f"through the gateway: {passed} ({self.through_gateway})",
        )


def prove(backend: str, gateway: str, path: str) -> Proof:
    """Make both calls, without any credentials. Addresses are without path; `path` begins with a slash."""
    return Proof(direct=call(backend + path), through_gateway=call(gateway + path))


def call(address: str) -> Seen:
    """What a GET of this address meets; a redirect isn't followed."""
    try:
        with loopback_client(_TIMEOUT_SECONDS) as client:
            answer = client.get(address)
            return Seen(answer.status_code, blocked=answer.headers.get(_BLOCKED))
    except httpx.TimeoutException:
        return Seen(None, "no answer in time")
    except httpx.HTTPError:
        return Seen(None, "no connection")
