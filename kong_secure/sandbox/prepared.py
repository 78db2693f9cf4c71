"""What is settled before anything runs: the project, its stack, its configuration, and what the sample
backend is to demand. Files are read here and in what this calls; nothing is started.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kong_secure.sandbox.directory import NAME, SandboxDirectory
from kong_secure.sandbox.engine.recorded_outputs import recorded_outputs
from kong_secure.sandbox.engine.state import state_path
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.project import Project, choose_stack, find_project, qualified_key
from kong_secure.sandbox.sandbox_file import Backend, SandboxFile, read_sandbox_file
from kong_secure.sandbox.sharing import FILE, claim, shown
from kong_secure.sandbox.stack_file import Configuration, read_stack_file, resolve


@dataclass(frozen=True)
class BackendSecret:
    """Where the sample backend's secret comes from: a known value, or else the stack output `output`."""

    value: str | None = field(default=None, repr=False)
    output: str = ""


@dataclass(frozen=True)
class Prepared:
    """One project with one stack, ready for an operation. `notes` are for the user to read first."""

    project: Project
    file: SandboxFile
    directory: SandboxDirectory
    stack: str
    configuration: Configuration
    notes: tuple[str, ...] = ()

    @property
    def backend(self) -> Backend | None:
        """The sample backend that this stack's proof is of."""
        return self.file.backend_of(self.stack)


def find(start: Path, *, fresh: bool = False) -> tuple[Project, SandboxFile, SandboxDirectory]:
    """The project around `start`, its sandbox.yaml, and the `.sandbox` folder it uses, which is made if need be.

    fresh: whether that is about to be emptied. Raises SandboxError, also where that is for another folder to ask.
    """
    project = find_project(start)
    file = read_sandbox_file(project.root, project.name)
    if fresh and file.home is not None:
        home = shown(file.home, project.root)
        raise SandboxError(
            f"--fresh would empty the sandbox of {home}, which this project uses ({FILE}: sandbox), with the stacks "
            f"of every project in it; if you mean that, give it in {home}"
        )
    directory = SandboxDirectory((file.home or project.root) / NAME)
    directory.prepare()
    claim(directory, project)
    return project, file, directory


def prepare(project: Project, file: SandboxFile, directory: SandboxDirectory, stack: str | None) -> Prepared:
    """Choose the stack and settle its configuration. Raises SandboxError for what can't be settled."""
    name = choose_stack(project, stack, file.stack)
    path = project.stack_file(name)
    content = read_stack_file(path)
    notes = []
    if content.environments and path is not None:
        notes.append(
            f"{path.name}: `environment:` (Pulumi ESC) isn't read in the sandbox; "
            f"give the values it brings under `configuration:` in {FILE}"
        )
    configuration = resolve(content, project.defaults, file.given, directory.kept_secret)
    return Prepared(project, file, directory, name, configuration, tuple(notes))


def backend_secret(prepared: Prepared, asked: str | None) -> BackendSecret:
    """Where the sample backend's secret comes from: `asked` (--backend-secret), else sandbox.yaml.

    Raises SandboxError where neither says, or what they say is a configuration key without a value.
    """
    backend = prepared.backend
    if backend is None:
        raise SandboxError(
            f"--backend-secret needs a sample backend: declare one under `backends:` in {FILE}, with its `host:`"
        )
    name = asked or backend.secret
    source = "--backend-secret" if asked else f"{FILE}: {backend.key}.secret"
    if name is None:
        raise SandboxError(
            f"{FILE}: {backend.key}.secret is missing: name the configuration key or stack output "
            "that holds the secret, there or with --backend-secret"
        )
    values = prepared.configuration.values
    key = qualified_key(name, prepared.project.name)
    if key in values:
        return BackendSecret(value=values[key])
    if ":" in name:
        known = ", ".join(sorted(values)) or "none"
        raise SandboxError(f"{source} is {name}, a configuration key without a value; keys with one: {known}")
    return BackendSecret(output=name)


def known_already(prepared: Prepared, secret: BackendSecret) -> BackendSecret:
    """The backend's secret as far as it is known before the program runs: where it is an output, the last one."""
    if secret.value is not None:
        return secret
    directory = prepared.directory
    path = state_path(directory.state, prepared.project.name, prepared.stack)
    last = recorded_outputs(path, directory.passphrase()).get(secret.output)
    return replace(secret, value=last) if isinstance(last, str) and last else secret


def secret_in_outputs(name: str, outputs: Mapping[str, Any]) -> str:
    """The backend's secret in a stack's outputs. Raises SandboxError listing the outputs where it isn't
    there.
    """
    value = outputs.get(name)
    if isinstance(value, str) and value:
        return value
    found = "isn't a text" if name in outputs else "doesn't exist"
    known = ", ".join(sorted(outputs)) or "none"
    raise SandboxError(
        f"the sample backend's secret is to come from {name}, which is no configuration key, "
        f"and as a stack output it {found}; outputs: {known}"
    )


Teller = Callable[[str, str, str, str], None]


def tell_backend(prepared: Prepared, secret: str, demand: Teller) -> None:
    """Tell the stack's sample backend through `demand` what to demand from now on."""
    backend = prepared.backend
    if backend is not None:
        demand(backend.host, backend.header, backend.scheme, secret)
