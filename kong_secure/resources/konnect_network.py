"""A network of Konnect's as a Pulumi resource: its argument, and the adapter between Pulumi and
`network_crud`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi.dynamic import Resource

from kong_secure.resources import network_crud
from kong_secure.resources.base import LOG, Properties, Provider
from kong_secure.resources.process import PROCESS
from kong_secure.resources.program import checked_inputs, watched_as_one
from kong_secure.resources.values import known_only
from kong_secure.rules.findings import Finding, text_findings

_COMPUTED = (
    "network_id",
    "name",
    "cidr_block",
    "region",
    "availability_zones",
    "state",
    "provider",
    "provider_account_id",
)


class KonnectNetworkProvider(Provider):
    """Looks networks up and changes none. Its module path and name are in users' states."""

    inputs = ("network",)
    replaced_by = ("network",)

    def normalise(self, olds: Properties, news: Properties) -> tuple[Properties, Iterable[Finding]]:
        """The inputs as they are."""
        known = known_only(news)
        return dict(news), list(_findings(known, news.keys() - known.keys()))

    def create_object(self, inputs: Properties) -> tuple[str, Properties]:
        """Looks the network up."""
        located = network_crud.look_up(PROCESS.konnect(), str(inputs["network"]), LOG.progress)
        return located.network.id, _outputs(located)

    def read_object(self, object_id: str, outputs: Properties) -> tuple[Properties, Properties] | None:
        """Looks at the network, by its id."""
        located = network_crud.read(PROCESS.konnect(), object_id, LOG.progress)
        if located is None:
            return None
        return {"network": outputs.get("network", object_id)}, _outputs(located)

    def update_object(self, object_id: str, olds: Properties, inputs: Properties) -> Properties:
        """The id was given where the name was: nothing changes."""
        return {key: olds[key] for key in _COMPUTED if key in olds}

    def delete_object(self, object_id: str, outputs: Properties) -> None:
        """Nothing: the network isn't this stack's."""


class KonnectNetwork(Resource, module="kong-secure", name="KonnectNetwork"):
    """A network of Dedicated Cloud Gateways that exists at Konnect: looked up, never changed nor deleted.

        network = KonnectNetwork("network", network="production")
        pulumi.export("allow", network.cidr_block)

    What comes out of a gateway over a private path comes from an address in `cidr_block`.

    network: name or id. It is looked up when the resource is created, not in a preview; a refresh looks again.

    Outputs: id and network_id, name, cidr_block, region (the cloud's, as us-east-2), availability_zones (zone
    ids), state (a path needs `ready`), provider (aws, azure or gcp), provider_account_id (Kong's own account
    there, the one this network is in).

    Raises InvalidArguments, a `pulumi.RunError`.

    Source: cloud-gateways: GET /cloud-gateways/networks, GET
    /cloud-gateways/provider-accounts/{providerAccountId}.
    """

    network: pulumi.Output[str]
    network_id: pulumi.Output[str]
    name: pulumi.Output[str]
    cidr_block: pulumi.Output[str]
    region: pulumi.Output[str]
    availability_zones: pulumi.Output[Sequence[str]]
    state: pulumi.Output[str]
    provider: pulumi.Output[str]
    provider_account_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        network: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        label = f"KonnectNetwork {resource_name!r}"
        inputs = checked_inputs(label, {"network": network}, "network", _findings)
        properties = cast("pulumi.Inputs", inputs | dict.fromkeys(_COMPUTED))
        super().__init__(KonnectNetworkProvider(), resource_name, properties, opts)
        watched_as_one(self)


def _findings(given: Mapping[str, object], later: Collection[str]) -> Iterator[Finding]:
    if "network" not in later:
        yield from text_findings("network", given.get("network"), "give a name or an id")


def _outputs(located: network_crud.Located) -> dict[str, Any]:
    network = located.network
    return {
        "network_id": network.id,
        "name": network.name,
        "cidr_block": network.cidr_block,
        "region": network.region,
        "availability_zones": list(network.availability_zones),
        "state": network.state,
        "provider": located.account.provider,
        "provider_account_id": located.account.account_id,
    }
