"""Child processes: started in a session of their own, reported before they act, ended with all they started.

What the children say on their pipes is passed on by the line. What they are for is in `program` and
`plugins`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

_GRACE_SECONDS: Final = 3.0

LineSink = Callable[[str], None]


class Child:
    """One child process and the threads that read its pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._readers: list[threading.Thread] = []
        self._waited = False

    def read(self, stream: IO[bytes] | None, sink: LineSink) -> None:
        """Pass every line of the stream, without its end, to the sink, from a thread of its own."""
        if stream is None:
            return
        reader = threading.Thread(target=_pump, args=(stream, sink), daemon=True)
        reader.start()
        self._readers.append(reader)

    def wait(self) -> int:
        """Wait for the child's end and for the last of its lines; returns its exit code."""
        code = self.process.wait()
        # A grandchild may hold the pipes open; it is waited for once.
        deadline = time.monotonic() + (0.0 if self._waited else _GRACE_SECONDS)
        for reader in self._readers:
            reader.join(max(0.0, deadline - time.monotonic()))
        self._waited = True
        return code

    def close_pipes(self) -> None:
        """Close what can be closed. A pipe that a process outside the group still holds open is being read, and
        closing it would wait for that process.
        """
        if any(reader.is_alive() for reader in self._readers):
            return
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError, ValueError):
                    stream.close()

    def signal(self, number: int) -> None:
        """Send a signal to the child and everything in its session's group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


class Children:
    """The children of one run. `stop` may be called from anywhere, a signal handler included."""

    def __init__(self, recorder: Callable[[subprocess.Popen[bytes]], None]) -> None:
        self._recorder = recorder
        self._children: list[Child] = []
        self._lock = threading.Lock()
        self.stopping = False

    def start(
        self,
        command: Sequence[object],
        directory: Path,
        environment: Mapping[str, str],
        *,
        stdin: bool = False,
    ) -> Child | None:
        """Start a child; None when the run is being stopped. Its stdin is empty, or a pipe if asked for."""
        with self._lock:
            if self.stopping:
                return None
            process = subprocess.Popen(  # noqa: S603 (the interpreter and modules that the stack names)
                [str(part) for part in command],
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            child = Child(process)
            self._children.append(child)
        self._recorder(process)
        if self.stopping:  # stopped between the check above and the start
            child.signal(signal.SIGTERM)
        return child

    def stop(self) -> None:
        """Ask every child to end, and let none start any more. Takes no lock and waits for nothing."""
        self.stopping = True
        self._signal_living(signal.SIGTERM)
        # Who doesn't want to end is ended: a program may ignore the question.
        timer = threading.Timer(_GRACE_SECONDS, self._signal_living, [signal.SIGKILL])
        timer.daemon = True
        timer.start()

    def _signal_living(self, number: int) -> None:
        for child in list(self._children):
            if child.process.returncode is None:
                child.signal(number)

    def close(self) -> None:
        """End every child and wait until all are gone."""
        self.stop()
        for child in self._children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(_GRACE_SECONDS)
            # the group may outlive its leader
            child.signal(signal.SIGKILL)
            child.wait()
            child.close_pipes()


def _pump(stream: IO[bytes], sink: LineSink) -> None:
    with contextlib.suppress(ValueError):  # closed under our hands at the very end
        for line in stream:
            sink(line.decode("utf-8", "replace").rstrip("\r\n"))
