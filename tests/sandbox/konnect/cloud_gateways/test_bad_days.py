"""What the cloud-gateways API answers on a bad day: in its own dialect, as its requests are otherwise refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kong_secure.sandbox.declaration import Declaration
from kong_secure.sandbox.konnect.cloud_gateways.rules import CloudGateways
from kong_secure.sandbox.world import Settings
from kong_secure.sandbox.world import World as HostedWorld
from tests.sandbox.konnect.cloud_gateways.conftest import attachment, problem
from tests.world import World


@pytest.fixture(autouse=True)
def healed(world: World) -> Iterator[None]:
    yield
    world.heal()


@pytest.mark.parametrize(
    ("status", "title", "trace"),
    [
        (401, "Unauthorized", "kong"),
        (403, "Forbidden", "kong"),
        (404, "Not Found", "kong"),
        (409, "Conflict", "konnect"),
        (500, "Internal Server Error", "konnect"),
        (418, "I'm a Teapot", "konnect"),
    ],
)
def test_a_fault_speaks_the_dialect_of_the_path(
    world: World, gateways: httpx.Client, status: int, title: str, trace: str
) -> None:
    world.fault(kind="answer", status=status, region="global")
    problem(gateways.get("/networks"), status, title, trace)


def test_the_limiter_in_front_speaks_its_own(world: World, gateways: httpx.Client) -> None:
    world.fault(kind="answer", status=429, retry_after=3)
    answer = gateways.get("/networks")
    assert answer.json() == {"message": "API rate limit exceeded"}
    assert answer.headers["retry-after"] == "3"


def test_a_post_that_is_cut_after_it_was_carried_out_is_there(
    world: World, gateways: httpx.Client, path: str
) -> None:
    world.fault(kind="cut_after", method="POST", path="*/transit-gateways")
    with pytest.raises(httpx.RemoteProtocolError):
        gateways.post(path, json=attachment())
    assert len(gateways.get(path).json()["data"]) == 1


def test_a_cloud_that_fails_once_doesnt_stop_the_states_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kong_secure.sandbox.world._TICK_SECONDS", 0.01)
    advanced: list[str] = []

    async def main() -> None:
        again = asyncio.Event()

        def advance(gateways: CloudGateways) -> None:
            advanced.append("once more")
            if len(advanced) == 1:
                raise RuntimeError("the cloud has an idea of its own")
            again.set()

        hosted = HostedWorld(Settings(tmp_path / ".sandbox", "token", "admin", Declaration()))
        monkeypatch.setattr(CloudGateways, "advance", advance)
        try:
            await asyncio.wait_for(again.wait(), 60)
        finally:
            await hosted.close()

    asyncio.run(main())
    assert len(advanced) >= 2
