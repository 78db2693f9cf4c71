"""An Azure with nobody in it but the one who sits at its levers: grants are given and withdrawn, and peerings
deleted, by hand, through the sandbox's own API. It is used where no Azure is simulated, and for tests of Konnect
alone.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from kong_secure.sandbox.konnect.bodies import Body
from kong_secure.sandbox.konnect.cloud_gateways.azure_side import UserActionNeededError, VnetPeeringRequest
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import (
    CloudRefusalError,
    CloudState,
    KongNetwork,
    Provisioned,
)
from kong_secure.sandbox.konnect.cloud_gateways.clouds import invented
from kong_secure.sandbox.konnect.store import Record, Store

KIND = "hand_operated_peering"
_SCOPE = "by-hand"
_REASONS = {
    "consent": "consent: no administrator of tenant {} has approved Kong's application",
    "role": "role: what is assigned to Kong's service principal lacks some of the actions",
    "assignment": "assignment: nothing is assigned to Kong's service principal on {}",
}


class AzureLevers(Body):
    """How Azure behaves from now on; what is left out stays.

    missing: the grants that Kong hasn't got. unknown_vnets: names that lead to nothing. delete: peerings by the id
    of Konnect's attachment, one half of which is deleted.
    """

    missing: list[Annotated[str, Field(pattern="^(consent|role|assignment)$")]] | None = None
    unknown_vnets: list[str] | None = None
    delete: list[str] = Field(default_factory=list)


class HandOperatedAzure:
    """An `AzureSide`. Peerings are kept in the store, the levers in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._missing: tuple[str, ...] = ()
        self._unknown: frozenset[str] = frozenset()

    # --- the levers ---

    def operate(self, levers: AzureLevers) -> None:
        """Pull levers. Raises KeyError for a peering that isn't there."""
        if levers.missing is not None:
            self._missing = tuple(levers.missing)
        if levers.unknown_vnets is not None:
            self._unknown = frozenset(levers.unknown_vnets)
        for peering_id in levers.delete:
            if self._store.get(KIND, _SCOPE, peering_id) is None:
                raise KeyError(peering_id)
            self._store.delete(KIND, _SCOPE, peering_id)

    def as_json(self) -> dict[str, Any]:
        """The levers, and the peerings."""
        return {
            "missing": list(self._missing),
            "unknown_vnets": sorted(self._unknown),
            "peerings": self._store.all(KIND, _SCOPE),
        }

    # --- what Konnect asks ---

    def provision(self, network: KongNetwork) -> Provisioned:
        """Ids that are the same for the same network."""
        return invented(network)

    def peer(self, network: KongNetwork, request: VnetPeeringRequest) -> None:
        """Both halves at once, as soon as no grant is missing."""
        for grant in self._missing:
            about = request.tenant_id if grant == "consent" else request.vnet_name
            raise UserActionNeededError(_REASONS[grant].format(about))
        if request.vnet_name in self._unknown:
            raise CloudRefusalError(
                f"ResourceNotFound: the virtual network {request.vnet_name} was not found."
            )
        vnet = [
            request.subscription_id.lower(),
            request.resource_group_name.lower(),
            request.vnet_name.lower(),
        ]
        for known in self._store.all(KIND, _SCOPE):
            if (known["network_id"], known["vnet"]) == (network.id, vnet) and known["id"] != request.id:
                raise CloudRefusalError(
                    "AnotherPeeringAlreadyReferencesRemoteVnet: the two virtual networks are peered already."
                )
        made: Record = {"id": request.id, "network_id": network.id, "account": network.account, "vnet": vnet}
        self._store.put(KIND, _SCOPE, made)

    def state(self, _network: KongNetwork, request: VnetPeeringRequest) -> CloudState:
        """Available until somebody deletes a half."""
        there = self._store.get(KIND, _SCOPE, request.id) is not None
        return CloudState.AVAILABLE if there else CloudState.GONE

    def unpeer(self, _network: KongNetwork, request: VnetPeeringRequest) -> None:
        """Done at once."""
        if self._store.get(KIND, _SCOPE, request.id) is not None:
            self._store.delete(KIND, _SCOPE, request.id)
