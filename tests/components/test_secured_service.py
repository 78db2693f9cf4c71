"""What a secured service is made of, what it refuses, and what its header waits for, with Pulumi's mocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from unittest.mock import patch

import pulumi
import pytest
from pulumi.runtime import mocks, rpc

from kong_secure import AwsTransitGateway, SecuredService
from kong_secure.components.secured_service import Path
from kong_secure.resources.base import InvalidArguments
from tests.components.aws.mocked_path import GIVEN as PATH
from tests.components.aws.mocked_path import NETWORK_ID, TwoEnds
from tests.resources.mocked_program import Engine, later, run

T = TypeVar("T")
SECRET = "a-fine-secret-of-some-length"
MADE = "made-by-the-mocks-0123456789.0123456789.012"
GIVEN: dict[str, Any] = {"control_plane": "demo", "service": "orders", "connectivity": "public-internet"}
COMPONENT = "kong-secure:index:SecuredService"
HEADER = "pulumi-python:dynamic/kong-secure:SharedSecretHeader"
GENERATED = "pulumi-python:dynamic/kong-secure:SharedSecret"


@pytest.fixture(autouse=True)
def no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KONNECT_REGION", raising=False)


class Konnect(TwoEnds):
    """Answers as Konnect and AWS do, and makes secrets."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made_id, outputs = super().new_resource(args)
        if args.typ == GENERATED:
            outputs = {**outputs, "value": MADE, "previous": "the-one-before"}
        if args.typ == HEADER:
            outputs = {**outputs, "control_plane_id": "the-plane", "service_id": "the-service"}
        return made_id, outputs


class FakePath:
    """A path that gets ready when the test says so."""

    def __init__(self) -> None:
        self.ready: pulumi.Output[bool] = later(True)

    def once_ready(self, value: pulumi.Input[T]) -> pulumi.Output[T]:
        return pulumi.Output.all(self.ready, value).apply(lambda pair: pair[1])


def secured(name: str = "orders", **changes: Any) -> SecuredService:
    given = {**GIVEN, **changes}
    return SecuredService(name, **{key: value for key, value in given.items() if value is not None})


def requests_of(program: Callable[[], object], engine: Engine | None = None) -> dict[str, Any]:
    """What is registered by name, as the engine gets it."""
    requests: dict[str, Any] = {}
    register = mocks.MockMonitor.RegisterResource

    def recorded(monitor: mocks.MockMonitor, request: Any) -> Any:
        requests[request.name] = request
        return register(monitor, request)  # type: ignore[no-untyped-call]

    with patch.object(mocks.MockMonitor, "RegisterResource", recorded):
        run(program, engine=engine or Konnect())
    return requests


def parents(requests: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Type and name of each resource, and the name of its parent."""
    return {
        (each.type, each.name): each.parent.rpartition("::")[2]
        for each in requests.values()
        if each.type != "pulumi:pulumi:Stack"
    }


def secret_in(inputs: Any) -> object:
    value = inputs["shared_secret"]
    assert value[rpc._special_sig_key] == rpc._special_secret_sig
    return value["value"]


def refusal(program: Callable[[], object]) -> str:
    with pytest.raises(InvalidArguments) as caught:
        run(program, engine=Konnect())
    return str(caught.value)


def test_children_and_their_names_and_parents_are_a_contract() -> None:
    below = parents(requests_of(lambda: secured(connectivity=FakePath())))
    root = below.pop((COMPONENT, "orders"))
    assert below == {(GENERATED, "orders-secret"): "orders", (HEADER, "orders-header"): "orders"}
    assert root != "orders"
    assert (GENERATED, "orders-secret") not in parents(requests_of(lambda: secured(shared_secret=SECRET)))


def test_its_outputs_are_a_contract() -> None:
    seen: dict[str, Any] = {}

    def program() -> None:
        made = secured(header_name="X-Key")
        for name in SecuredService.__annotations__:
            output = getattr(made, name)
            pulumi.Output.all(output, output.is_secret()).apply(partial(seen.__setitem__, name))

    run(program, engine=Konnect())
    assert seen == {
        "shared_secret": [MADE, True],
        "previous_secret": ["the-one-before", True],
        "header_name": ["X-Key", False],
        "scheme": ["", False],
        "plugin_id": ["orders-header-id", False],
        "control_plane_id": ["the-plane", False],
        "service_id": ["the-service", False],
        "route_id": [None, False],
    }


def test_what_the_header_takes_is_handed_on() -> None:
    more: dict[str, Any] = {"header_name": "X-Key", "scheme": "Token", "overwrite": False, "enabled": False}
    more |= {"tags": ["a"], "region": "eu"}
    made = run(lambda: secured(**more, service=None, route="r", shared_secret=SECRET), engine=Konnect())
    inputs = made["orders-header"].inputs
    assert secret_in(inputs) == SECRET
    assert {key: inputs[key] for key in more} == more
    assert (inputs["control_plane"], inputs["route"], inputs.get("service")) == ("demo", "r", None)


def test_rotation_is_handed_on_to_the_secret_that_is_made_here() -> None:
    made = run(lambda: secured(rotation=later("2026-11")), engine=Konnect())
    assert made["orders-secret"].inputs["rotation"] == "2026-11"
    assert secret_in(made["orders-header"].inputs) == MADE


def test_a_rotation_that_turns_out_to_be_none_is_none() -> None:
    made = run(lambda: secured(rotation=later(None)), engine=Konnect())
    assert made["orders-secret"].inputs.get("rotation") is None


def test_everything_wrong_in_plain_values_is_one_message_that_names_each() -> None:
    text = refusal(
        lambda: secured(
            control_plane=" ",
            route="r",
            header_name="X_Key",
            connectivity="privatelink",
            rotation=1.5,
            region="mars",
            tags=["a,b"],
        )
    )
    assert text.splitlines()[0] == "SecuredService 'orders': 7 problems with its inputs"
    for part in ("control_plane", "service and route", "X_Key", "one-way", "1.5", "mars", "a,b"):
        assert part in text


def test_a_rotation_beside_a_given_secret_is_a_contradiction_and_the_secret_isnt_told() -> None:
    text = refusal(lambda: secured(shared_secret=SECRET + "\n", rotation="a"))
    assert "rotation is for a secret that is made here, and shared_secret is given: leave out one" in text
    assert "shared_secret holds a line break" in text
    assert SECRET not in text


@pytest.mark.parametrize("connectivity", [AwsTransitGateway, FakePath, pulumi.StackReference, object(), 1])
def test_what_is_no_path_is_refused_by_its_type(connectivity: object) -> None:
    assert "is no path" in refusal(lambda: secured(connectivity=connectivity))


def test_a_component_that_is_a_path_is_taken_for_one() -> None:
    assert issubclass(AwsTransitGateway, Path)


def test_a_path_is_made_once_and_passed_to_many() -> None:
    names = [f"service-{number}" for number in range(3)]

    def program() -> None:
        path = AwsTransitGateway("path", **PATH)
        for name in names:
            secured(name, connectivity=path)

    engine = Konnect()
    requests = requests_of(program, engine)
    assert [each.typ for each in engine.registered].count(
        "pulumi-python:dynamic/kong-secure:AttachmentReady"
    ) == 1
    for name in names:
        urns = requests[f"{name}-header"].propertyDependencies["shared_secret"].urns
        assert any(urn.endswith("AttachmentReady::path-ready") for urn in urns)
        assert parents(requests)[HEADER, f"{name}-header"] == name


def test_without_readiness_there_is_no_header_and_the_reason_is_told() -> None:
    engine = Konnect(owner="999999999999")

    def program() -> None:
        secured(connectivity=AwsTransitGateway("path", **PATH))

    with pytest.raises(pulumi.RunError, match="its VPC belongs to account 999999999999"):
        run(program, engine=engine)
    assert [each.name for each in engine.registered if each.typ == HEADER] == []


def test_a_preview_that_doesnt_know_the_path_yet_shows_a_header_on_its_service() -> None:
    def program() -> None:
        path = FakePath()
        path.ready = pulumi.Output.from_input(secured("other").plugin_id).apply(bool)
        secured(connectivity=path)

    inputs = run(program, engine=Konnect(), preview=True)["orders-header"].inputs
    assert inputs["service"] == "orders"


@pytest.mark.parametrize("readiness", ["ready", "public-internet"])
def test_the_readiness_of_a_path_in_another_stack_is_a_path(readiness: str) -> None:
    made = run(lambda: secured(connectivity=later(readiness), shared_secret=SECRET), engine=Konnect())
    assert secret_in(made["orders-header"].inputs) == SECRET


@pytest.mark.parametrize(
    ("readiness", "sentence"),
    [
        (None, "connectivity is an output without a value: let the path's stack export its readiness"),
        ("initializing", "connectivity is an output whose value is 'initializing', not 'ready'"),
        ("", "connectivity is an output whose value is '', not 'ready'"),
        ("Ready", "connectivity is an output whose value is 'Ready', not 'ready'"),
        (False, "connectivity is an output whose value is False, not 'ready'"),
        (True, "connectivity is an output whose value is True, not 'ready'"),
        (1, "connectivity is an output whose value is 1, not 'ready'"),
        (["ready"], "connectivity is an output whose value is ['ready'], not 'ready'"),
        ({"ready": "ready"}, "connectivity is an output whose value is {'ready': 'ready'}, not 'ready'"),
        (NETWORK_ID, f"connectivity is an output whose value is '{NETWORK_ID}', not 'ready'"),
    ],
)
def test_another_output_is_refused_and_there_is_no_header(readiness: object, sentence: str) -> None:
    engine = Konnect()
    with pytest.raises(InvalidArguments) as caught:
        run(lambda: secured(connectivity=later(readiness)), engine=engine)
    assert f"SecuredService 'orders': {sentence}" in str(caught.value)
    assert [each.name for each in engine.registered if each.typ == HEADER] == []


def test_the_value_of_a_secret_output_isnt_told() -> None:
    text = refusal(lambda: secured(connectivity=pulumi.Output.secret("hunter2")))
    assert "connectivity is an output whose value is not 'ready'" in text
    assert "hunter2" not in text


def test_options_reach_the_children() -> None:
    def program() -> None:
        europe = pulumi.ProviderResource("pulumi-python", "europe", {})
        above = pulumi.ComponentResource("test:index:Shop", "shop", None)
        secured(opts=pulumi.ResourceOptions(parent=above, providers=[europe], protect=True))

    requests = requests_of(program)
    below = parents(requests)
    assert below[COMPONENT, "orders"] == "shop"
    for name in ("orders-header", "orders-secret"):
        assert requests[name].protect
        assert "::europe::" in requests[name].provider
