"""What a step of an attachment is, how long steps take, and those that every kind has. The others live with their
kind, and who takes them with `lifecycle`.

A record says what comes next (`step`) and when at the earliest (`due`, by the clock; None: as soon as it is
looked at).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import KongNetwork
from kong_secure.sandbox.konnect.store import Record

Step = Callable[[KongNetwork, Record], Record | None]
"""Takes an attachment of a network on: the record after it, the same one where nothing has happened, None for one
that is to be forgotten."""


@dataclass(frozen=True)
class Durations:
    """Seconds that each step takes at the least: a network to get ready or go, an attachment to get to its
    cloud, to settle after acceptance or a change, to be taken down, and to be forgotten afterwards.
    """

    network: float = 0.5
    attach: float = 0.2
    settle: float = 0.2
    detach: float = 0.2
    forget: float = 0.2


@dataclass(frozen=True)
class Pace:
    """When the next step may be taken."""

    clock: Clock
    durations: Durations

    def due_in(self, seconds: float) -> float:
        """The moment so many seconds from now."""
        return self.clock.now() + seconds

    def settling(self, kept: Record) -> Record:
        """The attachment, which is there in its cloud and takes its time to be usable."""
        return {**kept, "step": "settle", "due": self.due_in(self.durations.settle)}

    def terminated(self, kept: Record) -> Record:
        """The attachment after the last of it has gone from its cloud."""
        due = self.due_in(self.durations.forget)
        return {**kept, "state": "terminated", "step": "forget", "due": due}


def forget(_network: KongNetwork, _kept: Record) -> None:
    """The step after which Konnect doesn't know the attachment any more."""


def ready(kept: Record) -> Record:
    """The attachment, usable and watched from now on; what it waited for is no news any more."""
    without = {name: value for name, value in kept.items() if name != "state_metadata"}
    return {**without, "state": "ready", "step": "watch", "due": None}


def failed(kept: Record, reason: str) -> Record:
    """The attachment in error, where nothing is done any more."""
    metadata = {"reported_status": "ERROR", "reason": reason}
    return {**kept, "state": "error", "state_metadata": metadata, "step": None, "due": None}
