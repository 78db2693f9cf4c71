"""What the provider process tells the person at the terminal, besides errors: warnings and progress, by the
engine's log.

`pulumi.log` only prints to stderr in a provider process, because no engine is configured there. The address
of the engine is the last argument of the process (pulumi/dynamic/__main__.py is started with it).
"""

import re
import sys
import threading

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from kong_secure.resources.plugin_process import in_plugin_process

_ADDRESS = re.compile(r"[A-Za-z0-9.\[\]:_-]+:\d+")
_TELL_SECONDS = 2.0


class EngineLog:
    """Tells the engine; where there is none, nobody. It never fails: a lost remark must not fail a create."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: engine_pb2_grpc.EngineStub | None = None

    def warn(self, message: str) -> None:
        """A line that stays."""
        self._log(engine_pb2.WARNING, message, ephemeral=False)

    def info(self, message: str) -> None:
        """A line that stays and alarms nobody."""
        self._log(engine_pb2.INFO, message, ephemeral=False)

    def progress(self, message: str) -> None:
        """A line that the next one replaces."""
        self._log(engine_pb2.INFO, message, ephemeral=True)

    def _log(self, severity: engine_pb2.LogSeverity.ValueType, message: str, *, ephemeral: bool) -> None:
        engine = self._stub()
        if engine is None:
            return
        request = engine_pb2.LogRequest(severity=severity, message=message, ephemeral=ephemeral)
        try:
            engine.Log(request, timeout=_TELL_SECONDS)
        except grpc.RpcError:
            return

    def _stub(self) -> engine_pb2_grpc.EngineStub | None:
        address = sys.argv[-1]
        if not in_plugin_process() or not _ADDRESS.fullmatch(address):
            return None
        with self._lock:
            if self._engine is None:
                # The engine is on this machine: a proxy of the environment must not stand between.
                channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
                self._engine = engine_pb2_grpc.EngineStub(channel)
            return self._engine
