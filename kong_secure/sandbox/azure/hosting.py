"""The Azure of the sandbox in the world's process: where it is kept, the port that engines attach to, and Kong's
half for Konnect.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Final

from kong_secure.sandbox.azure.kong_side import CLIENT_ID, KongSide
from kong_secure.sandbox.azure.provider.server import AzureProvider
from kong_secure.sandbox.azure.reachability import Call, Network, Topology, blocked
from kong_secure.sandbox.azure.resource_manager import ResourceManager
from kong_secure.sandbox.azure.store import DEFAULT_TENANT, Store
from kong_secure.sandbox.azure.topology import topology
from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.cloud_paths import Destination
from kong_secure.sandbox.konnect.cloud_gateways.azure_side import VnetPeeringRequest
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import CloudState, KongNetwork, Provisioned
from kong_secure.sandbox.provider_stand_in.listening import ProviderServer

STORE: Final = "azure.json"
"""The file in the sandbox's directory that holds every tenant."""

# Azure keeps the first four addresses and the last one of a subnet for itself.
_FIRST_FREE: Final = 4


class AzureHost:
    """Every tenant, the stand-in for the azure-native provider, and Kong's side. Implements `AzureSide` and
    `Paths`."""

    def __init__(self, directory: Path, clock: Clock | None = None) -> None:
        """Raises CloudFileError where what was kept can't be read."""
        self._path = directory / STORE
        self._store = Store.load(self._path, clock)
        self.manager = ResourceManager(self._store, self._save)
        self._kong = KongSide(self.manager)
        self._server = ProviderServer(AzureProvider(self.manager))

    @property
    def port(self) -> int:
        """Where the stand-in for the azure-native provider listens."""
        return self._server.port

    def _save(self) -> None:
        self._store.save(self._path)

    def close(self) -> None:
        """Stop listening; everything is kept."""
        self._server.close()
        self._save()

    # --- what people do by hand ---

    def consent(self, tenant: str = DEFAULT_TENANT) -> dict[str, str]:
        """Approve Kong's application in a tenant; once more is no error. What a program has to know of it."""
        made = self._kong.consent(tenant)
        return {"tenant_id": tenant, "client_id": CLIENT_ID, "object_id": str(made["objectId"])}

    def withdraw_consent(self, tenant: str = DEFAULT_TENANT) -> None:
        """Delete Kong's enterprise application from a tenant."""
        self._kong.withdraw(tenant)

    def let_grants_spread(self, seconds: float) -> None:
        """How long role assignments that are made from now on take to have effect."""
        with self._store.locked():
            self._store.propagation_seconds = seconds
            self._save()

    def as_json(self) -> dict[str, Any]:
        """Subscriptions, principals and how long grants take to spread."""
        with self._store.locked():
            return {
                "subscriptions": dict(self._store.subscriptions),
                "principals": {
                    tenant: list(those.values()) for tenant, those in self._store.principals.items()
                },
                "propagation_seconds": self._store.propagation_seconds,
            }

    # --- Kong's half; see AzureSide ---

    def provision(self, network: KongNetwork) -> Provisioned:
        """Kong's virtual network."""
        return self._kong.provision(network)

    def peer(self, network: KongNetwork, request: VnetPeeringRequest) -> None:
        """Both halves of a peering; raises UserActionNeededError and CloudRefusalError."""
        self._kong.peer(network, request)

    def state(self, network: KongNetwork, request: VnetPeeringRequest) -> CloudState:
        """How a peering is."""
        return self._kong.state(network, request)

    def unpeer(self, network: KongNetwork, request: VnetPeeringRequest) -> None:
        """Both halves are deleted where Kong may."""
        self._kong.unpeer(network, request)

    # --- where packets go; see Paths ---

    def blocked(self, network: KongNetwork, destination: Destination) -> str | None:
        """What stops a call from Kong's network to a private address, in one sentence; None if it arrives."""
        id_ = self.provision(network).vpc_id
        seen = topology(self._store)
        source = _free_address(seen.networks[id_.lower()], None)
        return blocked(seen, id_, _call(source, destination))

    def blocked_from_outside(self, network: KongNetwork, destination: Destination) -> str | None:
        """What stops a call from the internet: nothing in here has a public address."""
        found = self._holder(topology(self._store), network, destination)
        if found is None:
            return f"no virtual network has the address {destination.address}"
        return f"{destination.address} in {found.name} has no public address, so nothing on the internet leads to it"

    def blocked_inside(self, network: KongNetwork, destination: Destination) -> str | None:
        """What stops a call from a neighbour in the destination's own subnet."""
        seen = topology(self._store)
        found = self._holder(seen, network, destination)
        if found is None:
            return f"no virtual network has the address {destination.address}"
        return blocked(seen, found.id, _call(_free_address(found, destination.address), destination))

    def _holder(self, seen: Topology, network: KongNetwork, destination: Destination) -> Network | None:
        """The virtual network that has an address in a subnet; rather one that is peered with Kong's."""
        ours = self._kong.network_id(network).lower()
        holders = [
            each
            for id_, each in seen.networks.items()
            if id_ != ours
            and any(destination.address in block for subnet in each.subnets for block in subnet.blocks)
        ]
        holders.sort(key=lambda each: all(half.remote_id.lower() != ours for half in each.peerings))
        return holders[0] if holders else None


def _call(source: IPv4Address, destination: Destination) -> Call:
    return Call(source, destination.address, destination.port, destination.protocol)


def _free_address(network: Network, beside: IPv4Address | None) -> IPv4Address:
    """An address that a machine can have: in the first subnet, or beside another one in its own."""
    blocks = [
        block for subnet in network.subnets for block in subnet.blocks if beside is None or beside in block
    ]
    first = blocks[0][_FIRST_FREE]
    return first if first != beside else blocks[0][_FIRST_FREE + 1]
