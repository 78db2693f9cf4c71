"""Ctrl-C and the other signals that ask a command to end: the first lets the work at hand end cleanly, the
second kills at once. What ends cleanly, and how, is said by whoever does the work.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_GRACE_SECONDS = 5.0
# A signal that means nothing to anybody: by default it is ignored.
_NUDGE = signal.SIGURG
_NUDGES = 10
_NUDGE_SECONDS = 0.05


class Stopped(BaseException):
    """A signal asked the command to end. `exit_code` is the one shells know for that signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class Interruption:
    """What signals do while it is in effect. Nothing is cut off outside `interruptible` and `stoppable`
    blocks.
    """

    def __init__(self, kill: Callable[[], None]) -> None:
        """`kill` ends every process of this command at once, for the second signal."""
        self._kill = kill
        self._number: int | None = None
        self._signals = itertools.count()
        self._cue: int | None = None
        self._raising = False
        self._child: subprocess.Popen[bytes] | None = None

    @contextmanager
    def in_effect(self) -> Iterator[None]:
        """Catch the signals during the block."""
        # Under nohup a hangup is ignored, and stays so.
        caught = [
            number
            for number in SIGNALS
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
        ]
        previous = {number: signal.signal(number, self._handle) for number in caught}
        try:
            with _woken():
                yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """A block that a signal may leave anywhere, by Stopped."""
        self.check()
        self._raising = True
        try:
            yield
        finally:
            self._raising = False

    @contextmanager
    def stoppable(self, stop: Callable[[], None]) -> Iterator[None]:
        """A block that ends early when `stop` is called; Stopped is raised after it."""
        self.check()
        with self._on_signal(stop):
            yield
        self.check()

    @contextmanager
    def passed_on(self, child: subprocess.Popen[bytes]) -> Iterator[None]:
        """A block that waits for a child in the foreground: Ctrl-C is the child's, and other signals end
        it.
        """
        self.check()

        def insist() -> None:
            time.sleep(_GRACE_SECONDS)
            child.kill()

        with self._on_signal(insist):
            self._child = child
            try:
                yield
            finally:
                self._child = None

    def check(self) -> None:
        """Raise Stopped where a signal came."""
        if self._number is not None:
            raise Stopped(self._number)

    @property
    def came(self) -> bool:
        """Whether a signal came."""
        return self._number is not None

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self._number is None and self._child is not None and number == signal.SIGINT:
            if not _has_terminal():
                self._child.send_signal(number)
            return
        # Counted in one step: the second signal may come while the first is being handled.
        if next(self._signals) > 0:
            self._kill()
            os._exit(128 + number)
        self._number = number
        if self._child is not None:
            self._child.send_signal(number)
        if self._cue is not None:
            os.write(self._cue, b"!")
        elif self._raising:
            raise Stopped(number)

    @contextmanager
    def _on_signal(self, action: Callable[[], None]) -> Iterator[None]:
        """A block in which a signal starts the action in a thread. That waits already: the interrupted code may
        hold a lock that the action needs, or that starting a thread needs.
        """
        reader, writer = os.pipe()

        def wait() -> None:
            came = os.read(reader, 1)
            os.close(reader)
            if came:
                action()

        threading.Thread(target=wait, daemon=True).start()
        self._cue = writer
        try:
            yield
        finally:
            self._cue = None
            os.close(writer)


@contextmanager
def _woken() -> Iterator[None]:
    """A block in which the main thread handles a signal soon, whichever thread the system gives it to.

    Python handles signals in the main thread alone, and one that waits in a system call notices nothing of a
    signal that another thread got. The interpreter writes every signal into a pipe at once; a thread that reads
    it interrupts the main one, more than once, because that may have been just before its system call.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    main = threading.main_thread().ident or 0

    def nudge() -> None:
        while came := os.read(reader, 64):
            if set(came) & set(SIGNALS):
                for _ in range(_NUDGES):
                    signal.pthread_kill(main, _NUDGE)
                    time.sleep(_NUDGE_SECONDS)
        os.close(reader)

    handler = signal.signal(_NUDGE, lambda _number, _frame: None)
    earlier = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    thread = threading.Thread(target=nudge, daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(earlier)
        os.close(writer)
        # Before the handler goes: a nudge must find one.
        thread.join()
        signal.signal(_NUDGE, handler)


def _has_terminal() -> bool:
    """Whether this process is in a terminal's foreground, where Ctrl-C reaches its children without its
    help.
    """
    try:
        with open("/dev/tty", "rb", buffering=0) as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
