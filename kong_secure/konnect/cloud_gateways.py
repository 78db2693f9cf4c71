"""Networks of Dedicated Cloud Gateways, Kong's accounts at cloud providers and the attachments that lead into a
customer's cloud, as typed calls; looking things up with patience and repeating a POST are decided elsewhere.

All of it lives at the global host (cloud-gateways: servers): the session given here is one of
`konnect.session(GLOBAL)`. An attachment has no PUT, and its PATCH takes the address blocks alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kong_secure.konnect.answers import optional_text, segment, text, texts
from kong_secure.konnect.paging import numbered_pages
from kong_secure.konnect.session import Session

AWS_TRANSIT_GATEWAY = "aws-transit-gateway-attachment"
AZURE_VNET_PEERING = "azure-vnet-peering-attachment"

_NETWORKS = "/v2/cloud-gateways/networks"
_ACCOUNTS = "/v2/cloud-gateways/provider-accounts"
_CONFIG = "transit_gateway_attachment_config"


@dataclass(frozen=True)
class Network:
    """A network (cloud-gateways: Network). provider_account is Konnect's id of an account, not the cloud's."""

    id: str
    name: str
    region: str
    cidr_block: str
    availability_zones: tuple[str, ...]
    state: str
    provider_account: str


@dataclass(frozen=True)
class ProviderAccount:
    """One of Kong's accounts at a cloud provider (cloud-gateways: ProviderAccount).

    provider: aws, azure or gcp. account_id: the provider's own, on AWS 12 digits.
    """

    id: str
    provider: str
    account_id: str


@dataclass(frozen=True)
class DnsMapping:
    """Domains, and the addresses of those who resolve them (cloud-gateways: TransitGatewayDnsConfig)."""

    servers: tuple[str, ...]
    domains: tuple[str, ...]


@dataclass(frozen=True)
class Attachment:
    """An attachment of a network (cloud-gateways: TransitGatewayResponse).

    state: one of TransitGatewayState. reason: why it is in error, empty where Konnect says nothing.
    config: the texts of `transit_gateway_attachment_config`, among them kind. cidr_blocks: empty for kinds
    without.
    """

    id: str
    name: str
    state: str
    reason: str
    cidr_blocks: tuple[str, ...]
    dns: tuple[DnsMapping, ...]
    config: Mapping[str, str]

    @property
    def aws_attachment_id(self) -> str | None:
        """AWS's id of the attachment, None until there is one."""
        return self.config.get("attachment_id")


def read_network(session: Session, network_id: str) -> Network:
    """One by id (GET /cloud-gateways/networks/{networkId}). Raises NotFound."""
    path = f"{_NETWORKS}/{segment(network_id)}"
    return _network(session, path, session.get(path))


def list_networks(session: Session, name: str | None = None) -> Iterator[Network]:
    """All, or those of exactly this name (GET /cloud-gateways/networks, `filter[name][eq]`)."""
    for item in numbered_pages(session, _NETWORKS, _named(name)):
        yield _network(session, _NETWORKS, item)


def read_provider_account(session: Session, account: str) -> ProviderAccount:
    """One by Konnect's id (GET /cloud-gateways/provider-accounts/{providerAccountId}). Raises NotFound."""
    path = f"{_ACCOUNTS}/{segment(account)}"
    answer = session.get(path)
    return ProviderAccount(
        id=text(session, path, answer, "id"),
        provider=text(session, path, answer, "provider"),
        account_id=text(session, path, answer, "provider_account_id"),
    )


def read_attachment(session: Session, network_id: str, attachment_id: str) -> Attachment:
    """One (GET /cloud-gateways/networks/{networkId}/transit-gateways/{transitGatewayId}). Raises NotFound."""
    path = f"{_attachments(network_id)}/{segment(attachment_id)}"
    return _attachment(session, path, session.get(path))


def list_attachments(session: Session, network_id: str, name: str | None = None) -> Iterator[Attachment]:
    """All of a network, or those of exactly this name (GET …/transit-gateways, `filter[name][eq]`).

    Raises NotFound when there is no such network.
    """
    path = _attachments(network_id)
    for item in numbered_pages(session, path, _named(name)):
        yield _attachment(session, path, item)


def post_attachment(
    session: Session,
    network_id: str,
    *,
    name: str,
    config: Mapping[str, str],
    cidr_blocks: Sequence[str] = (),
    dns: Sequence[DnsMapping] = (),
) -> Attachment:
    """Asks for a new attachment (POST …/transit-gateways); Konnect accepts the request and works on.

    The same call twice asks for two. After Unavailable or TimedOut it isn't known whether Konnect has it.
    Raises Conflict for a name or blocks that an attachment has already.
    """
    path = _attachments(network_id)
    body: dict[str, object] = {"name": name, _CONFIG: dict(config)}
    if cidr_blocks:
        body["cidr_blocks"] = list(cidr_blocks)
    if dns:
        body["dns_config"] = [
            {"remote_dns_server_ip_addresses": list(each.servers), "domain_proxy_list": list(each.domains)}
            for each in dns
        ]
    return _attachment(session, path, session.post(path, body))


def patch_cidr_blocks(
    session: Session, network_id: str, attachment_id: str, cidr_blocks: Sequence[str]
) -> Attachment:
    """Replaces the blocks of an attachment to an AWS transit gateway (PATCH …/{transitGatewayId})."""
    path = f"{_attachments(network_id)}/{segment(attachment_id)}"
    return _attachment(session, path, session.patch(path, {"cidr_blocks": list(cidr_blocks)}))


def delete_attachment(session: Session, network_id: str, attachment_id: str) -> None:
    """Asks to delete an attachment (DELETE …/{transitGatewayId}); Konnect works on after it has answered.

    Raises NotFound when it is gone, Invalid while it is on its way from state to state.
    """
    session.delete(f"{_attachments(network_id)}/{segment(attachment_id)}")


def _attachments(network_id: str) -> str:
    return f"{_NETWORKS}/{segment(network_id)}/transit-gateways"


def _named(name: str | None) -> dict[str, str | int]:
    return {} if name is None else {"filter[name][eq]": name}


def _network(session: Session, path: str, item: Mapping[str, object]) -> Network:
    return Network(
        id=text(session, path, item, "id"),
        name=text(session, path, item, "name"),
        region=text(session, path, item, "region"),
        cidr_block=text(session, path, item, "cidr_block"),
        availability_zones=texts(item, "availability_zones"),
        state=text(session, path, item, "state"),
        provider_account=text(session, path, item, "cloud_gateway_provider_account_id"),
    )


def _attachment(session: Session, path: str, item: Mapping[str, object]) -> Attachment:
    config = item.get(_CONFIG)
    metadata = item.get("state_metadata")
    reason = optional_text(metadata, "reason") if isinstance(metadata, Mapping) else None
    return Attachment(
        id=text(session, path, item, "id"),
        name=text(session, path, item, "name"),
        state=text(session, path, item, "state"),
        reason=(reason or "").strip(),
        cidr_blocks=texts(item, "cidr_blocks"),
        dns=_dns(item.get("dns_config")),
        config=_texts_of(config) if isinstance(config, Mapping) else {},
    )


def _dns(value: object) -> tuple[DnsMapping, ...]:
    items = value if isinstance(value, list) else ()
    return tuple(
        DnsMapping(texts(item, "remote_dns_server_ip_addresses"), texts(item, "domain_proxy_list"))
        for item in items
        if isinstance(item, Mapping)
    )


def _texts_of(config: Mapping[str, object]) -> dict[str, str]:
    return {key: value for key, value in config.items() if isinstance(value, str)}
