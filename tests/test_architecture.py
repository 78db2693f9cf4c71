"""What must stay as it is: import directions, frozen names, the size of what is pickled, and the house's
measures.
"""

import ast
import base64
import importlib
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dill  # type: ignore[import-untyped]
import pytest
from pulumi.dynamic.dynamic import serialize_provider

import kong_secure

ROOT = Path(kong_secure.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

# Which rooms of the package a room may import, besides itself.
ALLOWED = {
    "errors": set(),
    "rules": {"errors"},
    "konnect": {"errors", "__version__"},
    "resources": {"errors", "rules", "konnect"},
    "components": {"errors", "rules", "konnect", "resources"},
    "report": {"rules"},
    "policy": {"rules"},
    "cli": {"errors", "rules", "konnect", "resources", "components", "report", "sandbox", "__version__"},
    "sandbox": set(),
    "__init__": {"resources", "components"},
}
WITHOUT_PULUMI = ("errors", "rules", "konnect", "report")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def parsed(path: Path) -> ast.Module:
    source = path.read_text(encoding="utf-8")
    try:
        return ast.parse(source)
    except SystemError:
        # Python 3.11 counts the depth of all threads' parsers as one, and can miscount (python/cpython#106905).
        return ast.parse(source)


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, as a dotted name; `from a import b` counts as a and
    a.b.
    """
    package = ("kong_secure", *path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            base = ".".join(filter(None, (start, node.module)))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> Iterator[str]:
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "kong_secure" and len(parts) > 1:
            yield parts[1]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    room = room_of(path)
    assert room in ALLOWED, f"{room} is no room of the design"
    assert set(rooms_imported(path)) - {room} <= ALLOWED[room]


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path) in WITHOUT_PULUMI], ids=name_of)
def test_the_client_and_the_rules_know_no_pulumi(path: Path) -> None:
    assert [name for name in imported(path) if name.split(".")[0] == "pulumi"] == []


def loaded_by(statement: str) -> set[str]:
    """The names of the modules that are there after a statement, in a Python of its own."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "module", ["kong_secure", "kong_secure.konnect", "kong_secure.rules.drift", "kong_secure.errors"]
)
def test_the_client_and_the_rules_load_no_pulumi(module: str) -> None:
    roots = {name.split(".")[0] for name in loaded_by(f"import {module}")}
    assert "pulumi" not in roots
    assert "grpc" not in roots


def test_the_client_loads_neither_resources_nor_the_sandbox() -> None:
    loaded = loaded_by("import kong_secure.konnect")
    assert not [name for name in loaded if name.startswith(("kong_secure.resources", "kong_secure.sandbox"))]


def test_the_resource_loads_nothing_of_the_sandbox() -> None:
    loaded = loaded_by("from kong_secure import SharedSecretHeader")
    assert not [name for name in loaded if name.startswith(("kong_secure.sandbox", "starlette", "pydantic"))]


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room_of(path) == "sandbox" and path.stem != "__main__"], ids=name_of
)
def test_the_sandbox_imports_none_of_the_others(path: Path) -> None:
    assert set(rooms_imported(path)) <= {"sandbox"}


# Frozen: users' states hold these.

PROVIDERS = {
    "kong_secure.resources.attachment_pending.AttachmentPendingProvider",
    "kong_secure.resources.attachment_ready.AttachmentReadyProvider",
    "kong_secure.resources.konnect_network.KonnectNetworkProvider",
    "kong_secure.resources.shared_secret.SharedSecretProvider",
    "kong_secure.resources.shared_secret_header.SharedSecretHeaderProvider",
    "kong_secure.resources.transit_gateway_attachment.TransitGatewayAttachmentProvider",
    "kong_secure.resources.vnet_peering.VnetPeeringProvider",
}
COMPONENTS = {
    "AwsTransitGateway": "kong-secure:index:AwsTransitGateway",
    "AzureVnetPeering": "kong-secure:index:AzureVnetPeering",
    "SecuredService": "kong-secure:index:SecuredService",
}
TYPE_TOKENS = {
    "AttachmentPending": "pulumi-python:dynamic/kong-secure:AttachmentPending",
    "AttachmentReady": "pulumi-python:dynamic/kong-secure:AttachmentReady",
    "KonnectNetwork": "pulumi-python:dynamic/kong-secure:KonnectNetwork",
    "SharedSecret": "pulumi-python:dynamic/kong-secure:SharedSecret",
    "SharedSecretHeader": "pulumi-python:dynamic/kong-secure:SharedSecretHeader",
    "TransitGatewayAttachment": "pulumi-python:dynamic/kong-secure:TransitGatewayAttachment",
    "VnetPeering": "pulumi-python:dynamic/kong-secure:VnetPeering",
}
INPUTS = {
    "AttachmentPendingProvider": ("network_id", "attachment_id", "timeout_seconds"),
    "AttachmentReadyProvider": ("attachments", "after", "timeout_seconds", "owner"),
    "KonnectNetworkProvider": ("network",),
    "SharedSecretProvider": ("rotation",),
    "SharedSecretHeaderProvider": (
        "region",
        "control_plane",
        "service",
        "route",
        "header_name",
        "shared_secret",
        "scheme",
        "overwrite",
        "enabled",
        "tags",
        "owner",
    ),
    "TransitGatewayAttachmentProvider": (
        "network_id",
        "name",
        "transit_gateway_id",
        "ram_share_arn",
        "cidr_blocks",
        "dns_config",
        "timeout_seconds",
        "owner",
    ),
    "VnetPeeringProvider": (
        "network_id",
        "name",
        "tenant_id",
        "subscription_id",
        "resource_group_name",
        "vnet_name",
        "timeout_seconds",
        "owner",
    ),
}
COMPUTED = {
    "AttachmentPending": {"aws_attachment_id"},
    "AttachmentReady": {"states"},
    "KonnectNetwork": {
        "network_id",
        "name",
        "cidr_block",
        "region",
        "availability_zones",
        "state",
        "provider",
        "provider_account_id",
    },
    "SharedSecret": {"value", "previous"},
    "SharedSecretHeader": {"plugin_id", "control_plane_id", "service_id", "route_id"},
    "TransitGatewayAttachment": {"konnect_name", "state", "state_reason"},
    "VnetPeering": {"konnect_name", "state", "state_reason"},
}


def provider_classes() -> dict[str, type[Any]]:
    """Every provider of the package by its dotted name, whoever added it."""
    base = importlib.import_module("kong_secure.resources.base").Provider
    for path in (ROOT / "resources").glob("*.py"):
        importlib.import_module(f"kong_secure.resources.{path.stem}")
    found = list(base.__subclasses__())
    for cls in found:
        found += cls.__subclasses__()
    return {
        f"{cls.__module__}.{cls.__name__}": cls
        for cls in found
        if cls.__module__.startswith("kong_") and cls.inputs
    }


def test_the_public_names_are_frozen_and_all_there() -> None:
    assert kong_secure.__all__ == [*sorted([*TYPE_TOKENS, *COMPONENTS, "WaitingProcess"]), "__version__"]
    assert all(getattr(kong_secure, name) for name in kong_secure.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = kong_secure.Nothing


def test_provider_classes_are_frozen() -> None:
    assert set(provider_classes()) == PROVIDERS


def test_type_tokens_are_frozen() -> None:
    tokens = {name: f"pulumi-python:{getattr(kong_secure, name)._resource_type_name}" for name in TYPE_TOKENS}
    assert tokens == TYPE_TOKENS


def test_type_tokens_of_components_are_frozen() -> None:
    """Names and parents of their children are, in tests/components."""
    modules = {name: sys.modules[getattr(kong_secure, name).__module__] for name in COMPONENTS}
    assert {name: module.RESOURCE_TYPE for name, module in modules.items()} == COMPONENTS


def test_no_public_name_loads_a_cloud_before_it_is_used() -> None:
    roots = {name.split(".")[0] for name in loaded_by("from kong_secure import *")}
    assert "pulumi" in roots
    assert roots & {"pulumi_aws", "pulumi_azure_native"} == set()


def test_input_and_output_keys_are_frozen() -> None:
    assert {cls.__name__: cls.inputs for cls in provider_classes().values()} == INPUTS
    for name, computed in COMPUTED.items():
        given = set(INPUTS[f"{name}Provider"]) - {"owner"}
        ours = [
            cls for cls in getattr(kong_secure, name).__mro__ if cls.__module__.startswith("kong_secure.")
        ]
        assert {output for cls in ours for output in cls.__annotations__} == given | computed


@pytest.mark.parametrize("dotted", sorted(PROVIDERS))
def test_providers_are_pickled_by_reference_in_under_200_characters(dotted: str) -> None:
    module, _, name = dotted.rpartition(".")
    provider = getattr(importlib.import_module(module), name)()
    assert len(serialize_provider(provider)) < 200
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert len(base64.b64encode(dill.dumps(provider, protocol=protocol, recurse=True))) < 200
    assert vars(provider) == {}
    assert provider.serialize_as_secret_always is False
    assert "__init__" not in vars(type(provider))


# The house's measures.


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_lives_in_it(path: Path) -> None:
    assert ast.get_docstring(parsed(path))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_is_longer_than_40_lines(path: Path) -> None:
    functions = [
        node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths = {function.name: (function.end_lineno or 0) - function.lineno + 1 for function in functions}
    assert {name: length for name, length in lengths.items() if length > 40} == {}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_room_is_named_for_what_it_is_not(path: Path) -> None:
    assert not {"utils", "helpers", "manager", "common"} & {part.removesuffix(".py") for part in path.parts}


def test_the_engines_map_names_every_module_of_it() -> None:
    folder = ROOT / "sandbox" / "engine"
    described = ast.get_docstring(parsed(folder / "__init__.py")) or ""
    modules = {path.stem for path in folder.rglob("*.py")} - {"__init__"}
    assert set(re.findall(r"`(\w+)`", described)) - {"pulumi"} == modules
