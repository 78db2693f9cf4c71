"""A network of its own at the sandbox's Konnect and an attachment of it, driven through the providers' methods as an
engine would, by a clock that only moves when something waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kong_secure.resources.attachment_pending import AttachmentPendingProvider
from kong_secure.resources.attachment_ready import AttachmentReadyProvider
from kong_secure.resources.base import Provider
from kong_secure.resources.transit_gateway_attachment import TransitGatewayAttachmentProvider
from tests.world import World

ATTACHMENT = TransitGatewayAttachmentProvider()
PENDING = AttachmentPendingProvider()
READY = AttachmentReadyProvider()
SHARE = "arn:aws:ram:us-east-2:222222222222:resource-share/4b7e2c8a-1234-5678-abcd-ef1234567890"
DNS = [{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]


def checked(
    provider: Provider, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    result = provider.check(dict(olds or {}), dict(news))
    assert [failure.reason for failure in result.failures] == []
    return dict(result.inputs)


class Attachment:
    """An attachment that an engine knows by id and outputs."""

    def __init__(self, world: World, network_id: str | None = None, **changes: Any) -> None:
        self.world = world
        self.network_id = network_id or world.network()["id"]
        given = {
            "network_id": self.network_id,
            "name": "orders",
            "transit_gateway_id": "tgw-0123456789abcdef0",
            "ram_share_arn": SHARE,
            "cidr_blocks": ["10.8.0.0/16"],
            "owner": f"org/project/stack/{self.network_id}",
            **changes,
        }
        self.inputs = checked(ATTACHMENT, given)
        self.id = ""
        self.outs: dict[str, Any] = {}

    def create(self) -> Attachment:
        result = ATTACHMENT.create(dict(self.inputs))
        self.id, self.outs = result.id, dict(result.outs or {})
        return self

    def changed(self, **changes: Any) -> dict[str, Any]:
        """The checked inputs after a change of the program; None leaves one out."""
        news = {key: value for key, value in {**self.inputs, **changes}.items() if value is not None}
        return checked(ATTACHMENT, news, self.outs)

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
        self.world.accept(self.pend())
        self.world.turn_clock(60)
        assert self.live()["state"] == "ready"
        return self

    def fail(self) -> Attachment:
        """Somebody rejects it in AWS."""
        self.world.accept(self.pend(), "refused")
        assert self.live()["state"] == "error"
        return self

    def methods(self) -> list[str]:
        """The methods of the calls to Konnect since they were last forgotten."""
        return [call["method"] for call in self.world.calls()]
