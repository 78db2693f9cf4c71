"""A network of its own at the sandbox's Konnect and an attachment of it, driven through the providers' methods as an
engine would, by a clock that only moves when something waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.dynamic import DiffResult, ReadResult, UpdateResult

from kong_secure.resources.attachment_pending import AttachmentPendingProvider
from kong_secure.resources.attachment_provider import AttachmentProvider
from kong_secure.resources.attachment_ready import AttachmentReadyProvider
from kong_secure.resources.base import Provider
from kong_secure.resources.transit_gateway_attachment import TransitGatewayAttachmentProvider
from kong_secure.resources.vnet_peering import VnetPeeringProvider
from tests.world import World

ATTACHMENT = TransitGatewayAttachmentProvider()
PEERING = VnetPeeringProvider()
PENDING = AttachmentPendingProvider()
READY = AttachmentReadyProvider()
SHARE = "arn:aws:ram:us-east-2:222222222222:resource-share/4b7e2c8a-1234-5678-abcd-ef1234567890"
DNS = [{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]


@dataclass(frozen=True)
class Kind:
    """One kind of attachment: its provider, a network for it, and what a program gives.

    others: for each input that isn't changed in place another value, with which the attachment would be another.
    rejected: Konnect's reason once somebody in the customer's cloud has put an end to it.
    """

    provider: AttachmentProvider
    network: Mapping[str, str]
    given: Mapping[str, object]
    others: Mapping[str, object]
    rejected: str

    @property
    def config(self) -> dict[str, object]:
        """`transit_gateway_attachment_config` as it is sent."""
        return {"kind": self.provider.kind, **{key: self.given[key] for key in self.provider.config_inputs}}


OTHER_ID = "36ae63d3-efd1-4bec-b246-62aa5d3f5695"
AWS = Kind(
    ATTACHMENT,
    {},
    {
        "transit_gateway_id": "tgw-0123456789abcdef0",
        "ram_share_arn": SHARE,
        "cidr_blocks": ["10.8.0.0/16"],
    },
    {
        "network_id": OTHER_ID,
        "name": "payments",
        "transit_gateway_id": "tgw-0fedcba9876543210",
        "ram_share_arn": SHARE.replace("4b7e2c8a", "00000000"),
        "dns_config": DNS,
    },
    "Transit Gateway Attachment was rejected.",
)
AZURE = Kind(
    PEERING,
    {"provider": "azure", "provider_account_id": "b2c3d4e5", "region": "eastus2"},
    {
        "tenant_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
        "subscription_id": "b2c3d4e5-f6a7-8901-bcde-f12345678901",
        "resource_group_name": "orders",
        "vnet_name": "orders-vnet",
    },
    {
        "network_id": OTHER_ID,
        "name": "payments",
        "tenant_id": OTHER_ID,
        "subscription_id": OTHER_ID,
        "resource_group_name": "payments",
        "vnet_name": "payments-vnet",
    },
    "Virtual network peering could not be found.",
)
KINDS = {"aws": AWS, "azure": AZURE}
FIELDS = [(name, field) for name, kind in KINDS.items() for field in kind.others]
"""Every input of every kind that isn't changed in place."""


def checked(
    provider: Provider, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    result = provider.check(dict(olds or {}), dict(news))
    assert [failure.reason for failure in result.failures] == []
    return dict(result.inputs)


class Attachment:
    """An attachment that an engine knows by id and outputs."""

    def __init__(self, world: World, network_id: str | None = None, kind: Kind = AWS, **changes: Any) -> None:
        self.world = world
        self.kind = kind
        self.network_id = network_id or world.network(**kind.network)["id"]
        given = {
            "network_id": self.network_id,
            "name": "orders",
            **kind.given,
            "owner": f"org/project/stack/{self.network_id}",
            **changes,
        }
        self.inputs = checked(kind.provider, given)
        self.id = ""
        self.outs: dict[str, Any] = {}

    def create(self) -> Attachment:
        result = self.kind.provider.create(dict(self.inputs))
        self.id, self.outs = result.id, dict(result.outs or {})
        return self

    def read(self) -> ReadResult:
        return self.kind.provider.read(self.id, self.outs)

    def diff(self, news: Mapping[str, Any], **recorded: Any) -> DiffResult:
        """recorded: outputs that the state has in place of those of the create."""
        return self.kind.provider.diff(self.id, {**self.outs, **recorded}, dict(news))

    def update(self, news: Mapping[str, Any]) -> UpdateResult:
        return self.kind.provider.update(self.id, self.outs, dict(news))

    def delete(self) -> None:
        self.kind.provider.delete(self.id, self.outs)

    def wait(self, seconds: float = 3600) -> object:
        """The states that a wait for it finds at its end."""
        entry = {"network_id": self.network_id, "attachment_id": self.id}
        news = {"attachments": [entry], "owner": "org/project/stack/ready", "timeout_seconds": seconds}
        return (READY.create(checked(READY, news)).outs or {})["states"]

    def changed(self, **changes: Any) -> dict[str, Any]:
        """The checked inputs after a change of the program; None leaves one out."""
        news = {key: value for key, value in {**self.inputs, **changes}.items() if value is not None}
        return checked(self.kind.provider, news, self.outs)

    @property
    def path(self) -> str:
        return f"/v2/cloud-gateways/networks/{self.network_id}/transit-gateways"

    def listed(self) -> list[dict[str, Any]]:
        """What Konnect has in the network."""
        return list(self.world.by_hand("GET", self.path, region="global")["data"])

    def live(self) -> dict[str, Any]:
        return self.world.by_hand("GET", f"{self.path}/{self.id}", region="global")

    def by_hand(self, method: str, body: object = None) -> None:
        self.world.by_hand(method, f"{self.path}/{self.id}", body, region="global")

    def pend(self) -> str:
        """AWS's id, once the attachment can be accepted."""
        self.world.turn_clock(60)
        return str(self.live()["transit_gateway_attachment_config"]["attachment_id"])

    def become_ready(self) -> Attachment:
        if self.kind is AWS:
            self.world.accept(self.pend())
        self.world.turn_clock(60)
        self.world.turn_clock(60)
        assert self.live()["state"] == "ready"
        return self

    def fail(self) -> Attachment:
        """Somebody in the customer's cloud puts an end to it."""
        if self.kind is AWS:
            self.world.accept(self.pend(), "refused")
        else:
            self.become_ready()
            self.world.azure_by_hand(delete=[self.id])
        assert self.live()["state"] == "error"
        return self

    def methods(self) -> list[str]:
        """The methods of the calls to Konnect since they were last forgotten."""
        return [call["method"] for call in self.world.calls()]
