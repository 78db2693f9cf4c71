"""`kong-secure sandbox` alone and `exec`: a world that other commands use, and commands run in it."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sandbox.commands import SANDBOX_FILE, UserProject, finished

# Of linux/prctl.h and linux/capability.h.
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
SHOW = "import json, os, sys; json.dump(dict(os.environ), sys.stdout)"


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder in which nothing can be made."""
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)


def heed_permissions() -> None:
    """In a child before it becomes another program: root, too, is then bound by the permissions of files."""
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) != 0:
        raise OSError("the right to override permissions can't be given up")


def test_a_world_that_is_kept_up_is_used_by_other_commands_until_ctrl_c(shop: UserProject) -> None:
    with shop.under_way() as world:
        assert world.stdout is not None
        lines = [world.stdout.readline().rstrip() for _ in range(4)]
        addresses, words = lines[:3], lines[3]
        assert [line.rpartition(": ")[0] for line in addresses] == [
            "Konnect",
            "gateway demo",
            "backend orders.internal",
        ]
        assert words.endswith("Ctrl-C ends it")

        up = shop.run("up").gave(0)
        assert f"sandbox: {', '.join(addresses)}" in up.out
        assert up.last_lines == ["direct call: refused (401)", "through the gateway: passed (200)"]

        again = shop.run().gave(1)
        holder = f"`kong-secure sandbox` (pid {world.pid}, since "
        assert f"the sandbox is already up here: {holder}" in again.err
        fresh = shop.run("destroy", "--fresh").gave(1)
        assert f"--fresh would empty a world in use: the sandbox is already up here: {holder}" in fresh.err

        shop.write("stack_of_aws.py", "import pulumi_aws\n")
        lacking = shop.run("preview").gave(1)
        words = "the sandbox that is up was started without AWS; end it, start it with --stack dev, and run this again"
        assert words in lacking.err

        world.send_signal(signal.SIGINT)
        assert "SIGINT: ended" in finished(world).gave(130).out
    assert shop.processes() == []
    assert not (shop.kept / "world.json").exists()


def test_exec_hands_on_environment_input_and_exit_code_and_none_of_the_users_accounts(
    shop: UserProject,
) -> None:
    shop.environment |= {
        "KONNECT_TOKEN": "of-the-user",
        "AWS_SECRET_ACCESS_KEY": "of-the-user",
        "MINE": "kept",
    }
    ended = shop.run(
        "exec", "--", sys.executable, "-c", SHOW + "; sys.exit(int(input()))", given="41\n"
    ).gave(41)
    inside = json.loads(ended.out)
    assert inside["KONNECT_SERVER_URL"].startswith("http://127.0.0.1:")
    assert inside["MINE"] == "kept"
    # The environment has the interpreter under several names.
    assert Path(inside["PULUMI_PYTHON_CMD"]).parent == Path(sys.executable).parent
    assert "of-the-user" not in inside.values()
    assert ended.err == ""


def test_exec_hands_signals_on_and_ends_with_its_command(shop: UserProject) -> None:
    polite = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print('up', flush=True)"
    with shop.under_way("exec", "--", sys.executable, "-c", polite + "; time.sleep(600)") as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "up\n"
        command.send_signal(signal.SIGTERM)
        finished(command).gave(143)
    assert shop.processes() == []


def test_exec_hands_ctrl_c_to_its_command_which_decides(shop: UserProject) -> None:
    until = "try: print('up', flush=True); time.sleep(600)\nexcept KeyboardInterrupt: raise SystemExit(7)"
    with shop.under_way("exec", "--", sys.executable, "-c", "import time\n" + until) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "up\n"
        command.send_signal(signal.SIGINT)
        finished(command).gave(7)


def test_exec_says_what_cant_be_run(shop: UserProject) -> None:
    ended = shop.run("exec", "--", "no-such-command").gave(1)
    assert ended.err == "error: can't run no-such-command: No such file or directory\n"


ANOTHER_VERSION = ": another version of this package may have written it; `kong-secure sandbox --fresh up`"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("konnect.sqlite", "SQLite format 3\0 and no more", ANOTHER_VERSION),
        ("secrets.json", '{"shop:shared_sec', "secrets.json is damaged; delete it"),
        ("state/.pulumi/stacks/shop/dev.json", '{"version": 4}', ANOTHER_VERSION),
        ("passphrase", "", "passphrase is empty; restore it, or delete it"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(
    shop: UserProject, name: str, content: str, words: str
) -> None:
    path = shop.kept / name
    path.parent.mkdir(parents=True)
    path.write_text(content)
    ended = shop.run("up").gave(1)
    assert name in ended.err
    assert words in ended.err
    assert path.read_text() == content


def test_a_sandbox_folder_that_cant_be_made_is_named(shop: UserProject) -> None:
    shop.write("sandbox.yaml", SANDBOX_FILE)
    shop.kept.write_text("a file in its place")
    ended = shop.run("up").gave(1)
    assert (
        ended.err == f"error: {shop.kept}, where the sandbox keeps its things, can't be used: File exists\n"
    )


def test_a_project_folder_that_cant_be_written_to_is_named_and_nothing_is_made(shop: UserProject) -> None:
    before = sorted(shop.folder.iterdir())
    with read_only(shop.folder):
        ended = finished(shop.start("up", preexec_fn=heed_permissions)).gave(1)
    kept = f"{shop.kept}, where the sandbox keeps its things, can't be used: Permission denied"
    assert (ended.out, ended.err) == ("", f"error: {kept}\n")
    assert sorted(shop.folder.iterdir()) == before


def test_a_project_folder_that_cant_be_written_to_does_where_the_sandboxs_own_is_there(
    shop: UserProject,
) -> None:
    shop.kept.mkdir()
    before = sorted(shop.folder.iterdir())
    with read_only(shop.folder):
        finished(shop.start("up", preexec_fn=heed_permissions)).gave(0)
    assert sorted(shop.folder.iterdir()) == before
