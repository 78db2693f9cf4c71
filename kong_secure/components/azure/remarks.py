"""Says what is no mistake in a path over a VNet peering, and yet worth knowing, as soon as it is known. What that is
is decided by `rules`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from kong_secure.components.azure.arguments import PeeringArguments
from kong_secure.resources.konnect_network import KonnectNetwork
from kong_secure.rules.azure_access import wider_actions
from kong_secure.rules.azure_path import VnetsEnd, region_warning
from kong_secure.rules.azure_remarks import guard_remarks, peering_remarks


class Remarks:
    """What is said of one path. ends: what is learned of your end, as vnet and role."""

    def __init__(
        self, label: str, component: pulumi.Resource, ends: Mapping[str, pulumi.Output[Any]]
    ) -> None:
        self._label, self._component, self._ends = label, component, ends

    def make(self, path: PeeringArguments, network: KonnectNetwork) -> None:
        """Says everything, each where all of what it is about is known."""
        vnet = self._ends["vnet"]
        pulumi.Output.all(network.region, network.cidr_block, vnet).apply(self._of_network)
        names = [f"network_security_groups[{group.name!r}]" for group in path.security_groups]
        seen: pulumi.Output[Any] = pulumi.Output.all(vnet, *(group.id for group in path.security_groups))
        seen.apply(lambda known: self._of_groups(known[0], dict(zip(names, known[1:], strict=True))))
        if "role" in self._ends:
            self._ends["role"].apply(self._of_role)

    def _say(self, text: str) -> None:
        pulumi.log.warn(f"{self._label}: {text}", self._component)

    def _of_network(self, known: Sequence[Any]) -> None:
        region, block, vnet = known[0], known[1], known[2] or VnetsEnd()
        text = region_warning(region, vnet.region)
        for each in (*([text] if text else []), *peering_remarks(vnet, str(block))):
            self._say(each)

    def _of_groups(self, vnet: VnetsEnd | None, groups: Mapping[str, Any]) -> None:
        for text in guard_remarks(vnet or VnetsEnd(), {label: str(id_) for label, id_ in groups.items()}):
            self._say(text)

    def _of_role(self, role: Mapping[str, Any] | None) -> None:
        if wider := wider_actions((role or {}).get("permissions") or ()):
            self._say(f"role_definition_id allows Kong more than a peering: {', '.join(wider)}")
