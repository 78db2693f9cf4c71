"""What is wrong with Konnect's network as one end of a private path, whatever cloud the path is over."""

from collections.abc import Iterator
from dataclasses import dataclass

from kong_secure.rules.findings import Finding

_CLOUDS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}


@dataclass(frozen=True)
class KongsEnd:
    """What is known of Kong's network; None is what isn't known yet."""

    cidr_block: str | None = None
    region: str | None = None
    state: str | None = None
    provider: str | None = None


def network_findings(kong: KongsEnd, provider: str, method: str) -> Iterator[Finding]:
    """What is wrong with the network for a path of a cloud's. method: what the path is over, as in "a transit
    gateway".
    """
    if kong.provider not in (None, provider):
        cloud = _CLOUDS[provider]
        fix = f"give a network that Kong runs on {cloud}"
        yield Finding("network", f"is on {kong.provider}, and {method} is {cloud}'s", fix)
    if kong.state not in (None, "ready"):
        fix = "wait until Konnect calls it ready, and run `pulumi up --refresh`"
        yield Finding("network", f"is {kong.state!r} and not ready", fix)
