"""`python -m benchmarks`: what a user of `SharedSecretHeader` waits for, beside dynamic resources that do nothing.

Everything is measured in one run on one machine, so read the ratios; nothing here asserts a time. `--engine pulumi`
measures with the `pulumi` on PATH instead of the embedded engine.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import imports, tables
from benchmarks.processes import watched
from benchmarks.programs import KINDS, write_program
from benchmarks.tables import Measured, Run
from kong_secure.sandbox.engine import EmbeddedEngine, Operation, Stack
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli
from tests.lifecycles.playground import environment_for
from tests.world import World

STEPS = {
    "up, creating": Operation.UP,
    "preview, unchanged": Operation.PREVIEW,
    "up, unchanged": Operation.UP,
    "refresh": Operation.REFRESH,
    "destroy": Operation.DESTROY,
}


class Bench:
    """A stack of one program, run by one engine against one world."""

    def __init__(self, engine: Any, world: World, folder: Path, kind: str, count: int) -> None:
        self._engine, self._world, self._folder = engine, world, folder
        write_program(folder, kind, count)

    def measure(self, operation: Operation) -> Measured:
        environment = environment_for(self._world, self._folder, os.environ)
        stack = Stack(
            project="bench",
            name="dev",
            root=self._folder,
            main=self._folder,
            python=Path(sys.executable),
            config={"bench:secret": "a-Secret_of-the-benchmark~0123456789"},
            secret_keys=frozenset({"bench:secret"}),
            state_directory=self._folder / "state",
            passphrase="bench",
            environment={**environment, "PYTHONPATH": str(self._folder)},
        )
        self._world.forget_calls()
        out = io.StringIO()
        with watched(self._world.process.pid) as costs:
            start = time.perf_counter()
            result = self._engine.run(operation, stack, out)
            seconds = time.perf_counter() - start
        if not result.succeeded:
            raise SystemExit(out.getvalue())
        return Measured(seconds, len(self._world.calls()), costs)


def engine_named(name: str, folder: Path) -> Any:
    if name == "embedded":
        return EmbeddedEngine()
    executable = shutil.which("pulumi")
    if executable is None:
        raise SystemExit("there is no `pulumi` on PATH; `--engine embedded` needs none")
    return PulumiCli(Path(executable), folder)


def services(count: int) -> dict[str, Any]:
    made = [{"name": f"service-{number}", "url": "https://127.0.0.1"} for number in range(count)]
    return {"control_planes": [{"name": "demo", "region": "us", "services": made}]}


def lifecycle(engine: str, kinds: Sequence[str], count: int) -> Run:
    """Every operation on every kind, one kind after the other at each, in a new world with new stacks."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        world = World(folder / "world", services(count))
        try:
            runner = engine_named(engine, folder / "pulumi")
            benches = {kind: Bench(runner, world, folder / kind, kind, count) for kind in kinds}
            return {
                (label, kind): bench.measure(operation)
                for label, operation in STEPS.items()
                for kind, bench in benches.items()
            }
        finally:
            world.end()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--engine", choices=["embedded", "pulumi"], default="embedded")
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 100, 1000])
    parser.add_argument(
        "--runs", type=int, default=3, help="whole lifecycles; the median is told (default: 3)"
    )
    arguments = parser.parse_args()
    print(imports.table(arguments.runs), end="\n\n")
    measured = {
        count: [lifecycle(arguments.engine, KINDS, count) for _ in range(arguments.runs)]
        for count in arguments.counts
    }
    print(f"{arguments.runs} runs, engine: {arguments.engine}. {tables.EXPLANATION}")
    for table in (tables.times, tables.calls, tables.costs):
        print(table(list(STEPS), measured), end="\n\n")


if __name__ == "__main__":
    main()
