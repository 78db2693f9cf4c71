"""What the sandbox's AWS keeps besides moto's own: transit gateways, their attachments and route tables,
resource shares and invitations. Records only; what may be done to them is decided in `extension`.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

ARN_PARTITION = "aws"

PENDING = "pending"
AVAILABLE = "available"
PENDING_ACCEPTANCE = "pendingAcceptance"
REJECTED = "rejected"
DELETING = "deleting"
DELETED = "deleted"

ASSOCIATING = "associating"
ASSOCIATED = "associated"
DISASSOCIATING = "disassociating"


def new_id(prefix: str) -> str:
    """An identifier as EC2 makes them: the prefix and 17 hex digits."""
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


@dataclass
class Gateway:
    """A transit gateway. Its default route tables are named in its options where it has them."""

    owner: str
    region: str
    description: str
    options: dict[str, str | int]
    id: str = field(default_factory=lambda: new_id("tgw"))
    created: datetime = field(default_factory=now)
    state: str = AVAILABLE

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:{ARN_PARTITION}:ec2:{self.region}:{self.owner}:transit-gateway/{self.id}"

    def default_table(self, kind: str) -> str | None:
        """The id of the table for default `Association` or `Propagation`, where that is enabled."""
        if self.options[f"DefaultRouteTable{kind}"] != "enable":
            return None
        return str(self.options[f"{kind}DefaultRouteTableId"])


@dataclass
class Attachment:
    """A VPC's attachment to a transit gateway; `table_id` names the one route table it is associated with, or is
    about to be or no longer to be."""

    gateway_id: str
    gateway_owner: str
    vpc_id: str
    vpc_owner: str
    region: str
    subnet_ids: list[str]
    options: dict[str, str]
    state: str
    table_id: str | None = None
    id: str = field(default_factory=lambda: new_id("tgw-attach"))
    created: datetime = field(default_factory=now)
    table_state: str = ASSOCIATED

    @property
    def live(self) -> bool:
        """Whether it counts as one of its gateway's attachments."""
        return self.state in (PENDING, AVAILABLE, PENDING_ACCEPTANCE, DELETING)

    @property
    def associated_table(self) -> str | None:
        """The table that its packets are looked up in now."""
        return self.table_id if self.table_state == ASSOCIATED else None


@dataclass
class RouteTable:
    """A transit gateway's route table. `static` leads from a CIDR to an attachment's id, None for a
    blackhole; `propagations` are ids of attachments."""

    gateway_id: str
    owner: str
    region: str
    static: dict[str, str | None] = field(default_factory=dict)
    propagations: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: new_id("tgw-rtb"))
    created: datetime = field(default_factory=now)
    state: str = AVAILABLE


@dataclass
class ShareAssociation:
    """What a share holds, a resource or a principal, and how far that has come."""

    entity: str
    status: str = "ASSOCIATED"
    external: bool = False
    created: datetime = field(default_factory=now)


@dataclass
class Share:
    """A resource share of RAM."""

    owner: str
    region: str
    name: str
    allow_external: bool = True
    status: str = "ACTIVE"
    permissions: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    resources: dict[str, ShareAssociation] = field(default_factory=dict)
    principals: dict[str, ShareAssociation] = field(default_factory=dict)
    arn: str = ""
    created: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        self.arn = self.arn or (
            f"arn:{ARN_PARTITION}:ram:{self.region}:{self.owner}:resource-share/{uuid.uuid4()}"
        )

    def reaches(self, account: str) -> bool:
        """Whether an account has what is shared: it was named and has accepted."""
        association = self.principals.get(account)
        return self.status == "ACTIVE" and association is not None and association.status == "ASSOCIATED"


@dataclass
class Invitation:
    """What an account outside the owner's organization must accept before a share reaches it."""

    share_arn: str
    share_name: str
    sender: str
    receiver: str
    region: str
    status: str = "PENDING"
    arn: str = ""
    created: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        self.arn = self.arn or (
            f"arn:{ARN_PARTITION}:ram:{self.region}:{self.sender}:resource-share-invitation/{uuid.uuid4()}"
        )


@dataclass
class Change:
    """What a record becomes, and when by the clock at the earliest."""

    record: Any
    values: dict[str, Any]
    due: float


@dataclass
class Records:
    """Everything of all accounts, by identifier."""

    gateways: dict[str, Gateway] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    tables: dict[str, RouteTable] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)
    """Which object a create of Pulumi's made, by the URN it was for."""

    def settle(self, moment: float) -> None:
        """Everything becomes what it was to become until a moment."""
        for change in [each for each in self.changes if each.due <= moment]:
            vars(change.record).update(change.values)
            self.changes.remove(change)

    def shared_with(self, arn: str, account: str) -> bool:
        """Whether a resource has been shared with an account that accepted."""
        return any(
            arn in share.resources and share.resources[arn].status == "ASSOCIATED" and share.reaches(account)
            for share in self.shares.values()
        )

    def attachments_of(self, gateway_id: str) -> list[Attachment]:
        """The gateway's live attachments, oldest first."""
        return [a for a in self.attachments.values() if a.gateway_id == gateway_id and a.live]
