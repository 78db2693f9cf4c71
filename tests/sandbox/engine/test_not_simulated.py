"""Packages without a stand-in, and attached providers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from kong_secure.sandbox.engine import EngineError, wire
from kong_secure.sandbox.engine.not_simulated import NotSimulatedProvider, NotSimulatedServer
from kong_secure.sandbox.engine.providers import attached_addresses, default_inputs, default_name
from tests.sandbox.engine.conftest import Project

RANDOM = """
class Password(pulumi.CustomResource):
    result: pulumi.Output[str]
    def __init__(self, name, opts=None, **props):
        super().__init__("random:index/randomPassword:RandomPassword", name, {"result": None, **props}, opts)

password = Password("db", length=12)
Thing("a", colour=password.result)
"""
TOKEN = "random:index/randomPassword:RandomPassword"


def test_a_preview_shows_it_with_unknown_outputs_and_counts_it(project: Project) -> None:
    outcome = project.program(RANDOM).run("preview")
    assert outcome.result.succeeded, outcome.text
    assert outcome.result.not_simulated == {TOKEN: 1}
    assert f"? {TOKEN} db not simulated" in outcome.text
    assert "colour: [not known yet]" in outcome.text
    assert "1 not simulated" in outcome.text


def test_up_refuses_it_by_name_and_does_the_rest(project: Project) -> None:
    outcome = project.up(RANDOM + '\nThing("b")')
    assert not outcome.result.succeeded
    assert "package random has no stand-in in the sandbox" in outcome.errors["db"]
    assert outcome.errors["a"].startswith("it needs")
    assert project.log == ["create b"]


def test_a_function_does_not_end_a_preview(project: Project) -> None:
    source = """
    zones = pulumi.runtime.invoke_output("aws:index/zones:getZones", {})
    Thing("a", colour=zones.apply(lambda z: z["names"][0]))
    """
    outcome = project.program(source).run("preview")
    assert outcome.result.succeeded, outcome.text
    assert outcome.result.not_simulated == {"aws:index/zones:getZones": 1}
    refused = project.run("up")
    assert "package aws has no stand-in in the sandbox" in refused.text
    assert refused.text.count("package aws has no stand-in") == 1


class Rain(NotSimulatedProvider):
    """A stand-in that works: what it creates gets an id and an amount. Each provider instance comes over a
    connection of its own, and is configured for itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.configurations: dict[str, dict[str, Any]] = {}

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        self.configurations[context.peer()] = self.configuration = wire.from_struct(request.args)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Create(self, request: Any, _context: Any) -> Any:  # noqa: N802 (the protocol's name)
        outputs = wire.from_struct(request.properties)
        if not request.preview:
            outputs["amount"] = 3
        identifier = "" if request.preview else "rain-1"
        return provider_pb2.CreateResponse(id=identifier, properties=wire.to_struct(outputs, secrets=True))

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        given, configuration = wire.from_struct(request.args), self.configurations[context.peer()]
        answer = {"measured": f"{given['place']} in {configuration.get('region')}"}
        return provider_pb2.InvokeResponse(**{"return": wire.to_struct(answer, secrets=True)})

    def Delete(self, request: Any, _context: Any) -> Any:  # noqa: N802 (the protocol's name)
        self.deleted = request.id
        return super().Cancel(request, _context)


@pytest.fixture
def rain(project: Project) -> Iterator[Rain]:
    """An attached provider of package weather."""
    servicer = Rain()
    server = grpc.server(ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    project.environment["PULUMI_DEBUG_PROVIDERS"] = f"weather:{port}"
    yield servicer
    server.stop(0).wait()


WEATHER = """
class Rain(pulumi.CustomResource):
    amount: pulumi.Output[int]
    def __init__(self, name, opts=None, **props):
        super().__init__("weather:index:Rain", name, {"amount": None, **props}, opts)

rain = Rain("rain", word=Output.secret("very-secret-word"), opts=ResourceOptions(version="1.2.3"))
pulumi.export("amount", rain.amount)
"""


def test_an_attached_provider_serves_its_package(project: Project, rain: Rain) -> None:
    project.config = {"weather:region": "north", "other:key": "x"}
    planned = project.program(WEATHER).run("preview")
    assert planned.operations == {"rain": "create"}
    outcome = project.run("up")
    assert outcome.result.outputs == {"amount": 3}
    assert rain.configuration == {"region": "north", "version": "1.2.3"}
    assert project.resources["default_1_2_3"]["type"] == "pulumi:providers:weather"
    assert "very-secret-word" not in project.state_file.read_text()
    assert "No changes" in project.run("up").text
    assert project.run("destroy").result.succeeded
    assert rain.deleted == "rain-1"


MEASURE = """
from pulumi import InvokeOptions, InvokeOutputOptions

def measure(place, opts):
    return pulumi.runtime.invoke_output("weather:index:measure", {"place": place}, opts).apply(lambda r: r["measured"])

south = pulumi.ProviderResource("weather", "south", {"region": "south"})
top = pulumi.ComponentResource("things:index:Top", "top", opts=ResourceOptions(providers=[south]))
url = {"version": "1.2.3", "plugin_download_url": "github://example.org"}
pulumi.export("default", measure("sea", InvokeOptions(**url)))
pulumi.export("provider", measure("sea", InvokeOptions(provider=south)))
pulumi.export("parent", measure("sea", InvokeOptions(parent=top)))
after = Thing("after")
pulumi.export("after", measure(after.made, InvokeOutputOptions(provider=south, depends_on=[after])))
"""


@pytest.mark.usefixtures("rain")
def test_functions_are_answered_by_the_provider_that_their_options_name(project: Project) -> None:
    project.config = {"weather:region": "north"}
    outcome = project.program(MEASURE).run("up")
    assert outcome.result.succeeded, outcome.text
    south = "sea in south"
    expected = {"default": "sea in north", "provider": south, "parent": south, "after": "made-after in south"}
    assert outcome.result.outputs == expected
    assert "default_1_2_3_github_/example.org" in recorded_urns(project)


TRANSFORMED = """
from pulumi import InvokeOptions, InvokeTransformResult

def send_south(args):
    if args.args["place"] == "nowhere":
        raise ValueError("nowhere is no place")
    return InvokeTransformResult({"place": args.args["place"] + " shore"}, InvokeOptions(provider=south))

pulumi.runtime.register_invoke_transform(send_south)
pulumi.export("transformed", measure("sea", InvokeOptions()))
"""


@pytest.mark.usefixtures("rain")
def test_functions_are_called_as_transforms_of_functions_want_them(project: Project) -> None:
    outcome = project.program(MEASURE + TRANSFORMED).run("up")
    assert outcome.result.outputs["transformed"] == "sea shore in south"
    outcome = project.program(MEASURE + TRANSFORMED + 'measure("nowhere", InvokeOptions())').run("up")
    assert not outcome.result.succeeded
    assert "function weather:index:measure: a transform raised an error: nowhere is no place" in outcome.text


MAPS = """
class Rain(pulumi.CustomResource):
    def __init__(self, name, opts=None):
        super().__init__("weather:index:Rain", name, {}, opts)

south = pulumi.ProviderResource("weather", "south", {"region": "south"})
mine = pulumi.ProviderResource("pulumi-python", "mine", {})
top = pulumi.ComponentResource("things:index:Top", "top", {}, ResourceOptions(providers=[south, mine]))
inner = pulumi.ComponentResource("things:index:Inner", "inner", {}, ResourceOptions(parent=top))
Rain("rain", ResourceOptions(parent=inner))
Thing("a", opts=ResourceOptions(parent=inner))
Rain("elsewhere", ResourceOptions(parent=inner, version="1.2.3"))
"""


@pytest.mark.usefixtures("rain")
def test_a_grandchild_has_the_provider_of_its_own_package(project: Project) -> None:
    assert project.up(MAPS).result.succeeded
    served = {
        name: item["provider"].split("::")[3]
        for name, item in project.resources.items()
        if "provider" in item
    }
    assert served == {"rain": "south", "a": "mine", "elsewhere": "south"}


def recorded_urns(project: Project) -> str:
    return " ".join(item["urn"] for item in project.deployment["resources"])


def test_addresses_of_attached_providers_are_read() -> None:
    assert attached_addresses("aws:1, azure-native:2,") == {
        "aws": "127.0.0.1:1",
        "azure-native": "127.0.0.1:2",
    }
    assert attached_addresses("") == {}
    with pytest.raises(EngineError, match="name:port"):
        attached_addresses("aws")


@pytest.mark.parametrize(
    ("version", "name"),
    [("", "default"), ("7.51.1", "default_7_51_1"), ("1.0.0-beta.2+x", "default_1_0_0_beta_2_x")],
)
def test_default_providers_are_named_as_pulumi_names_them(version: str, name: str) -> None:
    assert default_name(version) == name


def test_a_default_provider_is_named_after_the_place_of_its_plugin_too() -> None:
    assert (
        default_name("1.2.3", "github://example.org/some one") == "default_1_2_3_github_/example.org/some_one"
    )


def test_a_packages_default_provider_gets_the_configuration_of_its_namespace(project: Project) -> None:
    stack = project.stack(config={"aws:region": "x", "p:key": "y"}, secret_keys=frozenset({"aws:region"}))
    assert default_inputs(stack, "aws", "1.0.0", "") == {"region": wire.Secret("x"), "version": "1.0.0"}


def test_the_server_names_its_packages_for_pulumi_and_refuses_to_act() -> None:
    server = NotSimulatedServer()
    try:
        assert server.debug_providers({"random", "aws"}) == f"aws:{server.port},random:{server.port}"
        with grpc.insecure_channel(server.address) as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            request = provider_pb2.DeleteRequest(urn=f"urn:pulumi:dev::p::{TOKEN}::db")
            with pytest.raises(grpc.RpcError) as caught:
                stub.Delete(request)
            stub.Create(provider_pb2.CreateRequest(type=TOKEN, preview=True))
        assert "package random has no stand-in" in caught.value.details()
        assert server.provider.counts == {TOKEN: 1}
    finally:
        server.close()
