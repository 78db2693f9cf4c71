"""The user's Pulumi project as Pulumi.yaml describes it, and the choice of a stack. Nothing here writes;
stack files are read in `stack_file`, the sandbox's own file in `sandbox_file`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.yaml_source import Section, read_section

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")
_STACK_FILE = re.compile(r"Pulumi\.(?P<stack>.+)\.ya?ml")
_STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_PROJECT_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True)
class Default:
    """A configuration value that Pulumi.yaml declares for every stack; value None: declared, but without
    one.
    """

    value: Any = field(repr=False)
    secret: bool = False


@dataclass(frozen=True)
class Project:
    """A Pulumi project in Python.

    root: the folder of Pulumi.yaml. main: the program, a folder or a file. stack_directory: where stack
    files are. virtualenv: the one that Pulumi.yaml names, whether it exists or not; None where it names
    none. toolchain: pip unless Pulumi.yaml says otherwise. defaults: configuration for every stack, by
    `namespace:key`.
    """

    root: Path
    name: str
    main: Path
    stack_directory: Path
    virtualenv: Path | None = None
    toolchain: str = "pip"
    defaults: Mapping[str, Default] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        """The interpreter for the program: the virtual environment's where there is one, else the running
        one.
        """
        if self.virtualenv is not None:
            inside = interpreter_in(self.virtualenv)
            if inside.exists():
                return inside
        return Path(sys.executable)

    def stacks(self) -> tuple[str, ...]:
        """The names of the stacks that have a file."""
        if not self.stack_directory.is_dir():
            return ()
        matches = (_STACK_FILE.fullmatch(entry.name) for entry in self.stack_directory.iterdir())
        return tuple(sorted({match["stack"] for match in matches if match}))

    def stack_file(self, stack: str) -> Path | None:
        """The stack's file; None where there is none."""
        for suffix in ("yaml", "yml"):
            path = self.stack_directory / f"Pulumi.{stack}.{suffix}"
            if path.is_file():
                return path
        return None


def interpreter_in(virtualenv: Path) -> Path:
    """Where a virtual environment keeps its interpreter."""
    return virtualenv / "bin" / "python"


def find_project(start: Path) -> Project:
    """The project in `start` or the nearest folder above it. Raises SandboxError where there is none."""
    start = start.absolute()
    for folder in (start, *start.parents):
        project = project_in(folder)
        if project is not None:
            return project
    raise SandboxError(
        f"there is no Pulumi.yaml in {start} or above it: run this inside a Pulumi project, "
        "or make one with `pulumi new python`"
    )


def project_in(folder: Path) -> Project | None:
    """The project of this very folder; None where there is none. Raises SandboxError as `read_project` does."""
    for name in PROJECT_FILES:
        if (folder / name).is_file():
            return read_project(folder / name)
    return None


def read_project(path: Path) -> Project:
    """The project that this Pulumi.yaml describes. Raises SandboxError naming what is wrong in it."""
    source = read_section(path)
    root = path.parent
    name = source.text("name", "the project's name")
    if not _PROJECT_NAME.fullmatch(name):
        raise source.complaint("name", "a name of letters, digits, '-', '_' and '.'")
    options = _runtime_options(source)
    virtualenv = options.optional_text("virtualenv", "the folder of a virtual environment")
    return Project(
        root=root,
        name=name,
        main=_main(source, root),
        stack_directory=_stack_directory(source, root),
        virtualenv=_anchored(root, virtualenv) if virtualenv else None,
        toolchain=options.optional_text("toolchain", "pip, uv or poetry") or "pip",
        defaults=_defaults(source, name),
    )


def choose_stack(project: Project, asked: str | None, declared: str | None) -> str:
    """The stack to act on: the one asked for, else the one sandbox.yaml names, else the only one with a file.

    Raises SandboxError listing the stacks where none of these decides, or where the chosen one has no file.
    """
    stacks = project.stacks()
    listed = ", ".join(stacks) or f"none (there is no Pulumi.STACK.yaml in {project.stack_directory})"
    chosen = asked or declared
    if chosen is not None:
        source = "--stack" if asked else "sandbox.yaml: stack"
        if not _STACK_NAME.fullmatch(chosen):
            raise SandboxError(
                f"{source} is {chosen!r}; a name without organization and project is expected: {listed}"
            )
        if chosen not in stacks:
            raise SandboxError(f"{source} is {chosen!r}, which has no stack file; there is: {listed}")
        return chosen
    if len(stacks) == 1:
        return stacks[0]
    if not stacks:
        # A program may need no configuration at all.
        return "sandbox"
    raise SandboxError(
        f"this project has several stacks: {listed}; choose with --stack, or with `stack:` in sandbox.yaml"
    )


def qualified_key(key: str, project: str) -> str:
    """A configuration key as `namespace:name`; without a namespace it is the project's."""
    parts = key.split(":")
    if len(parts) == 1:
        return f"{project}:{key}"
    if len(parts) == 3 and parts[1] == "config":
        return f"{parts[0]}:{parts[2]}"
    return key


def _runtime_options(source: Section) -> Section:
    runtime = source.values.get("runtime")
    if isinstance(runtime, dict):
        section = source.section("runtime")
        language = section.text("name", "the name of a runtime")
        options = section.section("options")
    else:
        language, options = source.text("runtime", "python"), Section(source.file, "runtime.options", {})
    if language != "python":
        raise SandboxError(
            f"{source.file}: runtime is {language!r}; the sandbox runs programs in python only"
        )
    return options


def _main(source: Section, root: Path) -> Path:
    main = source.optional_text("main", "a folder or file inside the project")
    if main is None:
        return root
    path = Path(os.path.normpath(root / main))
    if not path.is_relative_to(root):
        raise source.complaint("main", "a folder or file inside the project")
    if not path.exists():
        raise source.complaint("main", "a folder or file that exists")
    return path


def _stack_directory(source: Section, root: Path) -> Path:
    # `config:` held the folder before `stackConfigDir` existed.
    legacy = source.values.get("config")
    name = "config" if isinstance(legacy, str) else "stackConfigDir"
    folder = source.optional_text(name, "the folder of the stack files")
    return _anchored(root, folder) if folder else root


def _anchored(root: Path, path: str) -> Path:
    return Path(os.path.normpath(root / Path(path).expanduser()))


def _defaults(source: Section, project: str) -> Mapping[str, Default]:
    if isinstance(source.values.get("config"), str):
        return {}
    declared = source.section("config")
    return {qualified_key(str(key), project): _default(value) for key, value in declared.values.items()}


def _default(declared: Any) -> Default:
    if not isinstance(declared, dict):
        return Default(declared)
    secret = declared.get("secret") is True
    return Default(declared.get("value", declared.get("default")), secret)
