"""The embedded engine: one operation on one stack, from the first child process to the last line printed.

It runs an unchanged Pulumi program with the unchanged SDK and the SDK's own provider process, in the sandbox
only. What it does, in this order: serve (`monitor`), start the program (`program`) and a provider
(`providers`), load the state (`journal`), carry out registrations (`deployment`), delete what is left over
(`deletion`), record.
"""

from __future__ import annotations

import ipaddress
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, TextIO
from urllib.parse import urlsplit

from kong_secure.sandbox.engine import deletion, display, pending, state, urns, wire
from kong_secure.sandbox.engine.deployment import Deployment
from kong_secure.sandbox.engine.digest import Digest
from kong_secure.sandbox.engine.display import Report
from kong_secure.sandbox.engine.encryption import DamagedCiphertextError, WrongPassphrase
from kong_secure.sandbox.engine.execution import Run
from kong_secure.sandbox.engine.journal import PendingOperation, StateStore, open_store
from kong_secure.sandbox.engine.masking import Masker
from kong_secure.sandbox.engine.monitor import Server
from kong_secure.sandbox.engine.operations import (
    NO_REPAIR,
    EngineError,
    Interrupted,
    Operation,
    Repair,
    Result,
    Stack,
)
from kong_secure.sandbox.engine.policy_packs import PolicyPacks
from kong_secure.sandbox.engine.processes import Child, Children
from kong_secure.sandbox.engine.program import start_program
from kong_secure.sandbox.engine.providers import Providers
from kong_secure.sandbox.engine.refresh import refresh_all, take_over
from kong_secure.sandbox.engine.wire import Properties

_SERVER_VARIABLE: Final = "KONNECT_SERVER_URL"
_RUNS_PROGRAM: Final = frozenset({Operation.PREVIEW, Operation.UP})


class EmbeddedEngine:
    """Deploys a stack into the sandbox without Pulumi's command line."""

    label: Final = "the embedded engine"

    def __init__(self) -> None:
        self._children: Children | None = None
        self._stopped = False

    def run(
        self,
        operation: Operation,
        stack: Stack,
        out: TextIO,
        *,
        digest: bool = False,
        repair: Repair = NO_REPAIR,
    ) -> Result:
        """Carry out the operation, printing what a person wants to read on `out`, secrets masked.

        digest: whether the result of a preview holds its digest.

        Raises EngineError when it can't run at all (WrongPassphrase for a wrong passphrase) and Interrupted
        after `stop`. Failures of single resources are printed and make the result unsuccessful.
        """
        refuse_unless_loopback(stack)
        masker = Masker(text for key, text in stack.config.items() if key in stack.secret_keys)
        masker.add([stack.passphrase])
        report = Report(out, operation, masker, Digest(stack, masker) if digest else None)
        children = self._children = Children(stack.recorder)
        if self._stopped:
            children.stop()
        session = _Session(operation, stack, report, masker, children, repair=repair)
        try:
            result = session.run()
        finally:
            session.close()
            self._children, self._stopped = None, False
        if children.stopping:
            raise Interrupted("stopped; what was done so far is recorded")
        return result

    def stop(self) -> None:
        """End the operation under way, from a signal handler or any thread; `run` then raises Interrupted."""
        self._stopped = True
        children = self._children
        if children is not None:
            children.stop()


@dataclass
class _Ended:
    """How the program ended, and what it exported."""

    outputs: Properties
    before: Properties


class _Session:
    """One run, and what must be closed after it."""

    def __init__(
        self,
        operation: Operation,
        stack: Stack,
        report: Report,
        masker: Masker,
        children: Children,
        *,
        repair: Repair,
    ) -> None:
        self._operation = operation
        self._stack = stack
        self._report = report
        self._masker = masker
        self._children = children
        self._repair = repair
        self._store: StateStore | None = None
        self._deployment: Future[Deployment] = Future()
        self._server = Server(self._deployment, report, stack.parallel)
        self._providers = Providers(stack, children, self._server.address, report.info)
        self._policies = PolicyPacks(stack, operation, report, masker, self._server.address)
        self._closing = False

    def run(self) -> Result:
        program = self._start()
        run = self._load()
        self._see_to_pending(run)
        ended = self._run_program(run, program) if program is not None else self._run_on_state(run)
        run.drain()
        if not self._report.failed and not self._children.stopping and not run.preview:
            self._settle_pending(run)
        self._save()
        if self._children.stopping:
            return Result(succeeded=False)
        not_simulated = self._providers.not_simulated
        changes = tuple(change for change in run.changes if not urns.is_default_provider(change.urn))
        if program is not None:
            self._report.outputs(ended.outputs, ended.before)
        self._report.summary(changes, not_simulated)
        return Result(
            succeeded=not self._report.failed,
            changes=changes,
            outputs=display.plain_outputs(ended.outputs),
            secret_outputs=frozenset(k for k, v in ended.outputs.items() if wire.contains_secret(v)),
            not_simulated=not_simulated,
            digest=self._report.digest.document() if self._report.digest else None,
        )

    def _start(self) -> Child | None:
        """Start the program, and what it will need, before anything that takes time here."""
        if self._operation not in _RUNS_PROGRAM:
            return None
        program = start_program(
            self._children, self._stack, self._operation, self._server.address, self._report.info
        )
        self._providers.start_early()
        self._policies.start(self._children)
        return program

    def _load(self) -> Run:
        stack = self._stack
        path = state.state_path(stack.state_directory, stack.project, stack.name)
        failure = ""
        try:
            self._store = open_store(path, stack.qualified_name, stack.passphrase)
        except DamagedCiphertextError as error:
            failure = f"the state of stack {stack.name} can't be read: {error}"
        if self._store is None:
            raise EngineError(failure)
        store = self._store
        resources = [record.resource for record in store.records()]
        for resource in resources:
            for value in (*resource.inputs.values(), *resource.outputs.values()):
                self._masker.add(wire.secret_leaves(value))
        self._providers.know(resources)
        return Run(
            stack,
            self._operation,
            store,
            self._providers,
            self._report,
            self._masker,
            self._policies,
            lambda: self._children.stopping,
        )

    def _run_program(self, run: Run, program: Child) -> _Ended:
        self._policies.configure()
        deployment = Deployment(run)
        self._deployment.set_result(deployment)
        code = program.wait()
        if code != 0 and not self._report.failed and not self._children.stopping:
            self._report.error(f"the program ended with exit code {code} and said nothing of a reason")
        if code == 0 and not deployment.misdeclared and not self._children.stopping:
            # As with --continue-on-error: a failed step keeps nothing else from being done.
            deletion.delete_all(run, deletion.leftovers(run.store.records(), deployment.unregistered))
        ended = _Ended(*deployment.finish_stack_outputs())
        if code == 0 and not deployment.failed and not self._children.stopping:
            deployment.judge_stack()
        return ended

    def _run_on_state(self, run: Run) -> _Ended:
        if self._operation is Operation.REFRESH:
            refresh_all(run)
        else:
            deletion.delete_all(run, run.store.records())
        left = (r.resource for r in run.store.records() if r.resource.type == urns.STACK_TYPE)
        outputs = next((resource.outputs for resource in left), {})
        return _Ended(outputs, outputs)

    def _see_to_pending(self, run: Run) -> None:
        if self._operation is Operation.REFRESH:
            self._repair_pending(run)
        left = [self._described(operation) for operation in run.store.pending]
        for each in left:
            self._report.warning(pending.told(each))
        pending.refuse_before_settled(self._operation, left)

    def _repair_pending(self, run: Run) -> None:
        imports = self._repair.imports
        wanted = pending.to_import([self._described(each) for each in run.store.pending], self._repair)
        for operation in run.store.pending:
            described = self._described(operation)
            if described.urn in wanted:
                take_over(run, operation.resource, imports[described.urn])
            if pending.is_settled(described, self._repair):
                run.store.forget_pending({described.urn})

    def _described(self, operation: PendingOperation) -> pending.Pending:
        resource = operation.resource
        records = self._store.records() if self._store is not None else ()
        return pending.of_resource(
            operation.kind,
            resource.urn,
            resource.inputs,
            parent=resource.parent,
            provider=resource.provider,
            recorded=[each.resource.id for each in records if each.resource.urn == resource.urn],
            stack=self._stack,
        )

    def _settle_pending(self, run: Run) -> None:
        if self._operation is Operation.UP:
            run.store.forget_pending()
            return
        # what may have been created without being recorded stays announced until an `up` has seen to it
        settled = {op.resource.urn for op in run.store.pending if op.kind != "creating"}
        run.store.forget_pending(settled)

    def _save(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def close(self) -> None:
        """End children and connections; what was recorded by then is written."""
        self._closing = True
        if not self._deployment.done():
            self._deployment.set_exception(EngineError("the run ended before the state was loaded"))
        stopping = self._children.stopping
        self._server.close()
        self._providers.close()
        self._policies.close()
        self._children.close()
        self._children.stopping = stopping
        self._save()


def refuse_unless_loopback(stack: Stack) -> None:
    """Raise EngineError unless the stack's Konnect is the sandbox's."""
    address = stack.environment.get(_SERVER_VARIABLE, "")
    host = urlsplit(address).hostname or ""
    if host == "localhost" or _is_loopback(host):
        return
    given = f"{_SERVER_VARIABLE} names {host}" if host else f"{_SERVER_VARIABLE} is not set"
    raise EngineError(f"this engine only plays in the sandbox, and {given}, which is not a loopback address")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


__all__ = ["EmbeddedEngine", "WrongPassphrase", "refuse_unless_loopback"]
