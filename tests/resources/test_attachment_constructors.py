"""What the constructors of networks, attachments and waits register and refuse, with Pulumi's mocks."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pulumi
import pytest

from kong_secure import (
    AttachmentPending,
    AttachmentReady,
    KonnectNetwork,
    TransitGatewayAttachment,
    WaitingProcess,
)
from kong_secure.resources import waiting_process
from kong_secure.resources.base import InvalidArguments
from tests.resources.attachment_at_konnect import SHARE
from tests.resources.mocked_program import run

ID = "36ae63d3-efd1-4bec-b246-62aa5d3f5695"
GIVEN: dict[str, Any] = {
    "network_id": ID,
    "name": "orders",
    "transit_gateway_id": "tgw-0123456789abcdef0",
    "ram_share_arn": SHARE,
    "cidr_blocks": ["10.8.0.0/16"],
}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "asyncio")


def later(value: object) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(value)


def test_an_attachment_is_registered_with_its_owner_and_its_time_to_wait() -> None:
    found = run(lambda: TransitGatewayAttachment("a", **GIVEN))["a"]
    inputs = {key: value for key, value in found.inputs.items() if key != "__provider"}
    assert inputs == {**GIVEN, "timeout_seconds": 1800, "owner": "org/project/stack/a"}
    assert found.typ == "pulumi-python:dynamic/kong-secure:TransitGatewayAttachment"


def test_every_problem_of_plain_values_is_told_at_once_and_nothing_is_registered() -> None:
    with pytest.raises(InvalidArguments) as caught:
        run(
            lambda: TransitGatewayAttachment(
                "a", **{**GIVEN, "transit_gateway_id": "x", "cidr_blocks": ["10.8.0.1/16", "::/0"]}
            )
        )
    assert isinstance(caught.value, pulumi.RunError)
    assert str(caught.value).startswith("TransitGatewayAttachment 'a': 3 problems with its inputs")


def test_values_known_later_are_checked_with_the_others_before_anything_is_registered() -> None:
    def program() -> None:
        values: dict[str, Any] = {key: later(value) for key, value in GIVEN.items()}
        TransitGatewayAttachment("a", **values)

    assert run(program)["a"].inputs["name"] == "orders"
    with pytest.raises(InvalidArguments, match=r"write 10\.8\.0\.0/16"):
        run(lambda: TransitGatewayAttachment("a", **{**GIVEN, "cidr_blocks": [later("10.8.0.1/16")]}))


def test_values_unknown_in_a_preview_pass() -> None:
    def program() -> None:
        unknown: pulumi.Output[Any] = pulumi.Output(
            set(), _ready(pulumi.output.UNKNOWN), _ready(False), _ready(False)
        )
        TransitGatewayAttachment("a", **{**GIVEN, "ram_share_arn": unknown})

    assert run(program, preview=True)["a"].inputs["name"] == "orders"


def _ready(value: object) -> Any:
    future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future


def test_a_network_is_registered_by_its_name_alone() -> None:
    found = run(lambda: KonnectNetwork("n", network="production"))["n"]
    assert {key: value for key, value in found.inputs.items() if key != "__provider"} == {
        "network": "production"
    }
    with pytest.raises(InvalidArguments, match="give a name or an id"):
        run(lambda: KonnectNetwork("n", network=" "))


def test_a_wait_takes_attachments_as_they_are_and_as_mappings() -> None:
    def program() -> None:
        attachment = TransitGatewayAttachment("a", **GIVEN)
        mapping = {"network_id": ID, "attachment_id": later(ID)}
        # Pulumi's mocks give ids that are none of Konnect's.
        attachment.__dict__["id"] = later(ID)
        AttachmentReady("r", attachments=[attachment, mapping], after=[later("tgw-attach-1")])

    inputs = run(program)["r"].inputs
    assert inputs["attachments"] == [
        {"network_id": ID, "attachment_id": ID, "cidr_blocks": ["10.8.0.0/16"]},
        {"network_id": ID, "attachment_id": ID},
    ]
    assert inputs["after"] == ["tgw-attach-1"]
    assert inputs["owner"] == "org/project/stack/r"


@pytest.mark.parametrize(
    "attachments", [[], "orders", [{"id": ID}], [{"network_id": "n", "attachment_id": ID}]]
)
def test_a_wait_for_what_is_no_attachment_is_refused(attachments: Any) -> None:
    with pytest.raises(InvalidArguments, match="AttachmentReady 'r': attachments"):
        run(lambda: AttachmentReady("r", attachments=attachments))


def test_a_wait_for_aws_is_refused_without_ids() -> None:
    with pytest.raises(InvalidArguments, match="attachment_id 'orders' is no id of Konnect's"):
        run(lambda: AttachmentPending("p", network_id=ID, attachment_id="orders"))


def test_a_process_for_waits_gets_the_configuration_of_konnect_and_nothing_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KONNECT_TOKEN", "kpat_of-the-environment")
    config = {"konnect:token": "kpat_of-the-stack", "konnect:timeoutSeconds": "60", "konnect:region": "eu"}

    def program() -> None:
        waits = WaitingProcess("waits")
        AttachmentPending("p", network_id=ID, attachment_id=ID, opts=pulumi.ResourceOptions(provider=waits))

    registered = run(program, config=config)
    assert registered["waits"].typ == "pulumi:providers:pulumi-python"
    token = registered["waits"].inputs.pop("konnect:token")
    assert registered["waits"].inputs == {"konnect:timeoutSeconds": "60"}
    assert token == "kpat_of-the-stack" or token["value"] == "kpat_of-the-stack"
    assert "::waits::" in str(registered["p"].provider)
    assert run(lambda: WaitingProcess("waits"))["waits"].inputs == {}


def test_the_token_of_the_stack_is_a_secret_there() -> None:
    seen: list[bool] = []

    async def program() -> None:
        waits = WaitingProcess("waits")
        [token] = [value for key, value in waiting_process.configuration().items() if key == "konnect:token"]
        seen.append(await token.is_secret())
        await waits.urn.future()

    run(program, config={"konnect:token": "kpat_of-the-stack"})
    assert seen == [True]
