"""What tests of whole commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.commands import UserProject


@pytest.fixture
def shop(tmp_path: Path) -> UserProject:
    """A project with one header on one service, and a sample backend behind it."""
    return UserProject(tmp_path / "shop")
