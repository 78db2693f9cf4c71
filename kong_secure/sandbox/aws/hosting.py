"""The AWS of the sandbox in the world's process: where it is kept, the port that engines attach to, and Kong's
half for Konnect.

Loading moto takes a second or two, so that happens when somebody first wants something of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kong_secure.sandbox.aws.reachability import (
    Source,
    Topology,
    blocked,
    blocked_from_outside,
    blocked_inside,
)
from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.cloud_paths import Destination
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import (
    AttachmentRequest,
    CloudState,
    KongNetwork,
    Provisioned,
)
from kong_secure.sandbox.provider_stand_in.listening import OnDemand, ProviderServer

if TYPE_CHECKING:
    from kong_secure.sandbox.aws.cloud import Cloud
    from kong_secure.sandbox.aws.kong_side import KongSide

STORE: Final = "aws.pickle"
"""The file in the sandbox's directory that holds every account."""


class AwsHost:
    """Every account, the stand-in for the aws provider, and Kong's side. Implements `CloudSide`."""

    def __init__(self, directory: Path, clock: Clock | None = None, delay_seconds: float = 0.1) -> None:
        """clock: at which AWS's states follow one another. delay_seconds: how long each takes, in AWS minutes.
        Raises CloudFileError where what was kept can't be read."""
        self._delay = delay_seconds
        self._path = directory / STORE
        self._clock = clock or Clock()
        self._lock = threading.RLock()
        self._cloud: Cloud | None = None
        self._provider: Any = None
        self._kong: KongSide | None = None
        self._vpc_ids: dict[str, str] = {}
        if self._path.exists():
            self._load()
        self._server = ProviderServer(OnDemand(self._made_provider))

    @property
    def port(self) -> int:
        """Where the stand-in for the aws provider listens."""
        return self._server.port

    def _load(self) -> Cloud:
        from kong_secure.sandbox.aws.cloud import Cloud, Delays  # noqa: PLC0415 - loads moto

        with self._lock:
            if self._cloud is None:
                self._cloud = Cloud.load(self._path, self._clock, Delays(*[self._delay] * 5))
            return self._cloud

    def _save(self) -> None:
        with self._lock:
            if self._cloud is not None:
                self._cloud.save(self._path)

    def _made_provider(self) -> Any:
        from kong_secure.sandbox.aws.provider.server import AwsProvider  # noqa: PLC0415 - loads moto

        with self._lock:
            if self._provider is None:
                self._provider = AwsProvider(self._load(), self._save)
            return self._provider

    def _side(self) -> KongSide:
        from kong_secure.sandbox.aws.kong_side import KongSide  # noqa: PLC0415 - loads moto

        with self._lock:
            if self._kong is None:
                self._kong = KongSide(self._load())
            return self._kong

    def _kept(self, work: Callable[[KongSide], Any]) -> Any:
        """What Kong's side did is kept, also where it was refused half-way."""
        try:
            return work(self._side())
        finally:
            self._save()

    # --- Kong's half; see CloudSide ---

    def provision(self, network: KongNetwork) -> Provisioned:
        """Kong's VPC with one subnet for each zone."""
        made: Provisioned = self._kept(lambda side: side.provision(network))
        return made

    def attach(self, network: KongNetwork, request: AttachmentRequest) -> str:
        """Kong's attachment; raises CloudRefusalError."""
        return str(self._kept(lambda side: side.attach(network, request)))

    def state(self, network: KongNetwork, attachment_id: str) -> CloudState:
        """How an attachment is."""
        return self._side().state(network, attachment_id)

    def route(self, network: KongNetwork, attachment_id: str, cidr_blocks: tuple[str, ...]) -> None:
        """Exactly these blocks lead from Kong's VPC into the gateway."""
        self._kept(lambda side: side.route(network, attachment_id, cidr_blocks))

    def detach(self, network: KongNetwork, attachment_id: str) -> None:
        """The attachment and its routes are deleted."""
        self._kept(lambda side: side.detach(network, attachment_id))

    def blocked(self, network: KongNetwork, destination: Destination) -> str | None:
        """What stops a call from Kong's network to a private address, in one sentence; None if it arrives."""
        from kong_secure.sandbox.aws.topology import topology  # noqa: PLC0415 - loads moto

        vpc_id = self._kongs_vpc(network)
        seen = topology(self._load(), network.region)
        # a data plane: any address that AWS doesn't keep for itself
        sentence = blocked(seen, Source(vpc_id, seen.vpcs[vpc_id].subnets[0].block[10]), destination)
        return None if sentence is None else sentence.replace(vpc_id, f"Kong's {vpc_id}")

    def blocked_from_outside(self, network: KongNetwork, destination: Destination) -> str | None:
        """What stops calls from the internet; None if somebody there reaches a private address."""
        return blocked_from_outside(self._seen(network), destination)

    def blocked_inside(self, network: KongNetwork, destination: Destination) -> str | None:
        """What stops a call from a neighbour in the VPC of a private address; None if it arrives."""
        return blocked_inside(self._seen(network), destination)

    def _seen(self, network: KongNetwork) -> Topology:
        """The region of one of Kong's networks, without what is Kong's own."""
        from kong_secure.sandbox.aws.topology import topology  # noqa: PLC0415 - loads moto

        seen = topology(self._load(), network.region)
        kongs = self._kongs_vpc(network)
        return replace(seen, vpcs={id_: vpc for id_, vpc in seen.vpcs.items() if id_ != kongs})

    def _kongs_vpc(self, network: KongNetwork) -> str:
        if network.id not in self._vpc_ids:  # Kong's VPC stays as long as its network
            self._vpc_ids[network.id] = self.provision(network).vpc_id
        return self._vpc_ids[network.id]

    def close(self) -> None:
        """Stop listening; everything is kept."""
        self._server.close()
        self._save()
