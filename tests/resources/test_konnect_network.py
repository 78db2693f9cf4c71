"""A network looked up: by name or id, refreshed, never changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kong_secure import errors, konnect
from kong_secure.resources import network_crud
from kong_secure.resources.konnect_network import KonnectNetworkProvider
from tests.resources.conftest import Patience
from tests.world import World

PROVIDER = KonnectNetworkProvider()
pytestmark = pytest.mark.usefixtures("patience")


def test_a_network_is_looked_up_with_the_account_that_it_names(world: World) -> None:
    world.network(provider_account_id="333333333333")
    there = world.network(provider_account_id="444444444444", cidr_block="10.4.0.0/16")
    for given in (there["name"], there["id"]):
        made = PROVIDER.create({"network": given})
        assert made.id == there["id"]
        assert made.outs == {
            "network": given,
            "network_id": there["id"],
            "name": there["name"],
            "cidr_block": "10.4.0.0/16",
            "region": "us-east-2",
            "availability_zones": ["use2-az1", "use2-az2"],
            "state": "ready",
            "provider": "aws",
            "provider_account_id": "444444444444",
        }


def test_a_network_that_isnt_there_is_asked_for_again_for_a_while(patience: Patience) -> None:
    with pytest.raises(errors.UnknownName, match="there is no network 'nope'"):
        PROVIDER.create({"network": "nope"})
    assert patience.seconds == 10


def test_a_refresh_sees_the_state_as_it_is_and_a_network_that_is_gone(world: World) -> None:
    there = world.network(state="initializing")
    made = PROVIDER.create({"network": there["name"]})
    outs = dict(made.outs or {})
    assert outs["state"] == "initializing"
    world.turn_clock(60)
    read = PROVIDER.read(made.id, outs)
    assert (read.id, read.inputs) == (made.id, {"network": there["name"]})
    assert read.outs == {**outs, "state": "ready"}
    world.by_hand("DELETE", f"/v2/cloud-gateways/networks/{made.id}", region="global")
    world.turn_clock(60)
    assert PROVIDER.read(made.id, outs).id == ""


def test_a_network_that_is_terminated_is_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = PROVIDER.create({"network": world.network()["name"]})
    read = konnect.read_network
    monkeypatch.setattr(
        network_crud, "read_network", lambda *given: replace(read(*given), state="terminated")
    )
    assert PROVIDER.read(made.id, dict(made.outs or {})).id == ""


def test_deleting_it_asks_nobody(world: World) -> None:
    there = world.network()
    made = PROVIDER.create({"network": there["name"]})
    world.forget_calls()
    PROVIDER.delete(made.id, dict(made.outs or {}))
    assert world.calls() == []


def test_another_network_replaces_and_its_own_id_doesnt(world: World) -> None:
    there = world.network()
    outs = dict(PROVIDER.create({"network": there["name"]}).outs or {})
    assert PROVIDER.diff(there["id"], outs, {"network": "another"}).replaces == ["network"]
    assert PROVIDER.diff(there["id"], outs, {"network": there["id"]}).replaces == []
    news = {"network": there["id"]}
    assert PROVIDER.update(there["id"], outs, news).outs == {**outs, **news}


@pytest.mark.parametrize(
    ("value", "problem"), [("", "'' is empty"), ("  ", "'  ' is empty"), (7, "7 is no text")]
)
def test_what_is_no_name_is_refused(value: object, problem: str) -> None:
    [failure] = PROVIDER.check({}, {"network": value}).failures
    assert failure.reason == f"network {problem}: give a name or an id"
