"""Which class answers the calls to which service."""

from __future__ import annotations

from typing import Any, Final

from moto.ec2.responses import EC2Response

from kong_secure.sandbox.aws.extension.attachments import Attachments
from kong_secure.sandbox.aws.extension.identity import Identity
from kong_secure.sandbox.aws.extension.internet_gateways import InternetGateways
from kong_secure.sandbox.aws.extension.route_tables import TransitRoutes
from kong_secure.sandbox.aws.extension.sharing import Sharing
from kong_secure.sandbox.aws.extension.transit_gateways import TransitGateways
from kong_secure.sandbox.aws.extension.vpc_route_tables import VpcRouteTables
from kong_secure.sandbox.aws.extension.vpcs import Vpcs


class Ec2(
    TransitGateways,
    Attachments,
    TransitRoutes,
    Vpcs,
    VpcRouteTables,
    InternetGateways,
    EC2Response,  # type: ignore[misc]
):
    """EC2: the extension first, then moto."""


RESPONSES: Final[dict[str, Any]] = {"ec2": Ec2, "ram": Sharing, "sts": Identity}
