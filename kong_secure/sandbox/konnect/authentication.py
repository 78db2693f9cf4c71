"""Who may call: one bearer token, which can be replaced while the sandbox runs. Neither token is ever
printed."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from kong_secure.sandbox.konnect.refusals import UnauthenticatedError


class Token:
    """The token Konnect accepts."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Token(***)"

    def replace(self, value: str) -> None:
        """From now on only `value` is accepted."""
        self._value = value

    def require(self, authorization: Iterable[str]) -> None:
        """Raises `UnauthenticatedError` unless there is exactly one Authorization header, with this token as
        bearer.

        The sentences are those of control-planes-config: components/responses/HTTP401Error.
        """
        headers = list(authorization)
        if not headers:
            raise UnauthenticatedError("No API key found in request")
        if len(headers) > 1:
            raise UnauthenticatedError("Duplicate API key found")
        scheme, _, value = headers[0].partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            value.strip().encode(), self._value.encode()
        ):
            raise UnauthenticatedError("Unauthorized")
