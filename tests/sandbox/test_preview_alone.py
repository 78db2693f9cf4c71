"""A preview from nothing: no state, no token, no login at any cloud, no home and no plugin."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.documentation.pages import ROOT, program_of
from tests.sandbox.commands import UserProject

PULUMI = [Path(found)] if (found := shutil.which("pulumi")) else []
SIDE_BY_SIDE = ROOT / "stacks" / "examples" / "side-by-side"
SETTINGS = """\
config:
  aws:region: us-east-2
  shop:kongsPrincipal: 164d80d1-0406-5e47-a0ae-57faab683274
"""
REFERENCE = """
platform = pulumi.StackReference("platform")
SecuredService("more", control_plane="demo", service="orders", connectivity=platform.require_output("ready"))
"""
# sitecustomize: packages that are there can't be imported
WITHOUT = """\
from importlib.machinery import PathFinder
found = PathFinder.find_spec
hidden = {"boto3", "botocore", "moto"}
PathFinder.find_spec = classmethod(
    lambda _, name, *rest: None if name.partition(".")[0] in hidden else found(name, *rest)
)
"""


@pytest.fixture(params=[None, *PULUMI], ids=["embedded", *(["pulumi"] if PULUMI else [])])
def bare(request: pytest.FixtureRequest, shop: UserProject, tmp_path: Path) -> UserProject:
    """A project whose user's shell has an empty home and a search path, and nothing else."""
    path = shop.environment["PATH"]
    if request.param is not None:
        path = f"{request.param.parent}:{path}"
    (tmp_path / "home").mkdir()
    shop.environment = {"PATH": path, "HOME": str(tmp_path / "home")}
    shop.write("Pulumi.dev.yaml", SETTINGS)
    shop.write("sandbox.yaml", (SIDE_BY_SIDE / "sandbox.yaml").read_text().partition("backends:")[0])
    return shop


def planned(project: UserProject) -> set[str]:
    """The types of what a preview would create."""
    ended = project.run("--stack", "dev", "preview", "--json").gave(0)
    digest = json.loads(ended.out)
    assert {step["op"] for step in digest["steps"]} <= {"create", "read"}
    assert "not simulated" not in ended.out
    return {step["urn"].split("::")[2].rpartition("$")[2] for step in digest["steps"]}


def test_a_path_over_a_transit_gateway_is_previewed(bare: UserProject) -> None:
    bare.program(program_of("AwsTransitGateway"))
    assert "aws:ec2transitgateway/transitGateway:TransitGateway" in planned(bare)


def test_a_path_over_a_vnet_peering_is_previewed(bare: UserProject) -> None:
    bare.program(program_of("AzureVnetPeering"))
    assert "azure-native:authorization:RoleAssignment" in planned(bare)


def test_both_paths_and_one_of_another_stack_are_previewed(bare: UserProject) -> None:
    bare.write("Pulumi.platform.yaml", "")
    bare.program('import pulumi\npulumi.export("ready", "yes")\n')
    bare.run("up", "--stack", "platform").gave(0)
    settings = (SIDE_BY_SIDE / "Pulumi.dev.yaml").read_text().replace("side-by-side:", "shop:")
    bare.write("Pulumi.dev.yaml", settings)
    bare.program((SIDE_BY_SIDE / "__main__.py").read_text() + REFERENCE)
    types = planned(bare)
    assert {"pulumi:providers:aws", "pulumi:providers:azure-native"} <= types

    bare.program("import pulumi\n" + 'pulumi.StackReference("nowhere")\n')
    ended = bare.run("--stack", "dev", "preview").gave(1)
    assert 'unknown stack "' in ended.out


def test_without_the_extra_of_the_sandboxs_aws_a_path_is_previewed_as_not_simulated_and_the_extra_named(
    bare: UserProject, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT)
    bare.environment["PYTHONPATH"] = str(tmp_path)
    bare.program(program_of("AwsTransitGateway"))
    ended = bare.run("preview").gave(0)
    assert "this sandbox has none: install kong-secure[sandbox-aws] to run it" in ended.out
    assert "not simulated: aws:ec2/vpc:Vpc (1 x)" in ended.out
    assert "Traceback" not in ended.out
