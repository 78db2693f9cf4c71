"""The state while an operation runs: every step is on disk before it is reported, and a killed run loses
nothing.

Rewriting the whole state at each step costs time in the square of its size, so steps are appended to a
journal beside the state file (one JSON document a line, synced in groups) and folded into the file at the
end of the run. After a kill, `recover` folds what the journal holds, before anybody reads the file. The form
of resources is `state`'s matter; what the steps are is `deployment`'s.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kong_secure.sandbox.engine import state
from kong_secure.sandbox.engine.encryption import PassphraseCipher
from kong_secure.sandbox.engine.references import follow_aliases
from kong_secure.sandbox.engine.state import Record, Resource

_PRIVATE: Final = 0o600
_PRIVATE_DIRECTORY: Final = 0o700


@dataclass(frozen=True)
class PendingOperation:
    """An operation whose outcome a former run never learned: `kind` is creating, updating or deleting."""

    kind: str
    resource: Resource


def journal_path(path: Path) -> Path:
    """Where the journal of a state file is; there is none while no operation is under way."""
    return path.with_name(f"{path.stem}.journal")


def recover(path: Path) -> bool:
    """Fold what a killed run left in the journal into the state file. Returns whether there was anything.

    Needs no passphrase: what the journal holds is encrypted already.
    """
    journal = journal_path(path)
    if not journal.exists():
        return False
    lines = _lines(journal.read_bytes())
    # a journal whose base is no longer the file was folded already, just not removed in time
    if lines and lines[0].get("base") == _digest(path):
        ledger = _Ledger(lines[0]["frame"])
        ledger.load(_resources(path), _pending(path))
        for line in lines[1:]:
            ledger.apply(line)
        write_atomically(path, ledger.document())
    journal.unlink()
    return True


class StateStore:
    """The state of one stack during one run. Safe to use from many threads."""

    def __init__(self, path: Path, document: dict[str, Any], cipher: PassphraseCipher) -> None:
        self._path = path
        self._cipher = cipher
        self._digest = _digest(path)
        latest = document["checkpoint"].get("latest") or {}
        stored, pending = latest.get("resources") or [], latest.get("pending_operations") or []
        self._ledger = _Ledger(_frame(document))
        self._ledger.load(stored, pending)
        self._log = _Log(journal_path(path), {"base": self._digest, "frame": self._ledger.frame})
        self._lock = threading.Lock()
        self._parsed = {key: self._parse(item) for key, item in self._ledger.base.items()}
        self.pending: tuple[PendingOperation, ...] = tuple(
            PendingOperation(item["type"], self._parse(item["resource"])) for item in pending
        )

    def _parse(self, document: Mapping[str, Any]) -> Resource:
        return state.resource_from_json(document, self._cipher.decrypt)

    def records(self) -> tuple[Record, ...]:
        """Every recorded resource, each after what it needs."""
        with self._lock:
            return tuple(Record(key, self._parsed[key]) for key in self._ledger.order())

    def begin(self, kind: str, resource: Resource) -> int:
        """Record that an operation is about to start; returns its ticket for `commit`."""
        document = state.resource_to_json(resource, self._cipher.encrypt)
        with self._lock:
            ticket = self._ledger.next_key()
            position = self._write({"begin": ticket, "type": kind, "resource": document})
        self._log.sync(position)
        return ticket

    def commit(
        self,
        *,
        ticket: int | None = None,
        add: Resource | None = None,
        change: Mapping[int, Resource] | None = None,
        drop: Iterable[int] = (),
        durable: bool = True,
    ) -> int:
        """Record what a step did, all of it or nothing. Returns the key of what was added (-1 without).

        ticket: the operation that ended. add: a new resource, recorded after all others of this run.
        change: resources recorded in place of others. drop: keys of resources that are no more.
        durable: wait until it is on disk.
        """
        line: dict[str, Any] = {}
        key = -1
        with self._lock:
            if ticket is not None:
                line["end"] = ticket
            if add is not None:
                key = self._ledger.next_key()
                line["add"] = [key, self._document(key, add)]
            if change:
                line["change"] = [[at, self._document(at, resource)] for at, resource in change.items()]
            dropped = list(drop)
            if dropped:
                line["drop"] = dropped
            position = self._write(line)
        if durable:
            self._log.sync(position)
        return key

    def keep(self, key: int) -> None:
        """Record that a resource stays as it is, so that it comes before what this run records after it."""
        with self._lock:
            self._write({"keep": key})

    def forget_pending(self, urns: Iterable[str] | None = None) -> None:
        """Drop operations that a former run left pending: those on these URNs, or all."""
        wanted = None if urns is None else set(urns)
        with self._lock:
            if any(wanted is None or op.resource.urn in wanted for op in self.pending):
                self._write({"resolved": None if wanted is None else sorted(wanted)})
                self.pending = tuple(op for op in self.pending if wanted and op.resource.urn not in wanted)

    def _document(self, key: int, resource: Resource) -> dict[str, Any]:
        self._parsed[key] = resource
        return state.resource_to_json(resource, self._cipher.encrypt)

    def _write(self, line: dict[str, Any]) -> int:
        self._ledger.apply(line)
        return self._log.append(line)

    def close(self) -> None:
        """Write the state file as it now is, and remove the journal. Without any step, nothing is written."""
        with self._lock:
            if self._log.started and self._ledger.changed:
                write_atomically(self._path, self._ledger.document())
            self._log.remove()


class _Ledger:
    """The resources and pending operations as stored documents, changed by journal lines."""

    def __init__(self, frame: dict[str, Any]) -> None:
        self.frame = frame
        self.base: dict[int, dict[str, Any]] = {}
        self.changed = False
        self._new: dict[int, dict[str, Any]] = {}
        self._pending: dict[int, dict[str, Any]] = {}
        self._left_over: list[dict[str, Any]] = []
        self._next = 0

    def load(self, resources: list[dict[str, Any]], pending: list[dict[str, Any]]) -> None:
        self.base = dict(enumerate(resources))
        self._left_over = list(pending)
        self._next = len(resources)

    def next_key(self) -> int:
        self._next += 1
        return self._next - 1

    def order(self) -> list[int]:
        return [*self._new, *self.base]

    def apply(self, line: Mapping[str, Any]) -> None:
        if "keep" in line:
            self._keep(line["keep"])
            return
        self.changed = True
        if "begin" in line:
            self._pending[line["begin"]] = {"resource": line["resource"], "type": line["type"]}
        self._pending.pop(line.get("end", -1), None)
        for key in line.get("drop", ()):
            self._new.pop(key, None)
            self.base.pop(key, None)
        for key, document in line.get("change", ()):
            (self._new if key in self._new else self.base)[key] = document
        if "add" in line:
            key, document = line["add"]
            self._new[key] = document
        if "resolved" in line:
            urns = line["resolved"]
            self._left_over = [op for op in self._left_over if urns and op["resource"]["urn"] not in urns]

    def _keep(self, key: int) -> None:
        if key in self.base:
            self._new[key] = self.base.pop(key)

    def document(self) -> dict[str, Any]:
        document = state.with_manifest(self.frame)
        latest = dict(document["checkpoint"]["latest"])
        metadata = latest.pop("metadata", {})
        resources = follow_aliases([*self._new.values(), *self.base.values()])
        pending = [*self._left_over, *self._pending.values()]
        if resources:
            latest["resources"] = resources
        if pending:
            latest["pending_operations"] = pending
        latest["metadata"] = metadata
        return {**document, "checkpoint": {**document["checkpoint"], "latest": latest}}


class _Log:
    """An append-only file whose lines are synced to disk in groups: one sync serves everybody who waits."""

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self._path = path
        self._header = header
        self._file: int | None = None
        self._written = 0
        self._synced = 0
        self._syncing = threading.Lock()

    @property
    def started(self) -> bool:
        return self._file is not None

    def append(self, line: dict[str, Any]) -> int:
        """Append a line; returns the position up to which `sync` makes it durable. One caller at a time."""
        if self._file is None:
            make_private_directory(self._path.parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._path, flags, _PRIVATE)
            self._put(self._file, self._header)
            _sync_directory(self._path.parent)
        return self._put(self._file, line)

    def _put(self, file: int, line: dict[str, Any]) -> int:
        data = memoryview(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        while data:
            data = data[os.write(file, data) :]
        self._written += 1
        return self._written

    def sync(self, position: int) -> None:
        """Return once everything up to the position is on disk."""
        with self._syncing:
            if self._synced >= position or self._file is None:
                return
            reached = self._written
            os.fsync(self._file)
            self._synced = reached

    def remove(self) -> None:
        with self._syncing:
            if self._file is not None:
                os.close(self._file)
                self._file = None
                self._path.unlink(missing_ok=True)


def write_atomically(path: Path, document: Mapping[str, Any]) -> None:
    """Replace the file in one step, readable by its owner alone."""
    make_private_directory(path.parent)
    temporary = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_directory(path.parent)


def make_private_directory(path: Path) -> None:
    """Create the directory and its missing parents, each open to its owner alone."""
    if not path.is_dir():
        make_private_directory(path.parent)
        path.mkdir(mode=_PRIVATE_DIRECTORY, exist_ok=True)


def open_store(path: Path, qualified_name: str, passphrase: str) -> StateStore:
    """The store of a state file, recovered first where a run was killed; a new state where there is none.

    Raises WrongPassphrase, and EngineError for a file that isn't a state this engine can read.
    """
    recover(path)
    document = state.read_checkpoint(path)
    salt = state.salt_state_of(document) if document else None
    cipher = PassphraseCipher.open(passphrase, salt) if salt else PassphraseCipher.create(passphrase)
    if document is None or salt is None:
        document = state.new_checkpoint(qualified_name, cipher.salt_state)
    meta = path.parents[2] / "meta.yaml"
    if not meta.exists():
        make_private_directory(meta.parent)
        meta.write_text("version: 1\n", encoding="utf-8")
        meta.chmod(_PRIVATE)
    return StateStore(path, document, cipher)


def _frame(document: dict[str, Any]) -> dict[str, Any]:
    latest = document["checkpoint"].get("latest") or {}
    bare = {key: value for key, value in latest.items() if key not in ("resources", "pending_operations")}
    return {**document, "checkpoint": {**document["checkpoint"], "latest": bare}}


def _resources(path: Path) -> list[dict[str, Any]]:
    return _latest(path).get("resources") or []


def _pending(path: Path) -> list[dict[str, Any]]:
    return _latest(path).get("pending_operations") or []


def _latest(path: Path) -> dict[str, Any]:
    document = state.read_checkpoint(path)
    return (document["checkpoint"].get("latest") or {}) if document else {}


def _lines(data: bytes) -> list[dict[str, Any]]:
    """The whole lines; a last one torn by a kill was never reported to anybody and is left out."""
    found: list[dict[str, Any]] = []
    for line in data.split(b"\n")[:-1]:
        parsed = _parsed(line)
        if parsed is None:
            break
        found.append(parsed)
    return found


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        return dict(json.loads(line))
    except ValueError:
        return None


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
