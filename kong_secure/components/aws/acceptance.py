"""Whether an attachment at the gateway is the one of Kong's network, and has been taken in."""

from collections.abc import Sequence
from typing import Any

import pulumi

from kong_secure.components.aws.lookups import AwsLookups
from kong_secure.components.lookups import PathRefused


def verified_attachment(
    lookups: AwsLookups,
    attachment_id: pulumi.Input[str],
    gateway_id: pulumi.Input[str],
    account: pulumi.Input[str],
) -> pulumi.Output[str]:
    """The id of the attachment, which nothing gets before AWS has said that Kong's account made it to this
    gateway; otherwise PathRefused. In a preview that doesn't know it yet nothing is asked.

    What accepts and routes takes this id: `depends_on` alone wouldn't hold it back after a refusal.
    """

    async def verified(values: Sequence[Any]) -> str:
        found_id, expected_gateway, expected_owner = map(str, values)
        found = await lookups.attachment(found_id)
        if found is None:
            raise PathRefused(
                f"Kong's attachment {found_id} is gone from AWS: run `pulumi up --refresh`, which asks Konnect "
                "how its half is and replaces what isn't there any more"
            )
        if found["vpcOwnerId"] != expected_owner:
            raise PathRefused(
                f"attachment {found_id} isn't accepted: its VPC belongs to account {found['vpcOwnerId']}, and "
                f"Kong's network is in account {expected_owner}; somebody else asks to be let in. Reject it "
                "in AWS, and ask Kong's support if Konnect itself names it"
            )
        if found["transitGatewayId"] != expected_gateway:
            raise PathRefused(
                f"attachment {found_id} isn't accepted: it is of gateway {found['transitGatewayId']}, and this "
                f"path is over {expected_gateway}; correct transit_gateway_id"
            )
        return found_id

    values = pulumi.Output.all(attachment_id, gateway_id, account)
    return values.apply(lambda known: lookups.learned(verified(known)))


def taken_in(
    lookups: AwsLookups, attachment_id: pulumi.Output[str], associates: pulumi.Input[bool]
) -> pulumi.Output[str]:
    """The id of a verified attachment, which nothing gets before the gateway, which accepts by itself, has taken it
    in. associates: whether the gateway puts what it accepts into a default table. Raises PathRefused.
    """

    async def settled(found_id: str, to_table: bool) -> str:
        await lookups.settle(found_id, to_table)
        return found_id

    values = pulumi.Output.all(attachment_id, associates)
    return values.apply(lambda known: lookups.learned(settled(*known)))
