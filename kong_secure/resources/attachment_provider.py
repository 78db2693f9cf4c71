"""What the resources of all kinds of attachments do the same way, between Pulumi and `attachment_crud`; what the
kinds have for themselves lives with each of them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar, cast

import pulumi

from kong_secure.errors import KongSecureError
from kong_secure.konnect import Attachment, DnsMapping
from kong_secure.resources import attachment_crud
from kong_secure.resources.base import LOG, Properties, Provider
from kong_secure.resources.process import PROCESS
from kong_secure.resources.program import checked_inputs, owner_of
from kong_secure.resources.values import known_only
from kong_secure.rules.attachments import LOST, WantedFields, owned_name, same_dns, same_text
from kong_secure.rules.findings import Finding

DEFAULT_TIMEOUT_SECONDS = 1800
COMPUTED = ("konnect_name", "state", "state_reason")
SERVERS, DOMAINS = "remote_dns_server_ip_addresses", "domain_proxy_list"

Findings = Callable[[Mapping[str, object], Collection[str]], Iterable[Finding]]


class AttachmentProvider(Provider):
    """What every kind's provider does; subclasses say what is theirs.

    resource: how the resource is called. kind: Konnect's word for the kind. config_inputs: the inputs that are the
    texts of `transit_gateway_attachment_config`. usable: what a new attachment must be before the path is up again.
    """

    resource: ClassVar[str]
    kind: ClassVar[str]
    config_inputs: ClassVar[tuple[str, ...]]
    usable: ClassVar[str] = "ready"
    grants_spread: ClassVar[bool] = False

    def findings(self, given: Mapping[str, object], later: Collection[str] = ()) -> Iterator[Finding]:
        """What is wrong with the inputs. later: the names of those not known yet."""
        raise NotImplementedError

    def in_old_form(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the old inputs that say the same as the new ones in other words."""
        texts = [key for key in self.config_inputs if key in old and same_text(old[key], new.get(key))]
        return {key: old[key] for key in texts}

    def blocks(self, inputs: Mapping[str, Any]) -> tuple[str, ...]:
        """Where the attachment leads; nowhere for kinds without blocks."""
        return ()

    def observed_blocks(self, found: Attachment, written: Mapping[str, Any]) -> dict[str, Any]:
        """The input that would describe the blocks as they are; none for kinds without blocks."""
        return {}

    def normalise(self, olds: Properties, news: Properties) -> tuple[Properties, Iterable[Finding]]:
        """The inputs with the time to wait filled in, the owner of the first time kept, and what is the same in
        other words as it was.
        """
        inputs = {"timeout_seconds": DEFAULT_TIMEOUT_SECONDS, **news}
        known = known_only(inputs)
        findings = list(self.findings(known, inputs.keys() - known.keys()))
        if not findings:
            inputs |= self.in_old_form(known_only(olds), known)
        if "owner" in olds:
            inputs["owner"] = olds["owner"]
        return inputs, findings

    def lost(self, outputs: Properties) -> list[str]:
        """From error, and from an interrupted or foreign deletion, no attachment recovers: it is replaced."""
        return ["state"] if outputs.get("state") in LOST else []

    def warn_of(self, replaced: list[str], inputs: Properties) -> None:
        """Every replacement takes the path down, which those who change a detail may not expect."""
        if replaced:
            named = "name" in known_only(inputs)
            # The name isn't known before every other input is, and then is mostly the old one.
            told = [key for key in replaced if key != "name" or named] or replaced
            subject = f"attachment {inputs['name']!r}" if named else "the attachment"
            LOG.warn(
                f"{subject}: another {' and '.join(told)} replaces it, and the path is down from its deletion "
                f"until the new one is {self.usable}"
            )

    def create_object(self, inputs: Properties) -> tuple[str, Properties]:
        """Asks Konnect for the attachment."""
        made = attachment_crud.create(PROCESS.konnect(), self._wanted(inputs), LOG, PROCESS)
        return made.id, _outputs(made)

    def read_object(self, object_id: str, outputs: Properties) -> tuple[Properties, Properties] | None:
        """Looks at the attachment, and shows every field as it is there."""
        found = attachment_crud.read(PROCESS.konnect(), self._placed(object_id, outputs), LOG)
        if found is None:
            return None
        kept = {key: outputs[key] for key in ("network_id", "timeout_seconds", "owner")}
        return {**kept, **self._observed(found, outputs)}, _outputs(found)

    def update_object(self, object_id: str, olds: Properties, inputs: Properties) -> Properties:
        """Sends the blocks; what else can be changed in place is no matter of Konnect's."""
        placed = self._placed(object_id, {**olds, "timeout_seconds": inputs["timeout_seconds"]})
        return _outputs(attachment_crud.update(PROCESS.konnect(), placed, self.blocks(inputs), LOG))

    def delete_object(self, object_id: str, outputs: Properties) -> None:
        """Deletes the attachment and waits until it is gone."""
        attachment_crud.delete(PROCESS.konnect(), self._placed(object_id, outputs), LOG)

    def _wanted(self, inputs: Mapping[str, Any]) -> attachment_crud.Wanted:
        config = {"kind": self.kind, **{key: str(inputs[key]) for key in self.config_inputs}}
        dns = dns_of(inputs)
        return attachment_crud.Wanted(
            network_id=str(inputs["network_id"]),
            name=str(inputs["name"]),
            owner=str(inputs["owner"]),
            fields=WantedFields(config, self.blocks(inputs), dns),
            dns=dns,
            seconds=float(inputs["timeout_seconds"]),
            grants_spread=self.grants_spread,
        )

    def _placed(self, object_id: str, outputs: Mapping[str, Any]) -> attachment_crud.Placed:
        if "network_id" not in outputs:
            raise KongSecureError(
                f"a {self.resource} can't be read by its id alone: leave out `id` and `import_`, declare it, and "
                "run `pulumi up`"
            )
        seconds = float(outputs.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS))
        return attachment_crud.Placed(str(outputs["network_id"]), object_id, seconds)

    def _observed(self, found: Attachment, written: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs that would describe the attachment as it is; what is as written stays as written."""
        sent = owned_name(str(written["name"]), str(written["owner"]))
        seen: dict[str, Any] = {"name": written["name"] if found.name == sent else found.name}
        for key in self.config_inputs:
            live = found.config.get(key, "")
            seen[key] = written[key] if same_text(written.get(key), live) else live
        seen |= self.observed_blocks(found, written)
        if same_dns(dns_of(written), found.dns):
            seen |= {"dns_config": written["dns_config"]} if written.get("dns_config") else {}
        else:
            seen["dns_config"] = [
                {SERVERS: list(each.servers), DOMAINS: list(each.domains)} for each in found.dns
            ]
        kind = found.config.get("kind")
        return seen if kind == self.kind else {**seen, "kind": kind}


def dns_of(properties: Mapping[str, Any]) -> tuple[DnsMapping, ...]:
    """The DNS mappings among inputs; none for kinds without."""
    return tuple(
        DnsMapping(tuple(mapping[SERVERS]), tuple(mapping[DOMAINS]))
        for mapping in properties.get("dns_config") or ()
    )


def registration(
    label: str,
    resource_name: str,
    given: Mapping[str, Any],
    findings: Findings,
    opts: pulumi.ResourceOptions | None,
) -> tuple["pulumi.Inputs", pulumi.ResourceOptions]:
    """What an attachment is registered with: its inputs, checked and with its owner, and options by which the old
    one goes first. Raises InvalidArguments, beginning with the label.
    """
    inputs = checked_inputs(f"{label} {resource_name!r}", given, "name", findings)
    inputs["owner"] = owner_of(resource_name, opts)
    # Delete first even where Pulumi decides on a replacement: the new one wants what the old one has.
    first = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))
    return cast("pulumi.Inputs", inputs | dict.fromkeys(COMPUTED)), first


def _outputs(found: Attachment) -> dict[str, Any]:
    reason = {"state_reason": found.reason} if found.reason else {}
    return {"konnect_name": found.name, "state": found.state, **reason}
