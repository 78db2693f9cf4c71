"""The proof that a backend is secured: the same call made directly, which must be refused, and through the
gateway, which must pass. For a backend in a private network the direct call is a neighbour's, and nobody outside
may reach it at all. What the backend demands and how the gateway meets it live in the world.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from kong_secure.sandbox.loopback_client import loopback_client

_TIMEOUT_SECONDS = 30.0
_REFUSED = 401
_PASSED = 200
# Written again here, because loading the data plane and the backend would take a command long.
_BLOCKED = "X-Sandbox-Blocked"
_NOTE = "X-Sandbox-Note"


@dataclass(frozen=True)
class Seen:
    """What a call met: an HTTP status, and in words what was wrong with it or why there was none; and what blocked
    it on a private path.
    """

    status: int | None
    trouble: str = ""
    blocked: str | None = None

    def __str__(self) -> str:
        status = "" if self.status is None else str(self.status)
        return ": ".join(filter(None, (status, self.trouble, self.blocked)))

    @property
    def refused(self) -> bool:
        """Whether the backend refused the call."""
        return self.status == _REFUSED

    @property
    def passed(self) -> bool:
        """Whether the backend answered what was asked for."""
        return self.status == _PASSED


@dataclass(frozen=True)
class Target:
    """The addresses that are called, past the gateway and through it.

    private: whether the backend stands in a private network. outside, inside: what blocks calls from the internet
    and from a neighbour there, None for nothing.
    """

    backend: str
    gateway: str
    private: bool = False
    outside: str | None = None
    inside: str | None = None


@dataclass(frozen=True)
class Proof:
    """What the calls met. outside: the one from the internet to a private backend; None for a public one, where
    the direct call comes from there.
    """

    direct: Seen
    through_gateway: Seen
    outside: Seen | None = None

    @property
    def held(self) -> bool:
        """Whether the direct call was refused and the other one passed, and nobody outside reaches a private
        backend. A direct call that the network blocks is as good as refused.
        """
        unreachable = self.outside is None or self.outside.blocked is not None
        stopped = self.direct.refused or self.direct.blocked is not None
        return unreachable and stopped and self.through_gateway.passed

    def lines(self) -> list[str]:
        """The proof for people, one line a call."""
        outside = []
        if self.outside is not None:
            reached = "REACHABLE" if self.outside.blocked is None else "unreachable"
            outside = [f"direct call from outside: {reached} ({self.outside})"]
        passed = "passed" if self.through_gateway.passed else "NOT passed"
        return [
            *outside,
            f"direct call: {self._direct()} ({self.direct})",
            f"through the gateway: {passed} ({self.through_gateway})",
        ]

    def _direct(self) -> str:
        if self.direct.blocked is not None:
            return "blocked by the network"
        return "refused" if self.direct.refused else "NOT refused"


def prove(target: Target) -> Proof:
    """Make the calls, without any credentials."""
    return Proof(
        direct=_unless(target.inside, target.backend),
        through_gateway=call(target.gateway),
        outside=_unless(target.outside, target.backend) if target.private else None,
    )


def _unless(blocked: str | None, address: str) -> Seen:
    return call(address) if blocked is None else Seen(None, blocked=blocked)


def call(address: str) -> Seen:
    """What a GET of this address meets; a redirect isn't followed."""
    with loopback_client(_TIMEOUT_SECONDS) as client:
        return seen(client, address)


def seen(client: httpx.Client, address: str) -> Seen:
    """The same with a client that is there already."""
    try:
        answer = client.get(address)
    except httpx.TimeoutException:
        return Seen(None, "no answer in time")
    except httpx.HTTPError:
        return Seen(None, "no connection")
    return Seen(answer.status_code, answer.headers.get(_NOTE, ""), answer.headers.get(_BLOCKED))
