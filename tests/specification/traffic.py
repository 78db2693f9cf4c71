"""Exchanges with Konnect as `recording` writes them: read once, in the order they came to pass."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

DIRECTORY_VARIABLE = "SPECIFICATION_TRAFFIC"
"""The environment variable with the directory in which a run's processes record."""

OURS = "kong-secure/"
"""What the user agent of this project's client begins with."""

SCRIPTED = "script"
"""The fault of every exchange with a server that answers as a test tells it."""

_BYTES = ("content", "answer")


@dataclass(frozen=True)
class Exchange:
    """A request and its answer. `path` begins with the region and has no query; `status` is None where nothing was
    answered, or nobody looked."""

    method: str
    path: str
    query: str = ""
    agent: str = ""
    content_type: str | None = None
    content: bytes = field(default=b"", repr=False)
    status: int | None = None
    answer_type: str | None = None
    answer: bytes = field(default=b"", repr=False)
    fault: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether this project's client asked, not a test by hand."""
        return self.agent.startswith(OURS)

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.method} {self.path}{query} ({self.status or 'no answer'})"


def recording_variables() -> dict[str, str]:
    """The environment variables with which whatever a process starts records too. Those of the tests' own processes
    have them; an environment that a test makes up needs them added."""
    return {name: os.environ[name] for name in (DIRECTORY_VARIABLE, "PYTHONPATH")}


def record(exchange: Exchange) -> None:
    """Records an exchange with another Konnect than a world's, such as one that answers by a script."""
    line = json.dumps(
        {**asdict(exchange), **{name: getattr(exchange, name).decode("latin-1") for name in _BYTES}}
    )
    file = Path(os.environ[DIRECTORY_VARIABLE]) / f"{os.getpid()}.jsonl"
    opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(opened, line.encode() + b"\n")
    finally:
        os.close(opened)


class Traffic:
    """The exchanges that processes record in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[str, int] = {}

    def new(self) -> Iterator[Exchange]:
        """Those recorded since the last time."""
        for file in sorted(self._directory.iterdir()):
            begin = self._read.get(file.name, 0)
            if file.stat().st_size == begin:
                continue
            with file.open("rb") as opened:
                opened.seek(begin)
                for line in opened:
                    # The last line may be half written: it comes the next time.
                    if line.endswith(b"\n"):
                        begin += len(line)
                        yield _exchange(line)
            self._read[file.name] = begin


def _exchange(line: bytes) -> Exchange:
    found = json.loads(line)
    for name in _BYTES:
        found[name] = found[name].encode("latin-1")
    return Exchange(**found)
