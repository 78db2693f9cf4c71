"""A temporary Pulumi project and `kong-secure sandbox` as its user runs it: a process of its own. What should happen
is said in the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.processes import lives
from tests.search_path import without_pulumi

HEADER_PROGRAM = """\
import pulumi
from kong_secure import SharedSecretHeader

config = pulumi.Config()
header = SharedSecretHeader(
    "orders",
    control_plane="demo",
    service=config.get("service") or "orders",
    shared_secret=config.require_secret("shared_secret"),
)
pulumi.export("the_secret", config.require_secret("shared_secret"))
"""
EMPTY_PROGRAM = "import pulumi\n"
HANGING_PROGRAM = """\
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path("started").write_text(str(grandchild.pid))
time.sleep(600)
"""
PROJECT_FILE = "name: shop\nruntime: python\n"
STACK_FILE = "config:\n  shop:service: orders\n"
SANDBOX_FILE = """\
control_planes:
  - name: demo
    services:
      - name: orders
        url: http://orders.internal
        routes:
          - name: orders
            paths: [/orders]
backends:
  - host: orders.internal
    secret: shared_secret
configuration:
  shared_secret: {generate: true}
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def last_lines(self) -> list[str]:
        return self.out.splitlines()[-2:]

    def gave(self, code: int) -> Ended:
        assert self.code == code, f"exit code {self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err, self.err
        return self


@dataclass
class UserProject:
    """A project folder; `environment` is that of the user's shell."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KON", "PULUMI_"))}
        path = without_pulumi(self.folder.parent / "links", f"{Path(sys.executable).parent}:{os.defpath}")
        self.environment = {**kept, "PATH": path}
        self.write("Pulumi.yaml", PROJECT_FILE)
        self.write("Pulumi.dev.yaml", STACK_FILE)
        self.write("sandbox.yaml", SANDBOX_FILE)
        self.program(HEADER_PROGRAM)

    @property
    def kept(self) -> Path:
        return self.folder / ".sandbox"

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def program(self, text: str) -> None:
        self.write("__main__.py", text)

    def start(self, *arguments: str, folder: Path | None = None, **pipes: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [Path(sys.executable).with_name("kong-secure"), "sandbox", *arguments],
            cwd=folder or self.folder,
            env=self.environment,
            text=True,
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes},
        )

    @property
    def command(self) -> str:
        """The command, for a shell."""
        return f"'{Path(sys.executable).with_name('kong-secure')}' sandbox"

    def shell(self, line: str) -> Ended:
        """A line in the user's shell."""
        command = ["sh", "-c", line]
        ended = subprocess.run(
            command,
            check=False,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=90,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def run(self, *arguments: str, folder: Path | None = None, given: str = "") -> Ended:
        process = self.start(*arguments, folder=folder, stdin=subprocess.PIPE)
        return finished(process, given)

    @contextmanager
    def under_way(self, *arguments: str, **pipes: Any) -> Iterator[subprocess.Popen[str]]:
        """A command that is ended with the block, whatever happens in it."""
        process = self.start(*arguments, **pipes)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()
            for stray in self.processes():
                stray.kill()

    def processes(self) -> list[psutil.Process]:
        """Everything alive that carries this sandbox's mark."""
        return [process for process in psutil.process_iter() if _carries(process, str(self.kept))]


def _carries(process: psutil.Process, sandbox: str) -> bool:
    try:
        if not lives(process):
            return False
        environment: Mapping[str, str] = process.environ()
        return environment.get("KONG_SECURE_SANDBOX") == sandbox
    except (psutil.Error, OSError):
        return False


def finished(process: subprocess.Popen[str], given: str | None = None) -> Ended:
    try:
        out, err = process.communicate(given, timeout=90)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"it did not end\n{out}\n{err}") from None
    return Ended(process.returncode, out, err)
