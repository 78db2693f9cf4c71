"""One command in the sandbox, from its lock to its exit code: left-overs ended, the world started or
joined, the work done, the proof made, everything stopped. Each of these lives in a module of its own; here
is their order.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from kong_secure.sandbox import bytecode, call_record, cloud_use, environment, locks, operations_world
from kong_secure.sandbox.backend_secrets import (
    BackendSecret,
    backend_secrets,
    tell_outputs,
    tell_what_is_known,
)
from kong_secure.sandbox.engine import (
    NO_REPAIR,
    EngineError,
    Interrupted,
    Operation,
    PolicyPack,
    Repair,
    Result,
    Stack,
)
from kong_secure.sandbox.engine.pulumi_cli import pulumi_environment
from kong_secure.sandbox.engines import Engine, EngineChoice, choose_engine
from kong_secure.sandbox.errors import OccupiedError, SandboxError
from kong_secure.sandbox.fault_injection import injected
from kong_secure.sandbox.fault_syntax import FaultSpec
from kong_secure.sandbox.foreground import run_in_foreground
from kong_secure.sandbox.interruption import Interruption, Stopped
from kong_secure.sandbox.locks import Role
from kong_secure.sandbox.missing_stacks import Heard
from kong_secure.sandbox.prepared import Prepared, find, prepare
from kong_secure.sandbox.proving import Proving
from kong_secure.sandbox.recorded_processes import Run, end_leftovers, running
from kong_secure.sandbox.running_world import WorldControl, WorldProcess, read_address

_JOIN_SECONDS = 60.0


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    command: how this command is named to others. start: the folder it was given in.
    stack, backend_secret: None where the user didn't say. fresh: empty world and states first. refresh:
    compare the state with what there is before `up`. policy_packs: what judges a preview or an update.
    faults: what goes wrong at Konnect while the command runs. digest_to: where a preview writes its digest as JSON;
    None: nowhere. repair: what `refresh` does about interrupted creates.
    """

    command: str
    start: Path
    stack: str | None = None
    engine: EngineChoice = EngineChoice.AUTO
    backend_secret: str | None = None
    fresh: bool = False
    refresh: bool = False
    faults: tuple[FaultSpec, ...] = ()
    digest_to: TextIO | None = None
    repair: Repair = NO_REPAIR
    policy_packs: tuple[PolicyPack, ...] = ()


class Session:
    """One command under way."""

    def __init__(self, request: Request, out: TextIO) -> None:
        """Find the project. Raises SandboxError where there is none, or its files are wrong."""
        self.out = out
        self.project, self.file, self.directory = find(request.start, fresh=request.fresh)
        # Others, in another folder, are told which project's it is.
        of_project = "" if self.file.home is None else f" of project {self.project.name}"
        self.request = replace(request, command=request.command + of_project)
        self.run = Run(self.directory)
        self.interruption = Interruption(self.run.kill)
        self.environment = environment.isolated(
            os.environ, self.directory.path, self.run.mark, compiled=bytecode.is_installed()
        )

    def say(self, line: str) -> None:
        """Print a line for the user."""
        self.out.write(line + "\n")
        self.out.flush()

    @property
    def stack(self) -> str | None:
        """The stack that is chosen, as far as that is known without its file."""
        chosen = self.request.stack or self.file.stack
        stacks = self.project.stacks()
        return stacks[0] if chosen is None and len(stacks) == 1 else chosen

    def prepare(self) -> Prepared:
        """Settle stack and configuration."""
        prepared = prepare(self.project, self.file, self.directory, self.request.stack)
        for note in prepared.notes:
            self.say(f"note: {note}")
        return prepared


def operate(request: Request, operation: Operation, out: TextIO) -> int:
    """Run one operation on the user's project; returns the exit code. Raises SandboxError where it can't
    begin.
    """
    session = Session(request, out)

    def work() -> int:
        with locks.held(session.directory, Role.OPERATION, session.request.command):
            end_leftovers(session.directory)
            session.directory.operations_world_record.unlink(missing_ok=True)
            prepared = session.prepare()
            engine, engine_name = choose_engine(
                request.engine, session.project, os.environ.get("PATH"), session.directory.pulumi
            )
            session.say(f"engine: {engine_name}")
            with _world(session, lasting=False) as world:
                return _operate(session, prepared, operation, engine, world)

    back = "; to go back instead: `up --refresh`" if operation is Operation.DESTROY else ""
    return _guarded(session, work, back)


def keep_up(request: Request, out: TextIO) -> int:
    """Keep the world up until a signal comes; returns the exit code."""
    session = Session(request, out)

    def work() -> int:
        with _world(session, lasting=True) as world:
            if world.process is None:
                raise OccupiedError(locks.refusal(session.directory, Role.WORLD))
            prepared = session.prepare()
            if request.backend_secret or all(backend.secret for backend in prepared.backends):
                secrets = backend_secrets(prepared, request.backend_secret)
                tell_what_is_known(prepared, secrets, world.control.demand)
            for line in world.control.address.lines():
                session.say(line)
            session.say(
                "the sandbox is up, and other `kong-secure sandbox` commands here use it; Ctrl-C ends it"
            )
            with _faults(session, world), session.interruption.interruptible():
                code = world.process.wait()
        raise SandboxError(f"the sandbox's world ended by itself (exit code {code})")

    return _guarded(session, work)


def execute(request: Request, command: Sequence[str], out: TextIO) -> int:
    """Run a command in the sandbox's environment, with the terminal as it is; returns its exit code."""
    session = Session(request, out)

    def work() -> int:
        with _world(session, lasting=True) as world:
            address = world.control.address
            inside = environment.in_world(session.environment, address.konnect, address.token, address.clouds)
            inside |= pulumi_environment(
                session.directory.state, session.directory.pulumi, session.directory.passphrase()
            )
            # A `pulumi` that refreshes or destroys needs an interpreter that knows the providers.
            inside["PULUMI_PYTHON_CMD"] = str(session.project.python)
            with _faults(session, world):
                code = run_in_foreground(command, inside, session.run, session.interruption)
            if world.process is not None:
                # An operation that joined this world meanwhile must not lose it.
                with (
                    session.interruption.interruptible(),
                    locks.waited_for(session.directory, Role.OPERATION),
                ):
                    pass
            return code

    return _guarded(session, work)


def consent(request: Request, tenant: str | None, out: TextIO) -> int:
    """Approve Kong's application in a tenant of the sandbox's Azure, None: its own; returns the exit code."""
    session = Session(request, out)

    def work() -> int:
        address = operations_world.find(session.directory, session.interruption.interruptible)
        with ExitStack() as stack:
            if address is not None:
                control = stack.enter_context(closing(WorldControl(address)))
            else:
                joined = _world(session, lasting=True, needed=frozenset({"azure"}))
                control = stack.enter_context(joined).control
            given = control.consent(tenant)
        session.say(
            f"Kong's application {given['client_id']} is approved in the sandbox's tenant {given['tenant_id']}, as by "
            f"an administrator; its service principal there is {given['object_id']}"
        )
        return 0

    return _guarded(session, work)


def show_calls(request: Request, out: TextIO, *, as_json: bool) -> int:
    """Print the calls to Konnect of the world that is up, else of the last one; returns the exit code."""
    session = Session(request, out)
    out.write(call_record.shown(session.directory, as_json=as_json))
    return 0


@dataclass(frozen=True)
class _World:
    """The world in use; `process` is None where another command keeps it up."""

    control: WorldControl
    process: WorldProcess | None


def _guarded(session: Session, work: Callable[[], int], back: str = "") -> int:
    """Do the work; whatever ends it, nothing of it keeps running."""
    try:
        with session.interruption.in_effect(), running(session.run):
            code = work()
            session.interruption.check()
            return code
    except Stopped as stopped:
        session.say(
            f"{stopped}: ended; what was done until then is kept, and the same command goes on from there{back}"
        )
        return stopped.exit_code
    except EngineError as error:
        problem = str(error)
    raise SandboxError(problem)


@contextmanager
def _world(session: Session, *, lasting: bool, needed: frozenset[str] = frozenset()) -> Iterator[_World]:
    """The world: our own, or the one that another command keeps up. `lasting`: others may join ours. `needed`: the
    providers of clouds that ours has, whatever the stack uses.
    """
    with ExitStack() as stack:
        if lasting:
            _refuse_beside_operation(session)
        if not _is_ours(session, stack):
            yield _joined(session, stack, lasting=lasting)
            return
        if lasting:
            end_leftovers(session.directory)
        _begin_content(session, lasting=lasting)
        with session.interruption.interruptible():
            clouds = sorted({*_clouds(session), *needed})
            process = WorldProcess(
                session.run, session.environment, session.file.world, shared=lasting, clouds=clouds
            )
        stack.callback(process.stop)
        control = WorldControl(process.address)
        stack.callback(control.close)
        stack.callback(call_record.keep, session.directory, control)
        yield _World(control, process)


def _clouds(session: Session) -> list[str]:
    """The clouds that the world needs, by provider; says so where it needs one and can't have it."""
    kinds = cloud_use.used(session.project.main, session.file, session.stack)
    for kind in kinds:
        if not kind.installed:
            session.say(f"note: {kind.missing()}")
    return [kind.provider for kind in kinds if kind.installed]


def _is_ours(session: Session, stack: ExitStack) -> bool:
    """Whether nobody has a world here, so that it is ours to start for as long as `stack` lasts."""
    try:
        stack.enter_context(locks.held(session.directory, Role.WORLD, session.request.command))
    except OccupiedError:
        return False
    return True


def _refuse_beside_operation(session: Session) -> None:
    """A world that an operation started for itself ends with it, so nothing lasting can be built on it."""
    if read_address(session.directory) is None and locks.is_held(session.directory, Role.OPERATION):
        raise OccupiedError(locks.refusal(session.directory, Role.OPERATION))


def _begin_content(session: Session, *, lasting: bool) -> None:
    session.directory.finish_emptying()
    if not session.request.fresh:
        return
    if lasting:
        with locks.held(session.directory, Role.OPERATION, session.request.command):
            session.directory.empty()
    else:
        session.directory.empty()


def _joined(session: Session, stack: ExitStack, *, lasting: bool) -> _World:
    if session.request.fresh:
        holder = locks.refusal(session.directory, Role.WORLD)
        raise OccupiedError(f"--fresh would empty a world in use: {holder}; end it first")
    deadline = time.monotonic() + _JOIN_SECONDS
    with session.interruption.interruptible():
        while (address := read_address(session.directory)) is None:
            if time.monotonic() > deadline or not locks.is_held(session.directory, Role.WORLD):
                raise SandboxError("the sandbox that was up has just ended; run the command again")
            time.sleep(0.1)
    first = WorldControl(address)
    stack.callback(first.close)
    control = WorldControl(first.declare(session.file.world))
    stack.callback(control.close)
    for kind in cloud_use.used(session.project.main, session.file, session.stack):
        if kind.installed and kind.provider not in control.address.clouds:
            problem = (
                f"the sandbox that is up was started without {kind.title}; end it, start it with "
                f"--stack {session.stack or 'NAME'}, and run this again"
            )
            if not lasting:
                raise SandboxError(problem)
            session.say(f"note: {problem}")
    return _World(control, None)


def _operate(
    session: Session, prepared: Prepared, operation: Operation, engine: Engine, world: _World
) -> int:
    backends, control = prepared.backends, world.control
    addresses = control.address.lines(only=[backend.host for backend in backends])
    session.say(f"sandbox: {', '.join(addresses)}")
    proving: Proving | None = None
    secrets: tuple[BackendSecret, ...] = ()
    if operation is Operation.UP and not backends and session.file.backends:
        session.say(f"note: no proof follows: no backend in sandbox.yaml is for the stack {prepared.stack}")
    if operation is Operation.UP and (backends or session.request.backend_secret):
        secrets = backend_secrets(prepared, session.request.backend_secret)
        tell_what_is_known(prepared, secrets, control.demand)
        proving = Proving(session.file, backends, control, session.say)
    with _faults(session, world), proving.watched() if proving is not None else nullcontext():
        result = _carry_out(session, operation, engine, _stack(session, prepared, control))
        tell_outputs(secrets, result.outputs, control.demand, succeeded=result.succeeded)
    if proving is None:
        return 0 if result.succeeded else 1
    with session.interruption.interruptible():
        proved = proving.prove(succeeded=result.succeeded)
    return 0 if result.succeeded and proved else 1


def _carry_out(session: Session, operation: Operation, engine: Engine, stack: Stack) -> Result:
    """The operation, after the refresh that was asked for."""
    if session.request.refresh:
        refreshed = _run_engine(session, engine, Operation.REFRESH, stack)
        if not refreshed.succeeded:
            return refreshed
    return _run_engine(session, engine, operation, stack)


def _stack(session: Session, prepared: Prepared, control: WorldControl) -> Stack:
    address = control.address
    return Stack(
        project=prepared.project.name,
        name=prepared.stack,
        root=prepared.project.root,
        main=prepared.project.main,
        python=prepared.project.python,
        config=prepared.configuration.values,
        secret_keys=prepared.configuration.secret_keys,
        structured_keys=prepared.configuration.structured_keys,
        state_directory=session.directory.state,
        passphrase=session.directory.passphrase(),
        environment=environment.in_world(session.environment, address.konnect, address.token, address.clouds),
        recorder=session.run.record,
        policy_packs=session.request.policy_packs,
    )


def _run_engine(session: Session, engine: Engine, operation: Operation, stack: Stack) -> Result:
    with session.interruption.stoppable(engine.stop):
        try:
            digest, repair, heard = (
                session.request.digest_to is not None,
                session.request.repair,
                Heard(session.out),
            )
            result = engine.run(operation, stack, heard.out, digest=digest, repair=repair)
        except Interrupted:
            # Only a signal interrupts, and it says more than the engine knows.
            session.interruption.check()
            raise
    for note in heard.notes(session.project.name, session.project.root, session.directory):
        session.say(note)
    if session.request.digest_to is not None and result.digest is not None:
        print(json.dumps(result.digest, indent=4), file=session.request.digest_to, flush=True)
    return result


def _faults(session: Session, world: _World) -> AbstractContextManager[None]:
    joined = world.process is None
    return injected(world.control, session.request.faults, session.say, joined=joined)
