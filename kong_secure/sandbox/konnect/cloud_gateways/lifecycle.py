"""How networks and attachments go from state to state, each at its time and as their cloud says. What may be
asked for in which state lives in `rules`.

A record says what comes next (`step`) and when at the earliest (`due`, by the clock; None: as soon as it is
looked at). The order of states isn't in the specification; initializing comes first and ready last
(cloud-gateways: POST …/transit-gateways).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.konnect.cloud_gateways import attachments, networks
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import (
    AttachmentRequest,
    CloudRefusalError,
    CloudSide,
    CloudState,
    KongNetwork,
)
from kong_secure.sandbox.konnect.store import Record, Store

_CONFIG = "transit_gateway_attachment_config"
_REASONS = {
    CloudState.REFUSED: "Transit Gateway Attachment was rejected.",
    CloudState.GONE: "Transit Gateway Attachment could not be found.",
}


@dataclass(frozen=True)
class Durations:
    """Seconds that each step takes at the least: a network to get ready or go, an attachment to get to its
    cloud, to settle after acceptance or a change, to be taken down, and to be forgotten afterwards.
    """

    network: float = 0.5
    attach: float = 0.2
    settle: float = 0.2
    detach: float = 0.2
    forget: float = 0.2


class Lifecycle:
    """Moves everything on. `advance` is called whenever somebody looks, and now and then.

    asleep: providers whose cloud can't be asked now; attachments there stay as they are until it can.
    """

    def __init__(
        self,
        store: Store,
        cloud: CloudSide,
        clock: Clock,
        durations: Durations,
        asleep: frozenset[str] = frozenset(),
    ) -> None:
        self._store = store
        self._cloud = cloud
        self._clock = clock
        self._asleep = asleep
        self.durations = durations
        self._steps: dict[str, Callable[[KongNetwork, Record], Record | None]] = {
            "attach": self._attach,
            "acceptance": self._acceptance,
            "settle": self._settle,
            "watch": self._watch,
            "reroute": self._reroute,
            "detach": self._detach,
            "detached": self._detached,
            "forget": self._forget,
        }

    def due_in(self, seconds: float) -> float:
        """The moment so many seconds from now."""
        return self._clock.now() + seconds

    def advance(self) -> None:
        """Takes every step whose time has come."""
        for kept in self._store.all(networks.KIND, networks.SCOPE):
            self._advance_network(kept)
        for network_id in self._store.scopes(attachments.KIND):
            if self._account(network_id)["provider"] in self._asleep:
                continue
            network = self._network(network_id)
            for kept in self._store.all(attachments.KIND, network_id):
                self._advance(network, kept)

    # --- networks ---

    def _advance_network(self, kept: Record) -> None:
        if kept["due"] is None or kept["due"] > self._clock.now():
            return
        if kept["state"] == "terminating":
            self._store.delete(networks.KIND, networks.SCOPE, kept["id"])
            return
        found = self._cloud.provision(self._network(kept["id"]))
        metadata = {"vpc_id": found.vpc_id, "subnet_ids": list(found.subnet_ids)}
        changed = {**kept, "state": "ready", "provider_metadata": metadata, "due": None}
        self._store.put(networks.KIND, networks.SCOPE, changed)

    def _network(self, network_id: str) -> KongNetwork:
        kept = self._store.get(networks.KIND, networks.SCOPE, network_id)
        assert kept is not None  # noqa: S101 - a network with attachments can't be deleted
        return networks.in_cloud(kept, self._account(network_id))

    def _account(self, network_id: str) -> Record:
        kept = self._store.get(networks.KIND, networks.SCOPE, network_id)
        assert kept is not None  # noqa: S101 - a network with attachments can't be deleted
        account_id = kept["cloud_gateway_provider_account_id"]
        account = self._store.get(networks.ACCOUNT_KIND, networks.SCOPE, account_id)
        assert account is not None  # noqa: S101 - accounts are never deleted
        return account

    # --- attachments ---

    def _advance(self, network: KongNetwork, kept: Record) -> None:
        while kept["step"] is not None and (kept["due"] is None or kept["due"] <= self._clock.now()):
            changed = self._steps[kept["step"]](network, kept)
            if changed is None or changed == kept:
                return
            if changed["state"] != kept["state"]:
                changed["entity_version"] = kept["entity_version"] + 1
            self._store.put(attachments.KIND, network.id, changed)
            kept = changed

    def _attach(self, network: KongNetwork, kept: Record) -> Record:
        config = kept[_CONFIG]
        request = AttachmentRequest(kept["id"], config["transit_gateway_id"], config["ram_share_arn"])
        try:
            attachment_id = self._cloud.attach(network, request)
        except CloudRefusalError as refusal:
            return _failed(kept, str(refusal))
        config = {**config, "attachment_id": attachment_id}
        return {**kept, _CONFIG: config, "state": "pending-acceptance", "step": "acceptance", "due": None}

    def _acceptance(self, network: KongNetwork, kept: Record) -> Record:
        match self._state(network, kept):
            case CloudState.PENDING:
                return kept
            case CloudState.AVAILABLE:
                return {**kept, "step": "settle", "due": self.due_in(self.durations.settle)}
            case state:
                return _failed(kept, _REASONS[state])

    def _settle(self, network: KongNetwork, kept: Record) -> Record:
        state = self._state(network, kept)
        if state is not CloudState.AVAILABLE:
            return {**kept, "step": "acceptance", "due": None}
        self._cloud.route(network, kept[_CONFIG]["attachment_id"], tuple(kept["cidr_blocks"]))
        return {**kept, "state": "ready", "step": "watch", "due": None}

    def _watch(self, network: KongNetwork, kept: Record) -> Record:
        state = self._state(network, kept)
        return (
            kept
            if state is CloudState.AVAILABLE
            else _failed(kept, _REASONS.get(state, "It is not available."))
        )

    def _reroute(self, network: KongNetwork, kept: Record) -> Record:
        if self._state(network, kept) is CloudState.AVAILABLE:
            return self._settle(network, kept)
        return {**kept, "state": "pending-acceptance", "step": "acceptance", "due": None}

    def _detach(self, network: KongNetwork, kept: Record) -> Record:
        attachment_id = kept[_CONFIG].get("attachment_id")
        if attachment_id is not None:
            self._cloud.detach(network, attachment_id)
        return {**kept, "step": "detached", "due": None}

    def _detached(self, network: KongNetwork, kept: Record) -> Record:
        if "attachment_id" in kept[_CONFIG] and self._state(network, kept) is not CloudState.GONE:
            return kept
        due = self.due_in(self.durations.forget)
        return {**kept, "state": "terminated", "step": "forget", "due": due}

    def _forget(self, network: KongNetwork, kept: Record) -> None:
        self._store.delete(attachments.KIND, network.id, kept["id"])

    def _state(self, network: KongNetwork, kept: Record) -> CloudState:
        return self._cloud.state(network, kept[_CONFIG]["attachment_id"])


def _failed(kept: Record, reason: str) -> Record:
    metadata = {"reported_status": "ERROR", "reason": reason}
    return {**kept, "state": "error", "state_metadata": metadata, "step": None, "due": None}
