"""Attachments and waits in Pulumi's own provider process, over gRPC."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import engine_pb2, provider_pb2

from tests.resources.attachment_at_konnect import ATTACHMENT, AWS, KINDS, PENDING, READY, SHARE, Kind
from tests.resources.provider_process import UNKNOWN, ProviderProcess, provider_process
from tests.world import TOKEN, World


@pytest.fixture(scope="module")
def process(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    """A process as an engine starts one for an explicit provider: the token is in its inputs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KONNECT", "PULUMI"))}
    variables = {**kept, **world.environment(tmp_path_factory.mktemp("dot-sandbox"))}
    del variables["KONNECT_TOKEN"]
    with provider_process(variables) as process:
        process.configure({"konnect:token": TOKEN, "konnect:timeoutSeconds": "60"})
        yield process


def attachment_inputs(world: World, kind: Kind = AWS, **changes: Any) -> dict[str, Any]:
    network_id = world.network(**kind.network)["id"]
    return {"network_id": network_id, "name": "orders", **kind.given, "owner": network_id, **changes}


def accept(process: ProviderProcess, world: World, made: dict[str, Any]) -> None:
    process.serve(PENDING)
    _, found = process.create({**made, "timeout_seconds": 60})
    world.accept(found["aws_attachment_id"])


@pytest.mark.parametrize("kind", KINDS)
def test_an_attachment_lives_from_check_to_delete_in_the_process(
    process: ProviderProcess, world: World, kind: str
) -> None:
    provider = KINDS[kind].provider
    process.serve(provider)
    process.engine.told.clear()
    inputs, failures = process.check({}, attachment_inputs(world, KINDS[kind]))
    assert failures == []
    object_id, outs = process.create(inputs)
    assert outs["state"] in ("created", "initializing")

    entry = {"network_id": inputs["network_id"], "attachment_id": object_id}
    if kind == "aws":
        accept(process, world, entry)
    process.serve(READY)
    _, ready = process.create({"attachments": [entry], "after": [], "timeout_seconds": 60, "owner": "o"})
    assert ready["states"] == ["ready"]
    told = [(severity, ephemeral) for severity, text, ephemeral in process.engine.told if "at most" in text]
    assert told
    assert set(told) == {(engine_pb2.INFO, False)}, "a wait is told in lines that stay and alarm nobody"

    process.serve(provider)
    _, outs, refreshed = process.read(object_id, outs)
    assert (outs["state"], refreshed) == ("ready", inputs)
    again, failures = process.check(
        refreshed, attachment_inputs(world, KINDS[kind], network_id=inputs["network_id"])
    )
    assert failures == []
    assert process.diff(object_id, outs, again).changes == provider_pb2.DiffResponse.DIFF_NONE
    process.delete(object_id, outs)


def test_unknown_blocks_in_a_preview_replace_nothing(process: ProviderProcess, world: World) -> None:
    process.serve(ATTACHMENT)
    inputs, _ = process.check({}, attachment_inputs(world))
    news, failures = process.check(inputs, {**inputs, "cidr_blocks": [UNKNOWN]})
    assert failures == []
    answer = process.diff("an-id", inputs, news)
    assert list(answer.replaces) == []
    assert answer.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_attachment_is_told_to_the_engine_as_a_replacement_deleting_first(
    process: ProviderProcess, world: World, kind: str
) -> None:
    process.serve(KINDS[kind].provider)
    inputs, _ = process.check({}, attachment_inputs(world, KINDS[kind]))
    answer = process.diff("an-id", {**inputs, "state": "error"}, inputs)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["state"], True)


def test_a_replacement_is_a_warning_at_the_engine(process: ProviderProcess, world: World) -> None:
    process.serve(ATTACHMENT)
    inputs, _ = process.check({}, attachment_inputs(world))
    process.engine.told.clear()
    dns = [{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]
    process.diff("an-id", inputs, {**inputs, "dns_config": dns})
    [(severity, text, _)] = process.engine.told
    assert severity == engine_pb2.WARNING
    assert "another dns_config replaces it" in text


def test_what_konnect_gives_up_reaches_the_engine_as_sentences(
    process: ProviderProcess, world: World
) -> None:
    world.cloud(unknown_shares=[SHARE.replace("4b7e2c8a", "00000000")])
    process.serve(ATTACHMENT)
    inputs, _ = process.check(
        {}, attachment_inputs(world, ram_share_arn=SHARE.replace("4b7e2c8a", "00000000"))
    )
    object_id, _ = process.create(inputs)
    process.serve(PENDING)
    wait = {"network_id": inputs["network_id"], "attachment_id": object_id, "timeout_seconds": 60}
    with pytest.raises(grpc.RpcError) as caught:
        process.create(wait)
    text = caught.value.details()
    assert "could not find a resource with the provided ram share arn" in text
    assert "Traceback" not in text
    assert TOKEN not in text
