"""Pulumi's ResourceProvider service in front of a cloud: requests are read here, and answered from the types
and functions. Both engines attach to it (`PULUMI_DEBUG_PROVIDERS=aws:PORT`).

One server stands for every provider resource of package aws. Each has a connection of its own, so they are
told apart by it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import grpc
from botocore.exceptions import ClientError
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.provider import (
    attachments,
    functions,
    instances,
    internet,
    kinds,
    networks,
    security_groups,
    share_accepter,
    sharing,
    transit_gateways,
    transit_routes,
    vpc_routes,
)
from kong_secure.sandbox.aws.provider.calls import Calls, RefusedError
from kong_secure.sandbox.aws.provider.instances import Instance
from kong_secure.sandbox.aws.provider.kinds import Kind, Properties
from kong_secure.sandbox.engine import wire
from kong_secure.sandbox.engine.pending import MADE
from kong_secure.sandbox.provider_stand_in.servicer import VERSION, StandIn

KINDS: Final[Mapping[str, Kind]] = {
    kind.token: kind
    for kind in (
        transit_gateways.GATEWAY,
        transit_gateways.TABLE,
        transit_routes.ASSOCIATION,
        transit_routes.PROPAGATION,
        transit_routes.ROUTE,
        attachments.VPC_ATTACHMENT,
        attachments.ACCEPTER,
        sharing.SHARE,
        sharing.RESOURCE_ASSOCIATION,
        sharing.PRINCIPAL_ASSOCIATION,
        share_accepter.ACCEPTER,
        networks.VPC,
        networks.SUBNET,
        vpc_routes.TABLE,
        vpc_routes.ASSOCIATION,
        vpc_routes.ROUTE,
        internet.GATEWAY,
        internet.ATTACHMENT,
        security_groups.GROUP,
        security_groups.INGRESS_RULE,
        security_groups.EGRESS_RULE,
    )
}
"""The resource types that the sandbox's AWS has, by token."""

PATIENCE_SECONDS: Final = 300.0
_UPDATE, _UPDATE_REPLACE = provider_pb2.PropertyDiff.UPDATE, provider_pb2.PropertyDiff.UPDATE_REPLACE


class AwsProvider(StandIn[Instance]):
    """The service. Method names are the protocol's.

    saved: called after everything that changed the cloud. patience: the seconds for which AWS's own provider
    waits out a refusal that may pass. region: for instances that name none.
    """

    def __init__(
        self,
        cloud: Cloud,
        saved: Callable[[], None] = lambda: None,
        *,
        patience: float = PATIENCE_SECONDS,
        region: str | None = None,
    ) -> None:
        super().__init__("the sandbox's AWS")
        self._cloud = cloud
        self._saved = saved
        self._patience = patience
        self._region = region

    # --- the provider itself ---

    def configured(self, config: Mapping[str, Any]) -> Instance:
        """What a configuration makes."""
        return instances.instance(config, self._region)

    def GetSchema(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema()))

    def DiffConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Another account or region is another provider; everything else is changed in place."""
        old, new = wire.from_struct(request.olds), wire.from_struct(request.news)
        replaces = [key for key in ("region", "assumeRoles", "profile") if old.get(key) != new.get(key)]
        some = old != new
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if some else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=[key for key in replaces if key in old],
        )

    # --- resources ---

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self._kind(request, context)
        name = request.name or request.urn.rpartition("::")[2]
        suffix = request.randomSeed.hex()[:7] or secrets.token_hex(4)[:7]
        given, old = wire.from_struct(request.news), wire.from_struct(request.olds)
        inputs, failures = kinds.checked(kind, given, old, name, suffix)
        return provider_pb2.CheckResponse(
            inputs=wire.to_struct(inputs, secrets=False),
            failures=[provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures],
        )

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self._kind(request, context)
        outputs, old = wire.from_struct(request.olds), wire.from_struct(request.old_inputs)
        new = wire.from_struct(request.news)
        known = {key: outputs[key] for key in kind.inputs if key in outputs} | old
        found = kinds.changes(kind, known, new, tuple(request.ignoreChanges))
        changed = list(found.changed)
        if self._tags_differ(kind, outputs, new, context) and "tags" not in changed:
            changed.append("tagsAll")
        defaults = new.get("__defaults")
        own_name = kind.named and "name" in new and not (isinstance(defaults, list) and "name" in defaults)
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
            replaces=found.replacing,
            hasDetailedDiff=True,
            detailedDiff={
                key: provider_pb2.PropertyDiff(
                    kind=_UPDATE_REPLACE if key in found.replacing else _UPDATE, inputDiff=True
                )
                for key in changed
            },
            # two of the same name can't be there at once
            deleteBeforeReplace=bool(found.replacing) and own_name and "name" not in changed,
        )

    def _tags_differ(self, kind: Kind, outputs: Properties, new: Properties, context: Any) -> bool:
        if "tags" not in kind.inputs or "tagsAll" not in outputs or wire.contains_unknown(new.get("tags")):
            return False
        default = self.instance(context).default_tags
        return bool({**default, **(new.get("tags") or {})} != outputs["tagsAll"])

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, inputs = self._kind(request, context), wire.from_struct(request.properties)
        calls = self._calls(context, inputs, request.timeout)
        if request.preview:
            planned = _planned(calls, kind, inputs)
            return provider_pb2.CreateResponse(properties=wire.to_struct(planned, secrets=False))

        def work() -> Any:
            id_ = kind.create(calls, inputs)
            self._cloud.records.made[request.urn] = id_
            outputs = _read(kind, calls, id_, inputs) or inputs
            return provider_pb2.CreateResponse(id=id_, properties=wire.to_struct(outputs, secrets=False))

        return self._do(work, context)

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, known = self._kind(request, context), wire.from_struct(request.properties)
        calls = self._calls(context, known, request.timeout)
        old = wire.from_struct(request.inputs)

        def work() -> Any:
            outputs = _read(kind, calls, request.id, {**old, **known})
            if outputs is None:
                return provider_pb2.ReadResponse()
            return provider_pb2.ReadResponse(
                id=request.id,
                properties=wire.to_struct(outputs, secrets=False),
                inputs=wire.to_struct(_inputs_of(kind, outputs, old), secrets=False),
            )

        return self._do(work, context)

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, old = self._kind(request, context), wire.from_struct(request.olds)
        new = wire.from_struct(request.news)
        calls = self._calls(context, old, request.timeout)
        if request.preview:
            planned = {**old, **_planned(calls, kind, new)}
            return provider_pb2.UpdateResponse(properties=wire.to_struct(planned, secrets=False))

        def work() -> Any:
            if kind.update is not None:
                kind.update(calls, request.id, old, new)
            outputs = _read(kind, calls, request.id, {**old, **new}) or new
            return provider_pb2.UpdateResponse(properties=wire.to_struct(outputs, secrets=False))

        return self._do(work, context)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, known = self._kind(request, context), wire.from_struct(request.properties)
        calls = self._calls(context, known, request.timeout)

        def work() -> Any:
            kind.delete(calls, request.id, known)
            if self._cloud.records.made.get(request.urn) == request.id:
                del self._cloud.records.made[request.urn]
            return empty_pb2.Empty()

        return self._do(work, context)

    # --- functions ---

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.tok == MADE:
            made = self._cloud.records.made.get(str(wire.from_struct(request.args)["urn"]), "")
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(wire.to_struct({"id": made}, secrets=False))
            return response
        function, given = self.function(request, context, functions.FUNCTIONS)
        calls = self._calls(context, given, 0.0)

        def work() -> Any:
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(wire.to_struct(function(calls, given), secrets=False))
            return response

        return self._do(work, context)

    # --- what they share ---

    def _kind(self, request: Any, context: Any) -> Kind:
        return self.kind(request, context, KINDS)

    def _calls(self, context: Any, properties: Properties, timeout: float) -> Calls:
        configured = self.instance(context)
        region = properties.get("region")
        return Calls(
            self._cloud,
            configured.account,
            region if isinstance(region, str) and region else configured.region,
            configured.default_tags,
            timeout or self._patience,
            lambda: self.given_up(context),
        )

    def _do(self, work: Callable[[], Any], context: Any) -> Any:
        """Work's answer; what AWS refuses becomes the call's error. What was done until then is kept."""
        try:
            return work()
        except RefusedError as failure:
            problem = str(failure)
        except ClientError as error:
            problem = f"1 error occurred:\n\t* {error}\n\n"
        finally:
            self._saved()
        return context.abort(grpc.StatusCode.UNKNOWN, problem)


def _planned(calls: Calls, kind: Kind, inputs: Properties) -> Properties:
    planned = {key: value for key, value in inputs.items() if key in kind.inputs}
    if "region" in kind.outputs:
        planned["region"] = calls.region
    if "tagsAll" in kind.outputs and not wire.contains_unknown(inputs.get("tags")):
        planned["tagsAll"] = calls.all_tags(inputs)
    return planned


def _read(kind: Kind, calls: Calls, id_: str, known: Properties) -> Properties | None:
    outputs = kind.read(calls, id_, known)
    return None if outputs is None else {**outputs, "region": calls.region}


def _inputs_of(kind: Kind, outputs: Properties, old: Properties) -> Properties:
    """The inputs as they are now; of a resource that is imported, all of them."""
    found = {key: outputs[key] for key in kind.inputs if key in outputs and (key in old or not old)}
    return found | ({"__defaults": old["__defaults"]} if "__defaults" in old else {})


def schema() -> dict[str, Any]:
    """The part of pulumi-aws's schema that is here, as its package schema names it."""
    types = {"string": "string", "boolean": "boolean", "integer": "integer", "list": "array", "map": "object"}
    return {
        "name": "aws",
        "version": VERSION,
        "resources": {
            token: {
                "inputProperties": {key: {"type": types[spec.kind]} for key, spec in kind.inputs.items()},
                "requiredInputs": [key for key, spec in kind.inputs.items() if spec.required],
                "properties": {key: {"$ref": "pulumi.json#/Any"} for key in kind.outputs},
            }
            for token, kind in KINDS.items()
        },
        "functions": {
            token: {"inputs": {"properties": {key: {"type": "string"} for key in sorted(takes)}}}
            for token, (takes, _) in functions.FUNCTIONS.items()
        },
    }
