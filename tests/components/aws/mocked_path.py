"""A path against Pulumi's mocks, with what AWS and Konnect would answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pulumi.runtime import mocks

from kong_secure import AwsTransitGateway
from tests.components.mocked_children import Children, Words
from tests.resources.mocked_program import Engine

NETWORK_ID = "36ae63d3-efd1-4bec-b246-62aa5d3f5695"
ATTACHMENT_ID = "0b3e7c52-1111-4bec-b246-62aa5d3f5695"
KONG, OURS, OTHER = "111111111111", "222222222222", "333333333333"
REGION = "us-east-2"
GATEWAY = "tgw-0123456789abcdef0"
KONGS_ATTACHMENT = "tgw-attach-00000000000000001"
SHARE = f"arn:aws:ram:{REGION}:{OURS}:resource-share/4b7e2c8a-1234-5678-abcd-ef1234567890"
NETWORK: dict[str, Any] = {
    "network_id": NETWORK_ID,
    "name": "production",
    "cidr_block": "10.0.0.0/16",
    "region": REGION,
    "availability_zones": ["use2-az1"],
    "state": "ready",
    "provider": "aws",
    "provider_account_id": KONG,
}
VPC: dict[str, Any] = {
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_ids": ["subnet-0123456789abcdef0"],
    "cidr_blocks": "10.8.0.0/16",
}
GIVEN: dict[str, Any] = {"network": "production", "vpcs": {"orders": VPC}}

EC2 = "aws:ec2transitgateway"
TOKENS = {
    "network": "pulumi-python:dynamic/kong-secure:KonnectNetwork",
    "attachment": "pulumi-python:dynamic/kong-secure:TransitGatewayAttachment",
    "pending": "pulumi-python:dynamic/kong-secure:AttachmentPending",
    "ready": "pulumi-python:dynamic/kong-secure:AttachmentReady",
    "waits": "pulumi:providers:pulumi-python",
    "gateway": f"{EC2}/transitGateway:TransitGateway",
    "share": "aws:ram/resourceShare:ResourceShare",
    "held": "aws:ram/resourceAssociation:ResourceAssociation",
    "allowed": "aws:ram/principalAssociation:PrincipalAssociation",
    "vpc": f"{EC2}/vpcAttachment:VpcAttachment",
    "accepter": f"{EC2}/vpcAttachmentAccepter:VpcAttachmentAccepter",
    "table": f"{EC2}/routeTable:RouteTable",
    "association": f"{EC2}/routeTableAssociation:RouteTableAssociation",
    "route": f"{EC2}/route:Route",
    "back": "aws:ec2/route:Route",
    "rule": "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
}
KINDS = {token: kind for kind, token in TOKENS.items()}
WORDS = Words(KINDS)


class TwoEnds(Engine):
    """Answers as AWS and Konnect do. owner, over: of Kong's attachment, and its gateway; absent: how often it
    isn't there yet; states: its state and its association's, one pair an answer, the last for ever; existing: the same
    of any other attachment.
    """

    def __init__(self, *, network: Mapping[str, Any] | None = None, **answers: Any) -> None:
        super().__init__()
        self.network = {**NETWORK, **(network or {})}
        self.answers = {
            "owner": KONG,
            "over": GATEWAY,
            "absent": 0,
            "region": REGION,
            "auto": "disable",
            "associates": "enable",
            "propagates": "enable",
            "states": [("available", "associated")],
            "existing": [("available", "associated")],
            **answers,
        }
        self.asked: list[mocks.MockCallArgs] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        made: dict[str, Any] = dict(args.inputs)
        arn = f"arn:aws:ec2:{REGION}:{OURS}:transit-gateway/{GATEWAY}"
        ids = {
            "network": (NETWORK_ID, self.network),
            "gateway": (GATEWAY, {"arn": arn}),
            "share": (SHARE, {"arn": SHARE}),
            "attachment": (ATTACHMENT_ID, {}),
            "pending": (f"{ATTACHMENT_ID}/pending", {"aws_attachment_id": KONGS_ATTACHMENT}),
            "ready": ("ready", {"states": ["ready"]}),
            "accepter": (str(made.get("transitGatewayAttachmentId")), {}),
        }
        made_id, more = ids.get(KINDS.get(args.typ, ""), (f"{args.name}-id", {}))
        return made_id, {**made, **more}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        self.asked.append(args)
        plain = {"getRegion": {"region": self.answers["region"]}, "getCallerIdentity": {"accountId": OURS}}
        function = args.token.rpartition(":")[2]
        if function in plain:
            return plain[function], []
        if function == "getTransitGateway":
            return self._gateway(args.args["id"]), []
        if function == "getAttachment":
            return self._attachment(args.args["transitGatewayAttachmentId"]), []
        if "refusal" in self.answers:
            return {}, [("", self.answers["refusal"])]
        if self.answers["absent"]:
            self.answers["absent"] -= 1
            return {}, [("", "no matching EC2 Transit Gateway VPC Attachment found")]
        return {"vpcOwnerId": self.answers["owner"], "transitGatewayId": self.answers["over"]}, []

    def _gateway(self, id_: str) -> dict[str, Any]:
        owner, region = self.answers.get("gateway_owner", OURS), self.answers["region"]
        return {
            "arn": f"arn:aws:ec2:{region}:{owner}:transit-gateway/{id_}",
            "ownerId": owner,
            "autoAcceptSharedAttachments": self.answers["auto"],
            "defaultRouteTableAssociation": self.answers["associates"],
            "defaultRouteTablePropagation": self.answers["propagates"],
        }

    def _attachment(self, id_: str) -> dict[str, Any]:
        key = "states" if id_ == KONGS_ATTACHMENT else "existing"
        states = self.answers[key]
        state, association = states.pop(0) if len(states) > 1 else states[0]
        return {"state": state, "associationState": association, "transitGatewayId": self.answers["over"]}


def children(
    engine: TwoEnds | None = None,
    *,
    preview: bool = False,
    then: Callable[[AwsTransitGateway], object] = lambda _path: None,
    **given: Any,
) -> Children:
    """What a path registers, by kind and name without the path's own."""
    engine = engine or TwoEnds()

    def program() -> None:
        made = {key: value() if callable(value) else value for key, value in given.items()}
        then(AwsTransitGateway("path", **{**GIVEN, **made}))

    return WORDS.children(program, engine, preview=preview)
