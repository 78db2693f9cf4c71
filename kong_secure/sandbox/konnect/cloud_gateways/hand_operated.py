"""A cloud with nobody in it but the one who sits at its levers: attachments are accepted, refused and taken
away by hand, through the sandbox's own API. It is used where no real cloud is simulated, and for tests of
Konnect alone.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from pydantic import Field

from kong_secure.sandbox.konnect.bodies import Body
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import (
    NO_RESOURCE_FOR_SHARE,
    AttachmentRequest,
    CloudRefusalError,
    CloudState,
    KongNetwork,
    Provisioned,
)
from kong_secure.sandbox.konnect.cloud_gateways.clouds import invented
from kong_secure.sandbox.konnect.store import Record, Store

KIND = "cloud_attachment"
_SCOPE = "by-hand"


class Levers(Body):
    """How the cloud behaves from now on; what is left out stays.

    auto_accept: attachments need no acceptance. unknown_shares: ARNs that lead to nothing. attachments: by
    the cloud's id, the state they are set to.
    """

    auto_accept: bool | None = None
    unknown_shares: list[str] | None = None
    attachments: dict[str, Annotated[str, Field(pattern="^(pending|available|refused|gone)$")]] = Field(
        default_factory=dict
    )


class HandOperatedCloud:
    """A `CloudSide`. Attachments are kept in the store, the levers in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._auto_accept = False
        self._unknown_shares: frozenset[str] = frozenset()

    # --- the levers ---

    def operate(self, levers: Levers) -> None:
        """Pull levers. Raises KeyError for an attachment that isn't there."""
        if levers.auto_accept is not None:
            self._auto_accept = levers.auto_accept
        if levers.unknown_shares is not None:
            self._unknown_shares = frozenset(levers.unknown_shares)
        for attachment_id, state in levers.attachments.items():
            record = self._store.get(KIND, _SCOPE, attachment_id)
            if record is None:
                raise KeyError(attachment_id)
            self._store.put(KIND, _SCOPE, {**record, "state": state})

    def as_json(self) -> dict[str, Any]:
        """The levers, and the attachments with their routes."""
        return {
            "auto_accept": self._auto_accept,
            "unknown_shares": sorted(self._unknown_shares),
            "attachments": self._store.all(KIND, _SCOPE),
        }

    # --- what Konnect asks ---

    def provision(self, network: KongNetwork) -> Provisioned:
        """Ids that are the same for the same network."""
        return invented(network)

    def attach(self, network: KongNetwork, request: AttachmentRequest) -> str:
        """An attachment that waits for acceptance, unless acceptance is automatic."""
        if request.ram_share_arn in self._unknown_shares:
            raise CloudRefusalError(NO_RESOURCE_FOR_SHARE)
        for known in self._store.all(KIND, _SCOPE):
            if known["request_id"] == request.id:
                return str(known["id"])
        record: Record = {
            "id": f"tgw-attach-{secrets.token_hex(8)}0",
            "request_id": request.id,
            "network_id": network.id,
            "account": network.account,
            "transit_gateway_id": request.transit_gateway_id,
            "state": "available" if self._auto_accept else "pending",
            "cidr_blocks": [],
        }
        self._store.put(KIND, _SCOPE, record)
        return str(record["id"])

    def state(self, network: KongNetwork, attachment_id: str) -> CloudState:
        """What the levers say."""
        record = self._of(network, attachment_id)
        return CloudState.GONE if record is None else CloudState(record["state"])

    def route(self, network: KongNetwork, attachment_id: str, cidr_blocks: tuple[str, ...]) -> None:
        """Noted with the attachment."""
        record = self._of(network, attachment_id)
        if record is not None:
            self._store.put(KIND, _SCOPE, {**record, "cidr_blocks": list(cidr_blocks)})

    def detach(self, network: KongNetwork, attachment_id: str) -> None:
        """Done at once."""
        record = self._of(network, attachment_id)
        if record is not None:
            self._store.delete(KIND, _SCOPE, attachment_id)

    def _of(self, network: KongNetwork, attachment_id: str) -> Record | None:
        record = self._store.get(KIND, _SCOPE, attachment_id)
        return record if record is not None and record["network_id"] == network.id else None
