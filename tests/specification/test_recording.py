from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from kong_secure.sandbox.environment import isolated
from tests.specification.traffic import DIRECTORY_VARIABLE, Exchange, Traffic, recording_variables
from tests.world import ADMIN_TOKEN, TOKEN, running_world

SERVICE = {"name": "orders", "host": "orders.internal"}


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Traffic:
    """What worlds record that are started from now on; it isn't held against the specification."""
    directory = tmp_path / "traffic"
    directory.mkdir()
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(directory))
    return Traffic(directory)


def test_what_a_worlds_konnect_is_asked_and_answers_is_recorded_in_order(
    recorded: Traffic, tmp_path: Path
) -> None:
    with running_world(tmp_path / "world") as world:
        made = world.konnect().post("/control-planes", json={"name": "demo"}).json()
        world.konnect().get(f"/control-planes/{made['id']}/core-entities/services", params={"tags": "a/b"})
        created, listed = recorded.new()
        assert (created.method, created.path, created.status) == ("POST", "/us/v2/control-planes", 201)
        assert json.loads(created.content) == {"name": "demo"}
        assert json.loads(created.answer) == made
        assert (created.content_type, created.answer_type) == ("application/json", "application/json")
        assert (created.is_ours, created.fault) == (False, None)
        assert (listed.path.endswith("/services"), listed.query) == (True, "tags=a%2Fb")
        assert list(recorded.new()) == []


def test_what_our_client_sends_is_recorded_even_where_konnect_refuses_it_unread(
    recorded: Traffic, tmp_path: Path
) -> None:
    with running_world(tmp_path / "world") as world:
        url = world.address.replace("{region}", "us") + "/v2/control-planes/p/core-entities/services/s"
        client = world.client(url, "kpat_another")
        client.put("", json=SERVICE, headers={"User-Agent": "kong-secure/1"})
    (refused,) = recorded.new()
    assert (refused.status, refused.is_ours, json.loads(refused.content)) == (401, True, SERVICE)


@pytest.mark.parametrize("fault", [{"kind": "cut_before"}, {"kind": "answer", "status": 503}])
def test_a_fault_is_recorded_with_its_name(recorded: Traffic, tmp_path: Path, fault: dict[str, Any]) -> None:
    with running_world(tmp_path / "world") as world:
        world.fault(**fault)
        try:
            world.konnect().get("/control-planes")
        except httpx.HTTPError:
            assert fault["kind"] == "cut_before"
    (met,) = recorded.new()
    assert (met.fault, met.status) == (fault["kind"], fault.get("status"))


def test_no_record_holds_a_token_and_only_the_user_may_read_it(recorded: Traffic, tmp_path: Path) -> None:
    with running_world(tmp_path / "world") as world:
        world.konnect().get("/control-planes")
    (file,) = (tmp_path / "traffic").iterdir()
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
