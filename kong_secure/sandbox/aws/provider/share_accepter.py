"""ResourceShareAccepter of `aws:ram`, as pulumi-aws 7 documents it: the receiving account's half of a share.

https://www.pulumi.com/registry/packages/aws/api-docs/ram/resourceshareaccepter/
"""

from __future__ import annotations

from typing import Any, Final

from kong_secure.sandbox.aws.provider.calls import Calls, RefusedError, doing, unless_gone
from kong_secure.sandbox.aws.provider.kinds import REGION, Input, Kind, Properties, arn

_UNKNOWN: Final = "UnknownResourceException"


def _invitations(calls: Calls, share_arn: str, status: str) -> list[dict[str, Any]]:
    with doing(f"reading RAM Resource Share ({share_arn}) invitation"):
        found = calls.ram.get_resource_share_invitations()["resourceShareInvitations"]
    return [each for each in found if (each["resourceShareArn"], each["status"]) == (share_arn, status)]


def _create(calls: Calls, inputs: Properties) -> str:
    share_arn = str(inputs["shareArn"])
    found = _invitations(calls, share_arn, "PENDING")
    if not found:
        raise RefusedError(
            f"1 error occurred:\n\t* No RAM Resource Share ({share_arn}) invitation found\n\n"
            "NOTE: If both AWS accounts are in the same AWS Organization and RAM Sharing with AWS Organizations "
            "is enabled, this resource is not necessary\n\n"
        )
    invitation = found[0]["resourceShareInvitationArn"]
    with doing(f"accepting RAM Resource Share ({invitation}) invitation"):
        calls.ram.accept_resource_share_invitation(resourceShareInvitationArn=invitation)
    return share_arn


def _read(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    with doing(f"reading RAM Resource Share ({id_})"):
        found = calls.ram.get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"]
        shares = [share for share in found if share["resourceShareArn"] == id_]
        if not shares:
            return None
        resources = calls.ram.list_resources(resourceOwner="OTHER-ACCOUNTS", resourceShareArns=[id_])
    share = shares[0]
    accepted = [each["resourceShareInvitationArn"] for each in _invitations(calls, id_, "ACCEPTED")]
    return {
        "invitationArn": accepted[0] if accepted else "",
        "receiverAccountId": calls.account,
        "resources": [each["arn"] for each in resources["resources"]],
        "senderAccountId": share["owningAccountId"],
        "shareArn": id_,
        "shareId": f"rs-{id_.rpartition('/')[2]}",
        "shareName": share["name"],
        "status": share["status"],
    }


def _delete(calls: Calls, id_: str, _known: Properties) -> None:
    with doing(f"leaving RAM Resource Share ({id_})"), unless_gone(_UNKNOWN):
        calls.ram.disassociate_resource_share(resourceShareArn=id_, principals=[calls.account])


ACCEPTER: Final = Kind(
    "aws:ram/resourceShareAccepter:ResourceShareAccepter",
    "RAM Resource Share Accepter",
    {"region": REGION, "shareArn": Input(required=True, replaces=True, check=arn)},
    (
        "invitationArn",
        "receiverAccountId",
        "region",
        "resources",
        "senderAccountId",
        "shareArn",
        "shareId",
        "shareName",
        "status",
    ),
    _create,
    _read,
    _delete,
)
