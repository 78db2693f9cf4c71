"""Which recorded resource each registration of a run continues: by its URN, or by an alias.

Every recorded resource can be claimed once. Which URNs an alias stands for is in `urns`; what becomes of what
nobody claimed is `deletion`'s matter.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from kong_secure.sandbox.engine import urns
from kong_secure.sandbox.engine.state import Record
from kong_secure.sandbox.engine.steps import StepFailedError
from kong_secure.sandbox.engine.urns import Alias, Identity


class Claims:
    """The claims of one run. `recorded`: what could be claimed, by URN."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.recorded = {r.resource.urn: r for r in records if not r.resource.delete}
        self.lock = threading.Lock()
        """Held by whoever must not be overtaken by a claim."""
        self._keys = frozenset(record.key for record in records)
        self._claimed: set[str] = set()
        self._aliased: dict[str, str] = {}  # URN of this run -> the old URN it was found under
        self._taken: set[str] = set()  # old URNs that somebody claimed by alias
        self._handled: set[int] = set()

    @property
    def unclaimed(self) -> set[int]:
        """The keys of what was recorded before this run, and that nobody claimed."""
        return {*self._keys} - self._handled

    @property
    def made(self) -> frozenset[str]:
        """The URNs that were claimed by now, and those taken over by alias. For whoever holds the lock."""
        return frozenset(self._claimed | self._taken)

    def claim(self, identity: Identity, aliases: tuple[Alias, ...]) -> Record | None:
        """The recorded resource that this one continues, now spoken for; None for a new one.

        Raises StepFailedError where another registration of the program has it.
        """
        urn = identity.urn
        with self.lock:
            if urn in self._claimed:
                raise StepFailedError(
                    f"another resource has the same type and name; its URN would be {urn} twice",
                    misdeclared=True,
                )
            if urn in self._taken:
                reason = "another resource of the program took over this URN by an alias"
                raise StepFailedError(reason, misdeclared=True)
            names = urns.aliases(identity, aliases, self._aliased)
            self._claimed.add(urn)
            for name in (urn, *names):
                record = self.recorded.get(name)
                if record is None:
                    continue
                if name != urn:
                    self._take_over(urn, name)
                self._handled.add(record.key)
                return record
        return None

    def _take_over(self, urn: str, name: str) -> None:
        if name in self._claimed or name in self._taken:
            reason = f"its alias {name} belongs to another resource of the program"
            raise StepFailedError(reason, misdeclared=True)
        self._taken.add(name)
        self._aliased[urn] = name
