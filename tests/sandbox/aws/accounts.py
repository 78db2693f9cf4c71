"""Two accounts of a cloud and the calls that most tests make in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kong_secure.sandbox.aws.cloud import Cloud

REGION = "us-east-2"
OWNER = "111122223333"
KONG = "999988887777"


class Account:
    """An account, as its clients see it."""

    def __init__(self, cloud: Cloud, number: str, region: str = REGION) -> None:
        self.cloud = cloud
        self.number = number
        self.region = region

    @property
    def ec2(self) -> Any:
        return self.cloud.client("ec2", self.number, self.region)

    @property
    def ram(self) -> Any:
        return self.cloud.client("ram", self.number, self.region)

    def vpc(self, cidr: str, subnets: int = 1) -> tuple[str, list[str]]:
        """A VPC and so many subnets of it, each in a zone of its own."""
        vpc_id = self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        base = cidr.partition("/")[0].rsplit(".", 2)[0]
        made = [
            self.ec2.create_subnet(
                VpcId=vpc_id,
                CidrBlock=f"{base}.{number}.0/24",
                AvailabilityZone=f"{self.region}{'abc'[number]}",
            )["Subnet"]["SubnetId"]
            for number in range(subnets)
        ]
        return vpc_id, made

    def gateway(self, **options: str) -> dict[str, Any]:
        made: dict[str, Any] = self.ec2.create_transit_gateway(Options=options)["TransitGateway"]
        return made

    def isolated_gateway(self) -> str:
        """A gateway without default route tables."""
        made = self.gateway(DefaultRouteTableAssociation="disable", DefaultRouteTablePropagation="disable")
        return str(made["TransitGatewayId"])

    def table(self, gateway_id: str) -> str:
        made = self.ec2.create_transit_gateway_route_table(TransitGatewayId=gateway_id)
        return str(made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"])

    def attach(self, gateway_id: str, cidr: str) -> str:
        """A new VPC, attached; the attachment's id."""
        vpc_id, subnet_ids = self.vpc(cidr)
        made = self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=subnet_ids
        )
        return str(made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])

    def attachment(self, id_: str) -> dict[str, Any]:
        found = self.ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[id_])
        described: dict[str, Any] = found["TransitGatewayVpcAttachments"][0]
        return described

    def routes(self, table_id: str, **filters: str) -> dict[str, str]:
        """Destination to `static active`, `propagated active` or `static blackhole`."""
        wanted = filters or {"state": "*"}
        asked = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in wanted.items()]
        if not filters:
            asked = [{"Name": "state", "Values": ["active", "blackhole"]}]
        found = self.ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=table_id, Filters=asked)
        return {r["DestinationCidrBlock"]: f"{r['Type']} {r['State']}" for r in found["Routes"]}


class Landscape:
    """A cloud with an owner and Kong."""

    def __init__(self, cloud: Cloud | None = None) -> None:
        self.cloud = cloud or Cloud()
        self.owner = Account(self.cloud, OWNER)
        self.kong = Account(self.cloud, KONG)

    def share(self, gateway_arn: str, *, accepted: bool = True) -> str:
        """The owner shares a gateway with Kong, who accepts; the share's ARN."""
        made = self.owner.ram.create_resource_share(
            name="for-kong", resourceArns=[gateway_arn], principals=[KONG]
        )
        if accepted:
            self.accept()
        return str(made["resourceShare"]["resourceShareArn"])

    def accept(self) -> None:
        """Kong accepts every invitation."""
        for invitation in self.kong.ram.get_resource_share_invitations()["resourceShareInvitations"]:
            if invitation["status"] == "PENDING":
                arn = invitation["resourceShareInvitationArn"]
                self.kong.ram.accept_resource_share_invitation(resourceShareInvitationArn=arn)

    def pending(self, gateway: dict[str, Any], cidr: str = "10.0.0.0/16") -> str:
        """Kong's attachment to a gateway that was shared with it."""
        self.share(gateway["TransitGatewayArn"])
        return self.kong.attach(gateway["TransitGatewayId"], cidr)


@contextmanager
def refused(code: str, *words: str) -> Iterator[None]:
    """What is done inside is refused with an error code, and every word is in the message."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert [word for word in words if word not in error["Message"]] == []
