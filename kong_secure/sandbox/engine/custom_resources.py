"""Registering custom resources, which a provider makes: check, diff, decide, then create, update or replace.

`steps` decides, `execution` acts, `delete_first` deletes what can't wait until its successor is there.
"""

from __future__ import annotations

from dataclasses import replace

from kong_secure.sandbox.engine import diffs, display, execution, steps, wire
from kong_secure.sandbox.engine.delete_first import DeleteFirst, EarlyDelete
from kong_secure.sandbox.engine.execution import Run
from kong_secure.sandbox.engine.operations import Change, Difference
from kong_secure.sandbox.engine.plugins import CheckFailure, Plugin
from kong_secure.sandbox.engine.provider_resources import ProviderResources
from kong_secure.sandbox.engine.registration import Registration
from kong_secure.sandbox.engine.state import Record, Resource
from kong_secure.sandbox.engine.steps import Decision, Diff, Options, Step, StepFailedError
from kong_secure.sandbox.engine.wire import Properties


class CustomResources:
    """The custom resources of one run."""

    def __init__(self, run: Run, provider_resources: ProviderResources, delete_first: DeleteFirst) -> None:
        self._run = run
        self._provider_resources = provider_resources
        self._delete_first = delete_first

    def register(self, new: Resource, goal: Registration, old: Record | None) -> tuple[Record, Change]:
        """Bring the resource to what `new` says, its provider named in it, and record it.

        Raises StepFailedError where that can't be done, ProviderError where the provider couldn't do it.
        """
        early = self._delete_first.await_early(old.resource.urn if old else new.urn)
        plugin = self._run.providers.plugin(new.provider)
        new = replace(new, inputs=self._checked(plugin, new, goal, None if early else old))
        provider = self._provider_resources.serving(new.provider)
        new = self._run.policies.judge(new, provider, delete_before_replace=goal.delete_before_replace)
        if early is not None:
            return self._create_again(plugin, new, old, early)
        if old is None:
            record = execution.create(self._run, plugin, new, None, keep_old=False)
            found = display.as_additions(new.inputs)
            return record, Change(new.urn, "create", found, simulated=plugin.simulated)
        options = _options(goal)
        decision = steps.decide(old.resource, self._diff(plugin, new, old.resource, options), options)
        if decision.refusal is not None:
            raise StepFailedError(decision.refusal, operation="replace")
        return self._apply(decision, plugin, new, goal, old)

    def _create_again(
        self, plugin: Plugin, new: Resource, old: Record | None, early: EarlyDelete
    ) -> tuple[Record, Change]:
        record = execution.create(self._run, plugin, new, old, keep_old=False)
        found = diffs.differences(early.dependent.record.resource.inputs, new.inputs)
        keys = early.dependent.keys
        return record, Change(
            new.urn, "replace", found, keys, delete_first=True, simulated=plugin.simulated, along=True
        )

    def _apply(
        self, decision: Decision, plugin: Plugin, new: Resource, goal: Registration, old: Record
    ) -> tuple[Record, Change]:
        if decision.step is Step.REPLACE:
            return self._replace(decision, plugin, new, goal, old)
        if decision.step is Step.UPDATE:
            record = execution.update(self._run, plugin, new, old)
        else:
            record = execution.keep(self._run, new, old)
        return record, Change(
            new.urn,
            decision.step.value,
            decision.differences,
            simulated=plugin.simulated or decision.step is Step.SAME,
            diff_keys=decision.diff_keys,
            detailed=decision.detailed,
        )

    def _checked(self, plugin: Plugin, new: Resource, goal: Registration, old: Record | None) -> Properties:
        """The inputs as the provider wants them recorded."""
        inputs = new.inputs
        if old is not None:
            inputs = diffs.put_back(goal.ignore_changes, old.resource.inputs, inputs)
        checked, failures = plugin.check(new.urn, old.resource.inputs if old else {}, inputs)
        if failures:
            reason = "; ".join(_check_failure(failure, checked) for failure in failures)
            raise StepFailedError(reason, misdeclared=True)
        if not self._run.preview and any(wire.contains_unknown(value) for value in checked.values()):
            raise StepFailedError("it has inputs that never became known", attempted=False)
        return checked

    def _diff(self, plugin: Plugin, new: Resource, old: Resource, options: Options) -> Diff:
        if steps.replaced_by_kind(old, new.custom):
            return Diff(changes=True, replaces=("provider",))
        if new.deleted_with and self._is_replaced(new.deleted_with):
            return Diff(changes=True, replaces=("deletedWith",))
        if self._provider_resources.replaces(old.provider, new.provider, plugin):
            return Diff(changes=True, replaces=("provider",))
        answer = plugin.diff(old, new)
        return steps.interpret(answer, old.inputs, new.inputs, options)

    def _is_replaced(self, urn: str) -> bool:
        return any(change.urn == urn and change.operation == "replace" for change in list(self._run.changes))

    def _replace(
        self, decision: Decision, plugin: Plugin, new: Resource, goal: Registration, old: Record
    ) -> tuple[Record, Change]:
        # what was carried over from the old resource is no longer wanted
        new = replace(new, inputs=self._checked(plugin, replace(new, inputs=goal.inputs), goal, None))
        new = self._run.policies.remediate_again(new, self._provider_resources.serving(new.provider))
        if decision.delete_first and not old.resource.pending_replacement:
            self._delete_first.delete(old)
        record = execution.create(self._run, plugin, new, old, keep_old=not decision.delete_first)
        found: tuple[Difference, ...] = diffs.differences(old.resource.inputs, new.inputs)
        return record, Change(
            new.urn,
            "replace",
            found,
            decision.replace_keys,
            decision.delete_first,
            simulated=plugin.simulated,
            diff_keys=decision.diff_keys,
            detailed=decision.detailed,
        )


def _options(goal: Registration) -> Options:
    return Options(
        goal.ignore_changes, goal.replace_on_changes, goal.delete_before_replace, bool(goal.protect)
    )


def _check_failure(failure: CheckFailure, inputs: Properties) -> str:
    if not failure.property:
        return failure.reason
    shown = display.show(inputs[failure.property]) if failure.property in inputs else "not given"
    return f"property {failure.property} ({shown}): {failure.reason}"
