"""Route tables of transit gateways: which attachment uses which table, and what is in it.

https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from kong_secure.sandbox.aws import routing
from kong_secure.sandbox.aws.extension import vpc_blocks
from kong_secure.sandbox.aws.extension.answering import ActionResult, Ec2Answering, network, refuse
from kong_secure.sandbox.aws.records import (
    ASSOCIATED,
    ASSOCIATING,
    AVAILABLE,
    DISASSOCIATING,
    PENDING,
    Attachment,
    RouteTable,
)
from kong_secure.sandbox.aws.routing import TransitRoute

_TABLE_FILTERS: Final = {
    "default-association-route-table": lambda item: str(item["DefaultAssociationRouteTable"]).lower(),
    "default-propagation-route-table": lambda item: str(item["DefaultPropagationRouteTable"]).lower(),
    "state": lambda item: item["State"],
    "transit-gateway-id": lambda item: item["TransitGatewayId"],
    "transit-gateway-route-table-id": lambda item: item["TransitGatewayRouteTableId"],
}
_MEMBER_FILTERS: Final = {
    "resource-id": lambda item: item["ResourceId"],
    "resource-type": lambda item: item["ResourceType"],
    "transit-gateway-attachment-id": lambda item: item["TransitGatewayAttachmentId"],
}
_ATTACHMENT_FILTERS: Final = {
    "transit-gateway-route-table-id": lambda item: item["TransitGatewayRouteTableId"]
}
_DISASSOCIATED: Final = "InvalidAssociation.NotFound"


class RouteTables(Ec2Answering):
    """Calls on route tables and their members; those on routes are in TransitRoutes."""

    def create_transit_gateway_route_table(self) -> ActionResult:
        """CreateTransitGatewayRouteTable, by the gateway's owner."""
        gateway = self.available_gateway(self.parameter("TransitGatewayId"), owned=True)
        table = RouteTable(gateway.id, self.account, self.region, state=PENDING)
        self.records.tables[table.id] = table
        self.cloud.later(table, self.cloud.delays.table, state=AVAILABLE)
        self.keep_tags(table.id)
        return ActionResult({"TransitGatewayRouteTable": self._described_table(table)})

    def describe_transit_gateway_route_tables(self) -> ActionResult:
        """DescribeTransitGatewayRouteTables, for the gateway's owner alone."""
        ids = self.parameter("TransitGatewayRouteTableIds", [])
        found = (
            [self.table(id_) for id_ in ids]
            if ids
            else [
                table
                for table in self.records.tables.values()
                if (table.owner, table.region) == (self.account, self.region)
            ]
        )
        described = self.chosen(map(self._described_table, found), _TABLE_FILTERS)
        return ActionResult({"TransitGatewayRouteTables": described})

    def delete_transit_gateway_route_table(self) -> ActionResult:
        """DeleteTransitGatewayRouteTable: refused while an attachment is associated, or for a default one."""
        table = self.table(self.parameter("TransitGatewayRouteTableId"))
        associated = [a.id for a in self.records.attachments.values() if a.table_id == table.id]
        if associated:
            raise refuse("IncorrectState", f"{table.id} has associations: {', '.join(associated)}.")
        described = self._described_table(table)
        if described["DefaultAssociationRouteTable"] or described["DefaultPropagationRouteTable"]:
            raise refuse("IncorrectState", f"{table.id} is a default route table of {table.gateway_id}.")
        del self.records.tables[table.id]
        self.ec2_backend.tags.pop(table.id, None)
        return ActionResult({"TransitGatewayRouteTable": described | {"State": "deleting"}})

    def _described_table(self, table: RouteTable) -> dict[str, Any]:
        gateway = self.records.gateways[table.gateway_id]
        return {
            "TransitGatewayRouteTableId": table.id,
            "TransitGatewayId": table.gateway_id,
            "State": table.state,
            "DefaultAssociationRouteTable": gateway.default_table("Association") == table.id,
            "DefaultPropagationRouteTable": gateway.default_table("Propagation") == table.id,
            "CreationTime": table.created,
            "Tags": self.tags_of(table.id),
        }

    # --- associations: an attachment has at most one ---

    def associate_transit_gateway_route_table(self) -> ActionResult:
        """AssociateTransitGatewayRouteTable: refused while another association stands."""
        table, attachment = self._pair()
        if attachment.table_id is not None:
            raise refuse(
                "Resource.AlreadyAssociated",
                f"Transit Gateway Attachment {attachment.id} is already associated to a route table.",
            )
        attachment.table_id, attachment.table_state = table.id, ASSOCIATING
        self.cloud.later(attachment, self.cloud.delays.association, table_state=ASSOCIATED)
        return ActionResult({"Association": _member(attachment, attachment.table_state, table)})

    def disassociate_transit_gateway_route_table(self) -> ActionResult:
        """DisassociateTransitGatewayRouteTable."""
        table = self.table(self.parameter("TransitGatewayRouteTableId"))
        attachment = self.attachment(self.parameter("TransitGatewayAttachmentId"), owned=True)
        if attachment.table_id != table.id:
            raise refuse(_DISASSOCIATED, f"{attachment.id} is not associated with {table.id}")
        if attachment.table_state != ASSOCIATED:
            raise refuse("IncorrectState", f"the association of {attachment.id} is in invalid state")
        attachment.table_state = DISASSOCIATING
        self.cloud.later(attachment, self.cloud.delays.association, table_id=None)
        return ActionResult({"Association": _member(attachment, DISASSOCIATING, table)})

    def get_transit_gateway_route_table_associations(self) -> ActionResult:
        """GetTransitGatewayRouteTableAssociations."""
        table = self.table(self.parameter("TransitGatewayRouteTableId"))
        members = [
            _member(attachment, attachment.table_state)
            for attachment in self.records.attachments.values()
            if attachment.table_id == table.id
        ]
        return ActionResult({"Associations": self.chosen(members, _MEMBER_FILTERS)})

    # --- propagations: an attachment may have many ---

    def enable_transit_gateway_route_table_propagation(self) -> ActionResult:
        """EnableTransitGatewayRouteTablePropagation."""
        table, attachment = self._pair()
        if attachment.id in table.propagations:
            raise refuse(
                "TransitGatewayRouteTablePropagation.Duplicate",
                f"Propagation already exists between {attachment.id} and {table.id}",
            )
        table.propagations.append(attachment.id)
        return ActionResult({"Propagation": _member(attachment, "enabled", table)})

    def disable_transit_gateway_route_table_propagation(self) -> ActionResult:
        """DisableTransitGatewayRouteTablePropagation."""
        table = self.table(self.parameter("TransitGatewayRouteTableId"))
        attachment = self.attachment(self.parameter("TransitGatewayAttachmentId"), owned=True)
        if attachment.id not in table.propagations:
            raise refuse(
                "TransitGatewayRouteTablePropagation.NotFound",
                f"No propagation exists between {attachment.id} and {table.id}",
            )
        table.propagations.remove(attachment.id)
        return ActionResult({"Propagation": _member(attachment, "disabled", table)})

    def get_transit_gateway_route_table_propagations(self) -> ActionResult:
        """GetTransitGatewayRouteTablePropagations."""
        table = self.table(self.parameter("TransitGatewayRouteTableId"))
        members = [_member(self.records.attachments[id_], "enabled") for id_ in table.propagations]
        return ActionResult({"TransitGatewayRouteTablePropagations": self.chosen(members, _MEMBER_FILTERS)})

    def get_transit_gateway_attachment_propagations(self) -> ActionResult:
        """GetTransitGatewayAttachmentPropagations: the tables that an attachment's routes go into."""
        attachment = self.attachment(self.parameter("TransitGatewayAttachmentId"), owned=True)
        tables = [
            {"TransitGatewayRouteTableId": table.id, "State": "enabled"}
            for table in self.records.tables.values()
            if attachment.id in table.propagations
        ]
        chosen = self.chosen(tables, _ATTACHMENT_FILTERS)
        return ActionResult({"TransitGatewayAttachmentPropagations": chosen})

    def _pair(self) -> tuple[RouteTable, Attachment]:
        table = self.available_table(self.parameter("TransitGatewayRouteTableId"))
        attachment = self.available_attachment(self.parameter("TransitGatewayAttachmentId"))
        if attachment.gateway_id != table.gateway_id:
            raise refuse(
                "InvalidParameterValue",
                f"{attachment.id} and {table.id} do not belong to the same transit gateway",
            )
        return table, attachment


class TransitRoutes(RouteTables):
    """Calls on the routes of a table."""

    def create_transit_gateway_route(self) -> ActionResult:
        """CreateTransitGatewayRoute: one static route a destination, to an attachment or a blackhole."""
        table, destination, target = self._route_asked_for()
        if str(destination) in table.static:
            raise refuse(
                "RouteAlreadyExists",
                f"Route in Transit Gateway Route Table {table.id} with destination {destination} already exists",
            )
        return self._put(table, destination, target)

    def replace_transit_gateway_route(self) -> ActionResult:
        """ReplaceTransitGatewayRoute: the static route of a destination leads elsewhere."""
        table, destination, target = self._route_asked_for()
        if str(destination) not in table.static:
            raise _no_route(table, destination)
        return self._put(table, destination, target)

    def delete_transit_gateway_route(self) -> ActionResult:
        """DeleteTransitGatewayRoute: static ones alone."""
        table = self.table(self.parameter("TransitGatewayRouteTableId"))
        destination = network(self.parameter("DestinationCidrBlock"))
        if str(destination) not in table.static:
            raise _no_route(table, destination)
        found = next(r for r in self._routes(table) if r.static and r.destination == destination)
        del table.static[str(destination)]
        return ActionResult({"Route": _described_route(found) | {"State": "deleted"}})

    def _route_asked_for(self) -> tuple[RouteTable, IPv4Network, str | None]:
        table = self.available_table(self.parameter("TransitGatewayRouteTableId"))
        destination = network(self.parameter("DestinationCidrBlock"))
        target, blackhole = self.parameter("TransitGatewayAttachmentId"), self.parameter("Blackhole", False)
        if bool(target) == bool(blackhole):
            raise refuse(
                "InvalidParameterCombination" if target else "MissingParameter",
                "A route needs either a transit gateway attachment or to be a blackhole",
            )
        if target and self.available_attachment(target).gateway_id != table.gateway_id:
            raise refuse("InvalidParameterValue", f"{target} is not attached to {table.gateway_id}")
        return table, destination, target

    def _put(self, table: RouteTable, destination: IPv4Network, target: str | None) -> ActionResult:
        table.static[str(destination)] = target
        found = next(r for r in self._routes(table) if r.static and r.destination == destination)
        return ActionResult({"Route": _described_route(found)})

    def search_transit_gateway_routes(self) -> ActionResult:
        """SearchTransitGatewayRoutes, with at least one filter."""
        table = self.table(self.parameter("TransitGatewayRouteTableId"))
        filters = self._filters_from_querystring()
        if not filters:
            raise refuse("MissingParameter", "The request must contain the parameter Filters")
        found = self._routes(table)
        for name in [name for name in filters if name.startswith("route-search.")]:
            found = _searched(found, name, filters.pop(name))
        described = [item for item in map(_described_route, found) if _route_matches(item, filters)]
        limit = int(self.parameter("MaxResults", 1000))
        return ActionResult(
            {"Routes": described[:limit], "AdditionalRoutesAvailable": len(described) > limit}
        )

    def _routes(self, table: RouteTable) -> list[TransitRoute]:
        return routing.routes(
            table, self.records, lambda attachment: vpc_blocks.blocks(self.cloud, attachment)
        )


def _route_matches(item: dict[str, Any], filters: dict[str, list[str]]) -> bool:
    attachments = item.get("TransitGatewayAttachments", [])
    values = {
        "attachment.resource-id": [a["ResourceId"] for a in attachments],
        "attachment.resource-type": [a["ResourceType"] for a in attachments],
        "attachment.transit-gateway-attachment-id": [a["TransitGatewayAttachmentId"] for a in attachments],
        "state": [item["State"]],
        "type": [item["Type"]],
    }
    for name, wanted in filters.items():
        if name not in values:
            raise refuse("InvalidParameterValue", f"The filter '{name}' is invalid")
        if not set(values[name]) & set(wanted):
            return False
    return True


def _searched(found: list[TransitRoute], name: str, values: list[str]) -> list[TransitRoute]:
    kept: list[TransitRoute] = []
    for value in values:
        if name == "route-search.longest-prefix-match":
            best = routing.longest_prefix(found, IPv4Address(value.partition("/")[0]))
            kept += [best] if best is not None else []
            continue
        wanted = network(value)
        if name == "route-search.exact-match":
            kept += [route for route in found if route.destination == wanted]
        elif name == "route-search.subnet-of-match":
            kept += [route for route in found if route.destination.subnet_of(wanted)]
        elif name == "route-search.supernet-of-match":
            kept += [route for route in found if route.destination.supernet_of(wanted)]
        else:
            raise refuse("InvalidParameterValue", f"The filter '{name}' is invalid")
    return kept


def _no_route(table: RouteTable, destination: IPv4Network) -> Exception:
    return refuse(
        "InvalidRoute.NotFound",
        f"No static route with destination {destination} exists in Transit Gateway Route Table {table.id}",
    )


def _described_route(route: TransitRoute) -> dict[str, Any]:
    described: dict[str, Any] = {
        "DestinationCidrBlock": str(route.destination),
        "Type": "static" if route.static else "propagated",
        "State": "active" if route.active else "blackhole",
    }
    if route.attachment is not None:
        described["TransitGatewayAttachments"] = [
            {
                "ResourceId": route.attachment.vpc_id,
                "ResourceType": "vpc",
                "TransitGatewayAttachmentId": route.attachment.id,
            }
        ]
    return described


def _member(attachment: Attachment, state: str, table: RouteTable | None = None) -> dict[str, Any]:
    described = {
        "TransitGatewayAttachmentId": attachment.id,
        "ResourceId": attachment.vpc_id,
        "ResourceType": "vpc",
        "State": state,
    }
    return described if table is None else described | {"TransitGatewayRouteTableId": table.id}
