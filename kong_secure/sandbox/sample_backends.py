"""The sample backends of a world: a listener for each, and what each demands. What one answers lives in
`backend`, who may reach it in `upstream_hosts`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from kong_secure.sandbox.backend import Demand, backend
from kong_secure.sandbox.listeners import Listener


class SampleBackends:
    """Backends by their host's name in lower case. One that was declared once stays."""

    def __init__(self, start: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """start: lets a listener serve beside everything else."""
        self._start = start
        self._listeners: dict[str, Listener] = {}
        self._demands: dict[str, Demand] = {}
        self._public: dict[str, bool] = {}

    def declare(self, host: str, *, public: bool) -> None:
        """Let one listen under this host, if none does. public: anybody may call it where it listens."""
        host = host.lower()
        self._public[host] = public
        if host not in self._listeners:
            self._listeners[host] = Listener(backend(lambda: self._demands.get(host)))
            self._start(self._listeners[host].serve())

    def demand(self, host: str, demand: Demand) -> None:
        """Set what one demands. Raises KeyError for a host without any."""
        if host.lower() not in self._listeners:
            raise KeyError(host)
        self._demands[host.lower()] = demand

    def port(self, host: str) -> int:
        """Where one listens on loopback."""
        return self._listeners[host.lower()].port

    def url(self, host: str) -> str:
        """The same as an address without a path."""
        return self._listeners[host.lower()].url

    def addresses(self) -> dict[str, str | None]:
        """Where to call each from outside, by host; None for one in a private network, whose port is the
        gateways' alone.
        """
        return {host: self.url(host) if public else None for host, public in self._public.items()}

    def stop(self) -> None:
        """Stop listening."""
        for listener in self._listeners.values():
            listener.stop()
