"""What a user lives through with `SecuredService`: a generated secret and its rotation, and many services behind one
path, on every engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documentation.pages import program_of
from tests.lifecycles.playground import Playground, Run
from tests.lifecycles.test_private_path_on_aws import DECLARED, NOTHING, left
from tests.world import DECLARED as PLANES
from tests.world import World

INTERNET = {"connectivity": "'public-internet'"}


def over_the_internet(name: str = "orders", **more: object) -> str:
    given = "".join(f", {key}={value}" for key, value in {**INTERNET, **more}.items())
    return (
        "from kong_secure import SecuredService\n"
        f'made = SecuredService({name!r}, control_plane="demo", service="orders"{given})\n'
        'pulumi.export("now", made.shared_secret)\n'
        'pulumi.export("before", made.previous_secret)\n'
    )


def sent(playground: Playground) -> list[str]:
    """The secrets that gateways add, by service."""
    plugins = playground.konnect.plugins()
    found = {
        each["service"]["id"]: re.findall("Bearer (.+)", each["config"]["add"]["headers"][0])
        for each in plugins
    }
    return [secret for service in sorted(found) for secret in found[service]]


def secrets_of(playground: Playground, run: Run) -> tuple[str, str | None]:
    """The outputs, once it is seen that they stand nowhere in clear and that the state keeps them encrypted."""
    outputs = run.must_succeed().result.outputs
    assert run.result.secret_outputs >= {"now", "before"}
    playground.secrets |= {str(value) for value in outputs.values() if value is not None}
    playground.search_for_secrets()
    return outputs["now"], outputs["before"]


def test_a_generated_secret_stays_rotates_on_demand_and_goes_with_the_service(playground: Playground) -> None:
    playground.program(over_the_internet())
    token = playground.environment.pop("KONNECT_TOKEN")
    planned = playground.run("preview").must_succeed()
    assert planned.operations == {"orders": "create", "orders-secret": "create", "orders-header": "create"}
    playground.environment["KONNECT_TOKEN"] = token
    first, before = secrets_of(playground, playground.run("up"))
    assert (sent(playground), before) == ([first], None)

    for operation in ("up", "refresh"):
        assert set(playground.run(operation).must_succeed().operations.values()) == {"same"}

    playground.program(over_the_internet(rotation="'2026-11'"))
    for operation in ("preview", "up"):
        run = playground.run(operation).must_succeed()
        changed = {"orders": "same", "orders-secret": "update", "orders-header": "update"}
        assert run.operations == changed
    second, before = secrets_of(playground, run)
    assert (sent(playground), before) == ([second], first)
    assert second != first

    # Under another name it is the same one, children included.
    alias = "pulumi.ResourceOptions(aliases=[pulumi.Alias(name='orders')])"
    playground.program(over_the_internet("renamed", rotation="'2026-11'", opts=alias))
    playground.konnect.forget_calls()
    run = playground.run("up")
    assert secrets_of(playground, run) == (second, first)
    assert set(run.operations.values()) == {"same"}
    assert playground.konnect.calls() == []

    playground.run("destroy").must_succeed()
    assert playground.konnect.plugins() == []


BEHIND_ANOTHER_STACK = """
from kong_secure import SecuredService
platform = pulumi.StackReference("organization/playground/platform")
SecuredService("orders", control_plane="demo", service="orders", connectivity=platform.get_output("ready"))
"""


def test_a_header_comes_after_a_path_in_another_stack_and_not_without_its_readiness(
    playground: Playground,
) -> None:
    platform = playground.another_stack("platform")
    ready = 'pulumi.export("ready", "ready")\n'
    platform.program(ready)
    platform.run("up").must_succeed()
    platform.run("destroy").must_succeed()

    playground.program(BEHIND_ANOTHER_STACK)
    refused = playground.run("up").must_fail()
    assert "SecuredService 'orders': connectivity is an output without a value: let the" in refused.text
    assert "Traceback" not in refused.text
    assert playground.konnect.plugins() == []

    platform.program(ready)
    platform.run("up").must_succeed()
    playground.program(BEHIND_ANOTHER_STACK)
    playground.run("up").must_succeed()
    assert len(sent(playground)) == 1


PROGRAM = program_of("AwsTransitGateway")
FOR_A_STRANGER = PROGRAM.replace(
    "path = ",
    'from kong_secure import KonnectNetwork\nnetwork = KonnectNetwork("kongs", network="demo-network")\n'
    'network.provider_account_id = pulumi.Output.from_input("999999999999")\npath = ',
).replace('network="demo-network",', "network=network,")
ANOTHER = """
payments = SecuredService("payments", control_plane="demo", service="payments", connectivity=path)
pulumi.export("secret", payments.shared_secret)
pulumi.export("ready", path.once_ready("ready"))
"""


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world with control planes, and with an AWS where a test uses it."""
    with_aws = "aws" in request.fixturenames
    made = World(tmp_path / "world", declared={**PLANES, **(DECLARED if with_aws else {})}, aws=with_aws)
    yield made
    made.end()


def test_headers_of_many_services_come_after_their_one_path_and_not_without_it(
    aws: Playground, world: World
) -> None:
    aws.program(FOR_A_STRANGER, ANOTHER)
    refused = aws.run("up").must_fail()
    assert "could not find a resource with the provided ram share arn" in refused.text
    assert "Traceback" not in refused.text
    assert aws.konnect.plugins() == []

    aws.run("refresh").must_succeed()
    world.forget_calls()
    aws.program(PROGRAM, ANOTHER)
    made = aws.run("up").must_succeed().result.outputs
    assert made["ready"] == "ready"
    assert made["secret"] in sent(aws)
    assert len(set(sent(aws))) == 2
    order = [(each["method"], each["path"].rpartition("/")[0].rpartition("/")[2]) for each in world.calls()]
    last_look = max(index for index, call in enumerate(order) if call == ("GET", "transit-gateways"))
    puts = [index for index, call in enumerate(order) if call == ("PUT", "plugins")]
    assert len(puts) == 2
    assert last_look < min(puts)

    more = '"cidr_blocks": {"orders": vpc.cidr_block, "more": "10.9.0.0/16"}'
    aws.program(PROGRAM.replace('"cidr_blocks": vpc.cidr_block', more), ANOTHER)
    for operation in ("preview", "up"):
        operations = aws.run(operation).must_succeed().operations
        headers = {name: what for name, what in operations.items() if name.endswith("-header")}
        assert headers == {"orders-header": "same", "payments-header": "same"}

    world.forget_calls()
    aws.run("destroy").must_succeed()
    deletes = [each["path"].split("/")[-2] for each in world.calls() if each["method"] == "DELETE"]
    assert deletes == ["plugins", "plugins", "transit-gateways"]
    world.end()
    assert left(world) == NOTHING
