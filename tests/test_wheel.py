"""The wheel as a stranger installs it: built from the tree, in an environment of its own with what it depends on and no
extra.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
SOURCES = ("kong_secure", "pyproject.toml", "README.md", "LICENSE")

MOCKED = """
import pulumi
from kong_secure import AwsTransitGateway, AzureVnetPeering, SecuredService

class Mocks(pulumi.runtime.Mocks):
    def call(self, args):
        return {}
    def new_resource(self, args):
        return [args.name, args.inputs]

pulumi.runtime.set_mocks(Mocks())
SecuredService("orders", control_plane="demo", service="orders", connectivity="public-internet")
for make in (
    lambda: AwsTransitGateway(
        "path", network="n", vpcs={"a": {
            "vpc_id": "vpc-0123456789abcdef0", "subnet_ids": ["subnet-0123456789abcdef0"], "cidr_blocks": "10.8.0.0/16",
        }}),
    lambda: AzureVnetPeering(
        "path", network="n", tenant_id="00000000-0000-4000-8000-000000000001", resource_group_name="g",
        vnet_name="orders", subscription_id="00000000-0000-4000-8000-000000000002", network_security_groups={},
        service_principal_object_id="00000000-0000-4000-8000-000000000003"),
):
    try:
        make()
    except pulumi.RunError as error:
        print(error)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of a copy: building writes beside its sources."""
    tree = tmp_path_factory.mktemp("tree")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "wheel", "--quiet"]
    subprocess.run(
        [
            *pip,
            "--no-index",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            str(tree / "dist"),
            str(tree),
        ],
        check=True,
        capture_output=True,
    )
    [built] = (tree / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment that has the wheel and what it needs, and nothing else of this one's."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    scheme = sysconfig.get_paths("venv", vars={"base": str(folder), "platbase": str(folder)})
    packages = Path(scheme["purelib"])
    for entry in _needed():
        if not (packages / entry.name).exists():
            (packages / entry.name).symlink_to(entry)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--python"]
    found = folder / "bin" / "python"
    subprocess.run(
        [*pip, str(found), "install", "--no-index", "--no-deps", "--quiet", str(wheel)], check=True
    )
    return found


def _needed() -> Iterator[Path]:
    """Top-level files and folders of every distribution that the package needs without extras."""
    waiting, seen = ["kong-secure"], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        found = distribution(name)
        for requirement in map(Requirement, found.requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
        if name != "kong-secure":
            tops = {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
            yield from (Path(str(found.locate_file(top))) for top in sorted(tops))


def run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": str(cwd)}
    return subprocess.run(
        [*arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_wheel_holds_the_package_with_its_licence_and_nothing_beside_it(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    roots = {name.split("/")[0] for name in names}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"kong_secure"}
    assert {"kong_secure/py.typed", "kong_secure/policy/PulumiPolicy.yaml"} <= set(names)
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_without_extras_it_secures_a_service_and_names_the_extra_that_is_missing(
    python: Path, tmp_path: Path
) -> None:
    made = run(python, "python", "-c", MOCKED, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "pip install 'kong-secure[aws]'" in made.stdout
    assert "pip install 'kong-secure[azure]'" in made.stdout

    assert run(python, "kong-secure", "--version", cwd=tmp_path).stdout.startswith("kong-secure ")
    sandbox = run(python, "kong-secure", "sandbox", "up", cwd=tmp_path)
    assert sandbox.returncode == 1
    assert "pip install 'kong-secure[sandbox]'" in sandbox.stderr
    (tmp_path / "preview.json").write_text('{"steps": []}')
    report = run(python, "kong-secure", "report", "preview.json", cwd=tmp_path)
    assert (report.returncode, report.stderr) == (0, "")
    assert "Nothing changes." in report.stdout
