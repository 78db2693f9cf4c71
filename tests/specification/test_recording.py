from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from kong_secure.sandbox.environment import isolated
from tests.processes import wait_until
from tests.specification.traffic import DIRECTORY_VARIABLE, Exchange, Traffic, recording_variables
from tests.world import ADMIN_TOKEN, TOKEN, World

SERVICE = {"name": "orders", "host": "orders.internal"}


@dataclass(frozen=True)
class Recorded:
    """A world whose record is read here, and isn't held against the specification."""

    world: World
    directory: Path
    traffic: Traffic


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    directory = tmp_path_factory.mktemp("traffic")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DIRECTORY_VARIABLE, str(directory))
        world = World(tmp_path_factory.mktemp("world"), {})
    yield Recorded(world, directory, Traffic(directory))
    world.end()


@pytest.fixture
def recorded(started: Recorded) -> Iterator[Recorded]:
    """The world without what earlier tests asked."""
    list(started.traffic.new())
    yield started
    started.world.heal()


def test_what_a_worlds_konnect_is_asked_and_answers_is_recorded_in_order(recorded: Recorded) -> None:
    konnect = recorded.world.konnect()
    made = konnect.post("/control-planes", json={"name": "demo"}).json()
    konnect.get(f"/control-planes/{made['id']}/core-entities/services", params={"tags": "a/b"})
    created, listed = recorded.traffic.new()
    assert (created.method, created.path, created.status) == ("POST", "/us/v2/control-planes", 201)
    assert json.loads(created.content) == {"name": "demo"}
    assert json.loads(created.answer) == made
    assert (created.content_type, created.answer_type) == ("application/json", "application/json")
    assert (created.is_ours, created.fault) == (False, None)
    assert (listed.path.endswith("/services"), listed.query) == (True, "tags=a%2Fb")
    assert list(recorded.traffic.new()) == []


def test_what_our_client_sends_is_recorded_even_where_konnect_refuses_it_unread(recorded: Recorded) -> None:
    path = "/control-planes/p/core-entities/services/s"
    client = recorded.world.konnect(token="kpat_another")
    client.put(path, json=SERVICE, headers={"User-Agent": "kong-secure/1"})
    (refused,) = recorded.traffic.new()
    assert (refused.status, refused.is_ours, json.loads(refused.content)) == (401, True, SERVICE)


@pytest.mark.parametrize("fault", [{"kind": "cut_before"}, {"kind": "answer", "status": 503}])
def test_a_fault_is_recorded_with_its_name(recorded: Recorded, fault: dict[str, Any]) -> None:
    recorded.world.fault(**fault)
    try:
        recorded.world.konnect().get("/control-planes")
    except httpx.HTTPError:
        assert fault["kind"] == "cut_before"
    # A cut connection is noticed before its exchange is written.
    found: list[Exchange] = []

    def is_written() -> bool:
        found.extend(recorded.traffic.new())
        return bool(found)

    wait_until(is_written)
    (met,) = found
    assert (met.fault, met.status) == (fault["kind"], fault.get("status"))


def test_no_record_holds_a_token_and_only_the_user_may_read_it(recorded: Recorded) -> None:
    recorded.world.konnect().get("/control-planes")
    (file,) = recorded.directory.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not {token for token in (TOKEN, ADMIN_TOKEN) if token in file.read_text()}


def test_a_world_that_a_command_starts_is_told_to_record_too(tmp_path: Path) -> None:
    kept = isolated(os.environ, tmp_path, "mark")
    assert {name: kept[name] for name in recording_variables()} == recording_variables()


def test_a_record_that_is_half_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    line = json.dumps({"method": "GET", "path": "/us/v2/x", "content": "", "answer": ""}) + "\n"
    file, traffic = tmp_path / "1.jsonl", Traffic(tmp_path)
    file.write_text(line + line[:9])
    assert list(traffic.new()) == [Exchange("GET", "/us/v2/x")]
    file.write_text(line + line)
    assert list(traffic.new()) == [Exchange("GET", "/us/v2/x")]
