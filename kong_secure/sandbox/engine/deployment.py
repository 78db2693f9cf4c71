"""Registering resources: from what the program asks for to what is recorded, one registration at a time.

Registrations arrive in parallel; each is carried through here in the thread it arrived in. `claims` finds what it
continues, `custom_resources` and `provider_resources` do what a provider or a configuration needs, and components
and outputs are recorded here. `deletion` ends what the program no longer has.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace

from kong_secure.sandbox.engine import display, execution, stack_references, steps, urns, wire
from kong_secure.sandbox.engine.claims import Claims
from kong_secure.sandbox.engine.custom_resources import CustomResources
from kong_secure.sandbox.engine.delete_first import DeleteFirst
from kong_secure.sandbox.engine.execution import Run
from kong_secure.sandbox.engine.operations import Change
from kong_secure.sandbox.engine.plugins import ProviderError
from kong_secure.sandbox.engine.policy_pack_process import Subject
from kong_secure.sandbox.engine.provider_resources import ProviderResources
from kong_secure.sandbox.engine.registration import Registration
from kong_secure.sandbox.engine.state import Record, Resource
from kong_secure.sandbox.engine.steps import StepFailedError
from kong_secure.sandbox.engine.wire import Properties


@dataclass(frozen=True)
class Answer:
    """What the program is told of its resource."""

    urn: str
    id: str = ""
    outputs: Properties = field(default_factory=dict)
    failed: bool = False


class Deployment:
    """The registrations of one run of a program."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._lock = threading.Lock()
        records = run.store.records()
        self._claims = Claims(records)
        self._failed: set[str] = set()
        self._goals: dict[str, Registration] = {}
        self._records: dict[str, Record] = {}
        self.misdeclared = False
        """Whether something of the program itself was refused, as inputs are by a check."""
        self.stack_outputs: tuple[str, Properties] | None = None
        self.provider_resources = ProviderResources(run, self._claims.recorded)
        delete_first = DeleteFirst(run, self._claims, records)
        self._custom_resources = CustomResources(run, self.provider_resources, delete_first)

    @property
    def unregistered(self) -> set[int]:
        """The keys of what was recorded before this run and that nobody registered in it."""
        return self._claims.unclaimed - self.provider_resources.handled

    def register(self, goal: Registration, refusal: str | None = None) -> Answer:
        """Carry a registration through. A failure is reported, and answered as such; it never raises."""
        urn = self._identity(goal).urn
        if refusal is not None:
            self.misdeclared = True
            return self._fail(urn, Change(urn, "create", error=refusal))
        started = time.monotonic()
        try:
            # first of all: what is given up for others' sake is wanted nevertheless, and not to be deleted
            old = self._claims.claim(self._identity(goal), goal.aliases)
            self._refuse_needing_failed(goal)
            record, change = self._carry_out(urn, goal, old)
        except StepFailedError as error:
            self.misdeclared |= error.misdeclared
            return self._fail(urn, Change(urn, error.operation, error=str(error), attempted=error.attempted))
        except ProviderError as error:
            return self._fail(
                urn, Change(urn, "create" if urn not in self._claims.recorded else "update", error=str(error))
            )
        with self._lock:
            self._records[urn] = record
            self._goals[urn] = goal
        change = replace(change, seconds=time.monotonic() - started)
        self.run.tell(change, old.resource if old else None, record.resource)
        return Answer(urn, record.resource.id, record.resource.outputs if goal.custom else {})

    def _fail(self, urn: str, change: Change) -> Answer:
        with self._lock:
            self._failed.add(urn)
        self.run.tell(change)
        return Answer(urn, failed=True)

    def _refuse_needing_failed(self, goal: Registration) -> None:
        needed = {*goal.dependencies, goal.parent, goal.deleted_with, urns.provider_urn(goal.provider)}
        for named in (goal.property_dependencies or {}).values():
            needed.update(named)
        with self._lock:
            failed = needed & self._failed
        if failed:
            because = ", ".join(sorted(display.describe(urn) for urn in failed))
            raise StepFailedError(f"it needs {because}, which failed", attempted=False)

    def _carry_out(self, urn: str, goal: Registration, old: Record | None) -> tuple[Record, Change]:
        self.run.masker.add(leaf for value in goal.inputs.values() for leaf in wire.secret_leaves(value))
        new = _wanted(urn, goal, old)
        if urns.is_provider(goal.type):
            return self.provider_resources.register(new, old)
        if not goal.custom:
            return self._register_component(new, old)
        if goal.type == urns.STACK_REFERENCE_TYPE:
            return self._read_stack(new, goal, old)
        if not goal.provider:
            goal = replace(goal, provider=self.provider_resources.default(goal))
            new = replace(new, provider=goal.provider)
        return self._custom_resources.register(new, goal, old)

    def _identity(self, goal: Registration) -> urns.Identity:
        return urns.Identity(self.run.stack.name, self.run.stack.project, goal.parent, goal.type, goal.name)

    def _read_stack(self, new: Resource, goal: Registration, old: Record | None) -> tuple[Record, Change]:
        name = str(wire.unwrap(goal.inputs["name"]))
        outputs = stack_references.read(self.run.stack, name)
        self.run.masker.add(leaf for value in outputs.values() for leaf in wire.secret_leaves(value))
        provider = goal.provider or self.provider_resources.builtin()
        new = replace(new, id=name, outputs=outputs, external=True, provider=provider)
        record = execution.record_without_provider(self.run, new, old, changed=False)
        return record, Change(new.urn, "same")

    # components

    def _register_component(self, new: Resource, old: Record | None) -> tuple[Record, Change]:
        if old is not None and steps.replaced_by_kind(old.resource, new.custom):
            raise StepFailedError("a custom resource became a component; give the component another name")
        new = self.run.policies.judge(new)
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
        old = self._claims.recorded.get(urn)
        before = old.resource.outputs if old else {}
        if self.stack_outputs is None:
            return before, before
        if self.run.report.failed:
            outputs = {**before, **{k: v for k, v in outputs.items() if not wire.contains_unknown(v)}}
        self._record_outputs(urn, outputs)
        return outputs, before

    @property
    def failed(self) -> bool:
        """Whether a registration failed."""
        return bool(self._failed)

    def judge_stack(self) -> None:
        """Have the policies look at everything that was registered, as it is now."""
        if not self.run.policies.any:
            return
        with self._lock:
            recorded = {urn: record.resource for urn, record in self._records.items()}
            goals = dict(self._goals)
        subjects = [
            Subject(
                resource,
                dict(resource.outputs),
                goals[urn].delete_before_replace if urn in goals else None,
                self.provider_resources.serving(resource.provider),
            )
            for urn, resource in {**self.provider_resources.registered, **recorded}.items()
        ]
        stack, project = self.run.stack.name, self.run.stack.project
        root = urns.Identity(stack, project, "", urns.STACK_TYPE, f"{project}-{stack}").urn
        self.run.policies.judge_stack(subjects, root)

    def _record_outputs(self, urn: str, outputs: Properties) -> None:
        with self._lock:
            record = self._records.get(urn)
        if record is None:
            return
        before = record.resource.outputs
        kept = {key: wire.keep_ciphertexts(value, before.get(key)) for key, value in outputs.items()}
        if kept != before:
            changed = replace(record.resource, outputs=kept)
            if not self.run.preview:
                self.run.store.commit(change={record.key: changed})
            with self._lock:
                self._records[urn] = Record(record.key, changed)


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
