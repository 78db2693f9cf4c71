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
_LIVE = ("initiating", "initiatingRequest", "pending", "pendingAcceptance", "modifying", "available")
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

    async def settled(self, attachment_id: str, *, associates: bool = False) -> Mapping[str, Any] | None:
        """An attachment of any kind, as `getAttachment` gives it, once routes may lead to it and an association may be
        replaced: available, and in its default table if its gateway associates what it takes in. Waits ten minutes at
        most, then it is as it stayed; None where it is absent for half a minute. A preview looks once.
        """
        found: Mapping[str, Any] | None = None
        for attempt in range(1 if pulumi.runtime.is_dry_run() else _SETTLING_TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE_SECONDS)
            found = await self.unless_absent(
                "aws:ec2transitgateway/getAttachment:getAttachment", transitGatewayAttachmentId=attachment_id
            )
            late = attempt >= _TRIES
            if (found is None and late) or (found and not _on_its_way(found, associates and not late)):
                break
            if attempt == 1:
                state = f"is {found['state']}" if found else "isn't seen"
                pulumi.log.info(
                    f"attachment {attachment_id} {state} in AWS: waiting for it, for 10 min at most"
                )
        return found


def is_taken_in(attachment: Mapping[str, Any]) -> bool:
    """Whether routes may lead to an attachment, and its association may be replaced."""
    return attachment["state"] == "available" and not _associating(attachment)


def _on_its_way(attachment: Mapping[str, Any], association_comes: bool) -> bool:
    # One that was taken out of the default table by an interrupted run has no association, and gets none.
    missing = association_comes and not attachment.get("associationState")
    if attachment["state"] == "available":
        return missing or _associating(attachment)
    return attachment["state"] in _LIVE


def _associating(attachment: Mapping[str, Any]) -> bool:
    return attachment.get("associationState") not in (None, "", "associated")
