"""The sandbox's own API, for its command line and for tests: what backends demand and who reaches them, what is
declared, the record of calls, faults, the token, the addresses. Nothing of Konnect's lives here."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from kong_secure.sandbox.backend import Demand
from kong_secure.sandbox.declaration import Declaration, DeclarationError, declaration
from kong_secure.sandbox.konnect.authentication import Token
from kong_secure.sandbox.konnect.bodies import Body, json_object, parse
from kong_secure.sandbox.konnect.calls import Calls
from kong_secure.sandbox.konnect.faults import Fault, Faults
from kong_secure.sandbox.konnect.refusals import RefusalError
from kong_secure.sandbox.upstream_hosts import Direct

PREFIX = "/_sandbox"


class BackendDemand(Body):
    """What the sample backend of a host is to demand."""

    host: Annotated[str, Field(min_length=1)]
    header: Annotated[str, Field(min_length=1)]
    scheme: str = ""
    secret: Annotated[str, Field(min_length=1)]


class DirectCall(Body):
    """A call past the gateway: to a backend's host, on the port that a service names."""

    host: Annotated[str, Field(min_length=1)]
    port: int


class NewToken(Body):
    """The token Konnect accepts from now on."""

    token: Annotated[str, Field(min_length=1)]


class FaultList(Body):
    """The faults that replace those set before."""

    faults: list[Fault]


class World(Protocol):
    """What the admin API acts on."""

    def demand(self, host: str, demand: Demand) -> None:
        """Sets what a sample backend demands. Raises KeyError for a host without any."""

    def direct(self, host: str, port: int) -> tuple[str, Direct]:
        """Where a backend listens on this machine, and what stops direct calls to it. Raises KeyError."""

    def declare(self, declared: Declaration) -> None:
        """Makes what is declared and absent."""

    def addresses(self) -> dict[str, Any]:
        """Where everything listens."""


@dataclass(frozen=True)
class Admin:
    """Handlers of the admin API."""

    world: World
    token: Token
    calls: Calls
    faults: Faults

    async def addresses(self, _: Request) -> Response:
        """GET /addresses."""
        return JSONResponse(self.world.addresses())

    async def backend(self, request: Request) -> Response:
        """PUT /backend: kept in memory only."""
        told = parse(BackendDemand, await _body(request))
        try:
            self.world.demand(told.host, Demand(header=told.header, scheme=told.scheme, secret=told.secret))
        except KeyError:
            return _no_backend(told.host)
        return Response(status_code=204)

    async def direct(self, request: Request) -> Response:
        """POST /direct-call: where it leads on this machine, and what stops it from outside and inside."""
        asked = parse(DirectCall, await _body(request))
        try:
            address, stopped = self.world.direct(asked.host, asked.port)
        except KeyError:
            return _no_backend(asked.host)
        return JSONResponse({"address": address, "outside": stopped.outside, "inside": stopped.inside})

    async def declare(self, request: Request) -> Response:
        """POST /declare: answers the addresses, which may be more than before."""
        self.world.declare(declaration(await _body(request)))
        return JSONResponse(self.world.addresses())

    async def new_token(self, request: Request) -> Response:
        """PUT /token."""
        self.token.replace(parse(NewToken, await _body(request)).token)
        return Response(status_code=204)

    async def list_calls(self, _: Request) -> Response:
        """GET /calls."""
        return JSONResponse(self.calls.as_json())

    async def forget_calls(self, _: Request) -> Response:
        """DELETE /calls."""
        self.calls.clear()
        return Response(status_code=204)

    async def list_faults(self, _: Request) -> Response:
        """GET /faults."""
        return JSONResponse(self.faults.as_json())

    async def set_faults(self, request: Request) -> Response:
        """PUT /faults: replaces those set this way before."""
        self.faults.set(parse(FaultList, await _body(request)).faults)
        return JSONResponse(self.faults.as_json())

    async def hold_faults(self, request: Request) -> Response:
        """POST /faults: adds faults that go when the caller closes the connection."""
        return _HeldFaults(self.faults, parse(FaultList, await _body(request)).faults)

    async def clear_faults(self, _: Request) -> Response:
        """DELETE /faults."""
        self.faults.set([])
        return Response(status_code=204)


class _HeldFaults(Response):
    """An answer that has no end: one line of JSON naming the holder, then nothing until the caller is gone.

    A command that is killed can't take its faults back; its connections are closed all the same.
    """

    media_type = "application/json"

    def __init__(self, faults: Faults, held: list[Fault]) -> None:
        super().__init__()
        self._faults = faults
        self._held = held
        del self.headers["content-length"]

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        with self._faults.held(self._held) as holder:
            line = json.dumps({"holder": holder}).encode() + b"\n"
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": line, "more_body": True})
            while (await receive())["type"] != "http.disconnect":
                pass


Handler = Callable[[Request], Awaitable[Response]]


AdminRoute = tuple[str, str, Handler]
"""A method, a path below `/_sandbox`, and who answers."""


def admin(handlers: Admin, admin_token: str, further: Sequence[AdminRoute] = ()) -> ASGIApp:
    """The admin API below `/_sandbox`, for those who have `admin_token`. further: what other parts of the
    world add to it.
    """
    routes: list[AdminRoute] = [
        *further,
        ("GET", "/addresses", handlers.addresses),
        ("PUT", "/backend", handlers.backend),
        ("POST", "/direct-call", handlers.direct),
        ("POST", "/declare", handlers.declare),
        ("PUT", "/token", handlers.new_token),
        ("GET", "/calls", handlers.list_calls),
        ("DELETE", "/calls", handlers.forget_calls),
        ("GET", "/faults", handlers.list_faults),
        ("PUT", "/faults", handlers.set_faults),
        ("POST", "/faults", handlers.hold_faults),
        ("DELETE", "/faults", handlers.clear_faults),
    ]
    return Router(
        [
            Route(PREFIX + path, _guarded(handler, admin_token), methods=[method])
            for method, path, handler in routes
        ],
        default=_unknown,
    )


def _guarded(handler: Handler, admin_token: str) -> Handler:
    expected = f"Bearer {admin_token}".encode()

    async def guarded(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            return JSONResponse({"error": "the admin token is missing or wrong"}, status_code=401)
        try:
            return await handler(request)
        except (RefusalError, DeclarationError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return guarded


def _no_backend(host: str) -> Response:
    return JSONResponse({"error": f"there is no sample backend {host}"}, 404)


async def _body(request: Request) -> dict[str, Any]:
    return json_object(await request.body(), request.headers.get("content-type"))


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"error": "the sandbox has no such path"}, status_code=404)(scope, receive, send)
