"""The wait for AWS's id of an attachment as a Pulumi resource: its arguments, and the adapter between Pulumi and
`attachment_waits`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import pulumi
from pulumi.dynamic import Resource

from kong_secure.konnect import Attachment
from kong_secure.resources import attachment_crud, attachment_waits
from kong_secure.resources.attachment_provider import DEFAULT_TIMEOUT_SECONDS
from kong_secure.resources.base import LOG, Properties, Provider
from kong_secure.resources.process import PROCESS
from kong_secure.resources.program import checked_inputs, watched_as_one
from kong_secure.resources.values import known_only
from kong_secure.rules.attachments import wait_findings
from kong_secure.rules.findings import Finding

_COMPUTED = ("aws_attachment_id",)


class AttachmentPendingProvider(Provider):
    """Waits, and changes nothing. Its module path and name are in users' states."""

    inputs = ("network_id", "attachment_id", "timeout_seconds")
    replaced_by = ("network_id", "attachment_id")

    def normalise(self, olds: Properties, news: Properties) -> tuple[Properties, Iterable[Finding]]:
        """The inputs with the time to wait filled in."""
        inputs = {"timeout_seconds": DEFAULT_TIMEOUT_SECONDS, **news}
        known = known_only(inputs)
        return inputs, list(wait_findings(known, inputs.keys() - known.keys()))

    def create_object(self, inputs: Properties) -> tuple[str, Properties]:
        """Waits for the id."""
        watched = attachment_waits.Watched(str(inputs["network_id"]), str(inputs["attachment_id"]))
        seconds = float(inputs["timeout_seconds"])
        found = attachment_waits.until_acceptable(PROCESS.konnect(), watched, seconds, LOG)
        # Not the attachment's own id: two resources of a stack would be taken for one.
        return f"{found.id}/pending", _outputs(found)

    def read_object(self, object_id: str, outputs: Properties) -> tuple[Properties, Properties] | None:
        """Looks for the id; gone when the attachment is."""
        inputs = {key: outputs[key] for key in self.inputs if key in outputs}
        placed = attachment_crud.Placed(str(outputs["network_id"]), str(outputs["attachment_id"]), 0.0)
        found = attachment_crud.read(PROCESS.konnect(), placed, LOG)
        return None if found is None else (inputs, _outputs(found))

    def update_object(self, object_id: str, olds: Properties, inputs: Properties) -> Properties:
        """Only the time to wait can change, and the wait is over."""
        return {key: olds[key] for key in _COMPUTED if key in olds}

    def delete_object(self, object_id: str, outputs: Properties) -> None:
        """Nothing."""


class AttachmentPending(Resource, module="kong-secure", name="AttachmentPending"):
    """Waits until Kong's attachment has an id in AWS and can be accepted there.

        pending = AttachmentPending("orders", network_id=network.id, attachment_id=attachment.id)
        VpcAttachmentAccepter("orders", transit_gateway_attachment_id=pending.aws_attachment_id, ...)

    It is a resource of its own because a preview of a change takes every computed output for unknown: with the
    id among the outputs of the attachment, each change of its cidr_blocks would announce that acceptance and
    routes are replaced.

    network_id, attachment_id: Konnect's ids.
    timeout_seconds: seconds to wait at most. While it waits, the engine's output says for
        what and how long.

    Outputs: every input, and aws_attachment_id (tgw-attach-...).

    Waits belong into a process of their own: see `WaitingProcess`.

    Raises InvalidArguments, a `pulumi.RunError`.

    Source: cloud-gateways: AwsTransitGatewayAttachmentConfigForResponse.attachment_id, TransitGatewayState.
    """

    network_id: pulumi.Output[str]
    attachment_id: pulumi.Output[str]
    timeout_seconds: pulumi.Output[float]
    aws_attachment_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        network_id: pulumi.Input[str],
        attachment_id: pulumi.Input[str],
        timeout_seconds: pulumi.Input[float] = DEFAULT_TIMEOUT_SECONDS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given: Mapping[str, Any] = {
            "network_id": network_id,
            "attachment_id": attachment_id,
            "timeout_seconds": timeout_seconds,
        }
        label = f"AttachmentPending {resource_name!r}"
        inputs = checked_inputs(label, given, "attachment_id", wait_findings)
        properties = cast("pulumi.Inputs", inputs | dict.fromkeys(_COMPUTED))
        super().__init__(AttachmentPendingProvider(), resource_name, properties, opts)
        watched_as_one(self)


def _outputs(found: Attachment) -> dict[str, Any]:
    return {} if found.aws_attachment_id is None else {"aws_attachment_id": found.aws_attachment_id}
