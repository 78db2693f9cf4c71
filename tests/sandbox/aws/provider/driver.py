"""What an engine does with the stand-in, one resource at a time, over the protocol."""

from dataclasses import replace
from typing import Any

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.hosting import ProviderServer
from kong_secure.sandbox.aws.provider.instances import DEFAULT_ACCOUNT
from kong_secure.sandbox.aws.provider.server import AwsProvider
from kong_secure.sandbox.engine.plugins import CheckFailure, DiffAnswer, Plugin
from kong_secure.sandbox.engine.state import Resource
from tests.sandbox.aws.accounts import REGION, Account

PROVIDER_URN = "urn:pulumi:test::test::pulumi:providers:aws::default"
Inputs = dict[str, Any]

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


class RefusedInputsError(Exception):
    """Inputs that the check refused."""

    def __init__(self, failures: tuple[CheckFailure, ...]) -> None:
        super().__init__("; ".join(f"{f.property}: {f.reason}" for f in failures))
        self.failures = failures


class Driver:
    """One provider resource, configured."""

    def __init__(self, port: int, cloud: Cloud, **config: Any) -> None:
        self.plugin = Plugin("aws", f"127.0.0.1:{port}")
        self.plugin.attach("127.0.0.1:1")
        self.plugin.configure({"region": REGION, **config}, PROVIDER_URN)
        self.account = Account(cloud, DEFAULT_ACCOUNT)

    def checked(self, token: str, inputs: Inputs, name: str = "one", old: Inputs | None = None) -> Resource:
        """The resource as wanted. Raises RefusedInputsError."""
        urn = f"urn:pulumi:test::test::{token}::{name}"
        found, failures = self.plugin.check(urn, old or {}, inputs)
        if failures:
            raise RefusedInputsError(failures)
        return Resource(urn, token, custom=True, inputs=found)

    def create(self, token: str, inputs: Inputs, name: str = "one") -> Resource:
        wanted = self.checked(token, inputs, name)
        id_, outputs = self.plugin.create(wanted, preview=False)
        return replace(wanted, id=id_, outputs=outputs)

    def diff(self, old: Resource, inputs: Inputs) -> DiffAnswer:
        return self.plugin.diff(old, replace(old, inputs=self._wanted(old, inputs)))

    def update(self, old: Resource, inputs: Inputs) -> Resource:
        new = replace(old, inputs=self._wanted(old, inputs))
        return replace(new, outputs=self.plugin.update(old, new, preview=False))

    def _wanted(self, old: Resource, inputs: Inputs) -> Inputs:
        return self.checked(old.type, inputs, old.urn.rpartition("::")[2], old.inputs).inputs

    def read(self, resource: Resource) -> Resource | None:
        id_, inputs, outputs = self.plugin.read(resource)
        return replace(resource, id=id_, inputs=inputs or {}, outputs=outputs) if id_ else None

    def delete(self, resource: Resource) -> None:
        self.plugin.delete(resource)

    def invoke(self, token: str, **args: Any) -> Inputs:
        answer, failures = self.plugin.invoke(token, args, preview=False)
        assert failures == ()
        return answer

    def close(self) -> None:
        self.plugin.close()


class StandIn:
    """A server on a cloud of its own, and the drivers that talk to it."""

    def __init__(self, patience: float = 0.0) -> None:
        self.cloud = Cloud()
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
