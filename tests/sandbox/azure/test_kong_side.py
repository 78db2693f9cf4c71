"""Kong's half: what it asks for before it peers, both halves, and what is left of them."""

from dataclasses import replace
from typing import Any

import pytest

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.kong_side import ACTIONS, KongSide, service_principal_id
from kong_secure.sandbox.konnect.cloud_gateways.azure_side import UserActionNeededError
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import CloudRefusalError, CloudState
from tests.sandbox.azure import landscape as at
from tests.sandbox.azure.landscape import KONGS, REQUEST, Landscape, assignment, role

HALF = f"{at.NETWORK}/virtualNetworkPeerings/kong-cgw-att-1"
OTHER = "0e000000-0000-4000-8000-000000000001"


@pytest.fixture
def kong(azure: Landscape) -> KongSide:
    return KongSide(azure)


@pytest.fixture
def peered(azure: Landscape, kong: KongSide) -> KongSide:
    """With everything granted, and peered."""
    kong.consent(at.TENANT)
    azure.grant()
    kong.peer(KONGS, REQUEST)
    return kong


def test_both_halves_are_written_once_consent_role_and_assignment_are_there(
    azure: Landscape, peered: KongSide
) -> None:
    ours = peered.network_id(KONGS)
    [customers], [kongs] = (azure.get(id_)["virtualNetworkPeerings"] for id_ in (at.NETWORK, ours))
    assert customers["remoteVirtualNetwork"] == {"id": ours}
    assert customers["remoteAddressSpace"] == {"addressPrefixes": ["10.0.0.0/16"]}
    assert kongs["remoteVirtualNetwork"] == {"id": at.NETWORK}
    assert {half["peeringState"] for half in (customers, kongs)} == {"Connected"}
    assert {half["peeringSyncLevel"] for half in (customers, kongs)} == {"FullyInSync"}
    assert peered.state(KONGS, REQUEST) is CloudState.AVAILABLE
    before = dict(azure.store.resources)
    peered.peer(KONGS, REQUEST)
    assert azure.store.resources == before


def test_kongs_network_is_made_once_with_a_subnet_for_each_zone(azure: Landscape, kong: KongSide) -> None:
    network = replace(KONGS, availability_zones=("eastus-az1", "eastus-az2", "eastus-az3"))
    made = kong.provision(network)
    assert kong.provision(network) == made
    shown = azure.get(made.vpc_id)
    assert [subnet["addressPrefix"] for subnet in shown["subnets"]] == [
        "10.0.0.0/18",
        "10.0.64.0/18",
        "10.0.128.0/18",
    ]
    assert azure.store.tenant_of(ids.parsed(made.vpc_id).subscription) != at.TENANT


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        ("consent", f"consent: no administrator of tenant {at.TENANT} has approved"),
        ("assignment", f"assignment: nothing is assigned to Kong's service principal {at.PRINCIPAL}"),
        ("spreading", "assignment: what is assigned .* hasn't spread"),
        ("role", "role: what is assigned .* lacks Microsoft.Network/virtualNetworks/peer/action$"),
        ("principal", "assignment: nothing is assigned to Kong's service principal"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_written(
    azure: Landscape, kong: KongSide, without: str, reason: str
) -> None:
    if without != "consent":
        kong.consent(at.TENANT)
    if without == "spreading":
        azure.store.propagation_seconds = 120
    actions = ACTIONS[:-1] if without == "role" else ACTIONS
    azure.put(at.ROLE, role(permissions=[{"actions": list(actions)}]))
    if without != "assignment":
        principal = OTHER if without == "principal" else at.PRINCIPAL
        azure.put(at.ASSIGNMENT, assignment(principalId=principal))
    with pytest.raises(UserActionNeededError, match=reason):
        kong.peer(KONGS, REQUEST)
    assert azure.get(at.NETWORK)["virtualNetworkPeerings"] == []
    assert kong.state(KONGS, REQUEST) is CloudState.GONE


def test_a_grant_has_effect_once_it_has_spread(azure: Landscape, kong: KongSide) -> None:
    kong.consent(at.TENANT)
    azure.store.propagation_seconds = 120
    azure.grant()
    azure.clock.advance(119)
    with pytest.raises(UserActionNeededError, match="hasn't spread"):
        kong.peer(KONGS, REQUEST)
    azure.clock.advance(1)
    kong.peer(KONGS, REQUEST)
    assert kong.state(KONGS, REQUEST) is CloudState.AVAILABLE


@pytest.mark.parametrize(
    "permission",
    [
        {"actions": ["Microsoft.Network/virtualNetworks/*"]},
        {"actions": ["*"], "notActions": ["Microsoft.Compute/*"]},
        {"actions": [action.upper() for action in ACTIONS]},
    ],
)
def test_a_wider_role_will_do_as_well(azure: Landscape, kong: KongSide, permission: dict[str, Any]) -> None:
    kong.consent(at.TENANT)
    azure.put(at.ROLE, role(permissions=[permission]))
    azure.put(f"{at.GROUP}/providers/{ids.ASSIGNMENTS}/{OTHER}", assignment())
    kong.peer(KONGS, REQUEST)


def test_an_excluded_action_is_lacking(azure: Landscape, kong: KongSide) -> None:
    kong.consent(at.TENANT)
    azure.put(at.ROLE, role(permissions=[{"actions": ["*"], "notActions": ["*/peer/action"]}]))
    azure.put(at.ASSIGNMENT, assignment())
    with pytest.raises(UserActionNeededError, match=r"lacks Microsoft.Network/virtualNetworks/peer/action$"):
        kong.peer(KONGS, REQUEST)


def test_a_role_on_another_network_is_none_on_this_one(azure: Landscape, kong: KongSide) -> None:
    kong.consent(at.TENANT)
    azure.put(f"{at.NETWORK}-2", {"location": "eastus", "addressSpace": {"addressPrefixes": ["10.8.0.0/16"]}})
    azure.grant()
    with pytest.raises(UserActionNeededError, match=r"^assignment: nothing"):
        kong.peer(KONGS, replace(REQUEST, vnet_name="orders-2"))


def test_a_subscription_of_another_tenant_is_out_of_reach(azure: Landscape, kong: KongSide) -> None:
    kong.consent(OTHER)
    azure.grant()
    with pytest.raises(UserActionNeededError, match=f"isn't in tenant {OTHER}"):
        kong.peer(KONGS, replace(REQUEST, tenant_id=OTHER))


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("10.9.0.0/18", "because their address spaces overlap. Overlapping address prefixes: 10.9.0.0/16"),
        ("10.0.0.0/16", None),
    ],
)
def test_networks_whose_addresses_overlap_are_not_peered(
    azure: Landscape, kong: KongSide, block: str, reason: str | None
) -> None:
    kong.consent(at.TENANT)
    azure.grant()
    network = replace(KONGS, cidr_block=block)
    if reason is None:
        kong.peer(network, REQUEST)
        return
    with pytest.raises(CloudRefusalError, match=reason):
        kong.peer(network, REQUEST)
    assert azure.store.of_type(ids.PEERINGS) == []


def test_two_networks_with_the_same_addresses_are_not_both_peered_with_kongs(
    azure: Landscape, peered: KongSide
) -> None:
    azure.put(f"{at.NETWORK}-2", {"location": "eastus", "addressSpace": {"addressPrefixes": ["10.9.0.0/20"]}})
    azure.put(f"{at.GROUP}/providers/{ids.ASSIGNMENTS}/{OTHER}", assignment())
    with pytest.raises(CloudRefusalError, match=r"already peered with the second virtual network"):
        peered.peer(KONGS, replace(REQUEST, id="att-2", vnet_name="orders-2"))
    assert len(azure.store.of_type(ids.PEERINGS)) == 2


def test_a_network_that_is_peered_with_kongs_addresses_already_gets_no_half(
    azure: Landscape, kong: KongSide
) -> None:
    """Azure says so when Kong writes its own half, after the customer's."""
    kong.consent(at.TENANT)
    azure.grant()
    hub = f"{at.IN_GROUP}/virtualNetworks/hub"
    azure.put(hub, {"location": "eastus", "addressSpace": {"addressPrefixes": ["10.0.0.0/20"]}})
    azure.put(f"{at.NETWORK}/virtualNetworkPeerings/hub", {"remoteVirtualNetwork": {"id": hub}})
    with pytest.raises(CloudRefusalError, match=r"already peered with the second virtual network"):
        kong.peer(KONGS, REQUEST)
    assert [half["name"] for half in azure.get(at.NETWORK)["virtualNetworkPeerings"]] == ["hub"]


def test_a_network_that_is_not_there_is_refused_to_who_may_look(azure: Landscape, kong: KongSide) -> None:
    kong.consent(at.TENANT)
    azure.put(at.ROLE, role())
    azure.put(f"{at.GROUP}/providers/{ids.ASSIGNMENTS}/{OTHER}", assignment())
    with pytest.raises(CloudRefusalError, match="orders-2"):
        kong.peer(KONGS, replace(REQUEST, vnet_name="orders-2"))
    assert azure.store.of_type(ids.PEERINGS) == []


def test_both_halves_go_while_the_role_is_there(azure: Landscape, peered: KongSide) -> None:
    peered.unpeer(KONGS, REQUEST)
    peered.unpeer(KONGS, REQUEST)
    assert azure.store.of_type(ids.PEERINGS) == []
    assert peered.state(KONGS, REQUEST) is CloudState.GONE


@pytest.mark.parametrize("gone", ["assignment", "consent"])
def test_without_the_role_the_customers_half_stays_disconnected(
    azure: Landscape, peered: KongSide, gone: str
) -> None:
    if gone == "assignment":
        azure.delete(at.ASSIGNMENT)
    else:
        peered.withdraw(at.TENANT)
    peered.unpeer(KONGS, REQUEST)
    [left] = azure.store.of_type(ids.PEERINGS)
    assert (left["id"], left["peeringState"]) == (HALF, "Disconnected")


def test_a_half_that_is_deleted_by_hand_ends_the_path_and_is_peered_anew_when_asked(
    azure: Landscape, peered: KongSide
) -> None:
    azure.delete(HALF)
    assert peered.state(KONGS, REQUEST) is CloudState.GONE
    peered.peer(KONGS, REQUEST)
    assert peered.state(KONGS, REQUEST) is CloudState.AVAILABLE


def test_one_half_alone_does_not_mend_the_other(azure: Landscape, peered: KongSide) -> None:
    half = azure.get(HALF)
    azure.delete(HALF)
    azure.put(HALF, half)
    assert azure.get(HALF)["peeringState"] == "Initiated"
    assert peered.state(KONGS, REQUEST) is CloudState.GONE


@pytest.mark.parametrize("gone", [at.NETWORK, at.GROUP])
def test_a_network_that_is_deleted_leaves_kongs_half_disconnected(
    azure: Landscape, peered: KongSide, gone: str
) -> None:
    azure.delete(gone)
    [left] = azure.get(peered.network_id(KONGS))["virtualNetworkPeerings"]
    assert left["peeringState"] == "Disconnected"
    peered.unpeer(KONGS, REQUEST)
    assert azure.store.of_type(ids.PEERINGS) == []


def test_more_addresses_after_peering_are_out_of_sync(azure: Landscape, peered: KongSide) -> None:
    azure.put(
        at.NETWORK,
        {"location": "eastus", "addressSpace": {"addressPrefixes": ["10.9.0.0/16", "10.8.0.0/16"]}},
    )
    [customers], [kongs] = (
        azure.get(id_)["virtualNetworkPeerings"] for id_ in (at.NETWORK, peered.network_id(KONGS))
    )
    assert (customers["peeringSyncLevel"], kongs["peeringSyncLevel"]) == (
        "LocalNotInSync",
        "RemoteNotInSync",
    )
    assert kongs["remoteAddressSpace"] == {"addressPrefixes": ["10.9.0.0/16"]}


def test_the_service_principal_is_the_same_in_a_tenant_always_and_another_in_another() -> None:
    assert service_principal_id(at.TENANT) == service_principal_id(at.TENANT.upper())
    assert service_principal_id(at.TENANT) != service_principal_id(OTHER)
