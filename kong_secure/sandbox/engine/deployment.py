"""Registering resources: from what the program asks for to what is recorded, one registration at a time.

Registrations arrive in parallel; each is carried through here in the thread it arrived in. `steps` decides,
`execution` acts, `provider_resources` keeps providers, `deletion` ends what the program no longer has.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace

from kong_secure.sandbox.engine import diffs, display, execution, steps, urns, wire
from kong_secure.sandbox.engine.execution import Run
from kong_secure.sandbox.engine.operations import Change, Difference
from kong_secure.sandbox.engine.plugins import CheckFailure, Plugin, ProviderError
from kong_secure.sandbox.engine.provider_resources import ProviderResources
from kong_secure.sandbox.engine.registration import Registration
from kong_secure.sandbox.engine.replacement import Dependent, dependents_to_replace
from kong_secure.sandbox.engine.state import Record, Resource
from kong_secure.sandbox.engine.steps import Decision, Diff, Options, Step
from kong_secure.sandbox.engine.wire import Properties


class StepFailedError(Exception):
    """A registration that can't be carried out, and why. attempted: False when it was given up beforehand.
    misdeclared: the program is at fault, so that what it leaves out says nothing.
    """

    def __init__(
        self, reason: str, *, operation: str = "create", attempted: bool = True, misdeclared: bool = False
    ) -> None:
        super().__init__(reason)
        self.operation = operation
        self.attempted = attempted
        self.misdeclared = misdeclared


@dataclass(frozen=True)
class Answer:
    """What the program is told of its resource."""

    urn: str
    id: str = ""
    outputs: Properties = field(default_factory=dict)
    failed: bool = False


@dataclass
class _EarlyDelete:
    """A resource deleted ahead of the replacement of what it depends on."""

    dependent: Dependent
    done: threading.Event = field(default_factory=threading.Event)
    failed: bool = False


class Deployment:
    """The registrations of one run of a program."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._lock = threading.Lock()
        self._old = {r.resource.urn: r for r in run.store.records() if not r.resource.delete}
        self._order = run.store.records()
        self._claimed: set[str] = set()
        self._aliased: dict[str, str] = {}  # URN of this run -> the old URN it was found under
        self._taken: set[str] = set()  # old URNs that somebody claimed by alias
        self._early: dict[str, _EarlyDelete] = {}
        self._failed: set[str] = set()
        self._goals: dict[str, Registration] = {}
        self._records: dict[str, Record] = {}
        self._handled: set[int] = set()
        self.misdeclared = False
        """Whether something of the program itself was refused, as inputs are by a check."""
        self.stack_outputs: tuple[str, Properties] | None = None
        self.provider_resources = ProviderResources(run, self._old)

    @property
    def unregistered(self) -> set[int]:
        """The keys of what was recorded before this run and that nobody registered in it."""
        return {record.key for record in self._order} - self._handled - self.provider_resources.handled

    def register(self, goal: Registration, refusal: str | None = None) -> Answer:
        """Carry a registration through. A failure is reported, and answered as such; it never raises."""
        goal = self._with_parents_options(goal)
        urn = self._identity(goal).urn
        if refusal is not None:
            self.misdeclared = True
            return self._fail(urn, Change(urn, "create", error=refusal))
        started = time.monotonic()
        try:
            self._refuse_needing_failed(goal)
            record, change = self._carry_out(urn, goal)
        except StepFailedError as error:
            self.misdeclared |= error.misdeclared
            return self._fail(urn, Change(urn, error.operation, error=str(error), attempted=error.attempted))
        except ProviderError as error:
            return self._fail(
                urn, Change(urn, "create" if urn not in self._old else "update", error=str(error))
            )
        with self._lock:
            self._records[urn] = record
            self._goals[urn] = goal
        self.run.tell(replace(change, seconds=time.monotonic() - started))
        return Answer(urn, record.resource.id, record.resource.outputs if goal.custom else {})

    def _fail(self, urn: str, change: Change) -> Answer:
        with self._lock:
            self._failed.add(urn)
        self.run.tell(change)
        return Answer(urn, failed=True)

    def _with_parents_options(self, goal: Registration) -> Registration:
        with self._lock:
            parent = self._goals.get(goal.parent)
        if parent is None:
            return goal
        return replace(
            goal,
            protect=parent.protect if goal.protect is None else goal.protect,
            retain_on_delete=parent.retain_on_delete
            if goal.retain_on_delete is None
            else goal.retain_on_delete,
            deleted_with=goal.deleted_with or parent.deleted_with,
        )

    def _refuse_needing_failed(self, goal: Registration) -> None:
        needed = {*goal.dependencies, goal.parent, goal.deleted_with, urns.provider_urn(goal.provider)}
        for named in (goal.property_dependencies or {}).values():
            needed.update(named)
        with self._lock:
            failed = needed & self._failed
        if failed:
            because = ", ".join(sorted(display.describe(urn) for urn in failed))
            raise StepFailedError(f"it needs {because}, which failed", attempted=False)

    def _carry_out(self, urn: str, goal: Registration) -> tuple[Record, Change]:
        self.run.masker.add(leaf for value in goal.inputs.values() for leaf in wire.secret_leaves(value))
        old = self._claim(urn, goal)
        new = _wanted(urn, goal, old)
        if urns.is_provider(goal.type):
            return self.provider_resources.register(new, old)
        if not goal.custom:
            return self._register_component(new, old)
        if not goal.provider:
            goal = replace(goal, provider=self.provider_resources.default(goal))
            new = replace(new, provider=goal.provider)
        early = self._early_delete(urn, old)
        return self._register_custom(new, goal, old, early)

    def _identity(self, goal: Registration) -> urns.Identity:
        return urns.Identity(self.run.stack.name, self.run.stack.project, goal.parent, goal.type, goal.name)

    # finding what is recorded

    def _claim(self, urn: str, goal: Registration) -> Record | None:
        """The recorded resource this one continues, now spoken for; None for a new one."""
        with self._lock:
            if urn in self._claimed:
                raise StepFailedError(
                    f"another resource has the same type and name; its URN would be {urn} twice",
                    misdeclared=True,
                )
            if urn in self._taken:
                reason = "another resource of the program took over this URN by an alias"
                raise StepFailedError(reason, misdeclared=True)
            names = urns.aliases(self._identity(goal), goal.aliases, self._aliased)
            self._claimed.add(urn)
            for name in (urn, *names):
                record = self._old.get(name)
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

    def _early_delete(self, urn: str, old: Record | None) -> _EarlyDelete | None:
        with self._lock:
            early = self._early.get(old.resource.urn if old else urn)
        if early is None:
            return None
        early.done.wait()
        if early.failed:
            raise StepFailedError("what it depends on could not be deleted before it", attempted=False)
        return early

    # components

    def _register_component(self, new: Resource, old: Record | None) -> tuple[Record, Change]:
        if old is not None and steps.replaced_by_kind(old.resource, new.custom):
            raise StepFailedError("a custom resource became a component; give the component another name")
        if old is None:
            record = execution.record_without_provider(self.run, new, None, changed=True)
            return record, Change(new.urn, "create", display.as_additions(new.inputs))
        diff = steps.component_diff(old.resource, new.inputs)
        kept = replace(new, outputs=old.resource.outputs)
        record = execution.record_without_provider(self.run, kept, old, changed=diff.changes)
        return record, Change(new.urn, "update" if diff.changes else "same", diff.found)

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """The outputs of a component, or of the stack; those of the stack count when the run has ended."""
        self.run.masker.add(leaf for value in outputs.values() for leaf in wire.secret_leaves(value))
        if urns.type_of(urn) == urns.STACK_TYPE:
            self.stack_outputs = (urn, outputs)
            return
        self._record_outputs(urn, outputs)

    def finish_stack_outputs(self) -> tuple[Properties, Properties]:
        """Record the stack's outputs; returns them and the old ones. A failed run takes none away."""
        urn, outputs = self.stack_outputs or ("", {})
        old = self._old.get(urn)
        before = old.resource.outputs if old else {}
        if self.stack_outputs is None:
            return before, before
        if self.run.report.failed:
            outputs = {**before, **{k: v for k, v in outputs.items() if not wire.contains_unknown(v)}}
        self._record_outputs(urn, outputs)
        return outputs, before

    def _record_outputs(self, urn: str, outputs: Properties) -> None:
        with self._lock:
            record = self._records.get(urn)
        if record is None or self.run.preview:
            return
        before = record.resource.outputs
        kept = {key: wire.keep_ciphertexts(value, before.get(key)) for key, value in outputs.items()}
        if kept != before:
            changed = replace(record.resource, outputs=kept)
            self.run.store.commit(change={record.key: changed})
            with self._lock:
                self._records[urn] = Record(record.key, changed)

    # custom resources

    def _register_custom(
        self, new: Resource, goal: Registration, old: Record | None, early: _EarlyDelete | None
    ) -> tuple[Record, Change]:
        plugin = self.run.providers.plugin(new.provider)
        new = replace(new, inputs=self._checked(plugin, new, goal, None if early else old))
        if early is not None:
            record = execution.create(self.run, plugin, new, old, keep_old=False)
            found = diffs.differences(early.dependent.record.resource.inputs, new.inputs)
            keys = early.dependent.keys
            return record, Change(
                new.urn, "replace", found, keys, delete_first=True, simulated=plugin.simulated
            )
        if old is None:
            record = execution.create(self.run, plugin, new, None, keep_old=False)
            found = display.as_additions(new.inputs)
            return record, Change(new.urn, "create", found, simulated=plugin.simulated)
        options = _options(goal)
        decision = steps.decide(old.resource, self._diff(plugin, new, old.resource, options), options)
        if decision.refusal is not None:
            raise StepFailedError(decision.refusal, operation="replace")
        return self._apply(decision, plugin, new, goal, old)

    def _apply(
        self, decision: Decision, plugin: Plugin, new: Resource, goal: Registration, old: Record
    ) -> tuple[Record, Change]:
        if decision.step is Step.REPLACE:
            return self._replace(decision, plugin, new, goal, old)
        if decision.step is Step.UPDATE:
            record = execution.update(self.run, plugin, new, old)
        else:
            record = execution.keep(self.run, new, old)
        return record, Change(
            new.urn,
            decision.step.value,
            decision.differences,
            simulated=plugin.simulated or decision.step is Step.SAME,
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
        if not self.run.preview and any(wire.contains_unknown(value) for value in checked.values()):
            raise StepFailedError("it has inputs that never became known", attempted=False)
        return checked

    def _diff(self, plugin: Plugin, new: Resource, old: Resource, options: Options) -> Diff:
        if steps.replaced_by_kind(old, new.custom):
            return Diff(changes=True, replaces=("provider",))
        if new.deleted_with and self._is_replaced(new.deleted_with):
            return Diff(changes=True, replaces=("deletedWith",))
        if self.provider_resources.replaces(old.provider, new.provider, plugin):
            return Diff(changes=True, replaces=("provider",))
        answer = plugin.diff(old, new)
        return steps.interpret(answer, old.inputs, new.inputs, options)

    def _is_replaced(self, urn: str) -> bool:
        return any(change.urn == urn and change.operation == "replace" for change in list(self.run.changes))

    def _replace(
        self, decision: Decision, plugin: Plugin, new: Resource, goal: Registration, old: Record
    ) -> tuple[Record, Change]:
        # what was carried over from the old resource is no longer wanted
        new = replace(new, inputs=self._checked(plugin, replace(new, inputs=goal.inputs), goal, None))
        if decision.delete_first and not old.resource.pending_replacement:
            self._delete_with_dependents(old)
        record = execution.create(self.run, plugin, new, old, keep_old=not decision.delete_first)
        found: tuple[Difference, ...] = diffs.differences(old.resource.inputs, new.inputs)
        return record, Change(
            new.urn,
            "replace",
            found,
            decision.replace_keys,
            decision.delete_first,
            simulated=plugin.simulated,
        )

    # deleting before replacing

    def _delete_with_dependents(self, root: Record) -> None:
        dependents = self._condemn_dependents(root)
        try:
            for early in reversed(dependents):
                execution.delete(self.run, early.dependent.record, replaced_by_create=True)
                early.done.set()
            execution.delete(self.run, root, replaced_by_create=True)
        finally:
            for early in dependents:
                early.failed = early.failed or not early.done.is_set()
                early.done.set()

    def _condemn_dependents(self, root: Record) -> list[_EarlyDelete]:
        """Mark the dependents that go along; those that register from now on wait until theirs is gone."""
        with self._lock:
            spared = {*self._claimed, *self._taken, *self._early}
            live = [r for r in self._order if not r.resource.delete]
            found = dependents_to_replace(root, live, spared, self._replace_keys)
            protected = [d.record.resource.urn for d in found if d.record.resource.protect]
            if protected:
                named = ", ".join(display.describe(urn) for urn in protected)
                raise StepFailedError(
                    f"replacing it would delete {named}, which is protected", operation="replace"
                )
            dependents = [_EarlyDelete(dependent) for dependent in found]
            self._early.update({early.dependent.record.resource.urn: early for early in dependents})
        return dependents

    def _replace_keys(self, resource: Resource, inputs: Properties) -> tuple[str, ...]:
        plugin = self.run.providers.plugin(resource.provider)
        answer = plugin.diff(resource, replace(resource, inputs=inputs))
        options = Options(resource.ignore_changes, resource.replace_on_changes)
        diff = steps.interpret(answer, resource.inputs, inputs, options)
        return diff.replaces if diff.changes else ()


def _wanted(urn: str, goal: Registration, old: Record | None) -> Resource:
    """The resource as the program wants it recorded, before its provider was asked."""
    property_dependencies = goal.property_dependencies
    if property_dependencies is None:
        property_dependencies = dict.fromkeys(goal.inputs, goal.dependencies)
    return Resource(
        urn=urn,
        type=goal.type,
        custom=goal.custom,
        inputs=goal.inputs,
        parent=goal.parent,
        provider=goal.provider,
        dependencies=goal.dependencies,
        property_dependencies=property_dependencies,
        protect=bool(goal.protect),
        additional_secret_outputs=goal.additional_secret_outputs,
        aliases=(old.resource.urn,) if old is not None and old.resource.urn != urn else (),
        custom_timeouts=goal.custom_timeouts or {},
        retain_on_delete=bool(goal.retain_on_delete),
        deleted_with=goal.deleted_with,
        ignore_changes=goal.ignore_changes,
        replace_on_changes=goal.replace_on_changes,
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
