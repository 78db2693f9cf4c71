"""What a path asks of AWS while the program runs, through the provider that acts for the gateway's account; what
follows from the answers is decided elsewhere.
"""

import asyncio
import importlib
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pulumi

from kong_secure.errors import KongSecureError

_CLASSES = {
    "ec2": "Route",
    "ec2transitgateway": "Route",
    "ram": "ResourceShare",
    "vpc": "SecurityGroupIngressRule",
}
_ABSENCE = ("no matching", "couldn't find resource", ".NotFound")
_LIVE = ("initiatingRequest", "pending", "pendingAcceptance", "modifying", "available")
_TRIES, _PAUSE_SECONDS = 15, 2.0


class PathRefused(KongSecureError, pulumi.RunError):  # noqa: N818 - named like the tree in errors.py
    """A path can't be made as it is; Pulumi prints the sentence first, without a traceback of the program."""


def pulumi_aws() -> Any:
    """The package of AWS's resources, loaded when a path is first made. Raises PathRefused where it is missing."""
    try:
        with warnings.catch_warnings():
            # Its modules warn of classes that nobody here uses.
            warnings.simplefilter("ignore")
            package = importlib.import_module("pulumi_aws")
            for module, name in _CLASSES.items():
                getattr(getattr(package, module), name)  # a module is loaded when it is asked for something
            return package
    except ModuleNotFoundError as error:
        if error.name != "pulumi_aws":
            raise
    raise PathRefused(
        "AwsTransitGateway needs pulumi-aws, which isn't installed: pip install 'kong-secure[aws]'"
    )


class AwsLookups:
    """AWS's answers, for one component."""

    def __init__(self, parent: pulumi.Resource, provider: pulumi.ProviderResource | None) -> None:
        self._parent, self._provider = parent, provider

    async def region(self) -> str:
        """The region in which the provider works."""
        return str((await self._ask("aws:index/getRegion:getRegion"))["region"])

    async def account(self) -> str:
        """The account for which the provider acts."""
        return str((await self._ask("aws:index/getCallerIdentity:getCallerIdentity"))["accountId"])

    async def gateway(self, gateway_id: str) -> Mapping[str, Any]:
        """A transit gateway, as `getTransitGateway` gives it. Raises PathRefused."""
        found = await self._unless_absent(
            "aws:ec2transitgateway/getTransitGateway:getTransitGateway", id=gateway_id
        )
        if found is None:
            raise PathRefused(
                f"transit_gateway_id {gateway_id!r} isn't there for account {await self.account()} in "
                f"{await self.region()}: correct it, or give the gateway_provider of its account and region"
            )
        return found

    async def attachment(self, attachment_id: str) -> Mapping[str, Any] | None:
        """A VPC's attachment that isn't deleted, as `getVpcAttachment` gives it; AWS may show a new one late, so
        it is asked for half a minute, in a preview once. None where it is absent all that time.
        """
        for attempt in range(1 if pulumi.runtime.is_dry_run() else _TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE_SECONDS)
            found = await self._unless_absent(
                "aws:ec2transitgateway/getVpcAttachment:getVpcAttachment",
                id=attachment_id,
                filters=[{"name": "state", "values": list(_LIVE)}],
            )
            if found is not None:
                return found
        return None

    async def _unless_absent(self, function: str, **asked: Any) -> Mapping[str, Any] | None:
        try:
            return await self._ask(function, **asked)
        except PathRefused as error:
            if not any(mark in str(error) for mark in _ABSENCE):
                raise
        return None

    async def _ask(self, function: str, **asked: Any) -> Mapping[str, Any]:
        options = pulumi.InvokeOptions(
            parent=self._parent, provider=self._provider, version=version("pulumi-aws")
        )
        try:
            answer: Mapping[str, Any] = await pulumi.runtime.invoke_async(function, asked, options)
        except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower for what a provider refuses
            refusal = str(error)
        else:
            return answer
        raise PathRefused(f"AWS was asked in vain: {refusal}")
