"""The sample backend: answers 401 to whoever doesn't bring its secret, and shows the others what came
through.

How the secret gets here, and which port it listens on, is the world's part. It never repeats a header's
value.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

NOTE_HEADER = "X-Sandbox-Note"
"""The sandbox's own header: what is wrong, for whoever only looks at the head of an answer."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True)
class Demand:
    """What the backend demands of every request: exactly one header `header`, with the value `<scheme>
    <secret>`.

    scheme: empty for a header that holds the secret alone.

    Raises ValueError for what can't stand in a header; the message never holds the secret.
    """

    header: str
    scheme: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.header):
            raise ValueError(f"header must be a header's name, got {self.header!r}")
        if self.scheme and not _TOKEN.fullmatch(self.scheme):
            raise ValueError(f"scheme must be one word such as Bearer, or empty, got {self.scheme!r}")
        if not _SECRET.fullmatch(self.secret):
            raise ValueError("secret must be printable ASCII without surrounding spaces, and not empty")

    @classmethod
    def parse(cls, payload: object) -> Demand:
        """Read `{"header": ..., "scheme": ..., "secret": ...}`.

        Left out (or null): `header` is Authorization; `scheme` is Bearer for Authorization, otherwise empty.

        Raises ValueError, whose message names the field and never holds the secret.
        """
        if not isinstance(payload, Mapping):
            raise ValueError("a demand must be an object with header, scheme and secret")  # noqa: TRY004 - one kind of error
        unknown = sorted(str(key) for key in payload.keys() - {"header", "scheme", "secret"})
        if unknown:
            raise ValueError(f"unknown field {unknown[0]!r}: allowed are header, scheme and secret")
        header = _text(payload, "header", "Authorization")
        scheme = _text(payload, "scheme", "Bearer" if header.lower() == "authorization" else "")
        return cls(header, scheme, _text(payload, "secret", ""))

    def problem(self, values: list[str]) -> str | None:
        """What is wrong with the values of the demanded header in a request; None when it is as demanded."""
        if not values:
            return "none came"
        if len(values) > 1:
            return f"{len(values)} came"
        expected = f"{self.scheme} {self.secret}" if self.scheme else self.secret
        same = hmac.compare_digest(values[0].encode("latin-1"), expected.encode("ascii"))
        return None if same else "a wrong one came"

    @property
    def challenge(self) -> str:
        """The value of WWW-Authenticate in a refusal."""
        return f'{self.scheme or "SharedSecret"} realm="sample backend", header="{self.header}"'


def _text(payload: Mapping[Any, Any], name: str, default: str) -> str:
    value = payload.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, got {type(value).__name__}")  # noqa: TRY004 - one kind of error
    return value


def backend(demand: Callable[[], Demand | None]) -> ASGIApp:
    """Make the backend, which asks for its current demand at every request.

    It answers 503 while there is none, 401 to a request that doesn't meet it, and otherwise 200 with the
    method, the path (without the query) and the names of the headers that came, in JSON.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            response = _answer(Request(scope), demand())
            await response(scope, receive, send)

    return application


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


def _answer(request: Request, demand: Demand | None) -> Response:
    if demand is None:
        message = "no secret given: this backend doesn't know yet what to demand"
        return JSONResponse({"message": message}, 503, headers={NOTE_HEADER: message})
    problem = demand.problem(request.headers.getlist(demand.header))
    if problem is not None:
        return JSONResponse(
            {"message": f"this backend demands its secret in one {demand.header} header, and {problem}"},
            status_code=401,
            headers={"WWW-Authenticate": demand.challenge},
        )
    return JSONResponse(
        {
            "message": "this backend got its secret",
            "method": request.method,
            "path": request.url.path,
            "headers": [name.decode("latin-1") for name, _ in request.headers.raw],
        }
    )
