"""Every argument of every public class that is an Input takes a value that is known later, also inside of lists and
mappings and while a preview doesn't know it; every plain one refuses it by its name. Generated from the signatures.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ForwardRef, get_args, get_origin

import pulumi
import pulumi_aws
import pulumi_azure_native
import pytest

import kong_secure
from kong_secure.resources.base import InvalidArguments
from tests.components.aws import mocked_path as aws
from tests.components.azure import mocked_peering as azure
from tests.resources.attachment_at_konnect import AWS, AZURE
from tests.resources.mocked_program import Engine, later, run, unknown

ID = aws.NETWORK_ID
DNS = [{"remote_dns_server_ip_addresses": ["10.8.0.10"], "domain_proxy_list": ["orders.internal"]}]
TABLES = {"orders": "rtb-0123456789abcdef0"}
GROUPS = {"orders": "sg-0123456789abcdef0"}
HEADER: dict[str, Any] = {
    "control_plane": "demo",
    "service": "orders",
    "header_name": "X-Key",
    "scheme": "Token",
    "overwrite": False,
    "enabled": False,
    "tags": ["a", "b"],
}
# Every argument of a class is in one of its programs; a value that is made by calling it is a resource.
PROGRAMS: dict[str, list[dict[str, Any]]] = {
    "AttachmentPending": [{"network_id": ID, "attachment_id": aws.ATTACHMENT_ID, "timeout_seconds": 60}],
    "AttachmentReady": [
        {
            "attachments": [
                {"network_id": ID, "attachment_id": aws.ATTACHMENT_ID, "cidr_blocks": ["10.8.0.0/16"]}
            ],
            "after": ["an-id"],
            "timeout_seconds": 60,
        }
    ],
    "AwsTransitGateway": [
        {
            **aws.GIVEN,
            "name": "production",
            "cidr_blocks": ["10.8.0.0/16"],
            "route_table_ids": TABLES,
            "security_group_ids": GROUPS,
            "ports": [443],
            "dns_config": DNS,
            "dns_security_group_ids": GROUPS,
            "timeout_seconds": 60,
            "tags": {"team": "orders"},
        },
        {
            "network": "production",
            "transit_gateway_id": aws.GATEWAY,
            "accept_attachment": False,
            "isolation": "strict",
            "ram_share_arn": aws.SHARE,
            "kong_route_table_id": "tgw-rtb-00000000000000001",
            "upstream_route_table_ids": {"hub": "tgw-rtb-00000000000000002"},
            "gateway_provider": lambda: pulumi_aws.Provider("hub"),
            "vpcs": {
                "orders": {
                    "attachment_id": "tgw-attach-00000000000000002",
                    "account_id": aws.OTHER,
                    "cidr_blocks": {"apps": "10.8.0.0/16", "data": "10.9.0.0/16"},
                }
            },
        },
    ],
    "AzureVnetPeering": [
        {
            **azure.GIVEN,
            "name": "production",
            "client_id": azure.ROLE,
            "allow_priority": 200,
            "deny_priority": 201,
            "timeout_seconds": 60,
            "azure_provider": lambda: pulumi_azure_native.Provider("spoke"),
        },
        {
            **azure.GIVEN,
            "role_definition_id": f"/subscriptions/{azure.SUBSCRIPTION}/providers/Microsoft.Authorization/"
            f"roleDefinitions/{azure.ROLE}",
        },
    ],
    "KonnectNetwork": [{"network": "production"}],
    "SecuredService": [
        {**HEADER, "connectivity": "public-internet", "rotation": "a", "region": "eu"},
        {"control_plane": "demo", "route": "r", "connectivity": "public-internet", "shared_secret": "s" * 32},
    ],
    "SharedSecret": [{"rotation": 2}],
    "SharedSecretHeader": [
        {**HEADER, "shared_secret": "s" * 32, "region": "eu"},
        {"control_plane": "demo", "route": "r", "shared_secret": "s" * 32},
    ],
    "TransitGatewayAttachment": [
        {"network_id": ID, "name": "orders", **AWS.given, "dns_config": DNS, "timeout_seconds": 60}
    ],
    "VnetPeering": [{"network_id": ID, "name": "orders", **AZURE.given, "timeout_seconds": 60}],
    "WaitingProcess": [{}],
}
CLASSES = [name for name in kong_secure.__all__ if name[0].isupper()]
CASES = [(name, number) for name in CLASSES for number in range(len(PROGRAMS[name]))]
PLAIN = {
    "AwsTransitGateway": {
        "vpcs",
        "accept_attachment",
        "isolation",
        "upstream_route_table_ids",
        "route_table_ids",
        "security_group_ids",
        "ports",
        "dns_security_group_ids",
        "gateway_provider",
        "tags",
    },
    "AzureVnetPeering": {
        "network_security_groups",
        "ports",
        "allow_priority",
        "deny_priority",
        "azure_provider",
    },
    "SecuredService": {"region"},
    "SharedSecretHeader": {"region"},
}
# Plain themselves, with Inputs inside.
HOLDERS = {
    "vpcs",
    "upstream_route_table_ids",
    "route_table_ids",
    "security_group_ids",
    "dns_security_group_ids",
    "network_security_groups",
    "tags",
}


class Ends(Engine):
    """Both clouds and Konnect."""

    def __init__(self) -> None:
        super().__init__()
        self._aws, self._azure = aws.TwoEnds(auto="enable"), azure.TwoEnds()

    def _of(self, token: str) -> Engine:
        return self._azure if "azure" in token.lower() else self._aws

    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        end = azure.TwoEnds() if args.name.startswith("azure") else self._of(args.typ)
        made_id, outputs = end.new_resource(args)
        return made_id, {**outputs, "value": "s" * 43} if args.typ.endswith(":SharedSecret") else outputs

    def call(self, args: Any) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return self._of(args.token).call(args)


def arguments(name: str) -> dict[str, inspect.Parameter]:
    found = inspect.signature(getattr(kong_secure, name)).parameters
    return {key: each for key, each in found.items() if key not in {"resource_name", "opts"}}


def is_input(name: str, key: str) -> bool:
    """As the annotation has it."""
    kinds = get_args(arguments(name)[key].annotation)
    return any(isinstance(kind, ForwardRef) or get_origin(kind) is pulumi.Output for kind in kinds)


def made(
    name: str, build: Callable[[], Mapping[str, Any]], *, preview: bool = False
) -> list[tuple[str, str, Any]]:
    """What is registered with these arguments, which are made inside of the program."""
    engine = Ends()

    def program() -> None:
        values = {key: value() if callable(value) else value for key, value in build().items()}
        getattr(kong_secure, name)("azure" if name == "AzureVnetPeering" else "a", **values)

    run(program, preview=preview, engine=engine)
    return sorted((each.typ, each.name, each.inputs) for each in engine.registered)


@functools.cache
def made_plain(name: str, number: int) -> list[tuple[str, str, Any]]:
    """The same with plain arguments."""
    return made(name, lambda: PROGRAMS[name][number])


def inside(value: Any, put: Callable[[Any], Any]) -> Any:
    """The value with every text and number in it put otherwise."""
    if isinstance(value, Mapping):
        return {key: inside(each, put) for key, each in value.items()}
    if isinstance(value, list):
        return [inside(each, put) for each in value]
    return value if callable(value) else put(value)


def with_inputs(
    name: str, given: Mapping[str, Any], put: Callable[[Any], Any], *, deep: bool
) -> dict[str, Any]:
    """The arguments with everything that is an Input put otherwise. deep: the texts and numbers in lists, too."""
    found = {}
    for key, value in given.items():
        if key not in PLAIN.get(name, ()):
            found[key] = inside(value, put) if deep else put(value)
        else:
            found[key] = inside(value, put) if key in HOLDERS else value
    return found


@pytest.mark.parametrize("name", CLASSES)
def test_every_argument_is_in_a_program_and_is_an_input_unless_it_is_said_to_be_plain(name: str) -> None:
    assert {key for program in PROGRAMS[name] for key in program} == set(arguments(name))
    assert {key for key in arguments(name) if not is_input(name, key)} == PLAIN.get(name, set())


@pytest.mark.parametrize("deep", [False, True], ids=["whole", "inside"])
@pytest.mark.parametrize(("name", "number"), CASES)
def test_values_known_later_make_what_plain_ones_make(name: str, number: int, deep: bool) -> None:
    given = PROGRAMS[name][number]
    assert made(name, lambda: with_inputs(name, given, later, deep=deep)) == made_plain(name, number)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_preview_that_knows_no_value_shows_the_same_resources(name: str, number: int) -> None:
    given = PROGRAMS[name][number]
    shown = made(name, lambda: with_inputs(name, given, lambda _: unknown(), deep=True), preview=True)
    plain = made_plain(name, number)
    assert [each[:2] for each in shown] == [each[:2] for each in plain]


@pytest.mark.parametrize(
    ("name", "key"), [(name, key) for name in CLASSES for key in sorted(PLAIN.get(name, ()))]
)
def test_a_plain_argument_refuses_a_value_that_is_known_later_by_name_with_what_to_give(
    name: str, key: str
) -> None:
    [given, *_] = [program for program in PROGRAMS[name] if key in program]
    with pytest.raises(InvalidArguments) as caught:
        made(name, lambda: {**given, key: unknown()}, preview=True)
    told = str(caught.value).splitlines()
    assert [line for line in told if key in line and "give" in line], told
