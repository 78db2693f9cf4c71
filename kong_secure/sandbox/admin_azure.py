"""The part of the sandbox's own API for what people do by hand in its Azure: an administrator's consent to Kong's
application, and how long grants take to spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kong_secure.sandbox.admin import AdminRoute
from kong_secure.sandbox.konnect.bodies import Body, json_object, parse

if TYPE_CHECKING:
    from kong_secure.sandbox.azure.hosting import AzureHost

_GUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class Consent(Body):
    """In which tenant; left out, in the one of a provider that names none."""

    tenant_id: Annotated[str, Field(pattern=_GUID)] | None = None


class Spreading(Body):
    """How long role assignments that are made from now on take to have effect."""

    propagation_seconds: Annotated[float, Field(ge=0, strict=False)]


@dataclass(frozen=True)
class ByHandInAzure:
    """Handlers. azure: None in a world without one."""

    azure: AzureHost | None

    def routes(self) -> list[AdminRoute]:
        """What they answer."""
        return [
            ("GET", "/azure", self.show),
            ("PUT", "/azure", self.spread),
            ("POST", "/azure/consent", self.consent),
            ("DELETE", "/azure/consent", self.withdraw),
        ]

    async def show(self, _: Request) -> Response:
        """GET /azure."""
        return _none() if self.azure is None else JSONResponse(self.azure.as_json())

    async def spread(self, request: Request) -> Response:
        """PUT /azure."""
        told = parse(Spreading, await _body(request))
        if self.azure is None:
            return _none()
        self.azure.let_grants_spread(told.propagation_seconds)
        return JSONResponse(self.azure.as_json())

    async def consent(self, request: Request) -> Response:
        """POST /azure/consent: answers what a program has to know of Kong's application."""
        told = parse(Consent, await _body(request))
        if self.azure is None:
            return _none()
        return JSONResponse(self.azure.consent(**_given(told)))

    async def withdraw(self, request: Request) -> Response:
        """DELETE /azure/consent."""
        told = parse(Consent, await _body(request))
        if self.azure is None:
            return _none()
        self.azure.withdraw_consent(**_given(told))
        return Response(status_code=204)


def _given(told: Consent) -> dict[str, str]:
    return {} if told.tenant_id is None else {"tenant": told.tenant_id.lower()}


def _none() -> Response:
    return JSONResponse(
        {"error": "the sandbox that is up has no Azure; end it, and start it for a stack that uses Azure"},
        status_code=404,
    )


async def _body(request: Request) -> dict[str, Any]:
    content = await request.body()
    return json_object(content, request.headers.get("content-type")) if content else {}
