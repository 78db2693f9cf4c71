"""Control planes (control-planes: components/schemas/ControlPlane). What they contain lives in the other
modules."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from kong_secure.sandbox.konnect.bodies import Body, matching, one_of, parse, refuse
from kong_secure.sandbox.konnect.store import Record, Unique

KIND = "control_plane"

_LABEL_VALUE = r"[a-z0-9A-Z]([a-z0-9A-Z\-._]*[a-z0-9A-Z]+)?"
_RESERVED_PREFIXES = ("kong", "konnect", "mesh", "kic", "_")


def _label_keys(labels: dict[str, str]) -> dict[str, str]:
    for key in labels:
        if not 1 <= len(key) <= 63 or key.startswith(_RESERVED_PREFIXES):
            reserved = ", ".join(f"'{prefix}'" for prefix in _RESERVED_PREFIXES)
            raise refuse(f"keys must have 1 to 63 characters and not start with {reserved}", rule="is_label")
    return labels


Name = Annotated[str, Field(min_length=2, max_length=256)]
Description = Annotated[str, Field(max_length=2048)]
ClusterType = Annotated[
    str,
    one_of(
        "CLUSTER_TYPE_CONTROL_PLANE",
        "CLUSTER_TYPE_K8S_INGRESS_CONTROLLER",
        "CLUSTER_TYPE_CONTROL_PLANE_GROUP",
        "CLUSTER_TYPE_SERVERLESS",
        "CLUSTER_TYPE_KAFKA_NATIVE_EVENT_PROXY",
        "CLUSTER_TYPE_SERVERLESS_V1",
    ),
]
AuthType = Annotated[str, one_of("pinned_client_certs", "pki_client_certs")]
Label = Annotated[
    str, Field(min_length=1, max_length=63), matching(_LABEL_VALUE, "must be a label", rule="is_label")
]
Labels = Annotated[dict[str, Label], AfterValidator(_label_keys)]


class ProxyUrl(Body):
    """Where data planes are reached."""

    host: Annotated[str, Field(min_length=1, max_length=120)]
    port: Annotated[int, Field(ge=1, le=2**31 - 1)]
    protocol: Annotated[str, Field(min_length=1, max_length=32)]


ProxyUrls = Annotated[list[ProxyUrl], Field(max_length=5)]


class CreateBody(Body):
    """The body of POST /control-planes. None of its fields may be null."""

    name: Name
    description: Description = ""
    cluster_type: ClusterType = "CLUSTER_TYPE_CONTROL_PLANE"
    auth_type: AuthType = "pinned_client_certs"
    cloud_gateway: bool = False
    proxy_urls: ProxyUrls = Field(default_factory=list)
    labels: Labels = Field(default_factory=dict)


class UpdateBody(Body):
    """The body of PATCH /control-planes/{id}: what is left out stays."""

    name: Name = ""
    description: Description = ""
    auth_type: AuthType = ""
    proxy_urls: ProxyUrls = Field(default_factory=list)
    labels: Labels = Field(default_factory=dict)


def created(body: dict[str, Any], region: str) -> Record:
    """The control plane a body asks for, without id and times. Raises `InvalidError`."""
    given = parse(CreateBody, body).model_dump()
    endpoint = secrets.token_hex(5)
    return {
        "name": given["name"],
        "description": given["description"],
        "labels": given["labels"],
        "config": {
            "control_plane_endpoint": f"https://{endpoint}.{region}.cp.konghq.com",
            "telemetry_endpoint": f"https://{endpoint}.{region}.tp0.konghq.com",
            "cluster_type": given["cluster_type"],
            "auth_type": given["auth_type"],
            "cloud_gateway": given["cloud_gateway"],
            "proxy_urls": given["proxy_urls"],
        },
    }


def updated(kept: Record, body: dict[str, Any]) -> Record:
    """The control plane after a PATCH, without its new time. Raises `InvalidError`."""
    given = parse(UpdateBody, body).model_dump(exclude_unset=True)
    config = {name: given.pop(name) for name in ("auth_type", "proxy_urls") if name in given}
    return {**kept, **given, "config": {**kept["config"], **config}}


def uniques(kept: Record) -> list[Unique]:
    """A name is unique in its region."""
    return [Unique("name", "name", kept["name"])]
