"""What a user lives through with Konnect's half of a path, on every engine there is; the far side is operated by
hand. Provider methods by themselves are tested in tests/resources."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lifecycles.attachment_programs import DNS, attachment_program, path_program, waiting_program
from tests.lifecycles.playground import Playground, Run
from tests.processes import wait_until
from tests.world import World

SECRET = "first-Secret_of-this.lifecycle~0123456789"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all of these tests: each has networks of its own."""
    world = World(tmp_path_factory.mktemp("world") / ".sandbox")
    yield world
    world.end()


@pytest.fixture
def network(playground: Playground) -> dict[str, Any]:
    """A network of Konnect's, and a transit gateway that accepts by itself."""
    playground.secret = SECRET
    playground.world.cloud(auto_accept=True)
    return playground.world.network()


def attachments(playground: Playground, network: dict[str, Any]) -> list[dict[str, Any]]:
    """What Konnect has in the network, without what is gone."""
    path = f"/v2/cloud-gateways/networks/{network['id']}/transit-gateways"
    listed = playground.world.by_hand("GET", path, region="global")["data"]
    return [each for each in listed if each["state"] != "terminated"]


def methods(playground: Playground) -> list[str]:
    return [call["method"] for call in playground.konnect.calls() if call["method"] != "GET"]


def test_a_path_comes_up_and_changed_blocks_replace_nothing(
    playground: Playground, network: dict[str, Any]
) -> None:
    playground.program(path_program(network["name"]))
    first = playground.run("up").must_succeed()
    [live] = attachments(playground, network)
    assert live["state"] == "ready"
    assert first.result.outputs["cidr_block"] == network["cidr_block"]

    playground.konnect.forget_calls()
    playground.program(path_program(network["name"], blocks=["10.8.0.0/16", "10.9.0.0/16"]))
    preview = playground.run("preview").must_succeed()
    changed = {"network": "same", "attachment": "update", "pending": "same", "ready": "update"}
    assert preview.operations == changed
    assert playground.konnect.calls() == []

    assert playground.run("up").must_succeed().operations == changed
    assert methods(playground) == ["PATCH"]
    [after] = attachments(playground, network)
    assert (after["id"], after["state"]) == (live["id"], "ready")
    assert after["cidr_blocks"] == ["10.8.0.0/16", "10.9.0.0/16"]


def test_another_dns_mapping_warns_that_the_path_goes_down_and_deletes_first(
    playground: Playground, network: dict[str, Any]
) -> None:
    playground.program(attachment_program(network["id"]))
    playground.run("up").must_succeed()
    [before] = attachments(playground, network)
    playground.konnect.forget_calls()
    playground.program(attachment_program(network["id"], dns=DNS))
    run = playground.run("up").must_succeed()
    assert run.operations == {"attachment": "replace"}
    assert "another dns_config replaces it, and the path is down" in run.text
    assert methods(playground) == ["DELETE", "POST"]
    [after] = attachments(playground, network)
    assert after["id"] != before["id"]


def test_an_interrupted_create_is_taken_over_by_the_next_run_and_by_no_other_stack(
    playground: Playground, network: dict[str, Any]
) -> None:
    playground.program(attachment_program(network["id"]))
    playground.konnect.fault(kind="slow", method="POST", seconds=600)
    playground.kill_during("up", when=lambda: len(attachments(playground, network)) == 1)
    [orphan] = attachments(playground, network)
    playground.konnect.heal()

    other = playground.another_stack("second")
    run = other.run("up").must_fail()
    assert "overlaps with cidr blocks from an existing attachment" in run.text
    assert other.resources() == []

    playground.konnect.forget_calls()
    playground.run("up").must_succeed()
    assert methods(playground) == []
    [live] = attachments(playground, network)
    assert live["id"] == orphan["id"]

    playground.run("destroy").must_succeed()
    assert attachments(playground, network) == []
    assert network["id"] not in [each["network_id"] for each in playground.world.cloud()["attachments"]]
    assert playground.world.by_hand("GET", f"/v2/cloud-gateways/networks/{network['id']}", region="global")


def test_an_attachment_in_error_is_told_with_konnects_reason_and_healed_by_up_after_a_refresh(
    playground: Playground, network: dict[str, Any]
) -> None:
    playground.world.cloud(auto_accept=False)
    playground.program(path_program(network["name"], own_process=False))
    run = fail_once_pending(playground, network)
    assert "is error: Transit Gateway Attachment was rejected." in run.text
    assert "`kong-secure sandbox up --refresh`" in run.text
    [failed] = attachments(playground, network)

    playground.world.cloud(auto_accept=True)
    playground.run("refresh").must_succeed()
    healed = playground.run("up").must_succeed()
    assert healed.operations["attachment"] == "replace"
    [live] = attachments(playground, network)
    assert live["state"] == "ready"
    assert live["id"] != failed["id"]


def fail_once_pending(playground: Playground, network: dict[str, Any]) -> Run:
    """An `up` during which somebody rejects the attachment in AWS."""
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(playground.run("up")))
    thread.start()

    def pending() -> bool:
        return [each["state"] for each in attachments(playground, network)] == ["pending-acceptance"]

    wait_until(pending)
    [live] = attachments(playground, network)
    playground.world.accept(live["transit_gateway_attachment_config"]["attachment_id"], "refused")
    thread.join()
    return runs[0].must_fail()


def test_six_waits_of_three_components_delay_no_header_and_a_token_of_the_stack_reaches_them(
    playground: Playground,
) -> None:
    playground.secret = SECRET
    playground.secret_config("konnect:token", playground.environment.pop("KONNECT_TOKEN"))
    networks = [playground.world.network() for _ in range(6)]
    gate = playground.folder / "gate"
    playground.program(waiting_program([network["id"] for network in networks], str(gate)))
    playground.konnect.forget_calls()
    playground.world.freeze_clock()
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(playground.run("up")))
    thread.start()
    try:
        wait_until(lambda: waited_for(playground) == 6)
        gate.touch()
        wait_until(lambda: len(playground.konnect.plugins()) == 1)
        assert {each["state"] for network in networks for each in attachments(playground, network)} == {
            "initializing"
        }, "no wait has ended when the header is there"
    finally:
        gate.touch()
        playground.world.freeze_clock(False)
        thread.join()
    run = runs[0].must_succeed()
    told = re.findall(r"attachment (\S+) to appear in AWS, for 30 min at most: initializing", run.text)
    assert len(set(told)) == 6


def waited_for(playground: Playground) -> int:
    """How many attachments somebody keeps asking for."""
    asked = [
        call["path"]
        for call in playground.konnect.calls()
        if call["method"] == "GET" and re.search(r"/transit-gateways/[^/]+$", call["path"])
    ]
    return len({path for path in asked if asked.count(path) > 1})
