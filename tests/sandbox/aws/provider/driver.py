"""What an engine does with the stand-in, one resource at a time, over the protocol."""

from typing import Any

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.provider.instances import DEFAULT_ACCOUNT
from kong_secure.sandbox.aws.provider.server import AwsProvider
from kong_secure.sandbox.provider_stand_in.listening import ProviderServer
from tests.sandbox.aws.accounts import REGION, Account
from tests.sandbox.provider_driver import ProviderDriver

GATEWAY = "aws:ec2transitgateway/transitGateway:TransitGateway"
TABLE = "aws:ec2transitgateway/routeTable:RouteTable"
ASSOCIATION = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
PROPAGATION = "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
TRANSIT_ROUTE = "aws:ec2transitgateway/route:Route"
VPC_ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
ACCEPTER = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"
SHARE = "aws:ram/resourceShare:ResourceShare"
RESOURCE_ASSOCIATION = "aws:ram/resourceAssociation:ResourceAssociation"
PRINCIPAL_ASSOCIATION = "aws:ram/principalAssociation:PrincipalAssociation"
SHARE_ACCEPTER = "aws:ram/resourceShareAccepter:ResourceShareAccepter"
VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE = "aws:ec2/route:Route"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
INTERNET_ATTACHMENT = "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


class Driver(ProviderDriver):
    """One provider resource, configured, and the default account beside it."""

    def __init__(self, port: int, cloud: Cloud, **config: Any) -> None:
        super().__init__("aws", port, {"region": REGION, **config})
        self.account = Account(cloud, DEFAULT_ACCOUNT)


class StandIn:
    """A server on a cloud of its own, and the drivers that talk to it."""

    def __init__(self, patience: float = 0.0, cloud: Cloud | None = None) -> None:
        self.cloud = cloud or Cloud()
        self.saves = 0
        self._server = ProviderServer(AwsProvider(self.cloud, self._save, patience=patience))
        self._drivers: list[Driver] = []

    def _save(self) -> None:
        self.saves += 1

    @property
    def port(self) -> int:
        return self._server.port

    def driver(self, **config: Any) -> Driver:
        self._drivers.append(Driver(self._server.port, self.cloud, **config))
        return self._drivers[-1]

    def close(self) -> None:
        for driver in self._drivers:
            driver.close()
        self._server.close()
