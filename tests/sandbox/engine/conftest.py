"""Little projects for the engine to run: a program, importable dynamic providers, and what they did.

Nobody answers at the Konnect address that these stacks name: nothing here contacts it.
"""

from __future__ import annotations

import io
import json
import os
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.engine import EmbeddedEngine, Operation, Result, Stack, encryption
from kong_secure.sandbox.engine.state import state_path

THINGS = '''
"""A dynamic resource that makes nothing: it notes what was asked of it in the file THINGS_LOG."""
import os, threading
import pulumi
from pulumi.dynamic import *

_barriers, _lock = {}, threading.Lock()

def note(event):
    with open(os.environ["THINGS_LOG"], "a") as file:
        file.write(event + "\\n")

def differs(olds, news, key):
    return key in news and (pulumi.contains_unknowns(news[key]) or olds.get(key) != news[key])

class ThingProvider(ResourceProvider):
    serialize_as_secret_always = False

    def configure(self, request):
        self.greeting = request.config.get("greeting:word") or "none"

    def check(self, olds, news):
        reason = news.get("refuse")
        failures = [CheckFailure(news.get("refused_property", ""), reason)] if reason else []
        return CheckResult(news, failures)

    def diff(self, _id, olds, news):
        replaces = [key for key in ("place",) if differs(olds, news, key)]
        delete_first = bool(news.get("delete_first"))
        return DiffResult(changes=None, replaces=replaces, delete_before_replace=delete_first)

    def create(self, props):
        if props.get("fail") == "create":
            raise ValueError("no room for " + props["label"])
        if props.get("meet"):
            with _lock:
                barrier = _barriers.setdefault("meet", threading.Barrier(int(props["meet"])))
            barrier.wait(timeout=20)
        if props.get("wait_for"):
            note("creating " + props["label"])
            threading.Event().wait(600)
        note("create " + props["label"])
        return CreateResult("id-" + props["label"], self.outputs(props))

    def update(self, id, olds, news):
        if news.get("fail") == "update":
            raise ValueError("can not change " + news["label"])
        note("update " + news["label"])
        return UpdateResult(self.outputs(news))

    def outputs(self, props):
        return {**props, "made": "made-" + props["label"], "greeting": self.greeting}

    def delete(self, id, props):
        if props.get("stubborn") and not os.environ.get("THINGS_GIVE_IN"):
            raise ValueError("will not go: " + props["label"])
        note("delete " + props["label"])

    def read(self, id, props):
        if props.get("fail") == "read":
            raise ValueError("can not be seen: " + props["label"])
        found = os.environ.get("THINGS_FOUND_" + props["label"])
        if found == "gone":
            return ReadResult("", {})
        props = {**props, "made": os.environ.get("THINGS_MADE_" + props["label"], props["made"])}
        if found is None:
            return ReadResult(id, props)
        props = {**props, "colour": found}
        inputs = {key: value for key, value in props.items() if key not in ("made", "greeting")}
        return ReadResult(id, props, inputs=inputs)

class Thing(Resource, module="things", name="Thing"):
    made: pulumi.Output[str]
    greeting: pulumi.Output[str]

    def __init__(self, resource_name, opts=None, **props):
        props = {"label": resource_name, **props, "made": None, "greeting": None}
        super().__init__(ThingProvider(), resource_name, props, opts)

class Other(Thing, module="things", name="Other"):
    """A thing of another type."""
'''

PRELUDE = "import pulumi\nfrom pulumi import Alias, Output, ResourceOptions\nfrom things import Thing\n"


@dataclass(frozen=True)
class Outcome:
    """A run's result and everything it printed."""

    result: Result
    text: str

    @property
    def operations(self) -> dict[str, str]:
        """What was done, by resource name; the stack and unchanged resources left out."""
        return {
            change.urn.split("::")[-1]: change.operation
            for change in self.result.changes
            if change.error is None and change.operation != "same" and "pulumi:pulumi:Stack" not in change.urn
        }

    @property
    def errors(self) -> dict[str, str]:
        """Why resources failed, by name."""
        return {
            change.urn.split("::")[-1]: change.error
            for change in self.result.changes
            if change.error is not None
        }


@dataclass
class Project:
    """A project in a folder of its own."""

    directory: Path
    name: str = "little"
    stack_name: str = "dev"
    config: dict[str, str] = field(default_factory=dict)
    secret_keys: frozenset[str] = frozenset()
    environment: dict[str, str] = field(default_factory=dict)
    parallel: int = 8
    things: str | None = THINGS  # the module that holds Thing; None: as it is

    def __post_init__(self) -> None:
        for folder in ("program", "library", "state"):
            (self.directory / folder).mkdir(exist_ok=True)
        if self.things is not None:
            self.module("things", self.things)

    def module(self, name: str, source: str) -> None:
        """Add a module that programs and providers can import."""
        (self.directory / "library" / f"{name}.py").write_text(textwrap.dedent(source))

    def program(self, source: str) -> Project:
        """Replace the program; the names that most programs use are imported already."""
        (self.directory / "program" / "__main__.py").write_text(PRELUDE + textwrap.dedent(source))
        return self

    def stack(self, **overrides: Any) -> Stack:
        """The stack as the engine is given it."""
        return Stack(**{**self._fields(), **overrides})

    def _fields(self) -> dict[str, Any]:
        return {
            "project": self.name,
            "name": self.stack_name,
            "root": self.directory,
            "main": self.directory / "program",
            "python": Path(sys.executable),
            "state_directory": self.directory / "state",
            "passphrase": "open sesame",
            "environment": self.children_environment(),
            "config": self.config,
            "secret_keys": self.secret_keys,
            "parallel": self.parallel,
        }

    def children_environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "HOME": str(self.directory),
            "PYTHONPATH": str(self.directory / "library"),
            "KONNECT_SERVER_URL": "http://127.0.0.1:9/{region}",
            "NO_PROXY": "127.0.0.1,localhost",
            "THINGS_LOG": str(self.directory / "log"),
            # A program written twice within a second, at the same length, would be taken from its bytecode.
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.environment,
        }

    def run(self, operation: str, **overrides: Any) -> Outcome:
        """Carry out an operation."""
        out = io.StringIO()
        result = EmbeddedEngine().run(Operation(operation), self.stack(**overrides), out)
        return Outcome(result, out.getvalue())

    def up(self, source: str | None = None) -> Outcome:
        """Run `up`, with another program if one is given."""
        if source is not None:
            self.program(source)
        return self.run("up")

    @property
    def log(self) -> list[str]:
        """What the things were asked to do, in order."""
        path = self.directory / "log"
        return path.read_text().splitlines() if path.exists() else []

    def clear_log(self) -> None:
        (self.directory / "log").unlink(missing_ok=True)

    @property
    def state_file(self) -> Path:
        return state_path(self.directory / "state", self.name, self.stack_name)

    @property
    def deployment(self) -> Mapping[str, Any]:
        """The recorded deployment."""
        document: Mapping[str, Any] = json.loads(self.state_file.read_text())["checkpoint"]["latest"]
        return document

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Recorded resources by name; the last one of a name wins."""
        return {item["urn"].split("::")[-1]: item for item in self.deployment.get("resources", [])}

    @property
    def thing_names(self) -> list[str]:
        """Names of the recorded things, in the order of the state."""
        return [
            item["urn"].split("::")[-1]
            for item in self.deployment.get("resources", [])
            if item["type"].endswith(":Thing")
        ]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)


@pytest.fixture(autouse=True)
def quick_key_derivation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spend no time on a million rounds where the format isn't what is tested."""
    if "real_key_derivation" not in request.fixturenames:
        monkeypatch.setattr(encryption, "_ROUNDS", 1000)


@pytest.fixture
def real_key_derivation() -> None:
    """Ask for Pulumi's own number of rounds."""
