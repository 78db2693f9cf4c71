"""What is worth knowing of a virtual network that Kong's is peered with."""

from __future__ import annotations

import pytest

from kong_secure.rules.azure_path import Peered, Subnet, VnetsEnd
from kong_secure.rules.azure_remarks import guard_remarks, peering_remarks

GROUPS = "/subscriptions/11112222-3333-4444-5555-666677778888/resourceGroups/a/providers/Microsoft.Network"
APPS, JOBS = (f"{GROUPS}/networkSecurityGroups/{name}" for name in ("apps", "jobs"))
KONG = "10.1.0.0/16"


def remarks(*subnets: Subnet, **groups: str) -> list[str]:
    return list(guard_remarks(VnetsEnd(subnets=subnets), groups))


def test_listed_groups_on_every_subnet_leave_nothing_to_say() -> None:
    assert remarks(Subnet("apps", APPS), Subnet("jobs", JOBS.upper()), apps=APPS, jobs=JOBS) == []


def test_subnets_without_a_listed_group_are_told_together() -> None:
    [text] = remarks(Subnet("apps", APPS), Subnet("jobs", JOBS), Subnet("cache"), apps=APPS)
    assert "reaches the subnets jobs, cache, which" in text


@pytest.mark.parametrize("name", ["GatewaySubnet", "AzureFirewallSubnet", "RouteServerSubnet"])
def test_subnets_that_take_no_group_are_not_told(name: str) -> None:
    assert remarks(Subnet("apps", APPS), Subnet(name), apps=APPS) == []


def test_a_listed_group_on_no_subnet_is_told_with_what_it_was_given_for() -> None:
    [text] = remarks(Subnet("apps", APPS), apps=APPS, jobs=JOBS)
    assert text.startswith("jobs is on no subnet")


@pytest.mark.parametrize(
    ("subnets", "groups"),
    [((), {"apps": APPS}), ((Subnet("apps"),), {}), ((Subnet("apps"),), {"apps": "apps"})],
    ids=["subnets come later", "nothing is meant to be closed", "refused elsewhere"],
)
def test_nothing_is_said_of_what_is_not_known(subnets: tuple[Subnet, ...], groups: dict[str, str]) -> None:
    assert remarks(*subnets, **groups) == []


@pytest.mark.parametrize(
    ("state", "level", "told"),
    [
        ("Connected", "FullyInSync", None),
        (None, None, None),
        ("Disconnected", "FullyInSync", "has lost its other half"),
        ("Connected", "RemoteNotInSync", "doesn't know the virtual network's address space"),
    ],
)
def test_a_peering_with_kongs_network_that_is_not_well_is_told(
    state: str | None, level: str | None, told: str | None
) -> None:
    ours, other = Peered("kong", (KONG,), state, level), Peered("hub", ("10.2.0.0/16",), state, level)
    texts = list(peering_remarks(VnetsEnd(peerings=(ours, other)), KONG))
    assert [told is not None and told in text for text in texts] == ([True] if told else [])
