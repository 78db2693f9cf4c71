"""What the constructors of networks, attachments and waits register and refuse, with Pulumi's mocks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from kong_secure import (
    AttachmentPending,
    AttachmentReady,
    KonnectNetwork,
    TransitGatewayAttachment,
    VnetPeering,
    WaitingProcess,
)
from kong_secure.resources import waiting_process
from kong_secure.resources.base import InvalidArguments
from tests.resources.attachment_at_konnect import AWS, AZURE
from tests.resources.mocked_program import Engine, later, run, unknown

ID = "36ae63d3-efd1-4bec-b246-62aa5d3f5695"
GIVEN: dict[str, Any] = {"network_id": ID, "name": "orders", **AWS.given}
PEERED: dict[str, Any] = {"network_id": ID, "name": "orders", **AZURE.given}
BOTH = pytest.mark.parametrize(
    ("make", "given"), [(TransitGatewayAttachment, GIVEN), (VnetPeering, PEERED)], ids=["aws", "azure"]
)
SUBSCRIPTION = "/subscriptions/b2c3d4e5-f6a7-8901-bcde-f12345678901"
VNET = f"{SUBSCRIPTION}/resourceGroups/orders/providers/Microsoft.Network/virtualNetworks/hub"


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "asyncio")


@BOTH
def test_an_attachment_is_registered_with_its_owner_and_its_time_to_wait(
    make: Callable[..., pulumi.Resource], given: dict[str, Any]
) -> None:
    found = run(lambda: make("a", **given))["a"]
    inputs = {key: value for key, value in found.inputs.items() if key != "__provider"}
    assert inputs == {**given, "timeout_seconds": 1800, "owner": "org/project/stack/a"}
    assert found.typ == f"pulumi-python:dynamic/kong-secure:{make.__name__}"


def test_every_problem_of_plain_values_is_told_at_once() -> None:
    with pytest.raises(InvalidArguments) as caught:
        run(
            lambda: TransitGatewayAttachment(
                "a", **{**GIVEN, "transit_gateway_id": "x", "cidr_blocks": ["10.8.0.1/16", "::/0"]}
            )
        )
    assert isinstance(caught.value, pulumi.RunError)
    assert str(caught.value).startswith("TransitGatewayAttachment 'a': 3 problems with its inputs")


PROBLEMS = {
    "network_id": ("production", "is no id of Konnect's"),
    "name": ("x" * 112, "give 1 to 111 characters"),
    "tenant_id": ("contoso.onmicrosoft.com", "is no GUID, and a tenant's id is one"),
    "subscription_id": (SUBSCRIPTION, "give b2c3d4e5-f6a7-8901-bcde-f12345678901"),
    "resource_group_name": (VNET, "is an id where a name belongs: give orders"),
    "vnet_name": (VNET, "is an id where a name belongs: give hub"),
    "timeout_seconds": (0, "give 1 to 86400 seconds"),
}


@pytest.mark.parametrize("since", ["the beginning", "some are known", "all are known"])
def test_every_problem_of_a_peering_is_told_at_once_whenever_it_is_known(since: str) -> None:
    engine = Engine()
    values: dict[str, Any] = {name: value for name, (value, _) in PROBLEMS.items()}
    known_later = {"the beginning": 0, "some are known": 3, "all are known": len(values)}[since]
    plain = {name: PEERED.get(name, 60) for name in list(values)[known_later:]} if known_later else values

    def program() -> None:
        wrong = {name: later(values[name]) for name in list(values)[:known_later]}
        VnetPeering("a", **{**plain, **wrong})

    with pytest.raises(InvalidArguments) as caught:
        run(program, engine=engine)
    told = known_later or len(values)
    assert f"VnetPeering 'a': {told} problems with its inputs" in str(caught.value)
    for name, (_, words) in list(PROBLEMS.items())[:told]:
        [line] = [line for line in str(caught.value).splitlines() if f"- {name} " in line]
        assert words in line
    assert engine.registered == []


@BOTH
def test_right_values_known_later_are_registered(
    make: Callable[..., pulumi.Resource], given: dict[str, Any]
) -> None:
    def program() -> None:
        make("a", **{key: later(value) for key, value in given.items()})

    assert run(program)["a"].inputs["name"] == "orders"


def test_a_wrong_value_inside_a_list_is_refused_once_it_is_known() -> None:
    with pytest.raises(InvalidArguments, match=r"write 10\.8\.0\.0/16"):
        run(lambda: TransitGatewayAttachment("a", **{**GIVEN, "cidr_blocks": [later("10.8.0.1/16")]}))


@BOTH
def test_values_unknown_in_a_preview_pass_and_the_others_are_checked(
    make: Callable[..., pulumi.Resource], given: dict[str, Any]
) -> None:
    last = list(given)[-1]
    found = run(lambda: make("a", **{**given, last: unknown()}), preview=True)
    assert found["a"].inputs["name"] == "orders"
    with pytest.raises(InvalidArguments, match="network_id 'x' is no id of Konnect's"):
        run(lambda: make("a", **{**given, last: unknown(), "network_id": later("x")}), preview=True)


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


GATEWAY, PEERING = (TransitGatewayAttachment, GIVEN), (VnetPeering, PEERED)
MAPPING = {"network_id": ID, "attachment_id": ID}


@pytest.mark.parametrize(
    ("waited", "given", "seconds"),
    [
        ([GATEWAY], None, 1800),
        ([MAPPING], None, 1800),
        ([PEERING], None, 3600),
        ([GATEWAY, MAPPING, PEERING], None, 3600),
        ([PEERING], 60, 60),
        ([GATEWAY], 7200, 7200),
    ],
    ids=["gateway", "mapping", "peering", "both", "given-less", "given-more"],
)
def test_a_wait_has_an_hour_where_people_may_have_to_give_a_grant(
    waited: list[Any], given: float | None, seconds: float
) -> None:
    def program() -> None:
        attachments = []
        for number, each in enumerate(waited):
            attachments.append(each)
            if isinstance(each, tuple):
                attachments[-1] = each[0](f"a{number}", **each[1])
                attachments[-1].__dict__["id"] = later(ID)
        AttachmentReady("r", attachments=attachments, timeout_seconds=given)

    inputs = run(program)["r"].inputs
    assert inputs["timeout_seconds"] == seconds
    assert [each["attachment_id"] for each in inputs["attachments"]] == [ID] * len(waited)


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
