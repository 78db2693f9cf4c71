"""The examples under `stacks/examples/` live as their README says: its own commands bring them up, on every engine, and
nothing is left of them in the end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from kong_secure.sandbox.azure import identifiers as ids
from kong_secure.sandbox.azure.hosting import STORE
from kong_secure.sandbox.azure.kong_side import KONG_TENANT
from kong_secure.sandbox.azure.store import Store
from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.engine.state import state_path
from kong_secure.sandbox.running_world import WorldControl, read_address
from tests.documentation.pages import ROOT, block_with, page
from tests.lifecycles.conftest import ENGINES
from tests.lifecycles.operation_process import PULUMI
from tests.lifecycles.test_private_path_on_aws import NOTHING, left_in
from tests.processes import wait_until
from tests.search_path import without_pulumi
from tests.specification.traffic import recording_variables

README = "stacks/examples/README.md"
COMMANDS = dict(re.findall(r"^- \[([\w-]+)\]\((?:.|\n(?!- ))*?`(cd [^`]+)`$", page(README), re.MULTILINE))
PROVED = ["direct call: refused (401)", "through the gateway: passed (200)"]
BIN = str(Path(sys.executable).parent)


@dataclass
class Examples:
    """A copy of the examples, in the hands of a person at a shell."""

    folder: Path
    environment: dict[str, str]

    def run(self, line: str, *, code: int = 0) -> str:
        """What a line printed to both streams."""
        ended = subprocess.run(
            ["sh", "-c", line],
            check=False,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
        )
        assert ended.returncode == code, ended.stdout
        # Pulumi's SDK has one of its own where a StackReference fails.
        assert code or "Traceback" not in ended.stdout, ended.stdout
        return ended.stdout

    def sandbox(self, name: str, operation: str) -> str:
        return self.run(f"cd {name} && kong-secure sandbox {operation}")

    @contextmanager
    def kept_up(self, name: str) -> Iterator[WorldControl]:
        """The sandbox of one, kept up for other commands."""
        directory = SandboxDirectory(self.home(name))
        process = subprocess.Popen(
            ["kong-secure", "sandbox"],
            cwd=self.folder / name,
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: read_address(directory) is not None or process.poll() is not None, 120)
            address = read_address(directory)
            assert address is not None
            control = WorldControl(address)
            yield control
            control.close()
        finally:
            process.terminate()
            process.wait(60)

    def home(self, name: str) -> Path:
        """The folder of the sandbox that one uses."""
        declared = yaml.safe_load((self.folder / name / "sandbox.yaml").read_text())
        uses = str(declared.get("sandbox", "."))
        return (self.folder / name / uses / ".sandbox").resolve()

    def state(self, name: str) -> Path:
        return state_path(self.home(name) / "state", name, "dev")

    def urns(self, name: str) -> list[str]:
        """Those in a state, without the stack itself."""
        latest = json.loads(self.state(name).read_text())["checkpoint"].get("latest") or {}
        urns = [str(resource["urn"]) for resource in latest.get("resources") or ()]
        return [urn for urn in urns if "pulumi:pulumi:Stack:" not in urn]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is compiled once for all of these sandboxes."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(params=ENGINES)
def examples(request: pytest.FixtureRequest, tmp_path: Path, cache: Path) -> Examples:
    """The examples, for somebody who has `pulumi` or hasn't, and nothing else besides `kong-secure`."""
    folder = tmp_path / "examples"
    ignored = shutil.ignore_patterns("__pycache__", ".sandbox")
    shutil.copytree(ROOT / "stacks" / "examples", folder, ignore=ignored)
    for name in COMMANDS:
        kept = folder / name / ".sandbox"
        if "sandbox: " not in (folder / name / "sandbox.yaml").read_text():
            kept.mkdir()
            (kept / "cache").symlink_to(cache)
    path = f"{BIN}{os.pathsep}{without_pulumi(tmp_path / 'links')}"
    if request.param == PULUMI:
        path += os.pathsep + str(Path(str(shutil.which("pulumi"))).parent)
    return Examples(folder, {"HOME": str(tmp_path), "PATH": path, **recording_variables()})


def calls_of(control: WorldControl) -> dict[str, Counter[str]]:
    """How often which method was called, by collection at Konnect."""
    collections = re.compile(r"/(plugins|services|transit-gateways|networks|control-planes)(?:/[^/]+)?$")
    counts: dict[str, Counter[str]] = {}
    for each in control.calls()["calls"]:
        [collection] = collections.findall(each["path"]) or ["others"]
        counts.setdefault(collection, Counter())[each["method"]] += 1
    return counts


def azure_left_in(directory: Path) -> list[str]:
    """What customers have in the Azure of a world that has ended."""
    kept = Store.load(directory / STORE)
    owners = {id_: kept.tenant_of(ids.parsed(id_).subscription) for id_ in kept.resources}
    return [id_ for id_, tenant in owners.items() if tenant != KONG_TENANT]


def test_every_example_has_its_command_in_the_readme() -> None:
    folders = {path.parent.name for path in (ROOT / "stacks" / "examples").glob("*/Pulumi.yaml")}
    assert set(COMMANDS) == folders
    assert all(command.startswith(f"cd {name} && kong-secure sandbox ") for name, command in COMMANDS.items())


def test_an_application_uses_the_path_of_the_platforms_stack_and_has_no_header_without_it(
    examples: Examples,
) -> None:
    with examples.kept_up("application") as world:
        early = examples.run(COMMANDS["application"], code=1)
        assert 'unknown stack "organization/platform/dev"' in early
        assert "bring it up first, `kong-secure sandbox --stack dev up` in ../platform" in early
        assert "plugins" not in str(world.calls())
        previewing = block_with("docs/pull-requests.md", "cd application &&")
        assert COMMANDS["platform"] in previewing
        assert "created" in examples.run(previewing)
        planned = json.loads((examples.folder / "head.json").read_text())["steps"]
        assert "orders-header" in [step["urn"].rpartition("::")[2] for step in planned]
        assert examples.run(COMMANDS["application"]).splitlines()[-2:] == PROVED
        assert not (examples.folder / "application" / ".sandbox").exists()
        examples.sandbox("application", "destroy")
        examples.sandbox("platform", "destroy")
        removed = [
            each["path"].split("/")[-2] for each in world.calls()["calls"] if each["method"] == "DELETE"
        ]
        assert removed == ["plugins", "transit-gateways"]
    assert left_in(examples.home("platform")) == NOTHING
    assert examples.urns("application") == examples.urns("platform") == []


def test_a_service_on_aws_and_one_on_azure_come_up_in_one_program_with_explicit_providers(
    examples: Examples,
) -> None:
    with examples.kept_up("side-by-side"):
        lines = examples.run(COMMANDS["side-by-side"]).splitlines()
        for host in ("10.8.0.20", "10.9.0.20"):
            assert [
                line for line in lines if line.startswith(f"{host}: direct call from outside: unreachable")
            ]
        assert lines[-5:-3] == [f"10.8.0.20: {line}" for line in PROVED]
        assert lines[-2:] == [f"10.9.0.20: {line}" for line in PROVED]
        providers = [urn for urn in examples.urns("side-by-side") if "pulumi:providers:a" in urn]
        assert [urn.rpartition("::")[2] for urn in sorted(providers)] == ["ohio", "subscription"]
        examples.sandbox("side-by-side", "destroy")
    home = examples.home("side-by-side")
    assert left_in(home) == NOTHING
    assert azure_left_in(home) == []
    assert examples.urns("side-by-side") == []


def test_50_services_take_one_path_and_one_call_each(examples: Examples) -> None:
    services = [f"service-{number:02}" for number in range(1, 51)]
    with examples.kept_up("many-services") as world:
        planned = examples.sandbox("many-services", "preview")
        assert sorted(set(re.findall(r"SecuredService(?:::| )(service-\d\d)\b", planned))) == services
        assert examples.run(COMMANDS["many-services"]).splitlines()[-2:] == PROVED
        made = calls_of(world)
        assert made["plugins"] == {"PUT": 50}
        assert made["transit-gateways"]["POST"] == 1
        # One look at each service, and what the path and the control plane take.
        assert made["services"] == {"GET": 50}
        assert sum(each["GET"] for each in made.values()) < 50 + 15
        examples.sandbox("many-services", "destroy")
        gone = calls_of(world)
        assert (gone["plugins"]["DELETE"], gone["transit-gateways"]["DELETE"]) == (50, 1)
    assert left_in(examples.home("many-services")) == NOTHING
