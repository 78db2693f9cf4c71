"""The sandbox's own folder and the locks in it."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from kong_secure.sandbox import locks
from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.errors import OccupiedError, SandboxError
from kong_secure.sandbox.locks import Role


@pytest.fixture
def directory(tmp_path: Path) -> SandboxDirectory:
    directory = SandboxDirectory(tmp_path / ".sandbox")
    directory.prepare()
    return directory


def test_a_folder_that_others_could_read_is_made_private_again(directory: SandboxDirectory) -> None:
    directory.path.chmod(0o755)
    (directory.path / ".gitignore").write_text("!state\n")
    directory.prepare()
    assert directory.path.stat().st_mode & 0o777 == 0o700
    assert (directory.path / ".gitignore").read_text() == "*\n"


def test_commands_that_begin_together_make_one_secret_and_one_passphrase(directory: SandboxDirectory) -> None:
    made: list[tuple[str, str]] = []
    barrier = threading.Barrier(8)

    def make() -> None:
        mine = SandboxDirectory(directory.path)
        barrier.wait()
        made.append((mine.kept_secret("a:b"), mine.passphrase()))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_what_a_killed_writer_left_is_removed_and_a_living_ones_is_not(directory: SandboxDirectory) -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    left = directory.path / f".secrets.json.0123.unfinished.{process.pid}"
    living = directory.path / f".secrets.json.4567.unfinished.{os.getpid()}"
    left.touch()
    living.touch()
    directory.prepare()
    assert not left.exists()
    assert living.exists()


def test_emptying_takes_world_and_states_and_leaves_secrets(directory: SandboxDirectory) -> None:
    secret, passphrase = directory.kept_secret("a:b"), directory.passphrase()
    for name in ("konnect.sqlite", "konnect.sqlite-wal", "aws.pickle"):
        (directory.path / name).touch()
    (directory.state / "stacks").mkdir(parents=True)
    directory.empty()
    assert [*directory.path.glob("konnect*"), *directory.path.glob("aws*")] == []
    assert not directory.state.exists()
    assert (directory.kept_secret("a:b"), directory.passphrase()) == (secret, passphrase)


def test_an_emptying_that_was_killed_is_completed(directory: SandboxDirectory) -> None:
    (directory.path / "emptying").touch()
    directory.state.mkdir()
    directory.finish_emptying()
    assert not directory.state.exists()
    directory.state.mkdir()
    directory.finish_emptying()
    assert directory.state.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"a":'])
def test_damaged_secrets_are_never_replaced_silently(directory: SandboxDirectory, content: str) -> None:
    path = directory.path / "secrets.json"
    path.write_text(content)
    with pytest.raises(SandboxError, match=r"secrets\.json is damaged; delete it"):
        directory.kept_secret("a:b")
    assert path.read_text() == content


def test_a_held_lock_is_refused_by_naming_its_holder_and_free_afterwards(directory: SandboxDirectory) -> None:
    with locks.held(directory, Role.OPERATION, "kong-secure sandbox up"):
        assert locks.is_held(directory, Role.OPERATION)
        assert not locks.is_held(directory, Role.WORLD)
        with (
            pytest.raises(OccupiedError) as caught,
            locks.held(directory, Role.OPERATION, "kong-secure sandbox destroy"),
        ):
            pass
    assert f"another operation is running here: `kong-secure sandbox up` (pid {os.getpid()}" in str(
        caught.value
    )
    assert not locks.is_held(directory, Role.OPERATION)
    with locks.held(directory, Role.OPERATION, "kong-secure sandbox destroy"):
        pass


def test_what_a_killed_holder_wrote_names_nobody(directory: SandboxDirectory) -> None:
    (directory.path / "operation.holder.json").write_text('{"command": "gone"')
    assert not locks.is_held(directory, Role.OPERATION)
    assert "it started just now" in locks.refusal(directory, Role.OPERATION)
