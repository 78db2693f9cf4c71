"""Projects that use one sandbox: whose it is, what they declare together, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.prepared import find
from kong_secure.sandbox.sandbox_file import SandboxFile, read_sandbox_file

NETWORK = "networks: [{name: n, region: us-east-2}]\n"


def folder(root: Path, name: str, sandbox: str | None, *, called: str | None = None) -> Path:
    """A project with this sandbox.yaml."""
    made = root / name
    made.mkdir()
    (made / "Pulumi.yaml").write_text(f"name: {called or name}\nruntime: python\n")
    if sandbox is not None:
        (made / "sandbox.yaml").write_text(sandbox)
    return made


def services(file: SandboxFile) -> list[str]:
    return [service.name for plane in file.declared.control_planes for service in plane.services]


def plane(*names: str) -> str:
    listed = ", ".join(f"{{name: {name}, host: {name}.internal}}" for name in names)
    return f"control_planes: [{{name: demo, services: [{listed}]}}]\n"


def test_the_sandbox_of_another_folder_holds_what_both_declare_and_a_proof_is_of_the_own_backend(
    tmp_path: Path,
) -> None:
    folder(tmp_path, "base", NETWORK + plane("a") + "azure: {propagation_seconds: 5}\n")
    backend = "backends: [{host: 10.8.0.20, private: {network: n}}]\nstack: live\n"
    folder(tmp_path, "platform", "sandbox: ../base\n" + NETWORK + backend)
    application = folder(tmp_path, "application", f"sandbox: ../platform\n{plane('a', 'b')}")
    project, file, directory = find(application)
    assert (project.name, directory.path) == ("application", tmp_path / "base" / ".sandbox")
    assert services(file) == ["a", "b"]
    assert [network.name for network in file.declared.networks] == ["n"]
    assert [each.host for each in file.declared.backends] == ["10.8.0.20"]
    assert (file.stack, file.backends_of("live")) == (None, ())
    assert file.declared.azure is not None
    assert not (application / ".sandbox").exists()


def test_a_folder_without_a_file_of_its_own_can_lend_its_sandbox(tmp_path: Path) -> None:
    platform = folder(tmp_path, "platform", None)
    application = folder(tmp_path, "application", "sandbox: ../platform\n")
    assert find(application)[2] == find(platform)[2]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"app": "sandbox: [x]"}, "sandbox.yaml: sandbox is a list; the folder of a project, such as ../pl"),
        (
            {"app": "sandbox: ../none"},
            "sandbox is '../none'; a folder with a Pulumi.yaml or a sandbox.yaml is",
        ),
        ({"app": "sandbox: ../none"}, "/none isn't there"),
        ({"app": "sandbox: .."}, " has neither"),
        ({"app": "sandbox: ."}, "sandbox.yaml: sandbox is '.', which leads back to"),
        (
            {"app": "sandbox: ../b", "b": "sandbox: ../app"},
            "../b/sandbox.yaml: sandbox is '../app', which leads back",
        ),
        (
            {"app": f"sandbox: ../b\n{plane('a').replace('host: ', 'path: /x, host: ')}", "b": plane("a")},
            "in control plane demo; once is expected; what ../b/sandbox.yaml declares counts, too",
        ),
    ],
)
def test_a_sandbox_that_cannot_be_shared_is_refused_with_the_file_and_what_is_expected(
    tmp_path: Path, files: dict[str, str], words: str
) -> None:
    for name, text in files.items():
        folder(tmp_path, name, text)
    with pytest.raises(SandboxError) as caught:
        read_sandbox_file(tmp_path / "app", "app")
    assert words in str(caught.value)


def test_two_projects_of_one_name_never_share_a_sandbox(tmp_path: Path) -> None:
    folder(tmp_path, "platform", None)
    one = folder(tmp_path, "one", "sandbox: ../platform\n", called="orders")
    other = folder(tmp_path, "other", "sandbox: ../platform\n", called="orders")
    for _ in range(2):
        find(one)
    with pytest.raises(SandboxError, match=r"and the one in .*/one are both called 'orders'"):
        find(other)
    # A project that moved, or is called otherwise now, isn't in the way.
    shutil.move(one, tmp_path / "moved")
    find(other)
    (tmp_path / "moved" / "Pulumi.yaml").write_text("name: payments\nruntime: python\n")
    find(tmp_path / "moved")


def test_a_copied_project_goes_on_with_its_copied_sandbox(tmp_path: Path) -> None:
    find(folder(tmp_path, "shop", None))
    shutil.copytree(tmp_path / "shop", tmp_path / "copy")
    assert find(tmp_path / "copy")[2].path == tmp_path / "copy" / ".sandbox"


def test_fresh_is_for_the_folder_whose_sandbox_it_is(tmp_path: Path) -> None:
    platform = folder(tmp_path, "platform", None)
    application = folder(tmp_path, "application", "sandbox: ../platform\n")
    with pytest.raises(
        SandboxError, match=r"would empty the sandbox of \.\./platform, which this project uses"
    ):
        find(application, fresh=True)
    find(application)
    _, _, directory = find(platform, fresh=True)
    directory.empty()
    assert not directory.projects.exists()
