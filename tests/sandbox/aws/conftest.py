"""A cloud of its own for each test, and what most of them begin with."""

import pytest

from tests.sandbox.aws.accounts import Account, Landscape


@pytest.fixture
def landscape() -> Landscape:
    """An empty cloud with two accounts: the owner of the gateways, and Kong."""
    return Landscape()


@pytest.fixture
def owner(landscape: Landscape) -> Account:
    """The account that owns gateways and upstream VPCs."""
    return landscape.owner


@pytest.fixture
def kong(landscape: Landscape) -> Account:
    """Kong's account, outside the owner's organization."""
    return landscape.kong
