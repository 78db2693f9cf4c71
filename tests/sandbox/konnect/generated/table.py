"""The operations for which requests are generated. One more line is all that another operation takes, as long as its
path's parameters are in `Ground.ids` and its body's rules in `entity_rules` or beside it.

Left out on purpose: what the sandbox doesn't serve, and validating an entity, whose body may be anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tests.sandbox.konnect.generated.control_plane_rules import CONTROL_PLANE
from tests.sandbox.konnect.generated.entity_rules import PLUGIN, ROUTE, SERVICE, TRANSFORMER, Entity
from tests.sandbox.konnect.generated.gateway_rules import (
    ATTACHMENT,
    CHANGED_ATTACHMENT,
    NETWORK,
    PEERING,
    RENAMED_NETWORK,
)
from tests.specification.documents import Schema
from tests.specification.operations import Operation, operations

NO_BODY = Entity(())
_BRANCHES = {ATTACHMENT: 0, PEERING: 3, CHANGED_ATTACHMENT: 1}
"""Which of its alternatives the schema of an attachment's body is."""
_BY_ID = {operation.id: operation for operation in operations()}


@dataclass(frozen=True, eq=False)
class Covered:
    """An operation, with the rules of its body. provider: of the network that it is about, where that matters."""

    id: str
    entity: Entity = NO_BODY
    provider: str = ""

    @cached_property
    def operation(self) -> Operation:
        """What the specification declares."""
        return _BY_ID[self.id]

    @cached_property
    def schema(self) -> Schema | None:
        """The schema of its body, with what is known of it besides; None where it takes none."""
        body = self.operation.body
        if body is None:
            return None
        schema: Schema = body.schemas["application/json"]
        if self.entity is ROUTE:
            # Without one it would be a route of the other kind.
            return {"oneOf": [_needing("expression", branch) for branch in schema["oneOf"]]}
        if self.entity in (ATTACHMENT, PEERING, CHANGED_ATTACHMENT):
            # The others are of kinds that the sandbox doesn't serve, or of another provider.
            return {"type": "object", **schema["oneOf"][_BRANCHES[self.entity]]}
        if self.entity is not PLUGIN:
            return schema
        # What `additions` says of one plugin's configuration is said there in a way that values are made from.
        plain = {keyword: part for keyword, part in schema.items() if keyword not in ("if", "then")}
        return {**plain, "properties": {**schema["properties"], "config": TRANSFORMER}}

    @property
    def is_core_entity(self) -> bool:
        """Whether its errors are worded in the core entities' dialect."""
        return "/core-entities/" in self.operation.path

    @property
    def takes_time(self) -> bool:
        """Whether what it writes is in a transitional state at first."""
        path, method = self.operation.path, self.operation.method
        return (
            "/cloud-gateways/" in path
            and method != "GET"
            and (method, self.entity) != ("PATCH", RENAMED_NETWORK)
        )

    @property
    def parameters(self) -> list[str]:
        """The names of its path's parameters, outermost first."""
        return [part[1:-1] for part in self.operation.path.split("/") if part.startswith("{")]

    @property
    def is_list(self) -> bool:
        """Whether it reads a collection."""
        return self.operation.method == "GET" and not self.operation.path.endswith("}")

    def __str__(self) -> str:
        return f"{self.id}-{self.provider}" if self.provider else self.id


def _needing(name: str, schema: Schema) -> Schema:
    """The schema, requiring a field if it has it."""
    return {**schema, "required": [name]} if name in schema["properties"] else schema


COVERED = (
    Covered("list-control-planes"),
    Covered("create-control-plane", CONTROL_PLANE),
    Covered("get-control-plane"),
    Covered("update-control-plane", CONTROL_PLANE),
    Covered("delete-control-plane"),
    *(
        Covered(f"{verb}-{kind}{parent}", entity if verb in ("create", "upsert") else NO_BODY)
        for kind, parent, entity in (
            ("service", "", SERVICE),
            ("route", "", ROUTE),
            ("route", "-with-service", ROUTE),
            ("plugin", "", PLUGIN),
            ("plugin", "-with-service", PLUGIN),
            ("plugin", "-with-route", PLUGIN),
        )
        for verb in ("list", "create", "get", "upsert", "delete")
    ),
    Covered("fetch-plugin-schema"),
    Covered("list-provider-accounts"),
    Covered("list-networks"),
    Covered("create-network", NETWORK),
    Covered("get-network"),
    Covered("update-network", RENAMED_NETWORK),
    Covered("delete-network"),
    Covered("list-transit-gateways"),
    Covered("create-transit-gateway", ATTACHMENT),
    Covered("create-transit-gateway", PEERING, "azure"),
    Covered("get-transit-gateway"),
    Covered("update-transit-gateway", CHANGED_ATTACHMENT),
    Covered("delete-transit-gateway"),
)
WITH_BODY = tuple(covered for covered in COVERED if covered.schema is not None)
