"""Deleting a resource before its successor is created, and the dependents that must go before it.

Which dependents those are is decided in `replacement`. A dependent whose old self is being deleted waits in its
own registration until it is gone.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kong_secure.sandbox.engine import display, execution, steps
from kong_secure.sandbox.engine.claims import Claims
from kong_secure.sandbox.engine.execution import Run
from kong_secure.sandbox.engine.replacement import Dependent, dependents_to_replace
from kong_secure.sandbox.engine.state import Record, Resource
from kong_secure.sandbox.engine.steps import Options, StepFailedError
from kong_secure.sandbox.engine.wire import Properties


@dataclass
class EarlyDelete:
    """A resource deleted ahead of the replacement of what it depends on."""

    dependent: Dependent
    done: threading.Event = field(default_factory=threading.Event)
    failed: bool = False


class DeleteFirst:
    """The resources of one run that are deleted before they are replaced. `order`: the state's."""

    def __init__(self, run: Run, claims: Claims, order: Sequence[Record]) -> None:
        self._run = run
        self._claims = claims
        self._order = order
        self._early: dict[str, EarlyDelete] = {}

    def await_early(self, urn: str) -> EarlyDelete | None:
        """What was deleted early of this (old) URN, once it is gone; None where nothing was.

        Raises StepFailedError when that failed.
        """
        with self._claims.lock:
            early = self._early.get(urn)
        if early is None:
            return None
        early.done.wait()
        if early.failed:
            raise StepFailedError("what it depends on could not be deleted before it", attempted=False)
        return early

    def delete(self, root: Record) -> None:
        """Delete it, and before it the dependents that go along.

        Raises StepFailedError where one of them is protected, ProviderError where one can't be deleted.
        """
        dependents = self._condemn_dependents(root)
        try:
            for early in reversed(dependents):
                execution.delete(self._run, early.dependent.record, replaced_by_create=True)
                early.done.set()
            execution.delete(self._run, root, replaced_by_create=True)
        finally:
            for early in dependents:
                early.failed = early.failed or not early.done.is_set()
                early.done.set()

    def _condemn_dependents(self, root: Record) -> list[EarlyDelete]:
        """Mark the dependents that go along; those that register from now on wait until theirs is gone."""
        with self._claims.lock:
            spared = {*self._claims.made, *self._early}
            live = [r for r in self._order if not r.resource.delete]
            found = dependents_to_replace(root, live, spared, self._replace_keys)
            protected = [d.record.resource.urn for d in found if d.record.resource.protect]
            if protected:
                named = ", ".join(display.describe(urn) for urn in protected)
                raise StepFailedError(
                    f"replacing it would delete {named}, which is protected", operation="replace"
                )
            dependents = [EarlyDelete(dependent) for dependent in found]
            self._early.update({early.dependent.record.resource.urn: early for early in dependents})
        return dependents

    def _replace_keys(self, resource: Resource, inputs: Properties) -> tuple[str, ...]:
        plugin = self._run.providers.plugin(resource.provider)
        answer = plugin.diff(resource, replace(resource, inputs=inputs))
        options = Options(resource.ignore_changes, resource.replace_on_changes)
        diff = steps.interpret(answer, resource.inputs, inputs, options)
        return diff.replaces if diff.changes else ()
