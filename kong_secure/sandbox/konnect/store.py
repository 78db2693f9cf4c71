"""What Konnect holds, in memory and in one SQLite file. Nothing of HTTP and nothing of what a record means
lives here.

A record is a JSON object with an id; it belongs to a kind ("service") and a scope (a control plane's id,
or a region for control planes). A change is on disk before the call that made it returns, so a killed
process loses nothing that was acknowledged. One process at a time may hold the file.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kong_secure.sandbox.errors import unreadable

Record = dict[str, Any]

LAYOUT = 1
"""The layout of the file; another number in a file means that another version of this package wrote it."""


LOCK_SECONDS = 2.0
"""How long to wait for another process to let go of the file."""


class StoreError(Exception):
    """The file can't be used: another process holds it, or another version wrote it."""


@dataclass(frozen=True)
class Unique:
    """A value that only one record of a kind and scope may have: the constraint's name, the field at
    fault, the value."""

    constraint: str
    field: str
    value: str


class UniqueTakenError(Exception):
    """Another record already has a value that must be unique."""

    def __init__(self, unique: Unique, holder: str) -> None:
        super().__init__(f"{unique.constraint} (type: unique) constraint failed")
        self.unique = unique
        self.holder = holder


@dataclass(frozen=True)
class Change:
    """One committed change: `record` is what is there now, None after a deletion."""

    kind: str
    scope: str
    id: str
    record: Record | None
    created: bool


@dataclass(frozen=True)
class Page:
    """A slice of a list in order of creation; `offset` asks for the rest and is None on the last page."""

    records: list[Record]
    offset: str | None


class _Collection:
    """The records of one kind and scope, in order of creation, with the unique values they hold."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.positions: dict[str, int] = {}
        self.holders: dict[tuple[str, str], str] = {}
        self.held: dict[str, tuple[Unique, ...]] = {}


class Store:
    """Records by kind, scope and id. Records handed out are shared: callers don't change them."""

    def __init__(self, path: Path, uniques: Callable[[str, Record], Sequence[Unique]]) -> None:
        """Opens or creates the file at `path` with mode 0600.

        `uniques(kind, record)` says which values of a record only it may have. Raises `StoreError`.
        """
        self._uniques = uniques
        self._collections: dict[tuple[str, str], _Collection] = {}
        self._versions: dict[str, int] = {}
        self._observers: list[Callable[[Change], None]] = []
        self._pending: list[Change] | None = None
        self._database = _open(path)
        self._position = 0
        self._load()

    def observe(self, observer: Callable[[Change], None]) -> None:
        """`observer` is called after each change was committed, in the order of the changes."""
        self._observers.append(observer)

    def version(self, scope: str) -> int:
        """A number that differs whenever anything in that scope has changed."""
        return self._versions.get(scope, 0)

    def get(self, kind: str, scope: str, record_id: str) -> Record | None:
        """The record, or None."""
        collection = self._collections.get((kind, scope))
        return None if collection is None else collection.records.get(record_id)

    def holder(self, kind: str, scope: str, constraint: str, value: str) -> Record | None:
        """The record that holds a unique value, for instance the service of a name."""
        collection = self._collections.get((kind, scope))
        if collection is None:
            return None
        record_id = collection.holders.get((constraint, value))
        return None if record_id is None else collection.records[record_id]

    def all(self, kind: str, scope: str) -> list[Record]:
        """Every record of a kind and scope in order of creation."""
        collection = self._collections.get((kind, scope))
        return [] if collection is None else list(collection.records.values())

    def scopes(self, kind: str) -> list[str]:
        """The scopes that hold records of that kind."""
        return [scope for (of, scope), held in self._collections.items() if of == kind and held.records]

    def page(
        self, kind: str, scope: str, size: int, offset: str | None, keep: Callable[[Record], bool]
    ) -> Page:
        """Up to `size` of the records that `keep` accepts, from `offset` on. Raises ValueError for a
        foreign offset."""
        after = _position_of(offset) if offset else 0
        collection = self._collections.get((kind, scope)) or _Collection()
        found: list[Record] = []
        for record_id, record in collection.records.items():
            if collection.positions[record_id] <= after or not keep(record):
                continue
            if len(found) == size:
                return Page(found, _offset_at(collection.positions[found[-1]["id"]]))
            found.append(record)
        return Page(found, None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Changes made inside become durable and visible to observers together, or not at all."""
        if self._pending is not None:
            yield
            return
        self._pending = []
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            self._pending = None
            self._load()
            raise
        self._database.execute("COMMIT")
        changes, self._pending = self._pending, None
        for change in changes:
            for observer in self._observers:
                observer(change)

    def put(self, kind: str, scope: str, record: Record) -> None:
        """Creates the record, or replaces the one of the same id in its place. Raises `UniqueTakenError`,
        then nothing changed."""
        collection = self._collections.setdefault((kind, scope), _Collection())
        record_id: str = record["id"]
        uniques = tuple(self._uniques(kind, record))
        for unique in uniques:
            holder = collection.holders.get((unique.constraint, unique.value))
            if holder is not None and holder != record_id:
                raise UniqueTakenError(unique, holder)
        position = collection.positions.get(record_id)
        created = position is None
        if position is None:
            self._position += 1
            position = self._position
        with self.transaction():
            self._database.execute(
                "INSERT INTO records (position, kind, scope, id, body) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (kind, scope, id) DO UPDATE SET body = excluded.body",
                (position, kind, scope, record_id, json.dumps(record, separators=(",", ":"))),
            )
            self._keep(kind, scope, record, position, uniques)
            self._note(Change(kind, scope, record_id, record, created))

    def delete(self, kind: str, scope: str, record_id: str) -> bool:
        """Removes the record; False when there was none."""
        collection = self._collections.get((kind, scope))
        if collection is None or record_id not in collection.records:
            return False
        with self.transaction():
            self._database.execute(
                "DELETE FROM records WHERE kind = ? AND scope = ? AND id = ?", (kind, scope, record_id)
            )
            self._drop(collection, record_id)
            self._note(Change(kind, scope, record_id, None, created=False))
        return True

    def close(self) -> None:
        """Closes the file; its write-ahead log is folded in."""
        self._database.close()

    def _note(self, change: Change) -> None:
        self._versions[change.scope] = self._versions.get(change.scope, 0) + 1
        assert self._pending is not None  # noqa: S101 - both callers are inside a transaction
        self._pending.append(change)

    def _keep(
        self, kind: str, scope: str, record: Record, position: int, uniques: tuple[Unique, ...]
    ) -> None:
        collection = self._collections.setdefault((kind, scope), _Collection())
        record_id = record["id"]
        _release(collection, record_id)
        collection.records[record_id] = record
        collection.positions[record_id] = position
        collection.held[record_id] = uniques
        for unique in uniques:
            collection.holders[(unique.constraint, unique.value)] = record_id

    def _drop(self, collection: _Collection, record_id: str) -> None:
        _release(collection, record_id)
        del collection.records[record_id], collection.positions[record_id], collection.held[record_id]

    def _load(self) -> None:
        """Takes over what the file says."""
        self._collections = {}
        for position, kind, scope, body in self._database.execute(
            "SELECT position, kind, scope, body FROM records ORDER BY position"
        ):
            record = json.loads(body)
            self._keep(kind, scope, record, position, tuple(self._uniques(kind, record)))
            self._position = position


def _release(collection: _Collection, record_id: str) -> None:
    for unique in collection.held.get(record_id, ()):
        del collection.holders[(unique.constraint, unique.value)]
    collection.held[record_id] = ()


def _open(path: Path) -> sqlite3.Connection:
    # Created by us first: SQLite would take the umask's mode. It gives its log the file's mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    database = sqlite3.connect(path, isolation_level=None, timeout=LOCK_SECONDS)
    problem = None
    try:
        problem = _prepare(database, path)
    except sqlite3.OperationalError as error:
        problem = f"{path.name} can't be opened ({error}): another sandbox may be using it"
    except sqlite3.DatabaseError as error:
        problem = unreadable(path, str(error))
    if problem is not None:
        database.close()
        raise StoreError(problem)
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> str | None:
    """Takes hold of the file and makes its table; what is wrong with it, or None."""
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    layout = database.execute("PRAGMA user_version").fetchone()[0]
    if layout not in (0, LAYOUT):
        return unreadable(path, f"layout {layout}")
    database.execute("BEGIN IMMEDIATE")
    database.execute(
        "CREATE TABLE IF NOT EXISTS records (position INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
        " scope TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, scope, id))"
    )
    database.execute(f"PRAGMA user_version = {LAYOUT}")
    database.execute("COMMIT")
    return None


def _offset_at(position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"after": position}).encode()).decode().rstrip("=")


def _position_of(offset: str) -> int:
    try:
        decoded = json.loads(base64.urlsafe_b64decode(offset + "=" * (-len(offset) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        decoded = None
    after = decoded.get("after") if isinstance(decoded, Mapping) else None
    if not isinstance(after, int) or isinstance(after, bool):
        raise ValueError("the offset isn't one that a list answered")  # noqa: TRY004 - a text that means nothing
    return after
