"""Talking to resource providers: Pulumi's ResourceProvider service, as plain calls on values.

A Plugin is one connection, to a process this engine started or to a server it was attached to. How values
look on the wire is `wire`'s matter; which provider serves which resource is decided in `providers`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from kong_secure.sandbox.engine import diffs, urns, wire
from kong_secure.sandbox.engine.operations import Detail, Stack
from kong_secure.sandbox.engine.processes import Child, Children, LineSink
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.wire import Properties, Value

CHANNEL_OPTIONS: Final = (
    ("grpc.enable_http_proxy", 0),  # everything spoken to is on loopback
    # a server that stands for several provider resources tells them apart by their connections
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
)
_START_SECONDS: Final = 60.0
_ATTACH_SECONDS: Final = 10.0


class ProviderError(Exception):
    """What a provider refused or couldn't do: one sentence, then perhaps details on further lines.

    lost: the connection broke, so that nobody knows whether it was done.
    """

    def __init__(self, message: str, *, lost: bool = False) -> None:
        super().__init__(message)
        self.lost = lost


@dataclass(frozen=True)
class CheckFailure:
    """An input the provider refuses; `property` is empty where the reason stands alone."""

    property: str
    reason: str


@dataclass(frozen=True)
class DiffAnswer:
    """What a provider says of old and new: `changes` is None where it leaves the comparison to the engine."""

    changes: bool | None
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False
    diffs: tuple[str, ...] = ()
    detailed: tuple[Detail, ...] = ()


class Plugin:
    """A configured connection to a provider."""

    def __init__(self, package: str, address: str = "", child: Child | None = None) -> None:
        self.package = package
        self.child = child
        self.known = True
        self.simulated = True
        self._stub: Any = None
        self._channel: Any = None
        self._ready = threading.Event()
        self._secrets = self._references = self.supports_preview = False
        if address:
            self._connect(address)

    def _connect(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address, options=CHANNEL_OPTIONS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._ready.set()

    def announce(self, line: str) -> bool:
        """Take the port from the process's first line; False for any other line."""
        if self._ready.is_set() or not line.strip().isdigit():
            return False
        self._connect(f"127.0.0.1:{line.strip()}")
        return True

    def attach(self, engine_address: str) -> None:
        """Tell an attached provider where the engine is."""
        request = plugin_pb2.PluginAttach(address=engine_address)
        self._call("Attach", request, timeout=_ATTACH_SECONDS)

    def configure(self, inputs: Mapping[str, Value], urn: str) -> None:
        """Give the provider its configuration. Unknown values in it leave the provider unconfigured."""
        if any(wire.contains_unknown(value) for value in inputs.values()):
            self.known = False
            return
        answer = self._call(
            "Configure",
            provider_pb2.ConfigureRequest(
                args=wire.to_struct(inputs, secrets=True),
                variables={
                    f"{self.package}:config:{k}": _as_text(v) for k, v in inputs.items() if k != "version"
                },
                acceptSecrets=True,
                acceptResources=True,
                sends_old_inputs=True,
                sends_old_inputs_to_delete=True,
                urn=urn,
            ),
        )
        self._secrets, self._references = bool(answer.acceptSecrets), bool(answer.acceptResources)
        self.supports_preview = bool(answer.supportsPreview)

    def check_config(
        self, urn: str, old: Properties, new: Properties
    ) -> tuple[Properties, tuple[CheckFailure, ...]]:
        """The configuration as the provider wants it; as given where it has no opinion."""
        request = self._check_request(urn, old, new)
        answer = self._optional("CheckConfig", request)
        if answer is None:
            return new, ()
        return wire.from_struct(answer.inputs), _failures(answer)

    def diff_config(self, urn: str, old: Properties, old_outputs: Properties, new: Properties) -> DiffAnswer:
        """Whether another configuration means another provider."""
        request = provider_pb2.DiffRequest(
            olds=self._struct(old_outputs),
            news=self._struct(new),
            old_inputs=self._struct(old),
            **_names(urn),
        )
        answer = self._optional("DiffConfig", request)
        return DiffAnswer(None) if answer is None else _diff_answer(answer)

    def check(
        self, urn: str, old: Properties, new: Properties
    ) -> tuple[Properties, tuple[CheckFailure, ...]]:
        """The inputs as the provider wants them recorded, and what it refuses."""
        if not self.known:
            return new, ()
        answer = self._call("Check", self._check_request(urn, old, new))
        return self._marked(answer.inputs, new), _failures(answer)

    def _check_request(self, urn: str, old: Properties, new: Properties) -> Any:
        return provider_pb2.CheckRequest(olds=self._struct(old), news=self._struct(new), **_names(urn))

    def diff(self, old: Resource, new: Resource) -> DiffAnswer:
        """What changes between what is recorded and what is wanted, whose inputs were checked."""
        if not self.known:
            return DiffAnswer(changes=True)
        request = provider_pb2.DiffRequest(
            id=old.id,
            olds=self._struct(old.outputs),
            news=self._struct(new.inputs),
            old_inputs=self._struct(old.inputs),
            ignoreChanges=new.ignore_changes,
            **_names(new.urn),
        )
        return _diff_answer(self._call("Diff", request))

    def create(self, new: Resource, *, preview: bool) -> tuple[str, Properties]:
        """Create; returns id and outputs. In a preview the id may be empty, which means not known yet."""
        request = provider_pb2.CreateRequest(
            properties=self._struct(new.inputs),
            timeout=new.custom_timeouts.get("create", 0.0),
            preview=preview,
            **_names(new.urn),
        )
        answer = self._call("Create", request)
        if not answer.id and not preview:
            raise ProviderError("the provider gave the created resource no id")
        return str(answer.id), self._marked(answer.properties, new.inputs)

    def update(self, old: Resource, new: Resource, *, preview: bool) -> Properties:
        """Update in place; returns the outputs."""
        request = provider_pb2.UpdateRequest(
            id=old.id,
            olds=self._struct(old.outputs),
            news=self._struct(new.inputs),
            old_inputs=self._struct(old.inputs),
            ignoreChanges=new.ignore_changes,
            timeout=new.custom_timeouts.get("update", 0.0),
            preview=preview,
            **_names(new.urn),
        )
        return self._marked(self._call("Update", request).properties, new.inputs)

    def delete(self, resource: Resource) -> None:
        """Delete."""
        request = provider_pb2.DeleteRequest(
            id=resource.id,
            properties=self._struct(resource.outputs),
            old_inputs=self._struct(resource.inputs),
            timeout=resource.custom_timeouts.get("delete", 0.0),
            **_names(resource.urn),
        )
        self._call("Delete", request)

    def read(self, resource: Resource) -> tuple[str, Properties | None, Properties]:
        """What the resource is now: id (empty: gone), inputs (None: the provider gave none) and outputs."""
        request = provider_pb2.ReadRequest(
            id=resource.id,
            properties=self._struct(resource.outputs),
            inputs=self._struct(resource.inputs),
            timeout=resource.custom_timeouts.get("read", 0.0),
            **_names(resource.urn),
        )
        answer = self._call("Read", request)
        inputs = self._marked(answer.inputs, resource.inputs) if answer.HasField("inputs") else None
        return (
            str(answer.id),
            inputs,
            self._marked(answer.properties, {**resource.outputs, **resource.inputs}),
        )

    def invoke(
        self, token: str, args: Properties, *, preview: bool
    ) -> tuple[Properties, tuple[CheckFailure, ...]]:
        """Call one of the provider's functions."""
        request = provider_pb2.InvokeRequest(tok=token, args=self._struct(args), preview=preview)
        answer = self._call("Invoke", request)
        return wire.from_struct(getattr(answer, "return")), _failures(answer)

    def close(self) -> None:
        """Close the connection. Ending a process is for whoever started it."""
        if self._channel is not None:
            self._channel.close()

    def _struct(self, properties: Mapping[str, Value]) -> Any:
        return wire.to_struct(properties, secrets=self._secrets, references=self._references)

    def _marked(self, struct: Any, given: Mapping[str, Value]) -> Properties:
        received = wire.from_struct(struct)
        return received if self._secrets else wire.mark_like(received, given)

    def _optional(self, method: str, request: Any) -> Any:
        """The answer; None from a provider that doesn't implement the method."""
        answer, error = self._try(method, request, None)
        if error is None:
            return answer
        if error.code() == grpc.StatusCode.UNIMPLEMENTED:
            return None
        raise self._error(method, error)

    def _call(self, method: str, request: Any, timeout: float | None = None) -> Any:
        answer, error = self._try(method, request, timeout)
        if error is not None:
            raise self._error(method, error)
        return answer

    def _try(self, method: str, request: Any, timeout: float | None) -> tuple[Any, Any]:
        """The answer or the error, which is raised elsewhere so that it carries no request as its context."""
        if not self._wait_until_ready():
            raise ProviderError(
                f"the provider process of package {self.package} ended before it could be used"
            )
        try:
            return getattr(self._stub, method)(request, timeout=timeout), None
        except grpc.RpcError as error:
            return None, error

    def _wait_until_ready(self) -> bool:
        waited = 0.0
        while not self._ready.wait(0.05):
            waited += 0.05
            if waited > _START_SECONDS or (self.child is not None and self.child.process.poll() is not None):
                return self._ready.is_set()
        return True

    def _error(self, method: str, error: Any) -> ProviderError:
        if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
            return ProviderError(
                f"the provider of package {self.package} went away during {method}", lost=True
            )
        if error.code() == grpc.StatusCode.UNIMPLEMENTED:
            return ProviderError(f"the provider of package {self.package} doesn't implement {method}")
        return ProviderError(clear_message(error.details() or str(error.code())))


def start_dynamic(children: Children, stack: Stack, engine_address: str, sink: LineSink) -> Plugin | None:
    """Start the SDK's own process for dynamic providers; None when the run is being stopped.

    It is usable at once: calls wait until it has told its port. sink: gets what it prints after that.
    """
    environment = {
        **stack.environment,
        "PULUMI_PROJECT": stack.project,
        "PULUMI_CONFIG": json.dumps(dict(stack.config)),
    }
    command = [stack.python, "-u", "-m", "pulumi.dynamic", engine_address]
    child = children.start(command, stack.program_directory, environment)
    if child is None:
        return None
    plugin = Plugin(urns.DYNAMIC_PACKAGE, child=child)

    def on_output(line: str) -> None:
        if not plugin.announce(line):
            sink(line)

    child.read(child.process.stdout, on_output)
    child.read(child.process.stderr, sink)
    return plugin


def clear_message(details: str) -> str:
    """A provider's error with its sentence first: a Python traceback ends in what a person wants to know."""
    marker = "Traceback (most recent call last):"
    if marker not in details:
        return details.strip()
    lines = details.strip().splitlines()
    # the last exception's own text starts after its last frame, and may have several lines
    last_frame = max(index for index, line in enumerate(lines) if line.startswith(("  ", marker)))
    sentence = "\n".join(lines[last_frame + 1 :])
    return f"{sentence}\n{_without_machinery(lines)}" if sentence else details.strip()


def _without_machinery(lines: list[str]) -> str:
    """The traceback without the frames of the SDK's provider process."""
    machinery = str(Path("pulumi") / "dynamic" / "__main__.py")
    kept: list[str] = []
    skipping = False
    for line in lines:
        if line.startswith('  File "'):
            skipping = machinery in line
        elif not line.startswith("    "):
            skipping = False
        if not skipping:
            kept.append(line)
    return "\n".join(kept)


def _names(urn: str) -> dict[str, Any]:
    """How every request names its resource."""
    return {"urn": urn, "name": urns.name_of(urn), "type": urns.type_of(urn)}


def _failures(answer: Any) -> tuple[CheckFailure, ...]:
    return tuple(CheckFailure(failure.property, failure.reason) for failure in answer.failures)


def _diff_answer(answer: Any) -> DiffAnswer:
    changes = {
        provider_pb2.DiffResponse.DIFF_SOME: True,
        provider_pb2.DiffResponse.DIFF_NONE: False,
    }.get(answer.changes)
    kinds = provider_pb2.PropertyDiff
    replacing = (kinds.ADD_REPLACE, kinds.DELETE_REPLACE, kinds.UPDATE_REPLACE)
    forced = [
        str(diffs.parse_path(path)[0]) for path, d in answer.detailedDiff.items() if d.kind in replacing
    ]
    replaces = tuple(dict.fromkeys([*answer.replaces, *forced]))
    detailed = tuple(
        Detail(path, kinds.Kind.Name(d.kind).lower().replace("_", "-"), d.inputDiff)
        for path, d in answer.detailedDiff.items()
    )
    return DiffAnswer(changes, replaces, bool(answer.deleteBeforeReplace), tuple(answer.diffs), detailed)


def _as_text(value: Value) -> str:
    plain = wire.unwrap(value)
    return plain if isinstance(plain, str) else json.dumps(plain, default=str)
