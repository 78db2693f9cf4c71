"""What the component of every private path has, whatever cloud it is over: Konnect's network, names and options of
children, and what may only follow.
"""

from dataclasses import dataclass
from typing import Any

import pulumi

from kong_secure.components.gate import Gate
from kong_secure.resources.attachment_ready import AttachmentReady
from kong_secure.resources.konnect_network import KonnectNetwork

KONGS_END = ("cidr_block", "region", "state", "provider")
"""The outputs of Konnect's network that a path is checked against."""


class PrivatePath(pulumi.ComponentResource):
    """A private path as one component. Subclasses make the wait for it, `_ready`."""

    _ready: AttachmentReady

    def once_ready(self, value: pulumi.Input[Any]) -> pulumi.Output[Any]:
        """The value, once the path is ready: what takes it comes after the path and not at all without it."""
        return pulumi.Output.all(self._ready.attachments, value).apply(lambda pair: pair[1])

    def _network(self, given: pulumi.Input[str] | KonnectNetwork) -> KonnectNetwork:
        if isinstance(given, KonnectNetwork):
            return given
        opts = pulumi.ResourceOptions(parent=self)
        return KonnectNetwork(f"{self._name}-network", network=given, opts=opts)


def kongs_end(network: KonnectNetwork) -> dict[str, pulumi.Output[Any]]:
    """What is learned of Kong's end, by the labels that a gate has for it."""
    return {f"kong.{key}": getattr(network, key) for key in (*KONGS_END, "network_id")}


@dataclass(frozen=True)
class Making:
    """What every child of a path is made with."""

    name: str
    component: pulumi.Resource
    gate: Gate

    def child(self, suffix: str) -> str:
        """The name of a child."""
        return f"{self.name}-{suffix}"

    def options(self, provider: pulumi.ProviderResource | None = None, **more: Any) -> pulumi.ResourceOptions:
        """The options of a child. provider: None means the component's own."""
        return pulumi.ResourceOptions(parent=self.component, provider=provider, **more)
