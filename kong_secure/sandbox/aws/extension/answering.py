"""How a call is answered: the account and world that a response of moto acts in, its errors, and the small
questions that every call asks of its parameters.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.responses._base_response import EC2BaseResponse

if TYPE_CHECKING:
    from kong_secure.sandbox.aws.cloud import Cloud
    from kong_secure.sandbox.aws.records import Attachment, Gateway, Records, RouteTable

__all__ = ["ActionResult", "Answering", "Ec2Answering", "in_use", "matches", "network", "refuse"]

Filters = Mapping[str, list[str]]
Values = Mapping[str, Callable[[Any], Any]]


class RefusalError(ServiceException):  # type: ignore[misc]
    """An answer of AWS that refuses. (Moto looks for the models of its own exceptions' packages.)"""


def refuse(code: str, message: str) -> RefusalError:
    """An answer of AWS that refuses, with AWS's error code."""
    return RefusalError(code, message)


def in_use(kind: str, id_: str) -> RefusalError:
    """EC2's refusal to delete what something else depends on."""
    return refuse("DependencyViolation", f"The {kind} '{id_}' has dependencies and cannot be deleted.")


class Answering(BaseResponse):  # type: ignore[misc]
    """One call to one service, by one account of one world."""

    service = ""

    def __init__(self, cloud: Cloud, account: str) -> None:
        BaseResponse.__init__(self, service_name=self.service)  # the classes between take no service
        self.automated_parameter_parsing = True
        self.cloud = cloud
        self.account = account

    def answer(self, request: Any) -> Any:
        """Status, headers and body for a request."""
        try:
            return self._dispatch(request)
        except NotImplementedError:
            missing = self._get_action()
        refusal = refuse("UnsupportedOperation", f"the sandbox's AWS does not implement {missing}.")
        return self.serialized(ActionResult(refusal))

    def get_current_account(self) -> str:
        """The account that calls."""
        return self.account

    @property
    def records(self) -> Records:
        """What the world keeps besides moto's own."""
        return self.cloud.records

    def parameter(self, name: str, default: Any = None) -> Any:
        """A parameter of the call; the default where it wasn't given."""
        value = self._get_param(name)
        return default if value is None else value


class Ec2Answering(Answering, EC2BaseResponse):  # type: ignore[misc]
    """A call to EC2."""

    service = "ec2"

    @property
    def ec2_backend(self) -> Any:
        """Moto's EC2 of the calling account in the region of the call."""
        return self.cloud.backend(self.account, self.region)

    # --- what is there, for this account ---

    def gateway(self, id_: str, *, owned: bool = False) -> Gateway:
        """A transit gateway that the account owns or (unless `owned`) was given a share of."""
        well_formed(id_, "tgw", "InvalidTransitGatewayID.Malformed")
        found = self.records.gateways.get(id_)
        if (
            found is None
            or found.region != self.region
            or not (
                found.owner == self.account
                or (not owned and self.records.shared_with(found.arn, self.account))
            )
        ):
            raise refuse(
                "InvalidTransitGatewayID.NotFound", f"Transit Gateway {id_} was deleted or does not exist."
            )
        return found

    def available_gateway(self, id_: str, *, owned: bool = False) -> Gateway:
        """Such a gateway, once it is available."""
        found = self.gateway(id_, owned=owned)
        if found.state != "available":
            raise refuse("IncorrectState", f"{id_} is in invalid state")
        return found

    def attachment(self, id_: str, *, owned: bool = False) -> Attachment:
        """An attachment of the account's VPC or gateway; with `owned`, of its gateway. Deleted ones stay
        visible for a while and are found too."""
        well_formed(id_, "tgw-attach", "InvalidTransitGatewayAttachmentID.Malformed")
        found = self.records.attachments.get(id_)
        owners = (
            ()
            if found is None
            else (found.gateway_owner,)
            if owned
            else (found.gateway_owner, found.vpc_owner)
        )
        if found is None or found.region != self.region or self.account not in owners:
            raise refuse(
                "InvalidTransitGatewayAttachmentID.NotFound",
                f"Transit Gateway Attachment {id_} was deleted or does not exist.",
            )
        return found

    def available_attachment(self, id_: str) -> Attachment:
        """An attachment of the account's gateway that carries traffic."""
        found = self.attachment(id_, owned=True)
        if found.state != "available":
            raise refuse("IncorrectState", f"{id_} is in invalid state")
        return found

    def table(self, id_: str) -> RouteTable:
        """A route table of the account's gateway."""
        well_formed(id_, "tgw-rtb", "InvalidRouteTableId.Malformed")
        found = self.records.tables.get(id_)
        if found is None or found.region != self.region or found.owner != self.account:
            raise refuse(
                "InvalidRouteTableID.NotFound",
                f"Transit Gateway Route Table {id_} was deleted or does not exist.",
            )
        return found

    def available_table(self, id_: str) -> RouteTable:
        """Such a table, once it is available."""
        found = self.table(id_)
        if found.state != "available":
            raise refuse("IncorrectState", f"{id_} is in invalid state")
        return found

    def tags_of(self, id_: str) -> list[dict[str, str]]:
        """The tags that the account put on something: another account's are its own."""
        tags = self.ec2_backend.tags.get(id_, {})
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    def keep_tags(self, id_: str) -> None:
        """The tags given at creation."""
        for specification in self.parameter("TagSpecifications", self.parameter("TagSpecification", [])):
            tags = {tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags", [])}
            if tags:
                self.ec2_backend.create_tags([id_], tags)

    def canonical(self, parameter: str) -> None:
        """Put a CIDR block of the call into its canonical form, as AWS does."""
        given = self.parameter(parameter)
        if given is None:
            return
        try:
            self.params[parameter] = str(ipaddress.IPv4Network(given, strict=False))
        except ValueError:
            raise refuse(
                "InvalidParameterValue",
                f"Value ({given}) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
            ) from None

    def chosen(self, described: Iterable[dict[str, Any]], values: Values) -> list[dict[str, Any]]:
        """What the call's filters let through."""
        filters: Filters = self._filters_from_querystring()
        return [item for item in described if matches(item, filters, values)]


def well_formed(id_: str, prefix: str, code: str) -> None:
    """Refuse what can't be an identifier of a kind."""
    if not re.fullmatch(rf"{prefix}-([0-9a-f]{{8}}|[0-9a-f]{{17}})", id_):
        raise refuse(code, f'Invalid id: "{id_}" (expecting "{prefix}-...")')


def matches(item: Mapping[str, Any], filters: Filters, values: Values) -> bool:
    """Whether an item is what filters ask for; one that EC2 doesn't know is refused."""
    for name, wanted in filters.items():
        if name.startswith("tag:"):
            found: Any = [tag["Value"] for tag in item.get("Tags", []) if tag["Key"] == name[4:]]
        elif name == "tag-key":
            found = [tag["Key"] for tag in item.get("Tags", [])]
        elif name in values:
            found = values[name](item)
        else:
            raise refuse("InvalidParameterValue", f"The filter '{name}' is invalid")
        candidates = [str(value) for value in (found if isinstance(found, list) else [found])]
        if not any(fnmatchcase(candidate, pattern) for candidate in candidates for pattern in wanted):
            return False
    return True


def network(cidr: str) -> ipaddress.IPv4Network:
    """An IPv4 CIDR block without host bits."""
    try:
        return ipaddress.IPv4Network(cidr, strict=True)
    except ValueError:
        raise refuse(
            "InvalidParameterValue", f"Value ({cidr}) for parameter destinationCidrBlock is invalid."
        ) from None
