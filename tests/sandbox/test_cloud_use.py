"""When a sandbox gets an AWS, and what a command says where it can't."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from kong_secure.sandbox import cloud_use
from kong_secure.sandbox.aws.hosting import STORE
from kong_secure.sandbox.cloud_use import AWS
from kong_secure.sandbox.environment import in_world, isolated
from kong_secure.sandbox.sandbox_file import SandboxFile, read_sandbox_file
from tests.sandbox.commands import UserProject
from tests.world import World

PROGRAM = """\
import pulumi
import pulumi_aws as aws

share = aws.ram.ResourceShare("kong")
pulumi.export("arn", share.arn)
"""


def declaring(folder: Path, text: str) -> SandboxFile:
    (folder / "sandbox.yaml").write_text(text)
    return read_sandbox_file(folder, "shop")


@pytest.mark.parametrize(
    ("file", "text", "uses"),
    [
        ("__main__.py", "import pulumi_aws as aws\n", True),
        ("network/gateway.py", "from kong_secure import AwsTransitGateway\n", True),
        ("__main__.py", "from kong_secure import SharedSecretHeader\n", False),
        ("notes.md", "import pulumi_aws\n", False),
        (".venv/site.py", "import pulumi_aws\n", False),
    ],
)
def test_a_program_uses_aws_where_one_of_its_files_names_it(
    tmp_path: Path, file: str, text: str, uses: bool
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert cloud_use.used(tmp_path, SandboxFile(), "dev") == ((AWS,) if uses else ())


def test_a_virtual_environment_is_none_of_the_programs_files(tmp_path: Path) -> None:
    folder = tmp_path / "env"
    folder.mkdir()
    (folder / "pyvenv.cfg").touch()
    (folder / "module.py").write_text("import pulumi_aws\n")
    assert cloud_use.used(tmp_path, SandboxFile(), "dev") == ()


@pytest.mark.parametrize(("provider", "uses"), [("aws", True), ("gcp", False)])
def test_a_declared_network_on_aws_is_a_use_of_it(tmp_path: Path, provider: str, uses: bool) -> None:
    file = declaring(tmp_path, f"networks: [{{name: demo, provider: {provider}}}]\n")
    assert (AWS in cloud_use.used(tmp_path, file, "dev")) is uses


PRIVATE = "{host: 10.1.1.1, stacks: [private], private: {network: demo}}"
PUBLIC = "{host: h, stacks: [public]}"


@pytest.mark.parametrize(
    ("backends", "stack", "uses"),
    [
        ((PUBLIC, PRIVATE), "public", False),
        ((PUBLIC, PRIVATE), "private", True),
        ((PUBLIC, PRIVATE), "another", False),
        ((PUBLIC, PRIVATE), None, True),
        ((PUBLIC,), "public", True),
        (("{host: 10.1.1.1, private: {network: demo}}", PUBLIC), "public", True),
    ],
)
def test_a_cloud_whose_private_backends_are_for_named_stacks_is_for_those_alone(
    tmp_path: Path, backends: tuple[str, ...], stack: str | None, uses: bool
) -> None:
    (tmp_path / "__main__.py").write_text("import pulumi_aws\n")
    file = declaring(tmp_path, f"networks: [{{name: demo}}]\nbackends: [{', '.join(backends)}]\n")
    assert (AWS in cloud_use.used(tmp_path, file, stack)) is uses


def test_without_moto_the_note_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    assert AWS.installed
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "moto" else real(name))
    assert not AWS.installed
    assert "kong-secure[sandbox-aws]" in AWS.missing()


def test_engines_find_the_worlds_aws_and_none_of_the_users_credentials() -> None:
    mine = {"AWS_ACCESS_KEY_ID": "AKIA0", "AWS_PROFILE": "prod", "PULUMI_DEBUG_PROVIDERS": "aws:1"}
    inside = in_world(
        isolated(mine, Path("/somewhere/.sandbox"), "mark"), "http://127.0.0.1:1", "token", {"aws": 4242}
    )
    assert inside["PULUMI_DEBUG_PROVIDERS"] == "aws:4242"
    assert not {"AWS_ACCESS_KEY_ID", "AWS_PROFILE"} & inside.keys()
    without = in_world(isolated(mine, Path("/somewhere/.sandbox"), "mark"), "http://127.0.0.1:1", "token", {})
    assert "PULUMI_DEBUG_PROVIDERS" not in without


def test_a_world_has_an_aws_only_where_it_is_asked_for_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.answer["clouds"] == {}
    world.end()
    assert not (tmp_path / STORE).exists()


def test_a_world_whose_aws_cannot_be_read_says_so_and_does_not_start(tmp_path: Path) -> None:
    (tmp_path / STORE).write_bytes(b"nonsense")
    world = World(tmp_path, aws=True)
    assert "aws.pickle can't be read" in world.answer["error"]
    assert "--fresh" in world.answer["error"]
    world.end()


def test_a_program_with_aws_comes_up_in_the_sandbox(tmp_path: Path) -> None:
    shop = UserProject(tmp_path / "shop")
    shop.environment |= {
        "AWS_ACCESS_KEY_ID": "AKIA0",
        "AWS_SECRET_ACCESS_KEY": "of-the-user",
        "AWS_REGION": "xx",
    }
    shop.write("sandbox.yaml", "control_planes: []\n")
    shop.write("Pulumi.dev.yaml", "config:\n  aws:region: us-east-2\n")
    shop.program(PROGRAM)
    first = shop.run("up").gave(0)
    assert "arn:aws:ram:us-east-2:123456789012:resource-share/" in first.out
    kept = (shop.kept / STORE).read_bytes()
    assert b"of-the-user" not in kept
