"""The clouds of a world, by provider: opened as the world's settings want them, each loaded only then."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.cloud_paths import Paths

if TYPE_CHECKING:
    from kong_secure.sandbox.aws.hosting import AwsHost
    from kong_secure.sandbox.azure.hosting import AzureHost

_FILES: Final = {"aws": "aws.pickle", "azure": "azure.json"}  # again here, because loading a cloud takes long


@dataclass(frozen=True)
class CloudHosts:
    """Those that are open."""

    aws: AwsHost | None = None
    azure: AzureHost | None = None

    def _open(self) -> dict[str, AwsHost | AzureHost]:
        named = {"aws": self.aws, "azure": self.azure}
        return {provider: host for provider, host in named.items() if host is not None}

    def paths(self) -> dict[str, Paths]:
        """Where packets go in each."""
        return dict(self._open())

    def ports(self) -> dict[str, int]:
        """Where engines attach to the stand-in for each one's provider."""
        return {provider: host.port for provider, host in self._open().items()}

    def close(self) -> None:
        """Stop listening; everything is kept."""
        for host in self._open().values():
            host.close()


def kept(directory: Path) -> frozenset[str]:
    """The providers whose cloud was there before."""
    return frozenset(provider for provider, name in _FILES.items() if (directory / name).exists())


def opened(wanted: Set[str], directory: Path, clock: Clock) -> CloudHosts:
    """The clouds that are wanted. Raises CloudFileError where what was kept of one can't be read."""
    aws: AwsHost | None = None
    azure: AzureHost | None = None
    if "aws" in wanted:
        from kong_secure.sandbox.aws.hosting import AwsHost  # noqa: PLC0415 - loads gRPC

        aws = AwsHost(directory, clock)
    try:
        if "azure" in wanted:
            from kong_secure.sandbox.azure.hosting import AzureHost  # noqa: PLC0415 - loads gRPC

            azure = AzureHost(directory, clock)
    except BaseException:
        CloudHosts(aws).close()
        raise
    return CloudHosts(aws, azure)
