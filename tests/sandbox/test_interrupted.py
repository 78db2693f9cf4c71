"""A command that is ended from outside, by Ctrl-C, SIGTERM or SIGKILL, and what the next one finds."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.processes import lives, wait_until
from tests.sandbox.commands import (
    EMPTY_PROGRAM,
    HANGING_PROGRAM,
    SANDBOX_FILE,
    UserProject,
    finished,
)

WITHOUT_BACKEND = (
    SANDBOX_FILE.partition("backends:")[0] + "configuration:\n  shared_secret: {generate: true}\n"
)
MUST_BE_ALONE = """\
import pathlib, psutil
for pid in map(int, pathlib.Path("left-over").read_text().split()):
    if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        raise pulumi.RunError(f"{pid} is still there")
"""


@pytest.fixture
def hanging(shop: UserProject) -> UserProject:
    """A project whose program starts a process in a session of its own and never ends."""
    shop.write("sandbox.yaml", WITHOUT_BACKEND)
    shop.program(HANGING_PROGRAM)
    return shop


def _started(shop: UserProject) -> bool:
    note = shop.folder / "started"
    return note.exists() and note.read_text() != ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_everything_it_started(
    hanging: UserProject, number: signal.Signals
) -> None:
    with hanging.under_way("up") as command:
        wait_until(lambda: _started(hanging))
        descendants = psutil.Process(command.pid).children(recursive=True)
        assert len(descendants) >= 3
        secret = (hanging.kept / "secrets.json").read_text().split('"')[3]
        assert not any(secret in " ".join(process.cmdline()) for process in descendants)
        command.send_signal(number)
        ended = finished(command).gave(128 + number)
        assert not any(lives(process) for process in descendants)
        assert hanging.processes() == []
    assert ended.out.splitlines()[-1].startswith(f"{number.name}: ended; what was done until then is kept")
    assert not (hanging.kept / "operation.holder.json").exists()


def test_a_second_signal_ends_everything_at_once(hanging: UserProject) -> None:
    with hanging.under_way("up") as command:
        wait_until(lambda: _started(hanging))
        command.send_signal(signal.SIGINT)
        command.send_signal(signal.SIGTERM)
        finished(command).gave(128 + signal.SIGTERM)
        wait_until(lambda: hanging.processes() == [])


def test_a_second_operation_is_refused_and_left_overs_of_a_killed_one_are_gone_before_the_next_acts(
    hanging: UserProject,
) -> None:
    with hanging.under_way("up") as first:
        wait_until(lambda: _started(hanging))
        refused = hanging.run("destroy").gave(1)
        assert (
            f"another operation is running here: `kong-secure sandbox up` (pid {first.pid}, since "
            in refused.err
        )
        refused = hanging.run("exec", "--", "true").gave(1)
        assert f"`kong-secure sandbox up` (pid {first.pid}, since " in refused.err

        left = psutil.Process(first.pid).children(recursive=True)
        first.kill()
        first.wait()
        assert any(lives(process) for process in left)
        hanging.write("left-over", " ".join(str(process.pid) for process in left))
        hanging.program(EMPTY_PROGRAM + MUST_BE_ALONE)
        hanging.run("preview").gave(0)
    assert hanging.processes() == []


@pytest.mark.parametrize(("hangup", "code"), [(signal.SIG_IGN, 0), (signal.SIG_DFL, 128 + signal.SIGHUP)])
def test_a_hangup_ends_the_command_unless_nohup_had_it_ignored(
    shop: UserProject, hangup: signal.Handlers, code: int
) -> None:
    # Where the hangup is to end it, it must not be able to end by itself.
    waits = "print('up', flush=True); " + ("import signal; signal.pause()" if code else "input()")
    with shop.under_way(
        *("exec", "--", sys.executable, "-c", waits),
        stdin=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, hangup),
    ) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "up\n"
        command.send_signal(signal.SIGHUP)
        finished(command, None if code else "go on\n").gave(code)
    assert shop.processes() == []


def test_a_reader_who_leaves_ends_the_command_quietly(shop: UserProject) -> None:
    shop.write("sandbox.yaml", WITHOUT_BACKEND)
    shop.program("import time\nfor _ in range(100_000): print('x' * 100)\n")
    with shop.under_way("up") as command:
        assert command.stdout is not None
        assert command.stdout.readline().startswith("engine: ")
        command.stdout.close()
        assert command.stderr is not None
        assert command.wait(timeout=60) == 1
        assert command.stderr.read() == ""
        assert shop.processes() == []


def test_a_closed_standard_output_is_no_error(tmp_path: Path, shop: UserProject) -> None:
    shop.write("sandbox.yaml", WITHOUT_BACKEND)
    told = tmp_path / "told"
    inner = f"exec {shop.command} exec -- sh -c 'echo $KONNECT_SERVER_URL > \"{told}\"' >&- <&-"
    assert shop.shell(inner).gave(0).err == ""
    assert told.read_text().startswith("http://127.0.0.1:")
