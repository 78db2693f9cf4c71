"""Operations on a private path that are killed at every step, and what must hold after the next `up`.

`python -m tests.lifecycles.path_kills` kills at all of them; `test_killed_paths` does so at a few. Where `pulumi` is on
PATH, `--engine pulumi` kills it in the same places. One operation is under way at a time, so that a call to AWS which
is held, and of which AWS hasn't heard, is a place between two recorded steps.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.hosting import STORE
from kong_secure.sandbox.aws.provider.instances import DEFAULT_ACCOUNT
from tests.documentation.pages import fenced
from tests.lifecycles.held_calls import HeldCalls
from tests.lifecycles.operation_process import EMBEDDED, PULUMI, engine_named
from tests.lifecycles.playground import AWS_REGION, Playground, environment_for
from tests.lifecycles.test_private_path_on_aws import DECLARED
from tests.world import World

README: Final = fenced("README.md", "python")[1]
AWS: Final = "AWS"
KONNECT: Final = "Konnect"
SET_RIGHT: Final = "set right"
BY_REFRESH: Final = "set right by `up --refresh`"


@dataclass(frozen=True)
class Place:
    """Where an operation is killed: at a call that changes something in AWS, before AWS hears of it; or at a call to
    Konnect, after Konnect has done what it asks for. number: of the call, from 0. going: Konnect is taking down its
    half.
    """

    whose: str
    number: int
    about: str = ""
    going: bool = False

    def __str__(self) -> str:
        return f"before {self.about} of AWS" if self.whose == AWS else f"inside {self.about} of Konnect"


@dataclass
class Killing:
    """A stack with the path of the README's program, whose calls can be held."""

    stack: Playground
    world: World
    held: HeldCalls

    def kill(self, operation: str, place: Place, *, done: bool = False) -> Place:
        """Kill the operation there, and say where that was. done: after AWS has done what it was asked for."""
        self.world.forget_calls()
        if place.whose == KONNECT:
            self.kill_inside(operation, skip=place.number)
            [met] = [number for number, call in enumerate(self.world.calls()) if call["fault"]]
            asked = [_words(call) for call in self.world.calls()]
            return replace(
                place, about=asked[met], going=any(words.startswith("DELETE") for words in asked[: met + 1])
            )
        self.held.hold(place.number, done=done)
        self.stack.kill_during(operation, self.held.reached.is_set)
        about = self.held.passed[-1]
        self.held.hold(None)
        return replace(place, about=about)

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
        return shape(self.world)

    def places(self, operation: str) -> list[Place]:
        """Where an operation can be killed, by one that nobody kills."""
        self.held.hold(None)
        self.world.forget_calls()
        self.stack.run(operation).must_succeed()
        asked = [_words(call) for call in self.world.calls()]
        firsts = [number for number, call in enumerate(asked) if number == 0 or call != asked[number - 1]]
        return [Place(AWS, number, about) for number, about in enumerate(self.held.passed)] + [
            Place(KONNECT, number, asked[number]) for number in firsts
        ]


def _words(call: dict[str, Any]) -> str:
    return f"{call['method']} {call['path'].rsplit('/', 2 if 'transit' in call['path'] else 1)[1]}"


@contextmanager
def killing(folder: Path, engine: str) -> Iterator[Killing]:
    """A world of its own with nothing in it, and a stack."""
    program = folder / "program"
    program.mkdir(parents=True)
    (program / "Pulumi.yaml").write_text("name: playground\nruntime: python\n")
    world = World(folder / "world", declared=DECLARED, aws=True)
    try:
        with HeldCalls(world.aws_port) as held:
            environment = environment_for(world, program, os.environ)
            environment |= {
                "PULUMI_DEBUG_PROVIDERS": f"aws:{held.port}",
                "PYTHONWARNINGS": "ignore",
            }
            stack = Playground(program, world, engine_named(engine, program), environment, parallel=1)
            stack.extra["aws:region"] = AWS_REGION
            stack.program(README)
            yield Killing(stack, world, held)
            stack.konnect.close()
    finally:
        world.end()


def shape(world: World) -> dict[str, Any]:
    """What there is at Konnect and in AWS, ids aside."""
    cloud = Cloud.load(world.directory / STORE)
    records, ec2 = cloud.records, cloud.client("ec2", DEFAULT_ACCOUNT, AWS_REGION)
    live = {each.id: each for each in records.attachments.values() if each.live}
    owners = {id_: each.vpc_owner for id_, each in live.items()}
    groups = ec2.describe_security_group_rules()["SecurityGroupRules"]
    vpcs = [each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"]]
    return {
        "konnect": sorted(
            (each["name"], each["state"], *each["cidr_blocks"])
            for each in konnects(world)
            if each["state"] != "terminated"
        ),
        "gateways": len(records.gateways),
        "attachments": sorted((each.vpc_owner, each.state) for each in live.values()),
        "tables": sorted(
            (
                sorted(each.vpc_owner for each in live.values() if each.table_id == table.id),
                sorted((block, owners.get(str(to), "blackhole")) for block, to in table.static.items()),
            )
            for table in records.tables.values()
        ),
        "shares": sorted(
            (sorted(each.principals), len(each.resources))
            for each in records.shares.values()
            if each.status == "ACTIVE"
        ),
        "vpcs": len(vpcs),
        "back": sorted(
            route["DestinationCidrBlock"]
            for table in ec2.describe_route_tables()["RouteTables"]
            for route in table["Routes"]
            if "TransitGatewayId" in route
        ),
        "ports": sorted(
            (str(each.get("CidrIpv4")), each["FromPort"])
            for each in groups
            if not each["IsEgress"] and "CidrIpv4" in each
        ),
    }


def konnects(world: World) -> list[dict[str, Any]]:
    """Every attachment that Konnect has."""
    networks = world.by_hand("GET", "/v2/cloud-gateways/networks", region="global")["data"]
    paths = [f"/v2/cloud-gateways/networks/{each['id']}/transit-gateways" for each in networks]
    return [each for path in paths for each in world.by_hand("GET", path, region="global")["data"]]


def outcome(one: Killing, operation: str, place: Place, whole: dict[str, Any]) -> tuple[Place, str]:
    """Where an `up` of nothing, or the destroy of the whole path, was killed, and what one more `up` makes of it."""
    if operation == "destroy":
        one.up()
    place = one.kill(operation, place)
    run = one.stack.run("up")
    if run.result.succeeded:
        return place, SET_RIGHT if shape(one.world) == whole else f"another end: {shape(one.world)}"
    if "up --refresh`" not in run.text:
        return place, f"failed: {run.text}"
    one.stack.run("refresh").must_succeed()
    return place, BY_REFRESH if one.up() == whole else f"another end: {shape(one.world)}"


def is_right(place: Place, ended: str) -> bool:
    """Whether that is how it must end: that Konnect was taking down its half is found by a refresh alone."""
    return ended == (BY_REFRESH if place.going else SET_RIGHT)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.lifecycles.path_kills", description=__doc__)
    parser.add_argument("--engine", choices=[EMBEDDED, PULUMI], default=EMBEDDED)
    parser.add_argument("--only", choices=["up", "destroy"], action="append")
    parser.add_argument("--whose", choices=[AWS, KONNECT])
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        with killing(Path(temporary, "undisturbed"), arguments.engine) as undisturbed:
            places = {"up": undisturbed.places("up")}
            whole = shape(undisturbed.world)
            places["destroy"] = undisturbed.places("destroy")
        for operation in arguments.only or places:
            for place in places[operation]:
                if place.whose != (arguments.whose or place.whose):
                    continue
                with killing(
                    Path(temporary, f"{operation}-{place.whose}-{place.number}"), arguments.engine
                ) as one:
                    met, ended = outcome(one, operation, place, whole)
                failed += not is_right(met, ended)
                print(f"{operation} killed {met}: {ended}", flush=True)
    raise SystemExit(min(failed, 1))


if __name__ == "__main__":
    main()
