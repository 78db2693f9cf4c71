"""A server that stands between an engine and a provider of the sandbox, and holds one call that changes something: so
that an operation can be killed exactly between two steps, or inside one. It passes everything else on as it is.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2

_SERVICE: Final = "/pulumirpc.ResourceProvider/"
_CHANGING: Final[dict[str, Any]] = {
    "Create": provider_pb2.CreateRequest,
    "Update": provider_pb2.UpdateRequest,
    "Delete": provider_pb2.DeleteRequest,
}
_THREADS: Final = 64


class HeldCalls:
    """Listens on `port` for as long as the block lasts."""

    def __init__(self, port: int) -> None:
        """port: of the provider."""
        self._address = f"127.0.0.1:{port}"
        self._lock = threading.Lock()
        self._channels: dict[str, grpc.Channel] = {}
        self._hold: tuple[int | str, bool] | None = None
        self._over = threading.Event()
        self.reached = threading.Event()
        self.passed: list[str] = []
        self._server = grpc.server(ThreadPoolExecutor(_THREADS), options=(("grpc.so_reuseport", 0),))
        self._server.add_generic_rpc_handlers((self,))
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def __enter__(self) -> HeldCalls:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.stop(grace=0).wait()
        for channel in self._channels.values():
            channel.close()

    def hold(self, which: int | str | None, *, done: bool = False) -> None:
        """Hold the changing call of that number, counted from now on from 0, or the first of those words, as `create
        path-gateway`: before the provider hears of it, or, when done, before its answer is passed on. None: none.
        """
        with self._lock:
            self._hold = None if which is None else (which, done)
            self.passed = []
        self.reached.clear()

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a call, for grpc."""
        method = handler_call_details.method

        def handle(request: bytes, context: Any) -> Any:
            name = method.removeprefix(_SERVICE)
            held = self._is_held(name, request)
            if held is False:
                self._wait()
            call = self._channel(context.peer()).unary_unary(method)
            try:
                answer = call(request, metadata=handler_call_details.invocation_metadata)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())
            if held is True:
                self._wait()
            return answer

        return grpc.unary_unary_rpc_method_handler(handle)

    def _is_held(self, name: str, request: bytes) -> bool | None:
        """None where the call isn't held; else whether it is held after it was done."""
        if name not in _CHANGING:
            return None
        parsed = _CHANGING[name].FromString(request)
        if getattr(parsed, "preview", False):
            return None
        with self._lock:
            number = len(self.passed)
            words = f"{name.lower()} {parsed.urn.rpartition('::')[2]}"
            self.passed.append(words)
            return self._hold[1] if self._hold is not None and self._hold[0] in (number, words) else None

    def _wait(self) -> None:
        self.reached.set()
        self._over.wait()

    def _channel(self, peer: str) -> grpc.Channel:
        """A provider tells its instances apart by their connections."""
        with self._lock:
            if peer not in self._channels:
                own = (("grpc.use_local_subchannel_pool", 1),)
                self._channels[peer] = grpc.insecure_channel(self._address, options=own)
            return self._channels[peer]
