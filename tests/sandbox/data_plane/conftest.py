"""Fixtures of the data plane's tests: one gateway and one echo for a whole module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.data_plane.servers import Declared, World, echo, serve, world


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with serve(echo) as backend, world(backend) as made:
        yield made


@pytest.fixture
def gate(served: World) -> World:
    """The module's gateway, with one service, one route and no plugin."""
    changes = served.declared.changes
    served.declared = _emptied(served.declared, changes)
    return served


def _emptied(declared: Declared, changes: int) -> Declared:
    declared.changes = changes
    declared.declare()
    return declared
