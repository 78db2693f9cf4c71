"""RAM as AWS documents it: what may be shared with whom, and what the other account must do.

https://docs.aws.amazon.com/ram/latest/APIReference/API_AssociateResourceShare.html and its neighbours
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.aws.accounts import KONG, OWNER, REGION, Account, Landscape, refused

NO_SHARE = f"arn:aws:ram:{REGION}:{OWNER}:resource-share/00000000-0000-0000-0000-000000000000"
NO_GATEWAY = f"arn:aws:ec2:{REGION}:{OWNER}:transit-gateway/tgw-00000000000000000"


def new_share(account: Account, **asked: object) -> str:
    made = account.ram.create_resource_share(name="for-kong", **asked)["resourceShare"]
    return str(made["resourceShareArn"])


def statuses(account: Account, kind: str) -> dict[str, str]:
    found = account.ram.get_resource_share_associations(associationType=kind)
    return {item["associatedEntity"]: item["status"] for item in found["resourceShareAssociations"]}


def invitations(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.ram.get_resource_share_invitations()["resourceShareInvitations"]
    return found


def test_a_resource_is_associated_at_once_and_an_external_account_only_when_it_accepts(
    landscape: Landscape,
) -> None:
    owner, kong = landscape.owner, landscape.kong
    arn = owner.gateway()["TransitGatewayArn"]
    share = new_share(owner)
    owner.ram.associate_resource_share(resourceShareArn=share, resourceArns=[arn])
    made = owner.ram.associate_resource_share(resourceShareArn=share, principals=[KONG])
    assert made["resourceShareAssociations"][0]["external"] is True
    assert statuses(owner, "RESOURCE") == {arn: "ASSOCIATED"}
    assert statuses(owner, "PRINCIPAL") == {KONG: "ASSOCIATING"}
    (invitation,) = invitations(kong)
    assert (invitation["senderAccountId"], invitation["resourceShareArn"]) == (OWNER, share)
    assert kong.ram.get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"] == []
    landscape.accept()
    assert statuses(owner, "PRINCIPAL") == {KONG: "ASSOCIATED"}
    seen = kong.ram.get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"]
    assert [item["resourceShareArn"] for item in seen] == [share]
    assert [r["arn"] for r in kong.ram.list_resources(resourceOwner="OTHER-ACCOUNTS")["resources"]] == [arn]
    assert [p["id"] for p in kong.ram.list_principals(resourceOwner="OTHER-ACCOUNTS")["principals"]] == [
        OWNER
    ]
    assert [p["id"] for p in owner.ram.list_principals(resourceOwner="SELF")["principals"]] == [KONG]


def test_associating_again_changes_nothing(landscape: Landscape) -> None:
    share = landscape.share(landscape.owner.gateway()["TransitGatewayArn"])
    landscape.owner.ram.associate_resource_share(resourceShareArn=share, principals=[KONG])
    assert statuses(landscape.owner, "PRINCIPAL") == {KONG: "ASSOCIATED"}
    assert len(invitations(landscape.kong)) == 1


def test_a_share_for_the_organization_alone_refuses_an_outsider(owner: Account) -> None:
    share = new_share(owner, allowExternalPrincipals=False)
    with refused("OperationNotPermittedException", "within your AWS Organization", KONG):
        owner.ram.associate_resource_share(resourceShareArn=share, principals=[KONG])
    owner.ram.update_resource_share(resourceShareArn=share, allowExternalPrincipals=True, name="open")
    owner.ram.associate_resource_share(resourceShareArn=share, principals=[KONG])
    assert owner.ram.get_resource_shares(resourceOwner="SELF", name="open")["resourceShares"] != []


def test_a_share_that_is_refused_is_not_made(owner: Account) -> None:
    with refused("UnknownResourceException", NO_GATEWAY):
        owner.ram.create_resource_share(name="for-kong", resourceArns=[NO_GATEWAY])
    assert owner.ram.get_resource_shares(resourceOwner="SELF")["resourceShares"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"resourceArns": [NO_GATEWAY]}, "UnknownResourceException"),
        ({"resourceArns": ["tgw-00000000000000000"]}, "MalformedArnException"),
        ({"resourceArns": [f"arn:aws:ec2:{REGION}:{OWNER}:instance/i-1"]}, "MalformedArnException"),
        ({"principals": ["kong"]}, "InvalidParameterException"),
        ({"principals": [OWNER]}, "InvalidParameterException"),
    ],
)
def test_what_cannot_be_shared_is_refused(owner: Account, asked: dict[str, list[str]], code: str) -> None:
    share = new_share(owner)
    with refused(code, next(iter(asked.values()))[0] if "instance" not in str(asked) else "resource type"):
        owner.ram.associate_resource_share(resourceShareArn=share, **asked)


def test_another_accounts_gateway_or_region_cannot_be_shared(landscape: Landscape) -> None:
    foreign = landscape.kong.gateway()["TransitGatewayArn"]
    elsewhere = Account(landscape.cloud, OWNER, "eu-central-1").gateway()["TransitGatewayArn"]
    share = new_share(landscape.owner)
    for arn in (foreign, elsewhere):
        with refused("UnknownResourceException", arn):
            landscape.owner.ram.associate_resource_share(resourceShareArn=share, resourceArns=[arn])


def test_disassociating_takes_the_share_from_the_account_again(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    share = landscape.share(gateway["TransitGatewayArn"])
    landscape.owner.ram.disassociate_resource_share(resourceShareArn=share, principals=[KONG])
    assert statuses(landscape.owner, "PRINCIPAL") == {}
    assert landscape.kong.ram.get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"] == []
    with refused("UnknownResourceException", KONG):
        landscape.owner.ram.disassociate_resource_share(resourceShareArn=share, principals=[KONG])


def test_who_is_named_again_must_accept_again(landscape: Landscape) -> None:
    share = landscape.share(landscape.owner.gateway()["TransitGatewayArn"])
    landscape.owner.ram.disassociate_resource_share(resourceShareArn=share, principals=[KONG])
    landscape.owner.ram.associate_resource_share(resourceShareArn=share, principals=[KONG])
    assert statuses(landscape.owner, "PRINCIPAL") == {KONG: "ASSOCIATING"}
    assert [item["status"] for item in invitations(landscape.kong)] == ["ACCEPTED", "PENDING"]


def test_a_resource_taken_out_is_no_longer_shared(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    share = landscape.share(gateway["TransitGatewayArn"])
    arns = [gateway["TransitGatewayArn"]]
    landscape.owner.ram.disassociate_resource_share(resourceShareArn=share, resourceArns=arns)
    assert landscape.kong.ec2.describe_transit_gateways()["TransitGateways"] == []


def accept(account: Account) -> Callable[..., Any]:
    answer: Callable[..., Any] = account.ram.accept_resource_share_invitation
    return answer


def test_an_invitation_is_answered_once(landscape: Landscape) -> None:
    landscape.share(landscape.owner.gateway()["TransitGatewayArn"], accepted=False)
    arn = invitations(landscape.kong)[0]["resourceShareInvitationArn"]
    with refused("ResourceShareInvitationArnNotFoundException"):
        accept(landscape.owner)(resourceShareInvitationArn=arn)
    accept(landscape.kong)(resourceShareInvitationArn=arn)
    with refused("ResourceShareInvitationAlreadyAcceptedException"):
        accept(landscape.kong)(resourceShareInvitationArn=arn)
    with refused("ResourceShareInvitationAlreadyAcceptedException"):
        landscape.kong.ram.reject_resource_share_invitation(resourceShareInvitationArn=arn)


def test_a_rejected_invitation_fails_the_association(landscape: Landscape) -> None:
    landscape.share(landscape.owner.gateway()["TransitGatewayArn"], accepted=False)
    arn = invitations(landscape.kong)[0]["resourceShareInvitationArn"]
    landscape.kong.ram.reject_resource_share_invitation(resourceShareInvitationArn=arn)
    assert statuses(landscape.owner, "PRINCIPAL") == {KONG: "FAILED"}
    with refused("ResourceShareInvitationAlreadyRejectedException"):
        accept(landscape.kong)(resourceShareInvitationArn=arn)


def test_an_invitation_ends_with_its_share(landscape: Landscape) -> None:
    share = landscape.share(landscape.owner.gateway()["TransitGatewayArn"], accepted=False)
    landscape.owner.ram.delete_resource_share(resourceShareArn=share)
    arn = invitations(landscape.kong)[0]["resourceShareInvitationArn"]
    with refused("ResourceShareInvitationExpiredException"):
        accept(landscape.kong)(resourceShareInvitationArn=arn)


def test_a_deleted_share_stays_visible_as_deleted_and_can_hold_nothing(owner: Account) -> None:
    share = new_share(owner)
    owner.ram.delete_resource_share(resourceShareArn=share)
    (seen,) = owner.ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]
    assert seen["status"] == "DELETED"
    with refused("InvalidStateTransitionException"):
        owner.ram.associate_resource_share(resourceShareArn=share, principals=[KONG])


def test_an_unknown_share_is_an_error_and_no_empty_list(owner: Account) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: owner.ram.associate_resource_share(resourceShareArn=NO_SHARE, principals=[KONG]),
        lambda: owner.ram.delete_resource_share(resourceShareArn=NO_SHARE),
        lambda: owner.ram.get_resource_shares(resourceOwner="SELF", resourceShareArns=[NO_SHARE]),
        lambda: owner.ram.list_resource_share_permissions(resourceShareArn=NO_SHARE),
        lambda: owner.ram.get_resource_share_associations(
            associationType="RESOURCE", resourceShareArns=[NO_SHARE]
        ),
    ]
    for call in calls:
        with refused("UnknownResourceException", NO_SHARE):
            call()


def test_another_account_may_not_change_a_share(landscape: Landscape) -> None:
    share = landscape.share(landscape.owner.gateway()["TransitGatewayArn"])
    with refused("UnknownResourceException"):
        landscape.kong.ram.delete_resource_share(resourceShareArn=share)


def test_permissions_and_tags_of_a_share(owner: Account) -> None:
    share = new_share(
        owner, resourceArns=[owner.gateway()["TransitGatewayArn"]], tags=[{"key": "a", "value": "1"}]
    )
    permissions = owner.ram.list_resource_share_permissions(resourceShareArn=share)["permissions"]
    assert [item["name"] for item in permissions] == ["AWSRAMDefaultPermissionTransitGateway"]
    owner.ram.tag_resource(resourceShareArn=share, tags=[{"key": "b", "value": "2"}])
    owner.ram.untag_resource(resourceShareArn=share, tagKeys=["a"])
    (seen,) = owner.ram.get_resource_shares(resourceOwner="SELF")["resourceShares"]
    assert seen["tags"] == [{"key": "b", "value": "2"}]


def test_a_gateway_that_is_gone_has_left_its_share(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    landscape.share(gateway["TransitGatewayArn"])
    landscape.owner.ec2.delete_transit_gateway(TransitGatewayId=gateway["TransitGatewayId"])
    assert statuses(landscape.owner, "RESOURCE") == {}


def test_an_account_leaves_a_share_and_takes_nobody_else_out_of_it(landscape: Landscape) -> None:
    gateway = landscape.owner.gateway()
    share = landscape.share(gateway["TransitGatewayArn"])
    with refused("UnknownResourceException", share):
        landscape.kong.ram.disassociate_resource_share(
            resourceShareArn=share, resourceArns=[gateway["TransitGatewayArn"]]
        )
    landscape.kong.ram.disassociate_resource_share(resourceShareArn=share, principals=[KONG])
    with refused("InvalidTransitGatewayID.NotFound"):
        landscape.kong.attach(gateway["TransitGatewayId"], "10.0.0.0/16")
