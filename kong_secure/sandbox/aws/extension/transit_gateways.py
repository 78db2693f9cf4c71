"""Transit gateways: create, describe, modify, delete.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html
"""

from __future__ import annotations

from typing import Any, Final

from kong_secure.sandbox.aws.extension.answering import ActionResult, Ec2Answering, refuse
from kong_secure.sandbox.aws.records import AVAILABLE, PENDING, Gateway, RouteTable

_DEFAULTS: Final[dict[str, str | int]] = {
    "AmazonSideAsn": 64512,
    "AutoAcceptSharedAttachments": "disable",
    "DefaultRouteTableAssociation": "enable",
    "DefaultRouteTablePropagation": "enable",
    "DnsSupport": "enable",
    "MulticastSupport": "disable",
    "SecurityGroupReferencingSupport": "disable",
    "VpnEcmpSupport": "enable",
}
_FILTERS: Final = {
    "transit-gateway-id": lambda item: item["TransitGatewayId"],
    "owner-id": lambda item: item["OwnerId"],
    "state": lambda item: item["State"],
    "options.amazon-side-asn": lambda item: item["Options"]["AmazonSideAsn"],
    "options.association-default-route-table-id": lambda item: item["Options"].get(
        "AssociationDefaultRouteTableId"
    ),
    "options.auto-accept-shared-attachments": lambda item: item["Options"]["AutoAcceptSharedAttachments"],
    "options.default-route-table-association": lambda item: item["Options"]["DefaultRouteTableAssociation"],
    "options.default-route-table-propagation": lambda item: item["Options"]["DefaultRouteTablePropagation"],
    "options.dns-support": lambda item: item["Options"]["DnsSupport"],
    "options.propagation-default-route-table-id": lambda item: item["Options"].get(
        "PropagationDefaultRouteTableId"
    ),
    "options.vpn-ecmp-support": lambda item: item["Options"]["VpnEcmpSupport"],
}


class TransitGateways(Ec2Answering):
    """Calls on transit gateways."""

    def create_transit_gateway(self) -> ActionResult:
        """CreateTransitGateway; a default route table is made where association or propagation wants one."""
        self.error_on_dryrun()
        options = _DEFAULTS | dict(self.parameter("Options", {}))
        gateway = Gateway(
            self.account, self.region, self.parameter("Description", ""), options, state=PENDING
        )
        self.records.gateways[gateway.id] = gateway
        self.cloud.later(gateway, self.cloud.delays.gateway, state=AVAILABLE)
        self._settle_default_tables(gateway)
        self.keep_tags(gateway.id)
        return ActionResult({"TransitGateway": self._described_gateway(gateway)})

    def _settle_default_tables(self, gateway: Gateway) -> None:
        kinds = [
            kind
            for kind in ("Association", "Propagation")
            if gateway.options[f"DefaultRouteTable{kind}"] == "enable"
            and f"{kind}DefaultRouteTableId" not in gateway.options
        ]
        if not kinds:
            return
        table = RouteTable(gateway.id, gateway.owner, gateway.region)
        self.records.tables[table.id] = table
        for kind in kinds:
            gateway.options[f"{kind}DefaultRouteTableId"] = table.id

    def describe_transit_gateways(self) -> ActionResult:
        """DescribeTransitGateways: the account's own and those shared with it."""
        ids = self.parameter("TransitGatewayIds", [])
        found = [self.gateway(id_) for id_ in ids] if ids else self._visible_gateways()
        described = self.chosen((self._described_gateway(gateway) for gateway in found), _FILTERS)
        return ActionResult({"TransitGateways": described})

    def _visible_gateways(self) -> list[Gateway]:
        return [
            gateway
            for gateway in self.records.gateways.values()
            if gateway.region == self.region
            and (gateway.owner == self.account or self.records.shared_with(gateway.arn, self.account))
        ]

    def modify_transit_gateway(self) -> ActionResult:
        """ModifyTransitGateway. Naming a default table needs one of this gateway."""
        gateway = self.available_gateway(self.parameter("TransitGatewayId"), owned=True)
        options = dict(self.parameter("Options", {}))
        for kind in ("Association", "Propagation"):
            named = options.get(f"{kind}DefaultRouteTableId")
            if named is not None and self.table(named).gateway_id != gateway.id:
                raise refuse("InvalidParameterValue", f"{named} is not a route table of {gateway.id}")
            if options.get(f"DefaultRouteTable{kind}") == "disable":
                gateway.options.pop(f"{kind}DefaultRouteTableId", None)
        gateway.options.update(
            {key: value for key, value in options.items() if not key.endswith("CidrBlocks")}
        )
        gateway.description = self.parameter("Description", gateway.description)
        self._settle_default_tables(gateway)
        return ActionResult({"TransitGateway": self._described_gateway(gateway)})

    def delete_transit_gateway(self) -> ActionResult:
        """DeleteTransitGateway: refused while anything is attached. It is gone at once, and its route tables with
        it."""
        gateway = self.available_gateway(self.parameter("TransitGatewayId"), owned=True)
        left = [attachment.id for attachment in self.records.attachments_of(gateway.id)]
        if left:
            raise refuse(
                "IncorrectState", f"{gateway.id} has non-deleted VPC Attachments: {', '.join(left)}."
            )
        described = self._described_gateway(gateway) | {"State": "deleting"}
        del self.records.gateways[gateway.id]
        for table in [t for t in self.records.tables.values() if t.gateway_id == gateway.id]:
            del self.records.tables[table.id]
        for share in self.records.shares.values():
            share.resources.pop(gateway.arn, None)
        self.ec2_backend.tags.pop(gateway.id, None)
        return ActionResult({"TransitGateway": described})

    def _described_gateway(self, gateway: Gateway) -> dict[str, Any]:
        return {
            "TransitGatewayId": gateway.id,
            "TransitGatewayArn": gateway.arn,
            "State": gateway.state,
            "OwnerId": gateway.owner,
            "Description": gateway.description,
            "CreationTime": gateway.created,
            "Options": dict(gateway.options),
            "Tags": self.tags_of(gateway.id),
        }
