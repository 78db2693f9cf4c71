"""The world as a process: what it hosts, what it keeps, how it ends."""

from __future__ import annotations

import json
import signal
import sqlite3
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from kong_secure.sandbox.declaration import Declaration
from kong_secure.sandbox.world import Settings
from tests.world import ADMIN_TOKEN, TOKEN, World

DECLARED: dict[str, Any] = {
    "control_planes": [
        {
            "name": "demo",
            "region": "us",
            "services": [
                {
                    "name": "orders",
                    "url": "http://orders.internal",
                    "routes": [{"name": "orders", "paths": ["/orders"]}],
                }
            ],
        }
    ],
    "backends": [{"host": "orders.internal"}],
}
SECRET = "a-secret-of-the-tests-only"

Start = Callable[..., World]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[World] = []

    def start_world(declared: dict[str, Any] | None = None) -> World:
        started.append(World(tmp_path / ".sandbox", DECLARED if declared is None else declared))
        return started[-1]

    yield start_world
    for world in started:
        world.end()


def content(world: World) -> dict[str, Any]:
    """Everything its Konnect holds in the first region."""
    konnect = world.konnect()
    planes = konnect.get("/control-planes").json()["data"]
    paths = [f"/control-planes/{plane['id']}/core-entities/{kind}" for plane in planes for kind in KINDS]
    return {"planes": planes, **{path: konnect.get(path).json()["data"] for path in paths}}


KINDS = ("services", "routes", "plugins")


def put_header(world: World, plugin_id: str, secret: str = SECRET) -> httpx.Response:
    """Sets the secret header on the declared service."""
    konnect = world.konnect()
    (plane,) = konnect.get("/control-planes").json()["data"]
    entities = f"/control-planes/{plane['id']}/core-entities"
    service = konnect.get(f"{entities}/services/orders").json()
    headers = {
        "remove": {"headers": ["Authorization"]},
        "add": {"headers": [f"Authorization:Bearer {secret}"]},
    }
    body = {"name": "request-transformer", "service": {"id": service["id"]}, "config": headers}
    return konnect.put(f"{entities}/plugins/{plugin_id}", json=body)


def status(url: str) -> int:
    with httpx.Client(trust_env=False) as client:
        return client.get(url).status_code


def test_it_says_where_everything_listens(start: Start) -> None:
    world = start()
    assert set(world.answer) == {"konnect", "admin", "backends", "clouds", "gateways"}
    assert world.answer["konnect"].endswith("/{region}")
    assert list(world.answer["gateways"]) == ["demo"]
    for url in (world.backend, world.answer["gateways"]["demo"], world.answer["admin"]):
        assert url.startswith("http://127.0.0.1:")
    assert world.admin().get("/addresses").json() == world.answer


def test_a_direct_call_is_refused_and_the_same_through_the_gateway_passes(start: Start) -> None:
    world = start()
    direct, through = world.backend + "/orders", world.answer["gateways"]["demo"] + "/orders"
    assert status(direct) == 503
    world.demand(SECRET, "Authorization", "Bearer")
    assert (status(direct), status(through)) == (401, 401)
    assert put_header(world, str(uuid.uuid4())).status_code == 200
    assert (status(direct), status(through)) == (401, 200)


def test_a_host_that_is_neither_the_backend_nor_loopback_is_a_502(start: Start) -> None:
    world = start({**DECLARED, "backends": [{"host": "other.internal"}]})
    assert status(world.answer["gateways"]["demo"] + "/orders") == 502


def test_content_survives_the_process_and_seeding_adds_nothing(start: Start) -> None:
    world = start()
    put_header(world, str(uuid.uuid4()))
    before = content(world)
    assert world.end() == (0, "")
    again = start()
    assert content(again) == before


def test_what_a_program_changed_is_not_seeded_over(start: Start) -> None:
    world = start()
    konnect = world.konnect()
    (plane,) = konnect.get("/control-planes").json()["data"]
    path = f"/control-planes/{plane['id']}/core-entities/services/orders"
    konnect.put(path, json={"host": "changed.internal"})
    world.end()
    assert start().konnect().get(path).json()["host"] == "changed.internal"


def test_acknowledged_writes_survive_a_sigkill(start: Start) -> None:
    world = start()
    konnect = world.konnect()
    (plane,) = konnect.get("/control-planes").json()["data"]
    path = f"/control-planes/{plane['id']}/core-entities/services"
    ids = [konnect.post(path, json={"host": "h"}).json()["id"] for _ in range(20)]
    konnect.delete(f"{path}/{ids.pop()}")
    world.process.kill()
    world.end()
    kept = [service["id"] for service in start().konnect().get(path).json()["data"]]
    assert kept[1:] == ids


def test_only_the_owner_can_read_what_is_kept(start: Start, tmp_path: Path) -> None:
    world = start()
    put_header(world, str(uuid.uuid4()))
    files = list((tmp_path / ".sandbox").iterdir())
    assert {file.name for file in files} >= {"konnect.sqlite"}
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / ".sandbox").stat().st_mode) == 0o700
    world.end()
    assert [file.name for file in (tmp_path / ".sandbox").iterdir()] == ["konnect.sqlite"]


def test_what_the_backend_demands_is_not_kept(start: Start, tmp_path: Path) -> None:
    world = start()
    world.demand("demanded-but-not-kept")
    world.end()
    assert b"demanded-but-not-kept" not in (tmp_path / ".sandbox" / "konnect.sqlite").read_bytes()
    assert status(start().backend) == 503


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(start: Start, number: signal.Signals) -> None:
    world = start()
    world.process.send_signal(number)
    assert world.process.wait(10) == 0
    assert world.end() == (0, "")


def test_the_end_of_its_input_ends_it_while_connections_are_open(start: Start) -> None:
    world = start()
    idle = world.konnect()
    idle.get("/control-planes")
    assert world.process.communicate(timeout=10) == ("", "")
    assert world.process.returncode == 0


def test_a_second_world_on_the_same_content_is_refused(start: Start) -> None:
    start()
    second = start()
    assert "another sandbox" in second.answer["error"]
    assert second.end() == (2, "")


def test_content_of_another_version_is_refused(start: Start, tmp_path: Path) -> None:
    start().end()
    with closing(sqlite3.connect(tmp_path / ".sandbox" / "konnect.sqlite")) as database:
        database.execute("PRAGMA user_version = 99")
    refused = start()
    assert "--fresh" in refused.answer["error"]
    assert refused.end()[0] == 2


def test_damaged_content_is_refused(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".sandbox").mkdir()
    (tmp_path / ".sandbox" / "konnect.sqlite").write_bytes(b"not a database" * 100)
    refused = start()
    assert "--fresh" in refused.answer["error"]
    assert refused.end()[0] == 2


@pytest.mark.parametrize(
    ("declared", "place"),
    [
        ({"control_planes": [{"region": "us"}]}, "control_planes[0].name"),
        ({"control_planes": [{"name": "demo", "region": "mars"}]}, "control_planes[0].region"),
        ({"control_plains": []}, "control_plains"),
        (
            {"control_planes": [{"name": "demo", "services": [{"name": "a", "url": "nowhere"}]}]},
            "service 'a'",
        ),
        ({"control_planes": [{"name": "demo", "services": [{"name": "a", "host": "h", "hots": 1}]}]}, "hots"),
        (
            {
                "control_planes": [
                    {"name": "d2", "services": [{"name": "a", "host": "h", "routes": [{"name": "r"}]}]}
                ]
            },
            "route 'r'",
        ),
        (
            {"control_planes": [{"name": "d3", "services": [{"name": "a", "host": "h", "routes": [{}]}]}]},
            "routes[0]",
        ),
        ({"networks": [{"name": "n", "cidr_block": "10.0.0.1/16"}]}, "network 'n'"),
    ],
)
def test_a_declaration_at_fault_is_refused_at_its_place(
    start: Start, declared: dict[str, Any], place: str
) -> None:
    refused = start(declared)
    assert refused.answer["error"].startswith("sandbox.yaml: ")
    assert place in refused.answer["error"]
    assert refused.end() == (2, "")
    assert content(start({})) == {"planes": []}


@pytest.mark.parametrize("line", ["", "{", "[]", "{}", '{"directory": 1, "token": "x", "admin_token": "y"}'])
def test_a_first_line_that_is_no_description_is_refused(line: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "kong_secure.sandbox.world"],
        input=line + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "standard input" in json.loads(ended.stdout)["error"]
    assert ended.stderr == ""


def test_more_can_be_declared_while_it_runs(start: Start) -> None:
    world = start()
    more = {
        "control_planes": [
            {
                "name": "demo",
                "services": [{"name": "more", "url": "http://more.internal", "routes": MORE_ROUTES}],
            },
            {"name": "demo", "region": "eu"},
        ],
        "backends": [{"host": "more.internal"}],
    }
    for _ in range(2):
        addresses = world.admin().post("/declare", json=more).json()
    assert set(addresses["gateways"]) == {"demo (us)", "demo (eu)"}
    assert status(addresses["gateways"]["demo (us)"] + "/more") == 503
    assert status(addresses["gateways"]["demo (us)"] + "/orders") == 503
    assert status(addresses["gateways"]["demo (eu)"] + "/more") == 404


MORE_ROUTES = [{"name": "more", "paths": ["/more"]}]


def test_a_declaration_that_konnect_refuses_changes_nothing(start: Start) -> None:
    world = start()
    before = content(world)
    bad = {"control_planes": [{"name": "new"}, {"name": "demo", "services": [{"name": "bad", "port": "x"}]}]}
    answer = world.admin().post("/declare", json=bad)
    assert answer.status_code == 400
    assert "service 'bad'" in answer.json()["error"]
    assert content(world) == before
    assert list(world.admin().get("/addresses").json()["gateways"]) == ["demo"]


def test_a_new_control_plane_gets_a_gateway_and_a_deleted_one_loses_it(start: Start) -> None:
    world = start()
    konnect, admin = world.konnect(), world.admin()
    plane = konnect.post("/control-planes", json={"name": "second"}).json()
    url = admin.get("/addresses").json()["gateways"]["second"]
    assert status(url + "/orders") == 404
    konnect.patch(f"/control-planes/{plane['id']}", json={"name": "renamed"})
    assert admin.get("/addresses").json()["gateways"]["renamed"] == url
    konnect.delete(f"/control-planes/{plane['id']}")
    assert list(admin.get("/addresses").json()["gateways"]) == ["demo"]
    for _ in range(100):
        try:
            status(url)
        except httpx.TransportError:
            break
    else:
        pytest.fail("the gateway of a deleted control plane still answers")


def test_a_rotated_token_is_accepted_and_the_old_one_is_not(start: Start) -> None:
    world = start()
    assert world.admin().put("/token", json={"token": "kpat_new"}).status_code == 204
    assert world.konnect().get("/control-planes").status_code == 401
    assert world.konnect(token="kpat_new").get("/control-planes").status_code == 200


@pytest.mark.parametrize("token", ["wrong", TOKEN])
@pytest.mark.parametrize("path", ["/addresses", "/calls", "/faults"])
def test_the_admin_api_needs_its_own_token(world_for_reading: World, token: str, path: str) -> None:
    assert world_for_reading.admin(token).get(path).status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/backend", {"host": "orders.internal", "header": "X-Key"}),
        ("/backend", {"header": "X-Key", "secret": SECRET}),
        ("/backend", {"host": "orders.internal", "header": "X-Key", "secret": SECRET, "more": 1}),
        ("/backend", {"host": "orders.internal", "header": 5, "secret": SECRET}),
        ("/token", {"token": ""}),
        ("/token", {}),
    ],
)
def test_the_admin_api_refuses_what_it_does_not_know(
    world_for_reading: World, path: str, body: dict[str, Any]
) -> None:
    answer = world_for_reading.admin().put(path, json=body)
    assert answer.status_code == 400
    assert SECRET not in answer.text


def test_an_unknown_admin_path_is_a_404(world_for_reading: World) -> None:
    assert world_for_reading.admin().get("/nothing").status_code == 404


@pytest.fixture(scope="module")
def world_for_reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world") / ".sandbox", DECLARED)
    yield world
    world.end()


def test_tokens_are_in_no_repr() -> None:
    settings = Settings(Path("."), TOKEN, ADMIN_TOKEN, Declaration())
    assert TOKEN not in repr(settings)
    assert ADMIN_TOKEN not in repr(settings)
