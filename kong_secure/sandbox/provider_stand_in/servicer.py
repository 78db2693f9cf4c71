"""The part of Pulumi's ResourceProvider service that is the same for every package: attaching, configuration,
and telling provider resources apart. One server stands for every provider resource of its package; each has a
connection of its own, so they are told apart by it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final, Generic, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from kong_secure.sandbox.engine import wire

VERSION: Final = "999.0.0"
"""Higher than any package's own, so that Pulumi never warns of an old plugin."""

_I = TypeVar("_I")
_T = TypeVar("_T")


class ConfigurationError(ValueError):
    """A provider configuration that the package's own provider refuses."""


class StandIn(provider_pb2_grpc.ResourceProviderServicer, Generic[_I]):
    """The service. Method names are the protocol's. A subclass says what a configuration makes (`configured`) and
    does what is asked of resources.

    called: how people call the cloud, as "the sandbox's AWS".
    """

    def __init__(self, called: str) -> None:
        self._called = called
        self._instances: dict[str, _I] = {}
        self._cancelled: set[str] = set()
        self._lock = threading.Lock()

    def configured(self, config: Mapping[str, Any]) -> _I:
        """What a configuration makes. Raises ConfigurationError."""
        raise NotImplementedError

    # --- the provider itself ---

    def Attach(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=VERSION)

    def Handshake(self, _request: Any, context: Any) -> Any:  # noqa: N802
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "not implemented")

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        config = {key: wire.unwrap(value) for key, value in wire.from_struct(request.args).items()}
        try:
            instance = self.configured(config)
        except ConfigurationError as error:
            problem = str(error)
        else:
            with self._lock:
                self._instances[context.peer()] = instance
                self._cancelled.discard(context.peer())
            return provider_pb2.ConfigureResponse(
                acceptSecrets=False, acceptResources=False, supportsPreview=True
            )
        return context.abort(grpc.StatusCode.INVALID_ARGUMENT, problem)

    def Cancel(self, _request: Any, context: Any) -> Any:  # noqa: N802
        with self._lock:
            self._cancelled.add(context.peer())
        return empty_pb2.Empty()

    # --- what subclasses use ---

    def instance(self, context: Any) -> _I:
        """The provider resource that asks."""
        with self._lock:
            found = self._instances.get(context.peer())
        if found is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "this provider was not configured")
            raise AssertionError  # abort raises
        return found

    def given_up(self, context: Any) -> bool:
        """Whether the engine no longer waits for an answer."""
        return context.peer() in self._cancelled or not context.is_active()

    def kind(self, request: Any, context: Any, kinds: Mapping[str, _T]) -> _T:
        """The resource type that a request is about; refused by name where it isn't there."""
        token = str(request.type or request.urn.split("::")[2].rpartition("$")[2])
        if token not in kinds:
            refuse(context, f"{self._called} has no type {token}; it has {listed(kinds)}")
        return kinds[token]

    def function(
        self, request: Any, context: Any, functions: Mapping[str, tuple[frozenset[str], _T]]
    ) -> tuple[_T, dict[str, Any]]:
        """The function that a request calls, with its arguments; refused by name where it isn't there."""
        if request.tok not in functions:
            refuse(context, f"{self._called} has no function {request.tok}; it has {listed(functions)}")
        takes, function = functions[request.tok]
        given = {key: value for key, value in wire.from_struct(request.args).items() if value is not None}
        unknown = sorted(given.keys() - takes)
        if unknown:
            refuse(context, f"{self._called} doesn't know {', '.join(unknown)} of {request.tok}")
        return function, given


def listed(tokens: Mapping[str, Any]) -> str:
    """The short names of tokens."""
    return ", ".join(sorted(token.rpartition(":")[2] for token in tokens))


def refuse(context: Any, message: str) -> NoReturn:
    """End a call because of what was asked."""
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, message)
    raise AssertionError  # abort raises
