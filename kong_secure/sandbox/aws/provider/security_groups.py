"""SecurityGroup of `aws:ec2` and the rules of `aws:vpc`, as pulumi-aws 7 documents them.

https://www.pulumi.com/registry/packages/aws/api-docs/vpc/securitygroupingressrule/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from botocore.exceptions import ClientError

from kong_secure.sandbox.aws.provider.calls import Calls, doing, gone, unless_gone
from kong_secure.sandbox.aws.provider.kinds import REGION, TAGS, Input, Kind, Properties, network_address
from kong_secure.sandbox.aws.provider.networks import one

_NO_GROUP: Final = "InvalidGroup.NotFound"
_NO_RULE: Final = "InvalidSecurityGroupRuleId.NotFound"
_INLINE_KEYS: Final = frozenset(
    {"protocol", "fromPort", "toPort", "cidrBlocks", "securityGroups", "self", "description"}
)

# --- SecurityGroup ---


def _inline(value: Any) -> str | None:
    for rule in value:
        unknown = sorted(set(rule) - _INLINE_KEYS - {"__defaults"})
        if unknown:
            return f"the sandbox's AWS doesn't know {', '.join(unknown)} of an inline rule"
    return None


def _permissions(group_id: str, rules: Iterable[Properties]) -> list[dict[str, Any]]:
    permissions = []
    for rule in rules:
        permission: dict[str, Any] = {"IpProtocol": rule["protocol"]}
        if rule["protocol"] != "-1":
            permission |= {"FromPort": int(rule["fromPort"]), "ToPort": int(rule["toPort"])}
        note = {"Description": rule["description"]} if rule.get("description") else {}
        groups = [*rule.get("securityGroups", []), *([group_id] if rule.get("self") else [])]
        permission["IpRanges"] = [{"CidrIp": block, **note} for block in rule.get("cidrBlocks", [])]
        permission["UserIdGroupPairs"] = [{"GroupId": group, **note} for group in groups]
        permissions.append(permission)
    return permissions


def _create_group(calls: Calls, inputs: Properties) -> str:
    with doing(f"creating Security Group ({inputs['name']})"):
        id_ = calls.ec2.create_security_group(
            GroupName=inputs["name"],
            Description=inputs["description"],
            TagSpecifications=calls.specification("security-group", inputs),
            **({"VpcId": inputs["vpcId"]} if "vpcId" in inputs else {}),
        )["GroupId"]
        # pulumi-aws takes away the rule that lets everything out
        calls.ec2.revoke_security_group_egress(GroupId=id_, IpPermissions=_all_of(calls, id_, "Egress"))
        _put_rules(calls, id_, inputs)
    return str(id_)


def _all_of(calls: Calls, id_: str, direction: str) -> list[dict[str, Any]]:
    group = calls.ec2.describe_security_groups(GroupIds=[id_])["SecurityGroups"][0]
    permissions: list[dict[str, Any]] = group["IpPermissions" + ("Egress" if direction == "Egress" else "")]
    return permissions


def _put_rules(calls: Calls, id_: str, inputs: Properties) -> None:
    if inputs.get("ingress"):
        asked = _permissions(id_, inputs["ingress"])
        calls.ec2.authorize_security_group_ingress(GroupId=id_, IpPermissions=asked)
    if inputs.get("egress"):
        asked = _permissions(id_, inputs["egress"])
        calls.ec2.authorize_security_group_egress(GroupId=id_, IpPermissions=asked)


def _read_group(calls: Calls, id_: str, known: Properties) -> Properties | None:
    group = one(calls.ec2.describe_security_groups, "SecurityGroups", _NO_GROUP, GroupIds=[id_])
    if group is None:
        return None
    return {
        "arn": f"arn:aws:ec2:{calls.region}:{group['OwnerId']}:security-group/{id_}",
        "description": group["Description"],
        "egress": [_described(id_, item) for item in group["IpPermissionsEgress"]],
        "ingress": [_described(id_, item) for item in group["IpPermissions"]],
        "name": group["GroupName"],
        "namePrefix": "",
        "ownerId": group["OwnerId"],
        "revokeRulesOnDelete": known.get("revokeRulesOnDelete", False),
        "vpcId": group.get("VpcId", ""),
        **calls.tag_outputs(group.get("Tags", [])),
    }


def _described(group_id: str, permission: dict[str, Any]) -> Properties:
    groups = [pair["GroupId"] for pair in permission.get("UserIdGroupPairs", [])]
    return {
        "cidrBlocks": [item["CidrIp"] for item in permission.get("IpRanges", [])],
        "description": "",
        "fromPort": permission.get("FromPort", 0),
        "ipv6CidrBlocks": [],
        "prefixListIds": [],
        "protocol": permission["IpProtocol"],
        "securityGroups": [group for group in groups if group != group_id],
        "self": group_id in groups,
        "toPort": permission.get("ToPort", 0),
    }


def _update_group(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    with doing(f"updating Security Group ({id_})"):
        for ours, revoke in (
            ("ingress", calls.ec2.revoke_security_group_ingress),
            ("egress", calls.ec2.revoke_security_group_egress),
        ):
            present = _all_of(calls, id_, "Egress" if ours == "egress" else "")
            if ours in new and present:
                revoke(GroupId=id_, IpPermissions=present)
        _put_rules(calls, id_, new)
        calls.retag(id_, old, new)


def _delete_group(calls: Calls, id_: str, _known: Properties) -> None:
    with doing(f"deleting Security Group ({id_})"), unless_gone(_NO_GROUP):
        calls.patiently(
            lambda: calls.ec2.delete_security_group(GroupId=id_), "DependencyViolation", "InvalidGroup.InUse"
        )


GROUP: Final = Kind(
    "aws:ec2/securityGroup:SecurityGroup",
    "Security Group",
    {
        "description": Input(default="Managed by Pulumi", replaces=True),
        "egress": Input("list", computed=True, unordered=True, check=_inline),
        "ingress": Input("list", computed=True, unordered=True, check=_inline),
        "name": Input(computed=True, replaces=True),
        "region": REGION,
        "revokeRulesOnDelete": Input("boolean", default=False),
        "tags": TAGS,
        "vpcId": Input(computed=True, replaces=True),
    },
    (
        "arn",
        "description",
        "egress",
        "ingress",
        "name",
        "namePrefix",
        "ownerId",
        "region",
        "revokeRulesOnDelete",
        "tags",
        "tagsAll",
        "vpcId",
    ),
    _create_group,
    _read_group,
    _delete_group,
    _update_group,
    named=True,
)

# --- rules of their own ---

_SOURCES: Final = ("cidrIpv4", "referencedSecurityGroupId")


def _permission(inputs: Properties) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": inputs["ipProtocol"]}
    if inputs["ipProtocol"] != "-1":
        permission |= {"FromPort": int(inputs["fromPort"]), "ToPort": int(inputs["toPort"])}
    note = {"Description": inputs["description"]} if inputs.get("description") else {}
    if "cidrIpv4" in inputs:
        permission["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], **note}]
    else:
        permission["UserIdGroupPairs"] = [{"GroupId": inputs["referencedSecurityGroupId"], **note}]
    return permission


def _create_rule(calls: Calls, inputs: Properties, direction: str) -> str:
    with doing(f"creating VPC Security Group {direction.title()} Rule"):
        authorize = getattr(calls.ec2, f"authorize_security_group_{direction}")
        made = authorize(
            GroupId=inputs["securityGroupId"],
            IpPermissions=[_permission(inputs)],
            TagSpecifications=calls.specification("security-group-rule", inputs),
        )
    return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])


def _read_rule(calls: Calls, id_: str, known: Properties) -> Properties | None:
    try:
        found = calls.ec2.describe_security_group_rules(SecurityGroupRuleIds=[id_])["SecurityGroupRules"]
    except ClientError as error:
        if not gone(error, _NO_RULE, _NO_GROUP):
            raise
        found = []
    if not found:
        return None
    rule = found[0]
    every = rule["IpProtocol"] == "-1"  # EC2 says -1 for the ports that such a rule doesn't have
    outputs = {
        "arn": f"arn:aws:ec2:{calls.region}:{calls.account}:security-group-rule/{id_}",
        "cidrIpv4": rule.get("CidrIpv4"),
        "description": rule.get("Description") or known.get("description"),
        "fromPort": None if every else rule.get("FromPort"),
        "ipProtocol": rule["IpProtocol"],
        "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
        "securityGroupId": rule["GroupId"],
        "securityGroupRuleId": id_,
        "toPort": None if every else rule.get("ToPort"),
        **calls.tag_outputs(rule.get("Tags", [])),
    }
    return {key: value for key, value in outputs.items() if value is not None}


def _update_rule(calls: Calls, id_: str, old: Properties, new: Properties) -> None:
    with doing(f"updating VPC Security Group Rule ({id_})"):
        asked: dict[str, Any] = {"IpProtocol": new["ipProtocol"]}
        if new["ipProtocol"] != "-1":
            asked |= {"FromPort": int(new["fromPort"]), "ToPort": int(new["toPort"])}
        if new.get("description"):
            asked["Description"] = new["description"]
        if "cidrIpv4" in new:
            asked["CidrIpv4"] = new["cidrIpv4"]
        else:
            asked["ReferencedGroupId"] = new["referencedSecurityGroupId"]
        calls.ec2.modify_security_group_rules(
            GroupId=new["securityGroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": id_, "SecurityGroupRule": asked}],
        )
        calls.retag(id_, old, new)


def _delete_rule(calls: Calls, id_: str, known: Properties, direction: str) -> None:
    with (
        doing(f"deleting VPC Security Group Rule ({id_})"),
        unless_gone(_NO_RULE, _NO_GROUP, "InvalidPermission.NotFound"),
    ):
        revoke = getattr(calls.ec2, f"revoke_security_group_{direction}")
        revoke(GroupId=known["securityGroupId"], SecurityGroupRuleIds=[id_])


def _complete(inputs: Properties) -> str | None:
    given = [name for name in _SOURCES if name in inputs]
    if len(given) != 1:
        return f"Exactly one of these attributes must be configured: [{','.join(_SOURCES)}]"
    if inputs["ipProtocol"] not in ("-1",) and not {"fromPort", "toPort"} <= inputs.keys():
        return "fromPort and toPort are needed unless ipProtocol is -1"
    return None


def _rule_kind(direction: str) -> Kind:
    title = direction.title()
    return Kind(
        f"aws:vpc/securityGroup{title}Rule:SecurityGroup{title}Rule",
        f"VPC Security Group {title} Rule",
        {
            "cidrIpv4": Input(check=network_address),
            "description": Input(),
            "fromPort": Input("integer"),
            "ipProtocol": Input(required=True),
            "referencedSecurityGroupId": Input(),
            "region": REGION,
            "securityGroupId": Input(required=True, replaces=True),
            "tags": TAGS,
            "toPort": Input("integer"),
        },
        (
            "arn",
            "cidrIpv4",
            "description",
            "fromPort",
            "ipProtocol",
            "referencedSecurityGroupId",
            "region",
            "securityGroupId",
            "securityGroupRuleId",
            "tags",
            "tagsAll",
            "toPort",
        ),
        lambda calls, inputs: _create_rule(calls, inputs, direction),
        _read_rule,
        lambda calls, id_, known: _delete_rule(calls, id_, known, direction),
        _update_rule,
        together=_complete,
    )


INGRESS_RULE: Final = _rule_kind("ingress")
EGRESS_RULE: Final = _rule_kind("egress")
