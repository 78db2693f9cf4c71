"""Who takes networks and attachments from state to state, each at its time and as their cloud says. The steps of
attachments live with their kind (`steps` says what one is), and what may be asked for in which state in `rules`.

The order of states isn't in the specification; initializing comes first and ready last (cloud-gateways: POST
…/transit-gateways).
"""

from __future__ import annotations

from kong_secure.sandbox.konnect.cloud_gateways import (
    attachments,
    aws_transit_gateway,
    azure_vnet_peering,
    networks,
)
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import KongNetwork
from kong_secure.sandbox.konnect.cloud_gateways.clouds import Clouds
from kong_secure.sandbox.konnect.cloud_gateways.steps import Pace
from kong_secure.sandbox.konnect.store import Record, Store


class Lifecycle:
    """Moves everything on. `advance` is called whenever somebody looks, and now and then."""

    def __init__(self, store: Store, clouds: Clouds, pace: Pace) -> None:
        self._store = store
        self._clouds = clouds
        self._clock = pace.clock
        self._steps = {
            aws_transit_gateway.KIND: aws_transit_gateway.Steps(clouds.aws, pace).by_name(),
            azure_vnet_peering.KIND: azure_vnet_peering.Steps(clouds.azure, pace).by_name(),
        }

    def advance(self) -> None:
        """Takes every step whose time has come."""
        for kept in self._store.all(networks.KIND, networks.SCOPE):
            self._advance_network(kept)
        for network_id in self._store.scopes(attachments.KIND):
            network, provider = self._network(network_id)
            if provider in self._clouds.asleep:
                continue
            for kept in self._store.all(attachments.KIND, network_id):
                self._advance(network, kept)

    # --- networks ---

    def _advance_network(self, kept: Record) -> None:
        if kept["due"] is None or kept["due"] > self._clock.now():
            return
        if kept["state"] == "terminating":
            self._store.delete(networks.KIND, networks.SCOPE, kept["id"])
            return
        found = self._clouds.provision(*self._network(kept["id"]))
        metadata = {"vpc_id": found.vpc_id, "subnet_ids": list(found.subnet_ids)}
        changed = {**kept, "state": "ready", "provider_metadata": metadata, "due": None}
        self._store.put(networks.KIND, networks.SCOPE, changed)

    def _network(self, network_id: str) -> tuple[KongNetwork, str]:
        """The network as its cloud knows it, and the cloud's provider."""
        kept = self._store.get(networks.KIND, networks.SCOPE, network_id)
        assert kept is not None  # noqa: S101 - a network with attachments can't be deleted
        account_id = kept["cloud_gateway_provider_account_id"]
        account = self._store.get(networks.ACCOUNT_KIND, networks.SCOPE, account_id)
        assert account is not None  # noqa: S101 - accounts are never deleted
        return networks.in_cloud(kept, account), account["provider"]

    # --- attachments ---

    def _advance(self, network: KongNetwork, kept: Record) -> None:
        steps = self._steps[attachments.kind_of(kept)]
        while kept["step"] is not None and (kept["due"] is None or kept["due"] <= self._clock.now()):
            changed = steps[kept["step"]](network, kept)
            if changed is None:
                self._store.delete(attachments.KIND, network.id, kept["id"])
            if changed is None or changed == kept:
                return
            if changed["state"] != kept["state"]:
                changed["entity_version"] = kept["entity_version"] + 1
            self._store.put(attachments.KIND, network.id, changed)
            kept = changed
