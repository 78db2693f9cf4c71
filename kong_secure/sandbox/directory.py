"""The `.sandbox` folder beside Pulumi.yaml: its layout, its privacy, and what is made once and kept in it.

Who may act in it is decided in `locks`; what the engines and the world write into it is theirs.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.liveness import still_lives

NAME = ".sandbox"

_SECRET_BYTES = 32
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_WORLD_CONTENT = ("konnect.sqlite*", "aws.pickle*", "azure.json*")
_UNFINISHED = "unfinished"


@dataclass(frozen=True)
class SandboxDirectory:
    """The sandbox's own folder; `path` is absolute. Only its owner can look inside, and git never sees it."""

    path: Path

    @property
    def state(self) -> Path:
        """The stacks' states, in the layout of Pulumi's file backend; both engines share them."""
        return self.path / "state"

    @property
    def pulumi(self) -> Path:
        """What the `pulumi` command keeps: its home and the copied stack files."""
        return self.path / "pulumi"

    @property
    def cache(self) -> Path:
        """What children would otherwise cache in the user's home or project."""
        return self.path / "cache"

    @property
    def processes(self) -> Path:
        """The records of running commands and their children."""
        return self.path / "processes"

    @property
    def world_record(self) -> Path:
        """Where the world that is up listens, with its tokens."""
        return self.path / "world.json"

    @property
    def operations_world_record(self) -> Path:
        """The same of a world that an operation has for itself, for those who only act in it by hand meanwhile."""
        return self.path / "operation-world.json"

    @property
    def calls(self) -> Path:
        """The calls to Konnect of the last world that ended here."""
        return self.path / "calls.json"

    @property
    def projects(self) -> Path:
        """The projects whose stacks are kept here, by name."""
        return self.path / "projects.json"

    @property
    def _kept(self) -> Path:
        return self.path / "secrets.json"

    @property
    def _emptying(self) -> Path:
        return self.path / "emptying"

    def prepare(self) -> None:
        """Make the folder, or make an existing one private again.

        Raises SandboxError where that can't be done.
        """
        try:
            self.path.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            self.path.chmod(_PRIVATE_FOLDER)
            ignore = self.path / ".gitignore"
            if not ignore.exists() or ignore.read_text() != "*\n":
                write_private(ignore, "*\n")
            for folder in (self.processes, self.cache):
                folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
            self._remove_unfinished()
        except OSError as error:
            problem = error.strerror
        else:
            return
        raise SandboxError(f"{self.path}, where the sandbox keeps its things, can't be used: {problem}")

    def _remove_unfinished(self) -> None:
        """Remove what a killed `write_private` left: it may hold a secret."""
        for folder in (self.path, self.processes):
            for path in folder.glob(f".*.{_UNFINISHED}.*"):
                pid = path.suffix.removeprefix(".")
                if not (pid.isdecimal() and still_lives(int(pid), path.stat().st_mtime)):
                    path.unlink(missing_ok=True)

    def passphrase(self) -> str:
        """The passphrase of the states' secrets, made once."""
        path = self.path / "passphrase"
        with self.making():
            if not path.exists():
                write_private(path, secrets.token_urlsafe(_SECRET_BYTES))
            passphrase = path.read_text()
        if not passphrase:
            raise SandboxError(f"{path} is empty; restore it, or delete it and begin anew with --fresh")
        return passphrase

    def kept_secret(self, key: str) -> str:
        """The random value of a configuration key: 256 bits, made once, the same at every run."""
        with self.making():
            kept = self._kept_secrets()
            if key not in kept:
                kept[key] = secrets.token_urlsafe(_SECRET_BYTES)
                write_private(self._kept, json.dumps(kept, indent=2) + "\n")
            return kept[key]

    def making(self) -> FileLock:
        """Two commands that begin together must not make two values for one thing."""
        return FileLock(self.path / "making.lock", mode=0o600)

    def keep_projects(self, text: str) -> None:
        """Write down the projects."""
        write_private(self.projects, text)

    def empty(self) -> None:
        """Remove the world's content and the stacks' states together; kept secrets stay.

        A crash half-way leaves a mark, by which `finish_emptying` completes it.
        """
        write_private(self._emptying, "")
        content = [path for pattern in _WORLD_CONTENT for path in self.path.glob(pattern)]
        for path in (*content, self.projects, self.state):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        self._emptying.unlink()

    def finish_emptying(self) -> None:
        """Complete what a killed `empty` began: world and states never belong to different times."""
        if self._emptying.exists():
            self.empty()

    def _kept_secrets(self) -> dict[str, str]:
        try:
            kept: Any = json.loads(self._kept.read_text())
        except FileNotFoundError:
            return {}
        except ValueError:
            kept = None
        if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
            raise SandboxError(f"{self._kept} is damaged; delete it, and new values are made")
        return kept


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; whoever reads meanwhile sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.{_UNFINISHED}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
