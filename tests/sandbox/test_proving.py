"""What a stack's proof takes from a running world, and what it tells and answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from kong_secure.sandbox.proving import Proving
from kong_secure.sandbox.running_world import DirectCall, WorldAddress, WorldControl
from kong_secure.sandbox.sandbox_file import read_sandbox_file
from tests.sandbox.data_plane.servers import serve
from tests.sandbox.test_proof import Answering

DECLARED = """\
control_planes:
  - name: demo
    services:
      - {name: orders, url: 'http://10.8.0.20:8080', routes: [{name: orders, paths: [/orders]}]}
networks: [{name: demo-network}]
backends: [{host: 10.8.0.20, private: {network: demo-network}}]
"""
UNREACHABLE = "direct call from outside: unreachable (it is private)"


@dataclass
class Told:
    """A world that answers as it is told: a backend that refuses, a gateway that passes or doesn't."""

    backend: str
    gateway: str
    outside: str | None = "it is private"
    inside: str | None = None
    asked: list[tuple[str, int]] = field(default_factory=list)

    @property
    def address(self) -> WorldAddress:
        return WorldAddress("", "", "", "", gateways={"demo": self.gateway})

    def direct(self, host: str, port: int) -> DirectCall:
        self.asked.append((host, port))
        return DirectCall(self.backend, self.outside, self.inside)


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int]]:
    refusing, passing = Answering(), Answering()
    refusing.answer(401)
    with serve(refusing) as backend, serve(passing) as gateway:
        yield backend, gateway


@pytest.fixture
def world(ports: tuple[int, int]) -> Told:
    backend, gateway = (f"http://127.0.0.1:{port}" for port in ports)
    return Told(backend, gateway)


def proved(
    folder: Path, world: Told, *, succeeded: bool = True, declared: str = DECLARED
) -> tuple[bool, list[str]]:
    (folder / "sandbox.yaml").write_text(declared)
    file = read_sandbox_file(folder, "shop")
    said: list[str] = []
    proving = Proving(file, file.backends, cast(WorldControl, world), said.append)
    return proving.prove(succeeded=succeeded), said


def test_the_world_is_asked_about_the_services_port(tmp_path: Path, world: Told) -> None:
    assert proved(tmp_path, world) == (
        True,
        [UNREACHABLE, "direct call: refused (401)", "through the gateway: passed (200)"],
    )
    assert world.asked == [("10.8.0.20", 8080)]


def test_a_backend_that_the_internet_reaches_is_no_proof(tmp_path: Path, world: Told) -> None:
    world.outside = None
    held, said = proved(tmp_path, world)
    assert not held
    assert said[0] == "direct call from outside: REACHABLE (401)"
    assert said[1:] == ["direct call: refused (401)", "through the gateway: passed (200)"]


def test_a_neighbour_that_the_network_blocks_is_told_so(tmp_path: Path, world: Told) -> None:
    world.inside = "security group sg-1 has no ingress rule"
    held, said = proved(tmp_path, world)
    assert held
    assert said[1] == "direct call: blocked by the network (security group sg-1 has no ingress rule)"


@pytest.mark.parametrize("succeeded", [True, False])
def test_a_refused_call_through_the_gateway_names_the_keys_to_set_unless_the_operation_failed(
    tmp_path: Path, world: Told, succeeded: bool
) -> None:
    world.gateway = world.backend
    held, said = proved(tmp_path, world, succeeded=succeeded)
    assert not held
    assert said[-1] == "through the gateway: NOT passed (401)"
    expected = "set backends[0].header" if succeeded else "note: the operation failed; the proof is of what"
    assert expected in said[0]
    assert len(said) == 4


SECOND = "{name: payments, url: 'http://10.8.0.30', routes: [{name: payments, paths: [/payments]}]}"
BOTH = DECLARED.replace("networks:", f"      - {SECOND}\nnetworks:").replace(
    "backends: [", "backends: [{host: 10.8.0.30, private: {network: demo-network}}, "
)


def test_a_proof_of_several_backends_is_of_each_and_fails_with_one_of_them(
    tmp_path: Path, world: Told
) -> None:
    held, said = proved(tmp_path, world, declared=BOTH)
    three = [UNREACHABLE, "direct call: refused (401)", "through the gateway: passed (200)"]
    assert (held, said) == (
        True,
        [f"{host}: {line}" for host in ("10.8.0.30", "10.8.0.20") for line in three],
    )
    assert world.asked == [("10.8.0.30", 80), ("10.8.0.20", 8080)]

    without_a_way = BOTH.replace("url: 'http://10.8.0.30'", "url: 'http://10.8.0.40'")
    held, said = proved(tmp_path, world, declared=without_a_way, succeeded=False)
    assert not held
    assert said[0] == "note: the operation failed; the proof is of what stands now"
    assert said[1].startswith("10.8.0.30: no proof: sandbox.yaml declares no route")
    assert said[2:] == [f"10.8.0.20: {line}" for line in three]
