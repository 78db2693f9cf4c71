"""What is said where a program refers to a stack that isn't in the sandbox. Engines say no more than pulumi does:
a preview doesn't take its outputs for unknown, because the real one wouldn't either. Here nothing is in the way of
bringing it up first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO, cast

from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.sharing import FILE, folder_of, shown

# As pulumi says it, of `organization/PROJECT/STACK` or, of the project's own stacks, of `STACK`.
_UNKNOWN = re.compile(r'unknown stack "(?:organization/)?(?:(?P<project>[^"/]+)/)?(?P<stack>[^"/]+)"')


class Heard:
    """What an engine prints, passed on, and the stacks that it didn't find."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._missing: dict[tuple[str | None, str], None] = {}

    @property
    def out(self) -> TextIO:
        """This, for an engine to print to."""
        return cast(TextIO, self)

    def write(self, text: str) -> int:
        """Passes a text on."""
        self._missing |= {(met["project"], met["stack"]): None for met in _UNKNOWN.finditer(text)}
        return self._out.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)

    def notes(self, project: str, here: Path, directory: SandboxDirectory) -> Iterator[str]:
        """For each of those stacks what to do; of a program of this project, by somebody in the folder `here`."""
        for named, stack in self._missing:
            name = named or project
            folder = here if name == project else folder_of(directory, name)
            place = f"in {shown(folder, here)}" if folder is not None else f"in the folder of {name}"
            if folder is None:
                home = shown(directory.path.parent, here)
                place += f", whose {FILE} must name this sandbox (sandbox: {home}, as seen from here)"
            yield (
                f"note: the stack {stack} of project {name} isn't in this sandbox yet: bring it up first, "
                f"`kong-secure sandbox --stack {stack} up` {place}"
            )
