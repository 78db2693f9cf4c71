"""The pooled connections, and which of them go through a proxy; what is sent over them is `transport`'s matter.

httpx's own transport can't be given a network, so this one stands in its place, on httpcore's public classes.
"""

import importlib.util
import ssl
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpcore
import httpx

from kong_secure.konnect.network import BoundedNetwork

_IDLE_SECONDS = 5.0
_MOST_CONNECTIONS = 100


class Connections(httpx.BaseTransport):
    """Thread-safe. No wait on a connection outlasts the deadline that `network.ending_with` set.

    addresses: of all hosts that will be asked.
    proxies: whether the environment's proxies (HTTPS_PROXY, ALL_PROXY, NO_PROXY) are used.

    Raises ValueError, ImportError, OSError, ssl.SSLError or httpx.InvalidURL for proxies and certificates
    that can't be used; their texts can hold a password.
    """

    def __init__(self, addresses: Iterable[str], *, proxies: bool) -> None:
        self._certificates = httpx.create_ssl_context()
        self._network = BoundedNetwork()
        self._pools: dict[str | None, httpcore.ConnectionPool] = {}
        self._by_host: dict[str, httpcore.ConnectionPool] = {}
        for address in addresses:
            proxy = _proxy_for(address) if proxies else None
            self._by_host[httpx.URL(address).host] = self._pool(proxy)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request. Raises httpx.TransportError, also while the answer's body is read."""
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = self._by_host[request.url.host].handle_request(sent)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        """Ends all connections."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, proxy: str | None) -> httpcore.ConnectionPool:
        if proxy not in self._pools:
            self._pools[proxy] = httpcore.ConnectionPool(
                ssl_context=self._certificates,
                proxy=None if proxy is None else _parsed(proxy, self._certificates),
                max_connections=_MOST_CONNECTIONS,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=self._network,
            )
        return self._pools[proxy]


class _Body(httpx.SyncByteStream):
    """The body of an answer as httpx wants it, with httpx's errors."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Errors of httpcore as those of httpx, which have the same names."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error


def _proxy_for(address: str) -> str | None:
    parts = urlsplit(address)
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or urllib.request.proxy_bypass(parts.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _parsed(proxy: str, certificates: ssl.SSLContext) -> httpcore.Proxy:
    given = httpx.Proxy(proxy)
    if given.url.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        raise ImportError("a SOCKS proxy needs the package socksio")
    url = httpcore.URL(scheme=given.url.raw_scheme, host=given.url.raw_host, port=given.url.port, target=b"/")
    auth = None if given.auth is None else (given.auth[0].encode(), given.auth[1].encode())
    return httpcore.Proxy(url, auth, ssl_context=certificates if given.url.scheme == "https" else None)
