"""Every lifecycle runs on the embedded engine, and on `pulumi` as well where it is on PATH."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lifecycles.operation_process import EMBEDDED, PULUMI, AnEngine, engine_named
from tests.lifecycles.playground import AWS_REGION, Playground, environment_for
from tests.world import World

ENGINES = [EMBEDDED, *([PULUMI] if shutil.which("pulumi") else [])]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AnEngine:
    """An engine of the sandbox; `pulumi` is never left out where it is there."""
    return engine_named(request.param, tmp_path / "program")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Konnect, gateways and backend, on ports and in a folder of their own."""
    world = World(tmp_path / "world")
    yield world
    world.end()


@pytest.fixture
def playground(tmp_path: Path, world: World, engine: AnEngine) -> Iterator[Playground]:
    """A stack with nothing in it, and an empty program."""
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: playground\nruntime: python\n")
    (folder / "__main__.py").write_text("import pulumi\n")
    playground = Playground(folder, world, engine, environment_for(world, folder, os.environ))
    yield playground
    playground.konnect.close()


def in_a_cloud(folder: Path, world: World, engine: AnEngine, attached: str) -> Playground:
    """A playground whose engine attaches to a stand-in: its package and port."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: playground\nruntime: python\n")
    environment = environment_for(world, folder, os.environ)
    environment["PULUMI_DEBUG_PROVIDERS"] = attached
    # what it warns of is in classes that nobody here uses
    environment["PYTHONWARNINGS"] = "ignore"
    return Playground(folder, world, engine, environment)


@pytest.fixture
def aws(tmp_path: Path, world: World, engine: AnEngine) -> Iterator[Playground]:
    """A playground whose engine attaches to the AWS of the world, which must have one."""
    made = in_a_cloud(tmp_path / "program", world, engine, f"aws:{world.aws_port}")
    made.extra["aws:region"] = AWS_REGION
    yield made
    made.konnect.close()


@pytest.fixture
def azure(tmp_path: Path, world: World, engine: AnEngine) -> Iterator[Playground]:
    """A playground whose engine attaches to the Azure of the world, which must have one."""
    made = in_a_cloud(tmp_path / "program", world, engine, f"azure-native:{world.azure_port}")
    yield made
    made.konnect.close()
