"""What a header made by the constructor has as outputs, with Pulumi's mocks, and what each of them depends on."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pytest

from kong_secure import SharedSecretHeader
from kong_secure.resources.program import secret_once_checked
from tests.resources.mocked_header import SECRET, make
from tests.resources.mocked_program import run

pytestmark = pytest.mark.usefixtures("program_host")

OUTPUTS = {
    "region": "us",
    "control_plane": "demo",
    "service": "orders",
    "route": None,
    "header_name": "Authorization",
    "shared_secret": SECRET,
    "scheme": "Bearer",
    "overwrite": True,
    "enabled": True,
    "tags": None,
    "plugin_id": "orders-id",
    "service_id": None,
    "route_id": None,
    "control_plane_id": None,
}


def outputs_of(program: Callable[[], SharedSecretHeader], **options: Any) -> dict[str, Any]:
    """Every output of a header by name, and under `depends on` the resources that each one comes from."""
    found: dict[str, Any] = {"depends on": {}}
    looks: list[asyncio.Future[None]] = []

    async def look(name: str, output: pulumi.Output[Any]) -> None:
        found[name] = await output.future()
        found["depends on"][name] = {resource.pulumi_resource_name for resource in await output.resources()}

    def looked_at() -> None:
        made = program()
        for name in OUTPUTS:
            output = getattr(made, name)
            assert isinstance(output, pulumi.Output), name
            assert getattr(made, name) is output, name
            looks.append(asyncio.ensure_future(look(name, output)))

    run(looked_at, **options)
    return found


def test_every_input_is_an_output_too_that_depends_on_the_header() -> None:
    found = outputs_of(make)
    depends = found.pop("depends on")
    assert found == OUTPUTS
    assert depends == {name: {"orders"} for name in OUTPUTS}


@pytest.mark.parametrize("later", [True, False])
def test_an_output_is_what_was_given_and_not_the_default(later: bool) -> None:
    given: dict[str, Any] = {
        "route": "orders-route",
        "header_name": "X-Key",
        "overwrite": False,
        "enabled": False,
        "tags": ["a"],
    }

    def program() -> SharedSecretHeader:
        arguments: dict[str, Any] = {
            name: pulumi.Output.from_input(value) if later else value for name, value in given.items()
        }
        return make(service=None, **arguments)

    found = outputs_of(program)
    assert {name: found[name] for name in given} == given
    assert (found["service"], found["scheme"]) == (None, "")


@pytest.mark.parametrize("given", ["Token", ""])
def test_a_scheme_that_was_given_is_the_output(given: str) -> None:
    assert outputs_of(partial(make, scheme=given))["scheme"] == given


def test_in_a_preview_what_is_known_beforehand_is_known() -> None:
    found = outputs_of(make, preview=True)
    assert [found[name] for name in ("header_name", "scheme", "overwrite", "enabled")] == [
        "Authorization",
        "Bearer",
        True,
        True,
    ]


def test_the_secret_depends_on_what_it_comes_from_and_on_nothing_it_is_checked_with() -> None:
    found: list[set[str]] = []

    async def look(secret: pulumi.Output[str]) -> None:
        found.append({resource.pulumi_resource_name for resource in await secret.resources()})

    def program() -> object:
        secret, service = make("first").shared_secret, make("second").service
        return look(secret_once_checked(secret, {"secret": secret, "service": service}, lambda *_: None))

    run(program)
    assert found == [{"first"}]
