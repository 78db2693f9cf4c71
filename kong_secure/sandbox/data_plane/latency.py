"""How long the gateway and the backend took, as Kong tells callers in headers (kong.conf: latency_tokens).

Source: `kong/runloop/handler.lua` (header_filter) and `kong/init.lua` (Kong 3.10).
"""

from __future__ import annotations

import time

from kong_secure.sandbox.data_plane.headers import Headers


class Stopwatch:
    """The times of one request. `forwarded`: it went to a backend, whatever came of that."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._sent: float | None = None

    @property
    def forwarded(self) -> bool:
        """Whether it went to a backend."""
        return self._sent is not None

    def send(self) -> None:
        """Note that it goes to the backend now."""
        self._sent = time.monotonic()

    def headers(self) -> Headers:
        """The headers of an answer that begins now, in whole milliseconds."""
        now = time.monotonic()
        if self._sent is None:
            return (("X-Kong-Response-Latency", _milliseconds(now - self._began)),)
        return (
            ("X-Kong-Upstream-Latency", _milliseconds(now - self._sent)),
            ("X-Kong-Proxy-Latency", _milliseconds(self._sent - self._began)),
        )


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
