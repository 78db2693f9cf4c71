"""The user's own `pulumi` as an engine of the sandbox: its command line, its environment and the files it
is given. What it says about its steps is read in `pulumi_events` and `pulumi_output`; whether it is used at
all is decided elsewhere.

It gets a home, a state and a stack file of the sandbox's own, so that the user's project, login and stacks
stay as they are. The stack file is a copy in which secrets are encrypted with the sandbox's passphrase.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

import psutil
import yaml

from kong_secure.sandbox.engine import (
    pulumi_events,
    pulumi_output,
    pulumi_pending,
    pulumi_policies,
    pulumi_stall,
    state,
)
from kong_secure.sandbox.engine.digest import complaints, read_digest
from kong_secure.sandbox.engine.encryption import DamagedCiphertextError, PassphraseCipher, WrongPassphrase
from kong_secure.sandbox.engine.masking import Masker
from kong_secure.sandbox.engine.not_simulated import NotSimulatedServer, resource_packages
from kong_secure.sandbox.engine.operations import (
    NO_REPAIR,
    Change,
    EngineError,
    Interrupted,
    Operation,
    Repair,
    Result,
    Stack,
)
from kong_secure.sandbox.engine.providers import ATTACHED_VARIABLE, attached_addresses
from kong_secure.sandbox.engine.recorded_outputs import outputs_in, secrets_in
from kong_secure.sandbox.liveness import still_lives

MAJOR_VERSION: Final = 3

_VERSION_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_STALL_SECONDS: Final = 10.0
_PRIVATE_FILE: Final = 0o600

_QUIET: Final = {
    "NO_COLOR": "1",
    # Without it there is no event log.
    "PULUMI_DEBUG_COMMANDS": "true",
    "PULUMI_CREDENTIAL_STORE": "plaintext",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
    "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
    "PULUMI_NEO": "false",
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_SUPPRESS_NEO_LINK": "true",
}
_ARGUMENTS: Final = {
    Operation.PREVIEW: ("preview", "--diff"),
    Operation.UP: ("up", "--yes", "--skip-preview", "--continue-on-error"),
    Operation.REFRESH: ("refresh", "--yes", "--skip-preview"),
    Operation.DESTROY: ("destroy", "--yes", "--skip-preview", "--continue-on-error"),
}
_DIGEST_ARGUMENTS: Final = ("preview", "--json")

_Acted = tuple[int, dict[str, Any] | None]


class PulumiCli:
    """A `pulumi` executable. `directory` is where its home and the copied stack files are kept."""

    def __init__(self, executable: Path, directory: Path) -> None:
        self._executable = executable
        self._directory = directory
        self._events = directory / f"events.{os.getpid()}.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = self._stalled = False
        self._masker = Masker()
        self.version = read_version(executable)
        self.label = f"pulumi {self.version}"

    def run(
        self,
        operation: Operation,
        stack: Stack,
        out: TextIO,
        *,
        digest: bool = False,
        repair: Repair = NO_REPAIR,
    ) -> Result:
        """Run the operation, passing on what pulumi prints, without the stack's secrets.

        digest: whether the result of a preview holds pulumi's digest, in the place of what it prints for people.
        Raises EngineError where it can't start, Interrupted after `stop`.
        """
        self._stopping = self._stalled = False
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        cipher = _prepare_state(stack)
        self._masker = _masker(stack, cipher)
        config_file = self._copy_stack_file(stack, cipher)
        with _not_simulated() as server:
            environment = self._environment(stack, server)

            def imported(arguments: Sequence[str]) -> bool:
                command = [str(self._executable), *arguments, *_of_stack(stack, config_file)]
                return self._execute(command, stack, environment, out)[0] == 0

            pulumi_pending.see_to(operation, stack, out, repair, imported)
            command = self._command(operation, stack, config_file, digest=digest)
            act = self._digest if digest else self._execute
            code, document, changes = self._watched(lambda: act(command, stack, environment, out))
            counts = server.provider.counts
        if self._stopping:
            raise Interrupted(f"{operation.value} was interrupted; what it had done is in the state")
        self._say_afterwards(counts, out)
        path = state.state_path(stack.state_directory, stack.project, stack.name)
        outputs, secret = outputs_in(path, cipher)
        return Result(code == 0, changes, outputs, secret, not_simulated=counts, digest=document)

    def _say_afterwards(self, counts: Mapping[str, int], out: TextIO) -> None:
        if self._stalled:
            out.write(pulumi_stall.MESSAGE)
        for token, times in sorted(counts.items()):
            out.write(f"not simulated: {token} ({times} x); its package has no stand-in in the sandbox\n")

    def _watched(self, act: Callable[[], _Acted]) -> tuple[int, dict[str, Any] | None, tuple[Change, ...]]:
        try:
            with pulumi_stall.watched(self._events, _STALL_SECONDS, self._end_stalled):
                code, document = act()
            return code, document, pulumi_events.changes(self._events)
        finally:
            self._events.unlink(missing_ok=True)

    def stop(self) -> None:
        """Ask pulumi to end after the steps under way, twice; then end it. Returns when it has ended."""
        self._stopping = True
        self._end()

    def _end_stalled(self) -> None:
        self._stalled = True
        self._end()

    def _end(self) -> None:
        process = self._process
        if process is None:
            return
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            deadline = time.monotonic() + _STOP_SECONDS
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)

    def _command(self, operation: Operation, stack: Stack, config_file: Path, *, digest: bool) -> list[str]:
        return [
            str(self._executable),
            *(_DIGEST_ARGUMENTS if digest else _ARGUMENTS[operation]),
            *_of_stack(stack, config_file),
            *("--event-log", str(self._events)),
            *("--parallel", str(stack.parallel)),
            *pulumi_policies.arguments(operation, stack.policy_packs),
        ]

    def _environment(self, stack: Stack, server: NotSimulatedServer) -> dict[str, str]:
        # Beside `pulumi` lie the language host and its launcher, which must be that version's.
        path = os.pathsep.join((str(self._executable.parent), stack.environment.get("PATH", os.defpath)))
        return {
            **stack.environment,
            **pulumi_environment(stack.state_directory, self._directory, stack.passphrase),
            "PATH": path,
            ATTACHED_VARIABLE: _attached(stack, server),
            # Where Pulumi.yaml names no virtual environment.
            "PULUMI_PYTHON_CMD": str(stack.python),
        }

    def _execute(
        self, command: list[str], stack: Stack, environment: Mapping[str, str], out: TextIO
    ) -> tuple[int, dict[str, Any] | None]:
        with self._running(command, stack, environment) as (process, said):
            shown = pulumi_policies.without_remediated_values(said)
            for line in pulumi_output.readable(shown, lambda: _end_program(process.pid)):
                out.write(self._masker(line))
                out.flush()
            return process.wait(), None

    def _digest(
        self, command: list[str], stack: Stack, environment: Mapping[str, str], out: TextIO
    ) -> tuple[int, dict[str, Any] | None]:
        """The exit code and the digest; what else was printed, and what the digest complains of, goes to `out`."""
        with self._running(command, stack, environment) as (process, said):
            printed = "".join(said)
            code = process.wait()
        document, besides = read_digest(printed, self._masker)
        out.write(besides + (complaints(document) if document else ""))
        return code, pulumi_policies.judged(document, self._events, self._masker, out)

    @contextmanager
    def _running(
        self, command: list[str], stack: Stack, environment: Mapping[str, str]
    ) -> Iterator[tuple[subprocess.Popen[bytes], Iterator[str]]]:
        """The process while it runs, and the lines that it prints; it is ended where its caller fails."""
        process = subprocess.Popen(  # noqa: S603 - the `pulumi` that the user has on PATH
            command,
            cwd=stack.root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
        self._process = process
        stack.recorder(process)
        try:
            assert process.stdout is not None  # noqa: S101 - for the type checker: a pipe was asked for
            yield process, (raw.decode("utf-8", "replace") for raw in process.stdout)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()  # type: ignore[union-attr]  # a pipe was asked for
            self._process = None

    def _copy_stack_file(self, stack: Stack, cipher: PassphraseCipher) -> Path:
        """The stack's configuration as a file of its own; secrets are in it only encrypted."""
        config: dict[str, Any] = {}
        for key, value in sorted(stack.config.items()):
            # A text where Pulumi.yaml says `type: object` is refused, also the JSON of one.
            plain = json.loads(value) if key in stack.structured_keys else value
            config[key] = {"secure": cipher.encrypt(value)} if key in stack.secret_keys else plain
        path = self._directory / f"Pulumi.{stack.name}.yaml"
        content = yaml.safe_dump({"encryptionsalt": cipher.salt_state, "config": config}, width=10_000)
        _write_private(path, content)
        return path


def _of_stack(stack: Stack, config_file: Path) -> tuple[str, ...]:
    return (
        *("--stack", stack.qualified_name),
        *("--config-file", str(config_file)),
        *("--non-interactive", "--color", "never", "--suppress-permalink=true"),
    )


def pulumi_environment(state_directory: Path, directory: Path, passphrase: str) -> dict[str, str]:
    """What turns any `pulumi` to the sandbox's states and away from the user's login; `directory` as for
    PulumiCli.
    """
    return {
        **_QUIET,
        # As a URL: a `%`, `#` or `?` in a folder's name would otherwise mean something else in it.
        "PULUMI_BACKEND_URL": state_directory.absolute().as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": passphrase,
        "PULUMI_HOME": str(directory / "home"),
    }


def find_pulumi(path: str | None) -> Path | None:
    """The `pulumi` on the search path; None where there is none."""
    found = shutil.which("pulumi", path=path)
    return Path(found) if found else None


def read_version(executable: Path) -> str:
    """Its version, as v3.260.0. Raises EngineError where it doesn't say, or isn't of a version that can be
    driven.
    """
    environment = {**os.environ, **_QUIET}
    try:
        answer = subprocess.run(  # noqa: S603 - the `pulumi` that the user has on PATH
            [str(executable), "version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS,
            check=False,
        )
        match = re.search(r"^v?(\d+)\.\d+\.\d+\S*", answer.stdout, re.MULTILINE)
    except (OSError, subprocess.TimeoutExpired):
        match = None
    if match is None:
        raise EngineError(f"{executable} doesn't tell its version")
    version = "v" + match[0].removeprefix("v")
    if int(match[1]) != MAJOR_VERSION:
        raise EngineError(
            f"{executable} is {version}; the sandbox drives pulumi of version {MAJOR_VERSION} only"
        )
    return version


def _attached(stack: Stack, server: NotSimulatedServer) -> str:
    """Every installed package at its stand-in: the one that the stack names, else the one that refuses."""
    named = stack.environment.get(ATTACHED_VARIABLE, "")
    rest = server.debug_providers(resource_packages(stack.python) - attached_addresses(named).keys())
    return ",".join(filter(None, (named, rest)))


def _end_program(pid: int) -> None:
    """End the interrupted program of this `pulumi`: it waits for answers that never come, and the language
    host would give it 5 s for that.
    """
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            if any(pulumi_output.LANGUAGE_HOST in argument for argument in child.cmdline()):
                child.kill()


@contextmanager
def _not_simulated() -> Iterator[NotSimulatedServer]:
    server = NotSimulatedServer()
    try:
        yield server
    finally:
        server.close()


def _prepare_state(stack: Stack) -> PassphraseCipher:
    """Make the stack's state if there is none, free it of the locks of the killed; returns its cipher."""
    path = state.state_path(stack.state_directory, stack.project, stack.name)
    document = state.read_checkpoint(path)
    salt_state = state.salt_state_of(document) if document is not None else None
    cipher = _cipher(stack.passphrase, salt_state)
    if document is None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(stack.state_directory / ".pulumi" / "meta.yaml", "version: 1\n")
        empty = {"version": state.FORMAT_VERSION, "checkpoint": {"stack": stack.qualified_name}}
        _write_private(path, json.dumps(empty))
    _remove_stale_locks(stack)
    return cipher


def _masker(stack: Stack, cipher: PassphraseCipher) -> Masker:
    masker = Masker(stack.config[key] for key in stack.secret_keys if key in stack.config)
    # Pulumi masks what it shows of a resource itself, and nothing in what programs and policies say.
    masker.add(secrets_in(state.state_path(stack.state_directory, stack.project, stack.name), cipher))
    return masker


def _remove_stale_locks(stack: Stack) -> None:
    """Remove the locks of those that were killed; whoever still lives keeps theirs, and pulumi says so."""
    for lock in (stack.state_directory / ".pulumi" / "locks" / stack.qualified_name).glob("*.json"):
        try:
            holder = json.loads(lock.read_text())
            held = still_lives(int(holder["pid"]), datetime.fromisoformat(holder["timestamp"]).timestamp())
        except (OSError, ValueError, KeyError, TypeError):
            held = False
        if not held:
            lock.unlink(missing_ok=True)


def _cipher(passphrase: str, salt_state: str | None) -> PassphraseCipher:
    if salt_state is None:
        return PassphraseCipher.create(passphrase)
    try:
        return PassphraseCipher.open(passphrase, salt_state)
    except (WrongPassphrase, DamagedCiphertextError) as error:
        problem = str(error)
    raise EngineError(f"{problem}; start over with --fresh")


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
