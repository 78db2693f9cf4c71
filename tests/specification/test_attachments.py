"""Attachments of either kind against Kong's file: what is asked and answered of one isn't held to another's kind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.specification.check import findings
from tests.specification.traffic import Exchange

NETWORK = "36ae63d3-efd1-4bec-b246-62aa5d3f5695"
PATH = f"/global/v2/cloud-gateways/networks/{NETWORK}/transit-gateways"
CONFIG = "transit_gateway_attachment_config"
AZURES: dict[str, Any] = {
    "kind": "azure-vnet-peering-attachment",
    "tenant_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
    "subscription_id": "b2c3d4e5-f6a7-8901-bcde-f12345678901",
    "resource_group_name": "orders",
    "vnet_name": "orders",
}
AWSS: dict[str, Any] = {
    "kind": "aws-transit-gateway-attachment",
    "transit_gateway_id": "tgw-0123456789abcdef0",
    "ram_share_arn": "arn:aws:ram:us-east-2:222222222222:resource-share/4b7e2c8a-1234-5678-abcd-ef1234567890",
}
ASKED: dict[str, dict[str, Any]] = {
    "azure": {"name": "orders", CONFIG: AZURES},
    "aws": {"name": "orders", "cidr_blocks": ["10.8.0.0/16"], CONFIG: AWSS},
}
STATES = (
    "created",
    "initializing",
    "pending-acceptance",
    "pending-user-action",
    "ready",
    "terminating",
    "terminated",
    "error",
)
KINDS = pytest.mark.parametrize("kind", ASKED)


def posted(kind: str, asked: dict[str, Any] | None = None, **answered: Any) -> list[tuple[str, str]]:
    """What is found in a POST of this project's client and its answer."""
    made: dict[str, Any] = {
        **ASKED[kind],
        "id": "0b3e7c52-1111-4bec-b246-62aa5d3f5695",
        "dns_config": [],
        "state": "initializing",
        "entity_version": 1,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        **answered,
    }
    exchange = Exchange(
        method="POST",
        path=PATH,
        agent="kong-secure/1",
        content_type="application/json",
        content=json.dumps(ASKED[kind] if asked is None else asked).encode(),
        status=201,
        answer_type="application/json",
        answer=json.dumps({key: value for key, value in made.items() if value is not None}).encode(),
    )
    return [(finding.kind, finding.where) for finding in findings(exchange)]


@KINDS
@pytest.mark.parametrize("state", STATES)
def test_each_state_that_kongs_file_names_is_none_to_find(kind: str, state: str) -> None:
    assert posted(kind, state=state) == []


@KINDS
@pytest.mark.parametrize("state", ["pending-user-actions", "pending_user_action", "PENDING", "", 1])
def test_any_other_state_is_found(kind: str, state: object) -> None:
    [(where, _)] = posted(kind, state=state)
    assert where == "answer body"


@KINDS
@pytest.mark.parametrize("left_out", ["state", "dns_config", "id", CONFIG])
def test_an_answer_without_what_is_required_is_found(kind: str, left_out: str) -> None:
    [(where, _)] = posted(kind, **{left_out: None})
    assert where == "answer body"


def changed(**changes: Any) -> dict[str, Any]:
    """A peering as it is asked for, with other fields in its configuration; None leaves one out."""
    config = {key: value for key, value in {**AZURES, **changes}.items() if value is not None}
    return {"name": "orders", CONFIG: config}


@pytest.mark.parametrize(
    "asked",
    [
        *(changed(**{field: None}) for field in AZURES),
        changed(vhub_name="orders"),
        changed(kind="azure-vnet-peering"),
        changed(kind=AWSS["kind"]),
        changed(vnet_name=["orders"]),
        {**ASKED["azure"], "cidr_blocks": ["10.8.0.0/16"]},
        {**ASKED["azure"], "tags": {}},
        {CONFIG: AZURES},
    ],
    ids=lambda asked: json.dumps(asked)[:60],
)
def test_a_peering_that_is_asked_for_wrongly_is_found(asked: dict[str, Any]) -> None:
    [(where, _)] = posted("azure", asked)
    assert where == "request body"
