"""The types of `aws:ram`, as pulumi-aws 7 documents them.

https://www.pulumi.com/registry/packages/aws/api-docs/ram/
"""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

from kong_secure.sandbox.aws.provider.calls import Calls, RefusedError, doing, gone, unless_gone
from kong_secure.sandbox.aws.provider.kinds import REGION, TAGS, Input, Kind, Properties, account_or_arn, arn

_UNKNOWN: Final = "UnknownResourceException"

# --- the share ---


def _create_share(calls: Calls, inputs: Properties) -> str:
    with doing(f"creating RAM Resource Share ({inputs['name']})"):
        made = calls.ram.create_resource_share(
            name=inputs["name"],
            allowExternalPrincipals=inputs.get("allowExternalPrincipals", False),
            permissionArns=inputs.get("permissionArns", []),
            tags=[{"key": key, "value": value} for key, value in calls.all_tags(inputs).items()],
        )
    return str(made["resourceShare"]["resourceShareArn"])


def _read_share(calls: Calls, id_: str, _known: Properties) -> Properties | None:
    try:
        found = calls.ram.get_resource_shares(resourceOwner="SELF", resourceShareArns=[id_])
        permissions = calls.ram.list_resource_share_permissions(resourceShareArn=id_)["permissions"]
    except ClientError as error:
        if not gone(error, _UNKNOWN):
            raise
        return None
    share = found["resourceShares"][0]
    if share["status"] == "DELETED":
        return None
    return {
        "allowExternalPrincipals": share["allowExternalPrincipals"],
        "arn": share["resourceShareArn"],
        "name": share["name"],
        "permissionArns": [item["arn"] for item in permissions],
        **calls.tag_outputs(share.get("tags", [])),
    }


def _update_share(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    with doing(f"updating RAM Resource Share ({id_})"):
        calls.ram.update_resource_share(
            resourceShareArn=id_,
            name=new["name"],
            allowExternalPrincipals=new.get("allowExternalPrincipals", False),
        )
        before, after = old.get("tagsAll") or {}, calls.all_tags(new)
        removed = [key for key in before if key not in after]
        if removed:
            calls.ram.untag_resource(resourceShareArn=id_, tagKeys=removed)
        put = [{"key": k, "value": v} for k, v in after.items() if before.get(k) != v]
        if put:
            calls.ram.tag_resource(resourceShareArn=id_, tags=put)


def _delete_share(calls: Calls, id_: str, known: Properties) -> None:
    if _read_share(calls, id_, known) is None:
        return
    with doing(f"deleting RAM Resource Share ({id_})"), unless_gone(_UNKNOWN):
        calls.ram.delete_resource_share(resourceShareArn=id_)


SHARE: Final = Kind(
    "aws:ram/resourceShare:ResourceShare",
    "RAM Resource Share",
    {
        "allowExternalPrincipals": Input("boolean", default=False),
        "name": Input(computed=True),
        "permissionArns": Input("list", computed=True, replaces=True, unordered=True),
        "region": REGION,
        "tags": TAGS,
    },
    ("allowExternalPrincipals", "arn", "name", "permissionArns", "region", "tags", "tagsAll"),
    _create_share,
    _read_share,
    _delete_share,
    _update_share,
    named=True,
)

# --- what it holds, and whom it is for ---


def _associations(calls: Calls, share: str, **of: str) -> list[dict[str, Any]]:
    kind = "RESOURCE" if "resourceArn" in of else "PRINCIPAL"
    found = calls.ram.get_resource_share_associations(associationType=kind, resourceShareArns=[share], **of)[
        "resourceShareAssociations"
    ]
    return [item for item in found if item["status"] != "DISASSOCIATED"]


def _create_member(calls: Calls, inputs: Properties, title: str, ours: str, theirs: str) -> str:
    share, member = inputs["resourceShareArn"], inputs[ours]
    id_ = f"{share},{member}"
    with doing(f"creating {title} ({id_})"):
        already = _associations(calls, share, **{ours: member})
        if not already:
            calls.ram.associate_resource_share(resourceShareArn=share, **{theirs: [member]})
    if already:
        raise RefusedError(f"1 error occurred:\n\t* {title} ({id_}) already exists\n\n")
    if (
        ours == "resourceArn"
    ):  # an account outside of the organization must accept first, so nobody waits for it
        calls.until(
            f"waiting for {title} ({id_}) create",
            lambda: (
                [each["status"] for each in _associations(calls, share, **{ours: member})] == ["ASSOCIATED"]
            ),
        )
    return id_


def _read_member(calls: Calls, id_: str, ours: str) -> Properties | None:
    share, _, member = id_.partition(",")
    try:
        found = _associations(calls, share, **{ours: member})
    except ClientError as error:
        if not gone(error, _UNKNOWN):
            raise
        return None
    return {"resourceShareArn": share, ours: member} if found else None


def _delete_member(calls: Calls, id_: str, title: str, theirs: str) -> None:
    share, _, member = id_.partition(",")
    with doing(f"deleting {title} ({id_})"), unless_gone(_UNKNOWN):
        calls.ram.disassociate_resource_share(resourceShareArn=share, **{theirs: [member]})


_RESOURCE_TITLE: Final = "RAM Resource Association"
_PRINCIPAL_TITLE: Final = "RAM Principal Association"

RESOURCE_ASSOCIATION: Final = Kind(
    "aws:ram/resourceAssociation:ResourceAssociation",
    _RESOURCE_TITLE,
    {
        "region": REGION,
        "resourceArn": Input(required=True, replaces=True, check=arn),
        "resourceShareArn": Input(required=True, replaces=True, check=arn),
    },
    ("region", "resourceArn", "resourceShareArn"),
    lambda calls, inputs: _create_member(calls, inputs, _RESOURCE_TITLE, "resourceArn", "resourceArns"),
    lambda calls, id_, _known: _read_member(calls, id_, "resourceArn"),
    lambda calls, id_, _known: _delete_member(calls, id_, _RESOURCE_TITLE, "resourceArns"),
)

PRINCIPAL_ASSOCIATION: Final = Kind(
    "aws:ram/principalAssociation:PrincipalAssociation",
    _PRINCIPAL_TITLE,
    {
        "principal": Input(required=True, replaces=True, check=account_or_arn),
        "region": REGION,
        "resourceShareArn": Input(required=True, replaces=True, check=arn),
    },
    ("principal", "region", "resourceShareArn"),
    lambda calls, inputs: _create_member(calls, inputs, _PRINCIPAL_TITLE, "principal", "principals"),
    lambda calls, id_, _known: _read_member(calls, id_, "principal"),
    lambda calls, id_, _known: _delete_member(calls, id_, _PRINCIPAL_TITLE, "principals"),
)
