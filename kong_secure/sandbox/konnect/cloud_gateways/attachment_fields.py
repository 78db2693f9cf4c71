"""What the bodies of all kinds of attachments have in common (cloud-gateways: CreateTransitGatewayRequest)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kong_secure.sandbox.konnect.bodies import Body
from kong_secure.sandbox.konnect.cloud_gateways import cidr

CONFIG = "transit_gateway_attachment_config"
"""The field that holds the kind and what only that kind has."""

Name = Annotated[str, Field(min_length=1, max_length=120)]
Block = Annotated[str, cidr.CIDR_BLOCK]
Blocks = Annotated[list[Block], Field(min_length=1)]


class DnsMapping(Body):
    """Domains, and who resolves them (cloud-gateways: TransitGatewayDnsConfig)."""

    remote_dns_server_ip_addresses: Annotated[list[Annotated[str, cidr.IP_ADDRESS]], Field(min_length=1)]
    domain_proxy_list: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
