"""What a path asks of AWS while the program runs, through the provider that acts for the gateway's account; what
follows from the answers is decided elsewhere.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from kong_secure.components.lookups import Lookups, PathRefused, cloud_package

_CLASSES = {
    "ec2": "Route",
    "ec2transitgateway": "Route",
    "ram": "ResourceShare",
    "vpc": "SecurityGroupIngressRule",
}
_LIVE = ("initiatingRequest", "pending", "pendingAcceptance", "modifying", "available")
_TRIES, _PAUSE_SECONDS = 15, 2.0
_SETTLING_TRIES = 300


def pulumi_aws() -> Any:
    """The package of AWS's resources. Raises PathRefused where it is missing."""
    return cloud_package("AwsTransitGateway", "pulumi-aws", "aws", _CLASSES)


class AwsLookups(Lookups):
    """AWS's answers, for one component."""

    cloud, package = "AWS", "pulumi-aws"
    absence = ("no matching", "couldn't find resource", ".NotFound")

    async def region(self) -> str:
        """The region in which the provider works."""
        return str((await self.ask("aws:index/getRegion:getRegion"))["region"])

    async def account(self) -> str:
        """The account for which the provider acts."""
        return str((await self.ask("aws:index/getCallerIdentity:getCallerIdentity"))["accountId"])

    async def gateway(self, gateway_id: str) -> Mapping[str, Any]:
        """A transit gateway, as `getTransitGateway` gives it. Raises PathRefused."""
        found = await self.unless_absent(
            "aws:ec2transitgateway/getTransitGateway:getTransitGateway", id=gateway_id
        )
        if found is None:
            raise PathRefused(
                f"transit_gateway_id {gateway_id!r} isn't there for account {await self.account()} in "
                f"{await self.region()}: correct it, or give the gateway_provider of its account and region"
            )
        return found

    async def attachment(self, attachment_id: str) -> Mapping[str, Any] | None:
        """A VPC's attachment that isn't deleted, as `getVpcAttachment` gives it; AWS may show a new one late, so
        it is asked for half a minute, in a preview once. None where it is absent all that time.
        """
        for attempt in range(1 if pulumi.runtime.is_dry_run() else _TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE_SECONDS)
            found = await self.unless_absent(
                "aws:ec2transitgateway/getVpcAttachment:getVpcAttachment",
                id=attachment_id,
                filters=[{"name": "state", "values": list(_LIVE)}],
            )
            if found is not None:
                return found
        return None

    async def settle(self, attachment_id: str, associates: bool) -> None:
        """Returns once a gateway that accepts by itself has taken the attachment in: available, and in its default
        table if it associates. Before that AWS refuses routes to it and another association. Waits ten minutes at
        most, and in a preview not at all. Raises PathRefused with the state in which it stayed.
        """
        state = ""
        for attempt in range(0 if pulumi.runtime.is_dry_run() else _SETTLING_TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE_SECONDS)
            found = await self.ask(
                "aws:ec2transitgateway/getAttachment:getAttachment", transitGatewayAttachmentId=attachment_id
            )
            state, association = str(found["state"]), found.get("associationState") or ""
            # One that was taken out of the default table by an interrupted run has none, and gets none.
            none_comes = not associates or attempt >= _TRIES
            if state == "available" and (association == "associated" or (not association and none_comes)):
                return
            if state not in _LIVE:
                break
        if state:
            raise PathRefused(
                f"Kong's attachment {attachment_id} is {state} in AWS and wasn't taken in by the gateway, which "
                "accepts by itself (accept_attachment=False): see in AWS what holds it, then run `pulumi up` again"
            )
