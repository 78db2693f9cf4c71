"""Operations on a private path that are killed at every step, and what must hold after the next `up`.

`python -m tests.lifecycles.path_kills` kills at all of them; `test_killed_paths` does so at a few. Where `pulumi` is on
PATH, `--engine pulumi` kills it in the same places. One operation is under way at a time, so that a call to the cloud
which is held, and of which the cloud hasn't heard, is a place between two recorded steps. Which paths there are, and
what they consist of, is in `killed_paths`.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tests.lifecycles.held_calls import HeldCalls
from tests.lifecycles.killed_paths import PATHS, KilledPath, konnects
from tests.lifecycles.operation_process import EMBEDDED, PULUMI, engine_named
from tests.lifecycles.playground import Playground, environment_for
from tests.world import World

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CLOUD: Final = "the cloud"
KONNECT: Final = "Konnect"
SET_RIGHT: Final = "set right"
BY_REFRESH: Final = "set right by `up --refresh`"


@dataclass(frozen=True)
class Place:
    """Where an operation is killed: at a call that changes something in the cloud, before the cloud hears of it; or at
    a call to Konnect, after Konnect has done what it asks for. number: of the call, from 0. going: Konnect is taking
    down its half.
    """

    whose: str
    number: int
    about: str = ""
    going: bool = False

    def __str__(self) -> str:
        return f"{'inside' if self.whose == KONNECT else 'before'} {self.about} of {self.whose}"


@dataclass
class Killing:
    """A stack with a path, whose calls can be held."""

    path: KilledPath
    stack: Playground
    world: World
    held: HeldCalls

    def kill(self, operation: str, place: Place) -> Place:
        """Kill the operation there, and say where that was."""
        self.world.forget_calls()
        if place.whose == KONNECT:
            self.kill_inside(operation, skip=place.number)
            [met] = [number for number, call in enumerate(self.world.calls()) if call["fault"]]
            asked = [_words(call) for call in self.world.calls()]
            return replace(
                place, about=asked[met], going=any(words.startswith("DELETE") for words in asked[: met + 1])
            )
        self.held.hold(place.number)
        self.stack.kill_during(operation, self.held.reached.is_set)
        about = self.held.passed[-1]
        self.held.hold(None)
        return replace(place, about=about)

    def kill_in_cloud(self, operation: str, call: str) -> None:
        """Kill the operation inside a call that changes something in the cloud, when it has done what it asks for."""
        self.held.hold(call, done=True)
        self.stack.kill_during(operation, self.held.reached.is_set)
        self.held.hold(None)

    def kill_inside(self, operation: str, **matching: Any) -> None:
        """Kill the operation at a call to Konnect, when Konnect has done what it asks for. matching: as for a fault."""
        self.world.forget_calls()
        self.world.fault(kind="slow", seconds=600, **matching)
        self.stack.kill_during(operation, self._met)
        self.world.heal()

    def attachments(self) -> list[dict[str, Any]]:
        """Konnect's, without those that are gone."""
        return [each for each in konnects(self.world) if each["state"] != "terminated"]

    def _met(self) -> bool:
        return any(call["fault"] for call in self.world.calls())

    def up(self) -> dict[str, Any]:
        """What there is after an `up`."""
        self.stack.run("up").must_succeed()
        return self.path.shape(self.world)

    def places(self, operation: str) -> list[Place]:
        """Where an operation can be killed, by one that nobody kills."""
        self.held.hold(None)
        self.world.forget_calls()
        self.stack.run(operation).must_succeed()
        asked = [_words(call) for call in self.world.calls()]
        firsts = [number for number, call in enumerate(asked) if number == 0 or call != asked[number - 1]]
        return [Place(CLOUD, number, about) for number, about in enumerate(self.held.passed)] + [
            Place(KONNECT, number, asked[number]) for number in firsts
        ]


def _words(call: dict[str, Any]) -> str:
    return f"{call['method']} {_ID.sub('ID', call['path'])}"


@contextmanager
def killing(folder: Path, engine: str, path: KilledPath) -> Iterator[Killing]:
    """A world of its own with nothing in it, and a stack."""
    program = folder / "program"
    program.mkdir(parents=True)
    (program / "Pulumi.yaml").write_text("name: playground\nruntime: python\n")
    world = path.world(folder / "world")
    try:
        with HeldCalls(path.port(world)) as held:
            environment = environment_for(world, program, os.environ)
            environment |= {
                "PULUMI_DEBUG_PROVIDERS": f"{path.package}:{held.port}",
                "PYTHONWARNINGS": "ignore",
            }
            stack = Playground(program, world, engine_named(engine, program), environment, parallel=1)
            # not the project's name: nothing that is told may be taken for a secret
            stack.passphrase = "of-the-kills-0123456789"
            stack.extra.update(path.config)
            stack.program(path.program)
            yield Killing(path, stack, world, held)
            stack.konnect.close()
    finally:
        world.end()


def outcome(one: Killing, operation: str, place: Place, whole: dict[str, Any]) -> tuple[Place, str]:
    """Where an `up` of nothing, or the destroy of the whole path, was killed, and what one more `up` makes of it."""
    if operation == "destroy":
        one.up()
    place = one.kill(operation, place)
    run = one.stack.run("up")
    if run.result.succeeded:
        return place, SET_RIGHT if (there := one.path.shape(one.world)) == whole else f"another end: {there}"
    if "up --refresh`" not in run.text:
        return place, f"failed: {run.text}"
    one.stack.run("refresh").must_succeed()
    return place, BY_REFRESH if (there := one.up()) == whole else f"another end: {there}"


def is_right(place: Place, ended: str) -> bool:
    """Whether that is how it must end: that Konnect was taking down its half is found by a refresh alone."""
    return ended == (BY_REFRESH if place.going else SET_RIGHT)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.lifecycles.path_kills", description=__doc__)
    parser.add_argument("--engine", choices=[EMBEDDED, PULUMI], default=EMBEDDED)
    parser.add_argument("--only", choices=["up", "destroy"], action="append")
    parser.add_argument("--path", choices=sorted(PATHS), action="append")
    parser.add_argument("--whose", choices=[CLOUD, KONNECT])
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        for name in arguments.path or PATHS:
            for operation, place, ended in _outcomes(Path(temporary, name), PATHS[name], arguments):
                failed += not is_right(place, ended)
                print(f"{name}: {operation} killed {place}: {ended}", flush=True)
    raise SystemExit(min(failed, 1))


def _outcomes(folder: Path, path: KilledPath, chosen: argparse.Namespace) -> Iterator[tuple[str, Place, str]]:
    with killing(folder / "undisturbed", chosen.engine, path) as undisturbed:
        places = {"up": undisturbed.places("up")}
        whole = path.shape(undisturbed.world)
        places["destroy"] = undisturbed.places("destroy")
    for operation in chosen.only or places:
        for place in places[operation]:
            if place.whose == (chosen.whose or place.whose):
                one_folder = folder / f"{operation}-{place.whose.replace(' ', '-')}-{place.number}"
                with killing(one_folder, chosen.engine, path) as one:
                    yield operation, *outcome(one, operation, place, whole)


if __name__ == "__main__":
    main()
