"""What is settled before anything runs: the project, its stack and its configuration. Files are read here and in what
this calls; nothing is started.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kong_secure.sandbox.directory import NAME, SandboxDirectory
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.project import Project, choose_stack, find_project
from kong_secure.sandbox.sandbox_file import Backend, SandboxFile, read_sandbox_file
from kong_secure.sandbox.sharing import FILE, claim, shown
from kong_secure.sandbox.stack_file import Configuration, read_stack_file, resolve


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
    def backends(self) -> tuple[Backend, ...]:
        """The sample backends that this stack's proof is of."""
        return self.file.backends_of(self.stack)


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
