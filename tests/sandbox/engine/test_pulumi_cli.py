"""How `pulumi` is run: what it is given, and what is made of its answers. A script stands in for it, which notes its
arguments and environment and does what the test says."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from kong_secure.sandbox.engine import EngineError, Operation, Result, Stack, pulumi_cli
from kong_secure.sandbox.engine.encryption import PassphraseCipher
from kong_secure.sandbox.engine.operations import Interrupted
from kong_secure.sandbox.engine.pulumi_cli import PulumiCli
from kong_secure.sandbox.engine.state import state_path
from tests.processes import lives, wait_until

SECRET = "a-Secret_of-the-configuration~0123456789"
STAND_IN = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
if sys.argv[1:] == ["version"]:
    print((here / "version").read_text())
    sys.exit()
noted = {{"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd(), "pid": os.getpid()}}
(here / "noted.new").write_text(json.dumps(noted))
(here / "noted.new").rename(here / "noted")
log = pathlib.Path(sys.argv[sys.argv.index("--event-log") + 1])
exec((here / "script").read_text())
"""
CHANGED = """
event = {"metadata": {"op": "create", "urn": "urn:pulumi:dev::shop::t:t:T::orders"}}
log.write_text(json.dumps({"resOutputsEvent": event}) + chr(10))
"""


@dataclass
class StandIn:
    """A `pulumi` that does what `script` says, and the stack it is given."""

    folder: Path
    stack: Stack
    cli: PulumiCli = field(init=False)

    def __post_init__(self) -> None:
        executable = self.folder / "pulumi"
        executable.write_text(STAND_IN.format(python=sys.executable))
        executable.chmod(executable.stat().st_mode | stat.S_IXUSR)
        (self.folder / "version").write_text("v3.260.0")
        self.script("")
        self.cli = PulumiCli(executable, self.folder / "kept")

    def script(self, text: str) -> None:
        (self.folder / "script").write_text(text)

    def run(self, operation: str = "up") -> tuple[Result, str]:
        out = io.StringIO()
        return self.cli.run(Operation(operation), self.stack, out), out.getvalue()

    @property
    def noted(self) -> dict[str, Any]:
        noted: dict[str, Any] = json.loads((self.folder / "noted").read_text())
        return noted

    @property
    def state(self) -> Path:
        return state_path(self.stack.state_directory, self.stack.project, self.stack.name)

    def argument(self, name: str) -> str:
        arguments: list[str] = self.noted["arguments"]
        return arguments[arguments.index(name) + 1]


@pytest.fixture
def pulumi(tmp_path: Path) -> StandIn:
    root = tmp_path / "shop"
    root.mkdir()
    binaries = tmp_path / "binaries"
    binaries.mkdir()
    stack = Stack(
        project="shop",
        name="dev",
        root=root,
        main=root,
        python=Path(sys.executable),
        config={"shop:secret": SECRET, "shop:plain": "for everyone"},
        secret_keys=frozenset({"shop:secret"}),
        state_directory=tmp_path / "state",
        passphrase="open sesame",
        environment={"PATH": os.environ["PATH"], "KONNECT_TOKEN": "kept"},
    )
    return StandIn(binaries, stack)


def kept_texts(pulumi: StandIn) -> list[str]:
    places = (pulumi.folder / "kept", pulumi.stack.state_directory)
    return [path.read_text() for place in places for path in place.rglob("*") if path.is_file()]


@contextmanager
def stopped_when_ready(pulumi: StandIn) -> Iterator[None]:
    """A block in which `stop` is called, by another thread, once the script has made the file `ready`."""

    def stop() -> None:
        wait_until((pulumi.folder / "ready").exists)
        pulumi.cli.stop()

    stopper = threading.Thread(target=stop)
    stopper.start()
    yield
    stopper.join()


@contextmanager
def ended_and_not_collected() -> Iterator[int]:
    """The pid of a process that has ended, of which nobody took notice yet."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    wait_until(lambda: not lives(psutil.Process(process.pid)))
    yield process.pid
    process.wait()


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("preview", ["preview", "--diff"]),
        ("up", ["up", "--yes", "--skip-preview", "--continue-on-error"]),
        ("refresh", ["refresh", "--yes", "--skip-preview"]),
        ("destroy", ["destroy", "--yes", "--skip-preview", "--continue-on-error"]),
    ],
)
def test_each_operation_is_given_only_what_it_knows(
    pulumi: StandIn, operation: str, expected: list[str]
) -> None:
    """preview and refresh have no --continue-on-error."""
    pulumi.run(operation)
    arguments = pulumi.noted["arguments"]
    assert arguments[: arguments.index("--stack")] == expected
    assert pulumi.argument("--stack") == "organization/shop/dev"
    assert "--non-interactive" in arguments


def test_it_runs_in_the_project_with_a_home_and_states_of_the_sandbox(pulumi: StandIn) -> None:
    pulumi.run()
    environment = pulumi.noted["environment"]
    assert pulumi.noted["folder"] == str(pulumi.stack.root)
    assert environment["PULUMI_HOME"] == str(pulumi.folder / "kept" / "home")
    assert environment["PULUMI_BACKEND_URL"] == f"file://{pulumi.stack.state_directory}"
    assert environment["PULUMI_CONFIG_PASSPHRASE"] == "open sesame"
    assert environment["KONNECT_TOKEN"] == "kept"


def test_a_folder_whose_name_means_something_in_a_url_is_still_that_folder(tmp_path: Path) -> None:
    environment = pulumi_cli.pulumi_environment(tmp_path / "100% #1?", tmp_path, "open sesame")
    assert environment["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/100%25%20%231%3F"


def test_nothing_of_it_asks_the_network(pulumi: StandIn) -> None:
    pulumi.run()
    environment = pulumi.noted["environment"]
    for variable in (
        "PULUMI_SKIP_UPDATE_CHECK",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
        "PULUMI_DISABLE_REGISTRY_RESOLVE",
    ):
        assert environment[variable] == "true"


def test_its_own_language_host_comes_first_on_the_path(pulumi: StandIn) -> None:
    pulumi.run()
    assert pulumi.noted["environment"]["PATH"].split(os.pathsep)[0] == str(pulumi.folder)
    assert pulumi.noted["environment"]["PULUMI_PYTHON_CMD"] == sys.executable


def test_the_configuration_is_a_file_with_secrets_encrypted(pulumi: StandIn) -> None:
    pulumi.run()
    file = Path(pulumi.argument("--config-file"))
    content = yaml.safe_load(file.read_text())
    cipher = PassphraseCipher.open("open sesame", content["encryptionsalt"])
    assert content["config"]["shop:plain"] == "for everyone"
    assert cipher.decrypt(content["config"]["shop:secret"]["secure"]) == SECRET
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_list_or_mapping_stays_one_in_the_file(pulumi: StandIn) -> None:
    given = {"shop:list": "[1]", "shop:text": "[1]"}
    pulumi.stack = replace(pulumi.stack, config=given, structured_keys=frozenset({"shop:list"}))
    pulumi.run()
    written = yaml.safe_load(Path(pulumi.argument("--config-file")).read_text())["config"]
    assert written == {"shop:list": [1], "shop:text": "[1]"}


def test_no_secret_is_in_an_argument_or_a_file(pulumi: StandIn) -> None:
    pulumi.run()
    assert SECRET not in " ".join(pulumi.noted["arguments"])
    assert not any(SECRET in text for text in kept_texts(pulumi))


def test_a_secret_that_it_prints_is_masked(pulumi: StandIn) -> None:
    pulumi.script(f"print('error: refused', {SECRET!r}); print({SECRET!r}, file=sys.stderr)")
    _, text = pulumi.run()
    assert text.count("[secret]") == 2
    assert SECRET not in text


def test_its_exit_code_says_whether_it_succeeded(pulumi: StandIn) -> None:
    assert pulumi.run()[0].succeeded
    pulumi.script("sys.exit(255)")
    assert not pulumi.run()[0].succeeded


def test_changes_come_from_its_event_log_which_is_not_kept(pulumi: StandIn) -> None:
    pulumi.script(CHANGED)
    result, _ = pulumi.run()
    assert [(change.urn, change.operation) for change in result.changes] == [
        ("urn:pulumi:dev::shop::t:t:T::orders", "create")
    ]
    assert not Path(pulumi.argument("--event-log")).exists()


def test_a_stack_that_is_not_there_is_made_for_it(pulumi: StandIn) -> None:
    pulumi.run()
    assert json.loads(pulumi.state.read_text())["checkpoint"]["stack"] == "organization/shop/dev"


def test_stack_outputs_come_from_the_state(pulumi: StandIn) -> None:
    pulumi.run()
    resource = {"urn": "u", "type": "pulumi:pulumi:Stack", "outputs": {"url": "https://orders"}}
    document = json.loads(pulumi.state.read_text())
    document["checkpoint"]["latest"] = {"resources": [resource]}
    pulumi.state.write_text(json.dumps(document))
    assert pulumi.run("preview")[0].outputs == {"url": "https://orders"}


def test_what_a_killed_run_left_pending_is_told_and_forgotten(pulumi: StandIn) -> None:
    pulumi.run()
    document = json.loads(pulumi.state.read_text())
    urn = "urn:pulumi:dev::shop::pulumi-python:dynamic/kong-secure:SharedSecretHeader::orders"
    pending = {"resource": {"urn": urn}, "type": "creating"}
    document["checkpoint"]["latest"] = {"pending_operations": [pending]}
    pulumi.state.write_text(json.dumps(document))
    _, text = pulumi.run()
    assert "ended while creating kong-secure:SharedSecretHeader orders" in text
    assert "pending_operations" not in pulumi.state.read_text()


def test_only_the_locks_of_the_dead_are_removed(pulumi: StandIn) -> None:
    locks = pulumi.stack.state_directory / ".pulumi" / "locks" / "organization" / "shop" / "dev"
    locks.mkdir(parents=True)
    now = datetime.now(UTC).isoformat().replace("+00:00", "123Z")  # nine digits, as pulumi writes it
    with ended_and_not_collected() as zombie:
        holders: dict[str, object] = {
            "living": {"pid": os.getpid(), "timestamp": now},
            "broken": None,
            "collected": {"pid": 2**22 + 1, "timestamp": now},
            "not-collected": {"pid": zombie, "timestamp": now},
            "pid-given-to-another": {"pid": os.getpid(), "timestamp": "2020-01-01T00:00:00.123456789Z"},
        }
        for name, holder in holders.items():
            (locks / f"{name}.json").write_text(json.dumps(holder))
        pulumi.run()
    assert [lock.name for lock in locks.iterdir()] == ["living.json"]


def test_another_passphrase_is_refused_before_it_starts(pulumi: StandIn) -> None:
    pulumi.run()
    cipher = PassphraseCipher.create("open sesame")
    document = json.loads(pulumi.state.read_text())
    document["checkpoint"]["latest"] = {
        "secrets_providers": {"type": "passphrase", "state": {"salt": cipher.salt_state}}
    }
    pulumi.state.write_text(json.dumps(document))
    (pulumi.folder / "noted").unlink()
    pulumi.stack = replace(pulumi.stack, passphrase="another")
    with pytest.raises(EngineError, match="passphrase"):
        pulumi.run()
    assert not (pulumi.folder / "noted").exists()


def test_stop_interrupts_it_and_the_run_ends_as_interrupted(pulumi: StandIn) -> None:
    pulumi.script(
        "import signal\n"
        "def stop(*_):\n    (here / 'stopped').write_text(''); sys.exit(0)\n"
        "signal.signal(signal.SIGINT, stop)\n"
        "(here / 'ready').write_text('')\n"
        "signal.pause()\n"
    )

    with stopped_when_ready(pulumi), pytest.raises(Interrupted, match="up was interrupted"):
        pulumi.run()
    assert (pulumi.folder / "stopped").exists()


def test_one_that_hangs_is_killed_by_stop(pulumi: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi_cli, "_STOP_SECONDS", 0.1)
    pulumi.script(
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "(here / 'ready').write_text('')\nwhile True: signal.pause()\n"
    )

    with stopped_when_ready(pulumi), pytest.raises(Interrupted):
        pulumi.run()
    assert not psutil.pid_exists(pulumi.noted["pid"])


def test_an_interrupted_program_is_not_waited_for(pulumi: StandIn) -> None:
    """The language host would wait 5 s for it, and so would the user."""
    pulumi.script(
        "import subprocess\n"
        "program = here / 'pulumi-language-python-exec'\n"
        "program.write_text('import signal; print(flush=True); signal.pause()')\n"
        "child = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"  # in its first moments a process has no command line yet
        "for line in ('Traceback (most recent call last):',\n"
        "             '  File \"/x/pulumi-language-python-exec\", line 244, in <module>',\n"
        "             '    executor.shutdown(wait=True)', 'KeyboardInterrupt'):\n"
        "    print(line, flush=True)\n"
        "(here / 'ended').write_text(str(child.wait()))\n"
        "sys.exit(255)\n"
    )
    result, text = pulumi.run()
    assert not result.succeeded
    assert "Traceback" not in text
    assert (pulumi.folder / "ended").read_text() == str(-signal.SIGKILL)


@pytest.mark.parametrize(
    ("said", "version"),
    [("v3.260.0", "v3.260.0"), ("3.9.1", "v3.9.1"), ("warning\nv3.1.0-dev", "v3.1.0-dev")],
)
def test_its_version_is_read_from_what_it_says(pulumi: StandIn, said: str, version: str) -> None:
    (pulumi.folder / "version").write_text(said)
    assert pulumi_cli.read_version(pulumi.folder / "pulumi") == version


def test_one_of_another_major_version_is_refused(pulumi: StandIn) -> None:
    (pulumi.folder / "version").write_text("v2.25.0")
    with pytest.raises(EngineError, match=r"v2\.25\.0; the sandbox drives pulumi of version 3 only"):
        pulumi_cli.read_version(pulumi.folder / "pulumi")


def test_something_else_of_that_name_is_refused(pulumi: StandIn) -> None:
    (pulumi.folder / "version").write_text("a wheel")
    with pytest.raises(EngineError, match="doesn't tell its version"):
        pulumi_cli.read_version(pulumi.folder / "pulumi")


STALLED = """
import signal, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(255))
def say(kind, op):
    resource = {"custom": True}
    event = {"metadata": {"op": op, "urn": "urn:pulumi:dev::shop::t:t:T::orders", "old": resource, "new": resource}}
    with log.open("a") as opened:
        opened.write(json.dumps({kind: event}) + chr(10))
say("resourcePreEvent", "delete-replaced")
say("resOpFailedEvent", "delete-replaced")
time.sleep(600)
"""


def test_a_pulumi_that_waits_for_ever_behind_a_failed_delete_is_ended_with_a_reason(
    pulumi: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi_cli, "_STALL_SECONDS", 0.1)
    pulumi.script(STALLED)
    result, text = pulumi.run()
    assert not result.succeeded
    assert [change.error for change in result.changes] == ["it failed"]
    assert "pulumi was ended: what couldn't be deleted ahead of its replacement" in text
