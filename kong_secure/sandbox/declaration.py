"""What the world is to hold from the start, as the user's sandbox.yaml declares it. Reading that file
doesn't live here, nor what Konnect does with it."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

PRIVATE_PROVIDERS: Final = ("aws", "azure")
"""The clouds in which a sample backend can be private."""

Region = Literal["us", "eu", "au", "me", "in", "sg"]


class DeclarationError(Exception):
    """The declaration isn't one; the message names the place and the fix."""


def _wrong(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("declared", "{sentence}", {"sentence": sentence})


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


def _unicast(address: str) -> str:
    try:
        parsed = IPv4Address(address)
    except AddressValueError:
        pass
    else:
        if not (parsed.is_loopback or parsed.is_multicast or parsed.is_unspecified or parsed.is_link_local):
            return address
    raise _wrong(f"{address!r} is no IPv4 address in a private network; one such as 10.1.1.20 is expected")


def _named(names: list[str]) -> list[str]:
    if all(name.strip() for name in names):
        return names
    raise _wrong("a security group is expected by its name, Name tag or id, and one here is empty")


class Private(_Part):
    """Where a sample backend stands in a cloud: the gateways reach it only as packets from a network of
    Konnect's would.

    network: that network's name. address: the backend's; left out, its host is one. port: the one it listens on;
    left out, any. security_groups: those it stands behind on AWS, by name, Name tag or id, and with it the servers
    that resolve its name; left out, the default one of its VPC.
    """

    network: Annotated[str, Field(min_length=1)]
    address: Annotated[str, AfterValidator(_unicast)]
    port: int | None = None
    security_groups: Annotated[list[str], AfterValidator(_named)] = Field(default_factory=list)

    @field_validator("port")
    @classmethod
    def _in_range(cls, port: int | None) -> int | None:
        if port is None or 1 <= port <= 65535:
            return port
        raise _wrong(f"{port} is no port; one from 1 to 65535 is expected")


class Backend(_Part):
    """A sample backend: the private name or address under which the data plane finds it, and where that is.
    What it demands comes later."""

    host: Annotated[str, Field(min_length=1)]
    private: Private | None = None

    @model_validator(mode="before")
    @classmethod
    def _address_is_host(cls, given: Any) -> Any:
        private = given.get("private") if isinstance(given, dict) else None
        if isinstance(private, dict) and private.get("address") is None and _is_address(given.get("host")):
            return {**given, "private": {**private, "address": given["host"]}}
        return given

    @model_validator(mode="after")
    def _one_address(self) -> Backend:
        if self.private is not None and _is_address(self.host) and self.host != self.private.address:
            raise _wrong(
                f"host is {self.host} and private.address {self.private.address}; leave private.address out"
            )
        return self

    @property
    def names(self) -> frozenset[str]:
        """What a service's host may be called to mean this backend, in lower case."""
        return frozenset({self.host.lower(), *([self.private.address] if self.private else [])})


def _is_address(host: object) -> bool:
    try:
        return isinstance(host, str) and IPv4Address(host) is not None
    except AddressValueError:
        return False


class Azure(_Part):
    """How the sandbox's Azure behaves. propagation_seconds: how long a role assignment takes to have effect."""

    propagation_seconds: Annotated[float, Field(ge=0, strict=False)] = 0.0


class Declaration(_Part):
    """Everything declared. azure: left out, it behaves as it did."""

    control_planes: list[ControlPlane] = Field(default_factory=list)
    networks: list[Network] = Field(default_factory=list)
    backends: list[Backend] = Field(default_factory=list)
    azure: Azure | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Declaration:
        _once("control plane", [f"{plane.name} ({plane.region})" for plane in self.control_planes])
        for plane in self.control_planes:
            inside = f" in control plane {plane.name}"
            _once("service", [service.name for service in plane.services], inside)
            routes = [route.get("name") for service in plane.services for route in service.routes]
            _once("route", [name for name in routes if isinstance(name, str)], inside)
        _once("network", [network.name for network in self.networks])
        _once("backend", [name for backend in self.backends for name in sorted(backend.names)])
        return self

    @model_validator(mode="after")
    def _private_backends_outside_kongs_network(self) -> Declaration:
        here = {network.name: network for network in self.networks}
        for backend in self.backends:
            if backend.private is not None:
                _require_place(backend.host, backend.private, here)
        return self

    def cloud_of(self, backend: Backend) -> str | None:
        """The cloud provider in whose network a backend is private; None for a public one."""
        if backend.private is None:
            return None
        name = backend.private.network
        return next(network.provider for network in self.networks if network.name == name)


def _once(what: str, names: list[str], where: str = "") -> None:
    for name in names:
        if names.count(name) > 1:
            raise _wrong(f"{what} {name} is declared {names.count(name)} times{where}; once is expected")


def _require_place(host: str, private: Private, networks: Mapping[str, Network]) -> None:
    network = networks.get(private.network)
    if network is None or network.provider not in PRIVATE_PROVIDERS:
        allowed = [name for name, each in networks.items() if each.provider in PRIVATE_PROVIDERS]
        known = ", ".join(allowed) or "none; declare one under `networks:`"
        raise _wrong(
            f"backend {host}: private.network is {private.network!r}, no declared network on AWS or Azure; "
            f"allowed: {known}"
        )
    if _holds(network.cidr_block, private.address):
        raise _wrong(
            f"backend {host}: private.address {private.address} is in {network.cidr_block}, which is Kong's own "
            f"network {private.network}; an address in a network of yours is expected"
        )
    if private.security_groups and network.provider != "aws":
        raise _wrong(
            f"backend {host}: private.security_groups are for a network on AWS, and {private.network} is on "
            f"{network.provider}, where network security groups stand on subnets; leave them out"
        )


def _holds(block: str, address: str) -> bool:
    try:
        return IPv4Address(address) in IPv4Network(block)
    except ValueError:  # no block: Konnect says so when the network is made
        return False


def declaration(declared: object) -> Declaration:
    """The declaration in a piece of JSON. Raises `DeclarationError`."""
    try:
        return Declaration.model_validate(declared)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    # a custom sentence holds names as they were given
    said = first["msg"] if first["type"] == "declared" else first["msg"].lower()
    raise DeclarationError(f"sandbox.yaml: {place or 'the file'}: {said}")
