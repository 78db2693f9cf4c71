"""The part of the sandbox's own API that turns its clock and operates the clouds that are operated by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kong_secure.sandbox.admin import AdminRoute
from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.konnect.bodies import Body, json_object, parse
from kong_secure.sandbox.konnect.cloud_gateways.hand_operated import HandOperatedCloud, Levers
from kong_secure.sandbox.konnect.cloud_gateways.hand_operated_azure import AzureLevers, HandOperatedAzure
from kong_secure.sandbox.konnect.refusals import InvalidError, Problem


class Turn(Body):
    """How the clock is turned: forward by seconds, made to stand still, or let run on."""

    advance: Annotated[float, Field(ge=0, strict=False)] = 0.0
    frozen: bool | None = None


@dataclass(frozen=True)
class TimeAndCloud:
    """Handlers. advance: moves the world on to the states of the clock's moment."""

    clock: Clock
    cloud: HandOperatedCloud
    azure: HandOperatedAzure
    advance: Callable[[], None]

    def routes(self) -> list[AdminRoute]:
        """What they answer."""
        return [
            ("GET", "/clock", self.show_clock),
            ("PUT", "/clock", self.turn_clock),
            ("GET", "/cloud", self.show_cloud),
            ("PUT", "/cloud", self.operate_cloud),
            ("GET", "/azure-by-hand", self.show_azure),
            ("PUT", "/azure-by-hand", self.operate_azure),
        ]

    async def show_clock(self, _: Request) -> Response:
        """GET /clock."""
        return JSONResponse({"now": self.clock.now(), "frozen": self.clock.frozen})

    async def turn_clock(self, request: Request) -> Response:
        """PUT /clock: what is due by then has happened when this answers."""
        turn = parse(Turn, await _body(request))
        if turn.frozen is not None:
            (self.clock.freeze if turn.frozen else self.clock.run)()
        self.clock.advance(turn.advance)
        self.advance()
        return await self.show_clock(request)

    async def show_cloud(self, _: Request) -> Response:
        """GET /cloud."""
        self.advance()
        return JSONResponse(self.cloud.as_json())

    async def operate_cloud(self, request: Request) -> Response:
        """PUT /cloud: answers the cloud as it is then."""
        levers = parse(Levers, await _body(request))
        _operated("attachments", lambda: self.cloud.operate(levers))
        return await self.show_cloud(request)

    async def show_azure(self, _: Request) -> Response:
        """GET /azure-by-hand."""
        self.advance()
        return JSONResponse(self.azure.as_json())

    async def operate_azure(self, request: Request) -> Response:
        """PUT /azure-by-hand: answers that Azure as it is then."""
        levers = parse(AzureLevers, await _body(request))
        _operated("delete", lambda: self.azure.operate(levers))
        return await self.show_azure(request)


def _operated(field: str, operate: Callable[[], None]) -> None:
    try:
        operate()
    except KeyError as error:
        raise InvalidError(
            [Problem((field,), "invalid", f"there is no attachment {error.args[0]}")]
        ) from None


async def _body(request: Request) -> dict[str, Any]:
    return json_object(await request.body(), request.headers.get("content-type"))
