"""RAM: sharing a transit gateway with another account, and what that account must do to have it.

Accounts here are in no organization, so every account other than the owner is external: it gets an invitation,
and until it accepts, the association is ASSOCIATING and nothing has been shared.

https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html
"""

from __future__ import annotations

import re
from typing import Any, Final

from kong_secure.sandbox.aws.extension.answering import ActionResult, Answering, refuse
from kong_secure.sandbox.aws.records import Invitation, Share, ShareAssociation, now

DEFAULT_PERMISSION: Final = "arn:aws:ram::aws:permission/AWSRAMDefaultPermissionTransitGateway"
_ARN = re.compile(r"arn:aws:([a-z0-9-]+):([a-z0-9-]*):([0-9]{12}):([a-z-]+)/(.+)")


class Sharing(Answering):
    """Calls to RAM."""

    service = "ram"

    # --- shares ---

    def create_resource_share(self) -> ActionResult:
        """CreateResourceShare; external principals are allowed unless the call says no."""
        share = Share(
            self.account,
            self.region,
            self.parameter("name"),
            allow_external=self.parameter("allowExternalPrincipals", True),
            permissions=list(self.parameter("permissionArns", [])),
            tags={tag["key"]: tag.get("value", "") for tag in self.parameter("tags", [])},
        )
        resources, principals = self._asked_for(share)
        self.records.shares[share.arn] = share
        self._associate(share, resources, principals)
        return ActionResult({"resourceShare": _described(share)})

    def update_resource_share(self) -> ActionResult:
        """UpdateResourceShare: its name, and whether external principals are allowed from now on."""
        share = self._share()
        share.name = self.parameter("name", share.name)
        share.allow_external = self.parameter("allowExternalPrincipals", share.allow_external)
        return ActionResult({"resourceShare": _described(share)})

    def delete_resource_share(self) -> ActionResult:
        """DeleteResourceShare. Attachments that were made through it stay."""
        share = self._share()
        share.status = "DELETED"
        for association in (*share.resources.values(), *share.principals.values()):
            association.status = "DISASSOCIATED"
        self._withdraw_invitations(share, set(share.principals))
        return ActionResult({"returnValue": True})

    def get_resource_shares(self) -> ActionResult:
        """GetResourceShares: the account's own (SELF), or those that reach it (OTHER-ACCOUNTS)."""
        owner = self.parameter("resourceOwner")
        arns = self.parameter("resourceShareArns", [])
        for arn in arns:
            self._known(arn)
        found = [
            share
            for share in self.records.shares.values()
            if share.region == self.region
            and (share.owner == self.account if owner == "SELF" else share.reaches(self.account))
            and (not arns or share.arn in arns)
            and self.parameter("name", share.name) == share.name
            and self.parameter("resourceShareStatus", share.status) == share.status
        ]
        return ActionResult({"resourceShares": [_described(share) for share in found]})

    def _known(self, arn: str) -> Share:
        if _ARN.fullmatch(arn) is None:
            raise refuse("MalformedArnException", f"The specified ARN {arn} is not valid.")
        share = self.records.shares.get(arn)
        if share is None or self.account not in (share.owner, *share.principals):
            raise refuse("UnknownResourceException", f"ResourceShare {arn} could not be found.")
        return share

    def _share(self) -> Share:
        """The active share of this account that the call names."""
        share = self._known(self.parameter("resourceShareArn", self.parameter("resourceArn")))
        if share.owner != self.account or share.region != self.region:
            raise refuse("UnknownResourceException", f"ResourceShare {share.arn} could not be found.")
        if share.status != "ACTIVE":
            raise refuse("InvalidStateTransitionException", f"ResourceShare {share.arn} is not active.")
        return share

    # --- associations ---

    def associate_resource_share(self) -> ActionResult:
        """AssociateResourceShare: resources and principals into a share."""
        share = self._share()
        resources, principals = self._asked_for(share)
        self._associate(share, resources, principals)
        return ActionResult({"resourceShareAssociations": self._listed(share, resources, principals)})

    def disassociate_resource_share(self) -> ActionResult:
        """DisassociateResourceShare: out of a share again, as its owner, or oneself out of another's. Attachments
        that were made through it stay."""
        resources, principals = self.parameter("resourceArns", []), self.parameter("principals", [])
        leaves = not resources and principals == [self.account]
        share = self._known(self.parameter("resourceShareArn")) if leaves else self._share()
        for kept, names in ((share.resources, resources), (share.principals, principals)):
            for name in names:
                if name not in kept:
                    raise refuse("UnknownResourceException", f"{name} is not associated with {share.arn}.")
        listed = self._listed(share, resources, principals)
        for name in resources:
            del share.resources[name]
        for name in principals:
            del share.principals[name]
        self._withdraw_invitations(share, set(principals))
        gone = [item | {"status": "DISASSOCIATING"} for item in listed]
        return ActionResult({"resourceShareAssociations": gone})

    def _asked_for(self, share: Share) -> tuple[list[str], list[str]]:
        """What the call wants associated, refused unless the share may hold it."""
        resources, principals = self.parameter("resourceArns", []), self.parameter("principals", [])
        for arn in resources:
            self._refuse_resource(arn)
        for principal in principals:
            self._refuse_principal(share, principal)
        return resources, principals

    def _refuse_resource(self, arn: str) -> None:
        parts = _ARN.fullmatch(arn)
        if parts is None:
            raise refuse(
                "MalformedArnException",
                f"The specified resource ARN {arn} is not valid. Verify the ARN and try again.",
            )
        if parts[4] != "transit-gateway":
            raise refuse("MalformedArnException", "You cannot share the selected resource type.")
        gateway = self.records.gateways.get(parts[5])
        if (
            gateway is None
            or gateway.arn != arn
            or (gateway.owner, gateway.region) != (self.account, self.region)
        ):
            raise refuse(
                "UnknownResourceException",
                f"The resource {arn} could not be found, or isn't yours to share here.",
            )

    def _refuse_principal(self, share: Share, principal: str) -> None:
        if re.fullmatch(r"[0-9]{12}", principal) is None:
            raise refuse(
                "InvalidParameterException",
                f"Principal ID {principal} is malformed. Verify the ID and try again.",
            )
        if principal == self.account:
            raise refuse("InvalidParameterException", f"{principal} owns the resource share.")
        if not share.allow_external:
            raise refuse(
                "OperationNotPermittedException",
                "The resource you are attempting to share can only be shared within your AWS Organization. "
                f"{principal} is outside of it, and {share.name} does not allow external principals.",
            )

    def _associate(self, share: Share, resources: list[str], principals: list[str]) -> None:
        for arn in resources:
            if arn not in share.resources:
                share.resources[arn] = ShareAssociation(arn, "ASSOCIATING")
                self.cloud.later(share.resources[arn], self.cloud.delays.share, status="ASSOCIATED")
        for principal in principals:
            if principal in share.principals:
                continue
            share.principals[principal] = ShareAssociation(principal, "ASSOCIATING", external=True)
            invitation = Invitation(share.arn, share.name, share.owner, principal, share.region)
            self.records.invitations[invitation.arn] = invitation

    def _withdraw_invitations(self, share: Share, principals: set[str]) -> None:
        for invitation in self.records.invitations.values():
            concerns = invitation.share_arn == share.arn and invitation.receiver in principals
            if concerns and invitation.status == "PENDING":
                invitation.status = "EXPIRED"

    def get_resource_share_associations(self) -> ActionResult:
        """GetResourceShareAssociations, of the account's own shares."""
        kind = self.parameter("associationType")
        arns = self.parameter("resourceShareArns", [])
        for arn in arns:
            self._known(arn)
        found: list[dict[str, Any]] = []
        for share in self.records.shares.values():
            if share.owner != self.account or (arns and share.arn not in arns):
                continue
            names = list(share.resources if kind == "RESOURCE" else share.principals)
            found += self._listed(share, *((names, []) if kind == "RESOURCE" else ([], names)))
        for parameter, key in (
            ("resourceArn", "associatedEntity"),
            ("principal", "associatedEntity"),
            ("associationStatus", "status"),
        ):
            wanted = self.parameter(parameter)
            found = [item for item in found if wanted is None or item[key] == wanted]
        return ActionResult({"resourceShareAssociations": found})

    def _listed(self, share: Share, resources: list[str], principals: list[str]) -> list[dict[str, Any]]:
        pairs = [(share.resources[name], "RESOURCE") for name in resources]
        pairs += [(share.principals[name], "PRINCIPAL") for name in principals]
        return [_described_association(share, association, kind) for association, kind in pairs]

    # --- the other account's side ---

    def get_resource_share_invitations(self) -> ActionResult:
        """GetResourceShareInvitations: those sent to this account."""
        arns, shares = self.parameter("resourceShareInvitationArns"), self.parameter("resourceShareArns")
        found = [
            _described_invitation(invitation)
            for invitation in self.records.invitations.values()
            if (invitation.receiver, invitation.region) == (self.account, self.region)
            and (not arns or invitation.arn in arns)
            and (not shares or invitation.share_arn in shares)
        ]
        return ActionResult({"resourceShareInvitations": found})

    def accept_resource_share_invitation(self) -> ActionResult:
        """AcceptResourceShareInvitation: from now on the share reaches this account."""
        invitation = self._invitation()
        invitation.status = "ACCEPTED"
        association = self.records.shares[invitation.share_arn].principals[self.account]
        association.status = "ASSOCIATED"
        return ActionResult({"resourceShareInvitation": _described_invitation(invitation)})

    def reject_resource_share_invitation(self) -> ActionResult:
        """RejectResourceShareInvitation."""
        invitation = self._invitation()
        invitation.status = "REJECTED"
        self.records.shares[invitation.share_arn].principals[self.account].status = "FAILED"
        return ActionResult({"resourceShareInvitation": _described_invitation(invitation)})

    def _invitation(self) -> Invitation:
        arn = self.parameter("resourceShareInvitationArn")
        invitation = self.records.invitations.get(arn)
        if invitation is None or (invitation.receiver, invitation.region) != (self.account, self.region):
            raise refuse(
                "ResourceShareInvitationArnNotFoundException",
                f"ResourceShareInvitation {arn} could not be found.",
            )
        if invitation.status != "PENDING":
            kind = {"ACCEPTED": "AlreadyAccepted", "REJECTED": "AlreadyRejected", "EXPIRED": "Expired"}
            raise refuse(
                f"ResourceShareInvitation{kind[invitation.status]}Exception",
                f"ResourceShareInvitation {arn} is {invitation.status.lower()}.",
            )
        return invitation

    # --- lists ---

    def list_principals(self) -> ActionResult:
        """ListPrincipals: who the account's shares name (SELF), or who shares with it (OTHER-ACCOUNTS)."""
        mine = self.parameter("resourceOwner") == "SELF"
        found = [
            {
                "id": principal if mine else share.owner,
                "resourceShareArn": share.arn,
                "creationTime": association.created,
                "lastUpdatedTime": association.created,
                "external": association.external,
            }
            for share in self._seen(mine=mine)
            for principal, association in share.principals.items()
            if mine or principal == self.account
        ]
        return ActionResult({"principals": found})

    def list_resources(self) -> ActionResult:
        """ListResources: what the account shares (SELF), or what is shared with it (OTHER-ACCOUNTS)."""
        found = [
            {
                "arn": arn,
                "type": "ec2:TransitGateway",
                "resourceShareArn": share.arn,
                "status": "AVAILABLE",
                "creationTime": association.created,
                "lastUpdatedTime": association.created,
                "resourceRegionScope": "REGIONAL",
            }
            for share in self._seen(mine=self.parameter("resourceOwner") == "SELF")
            for arn, association in share.resources.items()
            if association.status == "ASSOCIATED"
        ]
        return ActionResult({"resources": found})

    def _seen(self, *, mine: bool) -> list[Share]:
        arns = self.parameter("resourceShareArns", [])
        return [
            share
            for share in self.records.shares.values()
            if (share.owner == self.account if mine else share.reaches(self.account))
            and share.status == "ACTIVE"
            and share.region == self.region
            and (not arns or share.arn in arns)
        ]

    def list_resource_share_permissions(self) -> ActionResult:
        """ListResourceSharePermissions."""
        share = self._known(self.parameter("resourceShareArn"))
        permissions = share.permissions or ([DEFAULT_PERMISSION] if share.resources else [])
        found = [
            {
                "arn": arn,
                "name": arn.rpartition("/")[2],
                "version": "1",
                "defaultVersion": True,
                "resourceType": "ec2:TransitGateway",
                "status": "ASSOCIATED",
                "isResourceTypeDefault": arn == DEFAULT_PERMISSION,
            }
            for arn in permissions
        ]
        return ActionResult({"permissions": found})

    # --- tags ---

    def tag_resource(self) -> ActionResult:
        """TagResource, of a share."""
        self._share().tags.update({tag["key"]: tag.get("value", "") for tag in self.parameter("tags", [])})
        return ActionResult({})

    def untag_resource(self) -> ActionResult:
        """UntagResource, of a share."""
        share = self._share()
        for key in self.parameter("tagKeys", []):
            share.tags.pop(key, None)
        return ActionResult({})


def _described(share: Share) -> dict[str, Any]:
    return {
        "resourceShareArn": share.arn,
        "name": share.name,
        "owningAccountId": share.owner,
        "allowExternalPrincipals": share.allow_external,
        "status": share.status,
        "featureSet": "STANDARD",
        "tags": [{"key": key, "value": value} for key, value in share.tags.items()],
        "creationTime": share.created,
        "lastUpdatedTime": now(),
    }


def _described_association(share: Share, association: ShareAssociation, kind: str) -> dict[str, Any]:
    return {
        "resourceShareArn": share.arn,
        "resourceShareName": share.name,
        "associatedEntity": association.entity,
        "associationType": kind,
        "status": association.status,
        "external": association.external,
        "creationTime": association.created,
        "lastUpdatedTime": association.created,
    }


def _described_invitation(invitation: Invitation) -> dict[str, Any]:
    return {
        "resourceShareInvitationArn": invitation.arn,
        "resourceShareName": invitation.share_name,
        "resourceShareArn": invitation.share_arn,
        "senderAccountId": invitation.sender,
        "receiverAccountId": invitation.receiver,
        "invitationTimestamp": invitation.created,
        "status": invitation.status,
    }
