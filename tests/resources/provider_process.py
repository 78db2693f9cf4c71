"""Pulumi's own provider process, driven over gRPC as an engine would; what the provider does is not decided
here.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from kong_secure.resources.shared_secret_header import SharedSecretHeaderProvider

Properties = Mapping[str, object]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
URN = "urn:pulumi:stack::project::pulumi-python:dynamic/kong-secure:SharedSecretHeader::header"


class Engine(engine_pb2_grpc.EngineServicer):
    """Remembers what the provider process tells the person at the terminal."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str, bool]] = []

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802 - the name of the RPC
        self.told.append((request.severity, request.message, request.ephemeral))
        return empty_pb2.Empty()


class ProviderProcess:
    """The RPCs, with properties as dicts in and out."""

    def __init__(self, channel: grpc.Channel, engine: Engine) -> None:
        self._provider = provider_pb2_grpc.ResourceProviderStub(channel)
        self.engine = engine
        self.serialized = serialize_provider(SharedSecretHeaderProvider())

    def serve(self, provider: ResourceProvider) -> None:
        """From now on the calls are for resources of this provider."""
        self.serialized = serialize_provider(provider)

    def configure(self, config: Mapping[str, str] | None = None) -> None:
        self._provider.Configure(provider_pb2.ConfigureRequest(args=struct(config or {})))

    def check(self, olds: Properties, news: Properties) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        request = provider_pb2.CheckRequest(urn=URN, olds=self._given(olds), news=self._given(news))
        answer = self._provider.Check(request)
        return properties(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures]

    def diff(self, object_id: str, olds: Properties, news: Properties) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(
            id=object_id, urn=URN, olds=self._given(olds), news=self._given(news)
        )
        answer: provider_pb2.DiffResponse = self._provider.Diff(request)
        return answer

    def create(self, inputs: Properties) -> tuple[str, dict[str, Any]]:
        answer = self._provider.Create(provider_pb2.CreateRequest(urn=URN, properties=self._given(inputs)))
        return answer.id, properties(answer.properties)

    def read(self, object_id: str, outputs: Properties) -> tuple[str, dict[str, Any], dict[str, Any]]:
        request = provider_pb2.ReadRequest(id=object_id, urn=URN, properties=self._given(outputs))
        answer = self._provider.Read(request)
        return answer.id, properties(answer.properties), properties(answer.inputs)

    def update(self, object_id: str, olds: Properties, news: Properties) -> dict[str, Any]:
        request = provider_pb2.UpdateRequest(
            id=object_id, urn=URN, olds=self._given(olds), news=self._given(news)
        )
        return properties(self._provider.Update(request).properties)

    def delete(self, object_id: str, outputs: Properties) -> None:
        request = provider_pb2.DeleteRequest(id=object_id, urn=URN, properties=self._given(outputs))
        self._provider.Delete(request)

    def _given(self, values: Properties) -> struct_pb2.Struct:
        return struct({"__provider": self.serialized, **values})


def struct(values: Mapping[str, object]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def properties(values: struct_pb2.Struct) -> dict[str, Any]:
    """What came over the wire, numbers as floats and lists as lists."""

    def plain(value: object) -> object:
        if isinstance(value, struct_pb2.Struct):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, struct_pb2.ListValue):
            return [plain(item) for item in value]
        return value

    return {key: plain(value) for key, value in values.items()}


@contextmanager
def provider_process(environment: Mapping[str, str]) -> Iterator[ProviderProcess]:
    """Starts the process with an engine to talk to, and ends both."""
    engine = Engine()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    command = [sys.executable, "-u", "-m", "pulumi.dynamic", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(environment)) as child:
        try:
            assert child.stdout is not None
            port = int(child.stdout.readline())
            with grpc.insecure_channel(
                f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]
            ) as channel:
                yield ProviderProcess(channel, engine)
        finally:
            child.kill()
            server.stop(None).wait()
