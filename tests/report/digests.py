"""Previews as `pulumi preview --json` prints them, made up for tests: as few words as a test needs."""

from __future__ import annotations

import json
from typing import Any

SECRET = "[secret]"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

HEADER = "pulumi-python:dynamic/kong-secure:SharedSecretHeader"
ATTACHMENT = "pulumi-python:dynamic/kong-secure:TransitGatewayAttachment"
PEERING = "pulumi-python:dynamic/kong-secure:VnetPeering"
READY = "pulumi-python:dynamic/kong-secure:AttachmentReady"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

ORDERS = {
    "control_plane": "demo",
    "service": "orders",
    "header_name": "Authorization",
    "scheme": "Bearer",
    "shared_secret": SECRET,
    "overwrite": True,
    "enabled": True,
}


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{kind}::{name}"


def state(kind: str, name: str, inputs: dict[str, Any], needs: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "urn": urn(kind, name),
        "custom": True,
        "type": kind,
        "inputs": inputs,
        "dependencies": list(needs),
    }


def step(
    kind: str,
    name: str,
    old: dict[str, Any] | None,
    new: dict[str, Any] | None,
    *,
    op: str | None = None,
    needs: tuple[str, ...] = (),
) -> dict[str, Any]:
    """One step; what it does follows from which states there are, unless it is said."""
    states = {
        key: state(kind, name, inputs, needs)
        for key, inputs in (("oldState", old), ("newState", new))
        if inputs is not None
    }
    said = op or (
        "create" if old is None else "delete" if new is None else "same" if old == new else "update"
    )
    return {"op": said, "urn": urn(kind, name), **states}


def created(kind: str, name: str, inputs: dict[str, Any], *needs: str) -> dict[str, Any]:
    return step(kind, name, None, inputs, needs=needs)


def digest(*steps: dict[str, Any], **more: Any) -> str:
    return json.dumps(
        {"config": {}, "steps": list(steps), "duration": 1, "changeSummary": {}, **more}, indent=4
    )
