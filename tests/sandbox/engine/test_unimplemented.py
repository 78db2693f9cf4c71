"""What the engine doesn't implement is refused by name; nothing that a program can say is left undecided.

What the SDK can ask for is read from the SDK itself: a new version's new option, field or method fails here until it is
implemented, which a case of `conformance` or a test shows, or refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from io import StringIO
from typing import Any, Final

import grpc
import pulumi
import pytest
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Value
from pulumi.runtime.proto import (
    alias_pb2,
    callback_pb2,
    engine_pb2,
    engine_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)

from kong_secure.sandbox.engine import Operation, unimplemented
from kong_secure.sandbox.engine.deployment import Deployment
from kong_secure.sandbox.engine.display import Report
from kong_secure.sandbox.engine.masking import Masker
from kong_secure.sandbox.engine.monitor import Server
from tests.sandbox.engine.conformance.cases import CASES
from tests.sandbox.engine.conftest import Project

# name in the refusal -> a program that is refused
REFUSED: Final = {
    "import_": 'Thing("a", opts=ResourceOptions(import_="x"))',
    "ReplaceWith": 'b = Thing("b")\nThing("a", opts=ResourceOptions(replace_with=[b]))',
    "replacement_trigger": 'Thing("a", opts=ResourceOptions(replacement_trigger="1"))',
    "hide_diffs": 'Thing("a", opts=ResourceOptions(hide_diffs=["colour"]))',
    "env_var_mappings": """
        pulumi.ProviderResource("pulumi-python", "a", {}, ResourceOptions(env_var_mappings={"A": "B"}))
        """,
    "reading an existing resource": 'Thing("a", opts=ResourceOptions(id="x"))',
    "assets": 'Thing("a", file=pulumi.StringAsset("x"))',
    "state migrations": 'Thing("a", opts=ResourceOptions(state_migrations=[lambda args: None]))',
    "resource hooks": """
        hook = pulumi.ResourceHook("h", lambda args: None)
        Thing("a", opts=ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook])))
        """,
    "error hooks": """
        hook = pulumi.ErrorHook("h", lambda args: False)
        Thing("a", opts=ResourceOptions(hooks=pulumi.ResourceHookBinding(on_error=[hook])))
        """,
    "remote components": """
        class Remote(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("things:index:Remote", name, {}, None, remote=True)
        Remote("a")
        """,
    "methods of remote components": 'pulumi.runtime.call("things:index:Remote/grow", {})',
    "parameterization": """
        from pulumi.runtime.settings import register_package
        pulumi.export("reference", Output.from_input(register_package("base", "1.0.0", "", "package", "1.0.0", "")))
        """,
    "require_pulumi_version": 'pulumi.require_pulumi_version(">=3.0.0")\nThing("a")',
    "pulumi:pulumi:getResource": 'pulumi.runtime.invoke("pulumi:pulumi:getResource", {"urn": "x"})',
    "function pulumi:pulumi:getResource": """
        import things
        urn = "urn:pulumi:dev::little::pulumi-python:dynamic/things:Thing::a"
        Thing("a", opts=ResourceOptions(urn=urn))
        """,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_implemented_is_refused_by_name(project: Project, name: str) -> None:
    outcome = project.up(REFUSED[name])
    assert not outcome.result.succeeded
    assert name in outcome.text
    assert "embedded engine" in outcome.text
    assert "run this with `pulumi`" in outcome.text
    assert "create a" not in project.log


def test_a_refused_option_leaves_other_resources_alone(project: Project) -> None:
    outcome = project.up('Thing("a", opts=ResourceOptions(import_="x"))\nThing("b")')
    assert outcome.operations == {"b": "create"}
    assert outcome.text.count("import_") == 1


# Options, by what shows that they are implemented: a case of `conformance`, a test by its name, or a refusal above.

A_CALL: Final = "test_functions_are_answered_by_the_provider_that_their_options_name"
A_PACKAGE: Final = "test_an_attached_provider_serves_its_package"
OPTIONS: Final[Mapping[type, Mapping[str, str]]] = {
    pulumi.ResourceOptions: {
        "parent": "components",
        "depends_on": "depends-on-and-removal",
        "protect": "protection-lifted",
        "provider": "explicit-provider",
        "providers": "a-component-hands-its-provider-down",
        "delete_before_replace": "delete-first-by-option",
        "ignore_changes": "ignored-changes-by-path",
        "version": A_PACKAGE,
        "plugin_download_url": A_CALL,
        "aliases": "aliases-by-every-part",
        "additional_secret_outputs": "outputs-marked-secret",
        "id": "reading an existing resource",
        "import_": "import_",
        "custom_timeouts": "timeouts",
        "transformations": "transformations",
        "transforms": "transforms-own-then-parents-then-the-stacks",
        "hooks": "resource hooks",
        "urn": "function pulumi:pulumi:getResource",
        "replace_on_changes": "replace-on-changes-by-path",
        "replacement_trigger": "replacement_trigger",
        "retain_on_delete": "retained",
        "deleted_with": "deleted-with-what-is-replaced",
        "replace_with": "ReplaceWith",
        "hide_diffs": "hide_diffs",
        "env_var_mappings": "env_var_mappings",
        "state_migrations": "state migrations",
    },
    pulumi.InvokeOptions: {
        "parent": A_CALL,
        "provider": A_CALL,
        "version": A_CALL,
        "plugin_download_url": A_CALL,
    },
    pulumi.InvokeOutputOptions: {
        "parent": A_CALL,
        "provider": A_CALL,
        "version": A_CALL,
        "plugin_download_url": A_CALL,
        "depends_on": A_CALL,
    },
    pulumi.CustomTimeouts: dict.fromkeys(("create", "update", "delete", "read"), "timeouts"),
    pulumi.Alias: dict.fromkeys(("name", "type_", "parent", "stack", "project"), "aliases-by-every-part"),
}


@pytest.mark.parametrize("kind", OPTIONS, ids=lambda kind: kind.__name__)
def test_every_option_of_the_sdk_is_shown_to_work_or_refused_by_name(kind: type) -> None:
    offered = set(inspect.signature(kind).parameters)
    assert offered == OPTIONS[kind].keys()
    tests = {"test_functions_are_answered_by_the_provider_that_their_options_name", A_PACKAGE}
    assert set(OPTIONS[kind].values()) <= {case.name for case in CASES} | REFUSED.keys() | tests


# Fields of the protocol, by the name in their refusal.

REQUEST: Final = resource_pb2.RegisterResourceRequest
INVOKE: Final = resource_pb2.ResourceInvokeRequest
CALLBACK: Final = {"target": "127.0.0.1:1", "token": "x"}
REFUSED_FIELDS: Final[Mapping[type[Message], Mapping[str, tuple[str, Any]]]] = {
    REQUEST: {
        "importId": ("import_", "x"),
        "remote": ("remote components", True),
        "pluginChecksums": ("plugin_checksums", {"linux-amd64": b"x"}),
        "replace_with": ("replace_with", ["urn"]),
        "replacement_trigger": ("replacement_trigger", Value(number_value=0)),
        "state_migrations": ("state_migrations", [CALLBACK]),
        "packageRef": ("parameterized packages", "x"),
        "hooks": ("hooks", {"on_error": ["x"]}),
        "hideDiffs": ("hide_diffs", ["x"]),
        "envVarMappings": ("env_var_mappings", {"A": "B"}),
        "snippetId": ("snippets", "x"),
        "accepts_byte_string": ("accepts_byte_string", True),
    },
    INVOKE: {
        "pluginChecksums": ("plugin_checksums", {"linux-amd64": b"x"}),
        "packageRef": ("parameterized packages", "x"),
        "accepts_byte_string": ("accepts_byte_string", True),
        "dependsOn": ("depends_on", ["urn"]),
        "parent": ("parent", "urn"),
        "accept_output_values": ("accept_output_values", True),
    },
    resource_pb2.RegisterResourceOutputsRequest: {},
    REQUEST.CustomTimeouts: {},
    callback_pb2.Callback: {},
    resource_pb2.TransformResourceOptions: {
        "import": ("import_", "x"),
        "plugin_checksums": ("plugin_checksums", {"linux-amd64": b"x"}),
        "replace_with": ("replace_with", ["urn"]),
        "replacement_trigger": ("replacement_trigger", Value(number_value=0)),
        "hooks": ("hooks", {"on_error": ["x"]}),
        "hide_diff": ("hide_diffs", ["x"]),
    },
    alias_pb2.Alias: {},
    alias_pb2.Alias.Spec: {},
}


@pytest.mark.parametrize("request_type", REFUSED_FIELDS, ids=lambda kind: kind.__name__)
def test_every_field_of_a_request_is_implemented_or_refused(request_type: type[Message]) -> None:
    fields = {field.name for field in request_type.DESCRIPTOR.fields}
    implemented = unimplemented.IMPLEMENTED[request_type.DESCRIPTOR.name] & fields
    assert fields - implemented == REFUSED_FIELDS[request_type].keys()


@pytest.mark.parametrize(
    ("request_type", "field"), [(kind, field) for kind, fields in REFUSED_FIELDS.items() for field in fields]
)
def test_a_field_that_is_not_implemented_is_refused_by_name(request_type: Any, field: str) -> None:
    name, value = REFUSED_FIELDS[request_type][field]
    refusal = unimplemented.refusal(request_type(**{field: value}))
    assert refusal == f"the embedded engine doesn't implement {name}; leave it out, or run this with `pulumi`"


def test_a_field_that_only_a_newer_sdk_knows_is_refused() -> None:
    field_1000 = b"\xc0\x3e\x01"
    refusal = unimplemented.refusal(REQUEST.FromString(REQUEST(type="t").SerializeToString() + field_1000))
    assert refusal is not None
    assert "field 1000 of RegisterResourceRequest" in refusal
    alias = alias_pb2.Alias.FromString(field_1000)
    assert "field 1000 of Alias" in (unimplemented.refusal(REQUEST(aliases=[alias])) or "")


def test_a_request_that_says_nothing_of_the_others_is_not_refused() -> None:
    request = REQUEST(
        type="t",
        name="n",
        custom=True,
        acceptSecrets=True,
        hooks=REQUEST.ResourceHooksBinding(),
        aliases=[{"spec": {"name": "x"}}],
    )
    assert unimplemented.refusal(request) is None


# Methods.

IMPLEMENTED_METHODS: Final = {
    *(
        "GetDeploymentInfo",
        "SupportsFeature",
        "Invoke",
        "ReadResource",
        "RegisterResource",
        "RegisterResourceOutputs",
        "RegisterStackTransform",
        "RegisterStackInvokeTransform",
    ),
    *("SignalAndWaitForShutdown", "Log", "GetRootResource", "SetRootResource"),
}
REFUSED_METHODS: Final[Mapping[str, tuple[Any, str]]] = {
    "Call": (resource_pb2.ResourceCallRequest(tok="a:b:C/d"), "methods of remote components (a:b:C/d)"),
    "ExistsResource": (resource_pb2.ExistsResourceRequest(type="a:b:C"), "asking whether a a:b:C exists"),
    "RegisterResourceHook": (resource_pb2.RegisterResourceHookRequest(name="h"), "resource hooks (h)"),
    "RegisterErrorHook": (resource_pb2.RegisterErrorHookRequest(name="h"), "error hooks (h)"),
    "RegisterPackage": (resource_pb2.RegisterPackageRequest(name="p"), "parameterized packages (p)"),
    "StartDebugging": (engine_pb2.StartDebuggingRequest(), "debugging of programs"),
    "RequirePulumiVersion": (engine_pb2.RequirePulumiVersionRequest(), "require_pulumi_version"),
}


def test_every_method_of_the_protocol_is_implemented_or_refused() -> None:
    services = (resource_pb2.DESCRIPTOR, engine_pb2.DESCRIPTOR)
    offered = [
        m.name for file in services for service in file.services_by_name.values() for m in service.methods
    ]
    assert sorted(offered) == sorted(IMPLEMENTED_METHODS | REFUSED_METHODS.keys())


@pytest.fixture
def channel() -> Iterator[grpc.Channel]:
    """A connection to the services of an engine whose state was never loaded."""
    out = StringIO()
    waiting: Future[Deployment] = Future()
    server = Server(waiting, Report(out, Operation.UP, Masker([])), parallel=1)
    with grpc.insecure_channel(server.address) as channel:
        yield channel
    server.close()


@pytest.mark.parametrize("method", REFUSED_METHODS)
def test_a_method_that_is_not_implemented_is_refused_by_name(channel: grpc.Channel, method: str) -> None:
    request, name = REFUSED_METHODS[method]
    monitor, engine = resource_pb2_grpc.ResourceMonitorStub(channel), engine_pb2_grpc.EngineStub(channel)
    with pytest.raises(grpc.RpcError) as caught:
        getattr(monitor if hasattr(monitor, method) else engine, method)(request)
    assert caught.value.details() == unimplemented.not_implemented(name)


def test_only_features_that_are_implemented_are_offered(channel: grpc.Channel) -> None:
    monitor = resource_pb2_grpc.ResourceMonitorStub(channel)
    asked = {
        *unimplemented.FEATURES,
        "replaceWith",
        "resourceHooks",
        "parameterization",
        "fromTomorrow",
    }
    offered = {
        name
        for name in asked
        if monitor.SupportsFeature(resource_pb2.SupportsFeatureRequest(id=name)).hasSupport
    }
    assert offered == unimplemented.FEATURES
