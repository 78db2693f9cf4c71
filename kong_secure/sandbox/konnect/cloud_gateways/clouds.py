"""The clouds that Kong's networks and attachments are in, by provider."""

from __future__ import annotations

from dataclasses import dataclass

from kong_secure.sandbox.konnect.cloud_gateways.azure_side import AzureSide
from kong_secure.sandbox.konnect.cloud_gateways.cloud_side import CloudSide, KongNetwork, Provisioned


@dataclass(frozen=True)
class Clouds:
    """Those that the sandbox has; each may be operated by hand.

    asleep: providers whose cloud can't be asked now; attachments there stay as they are until it can.
    """

    aws: CloudSide
    azure: AzureSide
    asleep: frozenset[str] = frozenset()

    def provision(self, network: KongNetwork, provider: str) -> Provisioned:
        """Kong's private network there."""
        match provider:
            case "aws":
                return self.aws.provision(network)
            case "azure":
                return self.azure.provision(network)
        return invented(network)


def invented(network: KongNetwork) -> Provisioned:
    """Ids that are the same for the same network, where nothing is behind them."""
    tail = network.id.replace("-", "")[:15]
    zones = range(len(network.availability_zones))
    return Provisioned(f"vpc-{tail}00", tuple(f"subnet-{tail}{zone:02x}" for zone in zones))
