"""What the world is to hold from the start, as the user's sandbox.yaml declares it. Reading that file
doesn't live here, nor what Konnect does with it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

Region = Literal["us", "eu", "au", "me", "in", "sg"]


class DeclarationError(Exception):
    """The declaration isn't one; the message names the place and the fix."""


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Service(BaseModel):
    """A service by name; any field of Konnect's besides. Konnect checks them when it is made."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    name: str
    routes: list[dict[str, Any]] = Field(default_factory=list)

    def body(self) -> dict[str, Any]:
        """The service as Konnect's API takes it."""
        return {"name": self.name, **(self.model_extra or {})}


class ControlPlane(_Part):
    """A control plane by name and region."""

    name: Annotated[str, Field(min_length=2)]
    region: Region = "us"
    services: list[Service] = Field(default_factory=list)


class Network(_Part):
    """A network of Konnect's by name, in Kong's account `provider_account_id` at a cloud provider.

    id: Konnect's; left out, a random one. availability_zones: zone ids; left out, two of the region's.
    """

    name: Annotated[str, Field(min_length=1)]
    id: Annotated[str, Field(pattern=_UUID)] | None = None
    provider: Literal["aws", "azure", "gcp"] = "aws"
    provider_account_id: Annotated[str, Field(min_length=1)] = "111111111111"
    region: Annotated[str, Field(min_length=1)] = "us-east-2"
    availability_zones: list[str] | None = None
    cidr_block: str = "10.0.0.0/16"
    state: Literal["ready", "initializing", "offline"] = "ready"


class Backend(BaseModel):
    """The sample backend: the private name under which the data plane finds it. What it demands comes
    later."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    host: str | None = None


class Declaration(_Part):
    """Everything declared."""

    control_planes: list[ControlPlane] = Field(default_factory=list)
    networks: list[Network] = Field(default_factory=list)
    backend: Backend = Backend()


def declaration(declared: object) -> Declaration:
    """The declaration in a piece of JSON. Raises `DeclarationError`."""
    try:
        return Declaration.model_validate(declared)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    raise DeclarationError(f"sandbox.yaml: {place or 'the file'}: {first['msg'].lower()}")
