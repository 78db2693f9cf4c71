"""One sandbox for several projects: which folder's it is (`sandbox:` in sandbox.yaml), what they declare for it
together, and that no two of them keep their stacks under one name. Reading the files lives in `sandbox_file`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.project import PROJECT_FILES, Project, project_in

FILE = "sandbox.yaml"
"""The file of a folder that says what its sandbox holds."""


def next_folder(folders: Sequence[Path], given: str) -> Path:
    """The folder whose sandbox is used, as the last of `folders` says it; each of them led to the next one.

    Raises SandboxError where it isn't there, or leads back.
    """
    here = folders[-1]
    place = f"{shown(here / FILE, folders[0])}: sandbox is {given!r}"
    # As its own commands know it, who find themselves in it without links.
    folder = (here / Path(given).expanduser()).resolve()
    if not any((folder / name).is_file() for name in (*PROJECT_FILES, FILE)):
        found = "has neither" if folder.is_dir() else "isn't there"
        raise SandboxError(
            f"{place}; a folder with a Pulumi.yaml or a {FILE} is expected, and {folder} {found}"
        )
    if folder in [each.resolve() for each in folders]:
        raise SandboxError(
            f"{place}, which leads back to {folder}; leave `sandbox:` out in one of these files"
        )
    return folder


def shown(path: Path, start: Path) -> str:
    """A path as people in the folder `start` would write it."""
    return os.path.relpath(path, start)


def joined(worlds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the worlds hold together: control planes of one name and region are one, and what two of them say in the
    same words is said once. Of what is no list the last one counts.
    """
    together: dict[str, Any] = {}
    for world in worlds:
        for key, value in world.items():
            known = together.get(key)
            if not isinstance(known, list) or not isinstance(value, list):
                together[key] = value
            elif key == "control_planes":
                together[key] = _planes(known, value)
            else:
                together[key] = _once(known, value)
    return together


def _planes(known: Sequence[Any], more: Sequence[Any]) -> list[Any]:
    """The control planes, each with the services of both that are called the same."""
    planes = [*known]
    for plane in more:
        index = next((index for index, each in enumerate(known) if _same_plane(each, plane)), None)
        if index is None:
            planes.append(plane)
        else:
            services = _once(known[index].get("services") or [], plane.get("services") or [])
            planes[index] = {**known[index], **plane, "services": services}
    return planes


def _same_plane(one: Any, other: Any) -> bool:
    if not isinstance(one, Mapping) or not isinstance(other, Mapping) or "name" not in one:
        return False
    return (one["name"], one.get("region", "us")) == (other.get("name"), other.get("region", "us"))


def _once(known: Any, more: Any) -> Any:
    # What is no list is refused with everything else that is declared wrongly.
    both = isinstance(known, list) and isinstance(more, list)
    return [*known, *(value for value in more if value not in known)] if both else more


def claim(directory: SandboxDirectory, project: Project) -> None:
    """Note that the project's stacks are kept in the sandbox. Raises SandboxError where another project of that name,
    which is there still, keeps its own there: one would take the other's stacks for its own.
    """
    home = directory.path.parent
    with directory.making():
        kept = _claims(directory)
        known = kept.get(project.name)
        root = (home / known).resolve() if known is not None else project.root.resolve()
        if root != project.root.resolve() and _is_called(root, project.name):
            raise SandboxError(
                f"this project and the one in {root} are both called {project.name!r}, and would take each other's "
                f"stacks in the sandbox of {home} for their own: give one of them another `name:` in its Pulumi.yaml"
            )
        if known is None or root != project.root.resolve():
            # Relative, so that a moved or copied sandbox goes on with its own projects.
            directory.keep_projects(json.dumps({**kept, project.name: shown(project.root, home)}, indent=2))


def folder_of(directory: SandboxDirectory, name: str) -> Path | None:
    """The folder of the project of that name that keeps its stacks in the sandbox, or whose sandbox it is; None where
    it isn't known.
    """
    home = directory.path.parent
    folders = [home, *(home / known for known in [_claims(directory).get(name)] if known is not None)]
    return next((folder.resolve() for folder in folders if _is_called(folder, name)), None)


def _claims(directory: SandboxDirectory) -> dict[str, str]:
    try:
        kept: Any = json.loads(directory.projects.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: folder for name, folder in kept.items() if isinstance(folder, str)}


def _is_called(root: Path, name: str) -> bool:
    try:
        found = project_in(root)
    except SandboxError:
        return False
    return found is not None and found.name == name
