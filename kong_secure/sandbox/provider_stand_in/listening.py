"""A provider on a port of loopback, to which engines attach (`PULUMI_DEBUG_PROVIDERS=PACKAGE:PORT`)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

_THREADS: Final = 64  # a delete that waits holds one


class ProviderServer:
    """A provider listening on a free loopback port until it is closed."""

    def __init__(self, servicer: Any) -> None:
        self._server = grpc.server(ThreadPoolExecutor(_THREADS), options=(("grpc.so_reuseport", 0),))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, self._server)
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def close(self) -> None:
        """Stop listening; calls under way are given up."""
        self._server.stop(grace=0).wait()


class OnDemand:
    """A servicer that is made once somebody attaches to it. Engines wait a few seconds for that, and for
    everything else as long as it takes.
    """

    def __init__(self, made: Callable[[], Any]) -> None:
        self._made = made

    def Attach(self, _request: Any, _context: Any) -> Any:  # noqa: N802 (the protocol's name)
        threading.Thread(target=self._made, daemon=True).start()
        return empty_pb2.Empty()

    def __getattr__(self, name: str) -> Callable[[Any, Any], Any]:
        def call(request: Any, context: Any) -> Any:
            return getattr(self._made(), name)(request, context)

        return call
