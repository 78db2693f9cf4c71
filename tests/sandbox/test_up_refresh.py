"""`kong-secure sandbox up --refresh`: which operations an engine is asked for, and when it ends."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import pytest

from kong_secure.cli import main
from kong_secure.sandbox import session
from kong_secure.sandbox.engine import Operation, Repair, Result, Stack


class Engine:
    """Runs nothing and remembers what it was asked for."""

    def __init__(self, failing: Operation | None = None) -> None:
        self.asked: list[Operation] = []
        self.repairs: list[Repair] = []
        self._failing = failing

    def run(self, operation: Operation, stack: Stack, out: TextIO, *, digest: bool, repair: Repair) -> Result:
        self.asked.append(operation)
        self.repairs.append(repair)
        return Result(operation is not self._failing, (), {})

    def stop(self) -> None:
        """Nothing runs."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("import pulumi\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("failing", "asked"),
    [(None, [Operation.REFRESH, Operation.UP]), (Operation.REFRESH, [Operation.REFRESH])],
)
def test_up_refreshes_first_and_goes_no_further_when_that_fails(
    project: Path, monkeypatch: pytest.MonkeyPatch, failing: Operation | None, asked: list[Operation]
) -> None:
    engine = Engine(failing)
    monkeypatch.setattr(session, "choose_engine", lambda *_: (engine, "of the test"))
    assert main(["sandbox", "up", "--refresh"]) == (0 if failing is None else 1)
    assert engine.asked == asked


def test_refresh_is_told_what_to_do_about_interrupted_creates(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine()
    monkeypatch.setattr(session, "choose_engine", lambda *_: (engine, "of the test"))
    urn = "urn:pulumi:dev::shop::aws:ec2/vpc:Vpc::orders"
    assert main(["sandbox", "refresh", "--import-pending", f"{urn}=a=b", "--clear-pending-creates"]) == 0
    assert engine.repairs == [Repair({urn: "a=b"}, clear=True)]


@pytest.mark.parametrize("text", ["orders", "orders=vpc-1", "urn:pulumi:dev::shop::a:b:C::d="])
def test_what_is_taken_over_is_named_by_urn_and_id(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sandbox", "refresh", "--import-pending", text])
    assert f"--import-pending {text!r} isn't URN=ID" in capsys.readouterr().err


def test_only_up_refreshes_first(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sandbox", "destroy", "--refresh"])
    assert "--refresh" in capsys.readouterr().err
