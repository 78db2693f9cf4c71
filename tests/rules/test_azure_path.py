"""Where both ends of a VNet peering lie to one another; what is refused of it is in the component's tests."""

from __future__ import annotations

import pytest

from kong_secure.rules.azure_path import AzureFacts, VnetsEnd, azure_findings, region_warning
from kong_secure.rules.kongs_network import KongsEnd


@pytest.mark.parametrize(("prefix", "right"), [(15, False), (16, True), (21, True), (22, False)])
def test_kongs_networks_on_azure_have_these_sizes(prefix: int, right: bool) -> None:
    kong = KongsEnd(cidr_block=f"10.0.0.0/{prefix}", provider="azure", state="ready")
    assert (not list(azure_findings(AzureFacts(kong=kong)))) == right


def test_what_is_not_known_is_wrong_in_no_way() -> None:
    assert list(azure_findings(AzureFacts())) == []


def test_a_network_of_another_cloud_is_told_once() -> None:
    """Its block and routes are of no interest then."""
    kong = KongsEnd(cidr_block="10.0.0.0/23", provider="aws", state="ready")
    vnet = VnetsEnd(address_space=("10.0.0.0/16",))
    [finding] = azure_findings(AzureFacts(kong=kong, vnet=vnet))
    assert "is on aws" in finding.problem


@pytest.mark.parametrize(
    ("kong", "vnet", "warned"),
    [
        ("eastus", "eastus", False),
        ("eastus", "East US", False),
        ("eastus", "eastus2", True),
        (None, "eastus", False),
        ("eastus", None, False),
    ],
)
def test_another_region_is_warned_of(kong: str | None, vnet: str | None, warned: bool) -> None:
    assert (region_warning(kong, vnet) is not None) == warned
