"""Kong's half of a private path on Azure: Kong's own tenant with its virtual networks, Kong's application in the
customer's tenant, and what it may do there.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from kong_secure.sandbox.azure import authorization
from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.identifiers import derived_guid, is_guid
from kong_secure.sandbox.azure.peerings import CONNECTED
from kong_secure.sandbox.azure.refusals import ArmError
from kong_secure.sandbox.azure.resource_manager import ResourceManager
from kong_secure.sandbox.azure.store import Record
from kong_secure.sandbox.konnect.cloud_gateways.azure_side import UserActionNeededError, VnetPeeringRequest
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import (
    CloudRefusalError,
    CloudState,
    KongNetwork,
    Provisioned,
)

CLIENT_ID: Final = "207b296f-cf25-4d23-9eba-9a2c41dc62ca"
"""Kong's application `kong-cgw-azure-vnet-peering-app`, as Kong's documentation gives it."""
KONG_TENANT: Final = derived_guid("kong", "tenant")

_NETWORK: Final = "Microsoft.Network/virtualNetworks"
_DELETE: Final = f"{_NETWORK}/virtualNetworkPeerings/delete"
ACTIONS: Final = (
    f"{_NETWORK}/read",
    f"{_NETWORK}/virtualNetworkPeerings/read",
    f"{_NETWORK}/virtualNetworkPeerings/write",
    _DELETE,
    f"{_NETWORK}/peer/action",
)
"""What Kong's documentation says that the role must have."""


def service_principal_id(tenant: str) -> str:
    """The object that Kong's application is, or will be, in a tenant's directory."""
    return derived_guid("kong", "service principal", tenant, CLIENT_ID)


class KongSide:
    """Kong's tenant beside the customers'. Implements `AzureSide`."""

    def __init__(self, manager: ResourceManager) -> None:
        self._manager = manager
        self._store = manager.store

    # --- consent ---

    def consent(self, tenant: str) -> Record:
        """What an administrator of a tenant does by approving Kong's application; its object in the directory."""
        with self._store.locked():
            principal = self._store.add_principal(
                tenant,
                service_principal_id(tenant),
                type="ServicePrincipal",
                appId=CLIENT_ID,
                displayName="kong-cgw-azure-vnet-peering-app",
            )
            self._manager.changed()
        return principal

    def withdraw(self, tenant: str) -> None:
        """What an administrator does by deleting the enterprise application."""
        with self._store.locked():
            self._store.principals.get(tenant.lower(), {}).pop(service_principal_id(tenant), None)
            self._manager.changed()

    # --- what Konnect asks ---

    def provision(self, network: KongNetwork) -> Provisioned:
        """Kong's virtual network with one subnet for each zone; what of it is there already stays."""
        id_ = self.network_id(network)
        with self._store.locked():
            if self._manager.find(id_) is None:
                self._make(network)
            subnets = self._store.of_type(ids.SUBNETS, id_)
        return Provisioned(id_, tuple(subnet["id"] for subnet in subnets))

    def _make(self, network: KongNetwork) -> None:
        subscription = _subscription(network)
        self._store.subscribe(subscription, KONG_TENANT)
        where = network.region.replace(" ", "").lower()
        self._manager.put(ids.group_id(subscription, _name(network)), {"location": where})
        zones = max(1, len(network.availability_zones))
        block = ipaddress.IPv4Network(network.cidr_block)
        parts = block.subnets(prefixlen_diff=max(1, (zones - 1).bit_length()))
        subnets = [
            {"name": f"zone-{number}", "addressPrefix": str(part)}
            for number, part in zip(range(1, zones + 1), parts, strict=False)
        ]
        self._manager.put(
            self.network_id(network),
            {"location": where, "addressSpace": {"addressPrefixes": [str(block)]}, "subnets": subnets},
        )

    def network_id(self, network: KongNetwork) -> str:
        """The id of Kong's virtual network."""
        return ids.network_id(_subscription(network), _name(network), _name(network))

    def peer(self, network: KongNetwork, request: VnetPeeringRequest) -> None:
        """Write both halves. Raises UserActionNeededError and CloudRefusalError."""
        ours, theirs = self.provision(network).vpc_id, _customers(request)
        with self._store.locked():
            self._require_grants(request, theirs)
            if self.state(network, request) is CloudState.AVAILABLE:
                return
            halves = _halves(ours, theirs, request)
            before = [self._manager.find(half) for half in halves]
            try:
                for half, remote in zip(halves, (ours, theirs), strict=True):
                    self._manager.put(half, {"remoteVirtualNetwork": {"id": remote}})
            except ArmError as error:
                refusal = error.message
            else:
                return
            for half, known in zip(halves, before, strict=True):
                if known is None:
                    self._manager.delete(half)
        raise CloudRefusalError(refusal)

    def state(self, network: KongNetwork, request: VnetPeeringRequest) -> CloudState:
        """AVAILABLE while both halves are connected."""
        halves = _halves(self.network_id(network), _customers(request), request)
        with self._store.locked():
            found = [self._manager.find(half) for half in halves]
        connected = all(half is not None and half["peeringState"] == CONNECTED for half in found)
        return CloudState.AVAILABLE if connected else CloudState.GONE

    def unpeer(self, network: KongNetwork, request: VnetPeeringRequest) -> None:
        """Delete Kong's half, and the customer's where Kong still may."""
        theirs = _customers(request)
        customers_half, kongs_half = _halves(self.network_id(network), theirs, request)
        with self._store.locked():
            if not self._lacking(request.tenant_id, theirs, (_DELETE,)):
                self._manager.delete(customers_half)
            self._manager.delete(kongs_half)

    # --- what Kong's application may do ---

    def _require_grants(self, request: VnetPeeringRequest, theirs: str) -> None:
        tenant, principal = request.tenant_id, service_principal_id(request.tenant_id)
        if self._store.principal(tenant, principal) is None:
            raise UserActionNeededError(
                f"consent: no administrator of tenant {tenant} has approved Kong's application {CLIENT_ID} "
                f"(https://login.microsoftonline.com/{tenant}/adminconsent?client_id={CLIENT_ID}; in this sandbox run "
                "`kong-secure sandbox consent`)"
            )
        owner = self._store.tenant_of(request.subscription_id)
        if owner != tenant.lower():
            raise UserActionNeededError(
                f"consent: subscription {request.subscription_id} isn't in tenant {tenant}"
            )
        given = authorization.assignments(self._store, principal, theirs)
        if not given:
            raise UserActionNeededError(
                f"assignment: nothing is assigned to Kong's service principal {principal} on {theirs}"
            )
        if not any(authorization.has_spread(self._store, one) for one in given):
            raise UserActionNeededError(
                f"assignment: what is assigned to Kong's service principal {principal} on {theirs} hasn't spread "
                "through Azure yet"
            )
        lacking = self._lacking(tenant, theirs, ACTIONS)
        if lacking:
            raise UserActionNeededError(
                f"role: what is assigned to Kong's service principal {principal} on {theirs} lacks "
                f"{', '.join(lacking)}"
            )

    def _lacking(self, tenant: str, at: str, actions: tuple[str, ...]) -> list[str]:
        """Those of some actions that Kong's application can't take at a resource. It can take none without its
        principal."""
        principal = service_principal_id(tenant)
        if self._store.principal(tenant, principal) is None:
            return list(actions)
        given = [
            one
            for one in authorization.assignments(self._store, principal, at)
            if authorization.has_spread(self._store, one)
        ]
        return [
            action
            for action in actions
            if not any(authorization.allows(self._store, one, action) for one in given)
        ]


def _subscription(network: KongNetwork) -> str:
    """Kong's own subscription."""
    return network.account if is_guid(network.account) else derived_guid("kong", network.account)


def _name(network: KongNetwork) -> str:
    return f"kong-cgw-{network.id}"


def _customers(request: VnetPeeringRequest) -> str:
    return ids.network_id(request.subscription_id, request.resource_group_name, request.vnet_name)


def _halves(ours: str, theirs: str, request: VnetPeeringRequest) -> tuple[str, str]:
    """The ids of the customer's half and of Kong's."""
    name = f"virtualNetworkPeerings/kong-cgw-{request.id}"
    return f"{theirs}/{name}", f"{ours}/{name}"
