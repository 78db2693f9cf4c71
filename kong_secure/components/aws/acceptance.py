"""Whether attachments at the gateway are what they should be: Kong's that of its network, others of this gateway, and
all of them taken in. Nothing else of a path gets their ids before.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from kong_secure.components.aws.lookups import AwsLookups, is_taken_in
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
    lookups: AwsLookups, whose: str, attachment_id: pulumi.Output[str], associates: pulumi.Input[Any]
) -> pulumi.Output[str]:
    """The id of an attachment, which nothing gets before a gateway that accepts by itself has taken it in: before that
    AWS refuses routes to it and another association. whose: as in "Kong's attachment". associates: whether the gateway
    puts what it accepts into a default table. Otherwise PathRefused. A preview doesn't look.
    """

    async def settled(values: Sequence[Any]) -> str:
        found_id, to_table = str(values[0]), values[1] is True
        if pulumi.runtime.is_dry_run():
            return found_id
        found = await lookups.settled(found_id, associates=to_table)
        if found is None or not is_taken_in(found):
            raise PathRefused(
                f"{whose} {found_id} is {_state(found)} in AWS and wasn't taken in by the gateway, which accepts by "
                "itself (accept_attachment=False): see in AWS what holds it, then run `pulumi up` again"
            )
        return found_id

    values = pulumi.Output.all(attachment_id, associates)
    return values.apply(lambda known: lookups.learned(settled(known)))


def existing(
    lookups: AwsLookups, label: str, attachment_id: pulumi.Output[str], gateway_id: pulumi.Output[str]
) -> pulumi.Output[str]:
    """The id of an attachment that somebody else made, which nothing gets unless it is of this gateway and, but for
    previews, before it is available. label: of the input. Otherwise PathRefused.
    """

    async def found_there(values: Sequence[Any]) -> str:
        found_id, expected = map(str, values)
        found = await lookups.settled(found_id)
        if found is not None and found["transitGatewayId"] != expected:
            raise PathRefused(
                f"{label} {found_id!r} is of gateway {found['transitGatewayId']}, and this path is over {expected}: "
                "correct it, or transit_gateway_id"
            )
        if not pulumi.runtime.is_dry_run() and (found is None or not is_taken_in(found)):
            raise PathRefused(
                f"{label} {found_id!r} is {_state(found)} in AWS, and no route leads to it before it is available: "
                "accept it, or correct the id"
            )
        return found_id

    values = pulumi.Output.all(attachment_id, gateway_id)
    return values.apply(lambda known: lookups.learned(found_there(known)))


def _state(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "absent"
    waits = found["state"] == "available" and not is_taken_in(found)
    return str(found["associationState"] if waits else found["state"])
