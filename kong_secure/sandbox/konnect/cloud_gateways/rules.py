"""What must hold between networks, accounts and attachments: what may be asked for when, names, quotas,
overlaps. Reading requests and wording answers doesn't live here.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.konnect.bodies import parse
from kong_secure.sandbox.konnect.cloud_gateways import attachments, cidr, networks
from kong_secure.sandbox.konnect.cloud_gateways.clouds import Clouds
from kong_secure.sandbox.konnect.cloud_gateways.lifecycle import Lifecycle
from kong_secure.sandbox.konnect.cloud_gateways.refusals import QuotaError, StateConflictError
from kong_secure.sandbox.konnect.cloud_gateways.steps import Durations, Pace
from kong_secure.sandbox.konnect.refusals import InvalidError, NotFoundError, Problem
from kong_secure.sandbox.konnect.store import Record, Store, Unique, UniqueTakenError

MOST_NETWORKS = 10
"""The sandbox's quota of networks that aren't offline; Konnect publishes no number (cloud-gateways:
ResourceQuotaQualifier: count/networks.not-offline). It has none for attachments."""

_QUOTA = "count/networks.not-offline"
_IN_USE = "The network can't be deleted while transit gateways are attached to it."
_OVERLAP = (
    "unable to create transit gateway with cidr block {} because it overlaps with cidr blocks from an "
    "existing attachment"
)
"""Konnect's words (Kong/developer.konghq.com, how-to for the operator, FAQ); their status isn't given there."""


def uniques(kind: str, kept: Record) -> list[Unique]:
    """The values of a record that no other of its kind and scope may have."""
    if kind == networks.KIND:
        return networks.uniques(kept)
    return attachments.uniques(kept) if kind == attachments.KIND else []


class CloudGateways:
    """Everything the cloud-gateways API acts on. Each operation sees the states of its moment."""

    def __init__(
        self, store: Store, clouds: Clouds, clock: Clock, durations: Durations | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._pace = Pace(clock, durations or Durations())
        self._lifecycle = Lifecycle(store, clouds, self._pace)

    def advance(self) -> None:
        """Moves everything on to the states of this moment."""
        self._lifecycle.advance()

    # --- provider accounts ---

    def accounts(self) -> list[Record]:
        """Every provider account."""
        return self._store.all(networks.ACCOUNT_KIND, networks.SCOPE)

    def account(self, account_id: str) -> Record:
        """One of them. Raises `NotFoundError`."""
        return self._found(networks.ACCOUNT_KIND, networks.SCOPE, account_id)

    def account_at(self, provider: str, provider_account_id: str) -> Record:
        """Kong's account of that number at a provider, linked to the organization if it isn't yet."""
        for known in self.accounts():
            if (known["provider"], known["provider_account_id"]) == (provider, provider_account_id):
                return known
        made = {"id": str(uuid.uuid4()), "provider": provider, "provider_account_id": provider_account_id}
        made |= self._times()
        self._store.put(networks.ACCOUNT_KIND, networks.SCOPE, made)
        return made

    # --- networks ---

    def networks(self) -> list[Record]:
        """Every network, as it is kept."""
        self.advance()
        return self._store.all(networks.KIND, networks.SCOPE)

    def network(self, network_id: str) -> Record:
        """One of them. Raises `NotFoundError`."""
        self.advance()
        return self._found(networks.KIND, networks.SCOPE, network_id)

    def network_shown(self, kept: Record) -> Record:
        """A network as Konnect answers it."""
        attached = self._store.all(attachments.KIND, kept["id"])
        return networks.shown(kept, sum(each["state"] != "terminated" for each in attached))

    def create_network(self, body: dict[str, Any]) -> Record:
        """A new network. Raises `InvalidError`, `QuotaError` or `StateConflictError`."""
        online = [each for each in self.networks() if each["state"] != "offline"]
        kept = self.add_network(body)
        if kept["state"] != "offline" and len(online) >= MOST_NETWORKS:
            self._store.delete(networks.KIND, networks.SCOPE, kept["id"])
            raise QuotaError(_QUOTA, MOST_NETWORKS)
        return kept

    def add_network(self, body: dict[str, Any], network_id: str | None = None) -> Record:
        """A new network whatever the quota. Raises `InvalidError` or `StateConflictError`."""
        kept = networks.created(body)
        account_id = kept["cloud_gateway_provider_account_id"]
        account = self._store.get(networks.ACCOUNT_KIND, networks.SCOPE, account_id)
        if account is None:
            field = "cloud_gateway_provider_account_id"
            reason = "there is no such provider account"
            raise InvalidError([Problem((field,), "invalid", reason, {"rule": "missing_reference"})])
        networks.require_block(kept, account["provider"])
        if kept["state"] != "offline":
            kept["due"] = self._pace.due_in(self._pace.durations.network)
        kept = {"id": network_id or str(uuid.uuid4()), **kept, **self._times()}
        self._put(networks.KIND, networks.SCOPE, kept, "A network with this name already exists.")
        return kept

    def make_ready(self, network_id: str) -> None:
        """Lets a network that was declared be ready from the start."""
        kept = self._found(networks.KIND, networks.SCOPE, network_id)
        self._store.put(networks.KIND, networks.SCOPE, {**kept, "due": self._clock.now()})
        self.advance()

    def provision_anew(self, provider: str) -> None:
        """Lets a provider's cloud have every ready network, whatever stood in its place before."""
        for kept in self._store.all(networks.KIND, networks.SCOPE):
            account = self.account(kept["cloud_gateway_provider_account_id"])
            if (account["provider"], kept["state"]) == (provider, "ready"):
                self.make_ready(kept["id"])

    def rename_network(self, network_id: str, body: dict[str, Any]) -> Record:
        """The network after a PATCH. Raises `NotFoundError`, `InvalidError` or `StateConflictError`."""
        kept = self.network(network_id)
        changes = parse(networks.PatchBody, body).model_dump(exclude_unset=True)
        changed = self._changed({**kept, **changes})
        self._put(networks.KIND, networks.SCOPE, changed, "A network with this name already exists.")
        return changed

    def delete_network(self, network_id: str) -> None:
        """Begins to delete a network without attachments. Raises `NotFoundError` or `InvalidError`."""
        kept = self.network(network_id)
        if self._store.all(attachments.KIND, kept["id"]):
            raise InvalidError([Problem(("networkId",), "invalid", _IN_USE, source="path")])
        due = self._pace.due_in(self._pace.durations.network)
        changed = self._changed({**kept, "state": "terminating", "due": due})
        self._store.put(networks.KIND, networks.SCOPE, changed)

    # --- attachments ---

    def attachments(self, network_id: str) -> list[Record]:
        """Every attachment of a network. Raises `NotFoundError`."""
        return self._store.all(attachments.KIND, self.network(network_id)["id"])

    def attachment(self, network_id: str, attachment_id: str) -> Record:
        """One of them. Raises `NotFoundError`."""
        return self._found(attachments.KIND, self.network(network_id)["id"], attachment_id)

    def attach(self, network_id: str, body: dict[str, Any]) -> Record:
        """A new attachment. Raises `NotFoundError`, `InvalidError`, `NotServedError` or `StateConflictError`."""
        network = self.network(network_id)
        provider = self.account(network["cloud_gateway_provider_account_id"])["provider"]
        kept = attachments.created(body, provider)
        if network["state"] != "ready":
            raise StateConflictError(f"The network is {network['state']}, not ready.")
        self._refuse_overlaps(network, kept, [])
        due = self._pace.due_in(self._pace.durations.attach)
        kept = {"id": str(uuid.uuid4()), **kept, **self._times(), "due": due}
        self._put(attachments.KIND, network["id"], kept, "A transit gateway with this name already exists.")
        return kept

    def change_attachment(self, network_id: str, attachment_id: str, body: dict[str, Any]) -> Record:
        """The attachment after a PATCH. Raises like `attach`.

        The specification doesn't say in which states it may be sent; here in those in which a DELETE may.
        """
        kept = self.attachment(network_id, attachment_id)
        changed = attachments.patched(kept, body)
        self._require_settled(kept)
        network = self.network(network_id)
        self._refuse_overlaps(network, changed, [kept["id"]])
        if kept["state"] != "error":
            due = self._pace.due_in(self._pace.durations.settle)
            changed |= {"state": "initializing", "step": "reroute", "due": due}
        changed = self._changed(changed)
        self._store.put(attachments.KIND, network["id"], changed)
        return changed

    def detach(self, network_id: str, attachment_id: str) -> None:
        """Begins to delete an attachment. Raises `NotFoundError` or `InvalidError`."""
        kept = self.attachment(network_id, attachment_id)
        self._require_settled(kept)
        due = self._pace.due_in(self._pace.durations.detach)
        changed = self._changed({**kept, "state": "terminating", "step": "detach", "due": due})
        self._store.put(attachments.KIND, self.network(network_id)["id"], changed)

    # --- what they share ---

    def _require_settled(self, kept: Record) -> None:
        if kept["state"] in attachments.TRANSITIONAL or kept["state"] == "terminated":
            reason = f"the transit gateway is {kept['state']}: it must be in a non-transitional state"
            raise InvalidError([Problem(("transitGatewayId",), "invalid", reason, source="path")])

    def _refuse_overlaps(self, network: Record, kept: Record, but: list[str]) -> None:
        for index, block in enumerate(attachments.blocks_of(kept)):
            if cidr.overlapping(block, [network["cidr_block"]]) is not None:
                reason = f"'{block}' overlaps with the network's own CIDR block {network['cidr_block']}"
                raise InvalidError([Problem(("cidr_blocks", index), "invalid", reason)])
            for other in self._store.all(attachments.KIND, network["id"]):
                if other["id"] not in but and cidr.overlapping(block, attachments.blocks_of(other)):
                    raise StateConflictError(_OVERLAP.format(block))

    def _found(self, kind: str, scope: str, record_id: str) -> Record:
        kept = self._store.get(kind, scope, record_id.lower())
        if kept is None:
            raise NotFoundError("Not Found")
        return kept

    def _put(self, kind: str, scope: str, kept: Record, taken: str) -> None:
        try:
            self._store.put(kind, scope, kept)
        except UniqueTakenError:
            pass
        else:
            return
        raise StateConflictError(taken)

    def _changed(self, kept: Record) -> Record:
        version = kept["entity_version"] + 1
        return {**kept, "entity_version": version, "updated_at": self._times()["updated_at"]}

    def _times(self) -> dict[str, str]:
        moment = datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="milliseconds")
        text = moment.replace("+00:00", "Z")
        return {"created_at": text, "updated_at": text}
