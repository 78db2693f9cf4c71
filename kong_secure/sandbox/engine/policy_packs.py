"""The policy packs of one operation: asked of every resource once its inputs are checked, before anything is done with
it, and of the whole stack when all is done, as Pulumi's engine does.

What a pack is asked and answers is in `policy_pack_process`; what is printed of it in `display`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from kong_secure.sandbox.engine import wire
from kong_secure.sandbox.engine.display import Report, describe
from kong_secure.sandbox.engine.masking import Masker
from kong_secure.sandbox.engine.operations import EngineError, Operation, Stack
from kong_secure.sandbox.engine.policy_configuration import read_configuration, reconciled
from kong_secure.sandbox.engine.policy_pack_process import PackProcess, Subject
from kong_secure.sandbox.engine.processes import Children
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.steps import StepFailedError
from kong_secure.sandbox.engine.violations import Level, Violation
from kong_secure.sandbox.engine.wire import Properties


class PolicyPacks:
    """The packs of one run. Safe to share between threads: packs are asked of one resource after the other."""

    def __init__(
        self, stack: Stack, operation: Operation, report: Report, masker: Masker, engine_address: str
    ) -> None:
        self._stack = stack
        self._operation = operation
        self._report = report
        self._masker = masker
        self._engine_address = engine_address
        self._lock = threading.Lock()
        self._packs: list[PackProcess] = []

    def start(self, children: Children) -> None:
        """Start the packs, beside whatever else starts. Raises EngineError for a folder that is no pack."""
        for pack in self._stack.policy_packs:
            process = PackProcess(pack)
            process.start(children, self._stack, self._operation, self._engine_address, self._report.info)
            self._packs.append(process)

    def configure(self) -> None:
        """Wait for the packs and give them their configuration. Raises EngineError where one isn't to be had."""
        for process in self._packs:
            found = process.introduce(self._stack, self._operation, self._engine_address)
            file = process.pack.configuration
            given = read_configuration(file) if file is not None else {}
            problem = ""
            try:
                process.configure(reconciled(found.policies, found.initial, given))
            except ValueError as error:
                problem = str(error)
            if problem:
                raise EngineError(f"the policy pack {found.name} isn't configured as it must be: {problem}")
            self._report.info(f"policy pack {found.name} {found.version}".rstrip())

    @property
    def any(self) -> bool:
        """Whether there are packs at all."""
        return bool(self._packs)

    def judge(
        self, new: Resource, provider: Resource | None = None, *, delete_before_replace: bool | None = None
    ) -> Resource:
        """The resource with the inputs that the policies leave it, their complaints told.

        Raises StepFailedError where a mandatory policy refuses it and it isn't a preview, which goes on.
        """
        if not self._packs:
            return new
        self._learn_secrets(new.inputs)
        failure, told = "", list[Violation]()
        try:
            with self._lock:
                new, told = self._remediated(new, provider, delete_before_replace)
                subject = Subject(new, new.inputs, delete_before_replace, provider)
                for process in self._packs:
                    told += process.analyze(subject)
        except EngineError as error:
            failure = str(error)
        for violation in told:
            self._report.violation(violation)
        if failure:
            raise StepFailedError(failure, misdeclared=True)
        refused = [violation.policy for violation in told if violation.level is Level.MANDATORY]
        if refused and self._operation is not Operation.PREVIEW:
            named = ", ".join(dict.fromkeys(refused))
            raise StepFailedError(f"it violates the policy {named}", misdeclared=True)
        return new

    def remediate_again(self, new: Resource, provider: Resource | None) -> Resource:
        """The resource as the policies leave it, when its inputs were read anew because it is replaced.

        Pulumi doesn't ask its policies that second time, so it replaces a resource with what the program gave it (seen
        of v3.260.0). Here what was made secret stays secret, and the user is told.
        """
        if not self._packs:
            return new
        failure, remediated = "", new
        try:
            with self._lock:
                remediated, _ = self._remediated(new, provider, None)
        except EngineError as error:
            failure = str(error)
        if failure:
            raise StepFailedError(failure, operation="replace", misdeclared=True)
        if remediated.inputs != new.inputs:
            self._report.warning(
                f"{describe(new.urn)} is replaced, and `pulumi` replaces with the inputs that the program gave, "
                "without what policies made of them: change the program"
            )
        return remediated

    def _remediated(
        self, new: Resource, provider: Resource | None, delete_before_replace: bool | None
    ) -> tuple[Resource, list[Violation]]:
        told = []
        for process in self._packs:
            subject = Subject(new, new.inputs, delete_before_replace, provider)
            for remediation in process.remediate(subject):
                if remediation.inputs is not None:
                    self._learn_secrets(remediation.inputs)
                    new = replace(new, inputs=remediation.inputs)
                told.append(remediation.violation)
        return new, told

    def judge_stack(self, subjects: Sequence[Subject], root: str) -> None:
        """Have the policies look at all resources as they are in the end. root: the stack's URN."""
        for subject in subjects if self._packs else ():
            self._learn_secrets(subject.properties)
        for process in self._packs:
            try:
                said = process.analyze_stack(subjects, root)
            except EngineError as error:
                self._report.error(str(error))
                continue
            for violation in said:
                self._report.violation(violation)

    def _learn_secrets(self, properties: Properties) -> None:
        # a policy's words may hold what it was shown
        self._masker.add(leaf for value in properties.values() for leaf in wire.secret_leaves(value))

    def close(self) -> None:
        """Close the connections."""
        for process in self._packs:
            process.close()
