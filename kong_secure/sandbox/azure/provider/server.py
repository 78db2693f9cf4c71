"""Pulumi's ResourceProvider service in front of the sandbox's Azure, as azure-native answers it. Both engines
attach to it (`PULUMI_DEBUG_PROVIDERS=azure-native:PORT`).

What azure-native does is followed where it matters to programs: a create asks first whether the resource exists;
inputs are compared with inputs, and drift gets among them by a refresh; a name that is made up is random, copied
from the resource's, or a GUID; a replacement deletes first unless the name was made up at random.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.provider import instances, kinds, types
from kong_secure.sandbox.azure.provider.functions import FUNCTIONS
from kong_secure.sandbox.azure.provider.instances import Instance
from kong_secure.sandbox.azure.provider.kinds import Kind, Properties
from kong_secure.sandbox.azure.refusals import ArmError
from kong_secure.sandbox.azure.resource_manager import ResourceManager
from kong_secure.sandbox.engine import wire
from kong_secure.sandbox.engine.pending import MADE
from kong_secure.sandbox.provider_stand_in.servicer import VERSION, StandIn

_UPDATE, _UPDATE_REPLACE = provider_pb2.PropertyDiff.UPDATE, provider_pb2.PropertyDiff.UPDATE_REPLACE
_STABLE: Final = ("name", "location")


class AzureProvider(StandIn[Instance]):
    """The service. Method names are the protocol's."""

    def __init__(self, manager: ResourceManager) -> None:
        super().__init__("the sandbox's Azure")
        self._manager = manager
        # Of this process: an object that was made before is refused by azure-native itself.
        self._made: dict[str, str] = {}

    def configured(self, config: Mapping[str, Any]) -> Instance:
        """What a configuration makes; its subscription is there from then on."""
        store = self._manager.store
        with store.locked():
            made = instances.instance(config, store.subscriptions)
            store.subscribe(made.subscription, made.tenant)
            store.add_principal(made.tenant, made.object_id, type="ServicePrincipal", appId=made.client)
        return made

    def GetSchema(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema()))

    def DiffConfig(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_UNKNOWN)

    # --- resources ---

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, instance = self._kind(request, context), self.instance(context)
        name = request.name or request.urn.rpartition("::")[2]
        given, old = wire.from_struct(request.news), wire.from_struct(request.olds)
        inputs, failures = kinds.checked(kind, given, old, name, bytes(request.randomSeed))
        if "location" in kind.inputs and "location" not in inputs:
            inputs |= self._location(kind, old, inputs, instance)
        failures += kinds.missing(kind, inputs)
        return provider_pb2.CheckResponse(
            inputs=wire.to_struct(inputs, secrets=False),
            failures=[provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures],
        )

    def _location(self, kind: Kind, old: Properties, inputs: Properties, instance: Instance) -> Properties:
        """Where a resource goes that doesn't say: where it is, where the provider puts things, to its group."""
        where = old.get("location") or instance.location
        if not where and kind.located and "resourceGroupName" in inputs:
            group = inputs["resourceGroupName"]
            if wire.contains_unknown(group):
                return {"location": wire.UNKNOWN}
            found = self._manager.find(ids.group_id(instance.subscription, str(group)))
            where = found["location"] if found is not None else ""
        return {"location": where} if where else {}

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self._kind(request, context)
        old, new = wire.from_struct(request.old_inputs), wire.from_struct(request.news)
        outputs = wire.from_struct(request.olds)
        found = kinds.changes(kind, old, outputs, new, tuple(request.ignoreChanges))
        some = provider_pb2.DiffResponse.DIFF_SOME if found.changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some,
            diffs=found.changed,
            replaces=found.replacing,
            hasDetailedDiff=True,
            detailedDiff={
                key: provider_pb2.PropertyDiff(
                    kind=_UPDATE_REPLACE if key in found.replacing else _UPDATE, inputDiff=True
                )
                for key in found.changed
            },
            deleteBeforeReplace=bool(found.replacing) and not old.get(kinds.CREATE_BEFORE_DELETE),
        )

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, inputs = self._kind(request, context), wire.from_struct(request.properties)
        instance = self.instance(context)
        if request.preview:
            planned = wire.to_struct(_planned(kind, inputs), secrets=False)
            return provider_pb2.CreateResponse(properties=planned)

        def work() -> Any:
            id_ = kind.id_of(inputs, instance.subscription)
            with self._manager.store.locked():
                if self._manager.find(id_) is not None:
                    raise _ExistsError(f"cannot create already existing resource '{id_}'")
                made = self._manager.put(id_, kind.body_of(inputs))
                self._made[request.urn] = str(made["id"])
            return provider_pb2.CreateResponse(
                id=made["id"], properties=wire.to_struct(_outputs(kind, made, inputs), secrets=False)
            )

        return self._do(work, context)

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, before = self._kind(request, context), wire.from_struct(request.properties)
        old = wire.from_struct(request.inputs)
        self.instance(context)

        def work() -> Any:
            now = self._manager.find(request.id)
            if now is None:
                return provider_pb2.ReadResponse()
            if old:
                outputs = _outputs(kind, now, old)
                inputs = kinds.refreshed(kind, old, before, outputs)
            else:
                outputs = _outputs(kind, now, now)
                inputs = kinds.inputs_of(kind, request.id, outputs)
            return provider_pb2.ReadResponse(
                id=request.id,
                properties=wire.to_struct(outputs, secrets=False),
                inputs=wire.to_struct(inputs, secrets=False),
            )

        return self._do(work, context)

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, old = self._kind(request, context), wire.from_struct(request.olds)
        new = wire.from_struct(request.news)
        self.instance(context)
        if request.preview:
            planned = _planned(kind, new) | {key: old[key] for key in _STABLE if key in old}
            return provider_pb2.UpdateResponse(properties=wire.to_struct(planned, secrets=False))

        def work() -> Any:
            made = self._manager.put(request.id, kind.body_of(new))
            outputs = _outputs(kind, made, new)
            return provider_pb2.UpdateResponse(properties=wire.to_struct(outputs, secrets=False))

        return self._do(work, context)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._kind(request, context)
        self.instance(context)

        def work() -> Any:
            self._manager.delete(request.id)
            self._made.pop(request.urn, None)
            return empty_pb2.Empty()

        return self._do(work, context)

    # --- functions ---

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.tok == MADE:
            made = self._made.get(str(wire.from_struct(request.args)["urn"]), "")
            told = provider_pb2.InvokeResponse()
            getattr(told, "return").CopyFrom(wire.to_struct({"id": made}, secrets=False))
            return told
        function, given = self.function(request, context, FUNCTIONS)
        instance = self.instance(context)

        def work() -> Any:
            response = provider_pb2.InvokeResponse()
            answer = function(self._manager, instance, given)
            getattr(response, "return").CopyFrom(wire.to_struct(answer, secrets=False))
            return response

        return self._do(work, context)

    # --- what they share ---

    def _kind(self, request: Any, context: Any) -> Kind:
        return self.kind(request, context, types.KINDS)

    def _do(self, work: Callable[[], Any], context: Any) -> Any:
        """Work's answer; what Azure refuses becomes the call's error."""
        try:
            return work()
        except (ArmError, _ExistsError) as error:
            problem = str(error)
        return context.abort(grpc.StatusCode.UNKNOWN, problem)


class _ExistsError(Exception):
    """What azure-native itself refuses: it creates nothing that is there."""


def _planned(kind: Kind, inputs: Properties) -> Properties:
    """What a preview knows: of what will come out, that which goes in."""
    return {key: value for key, value in inputs.items() if key in kind.outputs}


def _outputs(kind: Kind, resource: Properties, inputs: Properties) -> Properties:
    """A resource as azure-native records it: children that aren't given with their parent aren't shown with it."""
    outputs = {key: value for key, value in resource.items() if key in kind.outputs}
    unset: Properties = {key: [] for key in kind.children if key not in inputs}
    return {**outputs, **unset, "azureApiVersion": types.api_version(kind.token)}


def schema() -> dict[str, Any]:
    """The part of azure-native's schema that is here, as its package schema names it."""
    return {
        "name": "azure-native",
        "version": VERSION,
        "resources": {
            token: {
                "inputProperties": {key: {"type": spec.kind} for key, spec in kind.inputs.items()},
                "requiredInputs": [key for key, spec in kind.inputs.items() if spec.required],
                "properties": {key: {"$ref": "pulumi.json#/Any"} for key in kind.outputs},
            }
            for token, kind in types.KINDS.items()
        },
        "functions": {
            token: {"inputs": {"properties": {key: {"type": "string"} for key in sorted(takes)}}}
            for token, (takes, _) in FUNCTIONS.items()
        },
    }
