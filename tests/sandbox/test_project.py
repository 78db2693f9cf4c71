"""What Pulumi.yaml means to the sandbox, and which stack is chosen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.project import Default, Project, choose_stack, find_project, qualified_key


def _project(folder: Path, text: str) -> Project:
    (folder / "Pulumi.yaml").write_text(text, encoding="utf-8")
    return find_project(folder)


def test_the_nearest_folder_above_with_a_project_file_is_the_project(tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (tmp_path / "Pulumi.yml").write_text("name: shop\nruntime: python\n")
    project = find_project(inside)
    assert (project.root, project.name, project.main) == (tmp_path, "shop", tmp_path)
    assert project.python == Path(sys.executable)


def test_without_a_project_file_the_error_says_where_it_was_looked_for_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"no Pulumi\.yaml in .* or above it.*pulumi new python") as caught:
        find_project(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_everything_a_project_file_says_is_read(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()
    project = _project(
        tmp_path,
        "name: shop\n"
        "runtime: {name: python, options: {virtualenv: venv, toolchain: uv}}\n"
        "main: code\n"
        "stackConfigDir: stacks\n"
        "config:\n"
        "  plain: 1\n"
        "  aws:region: {default: eu-west-1}\n"
        "  password: {value: x, secret: true}\n"
        "  needed: {type: string}\n",
    )
    assert project.main == tmp_path / "code"
    assert project.stack_directory == tmp_path / "stacks"
    assert project.toolchain == "uv"
    assert project.python == tmp_path / "venv" / "bin" / "python"
    assert project.defaults == {
        "shop:plain": Default(1),
        "aws:region": Default("eu-west-1"),
        "shop:password": Default("x", secret=True),
        "shop:needed": Default(None),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Pulumi.yaml: name is missing; the project's name is expected"),
        ("name: 5\nruntime: python", "Pulumi.yaml: name is 5; the project's name is expected"),
        ("name: my shop\nruntime: python", "name is 'my shop'; a name of letters, digits, '-', '_' and '.'"),
        ("name: shop\n", "Pulumi.yaml: runtime is missing; python is expected"),
        ("name: shop\nruntime: nodejs", "runtime is 'nodejs'; the sandbox runs programs in python only"),
        ("name: shop\nruntime: {options: {}}", "runtime.name is missing"),
        ("name: shop\nruntime: {name: python, options: 3}", "runtime.options is 3; a mapping"),
        (
            "name: shop\nruntime: python\nmain: ../other",
            "main is '../other'; a folder or file inside the project",
        ),
        ("name: shop\nruntime: python\nmain: nothing", "main is 'nothing'; a folder or file that exists"),
        ("name: shop\nruntime: python\nconfig: [a]", "config is a list; a mapping"),
        ("- a\n", "the file holds a list; a mapping"),
        ("name: [\n", "isn't valid YAML at line 2, column 1"),
    ],
)
def test_a_wrong_project_file_is_refused_by_file_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(SandboxError) as caught:
        _project(tmp_path, text)
    assert words in str(caught.value)


def test_a_file_that_isnt_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(SandboxError, match=r"Pulumi\.yaml: the file isn't UTF-8 text"):
        find_project(tmp_path)


@pytest.mark.parametrize(
    ("files", "asked", "declared", "chosen"),
    [
        ([], None, None, "sandbox"),
        (["dev"], None, None, "dev"),
        (["dev", "prod"], "prod", "dev", "prod"),
        (["dev", "prod"], None, "dev", "dev"),
    ],
)
def test_the_stack_is_the_one_asked_for_then_the_declared_one_then_the_only_one(
    tmp_path: Path, files: list[str], asked: str | None, declared: str | None, chosen: str
) -> None:
    for name in files:
        (tmp_path / f"Pulumi.{name}.yaml").touch()
    project = Project(tmp_path, "shop", tmp_path, tmp_path)
    assert choose_stack(project, asked, declared) == chosen


@pytest.mark.parametrize(
    ("asked", "declared", "words"),
    [
        (None, None, "several stacks: dev, prod; choose with --stack, or with `stack:` in sandbox.yaml"),
        ("test", None, "--stack is 'test', which has no stack file; there is: dev, prod"),
        (None, "test", "sandbox.yaml: stack is 'test', which has no stack file; there is: dev, prod"),
        ("acme/shop/dev", None, "--stack is 'acme/shop/dev'; a name without organization and project"),
    ],
)
def test_a_stack_that_cant_be_chosen_is_refused_with_what_there_is(
    tmp_path: Path, asked: str | None, declared: str | None, words: str
) -> None:
    for name in ("dev", "prod"):
        (tmp_path / f"Pulumi.{name}.yaml").touch()
    with pytest.raises(SandboxError) as caught:
        choose_stack(Project(tmp_path, "shop", tmp_path, tmp_path), asked, declared)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("key", "qualified"), [("a", "shop:a"), ("aws:region", "aws:region"), ("shop:config:a", "shop:a")]
)
def test_a_key_without_namespace_is_the_projects(key: str, qualified: str) -> None:
    assert qualified_key(key, "shop") == qualified
