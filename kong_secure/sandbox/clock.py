"""The sandbox's clock: the time at which states follow one another. Tests and people turn it; what follows
when is decided by whoever reads it.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch, ahead of the real ones by what it was turned. It never goes back."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._ahead = 0.0
        self._frozen: float | None = None

    @property
    def frozen(self) -> bool:
        """Whether it stands still but for being turned."""
        return self._frozen is not None

    def now(self) -> float:
        """The time it shows."""
        return self._frozen if self._frozen is not None else self._real() + self._ahead

    def freeze(self) -> None:
        """Let it stand still."""
        self._frozen = self.now()

    def run(self) -> None:
        """Let it run on from where it stands."""
        if self._frozen is not None:
            self._ahead = self._frozen - self._real()
            self._frozen = None

    def advance(self, seconds: float) -> None:
        """Turn it forward."""
        if self._frozen is not None:
            self._frozen += seconds
        else:
            self._ahead += seconds
