"""An Azure of its own for each test."""

import pytest

from tests.sandbox.azure.landscape import Landscape


@pytest.fixture
def azure() -> Landscape:
    """A resource group with a network of one subnet."""
    return Landscape()
