"""The command line of `kong-secure`, right and wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kong_secure import __version__
from kong_secure.cli import main


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"kong-secure {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["sandbx"], "invalid choice: 'sandbx'"),
        (["sandbox", "upp"], "invalid choice: 'upp'"),
        (["sandbox", "up", "now"], "unrecognized arguments: now"),
        (["sandbox", "up", "--engine", "steam"], "invalid choice: 'steam'"),
        (["sandbox", "up", "--stack"], "argument --stack: expected one argument"),
        (["sandbox", "up", "--", "true"], "`--` goes with exec only: kong-secure sandbox exec -- COMMAND..."),
        (["sandbox", "exec"], "what shall be run? kong-secure sandbox exec -- COMMAND..."),
        (["sandbox", "exec", "--"], "what shall be run?"),
        (["sandbox", "exec", "true"], "unrecognized arguments: true"),
        (["sandbox", "up", "--policy-pack", ""], "--policy-pack names no folder"),
        (
            ["sandbox", "preview", "--policy-pack", "nowhere"],
            "nowhere is no policy pack: it has no PulumiPolicy.yaml",
        ),
        (
            ["sandbox", "destroy", "--stack", "dev", "--target", "urn:x"],
            "unrecognized arguments: --target urn:x. The sandbox takes the whole stack, asks nothing, ",
        ),
        (
            ["sandbox", "--stack", "dev", "destroy", "--yes"],
            "kong-secure sandbox exec -- pulumi destroy --stack dev",
        ),
    ],
)
def test_a_wrong_command_line_is_explained_with_exit_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""


def test_outside_of_a_project_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["sandbox", "up"]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith(f"error: there is no Pulumi.yaml in {tmp_path} or above it")
    assert shown.err.count("\n") == 1
    assert [*tmp_path.iterdir()] == []


def test_in_a_folder_that_was_deleted_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("PWD", str(gone))
    assert main(["sandbox", "up"]) == 1
    assert f"there is no Pulumi.yaml in {gone}" in capsys.readouterr().err


def test_without_the_sandboxs_packages_the_extra_to_install_is_named(tmp_path: Path) -> None:
    (tmp_path / "psutil.py").write_text("raise ModuleNotFoundError('no psutil', name='psutil')\n")
    command = [str(Path(sys.executable).with_name("kong-secure")), "sandbox", "up"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    expected = "error: the sandbox needs packages that aren't installed (psutil is missing): "
    assert ended.stderr == expected + "pip install 'kong-secure[sandbox]'\n"


def test_a_tenant_that_is_none_is_refused_before_anything_is_started(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sandbox", "consent", "--tenant", "contoso"])
    assert ended.value.code == 2
    assert "--tenant 'contoso' is no tenant id: a GUID is expected" in capsys.readouterr().err
