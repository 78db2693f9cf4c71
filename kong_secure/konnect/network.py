"""Sockets whose every wait ends with the call that waits; pools and proxies are in `connections`.

Timeouts of httpx are for one wait: a server that sends a byte now and then, or a name that takes its time to
resolve, would hold a caller far beyond its deadline. Here each wait gets what is left of the call.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import httpcore

from kong_secure.konnect.retries import Deadline

Result = TypeVar("Result")

_CALL: ContextVar[Deadline | None] = ContextVar("_CALL", default=None)

# A socket that may be written to has room for this much, so no write waits twice.
_PIECE_BYTES = 4096
_RECORD_BYTES = 16384


@contextmanager
def ending_with(deadline: Deadline) -> Iterator[None]:
    """Inside, no wait of this thread on a connection outlasts the deadline."""
    token = _CALL.set(deadline)
    try:
        yield
    finally:
        _CALL.reset(token)


def _left(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float:
    """Seconds that a wait may take: its own timeout, but no more than is left of the call."""
    deadline = _CALL.get()
    left = float("inf") if deadline is None else deadline.remaining()
    if not left:
        raise too_late("the deadline of the call is over")
    # The longest wait that every platform takes is about 24 days.
    return min(left, 1e6 if timeout is None else timeout)


class BoundedStream(httpcore.NetworkStream):
    """A connection whose reads and writes end with the call."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, once something has. Raises httpcore.ReadTimeout."""
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends everything. Raises httpcore.WriteTimeout."""
        for start in range(0, len(buffer), _PIECE_BYTES):
            self._stream.write(buffer[start : start + _PIECE_BYTES], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Ends the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted; Python bounds a handshake as a whole."""
        left = _left(timeout, httpcore.ConnectTimeout)
        if self.get_extra_info("ssl_object") is not None:
            return TlsInTls(self, ssl_context.wrap_bio, server_hostname, timeout)
        return BoundedStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        """As of the connection underneath."""
        return self._stream.get_extra_info(info)


class TlsInTls(httpcore.NetworkStream):
    """TLS inside TLS, as a proxy that is reached over https needs. Python's sockets can't, and httpcore's own
    stream for it bounds each wait alone.
    """

    def __init__(
        self,
        carrier: BoundedStream,
        wrap: Callable[..., ssl.SSLObject],
        server_hostname: str | None,
        timeout: float | None,
    ) -> None:
        self._carrier = carrier
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = wrap(self._incoming, self._outgoing, server_hostname=server_hostname)
        try:
            self._carry(self._tls.do_handshake, timeout, httpcore.ConnectError)
        except Exception:
            self.close()
            raise

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, once something has. Raises httpcore.ReadTimeout."""
        return self._carry(lambda: self._tls.read(max_bytes), timeout, httpcore.ReadError)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends everything. Raises httpcore.WriteTimeout."""
        while buffer:
            piece = buffer
            sent = self._carry(lambda: self._tls.write(piece), timeout, httpcore.WriteError)  # noqa: B023
            buffer = buffer[sent:]

    def close(self) -> None:
        """Ends the connection."""
        self._carrier.close()

    def get_extra_info(self, info: str) -> Any:
        """As of the connection underneath."""
        return self._tls if info == "ssl_object" else self._carrier.get_extra_info(info)

    def _carry(
        self, step: Callable[[], Result], timeout: float | None, failed: type[httpcore.NetworkError]
    ) -> Result:
        while True:
            result: list[Result] = []
            try:
                result.append(step())
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                raise failed(str(error)) from error
            waiting = self._outgoing.read()
            if waiting:
                self._carrier.write(waiting, timeout)
            if result:
                return result[0]
            received = self._carrier.read(_RECORD_BYTES, timeout)
            if received:
                self._incoming.write(received)
            else:
                self._incoming.write_eof()


class Resolver:
    """Looks up the addresses of names, in threads of its own: a lookup can't be interrupted, only left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[tuple[str, int], Future[list[str]]] = {}

    def addresses(self, host: str, port: int, seconds: float) -> list[str]:
        """At least one address. Raises httpcore.ConnectTimeout, or ConnectError where there is none."""
        if _is_address(host):
            return [host]
        try:
            return self._lookup(host, port).result(seconds)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the name wasn't resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error

    def _lookup(self, host: str, port: int) -> "Future[list[str]]":
        # Whoever asks again joins the lookup under way: one that hangs holds one thread and not one per try.
        with self._lock:
            lookup = self._under_way.get((host, port))
            if lookup is None:
                lookup = self._under_way[host, port] = Future()
                threading.Thread(target=self._resolve, args=(host, port, lookup), daemon=True).start()
            return lookup

    def _resolve(self, host: str, port: int, lookup: "Future[list[str]]") -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except Exception as error:  # noqa: BLE001 - raised in the threads that wait for it
            self._end(host, port)
            lookup.set_exception(error)
        else:
            self._end(host, port)
            lookup.set_result(list(dict.fromkeys(str(place[0]) for *_, place in found)))

    def _end(self, host: str, port: int) -> None:
        with self._lock:
            del self._under_way[host, port]


class BoundedNetwork(httpcore.NetworkBackend):
    """Opens connections; resolving the name and all tries at its addresses together end with the call."""

    def __init__(self) -> None:
        self._resolver = Resolver()
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that takes one; none may use up the time of those after it."""
        end = time.monotonic() + _left(timeout, httpcore.ConnectTimeout)
        addresses = self._resolver.addresses(host, port, end - time.monotonic())
        failure: Exception = httpcore.ConnectError("the name has no address")
        for index, address in enumerate(addresses):
            share = max(0.001, (end - time.monotonic()) / (len(addresses) - index))
            try:
                stream = self._sockets.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return BoundedStream(stream)
        raise failure


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
