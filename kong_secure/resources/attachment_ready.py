"""The wait for attachments to be ready as a Pulumi resource: its arguments, and the adapter between Pulumi and
`attachment_waits`.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi.dynamic import Resource

from kong_secure.resources import attachment_waits
from kong_secure.resources.attachment_provider import DEFAULT_TIMEOUT_SECONDS
from kong_secure.resources.attachment_waits import READY, Watched
from kong_secure.resources.base import LOG, Properties, Provider
from kong_secure.resources.process import PROCESS
from kong_secure.resources.program import checked_inputs, owner_of, watched_as_one
from kong_secure.resources.transit_gateway_attachment import TransitGatewayAttachment
from kong_secure.resources.values import differs, known_only
from kong_secure.resources.vnet_peering import VnetPeering
from kong_secure.rules.attachments import timeout_findings, wait_findings
from kong_secure.rules.findings import Finding

_COMPUTED = ("states",)
_WAITED_FOR = ("attachments", "after")
_NAMESPACE = uuid.UUID("0d0c9d0e-7a3f-5f0b-9b7e-0f6a4d8c2b51")
_EXAMPLE = (
    'give attachments, or mappings such as {"network_id": ..., "attachment_id": ..., "cidr_blocks": [...]}'
)
_PEERING_TIMEOUT_SECONDS = 3600
_KEYS = {"network_id", "attachment_id", "cidr_blocks"}


class AttachmentReadyProvider(Provider):
    """Waits, and changes nothing. Its module path and name are in users' states."""

    inputs = ("attachments", "after", "timeout_seconds", "owner")
    replaced_by = ()

    def normalise(self, olds: Properties, news: Properties) -> tuple[Properties, Iterable[Finding]]:
        """The inputs with the time to wait filled in, and the owner of the first time kept."""
        inputs = {"after": [], "timeout_seconds": DEFAULT_TIMEOUT_SECONDS, **news}
        known = known_only(inputs)
        findings = list(_findings(known, inputs.keys() - known.keys()))
        if "owner" in olds:
            inputs["owner"] = olds["owner"]
        return inputs, findings

    def unfinished(self, outputs: Properties) -> bool:
        """A refresh saw an attachment that isn't ready: it is waited for again."""
        return any(state != READY for state in outputs.get("states", ()))

    def create_object(self, inputs: Properties) -> tuple[str, Properties]:
        """Waits for all of them in one go."""
        return str(uuid.uuid5(_NAMESPACE, str(inputs["owner"]))), _waited(inputs)

    def read_object(self, object_id: str, outputs: Properties) -> tuple[Properties, Properties] | None:
        """Looks at each attachment once."""
        inputs = {key: outputs[key] for key in self.inputs if key in outputs}
        states = attachment_waits.states(PROCESS.konnect(), _watched(outputs), LOG)
        return inputs, {"states": states}

    def update_object(self, object_id: str, olds: Properties, inputs: Properties) -> Properties:
        """Waits again when what is waited for has changed, or wasn't ready at the last look."""
        if self.unfinished(olds) or any(differs(olds.get(key), inputs.get(key)) for key in _WAITED_FOR):
            return _waited(inputs)
        return {"states": olds["states"]}

    def delete_object(self, object_id: str, outputs: Properties) -> None:
        """Nothing."""


class AttachmentReady(Resource, module="kong-secure", name="AttachmentReady"):
    """Waits until attachments are ready, all of them together.

        ready = AttachmentReady("ready", attachments=[attachment], after=[accepter.id, route.id])

    attachments: `TransitGatewayAttachment`s and `VnetPeering`s, or mappings with network_id, attachment_id and,
        so that a change of them is waited for again, cidr_blocks.
    after: values that must be known before the wait begins: ids of what accepts and routes, because `ready`
        without routes reaches nothing. A changed one begins the wait anew.
    timeout_seconds: seconds to wait at most; unless given 1800, and 3600 with a `VnetPeering` among them, where
        people may have to give a grant. A mapping doesn't say its kind: give the time with one of a peering. While
        it waits, the engine's output says for what and how long, and which of Azure's grants to look at.

    Outputs: every input, and states, in the order of attachments. What may only follow takes a value of it, as
    `ready.attachments.apply(lambda _: "demo")`: `depends_on` alone doesn't hold back after a failure.

    It fails at once, with Konnect's own reason, when an attachment is in error. One wait polls any number of
    attachments; Pulumi's provider process works on four calls at a time, so that more than three resources
    that wait in it delay everything else there. Give waits a process of their own: see `WaitingProcess`.

    Raises InvalidArguments, a `pulumi.RunError`.

    Source: cloud-gateways: GET …/transit-gateways/{transitGatewayId}, TransitGatewayState.
    """

    attachments: pulumi.Output[Sequence[Mapping[str, Any]]]
    after: pulumi.Output[Sequence[str]]
    timeout_seconds: pulumi.Output[float]
    states: pulumi.Output[Sequence[str]]

    def __init__(
        self,
        resource_name: str,
        *,
        attachments: pulumi.Input[Sequence[TransitGatewayAttachment | VnetPeering | Mapping[str, Any]]],
        after: pulumi.Input[Sequence[pulumi.Input[str]]] = (),
        timeout_seconds: pulumi.Input[float] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given: Mapping[str, Any] = {
            "attachments": _as_mappings(attachments),
            "after": list(after) if isinstance(after, list | tuple) else after,
            "timeout_seconds": _usual_time(attachments) if timeout_seconds is None else timeout_seconds,
        }
        inputs = checked_inputs(f"AttachmentReady {resource_name!r}", given, "attachments", _findings)
        inputs["owner"] = owner_of(resource_name, opts)
        properties = cast("pulumi.Inputs", inputs | dict.fromkeys(_COMPUTED))
        super().__init__(AttachmentReadyProvider(), resource_name, properties, opts)
        watched_as_one(self)


def _as_mappings(attachments: Any) -> Any:
    if not isinstance(attachments, list | tuple):
        return attachments
    return [_as_mapping(each) for each in attachments]


def _as_mapping(attachment: Any) -> Any:
    if isinstance(attachment, TransitGatewayAttachment):
        blocks = {"cidr_blocks": attachment.cidr_blocks}
    elif isinstance(attachment, VnetPeering):
        blocks = {}
    else:
        return attachment
    return {"network_id": attachment.network_id, "attachment_id": attachment.id, **blocks}


def _usual_time(attachments: Any) -> float:
    given = attachments if isinstance(attachments, list | tuple) else ()
    waits_for_people = any(isinstance(each, VnetPeering) for each in given)
    return _PEERING_TIMEOUT_SECONDS if waits_for_people else DEFAULT_TIMEOUT_SECONDS


def _findings(given: Mapping[str, object], later: Collection[str]) -> Iterator[Finding]:
    if "timeout_seconds" not in later:
        yield from timeout_findings("timeout_seconds", given.get("timeout_seconds"))
    if "attachments" in later:
        return
    attachments = given.get("attachments")
    if isinstance(attachments, str) or not isinstance(attachments, list | tuple) or not attachments:
        yield Finding(f"attachments {attachments!r}", "is no list with something in it", _EXAMPLE)
        return
    for index, each in enumerate(attachments):
        if not isinstance(each, Mapping) or set(each) - _KEYS:
            yield Finding(f"attachments[{index}] {each!r}", "is no attachment", _EXAMPLE)
        else:
            known = {"timeout_seconds": DEFAULT_TIMEOUT_SECONDS, **each}
            for finding in wait_findings(known):
                yield Finding(f"attachments[{index}].{finding.subject}", finding.problem, finding.fix)


def _watched(properties: Mapping[str, Any]) -> list[Watched]:
    return [
        Watched(
            str(each["network_id"]),
            str(each["attachment_id"]),
            None if each.get("cidr_blocks") is None else tuple(each["cidr_blocks"]),
        )
        for each in properties["attachments"]
    ]


def _waited(inputs: Mapping[str, Any]) -> dict[str, Any]:
    watched = _watched(inputs)
    attachment_waits.until_ready(PROCESS.konnect(), watched, float(inputs["timeout_seconds"]), LOG)
    return {"states": [READY] * len(watched)}
