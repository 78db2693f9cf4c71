"""Pulumi's ResourceProvider service in front of a cloud: requests are read here, and answered from the types
and functions. Both engines attach to it (`PULUMI_DEBUG_PROVIDERS=aws:PORT`).

One server stands for every provider resource of package aws. Each has a connection of its own, so they are
told apart by it.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import grpc
from botocore.exceptions import ClientError
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.provider import (
    attachments,
    functions,
    instances,
    internet,
    kinds,
    networks,
    security_groups,
    sharing,
    transit_gateways,
    transit_routes,
    vpc_routes,
)
from kong_secure.sandbox.aws.provider.calls import Calls, RefusedError
from kong_secure.sandbox.aws.provider.instances import ConfigurationError, Instance
from kong_secure.sandbox.aws.provider.kinds import Kind, Properties
from kong_secure.sandbox.engine import wire

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
_VERSION: Final = "999.0.0"  # higher than any package's own, so that Pulumi never warns of an old plugin
_UPDATE, _UPDATE_REPLACE = provider_pb2.PropertyDiff.UPDATE, provider_pb2.PropertyDiff.UPDATE_REPLACE


class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
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
        self._cloud = cloud
        self._saved = saved
        self._patience = patience
        self._region = region
        self._instances: dict[str, Instance] = {}
        self._cancelled: set[str] = set()
        self._lock = threading.Lock()

    # --- the provider itself ---

    def Attach(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=_VERSION)

    def Handshake(self, _request: Any, context: Any) -> Any:  # noqa: N802
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "not implemented")

    def GetSchema(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema()))

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Another account or region is another provider; everything else is changed in place."""
        old, new = wire.from_struct(request.olds), wire.from_struct(request.news)
        replaces = [key for key in ("region", "assumeRoles", "profile") if old.get(key) != new.get(key)]
        some = old != new
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if some else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=[key for key in replaces if key in old],
        )

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        config = {key: wire.unwrap(value) for key, value in wire.from_struct(request.args).items()}
        try:
            configured = instances.instance(config, self._region)
        except ConfigurationError as error:
            problem = str(error)
        else:
            with self._lock:
                self._instances[context.peer()] = configured
                self._cancelled.discard(context.peer())
            return provider_pb2.ConfigureResponse(
                acceptSecrets=False, acceptResources=False, supportsPreview=True
            )
        return context.abort(grpc.StatusCode.INVALID_ARGUMENT, problem)

    def Cancel(self, _request: Any, context: Any) -> Any:  # noqa: N802
        with self._lock:
            self._cancelled.add(context.peer())
        return empty_pb2.Empty()

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
        default = self._instance(context).default_tags
        return bool({**default, **(new.get("tags") or {})} != outputs["tagsAll"])

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, inputs = self._kind(request, context), wire.from_struct(request.properties)
        calls = self._calls(context, inputs, request.timeout)
        if request.preview:
            planned = _planned(calls, kind, inputs)
            return provider_pb2.CreateResponse(properties=wire.to_struct(planned, secrets=False))

        def work() -> Any:
            id_ = kind.create(calls, inputs)
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
            return empty_pb2.Empty()

        return self._do(work, context)

    # --- functions ---

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.tok not in functions.FUNCTIONS:
            _refuse(
                context,
                f"the sandbox's AWS has no function {request.tok}; it has {_list(functions.FUNCTIONS)}",
            )
        takes, function = functions.FUNCTIONS[request.tok]
        given = {key: value for key, value in wire.from_struct(request.args).items() if value is not None}
        unknown = sorted(given.keys() - takes)
        if unknown:
            _refuse(context, f"the sandbox's AWS doesn't know {', '.join(unknown)} of {request.tok}")
        calls = self._calls(context, given, 0.0)

        def work() -> Any:
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(wire.to_struct(function(calls, given), secrets=False))
            return response

        return self._do(work, context)

    # --- what they share ---

    def _kind(self, request: Any, context: Any) -> Kind:
        token = str(request.type or request.urn.split("::")[2].rpartition("$")[2])
        if token not in KINDS:
            _refuse(context, f"the sandbox's AWS has no type {token}; it has {_list(KINDS)}")
        return KINDS[token]

    def _instance(self, context: Any) -> Instance:
        with self._lock:
            found = self._instances.get(context.peer())
        if found is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "this provider was not configured")
            raise AssertionError  # abort raises
        return found

    def _calls(self, context: Any, properties: Properties, timeout: float) -> Calls:
        configured, peer = self._instance(context), context.peer()
        region = properties.get("region")
        return Calls(
            self._cloud,
            configured.account,
            region if isinstance(region, str) and region else configured.region,
            configured.default_tags,
            timeout or self._patience,
            lambda: peer in self._cancelled or not context.is_active(),
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
        "version": _VERSION,
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


def _list(tokens: Mapping[str, Any]) -> str:
    return ", ".join(sorted(token.rpartition(":")[2] for token in tokens))


def _refuse(context: Any, message: str) -> None:
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, message)
