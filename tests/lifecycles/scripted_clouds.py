"""Clouds that answer from a script, behind Pulumi's protocol for providers: they check nothing and make everything, so
that an engine records what a program gave, and nothing of what a cloud makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from kong_secure.sandbox.engine import wire
from kong_secure.sandbox.engine.not_simulated import NotSimulatedProvider
from tests.components.aws import mocked_path as aws
from tests.components.azure import mocked_peering as azure

_THREADS = 8


class ScriptedClouds(NotSimulatedProvider):
    """AWS and Azure, as the tests of the components script them."""

    def __init__(self) -> None:
        super().__init__()
        self._clouds = {"aws": aws.TwoEnds(), "azure-native": azure.TwoEnds()}

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        given = rpc.deserialize_properties(request.properties)
        token, name = request.urn.split("::")[2:]
        kind = token.rpartition("$")[2]
        args = mocks.MockResourceArgs(kind, name, given, "", "", True)
        made_id, outputs = self._clouds[kind.partition(":")[0]].new_resource(args)
        return provider_pb2.CreateResponse(id=made_id, properties=wire.to_struct(outputs, secrets=False))

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        args = mocks.MockCallArgs(request.tok, rpc.deserialize_properties(request.args), "")
        answer, failures = self._clouds[request.tok.partition(":")[0]].call(args)
        assert not failures
        return provider_pb2.InvokeResponse(**{"return": wire.to_struct(answer, secrets=False)})


@contextmanager
def scripted_clouds() -> Iterator[str]:
    """Both clouds while they listen: the value of PULUMI_DEBUG_PROVIDERS that sends their packages there."""
    server = grpc.server(ThreadPoolExecutor(_THREADS))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ScriptedClouds(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"aws:{port},azure-native:{port}"
    server.stop(grace=0).wait()
