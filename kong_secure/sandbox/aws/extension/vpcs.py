"""VPCs, subnets and security groups where moto is kinder than AWS. What isn't here is moto's own.

https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html
"""

from __future__ import annotations

from typing import Any

from kong_secure.sandbox.aws.extension.answering import ActionResult, Ec2Answering, in_use, refuse


class Vpcs(Ec2Answering):
    """Calls on VPCs and what is in them."""

    def create_vpc(self) -> ActionResult:
        """CreateVpc; AWS puts a CIDR with host bits into its canonical form."""
        self.canonical("CidrBlock")
        return super().create_vpc()

    def create_subnet(self) -> ActionResult:
        """CreateSubnet; likewise, and in a zone of this region."""
        self.canonical("CidrBlock")
        zones = self.ec2_backend.describe_availability_zones()
        for parameter, known in (
            ("AvailabilityZone", [zone.name for zone in zones]),
            ("AvailabilityZoneId", [zone.zone_id for zone in zones]),
        ):
            asked = self.parameter(parameter)
            if asked is not None and asked not in known:
                raise refuse(
                    "InvalidParameterValue",
                    f"Value ({asked}) for parameter availabilityZone is invalid. "
                    f"Subnets can currently only be created in the following availability zones: "
                    f"{', '.join(known)}.",
                )
        return super().create_subnet()

    def delete_subnet(self) -> Any:
        """DeleteSubnet: refused while an attachment has its interface there."""
        id_ = self.parameter("SubnetId")
        if any(id_ in a.subnet_ids for a in self.records.attachments.values() if a.live):
            raise in_use("subnet", id_)
        answer = super().delete_subnet()
        for table in self.ec2_backend.route_tables.values():
            table._associations = {k: v for k, v in table._associations.items() if v != id_}
        self.ec2_backend.tags.pop(id_, None)
        return answer

    def delete_vpc(self) -> Any:
        """DeleteVpc: refused while it is attached to a gateway or holds security groups of its own."""
        id_ = self.parameter("VpcId")
        groups = [g for g in self.ec2_backend.groups.get(id_, {}).values() if not g.is_default]
        gateways = [g for g in self.ec2_backend.internet_gateways.values() if g.vpc and g.vpc.id == id_]
        if groups or gateways or any(a.vpc_id == id_ for a in self.records.attachments.values() if a.live):
            raise in_use("vpc", id_)
        answer = super().delete_vpc()
        self.ec2_backend.tags.pop(id_, None)
        return answer

    def delete_security_group(self) -> Any:
        """DeleteSecurityGroup: refused for a default one, and while another group's rule refers to it."""
        id_ = self.parameter("GroupId")
        group = self.ec2_backend.get_security_group_from_id(id_) if id_ else None
        if group is not None and group.is_default:
            raise refuse(
                "CannotDelete", f'the specified group: "{id_}" name: "default" cannot be deleted by a user'
            )
        for other in self.ec2_backend.groups.get(group.vpc_id, {}).values() if group is not None else ():
            rules = [*other.ingress_rules, *other.egress_rules]
            if other.id != id_ and any(rule.source_group.get("GroupId") == id_ for rule in rules):
                raise refuse("DependencyViolation", f"resource {id_} has a dependent object")
        return super().delete_security_group()

    # --- tags ---

    def create_tags(self) -> Any:
        """CreateTags; what isn't there can't be tagged."""
        self._exist(self.parameter("Resources", []))
        return super().create_tags()

    def delete_tags(self) -> Any:
        """DeleteTags."""
        self._exist(self.parameter("Resources", []))
        return super().delete_tags()

    def _exist(self, ids: list[str]) -> None:
        for id_ in ids:
            if id_.startswith("tgw-attach-"):
                self.attachment(id_)
            elif id_.startswith("tgw-rtb-"):
                self.table(id_)
            elif id_.startswith("tgw-"):
                self.gateway(id_)
