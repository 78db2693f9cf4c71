"""The provider in Pulumi's own process, over gRPC: what reaches the engine, and through it the user."""

import base64
import os
import pickle
import pickletools
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any

import dill  # type: ignore[import-untyped]
import grpc
import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2, provider_pb2

from kong_secure.resources.shared_secret_header import SharedSecretHeaderProvider
from tests.resources.attachment_at_konnect import ATTACHMENT, PEERING, PENDING, READY
from tests.resources.provider_process import UNKNOWN, ProviderProcess, provider_process
from tests.world import TOKEN, World

Variables = dict[str, str]

SECRET = "a-fine-secret-of-some-length"


@pytest.fixture(scope="module")
def variables(world: World, tmp_path_factory: pytest.TempPathFactory) -> Variables:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KONNECT", "KONG_", "PULUMI"))
    }
    return {**kept, **world.environment(tmp_path_factory.mktemp("dot-sandbox"))}


@pytest.fixture(scope="module")
def shared(variables: Variables) -> Iterator[ProviderProcess]:
    with provider_process(variables) as process:
        process.configure()
        yield process


@pytest.fixture
def process(shared: ProviderProcess) -> ProviderProcess:
    shared.engine.told.clear()
    return shared


@pytest.fixture
def inputs(world: World, process: ProviderProcess) -> dict[str, Any]:
    plane, service, _ = world.declare()
    news = {
        "region": "us",
        "control_plane": plane,
        "service": service,
        "shared_secret": SECRET,
        "owner": plane,
    }
    inputs, failures = process.check({}, news)
    assert failures == []
    return inputs


def error_of(call: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(grpc.RpcError) as failure:
        call(*arguments)
    text = str(failure.value.details())
    assert SECRET not in text
    assert base64.b64encode(SECRET.encode()).decode().rstrip("=") not in text
    assert TOKEN not in text
    assert "Traceback" not in text
    assert 'File "' not in text
    return text


def test_a_whole_life_over_the_wire(process: ProviderProcess, inputs: dict[str, Any]) -> None:
    object_id, outs = process.create(inputs)
    assert {key: outs[key] for key in inputs} == inputs
    assert outs["plugin_id"] == object_id
    assert process.diff(object_id, outs, inputs).changes == provider_pb2.DiffResponse.DIFF_NONE
    news = {**inputs, "shared_secret": "another-secret-value"}
    assert process.diff(object_id, outs, news).changes == provider_pb2.DiffResponse.DIFF_UNKNOWN
    outs = process.update(object_id, outs, news)
    assert {key: outs[key] for key in news} == news
    read_id, read_outs, read_inputs = process.read(object_id, outs)
    assert (read_id, read_outs, read_inputs) == (object_id, outs, news)
    process.delete(object_id, outs)
    process.delete(object_id, outs)
    assert process.read(object_id, outs)[0] == ""


def test_replacement_is_asked_for_delete_first(process: ProviderProcess, inputs: dict[str, Any]) -> None:
    object_id, outs = process.create(inputs)
    difference = process.diff(object_id, outs, {**inputs, "region": "eu"})
    assert list(difference.replaces) == ["region"]
    assert difference.deleteBeforeReplace


def test_unknown_values_pass_check_and_diff_at_any_depth(
    process: ProviderProcess, inputs: dict[str, Any]
) -> None:
    news = {**inputs, "shared_secret": UNKNOWN, "tags": ["a", UNKNOWN], "header_name": UNKNOWN}
    news.pop("scheme")
    checked, failures = process.check({}, news)
    assert failures == []
    assert checked["shared_secret"] == checked["scheme"] == UNKNOWN
    assert checked["tags"] == ["a", UNKNOWN]
    difference = process.diff("id", {**inputs, "tags": ["a"]}, checked)
    assert difference.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN
    assert list(difference.replaces) == []


def test_a_refused_input_is_one_failure_without_a_property(
    process: ProviderProcess, inputs: dict[str, Any]
) -> None:
    _, failures = process.check({}, {**inputs, "header_name": "X_Key", "shared_secret": f"{SECRET}\n"})
    ((name, reason),) = failures
    assert name == ""
    assert "X_Key" in reason
    assert SECRET not in reason


def test_another_pythons_pickle_of_the_same_reference_is_no_change(
    process: ProviderProcess, inputs: dict[str, Any]
) -> None:
    object_id, outs = process.create(inputs)
    other = base64.b64encode(dill.dumps(SharedSecretHeaderProvider(), protocol=5, recurse=True)).decode()
    if other == process.serialized:
        other = base64.b64encode(dill.dumps(SharedSecretHeaderProvider(), protocol=3, recurse=True)).decode()
    assert other != process.serialized
    difference = process.diff(object_id, {**outs, "__provider": other}, inputs)
    assert difference.changes == provider_pb2.DiffResponse.DIFF_NONE
    assert process.read(object_id, {**outs, "__provider": other})[0] == object_id


@pytest.mark.parametrize(
    "provider", [SharedSecretHeaderProvider, *(type(each) for each in (ATTACHMENT, PEERING, PENDING, READY))]
)
def test_every_provider_is_pickled_by_reference(provider: type[ResourceProvider]) -> None:
    serialized = serialize_provider(provider())
    content = base64.b64decode(serialized)
    assert len(serialized) < 200
    assert provider.__module__.encode() in content
    assert "BUILD" not in {opcode.name for opcode, _, _ in pickletools.genops(content)}
    assert isinstance(pickle.loads(content), provider)  # noqa: S301 - made above


def test_a_refusal_is_konnects_sentence_without_a_traceback(
    process: ProviderProcess, inputs: dict[str, Any]
) -> None:
    object_id, _ = process.create(inputs)
    text = error_of(process.create, {**inputs, "owner": "somebody else"})
    assert text.startswith(f"service '{inputs['service']}' already has a request-transformer")
    assert object_id in text


def test_a_read_by_id_alone_is_told_in_a_sentence(process: ProviderProcess) -> None:
    assert error_of(process.read, "some-id", {"region": "us"}).startswith(
        "a SharedSecretHeader can't be read"
    )


def test_a_fault_of_our_own_is_one_sentence_too(process: ProviderProcess, inputs: dict[str, Any]) -> None:
    broken = {key: value for key, value in inputs.items() if key != "control_plane"}
    text = error_of(process.create, broken)
    assert text.startswith("kong_secure met a KeyError it didn't expect")
    assert len(text.splitlines()) == 1


def test_a_warning_reaches_the_engine_and_stays(process: ProviderProcess, world: World) -> None:
    plane, service, _ = world.declare(url="http://backend.internal")
    news = {
        "region": "us",
        "control_plane": plane,
        "service": service,
        "shared_secret": SECRET,
        "owner": plane,
    }
    process.create(process.check({}, news)[0])
    ((severity, message, ephemeral),) = process.engine.told
    assert severity == engine_pb2.WARNING
    assert "plain HTTP" in message
    assert not ephemeral


def test_waiting_for_a_name_is_told_as_progress(
    process: ProviderProcess, inputs: dict[str, Any], world: World
) -> None:
    _, outs = process.create(inputs)
    path = f"/v2/control-planes/{outs['control_plane_id']}/core-entities/services"
    body = {"name": "late", "url": "https://late.internal"}
    timer = threading.Timer(1.6, world.by_hand, ["POST", path, body])
    timer.start()
    object_id, _ = process.create({**inputs, "service": "late"})
    timer.join()
    assert object_id
    severity, message, ephemeral = process.engine.told[0]
    assert (severity, ephemeral) == (engine_pb2.INFO, True)
    assert message == "waiting for Konnect to have service 'late', for 9 s at most"


def test_four_threads_share_one_client_and_its_names(variables: Variables, world: World) -> None:
    plane, _, _ = world.declare()
    control_planes = "/v2/control-planes"
    plane_id = world.by_hand("GET", f"{control_planes}?filter[name][eq]={plane}")["data"][0]["id"]
    services = [f"s{number}" for number in range(8)]
    for name in services:
        body = {"name": name, "url": "https://backend.internal"}
        world.by_hand("POST", f"{control_planes}/{plane_id}/core-entities/services", body)
    place = {"region": "us", "control_plane": plane, "shared_secret": SECRET}
    created = []
    with provider_process(variables) as process, futures.ThreadPoolExecutor(8) as threads:
        process.configure()
        checked = [process.check({}, {**place, "service": name, "owner": name})[0] for name in services]
        world.forget_calls()
        created = [object_id for object_id, _ in threads.map(process.create, checked)]
    assert len(set(created)) == 8
    assert len(world.calls()) == 2 * 8 + 1


def test_check_and_diff_need_neither_token_nor_konnect(variables: Variables, inputs: dict[str, Any]) -> None:
    bare = {name: value for name, value in variables.items() if not name.startswith(("KONNECT", "KONG_"))}
    with provider_process(bare) as process:
        process.configure()
        _, failures = process.check({}, inputs)
        assert failures == []
        assert (
            process.diff("id", {**inputs, "plugin_id": "id"}, inputs).changes
            == provider_pb2.DiffResponse.DIFF_NONE
        )
        assert error_of(process.create, inputs).startswith("there is no Konnect token")


def test_the_configurations_token_is_used_and_an_old_one_is_explained(
    variables: Variables, inputs: dict[str, Any]
) -> None:
    bare = {name: value for name, value in variables.items() if name != "KONNECT_TOKEN"}
    with provider_process(bare) as process:
        process.configure({"konnect:token": TOKEN, "project:other": "value"})
        object_id, outs = process.create(inputs)
    with provider_process(bare) as process:
        process.configure({"konnect:token": "kpat_an-old-token"})
        for text in (error_of(process.read, object_id, outs), error_of(process.delete, object_id, outs)):
            assert text.startswith("Konnect refused the token from konnect:token")
            assert "may be old" in text
            assert "an-old-token" not in text


def test_it_works_behind_a_dead_proxy(variables: Variables, inputs: dict[str, Any], world: World) -> None:
    proxies = dict.fromkeys(
        ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:1"
    )
    direct = {name: value for name, value in variables.items() if name.lower() != "no_proxy"}
    plane, service, _ = world.declare(url="http://backend.internal")
    news = {**inputs, "control_plane": plane, "service": service}
    with provider_process({**direct, **proxies}) as process:
        process.configure()
        assert process.create(news)[0]
        assert "plain HTTP" in process.engine.told[0][1]
