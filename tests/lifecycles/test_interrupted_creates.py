"""Runs that are killed inside a create of a cloud's own provider, which nothing can repeat by itself: what is told,
what is refused until it is settled, and that each repair works, with the same words on every engine.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kong_secure.sandbox.engine import EngineError, Repair
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli, pulumi_environment
from tests.documentation.pages import fenced
from tests.lifecycles.conftest import ENGINES
from tests.lifecycles.killed_paths import PATHS
from tests.lifecycles.path_kills import Killing, killing
from tests.lifecycles.playground import Playground
from tests.lifecycles.test_killed_paths import WHOLE

RECORDED = Path(__file__).with_name("pending_create_of_pulumi_3_260_0.txt")
PULUMI_PRINTS, SANDBOX_SAYS = fenced("docs/interrupted-runs.md", "text")


@pytest.fixture(params=ENGINES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Killing]:
    with killing(tmp_path, request.param, PATHS["aws"]) as made:
        yield made


def offered(text: str, option: str) -> Repair:
    """The repair that a text says is done with this option."""
    [line] = [line for line in text.splitlines() if option in line and "kong-secure sandbox refresh" in line]
    words = shlex.split(line.partition("kong-secure sandbox refresh --stack dev ")[2])
    if words == ["--clear-pending-creates"]:
        return Repair(clear=True)
    urn, _, object_id = words[words.index("--import-pending") + 1].partition("=")
    return Repair(imports={urn: object_id})


def test_what_aws_has_made_is_told_refused_to_be_made_twice_and_taken_over(path: Killing) -> None:
    path.kill_in_cloud("up", "create path-gateway")
    told = path.stack.run("preview").must_succeed().text
    assert SANDBOX_SAYS in re.sub("tgw-[0-9a-f]{17}", "tgw-0123456789abcdef0", told)
    for operation in ("up", "destroy"):
        with pytest.raises(
            EngineError, match=f"{operation} goes on once it is settled whether .* path-gateway"
        ):
            path.stack.run(operation)
    path.stack.run("refresh", offered(told, "--import-pending")).must_succeed()
    assert path.up() == WHOLE
    assert "former run" not in path.stack.run("preview").must_succeed().text
    with pytest.raises(EngineError, match="no create of a cloud's was interrupted"):
        path.stack.run("refresh", offered(told, "--import-pending"))


def test_the_page_quotes_what_pulumi_printed() -> None:
    assert RECORDED.read_text() == PULUMI_PRINTS


def by_pulumi_itself(stack: Playground, operation: str) -> str:
    """What `pulumi` prints without the sandbox's words."""
    directory = stack.folder.parent / "pulumi"
    described = stack.description()
    arguments = ("--yes", "--skip-preview", "--non-interactive", "--color", "never")
    of_stack = ("--stack", described.qualified_name, "--config-file", str(directory / "Pulumi.dev.yaml"))
    ran = subprocess.run(
        ["pulumi", operation, *arguments, *of_stack],
        cwd=stack.folder,
        env={
            **stack.environment,
            **pulumi_environment(described.state_directory, directory, described.passphrase),
            "PULUMI_PYTHON_CMD": sys.executable,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout


def test_what_is_said_not_to_be_there_is_forgotten_and_made(path: Killing) -> None:
    path.kill_in_cloud("up", "create path-gateway")
    told = path.stack.run("refresh").must_succeed().text
    if isinstance(path.stack.engine, PulumiCli):
        printed = [line.strip() for line in by_pulumi_itself(path.stack, "destroy").splitlines()]
        assert [line for line in PULUMI_PRINTS.splitlines() if line.strip() not in printed] == []
    path.stack.run("refresh", offered(told, "--clear-pending-creates")).must_succeed()
    # It was there all the same.
    assert path.up() == {**WHOLE, "gateways": 2}
