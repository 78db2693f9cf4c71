"""Whatever goes wrong once at one call to Konnect: an attachment is made once, changed, and gone in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.resources.attachment_at_konnect import PENDING, READY, Attachment, checked
from tests.world import World

Attachments = Callable[..., Attachment]

FAULTS: dict[str, dict[str, Any]] = {
    "429": {"kind": "answer", "status": 429},
    "500": {"kind": "answer", "status": 500},
    "503": {"kind": "answer", "status": 503},
    "cut before": {"kind": "cut_before"},
    "cut after": {"kind": "cut_after"},
    "malformed": {"kind": "malformed"},
    "truncated": {"kind": "truncated"},
}


def there(made: Attachment) -> list[dict[str, Any]]:
    return [live for live in made.listed() if live["state"] != "terminated"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_create_makes_one(either: Attachments, world: World, method: str, fault: str) -> None:
    made = either()
    world.fault(method=method, **FAULTS[fault])
    made.create()
    assert [live["id"] for live in there(made)] == [made.id]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_change_is_made(attachment: Attachments, world: World, method: str, fault: str) -> None:
    made = attachment().create().become_ready()
    world.fault(method=method, **FAULTS[fault])
    made.update(made.changed(cidr_blocks=["10.9.0.0/16"]))
    assert made.live()["cidr_blocks"] == ["10.9.0.0/16"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_deletion_ends_with_nothing(either: Attachments, world: World, method: str, fault: str) -> None:
    made = either().create().become_ready()
    world.fault(method=method, **FAULTS[fault])
    made.delete()
    assert there(made) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wait_goes_on(attachment: Attachments, world: World, fault: str) -> None:
    made = attachment().create()
    ids = {"network_id": made.network_id, "attachment_id": made.id}
    world.fault(method="GET", **FAULTS[fault])
    pending = PENDING.create(checked(PENDING, ids)).outs or {}
    world.accept(pending["aws_attachment_id"])
    world.fault(method="GET", **FAULTS[fault])
    ready = READY.create(checked(READY, {"attachments": [ids], "owner": "org/project/stack/ready"})).outs
    assert (ready or {})["states"] == ["ready"]
