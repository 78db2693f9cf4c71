"""`python -m benchmarks`: what a user of `SharedSecretHeader` waits for, beside a dynamic resource that does nothing.

Everything is measured in one run on one machine, so read the ratios; nothing here asserts a time. `--engine pulumi`
measures with the `pulumi` on PATH instead of the embedded engine.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from kong_secure.sandbox.engine import EmbeddedEngine, Operation, Stack
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli
from tests.lifecycles.playground import environment_for
from tests.world import World

TRIVIAL_MODULE = '''"""A dynamic resource that does nothing."""
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

class TrivialProvider(ResourceProvider):
    serialize_as_secret_always = False
    def diff(self, _id, olds, news):
        return DiffResult(changes=None if olds["value"] != news["value"] else False)
    def create(self, props):
        return CreateResult("trivial", props)

class Trivial(Resource, module="trivial", name="Trivial"):
    def __init__(self, name, value, opts=None):
        super().__init__(TrivialProvider(), name, {"value": value}, opts)
'''
TRIVIAL = """from trivial import Trivial
import pulumi
for number in range({count}):
    Trivial(f"trivial-{{number}}", pulumi.Config().require_secret("secret"))
"""
HEADERS = """from kong_secure import SharedSecretHeader
import pulumi
for number in range({count}):
    SharedSecretHeader(f"header-{{number}}", control_plane="demo", service=f"service-{{number}}",
                       shared_secret=pulumi.Config().require_secret("secret"))
"""
PROGRAMS = {"nothing": TRIVIAL, "header": HEADERS}


@dataclass
class Memory:
    """The most memory (resident, in MiB) that any dynamic-provider process took while it was watched."""

    peak: float = 0.0
    _providers: list[psutil.Process] = field(default_factory=list)

    def record(self, process: subprocess.Popen[bytes]) -> None:
        if "pulumi.dynamic" in [str(argument) for argument in process.args]:  # type: ignore[union-attr]
            self._providers.append(psutil.Process(process.pid))

    def look(self) -> None:
        for provider in self._providers:
            try:
                self.peak = max(self.peak, provider.memory_info().rss / 2**20)
            except psutil.NoSuchProcess:
                continue

    @contextmanager
    def watched(self) -> Iterator[None]:
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.02):
                self.look()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


@dataclass(frozen=True)
class Measured:
    """One operation: seconds from its start to its end, calls to Konnect, MiB of the provider process."""

    seconds: float
    calls: int
    memory: float


class Bench:
    """A stack of one program, run by one engine against one world."""

    def __init__(self, engine: Any, world: World, folder: Path, program: str) -> None:
        self._engine, self._world, self._folder = engine, world, folder
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (folder / "__main__.py").write_text(program)
        (folder / "trivial.py").write_text(TRIVIAL_MODULE)

    def measure(self, operation: Operation) -> Measured:
        memory = Memory()
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
            recorder=memory.record,
        )
        self._world.forget_calls()
        out = io.StringIO()
        with memory.watched():
            start = time.perf_counter()
            result = self._engine.run(operation, stack, out)
            seconds = time.perf_counter() - start
        if not result.succeeded:
            raise SystemExit(out.getvalue())
        return Measured(seconds, len(self._world.calls()), memory.peak)


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


def row(label: str, count: int, header: Measured, nothing: Measured) -> str:
    return (
        f"| {label} | {count} | {header.seconds:.2f} | {nothing.seconds:.2f} | {header.seconds / nothing.seconds:.2f} "
        f"| {header.calls / count:.3f} | {header.memory:.0f} | {nothing.memory:.0f} |"
    )


STEPS = {
    "up, creating": Operation.UP,
    "preview, unchanged": Operation.PREVIEW,
    "up, unchanged": Operation.UP,
    "refresh": Operation.REFRESH,
    "destroy": Operation.DESTROY,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--engine", choices=["embedded", "pulumi"], default="embedded")
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 100, 1000])
    arguments = parser.parse_args()
    print(
        "| operation | resources | seconds | seconds, doing nothing | ratio "
        "| calls per header | MiB | MiB, doing nothing |\n|---|---|---|---|---|---|---|---|"
    )
    for count in arguments.counts:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            world = World(folder / "world", services(count))
            engine = engine_named(arguments.engine, folder / "pulumi")
            benches = {
                kind: Bench(engine, world, folder / kind, program.format(count=count))
                for kind, program in PROGRAMS.items()
            }
            for label, operation in STEPS.items():
                measured = {kind: bench.measure(operation) for kind, bench in benches.items()}
                print(row(label, count, measured["header"], measured["nothing"]), flush=True)
            world.end()


if __name__ == "__main__":
    main()
