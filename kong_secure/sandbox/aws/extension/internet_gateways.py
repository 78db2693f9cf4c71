"""Internet gateways where moto is kinder than AWS. What isn't here is moto's own.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
"""

from __future__ import annotations

from typing import Any

from kong_secure.sandbox.aws.extension.answering import Ec2Answering, refuse


class InternetGateways(Ec2Answering):
    """Calls on internet gateways."""

    def attach_internet_gateway(self) -> Any:
        """AttachInternetGateway: a VPC has at most one."""
        vpc = self.ec2_backend.get_vpc(self.parameter("VpcId"))
        for other in self.ec2_backend.internet_gateways.values():
            if other.vpc is not None and other.vpc.id == vpc.id:
                raise refuse(
                    "InvalidParameterValue", f"Network {vpc.id} already has an internet gateway attached"
                )
        return super().attach_internet_gateway()

    def detach_internet_gateway(self) -> Any:
        """DetachInternetGateway: refused while something in the VPC has a public address through it."""
        vpc_id = self.parameter("VpcId")
        if any(
            nat.vpc_id == vpc_id and nat.connectivity_type == "public" and nat.state == "available"
            for nat in self.ec2_backend.nat_gateways.values()
        ):
            raise refuse(
                "DependencyViolation",
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) "
                f"before detaching the gateway.",
            )
        return super().detach_internet_gateway()

    def delete_internet_gateway(self) -> Any:
        """DeleteInternetGateway; its tags go with it."""
        id_ = self.parameter("InternetGatewayId")
        answer = super().delete_internet_gateway()
        self.ec2_backend.tags.pop(id_, None)
        return answer
