"""What the sandbox's Azure holds, in memory and as one file of JSON: tenants with their subscriptions and
principals, and resources by their ids. Which resources there may be is decided in the modules that write them.

A resource is kept the way azure-native hands it out: without Resource Manager's `properties` around what it has.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from kong_secure.sandbox.azure.identifiers import derived_guid
from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.errors import CloudFileError, unreadable

Record: TypeAlias = dict[str, Any]

_FORMAT: Final = 1

DEFAULT_TENANT: Final = derived_guid("sandbox", "tenant")
"""The tenant of a provider that names none."""
DEFAULT_SUBSCRIPTION: Final = derived_guid("sandbox", "subscription")
"""The subscription of a provider that names none."""


class Store:
    """Everything. Hold `locked` while reading and writing."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.resources: dict[str, Record] = {}
        self.subscriptions: dict[str, str] = {DEFAULT_SUBSCRIPTION: DEFAULT_TENANT}
        self.principals: dict[str, dict[str, Record]] = {}
        self.propagation_seconds = 0.0
        self._lock = threading.RLock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One at a time changes or reads."""
        with self._lock:
            yield

    # --- resources ---

    def find(self, id_: str) -> Record | None:
        """A resource; None where it isn't there."""
        return self.resources.get(id_.lower())

    def put(self, record: Record) -> None:
        """Keep a resource, in place of the one with its id."""
        self.resources[record["id"].lower()] = record

    def remove(self, id_: str) -> None:
        """Take a resource away, and with it everything below."""
        key = id_.lower()
        for other in [known for known in self.resources if known == key or known.startswith(key + "/")]:
            del self.resources[other]

    def of_type(self, type_: str, under: str = "") -> list[Record]:
        """The resources of a type, of those whose ids begin with another id, in the order they were made."""
        prefix = f"{under.lower()}/" if under else ""
        return [
            record
            for key, record in self.resources.items()
            if record["type"] == type_ and key.startswith(prefix)
        ]

    # --- tenants ---

    def tenant_of(self, subscription: str) -> str | None:
        """The tenant of a subscription; None where nobody has it."""
        return self.subscriptions.get(subscription.lower())

    def subscribe(self, subscription: str, tenant: str) -> None:
        """Make a subscription in a tenant, unless it is there."""
        self.subscriptions.setdefault(subscription.lower(), tenant.lower())

    def principal(self, tenant: str, object_id: str) -> Record | None:
        """A principal of a tenant's directory."""
        return self.principals.get(tenant.lower(), {}).get(object_id.lower())

    def add_principal(self, tenant: str, object_id: str, **about: str) -> Record:
        """Make a principal in a tenant's directory, unless it is there."""
        directory = self.principals.setdefault(tenant.lower(), {})
        return directory.setdefault(object_id.lower(), {"objectId": object_id.lower(), **about})

    # --- at rest ---

    def save(self, path: Path) -> None:
        """Write everything; a kill leaves the old file."""
        with self._lock:
            content = json.dumps(
                {
                    "format": _FORMAT,
                    "subscriptions": self.subscriptions,
                    "principals": self.principals,
                    "propagation_seconds": self.propagation_seconds,
                    "resources": list(self.resources.values()),
                },
                indent=1,
            )
            beside = path.with_name(path.name + ".new")
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)

    @classmethod
    def load(cls, path: Path, clock: Clock | None = None) -> Store:
        """What a file holds; an empty store where there is none. Raises CloudFileError."""
        store = cls(clock)
        if not path.exists():
            return store
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            known = kept["format"] == _FORMAT
            store.subscriptions = dict(kept["subscriptions"])
            store.principals = dict(kept["principals"])
            store.propagation_seconds = float(kept["propagation_seconds"])
            store.resources = {record["id"].lower(): record for record in kept["resources"]}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problem = type(error).__name__
        else:
            if known:
                return store
            problem = f"format {kept['format']}"
        raise CloudFileError(unreadable(path, problem))
