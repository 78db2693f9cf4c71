"""The state during a run: nothing recorded is lost, whenever the run ends."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.engine import journal
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.wire import Secret


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / ".pulumi" / "stacks" / "project" / "dev.json"


def store_at(path: Path) -> journal.StateStore:
    return journal.open_store(path, "organization/project/dev", "open sesame")


def thing(name: str, **fields: Any) -> Resource:
    return Resource(f"urn:pulumi:dev::project::t:i:T::{name}", "t:i:T", custom=True, id=name, **fields)


def names(path: Path) -> list[str]:
    latest = json.loads(path.read_text())["checkpoint"]["latest"]
    return [item["urn"].split("::")[-1] for item in latest.get("resources", [])]


def pending(path: Path) -> list[tuple[str, str]]:
    latest = json.loads(path.read_text())["checkpoint"]["latest"]
    return [
        (op["type"], op["resource"]["urn"].split("::")[-1]) for op in latest.get("pending_operations", [])
    ]


def key_of(store: journal.StateStore, name: str) -> int:
    return next(record.key for record in store.records() if record.resource.id == name)


@pytest.fixture
def three(path: Path) -> Path:
    """A state of a, b and c."""
    store = store_at(path)
    for name in "abc":
        store.commit(add=thing(name))
    store.close()
    return path


def test_a_new_state_is_a_complete_pulumi_checkpoint(path: Path) -> None:
    store = store_at(path)
    store.commit(add=thing("a"))
    store.close()
    document = json.loads(path.read_text())
    latest = document["checkpoint"]["latest"]
    assert document["version"] == 3
    assert document["checkpoint"]["stack"] == "organization/project/dev"
    assert latest["secrets_providers"]["state"]["salt"].startswith("v1:")
    assert set(latest) == {"manifest", "secrets_providers", "resources", "metadata"}
    assert (path.parents[2] / "meta.yaml").read_text() == "version: 1\n"


def test_what_was_read_is_written_back_field_by_field(three: Path) -> None:
    document = json.loads(three.read_text())
    document["checkpoint"]["latest"]["resources"][0]["sourcePosition"] = "project:///x#1"
    document["checkpoint"]["latest"]["resources"][0]["initErrors"] = ["slow"]
    three.write_text(json.dumps(document))
    before = document["checkpoint"]["latest"]["resources"]
    store = store_at(three)
    store.commit(change={key_of(store, "a"): store.records()[0].resource}, drop=[key_of(store, "c")])
    store.close()
    assert json.loads(three.read_text())["checkpoint"]["latest"]["resources"] == before[:2]


@pytest.mark.parametrize("killed", [False, True])
def test_a_killed_run_leaves_the_same_state_as_one_that_ended(three: Path, killed: bool) -> None:
    store = store_at(three)
    store.keep(key_of(store, "b"))
    store.commit(ticket=store.begin("creating", thing("new")), add=thing("new"))
    store.commit(drop=[key_of(store, "c")])
    store.begin("creating", thing("half"))
    if killed:
        journal.recover(three)
    else:
        store.close()
    assert names(three) == ["b", "new", "a"]
    assert pending(three) == [("creating", "half")]
    assert not journal.journal_path(three).exists()


def test_a_kill_before_anything_was_recorded_leaves_an_empty_state_to_start_from(path: Path) -> None:
    store_at(path).begin("creating", thing("a"))
    store = store_at(path)
    assert store.records() == ()
    assert [(op.kind, op.resource.id) for op in store.pending] == [("creating", "a")]


def test_a_torn_last_line_is_left_out(three: Path) -> None:
    store = store_at(three)
    store.commit(add=thing("d"))
    store.commit(add=thing("e"))
    log = journal.journal_path(three)
    log.write_bytes(log.read_bytes()[:-20])
    assert journal.recover(three)
    assert names(three) == ["d", "a", "b", "c"]


def test_a_torn_header_leaves_the_state_as_it_was(three: Path) -> None:
    journal.journal_path(three).write_bytes(b'{"base": "')
    assert journal.recover(three)
    assert names(three) == ["a", "b", "c"]


def test_a_journal_that_was_folded_already_is_not_folded_twice(three: Path) -> None:
    store = store_at(three)
    store.commit(add=thing("d"))
    left = journal.journal_path(three).read_bytes()
    store.close()
    journal.journal_path(three).write_bytes(left)
    assert journal.recover(three)
    assert names(three) == ["d", "a", "b", "c"]


def test_every_commit_is_on_disk_when_it_returns(three: Path) -> None:
    store = store_at(three)
    for number in range(5):
        store.commit(add=thing(f"n{number}"))
        copy = three.with_name("copy.json")
        copy.write_bytes(three.read_bytes())
        journal.journal_path(copy).write_bytes(journal.journal_path(three).read_bytes())
        journal.recover(copy)
        assert names(copy)[number] == f"n{number}"


def test_many_threads_may_record_at_once(path: Path) -> None:
    store = store_at(path)

    def record(number: int) -> None:
        ticket = store.begin("creating", thing(f"n{number}"))
        store.commit(ticket=ticket, add=thing(f"n{number}"))

    threads = [threading.Thread(target=record, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert sorted(names(path)) == sorted(f"n{number}" for number in range(40))
    assert pending(path) == []


def test_nothing_is_written_for_a_run_that_changed_nothing(three: Path) -> None:
    before = three.stat().st_mtime_ns
    store = store_at(three)
    for record in store.records():
        store.keep(record.key)
    store.close()
    assert three.stat().st_mtime_ns == before


def test_secrets_are_encrypted_in_the_journal_and_read_back(path: Path) -> None:
    store = store_at(path)
    store.begin("creating", thing("a", inputs={"word": Secret("very secret")}))
    store.commit(add=thing("b", outputs={"word": Secret(["very secret", 1])}))
    assert b"very secret" not in journal.journal_path(path).read_bytes()
    store.close()
    assert b"very secret" not in path.read_bytes()
    assert store_at(path).records()[0].resource.outputs == {"word": Secret(["very secret", 1])}


def test_pending_operations_are_kept_until_they_are_settled(path: Path) -> None:
    store_at(path).begin("creating", thing("a"))
    store = store_at(path)
    store.commit(add=thing("b"))
    store.close()
    assert pending(path) == [("creating", "a")]
    store = store_at(path)
    store.forget_pending([thing("a").urn])
    store.close()
    assert pending(path) == []


def test_files_are_open_to_their_owner_alone(three: Path) -> None:
    store = store_at(three)
    store.commit(add=thing("d"))
    assert journal.journal_path(three).stat().st_mode & 0o777 == 0o600
    assert three.stat().st_mode & 0o777 == 0o600
    assert three.parents[2].stat().st_mode & 0o777 == 0o700
    store.close()
