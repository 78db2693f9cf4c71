"""The gateway in front of Konnect, a Kong: what it answers itself, before an API of Konnect's sees the request.
What those APIs refuse lives in `errors`."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from kong_secure.sandbox.konnect.errors import gateway_answer

LONGEST_LINE = 8 * 1024
LONGEST_HEAD = 4 * LONGEST_LINE
"""nginx's `large_client_header_buffers 4 8k`: the request line and each header fit into one, all into four."""


class Front:
    """Lets requests of a reasonable size through to `app`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = (
            len(scope["method"]) + len(scope["raw_path"]) + len(scope["query_string"]) + len("  HTTP/1.1\r\n")
        )
        headers = [len(name) + len(value) + len(": \r\n") for name, value in scope["headers"]]
        if line > LONGEST_LINE:
            await gateway_answer(414, "URI too long")(scope, receive, send)
        elif sum(headers) > LONGEST_HEAD or any(size > LONGEST_LINE for size in headers):
            await gateway_answer(400, "Request header or cookie too large")(scope, receive, send)
        else:
            await self._forward(scope, receive, send)

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(_with_parts(scope), receive, send)
        except ClientDisconnect:
            # Nobody is left to answer: the request's body never came to its end.
            return


def _with_parts(scope: Scope) -> Scope:
    """The scope with a path whose parts are those that were sent: an encoded slash belongs to its part, as in Kong's
    router (Kong/kong, kong/tools/uri.lua, normalize)."""
    if b"%2f" not in scope["raw_path"].lower():
        return scope
    parts = scope["raw_path"].decode("ascii").split("/")
    return {**scope, "path": "/".join(unquote(part).replace("/", "%2F") for part in parts)}
