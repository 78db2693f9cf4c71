"""The HTTP client for what listens on this machine. What is asked lives with whoever asks."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpx


def loopback_client(seconds: float, headers: Mapping[str, str] | None = None) -> httpx.Client:
    """A client for plain HTTP on loopback: past the environment's proxies, no wait longer than `seconds`."""
    # It trusts no authority: reading in those of the whole world takes longer than all the calls together.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(trust_env=False, timeout=seconds, headers=headers, verify=nobody)
