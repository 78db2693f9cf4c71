"""What the plain CRUD functions of every kind are given besides values. The functions live with their kind."""

from __future__ import annotations

from typing import Protocol


class Log(Protocol):
    """Whom to tell, besides raising."""

    def warn(self, message: str) -> None: ...
    def progress(self, message: str) -> None: ...


class Holdings(Protocol):
    """Which objects at Konnect this stack is known to have, by id."""

    def claim(self, object_id: str) -> bool: ...
    def release(self, object_id: str) -> None: ...
