"""Running a program's transforms: functions of it that may rewrite what it asks for, called back over gRPC.

A transform gets a resource's properties and options, or a function's, and answers with others. What lives here is the
call and the translation; which transforms a resource has is in `inheritance`. What comes out is a request like the one
that went in, so that everything after it is refused, parsed and carried out as if the program had asked for that.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any, Final

import grpc
from google.protobuf import struct_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from kong_secure.sandbox.engine import unimplemented, wire

# option of a transform -> field of the request it comes from, and goes back to
_OPTIONS: Final = {
    "depends_on": "dependencies",
    "protect": "protect",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "version": "version",
    "aliases": "aliases",
    "provider": "provider",
    "custom_timeouts": "customTimeouts",
    "plugin_download_url": "pluginDownloadURL",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "additional_secret_outputs": "additionalSecretOutputs",
    "providers": "providers",
    "delete_before_replace": "deleteBeforeReplace",
}
_FUNCTION_OPTIONS: Final = {
    "provider": "provider",
    "version": "version",
    "plugin_download_url": "pluginDownloadURL",
}
_MAX_MESSAGE: Final = (("grpc.max_receive_message_length", 400 * 1024 * 1024),)


class TransformError(Exception):
    """A transform raised an error, or asks for what isn't implemented."""


class Callbacks:
    """Connections to the servers that a program's functions are called at, until closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channels: dict[str, grpc.Channel] = {}

    def call(self, callback: Any, request: Message) -> bytes:
        """The answer of a function. Raises TransformError, in the function's own words, where it raised."""
        stub = callback_pb2_grpc.CallbacksStub(self._channel(callback.target))
        asked = callback_pb2.CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
        failure = ""
        try:
            answer: bytes = stub.Invoke(asked).response
        except grpc.RpcError as error:
            details = str(error.details())
            failure = details.removeprefix(f"Invoke callback {callback.token} error: ").strip()
        if failure:
            raise TransformError(f"a transform raised an error: {failure}")
        return answer

    def _channel(self, target: str) -> grpc.Channel:
        with self._lock:
            if target not in self._channels:
                self._channels[target] = grpc.insecure_channel(target, options=_MAX_MESSAGE)
            return self._channels[target]

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for channel in self._channels.values():
                channel.close()


def transformed(request: Any, transforms: Sequence[Any], callbacks: Callbacks) -> Any:
    """The registration as the transforms, called one after the other, want it.

    request: as the program sent it, with what it inherits filled in. Raises TransformError.
    """
    if not transforms:
        return request
    own = bool(request.transforms)
    properties = _as_outputs(request, with_dependencies=own)
    options = _options_of(request)
    for transform in transforms:
        asked = resource_pb2.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=properties,
            options=options,
        )
        answer = resource_pb2.TransformResponse.FromString(callbacks.call(transform, asked))
        properties = answer.properties if answer.HasField("properties") else properties
        options = answer.options if answer.HasField("options") else options
    refusal = unimplemented.refusal(options)
    if refusal is not None:
        raise TransformError(refusal)
    return _rewritten(request, properties, options, own=own)


def transformed_function(request: Any, transforms: Sequence[Any], callbacks: Callbacks) -> Any:
    """The call of a function as the transforms want it. Raises TransformError."""
    wanted = resource_pb2.ResourceInvokeRequest()
    wanted.CopyFrom(request)
    for transform in transforms:
        options = resource_pb2.TransformInvokeOptions()
        for option, field in _FUNCTION_OPTIONS.items():
            _copy(wanted, field, options, option)
        asked = resource_pb2.TransformInvokeRequest(token=wanted.tok, args=wanted.args, options=options)
        answer = resource_pb2.TransformInvokeResponse.FromString(callbacks.call(transform, asked))
        if answer.HasField("args"):
            wanted.args.CopyFrom(answer.args)
        if answer.HasField("options"):
            for option, field in _FUNCTION_OPTIONS.items():
                _copy(answer.options, option, wanted, field)
    return wanted


def _options_of(request: Any) -> Any:
    options = resource_pb2.TransformResourceOptions()
    for option, field in _OPTIONS.items():
        _copy(request, field, options, option)
    options.aliases.MergeFrom([{"urn": urn} for urn in request.aliasURNs])
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    return options


def _rewritten(request: Any, properties: Any, options: Any, *, own: bool) -> Any:
    wanted = resource_pb2.RegisterResourceRequest()
    wanted.CopyFrom(request)
    wanted.object.CopyFrom(properties)
    named = {key: sorted(set(_dependencies(value))) for key, value in properties.fields.items()}
    for option, field in _OPTIONS.items():
        # as Pulumi does: only a resource's own transforms have a say in what it depends on
        if option != "depends_on" or own:
            _copy(options, option, wanted, field)
    wanted.ClearField("aliasURNs")
    wanted.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    if own:
        wanted.ClearField("propertyDependencies")
        every = {*wanted.dependencies, *(urn for urns in named.values() for urn in urns)}
        del wanted.dependencies[:]
        wanted.dependencies.extend(sorted(every))
        for key, urns in named.items():
            wanted.propertyDependencies[key].urns.extend(urns)
    return wanted


def _copy(source: Message, field: str, target: Message, other: str) -> None:
    """Make a field of one message what a field of another is, an absent one absent."""
    target.ClearField(other)
    for descriptor, value in source.ListFields():
        if descriptor.name != field:
            continue
        if hasattr(value, "MergeFrom"):
            getattr(target, other).MergeFrom(value)
        else:
            setattr(target, other, value)


def _as_outputs(request: Any, *, with_dependencies: bool) -> Any:
    """The properties as a transform reads them: secrets, unknowns and dependencies are outputs."""
    properties = struct_pb2.Struct()
    named = request.propertyDependencies
    for key, value in request.object.fields.items():
        target = properties.fields[key]
        _fill_output(target, value)
        dependencies = named[key].urns if key in named else () if named else request.dependencies
        if with_dependencies and not {*dependencies} <= {*_dependencies(target)}:
            _add_dependencies(target, dependencies)
    return properties


def _fill_output(target: Any, value: Any) -> None:
    kind = value.WhichOneof("kind")
    if kind == "string_value" and value.string_value == wire.UNKNOWN_TEXT:
        target.struct_value.fields[wire.SIGNATURE].string_value = wire.OUTPUT_SIGNATURE
    elif kind == "list_value":
        target.list_value.SetInParent()
        for item in value.list_value.values:
            _fill_output(target.list_value.values.add(), item)
    elif kind == "struct_value" and _signature(value) == wire.SECRET_SIGNATURE:
        # an output says of all of itself that it is secret
        content = wire.to_struct({"": wire.unwrap(wire.from_proto(value))}, secrets=True).fields[""]
        fields = target.struct_value.fields
        fields[wire.SIGNATURE].string_value = wire.OUTPUT_SIGNATURE
        fields["secret"].bool_value = True
        if content.string_value != wire.UNKNOWN_TEXT:
            _fill_output(fields["value"], content)
    elif kind == "struct_value" and not _signature(value):
        target.struct_value.SetInParent()
        for key, item in value.struct_value.fields.items():
            _fill_output(target.struct_value.fields[key], item)
    else:
        target.CopyFrom(value)


def _add_dependencies(target: Any, dependencies: Sequence[str]) -> None:
    fields = target.struct_value.fields
    if _signature(target) != wire.OUTPUT_SIGNATURE:
        content = struct_pb2.Value()
        content.CopyFrom(target)
        target.Clear()
        fields = target.struct_value.fields
        fields[wire.SIGNATURE].string_value = wire.OUTPUT_SIGNATURE
        fields["value"].CopyFrom(content)
    for urn in sorted(dependencies):
        fields["dependencies"].list_value.values.add().string_value = urn


def _dependencies(value: Any) -> Iterator[str]:
    """The URNs that the outputs inside a value name."""
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        for item in value.list_value.values:
            yield from _dependencies(item)
    elif kind == "struct_value":
        is_output = _signature(value) == wire.OUTPUT_SIGNATURE
        for key, item in value.struct_value.fields.items():
            if is_output and key == "dependencies":
                yield from (urn.string_value for urn in item.list_value.values)
            else:
                yield from _dependencies(item)


def _signature(value: Any) -> str:
    fields = value.struct_value.fields
    return str(fields[wire.SIGNATURE].string_value) if wire.SIGNATURE in fields else ""
