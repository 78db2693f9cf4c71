"""A whole path over an Azure VNet peering as one component: its arguments as users see them, and how its parts are put
together. The parts themselves are in the modules beside it.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pulumi

from kong_secure.components.azure.access import AzureMaking, Grants, grant_peering, grants_of, guard
from kong_secure.components.azure.approval import foreseen, warn_of_missing
from kong_secure.components.azure.arguments import (
    ALLOW_PRIORITY,
    DEFAULT_TIMEOUT_SECONDS,
    DENY_PRIORITY,
    PeeringArguments,
    parsed,
)
from kong_secure.components.azure.lookups import AzureLookups, pulumi_azure_native
from kong_secure.components.azure.preflight import findings_of, values_of
from kong_secure.components.azure.remarks import Remarks
from kong_secure.components.gate import Gate, refuse_plain
from kong_secure.components.private_path import PrivatePath, kongs_end
from kong_secure.resources.attachment_ready import AttachmentReady
from kong_secure.resources.konnect_network import KonnectNetwork
from kong_secure.resources.program import named_in_stack
from kong_secure.resources.vnet_peering import VnetPeering
from kong_secure.resources.waiting_process import WaitingProcess
from kong_secure.rules.azure_access import KONG_CLIENT_ID, consent_url
from kong_secure.rules.azure_ids import group_findings, role_guid, vnet_findings
from kong_secure.rules.azure_path import VnetsEnd

RESOURCE_TYPE = "kong-secure:index:AzureVnetPeering"


class AzureVnetPeering(PrivatePath):
    """A private path from one Konnect network to your virtual network over an Azure VNet peering, both halves of it.

        path = AzureVnetPeering(
            "path", network="production", tenant_id=TENANT, subscription_id=SUBSCRIPTION,
            resource_group_name="orders", vnet_name=vnet.name, service_principal_object_id=KONGS_PRINCIPAL,
            network_security_groups={"orders": group.id}, ports=[443],
        )
        SecuredService("orders", service="orders", connectivity=path, ...)

    One step is an administrator's of your Microsoft Entra tenant, once for the tenant: to approve Kong's
    application at `admin_consent_url`. Everything else is made here: a role with the five actions of a peering, its
    assignment on the virtual network alone, rules of your security groups, and Kong's half, which writes the
    peering on both sides. Kong reaches the virtual network itself and none that is peered with it.

    Everything wrong in plain values is reported together, at once; values known later, the network's address
    space and routes, and for whom the provider acts are checked before anything is made.

    A name in a mapping is its resource's identity. Don't rename a security group on a live path: between taking it out
    with one `up` and giving it its new name with the next, every port of its subnets is open to Kong's network.

    network: name or id of Konnect's network, or a `KonnectNetwork`.
    tenant_id, subscription_id: GUIDs; the provider must act for these.
    resource_group_name, vnet_name: names, not ids. Of a virtual network that the program makes give `vnet.name`.
        Have its address space settled before: a change behind a peering wants the peering made anew.
    service_principal_object_id: the object id of Kong's enterprise application in your tenant, which is there
        once the application has been approved: see Enterprise applications in Microsoft Entra ID, or `az ad sp show
        --id CLIENT_ID --query id`. Without it, or while it is an Output of None, a preview plans everything and says
        where the approval is given, and `up` refuses before anything of the path is made.
    network_security_groups: by name, ids of the groups of the subnets that Kong reaches: each gets a rule that
        lets Kong's range in on `ports` (TCP), and one that keeps the rest of that range's packets out. {}: none.
    ports: TCP ports that Kong may reach, plain numbers from 1 to 65535; needed with a security group.
    name: of the attachment at Konnect, after which role, assignment and rules are named, too; the resource's name
        unless given. Where you give the component another name, give its former one here.
    client_id: Kong's application; compare it with the link that Konnect shows.
    role_definition_id: a role that exists, for one of its own; its GUID counts, whichever subscription shows it. One
        that lacks an action of a peering is refused, and what it allows beyond them is warned of.
    allow_priority, deny_priority: of each group's two rules, from 100 to 4096. Give others where these are taken.
    azure_provider: for the subscription of the virtual network; the component's own unless given.
    timeout_seconds: seconds that each wait lasts at most.

    What the rules can't close: subnets without a listed group, your own rules of a lower number, and private
    endpoints whose subnet has no network policies. Which subnets have no listed group, and which listed group is on
    none, is warned of as soon as the virtual network has them.

    Role, assignment and rules have derived names, so that they can be imported after a state was lost; the ids are
    outputs from the first preview on, where the arguments are plain.

    Outputs: admin_consent_url, role_definition_id, role_assignment_id, network_cidr_block, attachment_id
    (Konnect's), state.

    What may only follow the path takes a value of `once_ready`.

    Raises InvalidArguments and PathRefused, both a `pulumi.RunError`.
    """

    admin_consent_url: pulumi.Output[str]
    role_definition_id: pulumi.Output[str]
    role_assignment_id: pulumi.Output[str]
    network_cidr_block: pulumi.Output[str]
    attachment_id: pulumi.Output[str]
    state: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        network: pulumi.Input[str] | KonnectNetwork,
        tenant_id: pulumi.Input[str],
        subscription_id: pulumi.Input[str],
        resource_group_name: pulumi.Input[str],
        vnet_name: pulumi.Input[str],
        network_security_groups: Mapping[str, pulumi.Input[str]],
        service_principal_object_id: pulumi.Input[str] | None = None,
        name: pulumi.Input[str] | None = None,
        client_id: pulumi.Input[str] = KONG_CLIENT_ID,
        role_definition_id: pulumi.Input[str] | None = None,
        ports: Sequence[int] | None = None,
        allow_priority: int = ALLOW_PRIORITY,
        deny_priority: int = DENY_PRIORITY,
        azure_provider: pulumi.ProviderResource | None = None,
        timeout_seconds: pulumi.Input[float] = DEFAULT_TIMEOUT_SECONDS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given = {key: value for key, value in locals().items() if key not in {"self", "opts", "__class__"}}
        label = f"AzureVnetPeering {resource_name!r}"
        arguments, shape = parsed({**given, "name": resource_name if name is None else name})
        path = foreseen(arguments)
        refuse_plain(label, values_of(path), partial(findings_of, label, path), shape)
        azure = pulumi_azure_native(with_network=bool(path.security_groups))
        super().__init__(RESOURCE_TYPE, resource_name, None, opts)
        warn_of_missing(label, self, arguments)
        self._make(label, path, azure)
        self.register_outputs({key: getattr(self, key) for key in _OUTPUTS})

    def _make(self, label: str, path: PeeringArguments, azure: Any) -> None:
        network = self._network(path.network)
        # Not by the component's own place or name: those can be changed, with an alias, and names in Azure can't.
        owner = named_in_stack(path.name)
        ends = _ends(path, AzureLookups(self, path.azure_provider))
        check = partial(findings_of, label, path)
        gate = Gate(label, values_of(path), check, {**kongs_end(network), **ends})
        making = AzureMaking(self._name, self, gate, azure, path, owner)
        grants = grants_of(path, owner)
        self._foresee(path, grants)
        Remarks(label, self, ends).make(path, network)
        block = making.gate(network.cidr_block)
        assignment = grant_peering(making, grants)
        rules = guard(making, block)
        peering, waits = self._kongs_half(making, network, [assignment, *rules])
        self._ready = AttachmentReady(
            making.child("ready"),
            attachments=[peering],
            timeout_seconds=path.timeout_seconds,
            opts=making.options(waits),
        )
        self.network_cidr_block = network.cidr_block
        self.attachment_id = peering.id
        self.state = self._ready.states.apply(lambda states: states[0])

    def _foresee(self, path: PeeringArguments, grants: Grants) -> None:
        """The outputs that wait for nothing: an administrator, or who lost a state, needs them before."""
        link = pulumi.Output.all(path.tenant_id, path.client_id).apply(lambda ids: consent_url(*ids))
        self.admin_consent_url = link
        self.role_definition_id = grants.role_id
        self.role_assignment_id = grants.assignment_id

    def _kongs_half(
        self, making: AzureMaking, network: KonnectNetwork, before: list[pulumi.Resource]
    ) -> tuple[VnetPeering, WaitingProcess]:
        path = making.path
        waits = WaitingProcess(making.child("waits"), opts=making.options())
        peering = VnetPeering(
            making.child("peering"),
            network_id=network.network_id,
            name=path.name,
            tenant_id=making.gate(path.tenant_id),
            subscription_id=making.gate(path.subscription_id),
            resource_group_name=making.gate(path.resource_group_name),
            vnet_name=making.gate(path.vnet_name),
            timeout_seconds=path.timeout_seconds,
            # No value of theirs flows here: with their ids among its inputs it would be replaced with them.
            opts=making.options(waits, depends_on=before),
        )
        return peering, waits


_OUTPUTS = tuple(AzureVnetPeering.__annotations__)


def _ends(path: PeeringArguments, lookups: AzureLookups) -> dict[str, pulumi.Output[Any]]:
    """What is learned of your end before anything is made; nothing is asked with names that are none."""

    async def vnet(names: Sequence[str]) -> VnetsEnd | None:
        group, name = names
        wrong = [*group_findings("", group), *vnet_findings("", name)]
        return None if wrong else await lookups.vnet(group, name)

    async def role(ids: Sequence[str]) -> Mapping[str, Any] | None:
        subscription, guid = ids[0], role_guid(ids[1])
        return None if guid is None else await lookups.role(subscription, guid) or {}

    names: pulumi.Output[Any] = pulumi.Output.all(path.resource_group_name, path.vnet_name)
    acting: pulumi.Output[Any] = lookups.learned(lookups.acting())
    ends: dict[str, pulumi.Output[Any]] = {
        "acting": acting,
        "vnet": names.apply(lambda known: lookups.learned(vnet(known))),
    }
    if path.role_definition_id is not None:
        ids: pulumi.Output[Any] = pulumi.Output.all(path.subscription_id, path.role_definition_id)
        ends["role"] = ids.apply(lambda known: lookups.learned(role(known)))
    return ends
